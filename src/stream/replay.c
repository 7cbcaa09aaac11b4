/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of recordings: a source whose tick() gives the next recorded interval. A file is
 * untrusted: every size is checked against a fixed limit before it is used, a block's records
 * are all checked before the first is handed on, and nothing is allocated after the opening.
 * It is read with pread, not mapped: a file that shrinks while it plays is a short read.
 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "core.h"
#include "recfile.h"
#include "record.h"

/* A place this near to the start is reached from the start: exact even for sums since then. */
#define SEEK_WHOLE_BYTES (8U << 20)

struct replay {
	struct source source;
	int fd;
	uint64_t size;
	uint64_t start, end; /* offsets of the first block and after the last */
	uint64_t at;	     /* offset of the next interval */
	uint32_t tick_nr;    /* ordinal of the next interval */
	struct replay_info info;
	struct recfile_keys keys;
	unsigned char *raw, *stored;
	ZSTD_DCtx *zstd;
};

#define KEYS_BYTES (RECFILE_KEYS_MAX * sizeof(struct recfile_key))

/* Which records of a block to hand on. */
enum take { TAKE_ALL, TAKE_LASTING };

/* Returns 0, -ENODATA when the file ends before, or a negative errno. */
static int read_at(const struct replay *r, void *data, size_t len, uint64_t offset)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = pread(r->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* From here on the recording ends at `offset`. The first words stay. */
__attribute__((format(printf, 3, 4))) static int damaged(struct replay *r, uint64_t offset,
							 const char *format, ...)
{
	va_list ap;

	if (offset < r->end)
		r->end = offset;
	if (r->info.damaged)
		return -EBADMSG;
	r->info.damaged = true;
	va_start(ap, format);
	vsnprintf(r->info.damage, sizeof(r->info.damage), format, ap);
	va_end(ap);
	return -EBADMSG;
}

static int damaged_block(struct replay *r, uint64_t offset, const char *what)
{
	return damaged(r, offset, "recording damaged at byte %llu: %s. It plays up to there.",
		       (unsigned long long)offset, what);
}

/*
 * Reads the head of the block at `offset`. Returns 0, -ENODATA at the end of the blocks, or
 * -EBADMSG for damage, which is then noted.
 */
static int block_head(struct replay *r, uint64_t offset, struct recfile_block *ret)
{
	int err;

	if (offset >= r->end)
		return -ENODATA;
	if (r->end - offset < sizeof(*ret))
		return damaged_block(r, offset, "the file is cut inside a block");
	err = read_at(r, ret, sizeof(*ret), offset);
	if (err)
		return damaged_block(r, offset, "a block cannot be read");
	if (ret->magic == RECFILE_INDEX_MAGIC) {
		damaged(r, offset, "recording: its index is cut. All its intervals play.");
		return -ENODATA;
	}
	if (ret->magic != RECFILE_BLOCK_MAGIC || ret->head_crc != recfile_block_crc(ret))
		return damaged_block(r, offset, "the head of a block is not as it was written");
	if (ret->raw_bytes > RECFILE_RAW_MAX || ret->stored_bytes > RECFILE_STORED_MAX ||
	    ret->raw_bytes == 0 || ret->flags & ~RECFILE_FLAGS_ALL)
		return damaged_block(r, offset, "the head of a block is out of bounds");
	if (r->end - offset - sizeof(*ret) < ret->stored_bytes)
		return damaged_block(r, offset, "the file is cut inside a block");
	return 0;
}

static uint64_t block_end(uint64_t offset, const struct recfile_block *b)
{
	return offset + sizeof(*b) + b->stored_bytes;
}

/* A record that this build does not know is skipped when it is at least well formed. */
static bool record_known(const struct ev_hdr *ev)
{
	return recfile_size(ev->pane, ev->kind) != 0;
}

/* Checks all records of the block in r->raw. Returns NULL, or what is wrong. */
static const char *block_check(const struct replay *r, const struct recfile_block *b)
{
	uint32_t nr = 0;
	bool tick = false;

	for (size_t at = 0; at < b->raw_bytes; nr++) {
		const struct ev_hdr *ev = (const void *)(r->raw + at);
		size_t left = b->raw_bytes - at;

		if (left < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > left ||
		    ev->size % RECFILE_ALIGN)
			return "a record's size is impossible";
		if (record_known(ev) && record_check(ev, left))
			return "a record is not valid";
		if (tick)
			return "a tick stands inside a block";
		tick = recfile_is_tick(ev);
		if (tick && ev->ts_ns != b->tick_ns)
			return "a tick is not the one its block names";
		at += ev->size;
	}
	if (nr != b->records)
		return "a block holds another number of records";
	if (tick != !!(b->flags & RECFILE_TICK))
		return "a block does not end as it says";
	return NULL;
}

/* Reads, checks and expands a block into r->raw. Returns 0 or -EBADMSG, which is noted. */
static int block_load(struct replay *r, uint64_t offset, const struct recfile_block *b)
{
	const char *what;
	size_t n;

	if (read_at(r, r->stored, b->stored_bytes, offset + sizeof(*b)))
		return damaged_block(r, offset, "a block cannot be read");
	if (recfile_crc(0, r->stored, b->stored_bytes) != b->data_crc)
		return damaged_block(r, offset, "the checksum of a block is wrong");
	n = ZSTD_decompressDCtx(r->zstd, r->raw, b->raw_bytes, r->stored, b->stored_bytes);
	if (ZSTD_isError(n) || n != b->raw_bytes)
		return damaged_block(r, offset, "a block does not expand");
	what = block_check(r, b);
	return what ? damaged_block(r, offset, what) : 0;
}

static void block_emit(const struct replay *r, const struct recfile_block *b, enum take take,
		       record_fn fn, void *ctx)
{
	for (size_t at = 0; at < b->raw_bytes;) {
		const struct ev_hdr *ev = (const void *)(r->raw + at);

		if (take == TAKE_ALL ? record_known(ev) : recfile_lasting(ev))
			fn(ctx, ev);
		at += ev->size;
	}
}

/*
 * Finds the end of the interval that begins at `offset` by block heads alone: *ret_last is the
 * head with its tick. Returns 0, -ENODATA where no whole interval is left, -EBADMSG.
 */
static int interval_end(struct replay *r, uint64_t offset, struct recfile_block *ret_last,
			uint64_t *ret_end)
{
	int ret;

	do {
		ret = block_head(r, offset, ret_last);
		if (ret)
			return ret;
		offset = block_end(offset, ret_last);
	} while (!(ret_last->flags & RECFILE_TICK));
	*ret_end = offset;
	return 0;
}

/* Hands on the blocks in [from, to). */
static int blocks_emit(struct replay *r, uint64_t from, uint64_t to, enum take take, record_fn fn,
		       void *ctx)
{
	while (from < to) {
		struct recfile_block b;
		int ret = block_head(r, from, &b);

		if (ret)
			return ret;
		if (take == TAKE_ALL || b.flags & RECFILE_LASTING) {
			ret = block_load(r, from, &b);
			if (ret)
				return ret;
			block_emit(r, &b, take, fn, ctx);
		}
		from = block_end(from, &b);
	}
	return 0;
}

/* Gives the next interval. At damage it is -ENODATA: what plays ends there. */
static int interval_emit(struct replay *r, record_fn fn, void *ctx)
{
	struct recfile_block last;
	uint64_t end;
	int ret = interval_end(r, r->at, &last, &end);

	if (!ret)
		ret = blocks_emit(r, r->at, end, TAKE_ALL, fn, ctx);
	if (ret)
		return -ENODATA;
	r->at = end;
	r->tick_nr++;
	return 0;
}

/* Where to stop: before the interval with this ordinal, or that ends at this time. */
struct target {
	uint32_t tick_nr;
	uint64_t tick_ns;
};

static bool target_before(const struct target *t, uint32_t tick_nr, uint64_t tick_ns)
{
	return tick_nr < t->tick_nr && tick_ns < t->tick_ns;
}

/* Goes to the last place before the target from which all state can be built again. */
static int restart(struct replay *r, const struct target *t, record_fn fn, void *ctx)
{
	const struct recfile_key *best = NULL;
	int ret;

	for (uint32_t i = 0; i < r->keys.head.keys_nr; i++) {
		const struct recfile_key *k = &r->keys.keys[i];

		if (!target_before(t, k->tick_nr, k->tick_ns) || k->offset >= r->end)
			break;
		best = k;
	}
	r->at = r->start;
	r->tick_nr = 0;
	if (!best || best->offset - r->start <= SEEK_WHOLE_BYTES)
		return 0;
	r->at = best->offset;
	r->tick_nr = best->tick_nr;
	ret = blocks_emit(r, r->start, best->offset, TAKE_LASTING, fn, ctx);
	if (!ret)
		ret = interval_emit(r, fn, ctx);
	/* Once more: models keep command lines only of processes that they know by now. */
	if (!ret)
		ret = blocks_emit(r, r->start, r->at, TAKE_LASTING, fn, ctx);
	return ret;
}

static int go_to(struct replay *r, const struct target *t, record_fn fn, void *ctx)
{
	int ret = restart(r, t, fn, ctx);

	while (!ret) {
		struct recfile_block last;
		uint64_t end;

		ret = interval_end(r, r->at, &last, &end);
		if (!ret && !target_before(t, r->tick_nr, last.tick_ns))
			return 0;
		if (!ret)
			ret = interval_emit(r, fn, ctx);
	}
	/* Damage on the way: what was handed on stands, and the next tick() says -ENODATA. */
	return ret == -ENODATA || ret == -EBADMSG ? 0 : ret;
}

static struct replay *replay_of(const struct source *s)
{
	return (struct replay *)s;
}

int replay_seek(struct source *s, uint64_t mono_ns, record_fn fn, void *ctx)
{
	struct replay *r = replay_of(s);
	uint64_t last_ns = r->info.last_ns;
	struct target t = {
		.tick_nr = UINT32_MAX,
		.tick_ns = mono_ns < last_ns ? mono_ns : last_ns,
	};

	return go_to(r, &t, fn, ctx);
}

int replay_back(struct source *s, uint32_t ticks, record_fn fn, void *ctx)
{
	struct replay *r = replay_of(s);
	uint64_t back = (uint64_t)ticks + 1;
	struct target t = {
		.tick_nr = r->tick_nr > back ? (uint32_t)(r->tick_nr - back) : 0,
		.tick_ns = UINT64_MAX,
	};

	return go_to(r, &t, fn, ctx);
}

const struct replay_info *replay_info(const struct source *s)
{
	return &replay_of(s)->info;
}

/* Layouts: a kind that both sides know must have one size. */
static int check_layouts(const struct recfile_layout *l, uint32_t nr, struct err *e)
{
	for (uint32_t i = 0; i < nr; i++) {
		uint16_t ours = recfile_size(l[i].pane, l[i].kind);

		if (ours != 0 && ours != l[i].size)
			return err_set(e, -EPROTO,
				       "recording: record %u.%u has %u bytes there, %u here. "
				       "Replay it with the probetop that made it.",
				       l[i].pane, l[i].kind, l[i].size, ours);
	}
	return 0;
}

static int foreign(struct err *e, const char *why)
{
	return err_set(e, -EBADMSG,
		       "recording: %s. Give a file that probetop --record has written.", why);
}

static int open_head(struct replay *r, struct err *e)
{
	struct recfile_layout layouts[RECFILE_LAYOUTS_MAX];
	struct recfile_head head;
	uint32_t crc;
	size_t bytes;

	if (read_at(r, &head, sizeof(head), 0))
		return foreign(e, "the file is too short");
	if (memcmp(head.magic, RECFILE_MAGIC, RECFILE_MAGIC_BYTES) != 0)
		return foreign(e, "the file is not a recording");
	if (head.version != RECFILE_VERSION)
		return err_set(e, -EPROTO,
			       "recording: its format is version %u, this probetop reads %u. "
			       "Replay it with the probetop that made it.",
			       head.version, RECFILE_VERSION);
	bytes = (size_t)head.layouts_nr * sizeof(layouts[0]);
	if (head.layouts_nr > RECFILE_LAYOUTS_MAX || head.head_bytes != sizeof(head) + bytes ||
	    read_at(r, layouts, bytes, sizeof(head)))
		return foreign(e, "the head of the file is cut or damaged");
	crc = head.crc;
	head.crc = 0;
	if (crc != recfile_crc(recfile_crc(0, &head, sizeof(head)), layouts, bytes))
		return foreign(e, "the head of the file is damaged");
	r->start = r->at = head.head_bytes;
	r->end = r->size;
	r->info.created_real_ns = head.created_real_ns;
	return check_layouts(layouts, head.layouts_nr, e);
}

/* Every place named must lie among the blocks, in order. */
static bool index_sane(const struct replay *r, uint64_t end)
{
	const struct recfile_keys *k = &r->keys;

	for (uint32_t i = 0; i < k->head.keys_nr; i++) {
		const struct recfile_key *key = &k->keys[i];

		if (key->offset < r->start || key->offset >= end || key->tick_nr >= k->head.ticks)
			return false;
		if (i > 0 && (key->offset <= key[-1].offset || key->tick_ns < key[-1].tick_ns ||
			      key->tick_nr <= key[-1].tick_nr))
			return false;
	}
	return k->head.keys_nr > 0 && k->keys[0].offset == r->start && k->keys[0].tick_nr == 0;
}

/* Reads the index. Returns whether it is there and whole. */
static bool open_index(struct replay *r)
{
	struct recfile_end end;
	struct recfile_keys *k = &r->keys;
	uint64_t at, room;

	if (r->size < r->start + sizeof(end) + sizeof(k->head) ||
	    read_at(r, &end, sizeof(end), r->size - sizeof(end)) ||
	    end.magic != RECFILE_END_MAGIC ||
	    end.crc != recfile_crc(0, &end.index_offset, sizeof(end.index_offset)))
		return false;
	at = end.index_offset;
	if (at < r->start || at > r->size - sizeof(end) - sizeof(k->head) ||
	    read_at(r, &k->head, sizeof(k->head), at))
		return false;
	room = r->size - sizeof(end) - sizeof(k->head) - at;
	if (k->head.magic != RECFILE_INDEX_MAGIC || k->head.keys_nr > RECFILE_KEYS_MAX ||
	    room != (uint64_t)k->head.keys_nr * sizeof(k->keys[0]) ||
	    read_at(r, k->keys, (size_t)room, at + sizeof(k->head)) ||
	    k->head.crc != recfile_index_crc(k) || !index_sane(r, at))
		return false;
	r->end = at;
	return true;
}

/* Makes the index again from the heads of all blocks. */
static void scan(struct replay *r)
{
	uint64_t at = r->start, end, last_ns = 0;
	struct recfile_block last;
	int ret;

	r->keys.head = (struct recfile_index){0};
	for (;;) {
		ret = interval_end(r, at, &last, &end);
		if (ret)
			break;
		if (last.tick_ns < last_ns) {
			damaged_block(r, at, "time goes back");
			break;
		}
		recfile_keys_add(&r->keys, at, last.tick_ns, last.tick_real_ns,
				 last.flags & RECFILE_KEY);
		last_ns = last.tick_ns;
		at = end;
	}
	if (!r->info.damaged)
		damaged(r, r->end,
			"recording: the end is missing, it was not closed. "
			"All its whole intervals play.");
}

static int replay_fd(struct source *s)
{
	return -1;
}

static int replay_drain(struct source *s, int budget, record_fn fn, void *ctx)
{
	return 0;
}

static int replay_tick(struct source *s, uint32_t flags, record_fn fn, void *ctx)
{
	return interval_emit(replay_of(s), fn, ctx);
}

static void replay_free(struct source *s)
{
	struct replay *r = replay_of(s);

	recfile_unmap(r->raw, RECFILE_RAW_MAX);
	recfile_unmap(r->stored, RECFILE_STORED_MAX);
	recfile_unmap(r->keys.keys, KEYS_BYTES);
	ZSTD_freeDCtx(r->zstd);
	close(r->fd);
	free(r);
}

static const struct source_ops replay_ops = {
	.name = "replay",
	.fd = replay_fd,
	.drain = replay_drain,
	.tick = replay_tick,
	.free = replay_free,
};

static int reserve(struct replay *r, struct err *e)
{
	r->raw = recfile_map(RECFILE_RAW_MAX);
	r->stored = recfile_map(RECFILE_STORED_MAX);
	r->keys.keys = recfile_map(KEYS_BYTES);
	r->zstd = ZSTD_createDCtx();
	if (!r->raw || !r->stored || !r->keys.keys || !r->zstd)
		return err_set(e, -ENOMEM, "recording: no memory to read it. Free some memory.");
	return 0;
}

static int open_file(struct replay *r, struct err *e)
{
	struct stat st;
	int ret;

	if (fstat(r->fd, &st))
		return err_set(e, -errno, "recording: cannot be read: %s. Check the file.",
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return foreign(e, "it is not a regular file");
	r->size = (uint64_t)st.st_size;
	ret = open_head(r, e);
	if (ret)
		return ret;
	if (!open_index(r))
		scan(r);
	r->info.ticks = r->keys.head.ticks;
	r->info.first_ns = r->keys.head.first_ns;
	r->info.last_ns = r->keys.head.last_ns;
	r->info.first_real_ns = r->keys.head.first_real_ns;
	return 0;
}

int replay_open_fd(int fd, struct source **ret_source, struct err *e)
{
	struct replay *r = calloc(1, sizeof(*r));
	int ret = recfile_host(e);

	if (!r) {
		close(fd);
		return err_set(e, -ENOMEM, "recording: no memory to read it. Free some memory.");
	}
	r->source.ops = &replay_ops;
	r->fd = fd;
	if (!ret)
		ret = reserve(r, e);
	if (!ret)
		ret = open_file(r, e);
	if (ret) {
		replay_free(&r->source);
		return ret;
	}
	*ret_source = &r->source;
	return 0;
}

int replay_open(const char *path, struct source **ret_source, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, -errno,
			       "recording: cannot open %s: %s. Check its name and rights.", path,
			       strerror(errno));
	return replay_open_fd(fd, ret_source, e);
}
