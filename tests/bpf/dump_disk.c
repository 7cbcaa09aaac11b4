// SPDX-License-Identifier: GPL-2.0-or-later
/* For developers: records of block I/O as text, one a line. */
#include "dump.h"

#include <stdio.h>

static double us(uint64_t ns)
{
	return ns == REC_UNKNOWN ? -1 : (double)ns / 1e3;
}

static void print_slots(const char *what, const __u32 *slots, unsigned nr)
{
	printf(" %s", what);
	for (unsigned i = 0; i < nr; i++)
		if (slots[i])
			printf(" %u:%u", i, slots[i]);
}

static void print_dev(const struct ev_hdr *ev)
{
	const struct disk_dev_rec *r = (const void *)ev;

	printf("dev %u:%u inflight=%u issued=%u max=%u busy=%.3fus since=%.3fus depth=%.3fus oldest=%.3fus requeues=%llu\n",
	       DISK_MAJOR(r->dev), DISK_MINOR(r->dev), r->inflight, r->issued, r->max_inflight, us(r->busy_ns),
	       r->busy_since_ns ? us(ev->ts_ns - r->busy_since_ns) : 0, us(r->depth_ns),
	       r->oldest_ns ? us(ev->ts_ns - r->oldest_ns) : 0, r->requeues);
}

static void print_set(const struct ev_hdr *ev)
{
	const struct disk_set_rec *r = (const void *)ev;

	printf("set %u:%u %03x count=%llu bytes=%llu queue=%.1f/%.1fus service=%.1f/%.1fus errors=%llu seq=%llu",
	       DISK_MAJOR(r->dev), DISK_MINOR(r->dev), r->set, r->count, r->bytes, us(r->queue_ns),
	       us(r->max_queue_ns), us(r->service_ns), us(r->max_service_ns), r->errors, r->sequential);
	print_slots("q", r->queue_slots, HIST_SLOTS);
	print_slots("s", r->service_slots, HIST_SLOTS);
	print_slots("b", r->size_slots, SIZE_SLOTS);
	printf("\n");
}

static void print_proc(const struct ev_hdr *ev)
{
	const struct disk_proc_rec *r = (const void *)ev;

	printf("proc %u:%u tgid=%u %.16s op=%u flags=%x uid=%u count=%llu bytes=%llu inferred=%llu/%llu queue=%.1fus service=%.1fus errors=%llu max=%.1fus",
	       DISK_MAJOR(r->dev), DISK_MINOR(r->dev), r->tgid, r->comm, r->op, r->flags, r->uid, r->count, r->bytes,
	       r->inferred, r->inferred_bytes, us(r->queue_ns), us(r->service_ns), r->errors, us(r->max_ns));
	print_slots("all", r->slots, HIST_SLOTS);
	print_slots("b", r->size_slots, SIZE_SLOTS);
	printf("\n");
}

static void print_io(const struct ev_hdr *ev)
{
	const struct disk_io_rec *r = (const void *)ev;

	printf("io %llx %u:%u set=%03x flags=%x pid=%u tgid=%u %.16s by %.16s sector=%llu bytes=%u error=%d queue=%.1fus service=%.1fus ino=%llu requeues=%u %.64s\n",
	       r->id, DISK_MAJOR(r->dev), DISK_MINOR(r->dev), r->set, r->flags, r->pid, r->tgid, r->comm,
	       r->submitter, r->sector, r->bytes, r->error, us(r->queue_ns), us(r->service_ns), r->ino, r->requeues,
	       r->file);
}

static void print_flight(const struct ev_hdr *ev)
{
	const struct disk_flight_rec *r = (const void *)ev;

	printf("flight %llx %u:%u set=%03x flags=%x pid=%u tgid=%u %.16s sector=%llu bytes=%u age=%.1fus issued=%.1fus requeues=%u\n",
	       r->id, DISK_MAJOR(r->dev), DISK_MINOR(r->dev), r->set, r->flags, r->pid, r->tgid, r->comm,
	       r->sector, r->bytes, us(ev->ts_ns - r->queued_ns), r->issued_ns ? us(ev->ts_ns - r->issued_ns) : -1,
	       r->requeues);
}

void dump_disk(const struct ev_hdr *ev)
{
	static void (*const prints[DISK_KIND_NR])(const struct ev_hdr *ev) = {
		[DISK_DEV] = print_dev,	      [DISK_SET] = print_set, [DISK_PROC] = print_proc,
		[DISK_FLIGHT] = print_flight, [DISK_IO] = print_io,
	};

	if (prints[ev->kind])
		prints[ev->kind](ev);
	else
		printf("%s cpu=%u\n", record_name(ev), ev->cpu);
}
