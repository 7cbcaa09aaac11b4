// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files: what processes do with them, from their system calls. A call's time is stamped when it begins;
 * when it ends its arguments, still in the registers, lead to the file.
 *
 * Sums by (process, file) and by (process, filesystem, operation). What finds no room is summed by
 * process, then by type or operation alone: sums stay exact.
 */
#include "fs_call.bpf.h"
#include "fs_ways.bpf.h"

#define ENOENT		2
#define X32_BIT		0x40000000L
#define CREAT_FLAGS	01101 /* O_CREAT | O_WRONLY | O_TRUNC */
#define AT_EMPTY_PATH	0x1000
#define AT_REMOVEDIR	0x200
#define STATX_DEV	136 /* offset of stx_dev_major in struct statx; stx_dev_minor follows */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FS_FILES_MAX);
	__type(key, struct fs_file_key);
	__type(value, struct fs_file_sum);
} fs_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FS_REST_MAX);
	__type(key, struct fs_file_key);
	__type(value, struct fs_file_sum);
} fs_files_rest SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FS_OPS_MAX);
	__type(key, struct fs_op_key);
	__type(value, struct fs_op_sum);
} fs_ops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FS_REST_MAX);
	__type(key, struct fs_op_key);
	__type(value, struct fs_op_sum);
} fs_ops_rest SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fs_mark);
} fs_marks SEC(".maps");

/* 5.10: by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct fs_mark);
} fs_marks_lru SEC(".maps");

/* Filesystems by dev_t: those that st_dev may stand for. On btrfs and overlay it may be none of them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FS_DEVS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} fs_devs SEC(".maps");

/* Files whose names were told lately, as numbers; a new one takes the place of an old one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FS_TOLD_MAX);
	__type(key, __u32);
	__type(value, __u64);
} fs_named SEC(".maps");

/* The call that ends: on the stack the verifier would follow each case of each field. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_call);
} fs_scratch SEC(".maps");

__u32 fs_pass = 0;    /* the reader counts its passes here */
__u32 fs_touched = 0; /* the last one in which something was summed */
__u32 fs_round = 0;   /* how often the hooks of system calls were attached */

const struct fs_file_sum fs_file_zero = {};
const struct fs_op_sum fs_op_zero = {};
const struct fs_mark fs_mark_zero = {};

static __always_inline struct fs_mark *mark_get(struct task_struct *t, bool create)
{
	__u32 pid;

	if (has_storage)
		return t ? bpf_task_storage_get(&fs_marks, t, 0, create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0) : NULL;
	pid = (__u32)bpf_get_current_pid_tgid();
	if (create)
		bpf_map_update_elem(&fs_marks_lru, &pid, &fs_mark_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&fs_marks_lru, &pid);
}

/* `alone`: no other thread adds to these sums. An atomic addition costs as much as all else here. */
static __always_inline void io_count(struct fs_io_sum *s, const struct fs_call *c, bool alone)
{
	__u32 slot = hist_slot(c->ns);

	if (alone) {
		s->count++;
		s->ns += c->ns;
		s->slots[slot]++;
		s->bytes += c->bytes;
		s->errors += c->error != 0;
		return;
	}
	ADD(s->count, 1);
	ADD(s->ns, c->ns);
	ADD(s->slots[slot], 1);
	if (c->bytes)
		ADD(s->bytes, c->bytes);
	if (c->error)
		ADD(s->errors, 1);
}

static __always_inline void io_add(struct fs_io_sum *s, const struct fs_call *c, bool alone)
{
	__u32 pass = fs_pass, i = pass & 1;

	io_count(s, c, alone);
	if (s->max_pass[i] != pass) {
		s->max_pass[i] = pass;
		s->max_ns[i] = c->ns;
	} else if (c->ns > s->max_ns[i]) {
		s->max_ns[i] = c->ns;
	}
}

/* Remembers the filesystem of the call's file, and gives its type. */
static __always_inline void dev_known(struct fs_call *c, char *fstype, bool cast)
{
	__u32 one = 1;

	bpf_map_update_elem(&fs_devs, &c->dev, &one, BPF_NOEXIST);
	fs_type_name(fs_file_use(c->file, cast)->f_inode, fstype);
}

/* Of files that find no room a process has one entry; processes that find none share one: that is a loss. */
static __always_inline struct fs_file_sum *file_rest(struct cpu_block *b, const struct fs_call *c, struct fs_file_key *key)
{
	struct fs_file_sum *sum;

	key->ino = 0;
	bpf_map_update_elem(&fs_files_rest, key, &fs_file_zero, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&fs_files_rest, key);
	if (sum)
		return sum;
	ADD(fs_stats(b, c)->map_full, 1);
	key->tgid = 0;
	key->start_ns = 0;
	key->dev = 0;
	return bpf_map_lookup_elem(&fs_files_rest, key); /* made before all others */
}

/* Tells the name of a file, unless it was told within the last passes: it may have another one by now. */
static __always_inline void name_once(struct cpu_block *b, const struct fs_call *c, const struct fs_file_key *key, bool cast)
{
	__u64 id = (key->ino << 20 ^ key->dev ^ fs_file_use(c->file, cast)->f_inode->i_generation) * FS_TOLD_MIX;
	__u32 at = id >> 40 & (FS_TOLD_MAX - 1);
	__u64 *told = bpf_map_lookup_elem(&fs_named, &at);

	id += (fs_pass >> FS_TOLD_SHIFT) + 1;
	if (!told || *told == id)
		return;
	if (fs_name_tell(b, &b->probe[PROBE_UNLINK], c->file, key->dev, key->ino, key->type, cast))
		*told = id;
}

/* The first of a process on a file. */
static __always_inline struct fs_file_sum *file_new(struct fs_call *c, struct fs_file_key *key, bool cast)
{
	struct cpu_block *b = cpu_block();
	struct fs_file_sum *sum;

	if (!b)
		return NULL;
	bpf_map_update_elem(&fs_files, key, &fs_file_zero, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&fs_files, key);
	if (!sum)
		return file_rest(b, c, key);
	sum->uid = (__u32)bpf_get_current_uid_gid();
	if (key->dev && c->file) {
		dev_known(c, sum->fstype, cast);
		name_once(b, c, key, cast);
	}
	return sum;
}

/* Of the process, whose name may have changed by exec. */
static __always_inline void touch(const struct fs_call *c, __u32 *pass, char *comm)
{
	((__u64 *)comm)[0] = c->comm[0];
	((__u64 *)comm)[1] = c->comm[1];
	if (*pass == fs_pass)
		return;
	*pass = fs_pass;
	fs_touched = fs_pass;
}

static __always_inline void count_io(struct fs_call *c, bool cast)
{
	struct fs_file_key key = {
		.start_ns = c->start_ns, .ino = c->ino, .tgid = c->tgid, .dev = c->dev, .type = c->type,
	};
	struct fs_file_sum *sum = bpf_map_lookup_elem(&fs_files, &key);

	if (!sum)
		sum = file_new(c, &key, cast);
	if (!sum)
		return;
	touch(c, &sum->pass, sum->comm);
	sum->flags |= c->flags;
	io_add(&sum->io[c->op & 1], c, c->alone && key.tgid);
}

static __always_inline struct fs_op_sum *op_new(struct fs_call *c, struct fs_op_key *key, bool cast)
{
	struct cpu_block *b = cpu_block();
	struct fs_op_sum *sum;

	if (!b)
		return NULL;
	if (key->dev && !c->file && !bpf_map_lookup_elem(&fs_devs, &key->dev))
		key->dev = 0;
	bpf_map_update_elem(&fs_ops, key, &fs_op_zero, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&fs_ops, key);
	if (sum && key->dev && c->file)
		dev_known(c, sum->fstype, cast);
	if (!sum) {
		key->dev = 0;
		bpf_map_update_elem(&fs_ops_rest, key, &fs_op_zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&fs_ops_rest, key);
	}
	if (sum) {
		sum->uid = (__u32)bpf_get_current_uid_gid();
		return sum;
	}
	ADD(fs_stats(b, c)->map_full, 1);
	key->tgid = 0;
	key->start_ns = 0;
	return bpf_map_lookup_elem(&fs_ops_rest, key); /* made before all others */
}

static __always_inline void count_op(struct fs_call *c, __u32 op, bool cast)
{
	struct fs_op_key key = {.start_ns = c->start_ns, .tgid = c->tgid, .dev = c->dev, .op = op};
	struct fs_op_sum *sum = bpf_map_lookup_elem(&fs_ops, &key);

	if (!sum)
		sum = op_new(c, &key, cast);
	if (!sum)
		return;
	touch(c, &sum->pass, sum->comm);
	io_add(&sum->io, c, c->alone && key.tgid);
	if (!c->error)
		return;
	sum->last_errno = c->error;
	if (c->error == ENOENT)
		ADD(sum->enoent, 1);
}

static __always_inline void count(struct fs_call *c, bool cast)
{
	if (c->op <= FS_OP_WRITE) {
		count_io(c, cast);
		return;
	}
	count_op(c, c->op, cast);
	if (c->created)
		count_op(c, FS_OP_CREATE, cast);
}

/* Not static: the verifier walks it once, and not in each place for each case. */
__noinline int fs_count(struct fs_call *c)
{
	if (c)
		count(c, true);
	return 0;
}

/* Not inlined: it needs stack, and what runs after it too. */
__hidden __noinline int fs_count_plain(struct cpu_block *b, struct fs_call *c)
{
	count(c, false);
	return 0;
}

static __always_inline int finish(struct cpu_block *b, struct fs_call *c, bool cast)
{
	if (cast)
		fs_count(c);
	else
		fs_count_plain(b, c);
	if (!c->told)
		return 0;
	return cast ? fs_tell(b, c) : fs_tell_plain(b, c);
}

__hidden int fs_finish(struct cpu_block *b, struct fs_call *c)
{
	return finish(b, c, true);
}

/* What a call is that may be one on files. */
static __always_inline const struct fs_way *way_of(struct pt_regs *regs, long id, bool *ret_compat)
{
	const struct fs_ways *ways = &fs_ways[id & (FS_CALLS - 1)]; /* X32_BIT lies above */

	*ret_compat = call_is_compat(task_current(), regs);
	return *ret_compat ? &ways->compat : &ways->native;
}

static __always_inline bool is_wanted(const struct fs_way *way)
{
	return settings.fs_by_calls & 1 << way->op &&
	       (way->op != FS_OP_CLOSE || settings.fs_kinds & 1 << FS_EV_CLOSE);
}

/* The dev_t of the kernel in what stat(2) and statx(2) gave. */
static __always_inline __u32 stat_dev(const struct fs_way *way, __u64 at)
{
	__u32 dev[2] = {};

	if (way->by == FS_BY_STATX) {
		bpf_probe_read_user(dev, sizeof(dev), (void *)at + STATX_DEV);
		return dev[0] << 20 | (dev[1] & 0xfffff);
	}
	bpf_probe_read_user(dev, sizeof(dev[0]), (void *)at);
	return (dev[0] & 0xfff00) << 12 | (dev[0] & 0xff) | (dev[0] >> 12 & 0xfff00);
}

/* stat of a descriptor, by an empty path. */
static __always_inline bool path_is_empty(__u64 path)
{
	char first = 0;

	return !path || (!bpf_probe_read_user(&first, 1, (void *)path) && !first);
}

#define NAME_BYTES 64

/* The arguments of a call, from 1 on; 0 stands for none. */
struct args {
	__u64 at[8];
	__u64 name[NAME_BYTES / 8]; /* what a path says */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct args);
} fs_args SEC(".maps");

static __always_inline __u64 arg(const struct args *a, __u8 nr)
{
	return a->at[nr & 7];
}

static __always_inline struct args *args_read(struct pt_regs *regs, bool compat)
{
	__u32 zero = 0;
	struct args *a = bpf_map_lookup_elem(&fs_args, &zero);

	if (!a)
		return NULL;
	for (int i = 1; i <= 6; i++)
		a->at[i] = regs_arg(regs, i, compat);
	return a;
}

/* Which descriptor tells the file; FS_FD_NONE. */
static __always_inline __s32 call_fd(const struct fs_way *way, const struct args *a, long ret)
{
	switch (way->by) {
	case FS_BY_FD:
	case FS_BY_TWO:
		return (__s32)arg(a, way->fd);
	case FS_BY_OPEN:
		return ret >= 0 ? (__s32)ret : FS_FD_NONE;
	case FS_BY_STAT:
	case FS_BY_STATX:
		return arg(a, way->flags) & AT_EMPTY_PATH && way->flags && path_is_empty(arg(a, way->path)) ?
			       (__s32)arg(a, way->fd) : FS_FD_NONE;
	}
	return FS_FD_NONE;
}

/* Fills in the file that the call worked on, or what is known of it. */
static __always_inline void call_on(struct fs_call *c, const struct fs_way *way, const struct args *a, long ret,
				    bool cast)
{
	struct file *file;

	c->fd = call_fd(way, a, ret);
	file = c->fd >= 0 ? fs_file_at(c->fd, cast) : NULL;
	fs_call_of(c, file, cast);
	if (file && way->by == FS_BY_OPEN)
		c->created = !!(fs_file_use(file, cast)->f_mode & FMODE_CREATED);
	if (!file && way->by >= FS_BY_STAT && way->by <= FS_BY_STATX && !ret)
		c->dev = stat_dev(way, arg(a, way->place));
}

/* These change a name in a directory, and follow no link behind it. */
#define NAME_OPS                                                                                                       \
	(1 << FS_OP_UNLINK | 1 << FS_OP_RMDIR | 1 << FS_OP_MKDIR | 1 << FS_OP_RENAME | 1 << FS_OP_LINK | 1 << FS_OP_MKNOD)

/* A path that is a name alone leads to nothing but the directory where it begins. */
static __always_inline bool is_name(struct args *a, __u64 path)
{
	const __u64 ones = 0x0101010101010101ULL;
	__u64 slashes = 0, word;
	long bytes;

	__builtin_memset(a->name, 0, sizeof(a->name));
	bytes = bpf_probe_read_user_str(a->name, sizeof(a->name), (void *)path);
	for (int i = 0; i < NAME_BYTES / 8; i++) {
		word = a->name[i] ^ ones * '/';
		slashes |= (word - ones) & ~word & ones << 7;
	}
	return bytes > 1 && bytes < NAME_BYTES && !slashes;
}

/* The filesystem in which a name was changed; 0: not known. */
static __always_inline __u32 name_dev(const struct fs_call *c, const struct fs_way *way, struct args *a)
{
	bool second = c->op == FS_OP_LINK;
	__u8 path = second ? way->path2 : way->path, begin = second ? way->to : way->fd;
	__s32 dir = begin ? (__s32)arg(a, begin) : AT_FDCWD;
	struct task_struct *t = task_current();
	struct inode *inode = NULL;
	struct file *file;

	if (!t || !is_name(a, arg(a, path)))
		return 0;
	if (dir >= 0) {
		file = fs_file_at(dir, true);
		inode = file ? file->f_inode : NULL;
	} else if (dir == AT_FDCWD && task_untrusted(t, true)->fs) {
		inode = task_untrusted(t, true)->fs->pwd.dentry->d_inode;
	}
	return inode ? inode->i_sb->s_dev : 0;
}

/* Fills in what only events need. */
static __always_inline void call_told(struct fs_call *c, const struct fs_way *way, const struct args *a, bool cast)
{
	c->path = arg(a, way->path);
	c->path2 = arg(a, way->path2);
	c->path_type = c->op == FS_OP_MOUNT ? arg(a, way->place) : 0;
	c->dir = way->path && way->fd ? (__s32)arg(a, way->fd) : AT_FDCWD;
	c->dir2 = way->path2 && way->to ? (__s32)arg(a, way->to) : AT_FDCWD;
	c->call_flags = (__u32)arg(a, way->flags);
	if (c->op == FS_OP_OPEN && way->place) /* its first field */
		bpf_probe_read_user(&c->call_flags, sizeof(c->call_flags), (void *)arg(a, way->place));
	else if (c->op == FS_OP_OPEN && !way->flags)
		c->call_flags = CREAT_FLAGS;
	c->offset = REC_UNKNOWN;
	if (c->op > FS_OP_WRITE)
		return;
	if (way->by == FS_BY_FD && way->place)
		c->offset = arg(a, way->place);
	else if (c->file)
		c->offset = fs_file_use(c->file, cast)->f_pos - c->bytes;
}

static __always_inline struct fs_call *scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&fs_scratch, &zero);
}

/* What is known of a call before its arguments are looked at. */
static __always_inline void call_set(struct cpu_block *b, struct fs_call *c, const struct fs_way *way, long id,
				     bool cast)
{
	c->nr = (__u32)id;
	c->op = way->op;
	c->created = 0;
	c->told = 0;
	c->probe = PROBE_UNLINK; /* of the hooks of system calls the losses are another pane's */
	fs_call_by(b, c, cast);
}

/* A close begins: what is closed cannot be had when it ends. */
static __always_inline void close_begins(struct cpu_block *b, struct pt_regs *regs, const struct fs_way *way,
					 struct fs_mark *m, bool compat, bool cast)
{
	struct fs_call stack, *c = cast ? scratch() : &stack;

	m->dev = 0;
	if (!c)
		return;
	call_set(b, c, way, m->nr, cast);
	c->ns = c->offset = REC_UNKNOWN;
	c->path = c->path2 = c->path_type = 0;
	c->dir = c->dir2 = AT_FDCWD;
	c->bytes = c->error = c->call_flags = 0;
	c->fd = (__s32)regs_arg(regs, 1, compat);
	fs_call_of(c, c->fd >= 0 ? fs_file_at(c->fd, cast) : NULL, cast);
	m->dev = c->dev;
	if (c->file)
		cast ? fs_tell(b, c) : fs_tell_plain(b, c);
}

static __always_inline int call_begins(struct cpu_block *b, struct pt_regs *regs, long id, bool cast)
{
	const struct fs_way *way;
	struct fs_mark *m;
	bool compat;

	way = way_of(regs, id, &compat);
	if (!way->by || !is_wanted(way) || !fs_is_counted(b))
		return 0;
	m = mark_get(task_current(), true);
	if (!m) {
		ADD(b->probe[PROBE_UNLINK].unmatched, 1);
		return 0;
	}
	m->nr = id;
	m->round = fs_round;
	if (way->op == FS_OP_CLOSE)
		close_begins(b, regs, way, m, compat, cast);
	m->entered_ns = bpf_ktime_get_ns();
	return 0;
}

/* Takes what the beginning left. NULL where it was not seen, or the call is not counted. */
static __always_inline struct fs_mark *mark_take(long id, __u64 *ret_ns)
{
	struct fs_mark *m = mark_get(task_current(), false);
	__u64 entered_ns;

	if (!m || !m->entered_ns)
		return NULL;
	entered_ns = m->entered_ns;
	m->entered_ns = 0;
	*ret_ns = bpf_ktime_get_ns() - entered_ns;
	return m->nr == (__u32)id && m->round == fs_round ? m : NULL;
}

/* The second file of a call: what sendfile and its kin write. */
static __always_inline int call_writes(struct cpu_block *b, struct fs_call *c, const struct fs_way *way,
				       const struct args *a, bool cast)
{
	c->op = FS_OP_WRITE;
	c->flags = 0;
	c->fd = (__s32)arg(a, way->to);
	fs_call_of(c, c->fd >= 0 ? fs_file_at(c->fd, cast) : NULL, cast);
	c->told = fs_is_told(c);
	if (c->told && c->file)
		c->offset = fs_file_use(c->file, cast)->f_pos - c->bytes;
	return finish(b, c, cast);
}

/* A read or write by descriptor: what is done most. */
static __always_inline int io_ends(struct cpu_block *b, struct pt_regs *regs, struct fs_call *c,
				   const struct fs_way *way, bool compat)
{
	struct args *a;

	c->fd = (__s32)regs_arg(regs, 1, compat);
	fs_call_of(c, c->fd >= 0 ? fs_file_at(c->fd, true) : NULL, true);
	c->told = fs_is_told(c);
	if (c->told) {
		a = args_read(regs, compat);
		if (a)
			call_told(c, way, a, true);
	}
	return finish(b, c, true);
}

static __always_inline int other_ends(struct cpu_block *b, struct pt_regs *regs, struct fs_call *c,
				      const struct fs_way *way, bool compat, long ret, bool cast)
{
	struct args *a = args_read(regs, compat);

	if (!a)
		return 0;
	call_on(c, way, a, ret, cast);
	if (way->op == FS_OP_UNLINK && way->flags && arg(a, way->flags) & AT_REMOVEDIR)
		c->op = FS_OP_RMDIR;
	if (cast && way->by == FS_BY_PATH && !c->error && NAME_OPS & 1 << c->op)
		c->dev = name_dev(c, way, a);
	c->told = fs_is_told(c);
	if (c->told)
		call_told(c, way, a, cast);
	finish(b, c, cast);
	return way->by == FS_BY_TWO ? call_writes(b, c, way, a, cast) : 0;
}

static __always_inline int call_ends(struct cpu_block *b, struct pt_regs *regs, long ret, bool cast)
{
	long id = regs_syscall(regs);
	struct fs_call stack, *c;
	const struct fs_way *way;
	struct fs_mark *m;
	bool compat;
	__u64 ns;

	way = way_of(regs, id, &compat);
	if (!way->by)
		return 0;
	m = mark_take(id, &ns);
	if (!m || (!cast && way->op <= FS_OP_WRITE)) /* of which file could not be told */
		return 0;
	c = cast ? scratch() : &stack;
	if (!c)
		return 0;
	call_set(b, c, way, id, cast);
	c->ns = ns;
	if (!fs_result(c, ret))
		return 0;
	if (cast && way->by == FS_BY_FD && way->op <= FS_OP_WRITE)
		return io_ends(b, regs, c, way, compat);
	if (way->op != FS_OP_CLOSE)
		return other_ends(b, regs, c, way, compat, ret, cast);
	c->file = NULL;
	c->dev = m->dev;
	c->type = FS_T_OTHER;
	return finish(b, c, cast);
}

/*
 * Most calls are none of files: what they pass through is as short as can be. A function that does more saves
 * registers first, whatever it then does.
 */
static __always_inline bool may_be_on_files(long id)
{
	const struct fs_ways *ways;

	if (has_x32() && id > 0)
		id &= ~X32_BIT;
	ways = &fs_ways[id & (FS_CALLS - 1)];
	return settings.fs_by_calls && (unsigned long)id < FS_CALLS && ways->native.by | ways->compat.by;
}

static __noinline int begins(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return call_begins(b, regs, id, true);
}

static __noinline int begins_plain(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return call_begins(b, regs, id, false);
}

static __noinline int ends(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return call_ends(b, regs, ret, true);
}

static __noinline int ends_plain(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return call_ends(b, regs, ret, false);
}

__hidden int fs_on_sys_enter(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return may_be_on_files(id) ? begins(b, regs, id) : 0;
}

__hidden int fs_on_sys_enter_plain(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return may_be_on_files(id) ? begins_plain(b, regs, id) : 0;
}

__hidden int fs_on_sys_exit(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return may_be_on_files(regs_syscall(regs)) ? ends(b, regs, ret) : 0;
}

__hidden int fs_on_sys_exit_plain(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return may_be_on_files(regs_syscall(regs)) ? ends_plain(b, regs, ret) : 0;
}
