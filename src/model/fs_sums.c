/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sums of files and operations by key, and the model that hands their growth to the three folds. */
#include "fs_sums.h"

#include <string.h>

#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct sum_key {
	uint64_t start_ns, ino;
	uint32_t tgid, dev, what; /* enum fs_type, or enum fs_op */
};

/* The head of an entry of both pools. */
struct sum {
	struct pool_node node; /* key: hash */
	struct sum_key key;
};

/* What was read last. */
struct io_last {
	uint64_t count, bytes, ns, errors;
	uint32_t slots[HIST_SLOTS];
};

struct file_sum {
	struct sum head;
	struct io_last io[2];
};

struct op_sum {
	struct sum head;
	struct io_last io;
	uint64_t enoent;
};

int fs_sums_init(struct fs_sums *s)
{
	int ret = pool_init(&s->files, POOL_KEYED, FS_SUMS_FILES, sizeof(struct file_sum));

	return ret ? ret : pool_init(&s->ops, POOL_KEYED, FS_SUMS_OPS, sizeof(struct op_sum));
}

void fs_sums_fini(struct fs_sums *s)
{
	pool_fini(&s->files);
	pool_fini(&s->ops);
}

void fs_sums_clear(struct fs_sums *s)
{
	pool_clear(&s->files);
	pool_clear(&s->ops);
}

/* Processes come with pids in a row, and files with inodes in a row. */
static uint32_t key_hash(const struct sum_key *k)
{
	uint64_t h = k->ino * 0x9e3779b97f4a7c15ULL + ((uint64_t)k->tgid << 32 | k->dev);

	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL + k->start_ns + k->what;
	return (uint32_t)(h ^ h >> 32);
}

static bool is_key(const struct sum_key *a, const struct sum_key *b)
{
	return a->tgid == b->tgid && a->dev == b->dev && a->ino == b->ino && a->start_ns == b->start_ns &&
	       a->what == b->what;
}

static void *get(struct pool *pool, const struct sum_key *key)
{
	uint32_t hash = key_hash(key);
	struct sum *sum;

	for (sum = pool_find(pool, hash); sum; sum = pool_find_next(pool, sum))
		if (is_key(&sum->key, key))
			return sum;
	sum = pool_get(pool, hash);
	if (sum)
		sum->key = *key;
	return sum;
}

static uint64_t growth(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/*
 * A counter that steps back has begun anew, whoever did not say so. Returns whether there is anything to tell: the
 * maximum of a call that ended while the kernel's table was read comes a reading after its count.
 */
static bool take_io(struct io_last *last, const struct fs_io *now, struct fs_delta *d)
{
	if (now->count < last->count)
		*last = (struct io_last){.count = 0};
	d->count = now->count - last->count;
	d->bytes = growth(now->bytes, last->bytes);
	d->ns = growth(now->ns, last->ns);
	d->errors = growth(now->errors, last->errors);
	d->max_ns = now->max_ns;
	for (int i = 0; i < HIST_SLOTS; i++)
		d->slots[i] = now->slots[i] - last->slots[i];
	last->count = now->count;
	last->bytes = now->bytes;
	last->ns = now->ns;
	last->errors = now->errors;
	memcpy(last->slots, now->slots, sizeof(last->slots));
	return fs_delta_grew(d) || d->max_ns || (d->flags & FS_F_GONE);
}

bool fs_sums_file(struct fs_sums *s, const struct fs_file_rec *r, fs_grow_fn grow, void *ctx)
{
	struct file_sum *sum = get(&s->files, &(struct sum_key){r->start_ns, r->ino, r->tgid, r->dev, r->type});
	struct fs_delta d = {
		.tgid = r->tgid, .dev = r->dev, .start_ns = r->start_ns, .ino = r->ino,
		.type = r->type, .flags = r->flags, .uid = r->uid, .comm = r->comm, .fstype = r->fstype,
	};

	if (!sum)
		return false;
	for (int i = 0; i < 2; i++) {
		d.op = (uint16_t)(FS_OP_READ + i);
		if (take_io(&sum->io[i], &r->io[i], &d))
			grow(ctx, &d);
	}
	if (r->flags & FS_F_GONE)
		pool_put(&s->files, sum);
	return true;
}

bool fs_sums_op(struct fs_sums *s, const struct fs_op_rec *r, fs_grow_fn grow, void *ctx)
{
	struct op_sum *sum = get(&s->ops, &(struct sum_key){r->start_ns, 0, r->tgid, r->dev, r->op});
	struct fs_delta d = {
		.tgid = r->tgid, .dev = r->dev, .start_ns = r->start_ns, .op = r->op, .type = FS_T_REGULAR,
		.flags = r->flags, .uid = r->uid, .comm = r->comm, .fstype = r->fstype, .last_errno = r->last_errno,
	};

	if (!sum)
		return false;
	if (r->io.count < sum->io.count)
		sum->enoent = 0;
	d.enoent = growth(r->enoent, sum->enoent);
	sum->enoent = r->enoent;
	if (take_io(&sum->io, &r->io, &d))
		grow(ctx, &d);
	if (r->flags & FS_F_GONE)
		pool_put(&s->ops, sum);
	return true;
}

/* ---- the model ---- */

/* What operations are counted at all the first says, for all three. */
static const struct fs_fold *const folds[] = {&fs_ops_fold, &fs_files_fold, &fs_procs_fold};
#define FOLDS_NR ((int)(sizeof(folds) / sizeof(folds[0])))

struct fs_state {
	struct fs_sums sums;
	struct pool pools[FOLDS_NR]; /* of one entry: the state of a fold */
	void *states[FOLDS_NR];
	uint64_t refused, refused_shown; /* records without room: in all, at the last publish */
};

static int state_init(void *state)
{
	struct fs_state *s = state;
	int ret = fs_sums_init(&s->sums);

	for (int i = 0; i < FOLDS_NR && !ret; i++) {
		ret = pool_init(&s->pools[i], POOL_PLAIN, 1, folds[i]->state_size);
		if (ret)
			break;
		s->states[i] = pool_get(&s->pools[i], 0);
		ret = folds[i]->init ? folds[i]->init(s->states[i]) : 0;
	}
	return ret;
}

static void state_fini(void *state)
{
	struct fs_state *s = state;

	for (int i = 0; i < FOLDS_NR; i++) {
		if (s->states[i] && folds[i]->fini)
			folds[i]->fini(s->states[i]);
		pool_fini(&s->pools[i]);
	}
	fs_sums_fini(&s->sums);
}

static void state_clear(void *state)
{
	struct fs_state *s = state;

	fs_sums_clear(&s->sums);
	for (int i = 0; i < FOLDS_NR; i++) {
		if (folds[i]->clear)
			folds[i]->clear(s->states[i]);
		else
			memset(s->states[i], 0, folds[i]->state_size);
	}
	s->refused = s->refused_shown = 0;
}

static void grow_all(void *ctx, const struct fs_delta *d)
{
	struct fs_state *s = ctx;

	for (int i = 0; i < FOLDS_NR; i++)
		folds[i]->grow(s->states[i], d);
}

static int state_apply(void *state, const struct ev_hdr *ev)
{
	struct fs_state *s = state;

	if (ev->pane == PANE_CORE) { /* nothing but ticks comes of that pane */
		for (int i = 0; i < FOLDS_NR; i++)
			folds[i]->tick(s->states[i], REC(tick_rec, ev));
	} else if (ev->kind == FS_FILE) {
		s->refused += !fs_sums_file(&s->sums, REC(fs_file_rec, ev), grow_all, s);
	} else if (ev->kind == FS_OP) {
		s->refused += !fs_sums_op(&s->sums, REC(fs_op_rec, ev), grow_all, s);
	}
	return 0;
}

/* What found no room is lost to all three. */
static void state_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_state *s = state;

	snap->losing[PANE_FS] |= s->refused > s->refused_shown;
	s->refused_shown = s->refused;
	for (int i = 0; i < FOLDS_NR; i++)
		folds[i]->publish(s->states[i], tick, window, snap);
}

static void state_mark(void *state)
{
	struct fs_state *s = state;

	for (int i = 0; i < FOLDS_NR; i++)
		folds[i]->mark(s->states[i]);
}

extern const struct model_ops fs_sums_model;
const struct model_ops fs_sums_model = {
	.name = "file sums",
	.pane = PANE_FS,
	.state_size = sizeof(struct fs_state),
	.init = state_init,
	.fini = state_fini,
	.clear = state_clear,
	.apply = state_apply,
	.publish = state_publish,
	.mark = state_mark,
};
