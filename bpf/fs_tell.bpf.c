// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Single operations on files as events: what fs_is_told() lets through.
 *
 * The call is copied and looked at by functions of their own, which are not static: the verifier walks such a
 * function once, not for every case in which it is called.
 */
#include "fs_births.bpf.h"
#include "core_user.h"

#define FS_SHORTS_MAX 512 /* of each pass and CPU, while no view shows them */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_call);
} fs_told SEC(".maps");

/* By CPU: whether an operation is being told, and how many short-lived files were by now. */
struct fs_told_nr {
	__u32 busy;
	__u32 pass, shorts;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_told_nr);
} fs_told_nr SEC(".maps");

extern __u32 fs_pass;

/* What an operation is told as: enum fs_event, the first of its kinds that is on. FS_EV_NR: not at all. */
static __always_inline __u32 event_of(const struct fs_call *c, bool is_short)
{
	__u32 event, on = settings.fs_kinds;

	if (is_short)
		return FS_EV_SHORT;
	switch (c->op) {
	case FS_OP_READ:
		event = FS_EV_READ;
		break;
	case FS_OP_WRITE:
		event = FS_EV_WRITE;
		break;
	case FS_OP_OPEN:
		event = c->created && on & 1 << FS_EV_CREATE ? FS_EV_CREATE : FS_EV_OPEN;
		break;
	case FS_OP_CLOSE:
		event = FS_EV_CLOSE;
		break;
	case FS_OP_FSYNC:
	case FS_OP_SYNC:
		event = FS_EV_SYNC;
		break;
	case FS_OP_GETATTR:
		event = FS_EV_STAT;
		break;
	case FS_OP_UNLINK:
	case FS_OP_RMDIR:
		event = FS_EV_DELETE;
		break;
	case FS_OP_RENAME:
		event = FS_EV_RENAME;
		break;
	case FS_OP_MOUNT:
		event = FS_EV_MOUNT;
		break;
	case FS_OP_UMOUNT:
		event = FS_EV_UMOUNT;
		break;
	default:
		event = FS_EV_SLOW;
	}
	if (on & 1 << event)
		return event;
	return c->flags & FS_F_SLOW ? FS_EV_SLOW : FS_EV_NR;
}

static __always_inline __u32 mount_namespace(void)
{
	struct task_struct *t = task_current();
	struct nsproxy *ns;

	if (!t)
		return 0;
	ns = t->nsproxy;
	return ns ? ns->mnt_ns->ns.inum : 0;
}

/*
 * A path of the caller into a record: where it begins at a directory that one with it, within their filesystem
 * (mnt_id), else as it was given.
 */
static __always_inline void put_given(struct fs_event_rec *r, char *to, __u64 from, __s32 dir, bool cast)
{
	struct fs_given *g = fs_given_path(from);
	bool placed;

	if (!g)
		return;
	placed = cast && fs_place(dir);
	__builtin_memcpy(__builtin_assume_aligned(to, 8),
			 __builtin_assume_aligned(placed ? g->path : g->given, 8), FS_PATH_BYTES);
	r->flags |= g->flags;
	if (!placed)
		return;
	r->mnt_id = g->mnt_id;
	if (g->bare && !r->dev && r->op != FS_OP_MOUNT && r->op != FS_OP_UMOUNT)
		r->dev = g->dev;
}

static __always_inline void put_file(struct fs_event_rec *r, struct file *file, bool cast)
{
	struct file *f = fs_file_use(file, cast);

	fs_type_name(f->f_inode, r->fstype);
	r->mnt_id = fs_file_mnt(f, cast);
	r->flags |= fs_file_path(f, r->path, sizeof(r->path), cast);
}

/* All of a record but its header and `age_ns`. */
static __always_inline void fill(struct fs_event_rec *r, struct fs_call *c, struct file *file, __u32 event, bool cast)
{
	__builtin_memset((char *)r + sizeof(r->h), 0, sizeof(*r) - sizeof(r->h));
	r->event = event;
	r->op = c->created ? FS_OP_CREATE : c->op;
	r->type = c->type;
	r->flags = c->flags;
	r->dev = c->dev;
	r->pid = c->pid;
	r->tgid = c->tgid;
	r->start_ns = c->start_ns;
	r->ino = c->ino;
	r->error = c->error;
	r->fd = c->fd;
	r->oflags = c->call_flags;
	r->nr = c->nr;
	r->bytes = c->op <= FS_OP_WRITE ? c->bytes : REC_UNKNOWN;
	r->offset = c->offset;
	r->ns = c->ns;
	r->age_ns = REC_UNKNOWN;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	if (file)
		put_file(r, file, cast);
	else
		put_given(r, r->path, c->path, c->dir, cast && c->op != FS_OP_MOUNT); /* a source may be any word */
}

/* move_mount of a descriptor: what fsmount or open_tree had made. */
static __always_inline void put_mounted(struct fs_event_rec *r, __s32 fd)
{
	struct file *f = fd >= 0 ? fs_file_at(fd, true) : NULL;
	struct vfsmount *mnt = f && f->f_inode ? f->f_path.mnt : NULL;
	static const char format[] = "%s";
	__u64 name;

	if (!mnt)
		return;
	name = (__u64)fs_mount_of(mnt)->mnt_devname;
	bpf_snprintf(r->path, sizeof(r->path), format, &name, sizeof(name));
	fs_type_name(f->f_inode, r->fstype);
}

/* With a second path. */
static __always_inline int tell_two(struct cpu_block *b, struct fs_call *c, __u32 event, bool cast)
{
	struct fs_event2_rec *r = ring_reserve(&b->probe[PROBE_UNLINK], sizeof(*r));

	if (!r)
		return 0;
	ring_header(b, &r->e.h, PANE_FS, FS_EVENT2, sizeof(*r));
	fill(&r->e, c, NULL, event, cast);
	__builtin_memset(r->path2, 0, sizeof(r->path2));
	put_given(&r->e, r->path2, c->path2, c->dir2, cast);
	if (c->op == FS_OP_MOUNT) {
		if (cast && !r->e.path[0])
			put_mounted(&r->e, c->dir);
		r->e.mntns = mount_namespace();
		if (c->path_type)
			bpf_probe_read_user_str(r->e.fstype, sizeof(r->e.fstype), (void *)c->path_type);
	}
	ring_submit(r);
	return 0;
}

static __always_inline int tell_one(struct cpu_block *b, struct fs_call *c, struct file *file, __u32 event,
				    __u64 age_ns, bool cast)
{
	struct fs_event_rec *r = ring_reserve(&b->probe[PROBE_UNLINK], sizeof(*r));

	if (!r)
		return 0;
	ring_header(b, &r->h, PANE_FS, FS_EVENT, sizeof(*r));
	fill(r, c, file, event, cast);
	r->age_ns = age_ns;
	if (c->op == FS_OP_UMOUNT)
		r->mntns = mount_namespace();
	ring_submit(r);
	return 0;
}

/* Fills in what was deleted, and how old it was: REC_UNKNOWN where its birth was not seen. */
static __always_inline void deleted(struct fs_call *c, const struct fs_birth *birth, __u64 *ret_age_ns)
{
	c->ino = birth->ino;
	c->dev = birth->dev;
	c->type = FS_T_REGULAR;
	if (birth->born_ns && !c->error)
		*ret_age_ns = bpf_ktime_get_ns() - birth->born_ns;
}

/* Births, renames and deaths of files. */
static __always_inline void follow(struct fs_call *c, struct file *file, __u64 *ret_age_ns, bool cast)
{
	struct fs_birth birth;
	struct fs_given *g;
	bool inferred;

	if (c->op == FS_OP_UNLINK && fs_death_take(c, &birth)) {
		deleted(c, &birth, ret_age_ns);
		return;
	}
	if (c->error || (c->op == FS_OP_OPEN && (!c->created || c->type != FS_T_REGULAR)))
		return;
	if (c->op == FS_OP_OPEN && file && !fs_file_use(file, cast)->f_inode->i_nlink)
		return; /* O_TMPFILE: it has no name */
	if (c->op == FS_OP_OPEN && fs_end_is_told(file, cast)) {
		fs_birth_note_inode(c, file, cast);
		return;
	}
	g = fs_given_path(c->path);
	if (!g)
		return;
	if (c->op == FS_OP_OPEN) {
		fs_birth_note(c, g, cast);
	} else if (c->op == FS_OP_RENAME) {
		fs_birth_rename(c, g, cast);
	} else if (fs_birth_take(c, g, c->dir, cast, true, &birth, &inferred)) {
		deleted(c, &birth, ret_age_ns);
		c->flags |= inferred ? FS_F_INFERRED : 0;
	}
}

static __always_inline struct fs_told_nr *told_nr(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&fs_told_nr, &key);
}

/* In a storm of short-lived files each record costs more than the file. The rest is counted as lost. */
static __always_inline bool short_has_room(struct probe_stats *s)
{
	struct fs_told_nr *nr = told_nr();

	if (!nr || settings.demand & DEMAND_FSLOG)
		return true;
	if (nr->pass != fs_pass) {
		nr->pass = fs_pass;
		nr->shorts = 0;
	}
	if (nr->shorts++ < FS_SHORTS_MAX)
		return true;
	ADD(s->seen, 1);
	ADD(s->full, 1);
	return false;
}

/* `file` as c->file, or NULL where that cannot be used. */
static __always_inline int tell(struct cpu_block *b, struct fs_call *c, struct file *file, bool cast)
{
	__u64 age_ns = REC_UNKNOWN;
	__u32 event;

	if (c->op == FS_OP_OPEN || c->op == FS_OP_UNLINK || c->op == FS_OP_RENAME)
		follow(c, file, &age_ns, cast);
	if (c->ns != REC_UNKNOWN && c->ns >= settings.fs_slow_ns)
		c->flags |= FS_F_SLOW;
	event = event_of(c, age_ns != REC_UNKNOWN);
	if (event == FS_EV_NR)
		return 0;
	if (event == FS_EV_SHORT && !(c->flags & FS_F_SLOW) && !short_has_room(&b->probe[PROBE_UNLINK]))
		return 0;
	if (!(FS_EV_ALWAYS & 1 << event || c->flags & FS_F_SLOW) && !ring_has_room(&b->probe[PROBE_UNLINK]))
		return 0;
	if (c->op == FS_OP_RENAME || c->op == FS_OP_MOUNT)
		return tell_two(b, c, event, cast);
	return tell_one(b, c, file, event, age_ns, cast);
}

static __always_inline struct fs_call *kept(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&fs_told, &key);
}

static __always_inline int tell_kept(bool cast)
{
	struct cpu_block *b = cpu_block();
	struct fs_call *c = kept();

	return b && c ? tell(b, c, cast ? c->file : NULL, cast) : 0;
}

__attribute__((noinline)) int fs_tell_kept(void)
{
	return tell_kept(true);
}

/* Its file is NULL: without a cast it cannot be had from there. */
__attribute__((noinline)) int fs_tell_kept_plain(void)
{
	return tell_kept(false);
}

/* Programs on functions may be preempted while they tell: what another tells on this CPU meanwhile is lost. */
__hidden int fs_tell(struct cpu_block *b, struct fs_call *c)
{
	struct fs_told_nr *nr = told_nr();
	struct fs_call *copy = kept();

	if (!nr || !copy)
		return 0;
	if (nr->busy) {
		ADD(b->probe[PROBE_UNLINK].seen, 1);
		ADD(b->probe[PROBE_UNLINK].full, 1);
		return 0;
	}
	nr->busy = 1;
	barrier();
	*copy = *c;
	fs_tell_kept();
	barrier();
	nr->busy = 0;
	return 0;
}

/* With a file, which is only one while the call lies on the stack. */
static __attribute__((noinline)) int tell_file_plain(struct cpu_block *b, struct fs_call *c)
{
	return tell(b, c, c->file, false);
}

__hidden int fs_tell_plain(struct cpu_block *b, struct fs_call *c)
{
	struct fs_call *copy;

	if (c->file)
		return tell_file_plain(b, c);
	copy = kept();
	if (!copy)
		return 0;
	*copy = *c;
	return fs_tell_kept_plain();
}

/* ext4 is about to take a name out of a directory. The file ends with its last name. */
static __always_inline int on_unlink(struct dentry *d, bool cast)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid(), dev;
	struct fs_death *death = fs_dying_of(pid);
	struct inode *inode;
	__u64 ino, born_ns;

	inode = cast ? fs_inode_use(d->d_inode, cast) : d->d_inode;
	if (!inode || !death)
		return 0;
	ino = inode->i_ino;
	dev = inode->i_sb->s_dev;
	born_ns = inode->i_nlink == 1 ? fs_born_take(ino, dev, inode->i_generation) : 0;
	if (!born_ns && !(settings.fs_kinds & 1 << FS_EV_DELETE))
		return 0;
	death->born_ns = born_ns;
	death->ino = ino;
	death->dev = dev;
	death->pid = pid;
	death->at_ns = bpf_ktime_get_ns();
	return 0;
}

__hidden int fs_on_unlink(struct cpu_block *b, struct dentry *dentry)
{
	return on_unlink(dentry, true);
}

__hidden int fs_on_unlink_plain(struct cpu_block *b, struct dentry *dentry)
{
	return on_unlink(dentry, false);
}
