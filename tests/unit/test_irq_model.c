/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts in the model: windows, what /proc counts beside BPF, CPUs that come and go. */
#include "snap_irq.h"
#include "world_fixture.h"

#define LOC 0x434f4c

static void put_irq(struct fixture *f, uint8_t type, uint32_t irq, uint16_t cpu, uint64_t count, uint64_t ns)
{
	struct irq_rec r = {.irq = irq, .type = type, .count = count, .ns = ns};

	record_init(&r.h, f->last_ns, PANE_CPU, CPU_INTR, sizeof(r));
	r.h.cpu = cpu;
	put(f, &r);
}

static void put_hist(struct fixture *f, uint8_t type, uint32_t irq, uint64_t slot5, uint64_t max_ns)
{
	struct irq_hist_rec r = {.irq = irq, .type = type, .max_ns = max_ns};

	r.slots[5] = slot5;
	record_init(&r.h, f->last_ns, PANE_CPU, CPU_INTR_HIST, sizeof(r));
	put(f, &r);
}

static void put_name(struct fixture *f, uint8_t type, uint32_t irq, const char *label, const char *name)
{
	struct irq_name_rec r = {.irq = irq, .type = type};

	strncpy(r.label, label, sizeof(r.label) - 1);
	strncpy(r.name, name, sizeof(r.name) - 1);
	record_init(&r.h, f->last_ns, PANE_CPU, CPU_INTR_NAME, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on)
{
	struct demand_rec r = {.on = on};

	record_init(&r.h, f->last_ns, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void first_tick(struct fixture *f)
{
	tick_as(f, T0, TICK_F_FIRST | TICK_F_KEY, REC_UNKNOWN32);
	world_publish(f->w, WINDOW_INTERVAL, &f->snap);
}

static const struct irq_row *find_irq(const struct fixture *f, uint8_t type, uint32_t irq)
{
	for (int i = 0; i < f->snap.irqs->rows_nr; i++)
		if (f->snap.irqs->rows[i].type == type && f->snap.irqs->rows[i].key == irq)
			return &f->snap.irqs->rows[i];
	return NULL;
}

static const struct irq_row *irq_of(const struct fixture *f, uint8_t type, uint32_t irq)
{
	const struct irq_row *row = find_irq(f, type, irq);

	assert_non_null(row);
	return row;
}

static void calls_and_time_are_summed_over_cpus(void **state)
{
	struct fixture *f = *state;
	const struct irq_row *row;

	put_irq(f, IRQ_SOFT, 3, 0, 1000, 5 * MS);
	first_tick(f);
	assert_int_equal(irq_of(f, IRQ_SOFT, 3)->count, 0);
	put_irq(f, IRQ_SOFT, 3, 0, 1100, 6 * MS);
	put_irq(f, IRQ_SOFT, 3, 1, 300, 2 * MS); /* its first calls: BPF began at 0 */
	put_hist(f, IRQ_SOFT, 3, 400, 9000);
	tick_and_publish(f, T0 + SEC);
	row = irq_of(f, IRQ_SOFT, 3);
	assert_int_equal(row->irq, 3);
	assert_int_equal(row->count, 400);
	assert_int_equal(row->ns, 3 * MS);
	assert_int_equal(row->avg_ns, 7500);
	assert_int_equal(row->max_ns, 9000);
	assert_in_range(row->p99_ns, 2048, 4096);
	assert_string_equal(row->label, "NET_RX");
	assert_int_equal(row->cpus_nr, 2);
	assert_int_equal(row->cpus[1].cpu, 1);
	assert_int_equal(row->cpus[1].count, 300);
	assert_int_equal(row->cpus[1].ns, 2 * MS);
	tick_and_publish(f, T0 + 2 * SEC); /* nothing changed: no record */
	row = irq_of(f, IRQ_SOFT, 3);
	assert_int_equal(row->count, 0);
	assert_int_equal(row->ns, 0);
	assert_int_equal(row->p99_ns, FIG_UNKNOWN);
	assert_int_equal(row->max_ns, FIG_UNKNOWN);
	assert_int_equal(row->avg_ns, FIG_UNKNOWN);
}

static void windows(void **state)
{
	static const struct {
		enum window window;
		int64_t count, max_ns;
	} rows[] = {
		{ WINDOW_TOTAL, 111, 9000 },
		{ WINDOW_START, 111, 9000 },
		{ WINDOW_MARK, 11, 4000 },
		{ WINDOW_INTERVAL, 1, 3000 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct irq_row *row;

		world_clear(f->w);
		f->last_ns = 0;
		put_host(f, HOST_F_BPF);
		put_irq(f, IRQ_HARD, 36, 1, 5000, 5000);
		put_hist(f, IRQ_HARD, 36, 5000, 77 * MS);
		first_tick(f);
		put_irq(f, IRQ_HARD, 36, 1, 5100, 5100);
		put_hist(f, IRQ_HARD, 36, 5100, 9000);
		tick_and_publish(f, T0 + SEC);
		world_mark(f->w);
		put_irq(f, IRQ_HARD, 36, 1, 5110, 5110);
		put_hist(f, IRQ_HARD, 36, 5110, 4000);
		tick_and_publish(f, T0 + 2 * SEC);
		put_irq(f, IRQ_HARD, 36, 1, 5111, 5111);
		put_hist(f, IRQ_HARD, 36, 5111, 3000);
		tick(f, T0 + 3 * SEC);
		world_publish(f->w, rows[i].window, &f->snap);
		row = irq_of(f, IRQ_HARD, 36);
		assert_int_equal(row->count, rows[i].count);
		assert_int_equal(row->ns, rows[i].count);
		assert_int_equal(hist_count(&row->hist), rows[i].count);
		assert_int_equal(row->max_ns, rows[i].max_ns);
	}
}

static void a_device_that_never_called_has_a_row_of_zeros(void **state)
{
	struct fixture *f = *state;
	const struct irq_row *row;

	put_name(f, IRQ_HARD, 28, "28", "virtio0-config");
	put_name(f, IRQ_ARCH, LOC, "LOC", "Local timer interrupts");
	put_irq(f, IRQ_HARD, 99, 0, 1, 1000); /* nobody told its name */
	first_tick(f);
	row = irq_of(f, IRQ_HARD, 28);
	assert_string_equal(row->name, "virtio0-config");
	assert_int_equal(row->count, 0);
	assert_int_equal(row->ns, 0);
	assert_null(find_irq(f, IRQ_ARCH, LOC)); /* the kernel lists dozens that never come */
	assert_string_equal(irq_of(f, IRQ_HARD, 99)->label, "99");
	assert_string_equal(irq_of(f, IRQ_HARD, 99)->name, "");
}

static void counts_of_proc_have_no_time(void **state)
{
	struct fixture *f = *state;
	const struct irq_row *row;

	put_irq(f, IRQ_ARCH, LOC, 0, 1000000, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	first_tick(f);
	put_irq(f, IRQ_ARCH, LOC, 0, 1000250, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	tick_and_publish(f, T0 + SEC);
	row = irq_of(f, IRQ_ARCH, LOC);
	assert_int_equal(row->count, 250);
	assert_int_equal(row->ns, FIG_UNKNOWN);
	assert_int_equal(row->irq, FIG_UNKNOWN);
	assert_int_equal(f->snap.irqs->time_status.state, FIG_EXACT);
	/* The first call of a kind that had none since boot, on a CPU that is known. */
	put_irq(f, IRQ_ARCH, LOC + 1, 0, 3, REC_UNKNOWN);
	tick(f, T0 + 2 * SEC);
	world_publish(f->w, WINDOW_TOTAL, &f->snap);
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC + 1)->count, 3);
}

static void what_nobody_asked_for_is_unknown_not_zero(void **state)
{
	struct fixture *f = *state;

	put_irq(f, IRQ_ARCH, LOC, 0, 1000, REC_UNKNOWN);
	put_demand(f, 0);
	first_tick(f);
	put_demand(f, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, FIG_UNKNOWN);
	put_irq(f, IRQ_ARCH, LOC, 0, 3000, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	tick_and_publish(f, T0 + 2 * SEC); /* asked for only at its end: of what time are they? */
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, FIG_UNKNOWN);
	put_irq(f, IRQ_ARCH, LOC, 0, 3100, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	tick(f, T0 + 3 * SEC);
	world_publish(f->w, WINDOW_INTERVAL, &f->snap);
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, 100);
	put_irq(f, IRQ_ARCH, LOC, 0, 3100, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	tick(f, T0 + 4 * SEC);
	world_publish(f->w, WINDOW_START, &f->snap); /* the first tick is a key frame: it has them always */
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, 2100);
}

static void a_cpu_that_comes_online_brings_no_past(void **state)
{
	struct fixture *f = *state;

	put_irq(f, IRQ_ARCH, LOC, 0, 1000, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	first_tick(f);
	put_irq(f, IRQ_ARCH, LOC, 0, 1100, REC_UNKNOWN);
	put_irq(f, IRQ_ARCH, LOC, 1, 99000, REC_UNKNOWN);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, FIG_UNKNOWN);
	put_irq(f, IRQ_ARCH, LOC, 0, 1200, REC_UNKNOWN);
	put_irq(f, IRQ_ARCH, LOC, 1, 99010, REC_UNKNOWN);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(irq_of(f, IRQ_ARCH, LOC)->count, 110);
}

static void without_bpf_only_calls_are_known(void **state)
{
	struct fixture *f = *state;

	put_host(f, 0);
	put_name(f, IRQ_HARD, 28, "28", "virtio0-config");
	put_irq(f, IRQ_HARD, 36, 0, 500, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	first_tick(f);
	put_irq(f, IRQ_HARD, 36, 0, 520, REC_UNKNOWN);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_HARD, 36)->count, 20);
	assert_int_equal(irq_of(f, IRQ_HARD, 36)->ns, FIG_UNKNOWN);
	assert_int_equal(irq_of(f, IRQ_HARD, 28)->count, 0);
	assert_int_equal(irq_of(f, IRQ_HARD, 28)->ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.irqs->time_status.state, FIG_NA);
	assert_non_null(f->snap.irqs->time_status.reason);
}

/* A probe is switched off, /proc counts on; and on again. */
static void another_source_of_a_counter_is_no_jump(void **state)
{
	struct fixture *f = *state;

	put_irq(f, IRQ_SOFT, 9, 0, 100, 1000);
	put_demand(f, DEMAND_IRQS);
	first_tick(f);
	put_irq(f, IRQ_SOFT, 9, 0, 660000, REC_UNKNOWN);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 9)->count, FIG_UNKNOWN);
	put_irq(f, IRQ_SOFT, 9, 0, 660010, REC_UNKNOWN);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 9)->count, 10);
	put_irq(f, IRQ_SOFT, 9, 0, 150, 2000);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 9)->count, 0);
	put_irq(f, IRQ_SOFT, 9, 0, 170, 2400);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 9)->count, 20);
	assert_int_equal(irq_of(f, IRQ_SOFT, 9)->ns, 400);
}

static void put_probe(struct fixture *f, uint16_t probe, const char *name, uint8_t state)
{
	struct probe_rec r = {.probe = probe, .pane = PANE_CPU, .state = state};

	strncpy(r.name, name, sizeof(r.name) - 1);
	record_init(&r.h, f->last_ns, PANE_CORE, CORE_PROBE, sizeof(r));
	put(f, &r);
}

static void without_its_probe_a_type_has_no_time(void **state)
{
	struct fixture *f = *state;

	put_name(f, IRQ_HARD, 28, "28", "virtio0-config");
	put_probe(f, 7, "irq-exit", PROBE_ON);
	put_probe(f, 9, "softirq-exit", PROBE_REFUSED);
	put_irq(f, IRQ_SOFT, 3, 0, 1000, REC_UNKNOWN);
	put_demand(f, DEMAND_IRQS);
	first_tick(f);
	put_irq(f, IRQ_SOFT, 3, 0, 1100, REC_UNKNOWN);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 3)->count, 100);
	assert_int_equal(irq_of(f, IRQ_SOFT, 3)->ns, FIG_UNKNOWN);
	assert_int_equal(irq_of(f, IRQ_SOFT, 4)->count, 0);
	assert_int_equal(irq_of(f, IRQ_SOFT, 4)->ns, FIG_UNKNOWN);
	assert_int_equal(irq_of(f, IRQ_HARD, 28)->ns, 0);
}

static void calls_that_ended_unseen_have_no_time(void **state)
{
	struct fixture *f = *state;

	first_tick(f);
	put_irq(f, IRQ_HARD, 36, 0, 5, 0); /* the probe of the exit is off */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(irq_of(f, IRQ_HARD, 36)->count, 5);
	assert_int_equal(irq_of(f, IRQ_HARD, 36)->ns, FIG_UNKNOWN);
}

static void counts_over_a_gap_are_left_out(void **state)
{
	struct fixture *f = *state;

	put_irq(f, IRQ_SOFT, 1, 0, 10, 1000);
	first_tick(f);
	put_irq(f, IRQ_SOFT, 1, 0, 9000, 90000);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	put_irq(f, IRQ_SOFT, 1, 0, 9005, 90500);
	tick_and_publish(f, T0 + 91 * SEC);
	assert_int_equal(irq_of(f, IRQ_SOFT, 1)->count, 5);
}

static void rows_come_by_what_they_took_then_by_type_and_number(void **state)
{
	struct fixture *f = *state;

	static const uint32_t keys[] = {400, 24, 1, 9, LOC, 7};

	put_irq(f, IRQ_HARD, 400, 0, 1, 1);
	first_tick(f);
	put_irq(f, IRQ_SOFT, 9, 3, 1, 1100);
	put_irq(f, IRQ_ARCH, LOC, 1, 5, REC_UNKNOWN);
	put_irq(f, IRQ_SOFT, 1, 1, 1, 700);
	put_irq(f, IRQ_SOFT, 1, 0, 1, 500);
	put_irq(f, IRQ_HARD, 400, 0, 3, 10000);
	put_irq(f, IRQ_HARD, 24, 0, 2, 1900);
	put_irq(f, IRQ_HARD, 7, 0, 1, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.irqs->rows_nr, 6 + 8);
	for (int i = 0; i < 6; i++)
		assert_int_equal(f->snap.irqs->rows[i].key, keys[i]);
	assert_int_equal(f->snap.irqs->rows[2].cpus[0].cpu, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_and_time_are_summed_over_cpus),
		TEST(windows),
		TEST(a_device_that_never_called_has_a_row_of_zeros),
		TEST(counts_of_proc_have_no_time),
		TEST(what_nobody_asked_for_is_unknown_not_zero),
		TEST(a_cpu_that_comes_online_brings_no_past),
		TEST(without_bpf_only_calls_are_known),
		TEST(another_source_of_a_counter_is_no_jump),
		TEST(without_its_probe_a_type_has_no_time),
		TEST(calls_that_ended_unseen_have_no_time),
		TEST(counts_over_a_gap_are_left_out),
		TEST(rows_come_by_what_they_took_then_by_type_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
