/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source without BPF: one record for each process from /proc, its threads folded in.
 *
 * On-CPU time comes in nanoseconds from schedstat as long as the process has one thread: that
 * file speaks of the leader alone. With more threads it comes from utime + stime, which are
 * the whole process's, in clock ticks; the run-queue wait and the switches are then unknown.
 * A process that has had threads once stays in that mode, so that its sums never step back.
 */
#include "inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "parse.h"
#include "record.h"
#include "table.h"

#define PROCS_MAX    (1U << 17)
#define STATUS_BYTES 8192 /* in thousands of groups what stands behind them is lost: unknown */

struct proc_entry {
	struct task_rec task; /* as last published */
	struct proc_rec proc;
	struct pid_stat stat;
	struct pid_status status;
	int64_t oncpu_offset_ns; /* folded: what to add to utime + stime */
	uint32_t pass;           /* the last pass that saw it */
	bool folded;
};

struct proc_source {
	struct source source;
	struct table procs; /* key: tgid, start_ns */
	int proc_fd;
	uint32_t pass;
	uint64_t tick_ns, page_bytes;
};

/* One pass: what every step of it needs. */
struct pass {
	struct proc_source *s;
	uint64_t now_ns;
	bool key;
	record_fn fn;
	void *ctx;
};

static struct proc_source *of(struct source *source)
{
	return (struct proc_source *)source; /* `source` is the first member */
}

/* What the state letter tells of the wait: no more than that (TASK_F_NO_CLASS). */
static uint8_t class_of(char state)
{
	switch (state) {
	case 'R':
		return WAIT_ONCPU;
	case 'D':
		return WAIT_DISK;
	case 'I':
	case 'P':
		return WAIT_IDLE;
	default:
		return WAIT_OTHER;
	}
}

static uint32_t pages32(const struct proc_source *s, uint64_t bytes)
{
	return bytes == REC_UNKNOWN ? REC_UNKNOWN32 : (uint32_t)(bytes / s->page_bytes);
}

/* Reads a file of process `pid`. */
static struct text read_file(const struct proc_source *s, uint32_t pid, const char *name, char *buf,
			     size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	n = files_read_at(s->proc_fd, path, buf, size);
	return (struct text){ buf, buf + (n > 0 ? n : 0) };
}

/*
 * Sets on-CPU and run-queue time of `task`. A schedstat that is behind utime + stime by more
 * than their rounding, in a process seen for the first time, tells of threads that are gone.
 */
static void fill_times(const struct proc_source *s, struct proc_entry *e, bool new,
		       struct task_rec *task)
{
	uint64_t ticks_ns = (e->stat.utime + e->stat.stime) * s->tick_ns, oncpu_ns, runq_ns;
	bool single = !e->folded && e->stat.threads <= 1;
	char buf[128];

	if (single &&
	    parse_schedstat(read_file(s, e->stat.pid, "schedstat", buf, sizeof(buf)), &oncpu_ns,
			    &runq_ns) &&
	    (new ? ticks_ns <= oncpu_ns + oncpu_ns / 64 + 2 * s->tick_ns :
		   oncpu_ns >= e->task.oncpu_ns)) {
		task->oncpu_ns = oncpu_ns;
		task->runq_ns = runq_ns;
		return;
	}
	if (!e->folded && !new)
		e->oncpu_offset_ns =
			(int64_t)(e->task.oncpu_ns - e->task.utime_ns - e->task.stime_ns);
	e->folded = true;
	task->oncpu_ns = ticks_ns + (uint64_t)e->oncpu_offset_ns;
	task->runq_ns = REC_UNKNOWN;
	task->flags |= TASK_F_NO_RUNQ;
}

/* Fills what stat and schedstat tell; see_process() adds what status does. */
static void fill_task(const struct pass *p, struct proc_entry *e, bool new, struct task_rec *t)
{
	const struct pid_stat *stat = &e->stat;

	*t = (struct task_rec){
		.pid = stat->pid,
		.tgid = stat->pid,
		.start_ns = stat->start * p->s->tick_ns,
		.leader_start_ns = stat->start * p->s->tick_ns,
		.ppid = stat->ppid,
		.utime_ns = stat->utime * p->s->tick_ns,
		.stime_ns = stat->stime * p->s->tick_ns,
		.migrations = REC_UNKNOWN32,
		.majflt = (uint32_t)stat->majflt,
		.minflt = stat->minflt,
		.since_ns = REC_UNKNOWN,
		.cgroup_id = REC_UNKNOWN,
		.state = (uint8_t)stat->state,
		.wclass = class_of(stat->state),
		.nice = (int8_t)stat->nice,
		.policy = (uint8_t)stat->policy,
		.cpu = (uint16_t)stat->cpu,
		.flags = TASK_F_LEADER | TASK_F_NO_CLASS |
			 (stat->flags & PROC_STAT_KTHREAD ? TASK_F_KTHREAD : 0),
	};
	record_init(&t->h, p->now_ns, PANE_CORE, CORE_TASK, sizeof(*t));
	memcpy(t->comm, stat->comm, sizeof(t->comm));
	fill_times(p->s, e, new, t);
}

/* The dead threads' sums are 0: those of the task record are the whole process's. */
static void fill_proc(const struct pass *p, const struct proc_entry *e, struct proc_rec *r)
{
	*r = (struct proc_rec){
		.tgid = e->stat.pid,
		.threads = e->stat.threads,
		.start_ns = e->stat.start * p->s->tick_ns,
		.rss_anon_pages = pages32(p->s, e->status.rss_anon_bytes),
		.rss_file_pages = pages32(p->s, e->status.rss_file_bytes),
		.rss_shmem_pages = pages32(p->s, e->status.rss_shmem_bytes),
		.swap_pages = pages32(p->s, e->status.swap_bytes),
		.vm_pages = e->stat.vm_bytes / p->s->page_bytes,
	};
	record_init(&r->h, p->now_ns, PANE_CORE, CORE_PROC, sizeof(*r));
}

/* Reads the status again; a process that ends meanwhile keeps what was known. */
static void read_status(const struct pass *p, struct proc_entry *e, bool new)
{
	char buf[STATUS_BYTES];
	struct text t = read_file(p->s, e->stat.pid, "status", buf, sizeof(buf));

	if (new || t.end > t.at)
		parse_pid_status(t, &e->status);
}

/* Publishes `ev` where it differs from what was published last, but for its header. */
static void publish(const struct pass *p, bool all, void *last, const struct ev_hdr *ev)
{
	size_t head = sizeof(*ev);

	if (!all && memcmp((char *)last + head, (const char *)ev + head, ev->size - head) == 0)
		return;
	memcpy(last, ev, ev->size);
	p->fn(p->ctx, ev);
}

static void see_process(const struct pass *p, const struct pid_stat *stat)
{
	uint64_t start_ns = stat->start * p->s->tick_ns;
	bool new, changed;
	struct proc_entry *e =
		table_put(&p->s->procs, (struct table_key){ stat->pid, start_ns }, &new);
	struct task_rec task;
	struct proc_rec proc;

	e->pass = p->s->pass;
	changed = new || memcmp(&e->stat, stat, sizeof(*stat)) != 0;
	e->stat = *stat;
	fill_task(p, e, new, &task);
	/* status is the dearest of the three: read only when the others moved */
	if (changed || task.oncpu_ns != e->task.oncpu_ns)
		read_status(p, e, new);
	task.uid = (uint32_t)e->status.uid;
	task.nvcsw = e->folded ? REC_UNKNOWN : e->status.nvcsw;
	task.nivcsw = e->folded ? REC_UNKNOWN : e->status.nivcsw;
	fill_proc(p, e, &proc);
	publish(p, new || p->key, &e->task, &task.h);
	publish(p, new || p->key, &e->proc, &proc.h);
}

/*
 * Takes one process. Returns 0 when it is gone or hidden, which is no fault, or a negative
 * errno when it could not be told whether it is there (no descriptors left).
 */
static int scan_process(const struct pass *p, const char *name)
{
	struct pid_stat stat;
	char path[32], buf[2048];
	ssize_t n;

	snprintf(path, sizeof(path), "%.10s/stat", name);
	n = files_read_at(p->s->proc_fd, path, buf, sizeof(buf));
	if (n < 0)
		return n == -EMFILE || n == -ENFILE || n == -ENOMEM ? (int)n : 0;
	if (parse_pid_stat((struct text){ buf, buf + n }, &stat))
		see_process(p, &stat);
	return 0;
}

static int scan(const struct pass *p)
{
	char buf[32768] __attribute__((aligned(8)));
	ssize_t n, at;

	if (lseek(p->s->proc_fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = getdents64(p->s->proc_fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf + at);
			int err = 0;

			if (d->d_name[0] >= '1' && d->d_name[0] <= '9')
				err = scan_process(p, d->d_name);
			if (err)
				return err;
			at += d->d_reclen;
		}
	}
	return n < 0 ? -errno : 0;
}

/* Says of each process that this pass did not meet that it has ended; nobody knows how. */
static void sweep(const struct pass *p)
{
	struct proc_entry *e;
	uint32_t cursor = 0;

	while ((e = table_next(&p->s->procs, &cursor, NULL))) {
		if (e->pass == p->s->pass)
			continue;
		record_init(&e->task.h, p->now_ns, PANE_CORE, CORE_EXIT, sizeof(e->task));
		e->task.exit_code = REC_UNKNOWN32;
		e->task.state = 'X';
		e->task.flags |= TASK_F_GROUP_DEAD;
		p->fn(p->ctx, &e->task.h);
		table_del_entry(&p->s->procs, e);
	}
}

static int proc_tick(struct source *source, uint32_t flags, record_fn fn, void *ctx)
{
	struct pass p = { of(source), files_now_ns(), flags & TICK_F_KEY, fn, ctx };
	int err;

	p.s->pass++;
	err = scan(&p);
	if (err)
		return err;
	sweep(&p);
	return 0;
}

static int proc_fd(struct source *source)
{
	return -1;
}

static int proc_drain(struct source *source, int budget, record_fn fn, void *ctx)
{
	return 0;
}

static void proc_free(struct source *source)
{
	struct proc_source *s = of(source);

	if (s->proc_fd >= 0)
		close(s->proc_fd);
	table_fini(&s->procs);
	free(s);
}

static const struct source_ops proc_ops = {
	.name = "/proc",
	.fd = proc_fd,
	.drain = proc_drain,
	.tick = proc_tick,
	.free = proc_free,
};

int proc_source_new(const char *root, struct source **ret_source)
{
	struct proc_source *s = calloc(1, sizeof(*s));
	int err;

	*ret_source = NULL;
	if (!s)
		return -ENOMEM;
	s->source.ops = &proc_ops;
	s->tick_ns = files_tick_ns();
	s->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	s->proc_fd = files_open(root, "/proc", O_RDONLY | O_DIRECTORY);
	err = s->proc_fd < 0 ? s->proc_fd :
			       table_init(&s->procs, PROCS_MAX, sizeof(struct proc_entry));
	if (err) {
		proc_free(&s->source);
		return err;
	}
	*ret_source = &s->source;
	return 0;
}
