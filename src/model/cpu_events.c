/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event log of processes, of waits for a CPU, and of the kernel's own lines. */
#include <stddef.h>
#include <string.h>

#include "eventlog.h"
#include "model.h"
#include "snap_events.h"
#include "table.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define DYING_MAX 1024
#define NAMES_NR  4096

/* On-CPU time of the threads of a process that have ended. */
struct dying {
	uint64_t untold_ns; /* of those that ended before we looked */
	uint64_t told_ns;   /* of those whose last word was heard */
	uint64_t seq;	    /* of the event that says the process has ended; 0: it lives */
	uint32_t status;    /* of the leader: one that ends by itself beside it has none */
	bool based;	    /* `untold_ns` is known */
};

struct events_state {
	struct eventlog log;
	struct table dying; /* key: tgid, start of the leader */
	struct events_snap snap;
	uint64_t boot_ahead_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC */
	uint64_t first_ns;	/* the first tick, CLOCK_BOOTTIME */
	uint64_t kmsg_lost;
	char kmsg_reason[160];
	struct event_alert oom, kernel;
	bool bpf, started;
	uint32_t names[NAMES_NR]; /* place plus one among those that wait; see note_names() */
};

static int events_init(void *state)
{
	struct events_state *s = state;
	int ret = eventlog_init(&s->log, sizeof(struct event_row), EVENTS_MAX, EVENTS_TEXT_MAX, 0);

	return ret ? ret : table_init(&s->dying, DYING_MAX, sizeof(struct dying));
}

static void events_fini(void *state)
{
	struct events_state *s = state;

	eventlog_fini(&s->log);
	table_fini(&s->dying);
}

static void events_clear(void *state)
{
	struct events_state *s = state;

	eventlog_clear(&s->log);
	table_clear(&s->dying);
	memset(&s->snap, 0, sizeof(*s) - offsetof(struct events_state, snap));
}

static struct event_row *new_row(struct events_state *s, const struct ev_hdr *ev,
				 enum event_kind kind, const char *text, size_t text_len)
{
	struct event_row *row = eventlog_add(&s->log, text, text_len);

	*row = (struct event_row){
		.log = row->log,
		.ts_ns = (int64_t)(ev->ts_ns > INT64_MAX ? 0 : ev->ts_ns),
		.latency_ns = FIG_UNKNOWN,
		.age_ns = FIG_UNKNOWN,
		.cpu_ns = FIG_UNKNOWN,
		.pid = FIG_UNKNOWN,
		.tgid = FIG_UNKNOWN,
		.ppid = FIG_UNKNOWN,
		.uid = FIG_UNKNOWN,
		.code = FIG_UNKNOWN,
		.by_pid = FIG_UNKNOWN,
		.by_tgid = FIG_UNKNOWN,
		.kind = (uint8_t)kind,
	};
	return row;
}

/* A figure of a record: bounded, so that sums and differences of it are harmless. */
static int64_t figure(uint64_t ns)
{
	return ns > INT64_MAX / 4 ? FIG_UNKNOWN : (int64_t)ns;
}

static void on_slow(struct events_state *s, const struct latency_rec *r)
{
	struct event_row *row;

	if (r->which != HIST_RUNQ)
		return;
	row = new_row(s, &r->h, EVENT_SLOW, "", 0);
	row->pid = r->pid;
	row->tgid = r->tgid;
	row->latency_ns = figure(r->ns);
	memcpy(row->comm, r->comm, sizeof(row->comm));
	if (!r->by_pid)
		return; /* the CPU was idle, or nobody knows */
	row->by_pid = r->by_pid;
	row->by_tgid = r->by_tgid;
	memcpy(row->by_comm, r->by_comm, sizeof(row->by_comm));
}

static void on_exec(struct events_state *s, const struct exec_rec *r)
{
	struct event_row *row = new_row(s, &r->h, EVENT_EXEC, r->args, r->args_len);

	row->pid = row->tgid = r->tgid;
	row->start_ns = r->start_ns;
	row->ppid = row->by_pid = row->by_tgid = r->ppid;
	row->uid = r->uid;
	row->code = 0;
	row->flags = r->args_all > r->args_len ? EVENT_F_CUT : 0;
	memcpy(row->comm, r->comm, sizeof(row->comm));
}

static struct dying *get_dying(struct events_state *s, uint32_t tgid, uint64_t start_ns,
			       bool *ret_new)
{
	return table_put(&s->dying, (struct table_key){tgid, start_ns}, ret_new);
}

/* The kernel's sum holds the threads that ended before we looked. Later ones have told it. */
static void on_proc(struct events_state *s, const struct proc_rec *r)
{
	struct dying *d;
	bool new;

	if (!r->dead_oncpu_ns || figure(r->dead_oncpu_ns) == FIG_UNKNOWN)
		return;
	d = get_dying(s, r->tgid, r->start_ns, &new);
	if (d->based)
		return;
	d->untold_ns = r->dead_oncpu_ns > d->told_ns ? r->dead_oncpu_ns - d->told_ns : 0;
	d->based = true;
}

static bool is_young(const struct events_state *s, uint64_t start_ns)
{
	return s->started && start_ns >= s->first_ns;
}

/* Adds a thread's on-CPU time to that of its process; NULL where it is the only thread that we know. */
static struct dying *add_dying(struct events_state *s, const struct task_rec *r)
{
	struct dying *d;
	bool new = false;

	if (r->leader_start_ns == REC_UNKNOWN || figure(r->oncpu_ns) == FIG_UNKNOWN)
		return NULL;
	if (r->pid == r->tgid && r->flags & TASK_F_GROUP_DEAD) /* mostly it never had another */
		d = table_get(&s->dying, (struct table_key){r->tgid, r->leader_start_ns});
	else
		d = get_dying(s, r->tgid, r->leader_start_ns, &new);
	if (!d)
		return NULL;
	if (new)
		d->based = is_young(s, r->leader_start_ns);
	if (d->told_ns <= INT64_MAX / 4)
		d->told_ns += r->oncpu_ns;
	return d;
}

static void exit_status(struct event_row *row, uint32_t status)
{
	row->code = FIG_UNKNOWN;
	row->signal = status & 0x7f;
	if (row->signal)
		row->flags |= status & 0x80 ? EVENT_F_CORE : 0;
	else
		row->code = status >> 8 & 0xff;
}

/* A thread may leave its CPU for the last time after the one that ended the process. */
static void amend_exit(struct events_state *s, const struct dying *d)
{
	struct event_row *row = eventlog_waiting(&s->log, d->seq);

	if (!row)
		return;
	row->cpu_ns = (int64_t)(d->untold_ns + d->told_ns);
	if (d->status)
		exit_status(row, d->status);
}

static int64_t age(const struct events_state *s, const struct task_rec *r)
{
	uint64_t end_ns = r->h.ts_ns + s->boot_ahead_ns;

	if (!s->started || r->leader_start_ns == REC_UNKNOWN || r->leader_start_ns > end_ns)
		return FIG_UNKNOWN;
	return figure(end_ns - r->leader_start_ns);
}

static void on_exit(struct events_state *s, const struct task_rec *r)
{
	struct event_row *row;
	struct dying *d;

	if (r->flags & TASK_F_FREED) /* of a zombie whose end was told before */
		return;
	d = add_dying(s, r);
	if (d && r->pid == r->tgid)
		d->status = r->exit_code;
	if (d && d->seq)
		amend_exit(s, d);
	if (!(r->flags & TASK_F_GROUP_DEAD))
		return;
	row = new_row(s, &r->h, EVENT_EXIT, "", 0);
	row->pid = row->tgid = r->tgid;
	row->ppid = row->by_pid = row->by_tgid = r->ppid;
	row->uid = r->uid;
	row->start_ns = r->leader_start_ns == REC_UNKNOWN ? 0 : r->leader_start_ns;
	row->age_ns = age(s, r);
	row->cpu_ns = d ? (int64_t)(d->untold_ns + d->told_ns) : figure(r->oncpu_ns);
	exit_status(row, d && d->status ? d->status : r->exit_code);
	row->flags |= r->flags & TASK_F_KTHREAD ? EVENT_F_KTHREAD : 0;
	memcpy(row->comm, r->comm, sizeof(row->comm));
	if (d)
		d->seq = row->log.seq;
}

static void alert(struct event_alert *a, const struct event_row *row, const struct kmsg_rec *r)
{
	*a = (struct event_alert){
		.seq = row->log.seq, .ts_ns = row->ts_ns, .pid = row->pid, .level = row->level};
	memcpy(a->comm, row->comm, sizeof(a->comm));
	memcpy(a->text, r->text, sizeof(a->text));
}

/* "... Killed process 812 (name) total-vm:": the name may hold brackets itself. */
static void oom_name(struct event_row *row, const char *text)
{
	const char *from = strstr(text, "Killed process "), *end;
	size_t len;

	from = from ? strchr(from, '(') : NULL;
	end = from ? strstr(from, ") total-vm") : NULL;
	if (!end)
		end = from ? strrchr(from, ')') : NULL;
	if (!end)
		return;
	len = (size_t)(end - from - 1);
	memcpy(row->comm, from + 1, len < sizeof(row->comm) ? len : sizeof(row->comm));
}

static void on_kmsg(struct events_state *s, const struct kmsg_rec *r)
{
	bool oom = r->flags & KMSG_F_OOM;
	struct event_row *row;

	s->kmsg_lost += r->lost;
	s->kmsg_reason[0] = '\0';
	if (r->flags & KMSG_F_NA) {
		memcpy(s->kmsg_reason, r->text, sizeof(s->kmsg_reason) - 1);
		return;
	}
	row = new_row(s, &r->h, oom ? EVENT_OOM : EVENT_KERNEL, r->text, strlen(r->text));
	row->level = (uint8_t)r->level;
	row->flags = r->flags & KMSG_F_CUT ? EVENT_F_CUT : 0;
	if (oom) {
		row->pid = row->tgid = r->pid ? r->pid : FIG_UNKNOWN;
		oom_name(row, r->text);
	}
	alert(oom ? &s->oom : &s->kernel, row, r);
}

/* At a baseline: what processes did before it is not of this run. The kernel's lines stay. */
static bool is_kernels(const void *row)
{
	uint8_t kind = ((const struct event_row *)row)->kind;

	return kind == EVENT_KERNEL || kind == EVENT_OOM;
}

static void on_tick(struct events_state *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST);

	s->boot_ahead_ns = r->boot_ns > r->h.ts_ns ? r->boot_ns - r->h.ts_ns : 0;
	if (first) {
		s->first_ns = r->boot_ns;
		eventlog_keep(&s->log, is_kernels);
	}
	s->started = true;
}

static int events_apply(void *state, const struct ev_hdr *ev)
{
	struct events_state *s = state;

	if (ev->pane == PANE_CPU) {
		if (ev->kind == CPU_SLOW)
			on_slow(s, REC(latency_rec, ev));
		return 0;
	}
	switch (ev->kind) {
	case CORE_EXEC:
		on_exec(s, REC(exec_rec, ev));
		break;
	case CORE_EXIT:
		on_exit(s, REC(task_rec, ev));
		break;
	case CORE_PROC:
		on_proc(s, REC(proc_rec, ev));
		break;
	case CORE_KMSG:
		on_kmsg(s, REC(kmsg_rec, ev));
		break;
	case CORE_HOST:
		s->bpf = REC(host_rec, ev)->flags & HOST_F_BPF;
		break;
	case CORE_TICK:
		on_tick(s, REC(tick_rec, ev));
		break;
	}
	return 0;
}

/*
 * The youngest process of that id among the first `nr` rows, which are in order of (pid, start);
 * the summed ones, which come last, are not among them.
 */
static const struct proc_row *find_proc(const struct snapshot *snap, int nr, int64_t pid)
{
	int low = 0, high = nr;

	while (low < high) {
		int mid = (low + high) / 2;

		if (snap->procs[mid].pid <= pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low && snap->procs[low - 1].pid == pid ? &snap->procs[low - 1] : NULL;
}

static struct event_row *waiting(const struct events_state *s, uint32_t i)
{
	return log_row_at(&s->log, &s->log.waiting, i);
}

/* Which of the events that wait is the last of a process: by the low bits of its id. */
static void note_names(struct events_state *s)
{
	memset(s->names, 0, sizeof(s->names));
	for (uint32_t i = 0; i < s->log.waiting.nr; i++)
		if (waiting(s, i)->start_ns)
			s->names[waiting(s, i)->tgid % NAMES_NR] = i + 1;
}

/* The name of a process that ended before any pass saw it, from its own events. */
static const char *noted_name(const struct events_state *s, int64_t pid)
{
	uint32_t at = s->names[pid % NAMES_NR];

	return at && waiting(s, at - 1)->tgid == pid ? waiting(s, at - 1)->comm : NULL;
}

static void name_parents(struct events_state *s, const struct snapshot *snap)
{
	int nr = snap->procs_nr;

	while (nr && snap->procs[nr - 1].pid == FIG_UNKNOWN)
		nr--;
	note_names(s);
	for (uint32_t i = 0; i < s->log.waiting.nr; i++) {
		struct event_row *row = waiting(s, i);
		const struct proc_row *p;
		const char *name;

		if (row->kind != EVENT_EXEC && row->kind != EVENT_EXIT)
			continue;
		p = find_proc(snap, nr, row->ppid);
		name = p ? p->comm : noted_name(s, row->ppid);
		if (name)
			memcpy(row->by_comm, name, sizeof(row->by_comm));
	}
}

static void events_publish(void *state, const struct tick_rec *tick, enum window window,
			   struct snapshot *snap)
{
	struct events_state *s = state;
	struct events_snap *e = &s->snap;

	name_parents(s, snap);
	eventlog_show(&s->log);
	e->rows = log_row_at(&s->log, &s->log.shown, 0);
	e->nr = (int)s->log.shown.nr;
	e->text = s->log.shown.text;
	e->new_from = (int)s->log.new_from;
	e->dropped = s->log.dropped_now;
	e->dropped_all = s->log.dropped_all;
	e->scrolled_all = s->log.scrolled_all;
	e->kmsg_lost_all = s->kmsg_lost;
	memcpy(e->kmsg_reason, s->kmsg_reason, sizeof(e->kmsg_reason));
	e->processes = s->bpf;
	e->oom = s->oom;
	e->kernel = s->kernel;
	snap->events = e;
}

extern const struct model_ops cpu_events_model;
const struct model_ops cpu_events_model = {
	.name = "cpu-events",
	.pane = PANE_CPU,
	.core = true,
	.state_size = sizeof(struct events_state),
	.init = events_init,
	.fini = events_fini,
	.clear = events_clear,
	.apply = events_apply,
	.publish = events_publish,
};
