/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/interrupts and /proc/softirqs: the parser against odd lines, then the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "fixture.h"
#include "interrupts.h"
#include "record.h"

static struct text text(const char *s)
{
	return (struct text){ s, s + strlen(s) };
}

static struct interrupts_line line; /* too large for the stack */

static void headings(void **state)
{
	static const struct {
		const char *text;
		int nr, last;
	} rows[] = {
		{ "           CPU0       CPU1       ", 2, 1 },
		{ "CPU0", 1, 0 },
		{ " CPU0 CPU2 CPU5 ", 3, 5 }, /* 1, 3 and 4 are offline */
		{ "", 0, 0 },
		{ " 24:          1          0  IO-APIC   5-edge      ACPI:Ged", 0, 0 },
		{ "CPU", 0, 0 },
		{ "CPU0 CPUx", 0, 0 },
		{ "CPU65535", 0, 0 },
	};
	static uint16_t cpus[INTERRUPTS_CPUS_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int nr = interrupts_heading(text(rows[i].text), cpus);

		assert_int_equal(nr, rows[i].nr);
		if (nr)
			assert_int_equal(cpus[nr - 1], rows[i].last);
	}
}

/* All with two CPUs, of several kernels and machines. */
static void lines(void **state)
{
	static const struct {
		const char *text, *label, *name;
		uint8_t type;
		uint32_t irq;
		uint64_t counts[2];
	} rows[] = {
		{ " 24:          1          0  IO-APIC   5-edge      ACPI:Ged", "24", "ACPI:Ged", IRQ_HARD, 24, { 1, 0 } },
		{ " 36:          0     352767 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0", "36", "virtio1-req.0",
		  IRQ_HARD, 36, { 0, 352767 } },
		{ "126:  5  6  PCI-MSI 1572864-edge      nvme0q0, nvme0q1", "126", "nvme0q0, nvme0q1", IRQ_HARD, 126, { 5, 6 } },
		{ " 16:  5  6  IO-APIC  16-fasteoi   ehci_hcd:usb1, i801_smbus", "16", "ehci_hcd:usb1, i801_smbus", IRQ_HARD, 16,
		  { 5, 6 } },
		{ " 11:       1234       5678     GICv3  27 Level     arch_timer", "11", "arch_timer", IRQ_HARD, 11, { 1234, 5678 } },
		{ "  8:          0          0  IO-APIC   8-edge      name with words", "8", "name with words", IRQ_HARD, 8, { 0, 0 } },
		{ "  9:          3          0  IO-APIC   9-edge    ", "9", "", IRQ_HARD, 9, { 3, 0 } }, /* nobody asked for it */
		{ "  9:          3          0  None", "9", "", IRQ_HARD, 9, { 3, 0 } },
		{ "  9:          3          0", "9", "", IRQ_HARD, 9, { 3, 0 } },
		{ "LOC:    1350915    1327596   Local timer interrupts", "LOC", "Local timer interrupts", IRQ_ARCH, 0x434f4c,
		  { 1350915, 1327596 } },
		{ "IPI0:       276        329       Rescheduling interrupts", "IPI0", "Rescheduling interrupts", IRQ_ARCH,
		  0x30495049, { 276, 329 } },
		{ "NMI: 18446744073709551615 0   Non-maskable interrupts", "NMI", "Non-maskable interrupts", IRQ_ARCH, 0x494d4e,
		  { UINT64_MAX, 0 } },
		{ " 40: 1 2 a-name-that-is-longer-than-its-room  x-----------------------------------------------------------", "40",
		  "x----------------------------------------------", IRQ_HARD, 40, { 1, 2 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&line, 0xff, sizeof(line));
		assert_true(interrupts_parse(text(rows[i].text), 2, &line));
		assert_string_equal(line.name.label, rows[i].label);
		assert_string_equal(line.name.name, rows[i].name);
		assert_int_equal(line.name.type, rows[i].type);
		assert_int_equal(line.name.irq, rows[i].irq);
		assert_true(line.counts[0] == rows[i].counts[0]);
		assert_true(line.counts[1] == rows[i].counts[1]);
	}
}

static void long_labels_are_told_apart(void **state)
{
	uint32_t first;

	assert_true(interrupts_parse(text("IPI10: 1 2 one"), 2, &line));
	first = line.name.irq;
	assert_true(interrupts_parse(text("IPI11: 1 2 two"), 2, &line));
	assert_true(first != line.name.irq);
}

static void what_is_no_line_of_a_cpu(void **state)
{
	static const char *const rows[] = {
		"", "ERR:          0", "MIS:          0", "24", ": 1 2 x", "24: 1 x 2", "           CPU0       CPU1",
		"24: 1-edge 2 x",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(interrupts_parse(text(rows[i]), 2, &line));
	assert_false(interrupts_parse(text("24: 1 2 x"), 3, &line)); /* a CPU came between heading and line */
}

static void soft_lines(void **state)
{
	assert_true(interrupts_parse_soft(text("      NET_RX:       3671       5862"), 2, &line));
	assert_int_equal(line.name.type, IRQ_SOFT);
	assert_int_equal(line.name.irq, 3);
	assert_int_equal(line.counts[1], 5862);
	assert_true(interrupts_parse_soft(text("         RCU:     664089     670073"), 2, &line));
	assert_int_equal(line.name.irq, 9);
	assert_false(interrupts_parse_soft(text("        NEWS:     664089     670073"), 2, &line));
	assert_false(interrupts_parse_soft(text("          HI:     664089"), 2, &line));
}

/* ---- records ---- */

#define RECORDS_MAX 20000
static struct {
	int nr, names;
	uint64_t sum;
	struct irq_rec counts[RECORDS_MAX];
	struct irq_name_rec last_name;
} got;

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	if (ev->kind == CPU_INTR_NAME) {
		memcpy(&got.last_name, ev, sizeof(got.last_name));
		got.names++;
		return;
	}
	assert_int_equal(ev->kind, CPU_INTR);
	assert_true(got.nr < RECORDS_MAX);
	memcpy(&got.counts[got.nr], ev, sizeof(got.counts[0]));
	assert_true(got.counts[got.nr].ns == REC_UNKNOWN);
	got.sum += got.counts[got.nr++].count;
}

static void tick(struct interrupts *in, uint32_t what)
{
	memset(&got, 0, sizeof(got));
	interrupts_tick(in, 1, what, take, NULL);
}

static const char small[] = "           CPU0       CPU2       \n"
			    " 24:          1          0  IO-APIC   5-edge      ACPI:Ged\n"
			    " 36:          0     352767 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0\n"
			    "LOC:         10         20   Local timer interrupts\n"
			    "ERR:          7\n"
			    "SPU:          0          0   Spurious interrupts\n";
static const char soft[] = "                    CPU0       CPU2       \n"
			   "          HI:          0          0\n"
			   "      NET_RX:          3          4\n";

static struct interrupts *open_files(const char *hard_text, const char *soft_text)
{
	struct interrupts *in;

	fixture_text("/proc/interrupts", hard_text);
	fixture_text("/proc/softirqs", soft_text);
	assert_int_equal(interrupts_new(fixture_root, &in), 0);
	return in;
}

static void counts_are_those_asked_for(void **state)
{
	static const struct {
		uint32_t what;
		int nr, names;
		uint64_t sum;
	} rows[] = {
		{ INTERRUPTS_ARCH, 2, 4, 30 }, /* names that were never told come along */
		{ INTERRUPTS_ARCH, 2, 0, 30 },
		{ INTERRUPTS_HARD, 2, 0, 352768 },
		{ INTERRUPTS_SOFT, 2, 0, 7 },
		{ INTERRUPTS_NAMES, 0, 4, 0 },
		{ INTERRUPTS_NAMES | INTERRUPTS_ARCH | INTERRUPTS_HARD | INTERRUPTS_SOFT, 6, 4, 352805 },
		{ 0, 0, 0, 0 },
	};
	struct interrupts *in = open_files(small, soft);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tick(in, rows[i].what);
		assert_int_equal(got.nr, rows[i].nr);
		assert_int_equal(got.names, rows[i].names);
		assert_true(got.sum == rows[i].sum);
	}
	tick(in, INTERRUPTS_ARCH);
	assert_int_equal(got.counts[1].h.cpu, 2);
	interrupts_free(in);
}

static void names_are_told_again_when_a_line_changes(void **state)
{
	static const char plugged[] = "           CPU0       CPU2       \n"
				      " 24:          1          0  IO-APIC   5-edge      ACPI:Ged\n"
				      " 36:          0     352767 PCI-MSIX-0000:00:02.0   1-edge      other\n"
				      "LOC:         10         20   Local timer interrupts\n";
	struct interrupts *in = open_files(small, soft);

	tick(in, INTERRUPTS_NAMES);
	tick(in, INTERRUPTS_ARCH);
	assert_int_equal(got.names, 0);
	fixture_text("/proc/interrupts", plugged);
	tick(in, INTERRUPTS_ARCH);
	assert_int_equal(got.names, 1);
	assert_int_equal(got.last_name.irq, 36);
	assert_string_equal(got.last_name.name, "other");
	interrupts_free(in);
}

static void missing_files_give_nothing(void **state)
{
	struct interrupts *in;

	fixture_drop("/proc/interrupts");
	fixture_drop("/proc/softirqs");
	assert_int_equal(interrupts_new(fixture_root, &in), 0);
	tick(in, INTERRUPTS_NAMES | INTERRUPTS_ARCH | INTERRUPTS_SOFT);
	assert_int_equal(got.nr + got.names, 0);
	interrupts_free(in);
	interrupts_free(NULL);
}

/* Lines of 45 KB: longer than what the kernel, or a buffer, gives at a time. */
static void four_thousand_cpus(void **state)
{
	static char big[1 << 19];
	struct interrupts *in;
	size_t len = 0;

	for (int cpu = 0; cpu < INTERRUPTS_CPUS_MAX; cpu++)
		len += (size_t)sprintf(big + len, "    CPU%-4d", cpu);
	for (int irq = 0; irq < 4; irq++) {
		len += (size_t)sprintf(big + len, "\n%4d:", 100 + irq);
		for (int cpu = 0; cpu < INTERRUPTS_CPUS_MAX; cpu++)
			len += (size_t)sprintf(big + len, " %10d", irq + 1);
		len += (size_t)sprintf(big + len, "  PCI-MSI   %d-edge      nvme0q%d", irq, irq);
	}
	sprintf(big + len, "\n");
	in = open_files(big, soft);
	tick(in, INTERRUPTS_HARD);
	assert_int_equal(got.nr, 4 * INTERRUPTS_CPUS_MAX);
	assert_int_equal(got.names, 4);
	assert_true(got.sum == 10 * INTERRUPTS_CPUS_MAX);
	assert_int_equal(got.counts[got.nr - 1].h.cpu, INTERRUPTS_CPUS_MAX - 1);
	assert_int_equal(got.counts[got.nr - 1].irq, 103);
	interrupts_free(in);
}

static void a_cut_file_gives_its_whole_lines(void **state)
{
	struct interrupts *in = open_files("  CPU0 CPU1\n 5: 1 2  x   1-edge      one\n 6: 1 2", soft);

	tick(in, INTERRUPTS_HARD);
	assert_int_equal(got.nr, 2);
	assert_int_equal(got.names, 1);
	interrupts_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings),
		cmocka_unit_test(lines),
		cmocka_unit_test(long_labels_are_told_apart),
		cmocka_unit_test(what_is_no_line_of_a_cpu),
		cmocka_unit_test(soft_lines),
		cmocka_unit_test(counts_are_those_asked_for),
		cmocka_unit_test(names_are_told_again_when_a_line_changes),
		cmocka_unit_test(missing_files_give_nothing),
		cmocka_unit_test(four_thousand_cpus),
		cmocka_unit_test(a_cut_file_gives_its_whole_lines),
	};

	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
