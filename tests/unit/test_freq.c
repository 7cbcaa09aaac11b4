/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frequencies of CPUs, from a folder that looks like /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cpu.h"
#include "freq.h"

#define CPUS 300

static char root[64];
static uint64_t hz[CPUS];
static int told;

static void put_file(const char *path, const char *text)
{
	char full[160], *slash;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_freq(int cpu, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", cpu);
	put_file(path, text);
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(ev->pane, PANE_CPU);
	assert_int_equal(ev->kind, CPU_FREQ);
	assert_true(ev->cpu < CPUS);
	assert_int_equal(ev->ts_ns, 77);
	hz[ev->cpu] = ((const struct cpu_freq_rec *)(const void *)ev)->hz;
	told++;
}

static int setup(void **state)
{
	strcpy(root, "/tmp/test-freq-XXXXXX");
	memset(hz, 0, sizeof(hz));
	told = 0;
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void each_cpu_that_tells_is_read_again_each_time(void **state)
{
	struct freqs *f;

	put_file("/sys/devices/system/cpu/possible", "0-3\n");
	put_freq(0, "2400000\n");
	put_freq(2, "800000\n");
	put_freq(3, "<unknown>\n");
	assert_int_equal(freqs_new(root, &f), 0);
	freqs_tick(f, 77, take, NULL);
	assert_int_equal(told, 2);
	assert_int_equal(hz[0], 2400000000);
	assert_int_equal(hz[2], 800000000);
	put_freq(2, "3100000\n");
	freqs_tick(f, 77, take, NULL);
	assert_int_equal(told, 4);
	assert_int_equal(hz[2], 3100000000);
	freqs_free(f);
}

static void a_machine_that_tells_nothing_costs_nothing(void **state)
{
	struct freqs *f;

	put_file("/sys/devices/system/cpu/possible", "0-3\n");
	assert_int_equal(freqs_new(root, &f), 0);
	freqs_tick(f, 77, take, NULL);
	assert_int_equal(told, 0);
	freqs_free(f);
	freqs_free(NULL);
}

/* More than descriptors are kept for; a slow tick stops, the next ones go on where it was. */
static void many_cpus_are_all_read_in_the_end(void **state)
{
	struct freqs *f;
	int missing = 0;

	put_file("/sys/devices/system/cpu/possible", "0-299\n");
	for (int cpu = 0; cpu < CPUS; cpu++)
		put_freq(cpu, "1000\n");
	assert_int_equal(freqs_new(root, &f), 0);
	for (int i = 0; i < CPUS; i++)
		freqs_tick(f, 77, take, NULL);
	for (int cpu = 0; cpu < CPUS; cpu++)
		missing += hz[cpu] != 1000000;
	assert_int_equal(missing, 0);
	freqs_free(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_cpu_that_tells_is_read_again_each_time),
		TEST(a_machine_that_tells_nothing_costs_nothing),
		TEST(many_cpus_are_all_read_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
