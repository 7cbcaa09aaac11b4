/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers of the text under /proc and /sys. Pure: they take a buffer that need not end in
 * NUL, read nothing beyond it and own nothing. What is missing comes back unknown.
 */
#ifndef PROBETOP_PARSE_H
#define PROBETOP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "cpu.h"

/* A piece of text that is eaten from the front. */
struct text {
	const char *at, *end;
};

/* Takes the next line, without its newline, a last one without newline too; false at the end. */
bool parse_line(struct text *t, struct text *ret_line);

/* A file that holds one number. Returns false when it does not begin with one. */
bool parse_number(struct text t, uint64_t *ret);

/* Fills the figures of /proc/meminfo, in bytes; the header is the caller's. */
void parse_meminfo(struct text t, struct mem_rec *ret);

/* Sets the `total=` of the two lines of a file under /proc/pressure. */
void parse_pressure(struct text t, uint64_t *ret_some_us, uint64_t *ret_full_us);

/* Sets the three loads of /proc/loadavg in hundredths; REC_UNKNOWN32 where one is missing. */
void parse_loadavg(struct text t, uint32_t ret_centi[3]);

/*
 * Fills the modes of a line "cpuN ..." of /proc/stat and hdr.cpu, the rest of the header is
 * the caller's. Returns false for any other line, "cpu" included.
 */
bool parse_cpu_line(struct text line, uint64_t tick_ns, struct cpu_stat_rec *ret);

/* Counts the CPUs of a list like "0-3,8"; sets the highest number plus one. 0 for no list. */
uint32_t parse_cpu_list(struct text t, uint32_t *ret_end);

#define PROC_STAT_KTHREAD 0x00200000 /* PF_KTHREAD */

/* What /proc/PID/stat tells; times in clock ticks, rss in pages. */
struct pid_stat {
	uint64_t utime, stime, start, minflt, majflt, vm_bytes;
	uint32_t pid, ppid, flags, threads, cpu, policy;
	int32_t nice;
	char comm[TASK_COMM_BYTES]; /* zero-padded, cut like the kernel's */
	char state;
};

/* Returns false when the text is not a whole record. `cpu`, `policy`: 0 where missing. */
bool parse_pid_stat(struct text t, struct pid_stat *ret);

/* What /proc/PID/status adds; REC_UNKNOWN for what it lacks (a kernel thread has no memory). */
struct pid_status {
	__u64 uid, rss_anon_bytes, rss_file_bytes, rss_shmem_bytes, swap_bytes;
	__u64 nvcsw, nivcsw; /* of the leader alone */
};

void parse_pid_status(struct text t, struct pid_status *ret);

/* /proc/PID/schedstat: on-CPU and run-queue time of the leader alone. False when malformed. */
bool parse_schedstat(struct text t, uint64_t *ret_oncpu_ns, uint64_t *ret_runq_ns);

#endif
