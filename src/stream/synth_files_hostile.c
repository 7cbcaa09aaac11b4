/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: records of files that no kernel sends, and that a file may hold. */
#include "synth_files.h"

#include <limits.h>
#include <string.h>

#include "record.h"

#define FLOOD	700 /* files and mounts that are told of once */
#define NOWHERE 0xffffffffU

static const uint32_t devs[] = {0, NOWHERE, 77U << 20 | 7, 8U << 20};

/* Nearly at its end, then back at its beginning. */
static uint64_t counter(const struct synth *s, uint64_t step)
{
	return (s->tick_nr < 5 ? UINT64_MAX - 1000000 : 0) + s->tick_nr * step;
}

static void fill_io(const struct synth *s, struct fs_io *io, unsigned i)
{
	io->count = counter(s, 3);
	io->bytes = counter(s, UINT64_MAX / 5);
	io->ns = counter(s, i ? UINT64_MAX / 3 : NS_PER_S);
	io->errors = UINT64_MAX;
	io->max_ns = s->tick_nr % 2 ? UINT64_MAX - i : 0;
	memset(io->slots, (int)(s->tick_nr * 50 + i), sizeof(io->slots));
}

static void emit_sums(struct synth *s)
{
	static const uint32_t tgids[] = {0, NOWHERE, 18, 4};

	for (unsigned i = 0; i < 4 * FS_T_NR; i++) {
		struct fs_file_rec rec = {
			.tgid = tgids[i % 4],
			.dev = devs[i / 2 % 4],
			.start_ns = i % 3 ? 0 : s->now_ns + NS_PER_S,
			.ino = i % 5 ? UINT64_MAX - i : 0,
			.type = (uint16_t)(i % FS_T_NR),
			.flags = (uint16_t)(i % 3 ? 0xfffe : 0xffff),
			.uid = NOWHERE - i,
		};
		struct fs_op_rec op = {
			.tgid = rec.tgid,
			.dev = rec.dev,
			.start_ns = rec.start_ns,
			.op = (uint16_t)(FS_OP_OPEN + i % (FS_OP_NR - FS_OP_OPEN)),
			.flags = rec.flags,
			.uid = rec.uid,
			.last_errno = i % 2 ? NOWHERE : 9999,
			.enoent = UINT64_MAX,
		};

		memset(rec.comm, 0x80 + (int)i, sizeof(rec.comm));
		memset(rec.fstype, i % 2 ? 0x1b : '\n', sizeof(rec.fstype));
		memcpy(op.comm, rec.comm, sizeof(op.comm));
		memcpy(op.fstype, rec.fstype, sizeof(op.fstype));
		fill_io(s, &rec.io[0], i);
		fill_io(s, &rec.io[1], i % 2);
		fill_io(s, &op.io, i % 2);
		record_init(&rec.h, s->now_ns, PANE_FS, FS_FILE, sizeof(rec));
		record_init(&op.h, s->now_ns, PANE_FS, FS_OP, sizeof(op));
		synth_emit(s, &rec);
		synth_emit(s, &op);
	}
}

static void emit_name(struct synth *s, uint64_t ino, uint32_t dev, const char *path)
{
	struct fs_name_rec rec = {
		.ino = ino,
		.dev = dev,
		.mnt_id = (uint32_t)ino % 9,
		.type = (uint16_t)(ino % FS_T_NR),
		.flags = (uint16_t)(ino % 2 ? 0xffff : 0),
		.rdev = NOWHERE,
	};

	memset(rec.fstype, 0xff, sizeof(rec.fstype));
	memset(rec.path, '/', sizeof(rec.path));
	memcpy(rec.path, path, strlen(path));
	record_init(&rec.h, s->now_ns, PANE_FS, FS_NAME, sizeof(rec));
	rec.h.cpu = (uint16_t)(ino % 2 ? 9999 : 0);
	synth_emit(s, &rec);
}

/* Of every kind and operation, with and without a second path. */
static void emit_events(struct synth *s)
{
	for (uint32_t i = 0; i < 3 * FS_OP_NR; i++) {
		struct fs_event2_rec rec = {
			.e = {
				.event = (uint8_t)(i % FS_EV_NR),
				.op = (uint8_t)(i % FS_OP_NR),
				.type = (uint8_t)(i % FS_T_NR),
				.flags = (uint8_t)(i * 37),
				.dev = devs[i % 4],
				.pid = NOWHERE,
				.tgid = i % 3 ? NOWHERE : 18,
				.start_ns = UINT64_MAX,
				.ino = UINT64_MAX,
				.error = i % 3 == 0 ? INT_MIN : i % 3 == 1 ? INT_MAX : 0,
				.fd = i % 2 ? INT_MIN : INT_MAX,
				.oflags = NOWHERE,
				.nr = i % 2 ? NOWHERE : 60000,
				.bytes = UINT64_MAX - 1,
				.offset = UINT64_MAX / (i + 1),
				.ns = UINT64_MAX / (i % 3 + 1),
				.age_ns = UINT64_MAX - i,
				.mnt_id = i % 2 ? NOWHERE : i,
				.mntns = NOWHERE,
			},
		};
		bool two = i % 2;

		memset(rec.e.comm, '\n', sizeof(rec.e.comm));
		memset(rec.e.fstype, 0x9b, sizeof(rec.e.fstype));
		memset(rec.e.path, i % 5 ? '/' : 0x9b, sizeof(rec.e.path));
		memset(rec.path2, i % 3 ? 0xe2 : 0, sizeof(rec.path2));
		record_init(&rec.e.h, i % 2 ? s->now_ns + NS_PER_S : i, PANE_FS, two ? FS_EVENT2 : FS_EVENT,
			    two ? sizeof(rec) : sizeof(rec.e));
		rec.e.h.cpu = i % 2 ? 9999 : 0;
		synth_emit(s, &rec);
	}
}

static void emit_cache(struct synth *s)
{
	static const uint32_t tgids[] = {0, NOWHERE, 18, 4};
	struct fs_readahead_rec ahead = {.added = counter(s, 1), .used = UINT64_MAX, .dropped = counter(s, UINT64_MAX / 2),
					 .lost = UINT64_MAX - 3};
	struct fs_dcache_rec names = {.refs = counter(s, 1), .slow = UINT64_MAX - s->tick_nr, .misses = UINT64_MAX};
	struct fs_stat_rec stat;

	for (unsigned i = 0; i < 4; i++) {
		struct fs_pages_rec rec = {
			.tgid = tgids[i],
			.flags = (uint16_t)(i % 2 ? 0xffff : 0xfffe),
			.start_ns = i % 2 ? 0 : UINT64_MAX,
			.accesses = i == 2 ? REC_UNKNOWN : counter(s, 2),
			.misses = counter(s, 90),
			.adds = UINT64_MAX - 1,
			.dirties = counter(s, UINT64_MAX / 3),
			.faults = i % 2 ? REC_UNKNOWN : counter(s, 1),
			.fault_adds = UINT64_MAX - i,
		};

		memset(rec.comm, 0x1b, sizeof(rec.comm));
		record_init(&rec.h, s->now_ns, PANE_FS, FS_PAGES, sizeof(rec));
		synth_emit(s, &rec);
	}
	memset(ahead.slots, (int)s->tick_nr * 77, sizeof(ahead.slots));
	record_init(&ahead.h, s->now_ns, PANE_FS, FS_READAHEAD, sizeof(ahead));
	synth_emit(s, &ahead);
	record_init(&names.h, s->now_ns, PANE_FS, FS_DCACHE, sizeof(names));
	synth_emit(s, &names);
	memset(&stat, s->tick_nr % 2 ? 0xff : 0x7f, sizeof(stat));
	record_init(&stat.h, s->now_ns, PANE_FS, FS_STAT, sizeof(stat));
	synth_emit(s, &stat);
}

static void emit_mount(struct synth *s, uint32_t id, uint32_t parent, uint32_t dev)
{
	struct fs_mount_rec rec = {.mnt_id = id, .parent = parent, .dev = dev, .flags = id * 7919};

	synth_copy_string(rec.fstype, sizeof(rec.fstype), id % 2 ? "\033[7m\302\233" : "same");
	synth_copy_string(rec.root, sizeof(rec.root), id % 3 ? "/" : "not a path");
	synth_copy_string(rec.point, sizeof(rec.point), id % 5 ? "/same point" : "\342\200\256/\n");
	synth_copy_string(rec.source, sizeof(rec.source), "\233\033]0;x\007");
	memset(rec.options, ',', sizeof(rec.options) - 1);
	record_init(&rec.h, s->now_ns, PANE_FS, FS_MOUNT, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_usages(struct synth *s)
{
	for (uint32_t i = 0; i < 6; i++) {
		struct fs_usage_rec rec = {
			.mnt_id = i % 2 ? NOWHERE : i,
			.dev = devs[i % 4],
			.state = (uint16_t)(i % FS_USAGE_STATE_NR),
			.error = i % 2 ? INT_MIN : INT_MAX,
			.asked_ns = i % 2 ? s->now_ns + NS_PER_S : 0,
			.total_bytes = i % 3 ? 1 : UINT64_MAX - 1,
			.free_bytes = UINT64_MAX - 2,
			.avail_bytes = i % 2 ? UINT64_MAX - 1 : 0,
			.inodes = i,
			.inodes_free = UINT64_MAX - 1,
			.flags = UINT64_MAX - 1,
		};

		record_init(&rec.h, s->now_ns, PANE_FS, FS_USAGE, sizeof(rec));
		synth_emit(s, &rec);
	}
}

static void emit_waiters(struct synth *s)
{
	for (uint32_t i = 0; i < 2 * FS_WAITERS_MAX; i++) {
		struct fs_waiter_rec rec = {
			.mnt_id = i % 3 ? 4 : NOWHERE,
			.pid = i % 4 ? NOWHERE - i : 18,
			.tgid = NOWHERE,
			.nr = i % 2 ? NOWHERE : 60000,
			.start_ns = UINT64_MAX,
		};

		memset(rec.comm, 0x9b, sizeof(rec.comm));
		synth_copy_string(rec.path, sizeof(rec.path), i % 2 ? "" : "\033[2J/\342\200\256");
		record_init(&rec.h, s->now_ns, PANE_FS, FS_WAITER, sizeof(rec));
		synth_emit(s, &rec);
	}
}

void synth_emit_hostile_files(struct synth *s)
{
	emit_sums(s);
	emit_events(s);
	emit_cache(s);
	emit_usages(s);
	emit_waiters(s);
	for (uint64_t i = 0; i < 4 * FS_T_NR; i++)
		emit_name(s, UINT64_MAX - i, devs[i / 2 % 4], i % 2 ? "\033[2J" : "\342\200\256");
	if (s->tick_nr == 1)
		emit_mount(s, NOWHERE, NOWHERE, NOWHERE);
	for (uint32_t i = 0; i < FLOOD && s->tick_nr == 2; i++) {
		emit_name(s, i % 50, disk_dev(300, i), "flood");
		emit_mount(s, 100000 + i, 100000 + i / 2, disk_dev(300, i % 40));
	}
}
