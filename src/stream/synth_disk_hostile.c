/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: records of block devices that no kernel sends, and that a file may hold. */
#include "synth_disks.h"

#include <limits.h>
#include <string.h>

#include "record.h"

#define FLOOD	 600 /* devices that are told of once */
#define FLIGHTS	 40  /* more than there should be */
#define NOWHERE	 0xffffffffU
#define UNLISTED (77U << 20 | 7)

static const uint32_t devs[] = {0, NOWHERE, UNLISTED, 8U << 20};

/* Nearly at its end, then back at its beginning. */
static uint64_t counter(const struct synth *s, uint64_t step)
{
	return (s->tick_nr < 5 ? UINT64_MAX - 1000000 : 0) + s->tick_nr * step;
}

static void emit_sets(struct synth *s)
{
	for (unsigned i = 0; i < sizeof(devs) / sizeof(devs[0]); i++) {
		struct disk_set_rec rec = {
			.dev = devs[i],
			.set = i % 2 ? DISK_SET_ALL & ~0xbU : DISK_OTHER | DISK_SET_ZEROES | DISK_SET_ERASE,
			.count = counter(s, 10),
			.bytes = counter(s, UINT64_MAX / 3),
			.queue_ns = counter(s, NS_PER_S),
			.service_ns = UINT64_MAX,
			.errors = counter(s, 11),
			.sequential = counter(s, 1000),
			.max_queue_ns = UINT64_MAX,
			.max_service_ns = s->tick_nr % 2 ? UINT64_MAX : 0,
		};

		for (unsigned slot = 0; slot < HIST_SLOTS; slot++)
			rec.queue_slots[slot] = rec.service_slots[slot] = UINT32_MAX - 20 + s->tick_nr * 7;
		memset(rec.size_slots, s->tick_nr % 3 ? 0xff : 0, sizeof(rec.size_slots));
		record_init(&rec.h, s->now_ns, PANE_DISK, DISK_SET, sizeof(rec));
		synth_emit(s, &rec);
	}
}

static void emit_procs(struct synth *s)
{
	static const uint32_t tgids[] = {0, NOWHERE, 18, 4};

	for (unsigned i = 0; i < 8; i++) {
		struct disk_proc_rec rec = {
			.tgid = tgids[i % 4],
			.dev = devs[i % 4],
			.start_ns = i < 4 ? 0 : s->now_ns + NS_PER_S,
			.op = (uint16_t)(i % DISK_OP_NR),
			.flags = (uint16_t)(i % 3 ? 0xfffe : 0xffff),
			.uid = NOWHERE - i,
			.count = counter(s, 3),
			.bytes = counter(s, UINT64_MAX / 5),
			.inferred = UINT64_MAX,
			.inferred_bytes = counter(s, UINT64_MAX / 2),
			.queue_ns = UINT64_MAX - s->tick_nr,
			.service_ns = counter(s, 1),
			.errors = UINT64_MAX,
			.max_ns = UINT64_MAX - i,
		};

		memset(rec.comm, 0x80 + (int)i, sizeof(rec.comm));
		memset(rec.slots, (int)(s->tick_nr * 50), sizeof(rec.slots) + sizeof(rec.queue_slots));
		record_init(&rec.h, s->now_ns, PANE_DISK, DISK_PROC, sizeof(rec));
		synth_emit(s, &rec);
	}
}

static void emit_devs(struct synth *s)
{
	for (unsigned i = 0; i < sizeof(devs) / sizeof(devs[0]); i++) {
		struct disk_dev_rec rec = {
			.dev = devs[i],
			.inflight = i % 2 ? NOWHERE : 0,
			.issued = NOWHERE,
			.max_inflight = i,
			.busy_ns = counter(s, NS_PER_S * 100),
			.busy_since_ns = s->now_ns + 5 * NS_PER_S,
			.depth_ns = counter(s, UINT64_MAX / 7),
			.oldest_ns = i % 2 ? s->now_ns + NS_PER_S : 1,
			.requeues = counter(s, 9),
		};

		record_init(&rec.h, s->now_ns, PANE_DISK, DISK_DEV, sizeof(rec));
		synth_emit(s, &rec);
	}
}

static void emit_flights(struct synth *s)
{
	for (uint32_t i = 0; i < FLIGHTS; i++) {
		struct disk_flight_rec rec = {
			.id = i % 8,
			.dev = devs[i % 4],
			.set = (uint16_t)((DISK_SET_ALL & ~DISK_SET_OP) | i % DISK_OP_NR),
			.flags = (uint16_t)(i * 1771),
			.pid = NOWHERE,
			.tgid = i % 3 ? NOWHERE : 18,
			.start_ns = UINT64_MAX,
			.sector = UINT64_MAX - i,
			.bytes = NOWHERE,
			.requeues = NOWHERE,
			.queued_ns = i % 2 ? s->now_ns + i * NS_PER_S : i,
			.issued_ns = i % 5 ? 1 : 0,
		};

		memset(rec.comm, 0x1b, sizeof(rec.comm));
		record_init(&rec.h, s->now_ns, PANE_DISK, DISK_FLIGHT, sizeof(rec));
		synth_emit(s, &rec);
	}
}

static void emit_ios(struct synth *s)
{
	for (uint32_t i = 0; i < 8; i++) {
		struct disk_io_rec rec = {
			.id = i % 2 ? UINT64_MAX : s->tick_nr,
			.dev = devs[i % 4],
			.set = (uint16_t)((DISK_SET_ALL & ~DISK_SET_OP) | i % DISK_OP_NR),
			.flags = (uint16_t)(i * 0x2493),
			.pid = NOWHERE,
			.tgid = i % 4 ? NOWHERE : 18,
			.start_ns = UINT64_MAX,
			.sector = UINT64_MAX,
			.bytes = i % 3 ? NOWHERE : 0,
			.error = i % 2 ? INT_MIN : INT_MAX,
			.queue_ns = i % 3 ? REC_UNKNOWN : UINT64_MAX - 1,
			.service_ns = UINT64_MAX - i,
			.ino = UINT64_MAX,
			.file_dev = NOWHERE,
			.requeues = NOWHERE,
		};

		memset(rec.comm, '\n', sizeof(rec.comm));
		memset(rec.submitter, 0xff, sizeof(rec.submitter));
		memset(rec.file, i % 2 ? '/' : 0x9b, sizeof(rec.file));
		record_init(&rec.h, i % 2 ? s->now_ns + NS_PER_S : i, PANE_DISK, DISK_IO, sizeof(rec));
		rec.h.cpu = i % 2 ? 9999 : 0;
		synth_emit(s, &rec);
	}
}

/* Steps of requests that begin nowhere, go backwards and never end. */
static void emit_steps(struct synth *s)
{
	for (uint32_t i = 0; i < 3 * STAGE_NR; i++) {
		struct disk_stage_rec rec = {
			.id = i % 4,
			.bio = i % 5 ? i % 3 : UINT64_MAX,
			.dev = devs[i % 4],
			.set = (uint16_t)((DISK_SET_ALL & ~DISK_SET_OP) | i % DISK_OP_NR),
			.stage = (uint8_t)(STAGE_NR - 1 - i % STAGE_NR),
			.flags = (uint8_t)(i * 37),
			.pid = NOWHERE,
			.tgid = i % 3 ? 4 : NOWHERE,
			.sector = UINT64_MAX,
			.bytes = NOWHERE,
			.from_dev = devs[(i + 1) % 4],
		};

		memset(rec.comm, 0xe2, sizeof(rec.comm));
		record_init(&rec.h, i % 2 ? s->now_ns - i * 1000 : s->now_ns + i, PANE_DISK, DISK_STAGE, sizeof(rec));
		rec.h.cpu = (uint16_t)(i % 3);
		synth_emit(s, &rec);
	}
}

static void emit_stat(struct synth *s, uint32_t dev)
{
	struct disk_stat_rec rec = {.dev = dev, .inflight = NOWHERE};

	if (dev == devs[s->tick_nr % 4])
		memset(&rec.ios, 0xff, sizeof(rec) - offsetof(struct disk_stat_rec, ios));
	for (int op = 0; op < 4 && dev == NOWHERE; op++)
		rec.ios[op] = rec.ms[op] = counter(s, 77);
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_STAT, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_info(struct synth *s, uint32_t dev, uint8_t slaves)
{
	struct disk_info_rec rec = {
		.dev = dev,
		.parent = dev % 3 ? 0 : dev,
		.type = (uint8_t)(dev % DISK_T_NR),
		.slaves_nr = slaves,
		.flags = (uint16_t)dev,
		.nr_requests = NOWHERE,
		.size_bytes = UINT64_MAX - dev,
		.logical_bytes = NOWHERE,
		.max_bytes = 0,
	};

	for (uint32_t i = 0; i < slaves; i++)
		rec.slaves[i] = i % 2 ? dev : dev + i;
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_INFO, sizeof(rec));
	synth_copy_string(rec.name, sizeof(rec.name), dev % 2 ? "\033[7m\302\233" : "same name");
	synth_copy_string(rec.label, sizeof(rec.label), "\342\200\256label\n");
	synth_emit(s, &rec);
}

void synth_emit_hostile_disks(struct synth *s)
{
	emit_sets(s);
	emit_procs(s);
	emit_devs(s);
	emit_flights(s);
	emit_ios(s);
	emit_steps(s);
	for (unsigned i = 0; i < sizeof(devs) / sizeof(devs[0]); i++)
		emit_stat(s, devs[i]);
	if (s->tick_nr == 1)
		emit_info(s, NOWHERE, DISK_SLAVES);
	for (uint32_t i = 0; i < FLOOD && s->tick_nr == 2; i++) {
		emit_info(s, disk_dev(300, i), (uint8_t)(i % 3));
		emit_stat(s, disk_dev(300, i));
	}
}
