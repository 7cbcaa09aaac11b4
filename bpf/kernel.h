/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel types, written by hand: only the fields that are read. Every access is relocated by
 * name at load, so order and size mean nothing here. Where a field was renamed or changed its
 * kind, a flavour (name___suffix) stands beside it and compat.bpf.h chooses.
 */
#ifndef PROBETOP_KERNEL_H
#define PROBETOP_KERNEL_H

#include <stdbool.h>
#include <linux/bpf.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rq {
	__u64 clock;
	__u64 clock_task;
	unsigned int nr_running;
};

struct cfs_rq {
	struct rq *rq;
	int throttle_count;
	__u64 throttled_clock_self_time;
};

struct sched_entity {
	__u64 exec_start;
	__u64 sum_exec_runtime;
	__u64 nr_migrations;
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_arrival;
	unsigned long long last_queued;
};

struct thread_info {
	__u32 status;
	__u32 cpu;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
};

/* Its first field is a pointer: classify.bpf.h makes use of that. */
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[4];
	struct cgroup *dfl_cgrp;
};

/* The place of the memory controller in css_set.subsys: set when the kernel was built. */
enum cgroup_subsys_id {
	memory_cgrp_id = 4,
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int nr_threads;
	__u64 utime;
	__u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long long sum_sched_runtime;
};

struct percpu_counter {
	__s64 count;
};

struct mm_struct {
	unsigned long total_vm;
	unsigned long arg_start;
	unsigned long arg_end;
	struct percpu_counter rss_stat[4];
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct file_system_type *s_type;
};

struct address_space {
	struct inode *host;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct inode {
	unsigned short i_mode;
	unsigned int i_nlink;
	__u32 i_generation;
	unsigned long i_ino;
	__u32 i_rdev;
	struct super_block *i_sb;
	__s64 i_size;
	struct hlist_head i_dentry;
	struct address_space i_data;
};

/* As in the kernel: its length is the upper half of hash_len, or the lower one on big-endian. */
struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
		__u64 hash_len;
	};
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	union {
		struct hlist_node d_alias;
	} d_u;
};

/* 7.2: that union has no name. */
struct dentry___bare {
	struct hlist_node d_alias;
};

/* Up to 6.17, where it became a union of another name. */
struct dentry___iname {
	unsigned char d_iname[32];
};

struct page {
	struct address_space *mapping;
	unsigned long compound_head;
};

/* Up to 5.15: later in the folio. */
struct page___index {
	struct address_space *mapping;
	unsigned long index;
};

struct folio {
	struct address_space *mapping;
	unsigned long index;
	unsigned int _nr_pages;
};

/* Up to 6.14. */
struct folio___named {
	unsigned int _folio_nr_pages;
};

enum pageflags {
	PG_head = 6,
};

/* 7.2 renamed compound_head. */
struct page___info {
	unsigned long compound_info;
};

struct bio_vec {
	struct page *bv_page;
};

struct bvec_iter {
	__u64 bi_sector;
	unsigned int bi_size;
};

struct gendisk {
	int major;
	int first_minor;
};

struct block_device {
	__u64 bd_start_sect;
	struct gendisk *bd_disk;
	__u32 bd_dev;
};

struct bio {
	struct block_device *bi_bdev;
	unsigned int bi_opf;
	struct bvec_iter bi_iter;
	struct bio_vec *bi_io_vec;
	void *bi_private;
};

/* Up to 5.11. */
struct bio___disk {
	struct gendisk *bi_disk;
};

struct request_queue {
	struct gendisk *disk;
};

/* Up to 5.14: `owner` is the disk's. */
struct device {
	__u32 devt;
};

struct backing_dev_info {
	struct device *owner;
};

struct request_queue___bdi {
	struct backing_dev_info *backing_dev_info;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int rq_flags;
	unsigned int __data_len;
	__u64 __sector;
	struct bio *bio;
	struct bio *biotail;
	struct block_device *part;
};

/* Up to 5.16. */
struct request___disk {
	struct gendisk *rq_disk;
};

struct io_cqe {
	__s32 res;
};

struct io_kiocb {
	struct file *file;
	__u8 opcode;
	struct io_cqe cqe;
};

struct vfsmount {
	int mnt_flags;
};

struct mount {
	struct vfsmount mnt;
	const char *mnt_devname;
	int mnt_id;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path pwd;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	__s64 f_pos;
	struct address_space *f_mapping;
	struct inode *f_inode;
	struct path f_path;
};

struct open_how {
	__u64 flags;
};

struct filename {
	const char *uptr;
};

struct open_flags {
	int open_flag;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_io_accounting {
	__u64 syscr;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	unsigned int on_cpu; /* int up to 7.1, then u8: only unsigned ones are resized at load */
	unsigned int on_rq;
	int static_prio;
	unsigned int policy;
	struct sched_entity se;
	struct sched_info sched_info;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	unsigned int in_iowait : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 utime;
	__u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	__u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct task_io_accounting ioac;
	struct signal_struct *signal;
	struct css_set *cgroups;
};

/* Fields that only some kernels have, or under another name: see compat.bpf.h. */
struct task_struct___other {
	long state;
	unsigned int cpu;
	bool throttled;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp;
	unsigned long bx;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long cs;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
};
struct pt_regs {
	__u64 regs[31];
	__u64 pstate;
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

struct linux_binprm {
	int argc;
};

struct hrtimer;
struct irqaction;
struct seq_file;

#pragma clang attribute pop

/* Contexts of programs: their layout is fixed. */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Opaque state of the open-coded iterator (6.7): lives on the program's stack. */
struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));

#endif
