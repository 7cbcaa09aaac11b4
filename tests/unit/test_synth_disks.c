/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices of the synthetic source: what is told of them in several ways agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"
#include "synth.h"

#define ROWS_MAX 4096
#define OPS	 4 /* of /proc/diskstats */
#define SLOW_SLOT 18 /* from 16.8 ms: all of them are over the threshold */

/* The last record of each, and how often there was one. */
struct host {
	struct source *source;
	struct disk_stat_rec stats[ROWS_MAX];
	struct disk_set_rec sets[ROWS_MAX];
	struct disk_proc_rec procs[ROWS_MAX];
	struct disk_dev_rec devs[ROWS_MAX];
	struct disk_flight_rec flights[DISK_FLIGHT_MAX + 1]; /* of the last tick */
	uint32_t stats_nr, sets_nr, procs_nr, devs_nr, flights_nr, kinds[DISK_KIND_NR];
	uint64_t slow, tick_ns, last_ns, io_ids[8192], ios_nr;
	uint32_t flags; /* of the last tick */
};

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define PUT(rows, nr, rec, same)                                                                   \
	do {                                                                                       \
		uint32_t i = 0;                                                                    \
		while (i < (nr) && !((rows)[i].dev == (rec)->dev && (same)))                       \
			i++;                                                                       \
		assert_true(i < ROWS_MAX);                                                         \
		(nr) += i == (nr);                                                                 \
		(rows)[i] = *(rec);                                                                \
	} while (0)

static void take_disk(struct host *h, const struct ev_hdr *ev)
{
	h->kinds[ev->kind]++;
	if (ev->kind == DISK_STAT) {
		PUT(h->stats, h->stats_nr, REC(disk_stat_rec, ev), true);
	} else if (ev->kind == DISK_SET) {
		PUT(h->sets, h->sets_nr, REC(disk_set_rec, ev), h->sets[i].set == REC(disk_set_rec, ev)->set);
	} else if (ev->kind == DISK_PROC) {
		const struct disk_proc_rec *r = REC(disk_proc_rec, ev);

		PUT(h->procs, h->procs_nr, r,
		    h->procs[i].tgid == r->tgid && h->procs[i].start_ns == r->start_ns && h->procs[i].op == r->op);
	} else if (ev->kind == DISK_DEV) {
		PUT(h->devs, h->devs_nr, REC(disk_dev_rec, ev), true);
	} else if (ev->kind == DISK_FLIGHT) {
		assert_true(h->flights_nr < DISK_FLIGHT_MAX);
		h->flights[h->flights_nr++] = *REC(disk_flight_rec, ev);
	} else if (ev->kind == DISK_IO) {
		const struct disk_io_rec *r = REC(disk_io_rec, ev);

		h->slow += r->queue_ns + r->service_ns >= 1ULL << (SLOW_SLOT + HIST_SHIFT);
		assert_int_equal(!!(r->flags & DISK_IO_F_SLOW), r->queue_ns + r->service_ns >= 10000000);
		h->io_ids[h->ios_nr++ % 8192] = r->id;
	}
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct host *h = ctx;

	assert_int_equal(record_check(ev, ev->size), 0);
	if (ev->pane == PANE_DISK)
		take_disk(h, ev);
	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK) {
		h->last_ns = h->tick_ns;
		h->tick_ns = ev->ts_ns;
		h->flags = REC(tick_rec, ev)->flags;
	}
}

static struct host *host_new(const char *name, uint32_t demand_off)
{
	struct host *h = calloc(1, sizeof(*h));
	struct synth_opts opts;

	assert_non_null(h);
	assert_int_equal(synth_options(name, &opts), 0);
	opts.demand_off |= demand_off;
	assert_int_equal(synth_new(&opts, &h->source), 0);
	return h;
}

static void host_free(struct host *h)
{
	h->source->ops->free(h->source);
	free(h);
}

static void tick(struct host *h)
{
	h->flights_nr = 0;
	memset(h->kinds, 0, sizeof(h->kinds));
	assert_int_equal(h->source->ops->tick(h->source, 0, take, h), 0);
}

/* All requests of a device and operation: of its sets of flags, or of processes. */
struct sums {
	uint64_t count, bytes, ns, slots;
};

static struct sums of_sets(const struct host *h, uint32_t dev, uint32_t op)
{
	struct sums u = {0};

	for (uint32_t i = 0; i < h->sets_nr; i++) {
		const struct disk_set_rec *r = &h->sets[i];

		if (r->dev != dev || (r->set & DISK_SET_OP) != op)
			continue;
		u.count += r->count;
		u.bytes += r->bytes;
		u.ns += r->queue_ns + r->service_ns;
		for (int slot = 0; slot < HIST_SLOTS; slot++)
			u.slots += r->service_slots[slot];
	}
	return u;
}

static struct sums of_procs(const struct host *h, uint32_t dev, uint32_t op)
{
	struct sums u = {0};

	for (uint32_t i = 0; i < h->procs_nr; i++) {
		const struct disk_proc_rec *r = &h->procs[i];

		if (r->dev != dev || r->op != op)
			continue;
		assert_true(r->inferred <= r->count && r->inferred_bytes <= r->bytes);
		u.count += r->count;
		u.bytes += r->bytes;
		u.ns += r->queue_ns + r->service_ns;
		for (int slot = 0; slot < HIST_SLOTS; slot++)
			u.slots += r->slots[slot];
	}
	return u;
}

/* What a device has done is what processes did, and what was done for devices above it. */
static void requests_of_devices_are_those_of_processes(void **state)
{
	static const char *const names[] = {"database", "load", "disks", "losses"};
	const uint32_t nvme = disk_dev(259, 0);

	for (unsigned n = 0; n < 4; n++) {
		struct host *h = host_new(names[n], 0);
		uint64_t stacked = 0, all = 0;

		for (int t = 0; t < 12; t++) {
			tick(h);
			stacked = all = 0;
			for (uint32_t d = 0; d < h->devs_nr; d++)
				for (uint32_t op = 0; op < DISK_OP_NR; op++) {
					struct sums a = of_sets(h, h->devs[d].dev, op), b = of_procs(h, h->devs[d].dev, op);

					assert_true(a.count >= b.count && a.bytes >= b.bytes && a.ns >= b.ns);
					assert_int_equal(a.count, a.slots);
					assert_int_equal(b.count, b.slots);
					assert_true(a.count == b.count || (h->devs[d].dev == nvme && op == DISK_READ));
					stacked += a.count - b.count;
					all += a.count;
				}
		}
		assert_true(all > 1000);
		assert_true(stacked > 0 || n == 1 || n == 2);
		host_free(h);
	}
}

/* Tick by tick /proc/diskstats grows by what BPF counts, of whole disks and of what lies on them. */
static void lines_of_diskstats_grow_by_the_requests(void **state)
{
	static const struct {
		uint32_t dev, counts;
	} disks[] = {{8 << 20, 8 << 20}, {259 << 20, 259 << 20}, {259 << 20 | 3, 259 << 20}, {254 << 20, 259 << 20}};
	struct host *h = host_new("database", 0), *before = calloc(1, sizeof(*before));

	tick(h);
	assert_int_equal(h->stats_nr, 6);
	for (int t = 1; t < 33; t++) {
		*before = *h;
		tick(h);
		for (unsigned d = 0; d < sizeof(disks) / sizeof(disks[0]); d++) {
			uint32_t i = 0;

			while (h->stats[i].dev != disks[d].dev)
				i++;
			for (uint32_t op = 0; op < OPS; op++) {
				struct sums a = of_sets(before, disks[d].counts, op), b = of_sets(h, disks[d].counts, op);

				assert_int_equal(h->stats[i].ios[op] - before->stats[i].ios[op], b.count - a.count);
				assert_in_range(h->stats[i].ms[op], before->stats[i].ms[op] + (b.ns - a.ns) / 1000000,
						before->stats[i].ms[op] + (b.ns - a.ns) / 1000000 + 1);
				if (op < 3)
					assert_int_equal(h->stats[i].sectors[op] - before->stats[i].sectors[op], (b.bytes - a.bytes) / 512);
			}
		}
	}
	free(before);
	host_free(h);
}

/* Utilisation and depth are no more than time and requests give. */
static void queues_agree_with_time(void **state)
{
	static const char *const names[] = {"database", "load", "disks"};

	for (unsigned n = 0; n < 3; n++) {
		struct host *h = host_new(names[n], 0), *before = calloc(1, sizeof(*before));

		tick(h);
		for (int t = 1; t < 12; t++) {
			uint64_t wall_ns;

			*before = *h;
			tick(h);
			wall_ns = h->tick_ns - before->tick_ns;
			for (uint32_t i = 0; i < before->devs_nr; i++) {
				const struct disk_dev_rec *a = &before->devs[i], *b = &h->devs[i];
				uint64_t busy_a = a->busy_ns + (a->busy_since_ns ? before->tick_ns - a->busy_since_ns : 0);
				uint64_t busy_b = b->busy_ns + (b->busy_since_ns ? h->tick_ns - b->busy_since_ns : 0);

				if (b->h.ts_ns != h->tick_ns || a->h.ts_ns != before->tick_ns)
					continue; /* not told: nothing has changed */
				assert_in_range(busy_b - busy_a, 0, wall_ns);
				assert_true(b->depth_ns - a->depth_ns >= busy_b - busy_a);
				assert_true(b->depth_ns - a->depth_ns <= b->max_inflight * wall_ns);
				assert_true(b->issued <= b->inflight && b->inflight <= b->max_inflight);
				assert_int_equal(b->inflight != 0, b->busy_since_ns != 0);
			}
		}
		free(before);
		host_free(h);
	}
}

static bool completed(const struct host *h, uint64_t id)
{
	for (uint64_t i = 0; i < h->ios_nr && i < 8192; i++)
		if (h->io_ids[i] == id)
			return true;
	return false;
}

/* The oldest of a device is the one that its record names; the one that is held stays, and does not complete. */
static void requests_in_flight_are_those_of_the_devices(void **state)
{
	struct host *h = host_new("database", 0);
	uint64_t held = 0, since_ns = 0;
	uint32_t seen = 0;

	for (int t = 0; t < 30; t++) {
		tick(h);
		seen += h->flights_nr;
		for (uint32_t d = 0; d < h->devs_nr; d++) {
			uint64_t oldest_ns = 0;
			uint32_t nr = 0, issued = 0;

			for (uint32_t i = 0; i < h->flights_nr; i++) {
				const struct disk_flight_rec *r = &h->flights[i];

				if (r->dev != h->devs[d].dev)
					continue;
				nr++;
				issued += r->issued_ns != 0;
				assert_true(r->queued_ns < h->tick_ns && (!r->issued_ns || r->issued_ns >= r->queued_ns));
				oldest_ns = !oldest_ns || r->queued_ns < oldest_ns ? r->queued_ns : oldest_ns;
			}
			assert_int_equal(nr, h->devs[d].inflight);
			assert_int_equal(issued, h->devs[d].issued);
			assert_int_equal(oldest_ns, h->devs[d].oldest_ns);
		}
		for (uint32_t i = 0; i < h->flights_nr; i++) {
			assert_false(completed(h, h->flights[i].id));
			if (h->flights[i].dev != disk_dev(7, 0))
				continue;
			assert_true(t == 0 || (h->flights[i].id == held && h->flights[i].queued_ns == since_ns));
			held = h->flights[i].id;
			since_ns = h->flights[i].queued_ns;
		}
		assert_true(h->tick_ns - since_ns >= (43 + (uint64_t)t) * 1000000000ULL);
	}
	assert_true(seen > 45); /* one is held in each */
	host_free(h);
}

static uint64_t slow_of_procs(const struct host *h)
{
	uint64_t slow = 0;

	for (uint32_t i = 0; i < h->procs_nr; i++)
		for (int slot = SLOW_SLOT; slot < HIST_SLOTS; slot++)
			slow += h->procs[i].slots[slot];
	return slow;
}

static void each_slow_request_is_one_event(void **state)
{
	struct host *h = host_new("database", 0);

	for (int t = 0; t < 30; t++) {
		tick(h);
		assert_int_equal(h->slow, slow_of_procs(h));
	}
	assert_true(h->slow > 20);
	host_free(h);
}

static void every_kind_of_record_occurs(void **state)
{
	static const char *const names[] = {"database", "load"};

	for (unsigned n = 0; n < 2; n++) {
		struct host *h = host_new(names[n], 0);
		uint32_t seen[DISK_KIND_NR] = {0};

		for (int t = 0; t < 8; t++) {
			tick(h);
			for (int k = 0; k < DISK_KIND_NR; k++)
				seen[k] += h->kinds[k];
		}
		for (int k = DISK_INFO; k < DISK_KIND_NR; k++)
			assert_true(seen[k] > 0 || (n == 1 && k == DISK_STAGE)); /* nothing is followed there */
		host_free(h);
	}
}

/* Without a demand only key frames tell of /proc/diskstats, and no step is told; without BPF nothing else is. */
static void only_what_is_asked_for_is_told(void **state)
{
	struct host *plain = host_new("plain", 0), *no_bpf = host_new("no-bpf", 0);

	for (int t = 0; t < 32; t++) {
		tick(plain);
		tick(no_bpf);
		assert_int_equal(plain->kinds[DISK_STAT], plain->flags & TICK_F_KEY ? 6 : 0);
		assert_int_equal(plain->kinds[DISK_STAGE] + plain->kinds[DISK_STAGE_SUM], 0);
		assert_true(t == 0 || plain->kinds[DISK_SET] > 0);
		assert_int_equal(no_bpf->kinds[DISK_STAT], 6);
		for (int k = DISK_DEV; k < DISK_KIND_NR; k++)
			assert_int_equal(no_bpf->kinds[k], 0);
	}
	host_free(plain);
	host_free(no_bpf);
}

static void a_thousand_devices_are_told_of(void **state)
{
	struct host *h = host_new("disks", 0);

	tick(h);
	assert_int_equal(h->kinds[DISK_INFO], 1001);
	tick(h);
	assert_int_equal(h->kinds[DISK_STAT], 1001);
	assert_true(h->kinds[DISK_SET] > 800 && h->kinds[DISK_PROC] > 800);
	host_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_devices_are_those_of_processes),
		cmocka_unit_test(lines_of_diskstats_grow_by_the_requests),
		cmocka_unit_test(queues_agree_with_time),
		cmocka_unit_test(requests_in_flight_are_those_of_the_devices),
		cmocka_unit_test(each_slow_request_is_one_event),
		cmocka_unit_test(every_kind_of_record_occurs),
		cmocka_unit_test(only_what_is_asked_for_is_told),
		cmocka_unit_test(a_thousand_devices_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
