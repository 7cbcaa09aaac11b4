// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For developers: prints the records of the kernel source as text, one a line.
 * Usage: probe_dump [-m MODULES] [-n TICKS] [-i MILLISECONDS] [-p PID] [-k] [-s] [-f NR]
 *                   [-d LOGFILE] [-r RING_BYTES] [-R RUNGS] [-D DEMAND]
 *   -p: only this process   -k: every pass a key pass   -s: a summary of each tick only
 *   -f: flood the ring with NR records before the last tick, undrained
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core_user.h"
#include "dump.h"
#include "probe.h"
#include "record.h"

static unsigned only_pid;
static int quiet;
static unsigned kinds[2][32];

static const char *const class_names[] = {
#define NAME(id, letter, key, title, help) #id,
	WAIT_CLASSES(NAME)};

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print_task(const struct ev_hdr *ev)
{
	const struct task_rec *t = (const void *)ev;

	if (only_pid && t->tgid != only_pid)
		return;
	printf("%s pid=%u tgid=%u ppid=%u uid=%u %.16s %c %s since=%.3fms oncpu=%.3f runq=%.3f "
	       "ut=%.1f "
	       "st=%.1f vcsw=%llu ivcsw=%llu migr=%u cpu=%u nice=%d cg=%llu exit=%x flags=%x "
	       "start=%llu "
	       "leader=%llu\n",
	       record_name(ev), t->pid, t->tgid, t->ppid, t->uid, t->comm, t->state,
	       t->wclass < WAIT_NR ? class_names[t->wclass] : "-",
	       t->since_ns == REC_UNKNOWN ? -1 : ms(ev->ts_ns - t->since_ns), ms(t->oncpu_ns),
	       ms(t->runq_ns), ms(t->utime_ns), ms(t->stime_ns), t->nvcsw, t->nivcsw, t->migrations,
	       t->cpu, t->nice, t->cgroup_id, t->exit_code, t->flags, t->start_ns,
	       t->leader_start_ns);
}

static void print_proc(const struct ev_hdr *ev)
{
	const struct proc_rec *p = (const void *)ev;

	if (only_pid && p->tgid != only_pid)
		return;
	printf("proc tgid=%u threads=%u anon=%u file=%u shmem=%u swap=%u vm=%llu dead: oncpu=%.3f "
	       "runq=%.3f vcsw=%llu ivcsw=%llu migr=%u\n",
	       p->tgid, p->threads, p->rss_anon_pages, p->rss_file_pages, p->rss_shmem_pages,
	       p->swap_pages, p->vm_pages, ms(p->dead_oncpu_ns), ms(p->dead_runq_ns), p->dead_nvcsw,
	       p->dead_nivcsw, p->dead_migrations);
}

static void print_slots(const char *what, const uint32_t *slots, unsigned first, unsigned nr)
{
	printf("%s", what);
	for (unsigned i = 0; i < nr; i++)
		if (slots[i])
			printf(" %u:%u", first + i, slots[i]);
	printf("\n");
}

static void print_hist(const struct ev_hdr *ev)
{
	const struct hist_rec *h = (const void *)ev;

	if (only_pid && h->tgid != only_pid)
		return;
	printf("hist tgid=%u which=%u max=%.3fms", h->tgid, h->which, ms(h->max_ns));
	print_slots("", h->slots, h->first, h->nr);
}

static void print_wait(const struct ev_hdr *ev)
{
	const struct wait_rec *w = (const void *)ev;

	if (only_pid && w->tgid != only_pid)
		return;
	printf("wait pid=%u tgid=%u", w->pid, w->tgid);
	for (int i = 0; i < WAIT_SLEEPS; i++)
		if (w->units[i])
			printf(" %s=%.3fms", class_names[i + WAIT_FIRST_SLEEP],
			       ms((uint64_t)w->units[i] << WAIT_UNIT_SHIFT));
	printf("\n");
}

static void print_core(const struct ev_hdr *ev)
{
	const struct loss_rec *l = (const void *)ev;
	const struct probe_rec *p = (const void *)ev;
	const struct exec_rec *x = (const void *)ev;

	switch (ev->kind) {
	case CORE_TASK:
	case CORE_EXIT:
		print_task(ev);
		break;
	case CORE_PROC:
		print_proc(ev);
		break;
	case CORE_HIST:
		print_hist(ev);
		break;
	case CORE_WAIT:
		print_wait(ev);
		break;
	case CORE_EXEC:
		printf("exec tgid=%u old=%u ppid=%u uid=%u %.16s args %u of %u:", x->tgid,
		       x->old_pid, x->ppid, x->uid, x->comm, x->args_len, x->args_all);
		for (unsigned i = 0; i < x->args_len; i += (unsigned)strlen(x->args + i) + 1)
			printf(" %.*s", (int)(x->args_len - i), x->args + i);
		printf("\n");
		break;
	case CORE_PROBE:
		printf("probe %u %s state=%u rung=%u [%s]\n", p->probe, p->name, p->state, p->rung,
		       p->reason);
		break;
	case CORE_LOSS:
		if (l->events)
			printf("loss probe=%u cpu=%u events=%llu seen=%llu submitted=%llu "
			       "full=%llu received=%llu "
			       "mapfull=%llu unmatched=%llu rec=%llu cost=%.0fns/event "
			       "max=%lluns\n",
			       l->probe, ev->cpu, l->events, l->seen, l->submitted, l->full,
			       l->received, l->map_full, l->unmatched, l->recursion_misses,
			       (double)l->cost_ns / l->events, l->max_ns);
	}
}

static void print_latency(const struct ev_hdr *ev)
{
	const struct latency_rec *r = (const void *)ev;

	printf("%s cpu=%u at=%.3fms which=%u slot=%u %.3fms %u/%u %.16s %s by %u/%u %.16s\n",
	       record_name(ev), ev->cpu, ms(ev->ts_ns), r->which, r->slot, ms(r->ns), r->pid,
	       r->tgid, r->comm, class_names[r->wclass], r->by_pid, r->by_tgid, r->by_comm);
}

static void print_sched(const struct ev_hdr *ev)
{
	const struct cpu_sched_rec *s = (const void *)ev;

	printf("sched cpu=%u switches=%llu forks=%llu execs=%llu exits=%llu queue=%u in=%llu "
	       "out=%llu\n",
	       ev->cpu, s->switches, s->forks, s->execs, s->exits, s->nr_running, s->migrations_in,
	       s->migrations_out);
}

static void print_machine(const struct ev_hdr *ev)
{
	const struct cpu_hist_rec *h = (const void *)ev;

	printf("machine which=%u max=%.3fms sum=%.3fms", h->which, ms(h->max_ns), ms(h->sum_ns));
	for (int i = 0; i < HIST_SLOTS; i++)
		if (h->slots[i])
			printf(" %d:%llu", i, h->slots[i]);
	printf("\n");
}

static void print_cpu(const struct ev_hdr *ev)
{
	const struct pair_rec *p = (const void *)ev;

	switch (ev->kind) {
	case CPU_SCHED:
		print_sched(ev);
		break;
	case CPU_HIST:
		print_machine(ev);
		break;
	case CPU_SLOW:
	case CPU_EXEMPLAR:
		print_latency(ev);
		break;
	case CPU_PAIR:
		printf("pair kind=%u tgid=%u by=%#x count=%llu %.3fms\n", p->kind, p->tgid, p->by,
		       p->count, ms(p->ns));
		break;
	default:
		printf("%s cpu=%u\n", record_name(ev), ev->cpu);
	}
}

static void print(void *ctx, const struct ev_hdr *ev)
{
	(void)ctx;
	if (record_check(ev, ev->size))
		printf("BAD record pane=%u kind=%u size=%u\n", ev->pane, ev->kind, ev->size);
	kinds[ev->pane & 1][ev->kind & 31]++;
	if (quiet)
		return;
	if (ev->pane == PANE_CORE)
		print_core(ev);
	else if (ev->pane == PANE_DISK)
		dump_disk(ev);
	else
		print_cpu(ev);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void summary(struct source *s, int tick, double took_ms)
{
	struct probe_totals t;

	probe_totals(s, &t);
	printf("tick %d: %.3f ms, pass %.3f ms max %.3f, tasks=%lu records task=%u proc=%u wait=%u "
	       "hist=%u "
	       "exit=%u exec=%u flood=%u bpf=%.3fms maps=%luK on=%u/%u lost=%lu\n",
	       tick, took_ms, ms(t.pass_ns), ms(t.pass_max_ns), t.tasks, kinds[0][CORE_TASK],
	       kinds[0][CORE_PROC], kinds[0][CORE_WAIT], kinds[0][CORE_HIST], kinds[0][CORE_EXIT],
	       kinds[0][CORE_EXEC], kinds[0][CORE_FLOOD], ms(t.bpf_ns), t.maps_bytes / 1024, t.on,
	       t.all, t.lost_ring);
	memset(kinds, 0, sizeof(kinds));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct probe_opts opts = {.modules = 3};
	int ticks = 2, interval_ms = 1000, key = 0, flood = 0, on, c;
	uint32_t demand = 0;
	struct source *s;
	struct err e = {""};
	double from;

	while ((c = getopt(argc, argv, "m:n:i:p:ksf:d:r:R:D:")) > 0) {
		switch (c) {
		case 'm':
			opts.modules = (uint32_t)atoi(optarg);
			break;
		case 'n':
			ticks = atoi(optarg);
			break;
		case 'i':
			interval_ms = atoi(optarg);
			break;
		case 'p':
			only_pid = (unsigned)atoi(optarg);
			break;
		case 'k':
			key = TICK_F_KEY;
			break;
		case 's':
			quiet = 1;
			break;
		case 'f':
			flood = atoi(optarg);
			opts.flood = true;
			break;
		case 'd':
			opts.debug = true;
			log_open(optarg, NULL);
			break;
		case 'r':
			opts.ring_bytes = (uint32_t)atoi(optarg);
			break;
		case 'R':
			opts.rungs = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case 'D':
			demand = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	from = now_ms();
	c = probe_open(&opts, &s, &e);
	if (c) {
		fprintf(stderr, "%d: %s\n", c, e.text);
		return 1;
	}
	printf("open: %.3f ms\n", now_ms() - from);
	from = now_ms();
	c = s->ops->tick(s, TICK_F_KEY, print, NULL);
	summary(s, 0, now_ms() - from);
	from = now_ms();
	on = probe_start(s);
	printf("start: %d on, %.3f ms\n", on, now_ms() - from);
	from = now_ms();
	if (demand) {
		int got = probe_demand(s, demand);

		printf("demand: %d, %.3f ms\n", got, now_ms() - from);
	}
	fflush(stdout);
	for (int i = 1; i <= ticks && !c; i++) {
		usleep((unsigned)interval_ms * 1000);
		if (flood && i == ticks)
			probe_flood(s, (uint32_t)flood);
		from = now_ms();
		while (s->ops->drain(s, 4096, print, NULL) == 4096)
			;
		c = s->ops->tick(s, (uint32_t)key, print, NULL);
		summary(s, i, now_ms() - from);
	}
	if (c)
		printf("tick: %s\n", strerror(-c));
	quiet = 0;
	probe_report(s, 0, print, NULL);
	from = now_ms();
	s->ops->free(s);
	printf("close: %.3f ms\n", now_ms() - from);
	return 0;
}
