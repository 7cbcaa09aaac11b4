/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers of what lies under /proc, of /dev/kmsg too: whatever stands there, nothing is
 * read beyond its end and what they fill is a record that models take. The first byte chooses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "cgroups.h"
#include "interrupts.h"
#include "kmsg.h"
#include "parse.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* A record whose contents were parsed, with the header that its reader gives it. */
static void require_valid(void *rec, uint8_t pane, uint8_t kind, size_t size)
{
	record_init(rec, 1, pane, kind, size);
	require(record_check(rec, size) == 0);
}

static void on_interrupts(struct text t)
{
	static struct interrupts_line parsed;
	uint16_t cpus[INTERRUPTS_CPUS_MAX];
	struct text line;
	int nr = 0;

	while (parse_line(&t, &line)) {
		int found = interrupts_heading(line, cpus);

		require(found >= 0 && found <= INTERRUPTS_CPUS_MAX);
		nr = found ? found : nr;
		if (interrupts_parse(line, nr, &parsed))
			require_valid(&parsed.name, PANE_CPU, CPU_INTR_NAME, sizeof(parsed.name));
		if (interrupts_parse_soft(line, nr, &parsed))
			require_valid(&parsed.name, PANE_CPU, CPU_INTR_NAME, sizeof(parsed.name));
	}
}

static void on_kmsg(struct text t)
{
	struct kmsg_rec rec = {.seq = 0};

	if (kmsg_parse(t.at, (size_t)(t.end - t.at), &rec))
		require_valid(&rec, PANE_CORE, CORE_KMSG, sizeof(rec));
}

/* Their callers end the text with a NUL. */
static void on_blocked(struct text t)
{
	size_t len = (size_t)(t.end - t.at);
	struct blocked_rec rec = {.nr = REC_UNKNOWN32, .fd = REC_UNKNOWN32};
	char *text = malloc(len + 1);

	require(text != NULL);
	memcpy(text, t.at, len);
	text[len] = 0;
	blocked_parse_syscall(text, &rec.nr, &rec.fd);
	blocked_parse_mount(text, 36, &rec);
	require_valid(&rec, PANE_CORE, CORE_BLOCKED, sizeof(rec));
	free(text);
}

static void require_string(const char *text, size_t size)
{
	require(memchr(text, 0, size) != NULL);
}

static void on_cgroups(struct text t)
{
	struct cgroup_mounts mounts;
	struct cgroup_paths paths;
	struct cgstat_rec rec = {.id = 1};

	cgroups_parse_mounts(t, &mounts);
	require_string(mounts.v2.dir, sizeof(mounts.v2.dir));
	require_string(mounts.v2.top, sizeof(mounts.v2.top));
	require_string(mounts.memory.dir, sizeof(mounts.memory.dir));
	require_string(mounts.memory.top, sizeof(mounts.memory.top));
	cgroups_parse_paths(t, &paths);
	require_string(paths.v2, sizeof(paths.v2));
	require_string(paths.memory, sizeof(paths.memory));
	cgroups_parse_cpu_stat(t, &rec);
	cgroups_parse_cpu_max(t, &rec);
}

static void on_machine(struct text t)
{
	struct mem_rec mem;
	struct cpu_stat_rec stat = {.h.cpu = 0};
	uint64_t some_us, full_us;
	uint32_t centi[3], end;

	parse_meminfo(t, &mem);
	parse_pressure(t, &some_us, &full_us);
	parse_loadavg(t, centi);
	parse_cpu_line(t, 10000000, &stat);
	parse_cpu_list(t, &end);
}

static void on_process(struct text t)
{
	struct pid_stat stat;
	struct pid_status status;
	uint64_t oncpu_ns, runq_ns;

	parse_pid_stat(t, &stat);
	parse_pid_status(t, &status);
	parse_schedstat(t, &oncpu_ns, &runq_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct text t) = {
		on_interrupts, on_kmsg, on_blocked, on_machine, on_process, on_cgroups,
	};
	/* A copy of its own: a byte too far is seen. */
	char *copy;

	if (size < 2)
		return 0;
	copy = malloc(size - 1);
	require(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](
		(struct text){copy, copy + size - 1});
	free(copy);
	return 0;
}
