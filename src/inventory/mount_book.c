/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mounts there are, what they answered last, and which of that waits to be told. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "mounts.h"
#include "record.h"

#define PACE_NS	   10000000000ULL /* how often mounts are asked while nobody looks */
#define INFO_BYTES (16 << 20)
#define ANSWER_MS  1000 /* then the others are asked, and the answer is looked for in the next round */

struct mount_entry {
	struct mount_line line;
	struct fs_usage_rec usage; /* without header; h.size 0: none yet */
	uint32_t met;		   /* in this list */
	uint64_t asked_ns;	   /* not answered since then; 0: nothing is asked */
	struct asker *asker;	   /* by whom; NULL: by one of our threads */
	bool gone;
	bool told, usage_told;
};

int mount_book_init(struct mount_book *b, const char *root)
{
	memset(b, 0, sizeof(*b));
	pthread_mutex_init(&b->lock, NULL);
	b->root = root;
	b->info_fd = files_open(root, "/proc/self/mountinfo", O_RDONLY);
	b->stale = b->info_fd >= 0;
	return table_init(&b->entries, MOUNTS_LISTED_MAX, sizeof(struct mount_entry));
}

void mount_book_fini(struct mount_book *b)
{
	uint32_t cursor = 0;
	struct mount_entry *e;

	while (b->entries.impl && (e = table_next(&b->entries, &cursor, NULL)))
		free(e->line.point);
	if (b->info_fd >= 0)
		close(b->info_fd);
	table_fini(&b->entries);
	pthread_mutex_destroy(&b->lock);
}

void mount_book_stop(struct mount_book *b)
{
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	for (int i = 0; i < ASKERS_MAX; i++)
		asker_kill(&b->askers.all[i]);
	pthread_mutex_unlock(&b->lock);
}

/* The kernel tells of a change once. A fixture's file is always ready. */
static bool has_changed(const struct mount_book *b)
{
	struct pollfd p = {.fd = b->info_fd, .events = POLLPRI};

	return poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR);
}

bool mount_book_due(struct mount_book *b, uint64_t now_ns, bool often)
{
	bool due;

	if (b->info_fd < 0)
		return false;
	pthread_mutex_lock(&b->lock);
	b->stale = has_changed(b) || b->stale;
	due = !b->reading && (b->stale || b->any_hung || often || now_ns >= b->asked_ns + PACE_NS);
	if (due) {
		b->reading = true;
		b->asked_ns = now_ns;
	}
	pthread_mutex_unlock(&b->lock);
	return due;
}

void mount_book_unclaim(struct mount_book *b)
{
	pthread_mutex_lock(&b->lock);
	b->reading = false;
	pthread_mutex_unlock(&b->lock);
}

/* ---- the list ---- */

static char *read_all(int fd, size_t *ret_len)
{
	char *buf = NULL, *more;
	size_t size = 0, len = 0;
	ssize_t n = 1;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return NULL;
	while (n > 0 && len < INFO_BYTES) {
		if (len == size) {
			size = size ? size * 2 : 16384;
			more = realloc(buf, size);
			if (!more)
				break;
			buf = more;
		}
		n = read(fd, buf + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	*ret_len = len;
	return buf;
}

static int parse_all(struct text t, struct mount_line *lines)
{
	struct text line;
	int nr = 0;

	while (nr < MOUNTS_LISTED_MAX && parse_line(&t, &line))
		nr += mounts_parse(line, &lines[nr]);
	mounts_relate(lines, nr);
	return nr;
}

/* What was asked of another mount under this number is no answer for this one. */
static void forget_answers(struct mount_entry *e)
{
	if (e->asker)
		asker_kill(e->asker);
	e->asker = NULL;
	e->asked_ns = 0;
	e->usage.h.size = 0;
}

static bool is_same_mount(const struct mount_line *a, const struct mount_line *b)
{
	return a->rec.dev == b->rec.dev && !strcmp(a->point, b->point) && !strcmp(a->rec.root, b->rec.root);
}

/* Takes `line` over. */
static void meet_one(struct mount_book *b, struct mount_line *line)
{
	bool new;
	struct mount_entry *e = table_put(&b->entries, (struct table_key){.a = line->rec.mnt_id}, &new);
	bool same = !new && !e->gone && is_same_mount(&e->line, line);

	if (!new && !same)
		forget_answers(e);
	e->told = e->told && same && !memcmp(&e->line.rec, &line->rec, sizeof(line->rec));
	free(e->line.point);
	e->line = *line;
	e->met = b->met;
	e->gone = false;
}

static void meet_all(struct mount_book *b, struct mount_line *lines, int nr)
{
	uint32_t cursor = 0;
	struct mount_entry *e;

	pthread_mutex_lock(&b->lock);
	b->met++;
	for (int i = 0; i < nr; i++)
		meet_one(b, &lines[i]);
	while ((e = table_next(&b->entries, &cursor, NULL))) {
		if (e->met == b->met || e->gone)
			continue;
		forget_answers(e);
		e->gone = true;
		e->told = false;
	}
	pthread_mutex_unlock(&b->lock);
}

static void read_list(struct mount_book *b)
{
	struct mount_line *lines = calloc(MOUNTS_LISTED_MAX, sizeof(*lines));
	size_t len = 0;
	char *text;

	pthread_mutex_lock(&b->lock);
	b->stale = false; /* before it is read: what changes meanwhile is told again */
	pthread_mutex_unlock(&b->lock);
	text = lines ? read_all(b->info_fd, &len) : NULL;
	if (text)
		meet_all(b, lines, parse_all((struct text){text, text + len}, lines));
	free(text);
	free(lines);
}

/* ---- questions ---- */

static uint64_t times(uint64_t blocks, uint64_t bytes)
{
	uint64_t all;

	return __builtin_mul_overflow(blocks, bytes, &all) ? REC_UNKNOWN : all;
}

/* As df: in units of f_frsize. */
static void fill_usage(struct mount_entry *e, const struct mount_answer *a, uint64_t asked_ns)
{
	struct fs_usage_rec *u = &e->usage;
	const struct statvfs *v = &a->vfs;

	*u = (struct fs_usage_rec){
		.h.size = sizeof(*u), .mnt_id = e->line.rec.mnt_id, .dev = e->line.rec.dev, .asked_ns = asked_ns,
		.state = a->error ? FS_USAGE_ERROR : FS_USAGE_OK, .error = a->error,
		.total_bytes = REC_UNKNOWN, .free_bytes = REC_UNKNOWN, .avail_bytes = REC_UNKNOWN,
		.inodes = REC_UNKNOWN, .inodes_free = REC_UNKNOWN, .flags = REC_UNKNOWN,
	};
	if (!a->error) {
		u->total_bytes = times(v->f_blocks, v->f_frsize);
		u->free_bytes = times(v->f_bfree, v->f_frsize);
		u->avail_bytes = times(v->f_bavail, v->f_frsize);
		u->inodes = v->f_files;
		u->inodes_free = v->f_ffree;
		u->flags = v->f_flag;
	}
	e->usage_told = false;
	e->asked_ns = 0;
}

/* A mount that is to be asked, as it was when the round began. */
struct question {
	uint32_t mnt_id, dev;
	char *path;
	bool may_hang;
};

/* The entry of a question, if it still is that mount; under the lock. */
static struct mount_entry *entry_of(struct mount_book *b, const struct question *q)
{
	struct mount_entry *e = table_get(&b->entries, (struct table_key){.a = q->mnt_id});

	return e && !e->gone && e->line.rec.dev == q->dev ? e : NULL;
}

/* What the kernel makes up has no blocks, and will have none. */
static bool is_answered(const struct mount_entry *e)
{
	return e->line.rec.flags & FS_MOUNT_F_PSEUDO && e->usage.h.size && e->usage.state == FS_USAGE_OK &&
	       e->usage.total_bytes == 0;
}

static int list_questions(struct mount_book *b, struct question *qs)
{
	uint32_t cursor = 0;
	struct mount_entry *e;
	char path[PATH_MAX];
	int nr = 0;

	pthread_mutex_lock(&b->lock);
	while ((e = table_next(&b->entries, &cursor, NULL))) {
		if (e->gone || !e->line.ask || e->asked_ns || is_answered(e))
			continue;
		if (snprintf(path, sizeof(path), "%s%s", b->root, e->line.point) >= (int)sizeof(path))
			continue;
		qs[nr] = (struct question){e->line.rec.mnt_id, e->line.rec.dev, strdup(path), e->line.may_hang && !*b->root};
		nr += qs[nr].path != NULL;
	}
	pthread_mutex_unlock(&b->lock);
	return nr;
}

/* By this thread. Where it does not come back the pool gives it up, and the mount stays asked. */
static void ask_here(struct mount_book *b, const struct question *q)
{
	uint64_t asked_ns = files_now_ns();
	struct mount_answer a = {.error = 0};
	struct mount_entry *e;

	pthread_mutex_lock(&b->lock);
	e = entry_of(b, q);
	if (e)
		e->asked_ns = asked_ns;
	pthread_mutex_unlock(&b->lock);
	if (!e)
		return;
	a.error = statvfs(q->path, &a.vfs) ? errno : 0;
	pthread_mutex_lock(&b->lock);
	e = entry_of(b, q);
	if (e && e->asked_ns == asked_ns)
		fill_usage(e, &a, asked_ns);
	pthread_mutex_unlock(&b->lock);
}

/* Takes the answer of a mount that was asked, if there is one. Under the lock. */
static void take_answer(struct mount_entry *e)
{
	struct mount_answer a;

	if (asker_answer(e->asker, 0, &a)) {
		fill_usage(e, &a, e->asked_ns);
		e->asker = NULL;
	} else if (e->asker->state != ASKER_BUSY) { /* it was killed from outside */
		e->asker = NULL;
		e->asked_ns = 0;
	}
}

/* Waits for the answer without the lock: of a descriptor that nobody but this thread and the end closes. */
static void wait_answer(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	poll(&p, 1, ANSWER_MS);
}

static void ask_away(struct mount_book *b, const struct question *q)
{
	struct asker *asker = NULL;
	struct mount_entry *e;
	int fd = -1;

	pthread_mutex_lock(&b->lock);
	e = b->stop ? NULL : entry_of(b, q);
	if (e)
		asker = askers_get(&b->askers);
	if (asker && asker_ask(asker, q->path)) {
		e->asker = asker;
		e->asked_ns = files_now_ns();
		fd = asker->fd;
	}
	pthread_mutex_unlock(&b->lock);
	if (fd < 0)
		return;
	wait_answer(fd);
	pthread_mutex_lock(&b->lock);
	e = entry_of(b, q);
	if (e && e->asker == asker)
		take_answer(e);
	pthread_mutex_unlock(&b->lock);
}

/* ---- who waits ---- */

static void collect_waiters(struct mount_book *b)
{
	struct fs_waiter_rec r;

	while (b->scanner && asker_found(b->scanner, &r))
		if (b->found_nr < FS_WAITERS_MAX)
			b->found[b->found_nr++] = r;
	if (!b->scanner || b->scanner->state == ASKER_BUSY)
		return;
	memcpy(b->waiters, b->found, sizeof(b->waiters));
	b->waiters_nr = b->found_nr;
	b->scanner = NULL;
}

static void start_scan(struct mount_book *b, const struct hung_mount *hung, int nr)
{
	b->found_nr = 0;
	b->scanner = askers_get(&b->askers);
	if (b->scanner && !asker_scan(b->scanner, hung, nr))
		b->scanner = NULL;
}

static bool is_hung(const struct mount_entry *e, uint64_t now_ns)
{
	return !e->gone && e->asked_ns && now_ns > e->asked_ns + MOUNT_HUNG_NS;
}

/* Answers that came late; and while there are mounts that hang, who waits on them. Under the lock. */
static void look_after(struct mount_book *b)
{
	struct hung_mount hung[ASKERS_MAX];
	uint64_t now_ns = files_now_ns();
	uint32_t cursor = 0;
	struct mount_entry *e;
	int nr = 0;

	askers_reap(&b->askers);
	while ((e = table_next(&b->entries, &cursor, NULL))) {
		if (e->asker)
			take_answer(e);
		if (is_hung(e, now_ns) && nr < ASKERS_MAX)
			hung[nr++] = (struct hung_mount){e->line.rec.mnt_id, e->line.point};
	}
	collect_waiters(b);
	b->any_hung = nr > 0;
	if (nr && !b->scanner && !b->stop && !*b->root)
		start_scan(b, hung, nr);
	if (!nr)
		b->waiters_nr = 0;
}

void mount_book_read(struct mount_book *b, mount_go_on_fn go_on, void *ctx)
{
	struct question *qs = calloc(MOUNTS_LISTED_MAX, sizeof(*qs));
	bool stale, goes_on = true;
	int nr;

	pthread_mutex_lock(&b->lock);
	stale = b->stale;
	pthread_mutex_unlock(&b->lock);
	if (stale)
		read_list(b);
	pthread_mutex_lock(&b->lock);
	look_after(b);
	pthread_mutex_unlock(&b->lock);
	nr = qs ? list_questions(b, qs) : 0;
	for (int i = 0; i < nr; i++) {
		goes_on = goes_on && go_on(ctx);
		if (goes_on && qs[i].may_hang)
			ask_away(b, &qs[i]);
		else if (goes_on)
			ask_here(b, &qs[i]);
		free(qs[i].path);
	}
	free(qs);
	/* Of a round that was given up nobody waits for the end: another may be at work. */
	if (goes_on && go_on(ctx))
		mount_book_unclaim(b);
}

/* ---- what is told ---- */

static void tell_mount(struct mount_entry *e, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct fs_mount_rec r = e->line.rec;

	record_init(&r.h, now_ns, PANE_FS, FS_MOUNT, sizeof(r));
	if (e->gone)
		r.flags |= FS_MOUNT_F_GONE;
	e->told = true;
	fn(ctx, &r.h);
}

static void tell_usage(const struct mount_entry *e, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct fs_usage_rec r = e->usage;

	if (is_hung(e, now_ns))
		r = (struct fs_usage_rec){
			.mnt_id = e->line.rec.mnt_id, .dev = e->line.rec.dev, .state = FS_USAGE_HUNG, .asked_ns = e->asked_ns,
			.total_bytes = REC_UNKNOWN, .free_bytes = REC_UNKNOWN, .avail_bytes = REC_UNKNOWN,
			.inodes = REC_UNKNOWN, .inodes_free = REC_UNKNOWN, .flags = REC_UNKNOWN,
		};
	record_init(&r.h, now_ns, PANE_FS, FS_USAGE, sizeof(r));
	fn(ctx, &r.h);
}

/* A mount that begins to hang is told as that once. */
static int take_one(struct mount_entry *e, uint64_t now_ns, record_fn fn, void *ctx)
{
	bool hung = is_hung(e, now_ns), hung_told = e->usage.state == FS_USAGE_HUNG;
	int nr = 0;

	if (!e->told) {
		tell_mount(e, now_ns, fn, ctx);
		nr++;
	}
	if (e->gone)
		return nr;
	if (hung && !hung_told) {
		e->usage.state = FS_USAGE_HUNG;
		e->usage.h.size = sizeof(e->usage);
		e->usage_told = false;
	}
	if (e->usage.h.size && !e->usage_told) {
		tell_usage(e, now_ns, fn, ctx);
		e->usage_told = true;
		nr++;
	}
	return nr;
}

int mount_book_take(struct mount_book *b, uint64_t now_ns, record_fn fn, void *ctx)
{
	uint32_t cursor = 0;
	struct mount_entry *e;
	int nr = 0;

	pthread_mutex_lock(&b->lock);
	while ((e = table_next(&b->entries, &cursor, NULL))) {
		nr += take_one(e, now_ns, fn, ctx);
		if (is_hung(e, now_ns))
			b->any_hung = true;
		if (!e->gone)
			continue;
		free(e->line.point);
		table_del_entry(&b->entries, e);
	}
	for (int i = 0; b->any_hung && i < b->waiters_nr; i++, nr++) {
		record_init(&b->waiters[i].h, now_ns, PANE_FS, FS_WAITER, sizeof(b->waiters[i]));
		fn(ctx, &b->waiters[i].h);
	}
	pthread_mutex_unlock(&b->lock);
	return nr;
}
