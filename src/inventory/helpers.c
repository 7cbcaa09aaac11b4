/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helper threads for what may block: a command line behind a held memory map, a user name
 * behind a dead directory server. The caller's thread queues and collects; it never waits.
 *
 * The pool is counted: the owner and each running thread hold it, so a thread that hangs in
 * the kernel when the owner leaves still finds its memory, and frees it if it comes back last.
 */
#include "inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "blocked.h"
#include "cgbook.h"
#include "disks.h"
#include "files.h"
#include "mounts.h"
#include "parse.h"
#include "record.h"

#define WORKERS      2
#define REPLACEMENTS 4
#define JOBS_NR      16384 /* all processes of a busy host may be asked for at once */
#define ANSWERS_NR   64
#define HUNG_NS      2000000000ULL
#define THREAD_STACK_BYTES  (512 * 1024) /* name services take much */

enum job_kind { JOB_CMD, JOB_USER, JOB_BLOCKED, JOB_STACK, JOB_CGROUP, JOB_CGSTATS, JOB_DISKS, JOB_MOUNTS };

struct job {
	enum job_kind kind;
	uint32_t id;  /* uid or tgid */
	uint32_t pid; /* JOB_BLOCKED, JOB_STACK: the thread */
	uint64_t start_ns;
	uint64_t cgroup_id;
};

union answer {
	struct ev_hdr h; /* size 0: nothing to tell */
	struct cmd_rec cmd;
	struct user_rec user;
	struct blocked_rec blocked;
	struct stack_rec stack;
	struct cgroup_rec cgroup;
};

enum worker_state {
	WORKER_NONE,
	WORKER_IDLE,
	WORKER_BUSY, /* outside the lock, in a job that may hang */
	WORKER_HUNG, /* given up; when it comes back it ends, and its answer with it */
};

struct worker {
	struct helpers *pool;
	pthread_t thread;
	enum worker_state state;
	struct job job;
	uint64_t since_ns;
	union answer answer;
};

struct helpers {
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	int refs;
	bool stop;
	int event_fd, proc_fd;
	uint64_t tick_ns;
	char *root;
	unsigned jobs_first, jobs_nr, answers_first, answers_nr, workers_nr;
	struct job jobs[JOBS_NR];
	union answer answers[ANSWERS_NR];
	struct worker workers[WORKERS + REPLACEMENTS];
	struct cgbook cgroups;
	struct disk_book disks;
	struct mount_book mounts;
};

/* Drops one hold of a locked pool, which the last one frees. */
static void unlock_and_put(struct helpers *h)
{
	bool last = --h->refs == 0;

	pthread_mutex_unlock(&h->lock);
	if (!last)
		return;
	if (h->event_fd >= 0)
		close(h->event_fd);
	if (h->proc_fd >= 0)
		close(h->proc_fd);
	pthread_cond_destroy(&h->work);
	pthread_cond_destroy(&h->room);
	pthread_mutex_destroy(&h->lock);
	cgbook_fini(&h->cgroups);
	disk_book_fini(&h->disks);
	mount_book_fini(&h->mounts);
	free(h->root);
	free(h);
}

/* Whether the process behind `dir` is the one that was asked for, not a later owner of its pid. */
static bool is_same_process(const struct helpers *h, int dir, uint64_t start_ns)
{
	struct pid_stat stat;
	char buf[2048];
	ssize_t n = files_read_at(dir, "stat", buf, sizeof(buf));

	return n > 0 && parse_pid_stat((struct text){ buf, buf + n }, &stat) &&
	       (start_ns == 0 || stat.start == start_ns / h->tick_ns);
}

static void look_up_cmd(const struct helpers *h, const struct job *job, struct cmd_rec *r)
{
	char path[32];
	ssize_t args, exe;
	size_t text, padded;
	int dir;

	snprintf(path, sizeof(path), "%u", job->id);
	/* the open directory belongs to one process: after its death all reads in it fail */
	dir = openat(h->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	if (is_same_process(h, dir, job->start_ns)) {
		args = files_read_at(dir, "cmdline", r->text, CMD_BYTES);
		if (args < 0)
			args = 0;
		while (args > 0 && r->text[args - 1] == 0)
			args--;
		exe = readlinkat(dir, "exe", r->text + args, sizeof(r->text) - CMD_BYTES);
		if (exe < 0) /* a kernel thread, or not ours to see */
			exe = 0;
		r->tgid = job->id;
		r->start_ns = job->start_ns;
		r->args_len = (uint16_t)args;
		r->exe_len = (uint16_t)exe;
		text = (size_t)(args + exe);
		padded = (text + 7) & ~(size_t)7;
		memset(r->text + text, 0, padded - text);
		record_init(&r->h, 0, PANE_CORE, CORE_CMD, offsetof(struct cmd_rec, text) + padded);
	}
	close(dir);
}

/* The fixture's own passwd file, where there is a root. */
static struct passwd *fixture_user(const char *root, uint32_t uid, struct passwd *entry, char *buf,
				   size_t size)
{
	struct passwd *found = NULL;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/passwd", root);
	f = fopen(path, "re");
	if (!f)
		return NULL;
	while (fgetpwent_r(f, entry, buf, size, &found) == 0 && found->pw_uid != uid)
		found = NULL;
	fclose(f);
	return found;
}

static void look_up_user(const struct helpers *h, const struct job *job, struct user_rec *r)
{
	struct passwd entry, *found = NULL;
	char buf[16384];

	if (h->root[0])
		found = fixture_user(h->root, job->id, &entry, buf, sizeof(buf));
	else
		getpwuid_r(job->id, &entry, buf, sizeof(buf), &found);
	if (!found)
		return;
	*r = (struct user_rec){ .uid = job->id };
	record_init(&r->h, 0, PANE_CORE, CORE_USER, sizeof(*r));
	strncpy(r->name, found->pw_name, sizeof(r->name) - 1);
}

static void look_up_cgroup(struct helpers *h, const struct job *job, struct cgroup_rec *r)
{
	struct cgroup_mounts mounts;
	char path[32];
	int dir;

	snprintf(path, sizeof(path), "%u", job->id);
	dir = openat(h->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	cgroups_mounts(h->proc_fd, &mounts);
	if (is_same_process(h, dir, job->start_ns) &&
	    cgroups_read_path(h->root, dir, &mounts, job->cgroup_id, r))
		cgbook_know(&h->cgroups, r);
	close(dir);
}

/* A job of several questions is as old as its last one. False: it was given up meanwhile. */
static bool goes_on(void *ctx)
{
	struct worker *w = ctx;
	bool ret;

	pthread_mutex_lock(&w->pool->lock);
	w->since_ns = files_now_ns();
	ret = w->state == WORKER_BUSY && !w->pool->stop;
	pthread_mutex_unlock(&w->pool->lock);
	return ret;
}

/* Does a job, outside the lock; h.size of the answer stays 0 where there is nothing to tell. */
static void look_up(struct worker *w)
{
	struct helpers *h = w->pool;
	const struct job *job = &w->job;
	union answer *a = &w->answer;
	struct blocked_who who = { job->id, job->pid, job->start_ns, h->tick_ns };

	switch (job->kind) {
	case JOB_CMD:
		look_up_cmd(h, job, &a->cmd);
		break;
	case JOB_USER:
		look_up_user(h, job, &a->user);
		break;
	case JOB_BLOCKED:
		blocked_read(h->proc_fd, &who, &a->blocked);
		break;
	case JOB_STACK:
		blocked_stack(h->proc_fd, &who, &a->stack);
		break;
	case JOB_CGROUP:
		look_up_cgroup(h, job, &a->cgroup);
		break;
	case JOB_CGSTATS:
		cgbook_read(&h->cgroups, h->root, h->proc_fd);
		break;
	case JOB_DISKS:
		disk_book_read(&h->disks, h->root);
		break;
	case JOB_MOUNTS:
		mount_book_read(&h->mounts, goes_on, w);
		break;
	}
}

/* Hands the worker's answer over, under the lock; waits while the owner does not collect. */
static void deliver(struct helpers *h, const union answer *answer)
{
	uint64_t one = 1;

	while (h->answers_nr == ANSWERS_NR && !h->stop)
		pthread_cond_wait(&h->room, &h->lock);
	if (h->stop)
		return;
	memcpy(&h->answers[(h->answers_first + h->answers_nr++) % ANSWERS_NR], answer,
	       answer->h.size);
	if (write(h->event_fd, &one, sizeof(one)) < 0)
		return; /* full counter: it is readable anyhow */
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct helpers *h = w->pool;

	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		if (h->jobs_nr == 0) {
			pthread_cond_wait(&h->work, &h->lock);
			continue;
		}
		w->job = h->jobs[h->jobs_first];
		h->jobs_first = (h->jobs_first + 1) % JOBS_NR;
		h->jobs_nr--;
		w->since_ns = files_now_ns();
		w->state = WORKER_BUSY;
		pthread_mutex_unlock(&h->lock);
		w->answer.h.size = 0;
		look_up(w);
		pthread_mutex_lock(&h->lock);
		if (w->state == WORKER_HUNG)
			break;
		w->state = WORKER_IDLE;
		if (w->answer.h.size)
			deliver(h, &w->answer);
	}
	unlock_and_put(h);
	return NULL;
}

/* Starts the next worker, under the lock. Returns 0 or a negative errno. */
static int start_worker(struct helpers *h)
{
	struct worker *w = &h->workers[h->workers_nr];
	sigset_t all, before;
	pthread_attr_t attr;
	int err;

	w->pool = h;
	w->state = WORKER_IDLE;
	/* signals belong to the owner's thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	err = -pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		w->state = WORKER_NONE;
		return err;
	}
	h->workers_nr++;
	h->refs++;
	return 0;
}

int helpers_new(const char *root, struct helpers **ret_helpers)
{
	struct helpers *h = calloc(1, sizeof(*h));
	int err = 0;

	*ret_helpers = NULL;
	if (!h)
		return -ENOMEM;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	pthread_cond_init(&h->room, NULL);
	cgbook_init(&h->cgroups);
	err = disk_book_init(&h->disks);
	h->refs = 1;
	h->tick_ns = files_tick_ns();
	h->root = strdup(root);
	h->mounts.info_fd = -1;
	if (!err && h->root)
		err = mount_book_init(&h->mounts, h->root);
	h->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (h->event_fd < 0 && !err)
		err = -errno;
	h->proc_fd = files_open(root, "/proc", O_RDONLY | O_DIRECTORY);
	if (!h->root)
		err = -ENOMEM;
	pthread_mutex_lock(&h->lock);
	for (int i = 0; i < WORKERS && !err; i++)
		err = start_worker(h);
	pthread_mutex_unlock(&h->lock);
	if (err) {
		helpers_free(h);
		return err;
	}
	*ret_helpers = h;
	return 0;
}

void helpers_free(struct helpers *h)
{
	pthread_t idle[WORKERS + REPLACEMENTS];
	int idle_nr = 0;

	if (!h)
		return;
	mount_book_stop(&h->mounts);
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_broadcast(&h->work);
	pthread_cond_broadcast(&h->room);
	for (unsigned i = 0; i < h->workers_nr; i++) {
		if (h->workers[i].state == WORKER_IDLE)
			idle[idle_nr++] = h->workers[i].thread;
		else if (h->workers[i].state == WORKER_BUSY)
			pthread_detach(h->workers[i].thread);
	}
	unlock_and_put(h);
	for (int i = 0; i < idle_nr; i++)
		pthread_join(idle[i], NULL);
}

int helpers_fd(const struct helpers *h)
{
	return h->event_fd;
}

static bool want(struct helpers *h, struct job job)
{
	bool room;

	pthread_mutex_lock(&h->lock);
	room = h->jobs_nr < JOBS_NR;
	if (room) {
		h->jobs[(h->jobs_first + h->jobs_nr++) % JOBS_NR] = job;
		pthread_cond_signal(&h->work);
	}
	pthread_mutex_unlock(&h->lock);
	return room;
}

bool helpers_want_cmd(struct helpers *h, uint32_t tgid, uint64_t start_ns)
{
	return want(h, (struct job){ .id = tgid, .start_ns = start_ns });
}

bool helpers_want_user(struct helpers *h, uint32_t uid)
{
	return want(h, (struct job){ .kind = JOB_USER, .id = uid });
}

bool helpers_want_blocked(struct helpers *h, uint32_t tgid, uint32_t pid, uint64_t start_ns)
{
	return want(h, (struct job){ .kind = JOB_BLOCKED, .id = tgid, .pid = pid, .start_ns = start_ns });
}

bool helpers_want_stack(struct helpers *h, uint32_t tgid, uint32_t pid, uint64_t start_ns)
{
	return want(h, (struct job){ .kind = JOB_STACK, .id = tgid, .pid = pid, .start_ns = start_ns });
}

bool helpers_want_cgroup(struct helpers *h, uint32_t tgid, uint64_t start_ns, uint64_t id)
{
	return want(h, (struct job){ .kind = JOB_CGROUP, .id = tgid, .start_ns = start_ns, .cgroup_id = id });
}

void helpers_want_cgstats(struct helpers *h)
{
	if (cgbook_claim(&h->cgroups) && !want(h, (struct job){ .kind = JOB_CGSTATS }))
		cgbook_unclaim(&h->cgroups);
}

void helpers_want_disks(struct helpers *h, const struct disk_name *names, int nr)
{
	if (disk_book_meet(&h->disks, names, nr) && !want(h, (struct job){ .kind = JOB_DISKS }))
		disk_book_unclaim(&h->disks);
}

void helpers_want_mounts(struct helpers *h, uint64_t now_ns, bool often)
{
	if (mount_book_due(&h->mounts, now_ns, often) && !want(h, (struct job){ .kind = JOB_MOUNTS }))
		mount_book_unclaim(&h->mounts);
}

static void emit_hung(const struct job *job, bool last, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct alert_rec r = { .level = 1 };
	static const char *const whats[] = {
		[JOB_CMD] = "command line of",
		[JOB_USER] = "user name of",
		[JOB_BLOCKED] = "where it is stuck, of process",
		[JOB_STACK] = "kernel stack of a thread of",
		[JOB_CGROUP] = "control group of",
		[JOB_CGSTATS] = "files of control groups, look-up",
		[JOB_DISKS] = "properties of block devices, look-up",
		[JOB_MOUNTS] = "use of a mount, look-up",
	};
	const char *what = whats[job->kind];
	bool user = job->kind == JOB_USER;
	const char *why = user ? "the name service" : job->kind == JOB_DISKS ? "/sys" : "/proc";

	record_init(&r.h, now_ns, PANE_CORE, CORE_ALERT, sizeof(r));
	if (last)
		snprintf(r.text, sizeof(r.text),
			 "command lines and user names: every look-up hangs. New processes "
			 "show their short name only; start again when the host answers.");
	else
		snprintf(r.text, sizeof(r.text),
			 "%s %u: HUNG, %s has not answered for 2 s. It is left out; %s.", what,
			 job->id, why,
			 user ? "check nsswitch.conf and its servers" :
				     "see what the process waits for");
	fn(ctx, &r.h);
}

/* Gives up one worker whose job is too old, and replaces it; false when there is none. */
static bool give_up_one(struct helpers *h, uint64_t now_ns, struct job *ret_job, bool *ret_last)
{
	bool found = false;
	int alive = 0;

	pthread_mutex_lock(&h->lock);
	for (unsigned i = 0, nr = h->workers_nr; i < nr; i++) {
		struct worker *w = &h->workers[i];

		if (!found && w->state == WORKER_BUSY && now_ns > w->since_ns + HUNG_NS) {
			w->state = WORKER_HUNG;
			pthread_detach(w->thread);
			*ret_job = w->job;
			found = true;
		} else {
			alive += w->state != WORKER_HUNG;
		}
	}
	if (found && h->workers_nr < WORKERS + REPLACEMENTS && start_worker(h) == 0)
		alive++;
	pthread_mutex_unlock(&h->lock);
	*ret_last = alive == 0;
	return found;
}

/* Takes one answer out. */
static bool take_answer(struct helpers *h, union answer *ret)
{
	bool any;

	pthread_mutex_lock(&h->lock);
	any = h->answers_nr > 0;
	if (any) {
		const union answer *a = &h->answers[h->answers_first];

		memcpy(ret, a, a->h.size);
		h->answers_first = (h->answers_first + 1) % ANSWERS_NR;
		h->answers_nr--;
		pthread_cond_signal(&h->room);
	}
	pthread_mutex_unlock(&h->lock);
	return any;
}

int helpers_drain(struct helpers *h, uint64_t now_ns, record_fn fn, void *ctx)
{
	union answer answer;
	struct cgstat_rec stat;
	struct disk_info_rec disk;
	struct job job = { 0 };
	uint32_t cursor = 0;
	uint64_t count;
	bool last;
	int nr = 0;

	if (read(h->event_fd, &count, sizeof(count)) < 0)
		count = 0; /* no news; a hung job has none */
	while (give_up_one(h, now_ns, &job, &last)) {
		if (job.kind == JOB_MOUNTS) /* its records say which one hangs */
			mount_book_unclaim(&h->mounts);
		if (job.kind == JOB_MOUNTS && !last)
			continue;
		emit_hung(&job, last, now_ns, fn, ctx);
		nr++;
	}
	nr += mount_book_take(&h->mounts, now_ns, fn, ctx);
	for (int i = 0; i < CGBOOK_MAX && cgbook_take(&h->cgroups, &stat); i++, nr++)
		fn(ctx, &stat.h);
	for (; disk_book_take(&h->disks, &cursor, &disk); nr++) {
		disk.h.ts_ns = now_ns;
		fn(ctx, &disk.h);
	}
	/* bounded: what comes meanwhile makes the descriptor readable again */
	for (int i = 0; i < ANSWERS_NR && take_answer(h, &answer); i++, nr++) {
		if (!answer.h.ts_ns) /* else it says when it was read */
			answer.h.ts_ns = now_ns;
		fn(ctx, &answer.h);
	}
	return nr;
}
