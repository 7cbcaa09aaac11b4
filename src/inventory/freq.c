/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scaling_cur_freq of each CPU. */
#include "freq.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu.h"
#include "files.h"
#include "parse.h"
#include "record.h"

#define KEPT_MAX 256 /* descriptors; the rest are opened for each reading */
#define BUDGET_NS 1000000

struct freqs {
	char *root;
	int kept[KEPT_MAX];
	uint32_t cpus; /* one more than the highest that may tell; 0: none does */
	uint32_t next; /* where the last tick stopped */
};

static int open_cpu(const struct freqs *f, uint32_t cpu)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
	return files_open(f->root, path, O_RDONLY);
}

static uint32_t cpus_possible(const char *root)
{
	int fd = files_open(root, "/sys/devices/system/cpu/possible", O_RDONLY);
	char buf[4096];
	uint32_t end;

	parse_cpu_list(files_text(fd, buf, sizeof(buf)), &end);
	if (fd >= 0)
		close(fd);
	return end;
}

int freqs_new(const char *root, struct freqs **ret_freqs)
{
	struct freqs *f = calloc(1, sizeof(*f));
	uint32_t possible = cpus_possible(root);

	if (f)
		f->root = strdup(root);
	if (!f || !f->root) {
		free(f);
		return -ENOMEM;
	}
	for (uint32_t cpu = 0; cpu < KEPT_MAX; cpu++) {
		f->kept[cpu] = cpu < possible ? open_cpu(f, cpu) : -1;
		if (f->kept[cpu] >= 0) /* one that tells: the others beyond the kept ones will, too */
			f->cpus = possible;
	}
	*ret_freqs = f;
	return 0;
}

void freqs_free(struct freqs *f)
{
	if (!f)
		return;
	for (int i = 0; i < KEPT_MAX; i++)
		if (f->kept[i] >= 0)
			close(f->kept[i]);
	free(f->root);
	free(f);
}

static void read_one(const struct freqs *f, uint32_t cpu, uint64_t now_ns, record_fn fn, void *ctx)
{
	int fd = cpu < KEPT_MAX ? f->kept[cpu] : open_cpu(f, cpu);
	struct cpu_freq_rec r;
	uint64_t khz = 0;
	char buf[32];

	if (parse_number(files_text(fd, buf, sizeof(buf)), &khz) && khz && khz < UINT64_MAX / 1000) {
		record_init(&r.h, now_ns, PANE_CPU, CPU_FREQ, sizeof(r));
		r.h.cpu = (uint16_t)cpu;
		r.hz = khz * 1000;
		fn(ctx, &r.h);
	}
	if (cpu >= KEPT_MAX && fd >= 0)
		close(fd);
}

void freqs_tick(struct freqs *f, uint64_t now_ns, record_fn fn, void *ctx)
{
	uint64_t until_ns = files_now_ns() + BUDGET_NS;

	for (uint32_t n = 0; n < f->cpus; n++) {
		uint32_t cpu = f->next < f->cpus ? f->next : 0;

		read_one(f, cpu, now_ns, fn, ctx);
		f->next = cpu + 1;
		if (files_now_ns() > until_ns)
			break;
	}
}
