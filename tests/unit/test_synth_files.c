/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the synthetic source: what is told of them in several ways agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"
#include "synth.h"

#define ROWS_MAX  8192
#define SLOW_SLOT 18 /* from 16.8 ms: all of them are over the threshold */
#define MOUNTS	  64

/* The last record of each, and how often there was one. */
struct host {
	struct source *source;
	struct fs_file_rec files[ROWS_MAX];
	struct fs_op_rec ops[ROWS_MAX];
	struct fs_pages_rec pages[ROWS_MAX];
	struct fs_mount_rec mounts[MOUNTS];
	struct fs_usage_rec usages[MOUNTS];
	struct fs_readahead_rec readahead;
	uint32_t files_nr, ops_nr, pages_nr, mounts_nr, usages_nr, waiters_nr, kinds[FS_KIND_NR];
	uint64_t op_count[FS_OP_NR], event_count[FS_EV_NR]; /* all that there have been */
	uint64_t slow, slow_slots, names, anew, busy_ns;
	uint64_t tick_ns, last_ns;
	uint32_t flags; /* of the last tick */
};

#define REC(type, ev) ((const struct type *)(const void *)(ev))

static void check_io(const struct fs_io *io)
{
	uint64_t slots = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		slots += io->slots[i];
	assert_int_equal(slots, io->count);
	assert_true(io->errors <= io->count);
	assert_true(io->max_ns <= io->ns);
	assert_true(io->bytes == 0 || io->count > io->errors);
}

/* What came since the last record: the counters begin anew after the last word of an entry. */
static void grow(struct host *h, unsigned op, bool counts_as_slow, const struct fs_io *last, const struct fs_io *now)
{
	check_io(now);
	assert_true(now->count >= last->count && now->ns >= last->ns && now->bytes >= last->bytes);
	h->op_count[op] += now->count - last->count;
	h->busy_ns += now->ns - last->ns;
	for (int i = SLOW_SLOT; i < HIST_SLOTS && counts_as_slow; i++)
		h->slow_slots += now->slots[i] - last->slots[i];
}

static void take_file(struct host *h, const struct fs_file_rec *r)
{
	uint32_t i = 0;

	while (i < h->files_nr && !(h->files[i].tgid == r->tgid && h->files[i].start_ns == r->start_ns &&
				    h->files[i].dev == r->dev && h->files[i].ino == r->ino && h->files[i].type == r->type))
		i++;
	assert_true(i < ROWS_MAX);
	if (i == h->files_nr) {
		h->files[h->files_nr++] = (struct fs_file_rec){.flags = FS_F_GONE};
		assert_true(r->io[0].count + r->io[1].count > 0);
	}
	if (h->files[i].flags & FS_F_GONE) {
		memset(h->files[i].io, 0, sizeof(h->files[i].io));
		h->anew += r->ino != 0;
	}
	for (int op = 0; op < 2; op++)
		grow(h, (unsigned)op, fs_type_is_file(r->type), &h->files[i].io[op], &r->io[op]);
	h->files[i] = *r;
}

static void take_op(struct host *h, const struct fs_op_rec *r)
{
	uint32_t i = 0;

	while (i < h->ops_nr && !(h->ops[i].tgid == r->tgid && h->ops[i].start_ns == r->start_ns && h->ops[i].dev == r->dev &&
				  h->ops[i].op == r->op))
		i++;
	assert_true(i < ROWS_MAX);
	if (i == h->ops_nr)
		h->ops[h->ops_nr++] = (struct fs_op_rec){.tgid = 0};
	assert_true(r->enoent <= r->io.errors);
	assert_int_equal(r->io.errors > 0, r->last_errno != 0);
	/* Creates are opens, too. */
	grow(h, r->op, r->op != FS_OP_CREATE && r->op != FS_OP_CLOSE && r->op != FS_OP_LOCK, &h->ops[i].io, &r->io);
	h->ops[i] = *r;
}

static void take_event(struct host *h, const struct fs_event_rec *r)
{
	bool slow = r->ns >= 10000000 && r->op != FS_OP_CLOSE && r->op != FS_OP_LOCK && fs_type_is_file(r->type);

	h->event_count[r->event]++;
	assert_int_equal(!!(r->flags & FS_F_SLOW), slow);
	assert_true(r->event != FS_EV_SLOW || slow);
	assert_true(r->h.ts_ns > h->tick_ns);
	assert_int_equal(r->event == FS_EV_SHORT, r->age_ns != REC_UNKNOWN);
	h->slow += slow && r->ns >= 1ULL << (SLOW_SLOT + HIST_SHIFT);
}

static void take_mount(struct host *h, const struct ev_hdr *ev)
{
	uint32_t i = 0;

	if (ev->kind == FS_MOUNT) {
		while (i < h->mounts_nr && h->mounts[i].mnt_id != REC(fs_mount_rec, ev)->mnt_id)
			i++;
		assert_true(i < MOUNTS);
		h->mounts_nr += i == h->mounts_nr;
		h->mounts[i] = *REC(fs_mount_rec, ev);
	} else {
		while (i < h->usages_nr && h->usages[i].mnt_id != REC(fs_usage_rec, ev)->mnt_id)
			i++;
		assert_true(i < MOUNTS);
		h->usages_nr += i == h->usages_nr;
		h->usages[i] = *REC(fs_usage_rec, ev);
	}
}

static void take_pages(struct host *h, const struct fs_pages_rec *r)
{
	uint32_t i = 0;

	while (i < h->pages_nr && !(h->pages[i].tgid == r->tgid && h->pages[i].start_ns == r->start_ns))
		i++;
	assert_true(i < ROWS_MAX);
	h->pages_nr += i == h->pages_nr;
	h->pages[i] = *r;
}

static void take_fs(struct host *h, const struct ev_hdr *ev)
{
	h->kinds[ev->kind]++;
	if (ev->kind == FS_FILE)
		take_file(h, REC(fs_file_rec, ev));
	else if (ev->kind == FS_OP)
		take_op(h, REC(fs_op_rec, ev));
	else if (ev->kind == FS_EVENT || ev->kind == FS_EVENT2)
		take_event(h, REC(fs_event_rec, ev));
	else if (ev->kind == FS_MOUNT || ev->kind == FS_USAGE)
		take_mount(h, ev);
	else if (ev->kind == FS_PAGES)
		take_pages(h, REC(fs_pages_rec, ev));
	else if (ev->kind == FS_READAHEAD)
		h->readahead = *REC(fs_readahead_rec, ev);
	h->names += ev->kind == FS_NAME;
	h->waiters_nr += ev->kind == FS_WAITER;
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct host *h = ctx;

	assert_int_equal(record_check(ev, ev->size), 0);
	if (ev->pane == PANE_FS)
		take_fs(h, ev);
	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK) {
		h->last_ns = h->tick_ns;
		h->tick_ns = ev->ts_ns;
		h->flags = REC(tick_rec, ev)->flags;
	}
}

static struct host *host_new(const char *name)
{
	struct host *h = calloc(1, sizeof(*h));
	struct synth_opts opts;

	assert_non_null(h);
	assert_int_equal(synth_options(name, &opts), 0);
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
	memset(h->kinds, 0, sizeof(h->kinds));
	h->waiters_nr = 0;
	assert_int_equal(h->source->ops->tick(h->source, 0, take, h), 0);
}

/* Each sync, open, delete, rename, mount is an event: as many as are counted. */
static void each_operation_that_is_told_is_one_event(void **state)
{
	struct host *h = host_new("database");
	const uint64_t *ops = h->op_count, *events = h->event_count;

	for (int t = 0; t < 24; t++) {
		tick(h);
		assert_int_equal(events[FS_EV_SYNC], ops[FS_OP_FSYNC] + ops[FS_OP_SYNC]);
		assert_int_equal(events[FS_EV_OPEN] + events[FS_EV_CREATE], ops[FS_OP_OPEN]);
		assert_int_equal(events[FS_EV_CREATE], ops[FS_OP_CREATE]);
		assert_int_equal(events[FS_EV_DELETE] + events[FS_EV_SHORT], ops[FS_OP_UNLINK]);
		assert_int_equal(events[FS_EV_RENAME], ops[FS_OP_RENAME]);
		assert_int_equal(events[FS_EV_MOUNT], ops[FS_OP_MOUNT]);
		assert_int_equal(events[FS_EV_UMOUNT], ops[FS_OP_UMOUNT]);
	}
	assert_true(events[FS_EV_SYNC] > 1000 && events[FS_EV_OPEN] > 1000 && events[FS_EV_CREATE] > 100);
	assert_true(events[FS_EV_SHORT] > 50 && events[FS_EV_DELETE] == 1 && events[FS_EV_RENAME] > 10);
	assert_int_equal(events[FS_EV_MOUNT] + events[FS_EV_UMOUNT], 2);
	assert_int_equal(events[FS_EV_READ] + events[FS_EV_WRITE] + events[FS_EV_STAT] + events[FS_EV_CLOSE], 0);
	host_free(h);
}

static void each_slow_operation_is_one_event(void **state)
{
	static const char *const names[] = {"database", "plain", "load"};

	for (unsigned n = 0; n < 3; n++) {
		struct host *h = host_new(names[n]);

		for (int t = 0; t < 24; t++) {
			tick(h);
			assert_int_equal(h->slow, h->slow_slots);
		}
		assert_true(h->slow > 20);
		host_free(h);
	}
}

/* Each time an entry is made it is said what it is, and only then. */
static void each_new_file_has_its_name(void **state)
{
	static const char *const names[] = {"database", "files"};

	for (unsigned n = 0; n < 2; n++) {
		struct host *h = host_new(names[n]);
		uint64_t first;

		for (int t = 0; t < 10; t++) {
			tick(h);
			assert_int_equal(h->names, h->anew);
		}
		first = h->names;
		assert_true(first > (n ? 1900 : 25));
		for (int t = 0; t < 10; t++)
			tick(h);
		assert_int_equal(h->names, h->anew);
		assert_true(n || h->names > first); /* some were taken out, and came again */
		host_free(h);
	}
}

/* Nobody is longer in calls than there is time. */
static void calls_take_no_more_time_than_there_is(void **state)
{
	struct host *h = host_new("database");

	tick(h);
	for (int t = 1; t < 12; t++) {
		uint64_t before_ns = h->busy_ns;

		tick(h);
		/* Those that wait for data of others take turns: this is for all of about 20 processes. */
		assert_in_range(h->busy_ns - before_ns, 1, (h->tick_ns - h->last_ns) * 3);
	}
	host_free(h);
}

static void pages_that_are_missed_are_touched(void **state)
{
	struct host *h = host_new("database");
	uint64_t accesses = 0, misses = 0, used = 0;

	for (int t = 0; t < 12; t++)
		tick(h);
	for (uint32_t i = 0; i < h->pages_nr; i++) {
		const struct fs_pages_rec *r = &h->pages[i];

		assert_true(r->misses <= r->accesses && r->misses <= r->adds);
		accesses += r->accesses;
		misses += r->misses;
	}
	assert_true(accesses > 10000 && misses > 1000 && misses < accesses);
	for (int i = 0; i < HIST_SLOTS; i++)
		used += h->readahead.slots[i];
	assert_int_equal(used, h->readahead.used);
	assert_true(h->readahead.used + h->readahead.dropped <= h->readahead.added && h->readahead.added <= misses);
	host_free(h);
}

static const struct fs_mount_rec *mount_of(const struct host *h, uint32_t mnt_id)
{
	for (uint32_t i = 0; i < h->mounts_nr; i++)
		if (h->mounts[i].mnt_id == mnt_id)
			return &h->mounts[i];
	fail_msg("mount %u is not told", mnt_id);
	return NULL;
}

/* Each has its use, but one that hangs, on which somebody waits. */
static void mounts_and_their_use_agree(void **state)
{
	static const char *const names[] = {"database", "no-bpf", "plain"};

	for (unsigned n = 0; n < 3; n++) {
		struct host *h = host_new(names[n]);
		uint32_t hung = 0, gone = 0;

		for (int t = 0; t < 12; t++) {
			tick(h);
			assert_int_equal(h->waiters_nr, 1);
		}
		assert_int_equal(h->mounts_nr, h->usages_nr);
		for (uint32_t i = 0; i < h->usages_nr; i++) {
			const struct fs_usage_rec *u = &h->usages[i];
			const struct fs_mount_rec *m = mount_of(h, u->mnt_id);

			assert_int_equal(m->dev, u->dev);
			assert_int_equal(mount_of(h, m->parent == 1 ? m->mnt_id : m->parent)->flags & FS_MOUNT_F_GONE, 0);
			gone += !!(m->flags & FS_MOUNT_F_GONE);
			hung += u->state == FS_USAGE_HUNG;
			if (u->state == FS_USAGE_OK)
				assert_true(u->avail_bytes <= u->free_bytes && u->free_bytes <= u->total_bytes &&
					    u->inodes_free <= u->inodes);
			else
				assert_true(u->total_bytes == REC_UNKNOWN && u->inodes == REC_UNKNOWN);
			if (u->state == FS_USAGE_HUNG)
				assert_true(u->asked_ns < h->tick_ns - 43 * 1000000000ULL);
		}
		assert_int_equal(hung, 1);
		assert_int_equal(gone, 1);
		host_free(h);
	}
}

static void every_kind_of_record_occurs(void **state)
{
	struct host *h = host_new("database");
	uint32_t seen[FS_KIND_NR] = {0};

	for (int t = 0; t < 8; t++) {
		tick(h);
		for (int k = 0; k < FS_KIND_NR; k++)
			seen[k] += h->kinds[k];
	}
	for (int k = FS_FILE; k < FS_KIND_NR; k++)
		assert_true(seen[k] > 0 || k == FS_DCACHE); /* that kernel has no hook for it */
	host_free(h);
}

/* Without a demand nothing is told that only a view asks for; without BPF what /proc tells. */
static void only_what_is_asked_for_is_told(void **state)
{
	struct host *plain = host_new("plain"), *no_bpf = host_new("no-bpf");

	for (int t = 0; t < 24; t++) {
		tick(plain);
		tick(no_bpf);
		assert_int_equal(plain->kinds[FS_PAGES] + plain->kinds[FS_READAHEAD] + plain->kinds[FS_DCACHE], 0);
		assert_int_equal(plain->kinds[FS_STAT], 0);
		assert_true(t % 10 == 0 || plain->kinds[FS_USAGE] <= 1);
		assert_true(t == 0 || (plain->kinds[FS_FILE] > 10 && plain->kinds[FS_OP] > 5));
		assert_int_equal(no_bpf->kinds[FS_STAT], 1);
		for (int k = FS_FILE; k <= FS_DCACHE; k++)
			assert_int_equal(no_bpf->kinds[k], 0);
	}
	for (int ev = 0; ev < FS_EV_NR; ev++)
		assert_true(FS_EV_ALWAYS & 1 << ev || plain->event_count[ev] == 0);
	assert_true(plain->event_count[FS_EV_SYNC] > 1000);
	host_free(plain);
	host_free(no_bpf);
}

static void many_files_are_told_of(void **state)
{
	struct host *h = host_new("files");

	tick(h);
	assert_int_equal(h->kinds[FS_MOUNT], 21);
	tick(h);
	tick(h);
	assert_true(h->files_nr >= 1900);
	host_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_that_is_told_is_one_event),
		cmocka_unit_test(each_slow_operation_is_one_event),
		cmocka_unit_test(each_new_file_has_its_name),
		cmocka_unit_test(calls_take_no_more_time_than_there_is),
		cmocka_unit_test(pages_that_are_missed_are_touched),
		cmocka_unit_test(mounts_and_their_use_agree),
		cmocka_unit_test(every_kind_of_record_occurs),
		cmocka_unit_test(only_what_is_asked_for_is_told),
		cmocka_unit_test(many_files_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
