// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a refresh costs on a host with so many disks, all in use, while the view of devices is open:
 * reading /proc/diskstats (a file of that form), folding the records of an interval, making the
 * snapshot and drawing the screen of 120x40. Less the same host with one disk. Prints one line
 * of JSON in ms of CPU time, the median of intervals.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "disks.h"
#include "model.h"
#include "synth.h"
#include "ui.h"

#define TICKS	  21
#define RECORDS_BYTES (64U << 20)

struct cost {
	double fold_ms, draw_ms;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "thousand: %s: %s.\n", what, strerror(errno));
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static uint64_t records[RECORDS_BYTES / 8];
static size_t used;

static void keep(void *ctx, const struct ev_hdr *ev)
{
	if (used + ev->size > sizeof(records))
		die("too many records");
	memcpy((char *)records + used, ev, ev->size);
	used += ev->size;
}

static double fold(struct world *w)
{
	double began_ms = cpu_ms();

	for (size_t at = 0; at < used;) {
		const struct ev_hdr *ev = (const void *)((const char *)records + at);

		if (world_apply(w, ev))
			die("a model refused a record");
		at += ev->size;
	}
	return cpu_ms() - began_ms;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, int nr)
{
	qsort(values, (size_t)nr, sizeof(*values), compare);
	return values[nr / 2];
}

/* The first interval makes the tables, so it is not counted. */
static struct cost refresh(uint32_t disks)
{
	const struct ui_opts opts = { .view = "devices", .interval_ns = 1000000000, .meters = true, .function_bar = true };
	struct synth_opts so;
	double folds[TICKS], draws[TICKS];
	struct canvas canvas;
	struct snapshot snap;
	struct source *source;
	struct world *w;
	struct err e = { "" };
	struct ui *ui;

	synth_options("disks", &so);
	so.disks = disks;
	so.demand_off = DEMAND_ALL & ~DEMAND_DISKS;
	if (synth_new(&so, &source) || world_new(NULL, &w) || ui_new(&opts, &ui, &e) || canvas_init(&canvas, 40, 120, false))
		die(*e.text ? e.text : "starting");
	for (int t = 0; t <= TICKS; t++) {
		double folded, began_ms;

		used = 0;
		source->ops->tick(source, 0, keep, NULL);
		folded = fold(w);
		began_ms = cpu_ms();
		world_publish(w, WINDOW_INTERVAL, &snap);
		ui_update(ui, &snap);
		ui_draw(ui, &snap, &canvas);
		if (t == 0)
			continue;
		folds[t - 1] = folded;
		draws[t - 1] = cpu_ms() - began_ms;
	}
	canvas_fini(&canvas);
	ui_free(ui);
	world_free(w);
	source->ops->free(source);
	return (struct cost){ median(folds, TICKS), median(draws, TICKS) };
}

/* A tree with the one file that is read, below the working directory. */
static void write_stats(uint32_t disks, unsigned round)
{
	FILE *file;

	mkdir("thousand", 0755);
	mkdir("thousand/proc", 0755);
	file = fopen("thousand/proc/diskstats", "w");
	if (!file)
		die("thousand/proc/diskstats");
	for (uint32_t i = 0; i < disks; i++)
		fprintf(file, "%4u %7u sd%u %u 220 8112210 41210 %u 7122 99812210 812210 0 912210 99210 0 0 0 0 2210 812\n",
			65 + i / 16, i % 16 * 16, i, 412210 + round, 992210 + round * 3);
	if (fclose(file))
		die("thousand/proc/diskstats");
}

static void ignore(void *ctx, const struct ev_hdr *ev)
{
	++*(uint64_t *)ctx;
}

static double read_stats(uint32_t disks)
{
	uint64_t nr = 0;
	double took[TICKS];

	for (unsigned t = 0; t < TICKS; t++) {
		struct disks *d;

		write_stats(disks, t);
		if (disks_new("thousand", &d))
			die("reading");
		took[t] = -cpu_ms();
		disks_tick(d, 1, false, ignore, &nr);
		took[t] += cpu_ms();
		disks_free(d);
	}
	if (nr != (uint64_t)disks * TICKS)
		die("lines are missing");
	unlink("thousand/proc/diskstats");
	rmdir("thousand/proc");
	rmdir("thousand");
	return median(took, TICKS);
}

int main(int argc, char **argv)
{
	struct cost one, many;
	double read_ms;
	uint32_t disks;

	if (argc != 2 || !(disks = (uint32_t)atoi(argv[1])) || disks > SYNTH_DISKS_MAX) {
		fputs("usage: thousand DISKS\n", stderr);
		return 2;
	}
	one = refresh(0); /* the scene's own */
	many = refresh(disks);
	read_ms = read_stats(disks);
	many.fold_ms -= one.fold_ms;
	many.draw_ms -= one.draw_ms;
	printf("{\"read_ms\":%.3f,\"fold_ms\":%.3f,\"draw_ms\":%.3f,\"all_ms\":%.3f}\n", read_ms, many.fold_ms, many.draw_ms,
	       read_ms + many.fold_ms + many.draw_ms);
	return 0;
}
