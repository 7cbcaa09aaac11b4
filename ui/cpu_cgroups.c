/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / cgroups: where the time of each control group goes, its limit, and what it wants for. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "snap_cgroup.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define SUM(member) offsetof(struct cgroup_row, sums.member)
#define ROW(member) offsetof(struct cgroup_row, member)

static const struct fig_status *stat_status(const struct snapshot *s)
{
	static struct fig_status status;

	status = snapshot_cgstat_status(s);
	return &status;
}

/* clang-format off */
const struct column cpu_cgroup_columns[] = {
	{ .key = "processes", .alias = "procs", .title = "PROCS", .unit = UNIT_NONE, .width = 5, .weight = 86, .off = SUM(processes),
	  .help = "its processes; those of groups below it are theirs" },
	{ .key = "threads", .alias = "thr", .title = "THR", .unit = UNIT_NONE, .width = 5, .weight = 40, .off = SUM(threads),
	  .help = "their threads" },
	{ .key = "cpu_pct", .alias = "cpu", .title = "CPU%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 100,
	  .off = SUM(oncpu_ns), .help = "time on a CPU; 100 is one CPU" },
	{ .key = "runq_wait_pct", .title = "WAIT%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 6, .weight = 90,
	  .off = SUM(runq_wait_ns), .help = "runnable, waiting for a CPU; 100 is one thread waiting all the time" },
	{ .key = "blocked_pct", .title = "BLK%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 80,
	  .off = SUM(blocked_ns), .status = view_class_status,
	  .help = "waiting for something other than work to arrive: disk, lock, pipe, network" },
	{ .key = "throttled_pct", .title = "THRT%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 75,
	  .off = ROW(throttled_ns), .status = stat_status,
	  .help = "held back by its CPU quota (throttled_usec of cpu.stat; the CPUs added up)" },
	{ .key = "runq_p99_ns", .alias = "p99", .title = "WP99", .unit = UNIT_NS, .width = 5, .weight = 60, .off = SUM(runq_p99_ns),
	  .status = view_runq_status, .help = "run-queue latency of its processes: 99 of 100 waits were shorter; within one bucket" },
	{ .key = "rss_bytes", .alias = "rss", .title = "RES", .unit = UNIT_BYTES, .width = 5, .weight = 65, .off = SUM(rss_bytes),
	  .status = view_rss_status, .help = "resident memory of its processes; what they share counts for each" },
	{ .key = "psi_cpu_some_pct", .title = "PCPU", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 73,
	  .off = ROW(psi[PSI_CPU].some_ns), .status = stat_status,
	  .help = "pressure: share of the time in which some of its tasks stood still for want of a CPU" },
	{ .key = "psi_mem_some_pct", .title = "PMEM", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 72,
	  .off = ROW(psi[PSI_MEM].some_ns), .status = stat_status, .help = "the same for want of memory" },
	{ .key = "psi_io_some_pct", .title = "PIO", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 71,
	  .off = ROW(psi[PSI_IO].some_ns), .status = stat_status, .help = "the same for want of I/O" },
	{ .key = "psi_cpu_full_pct", .title = "FCPU", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 24,
	  .off = ROW(psi[PSI_CPU].full_ns), .status = stat_status,
	  .help = "pressure: share of the time in which all of its tasks stood still for want of a CPU" },
	{ .key = "psi_mem_full_pct", .title = "FMEM", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 25,
	  .off = ROW(psi[PSI_MEM].full_ns), .status = stat_status, .help = "the same for want of memory" },
	{ .key = "psi_io_full_pct", .title = "FIO", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 26,
	  .off = ROW(psi[PSI_IO].full_ns), .status = stat_status, .help = "the same for want of I/O" },
	{ .key = "quota_pct", .alias = "quota", .title = "QUOTA%", .unit = UNIT_PCT, .width = 6, .weight = 30, .off = ROW(quota_pct),
	  .status = stat_status, .help = "its limit (cpu.max): 100 is one CPU; - is no limit" },
	{ .key = "time_bar", .title = "TIME BAR", .unit = UNIT_TEXT, .width = 10, .weight = 50, .status = view_class_status,
	  .flags = COL_LEFT | COL_CUSTOM | COL_SCREEN_ONLY,
	  .help = "where the time of its active threads went, ten letters of a tenth each (see below)" },
	{ .key = "cgroup", .title = "CGROUP", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "container, unit of systemd, or the path's last part; the path is in the detail, and where the text is scrolled" },
	{ .key = "path", .title = "PATH", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "path below the mount of the hierarchy" },
	{ .key = "container", .title = "CONTAINER", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "container: the first 12 digits of the id in its path" },
	{ .key = "oncpu_ns_per_s", .alias = "oncpu", .title = "ONCPU", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(oncpu_ns), .help = "time on a CPU" },
	{ .key = "user_ns_per_s", .title = "USER", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(user_ns), .help = "time on a CPU in user mode" },
	{ .key = "system_ns_per_s", .title = "SYSTEM", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(system_ns), .help = "time on a CPU in the kernel" },
	{ .key = "runq_wait_ns_per_s", .alias = "wait", .title = "WAIT", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(runq_wait_ns), .help = "runnable, waiting for a CPU" },
	{ .key = "blocked_ns_per_s", .alias = "blk", .title = "BLOCKED", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(blocked_ns), .status = view_class_status, .help = "waiting for something other than work to arrive" },
	{ .key = "idle_ns_per_s", .alias = "idle", .title = "IDLE", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(idle_ns), .status = view_class_status, .help = "waiting for work: poll, accept, timers" },
	{ .key = "throttled_ns_per_s", .alias = "throttled", .title = "THROTTLED", .unit = UNIT_NS, .fold = FOLD_RATE,
	  .flags = COL_NO_SCREEN, .off = ROW(throttled_ns), .status = stat_status, .help = "held back by its CPU quota" },
	{ .key = "throttled_periods_per_s", .title = "PERIODS", .unit = UNIT_COUNT, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(throttled), .status = stat_status, .help = "periods of the quota in which it was held back" },
	{ .key = "quota_wait_ns_per_s", .title = "QUOTA", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = SUM(class_ns) + WAIT_QUOTA * sizeof(int64_t), .status = view_class_status,
	  .help = "time that its threads stood in a run queue held back by the quota: inferred" },
	{ .key = "runq_p50_ns", .alias = "p50", .title = "WP50", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = SUM(runq_p50_ns),
	  .status = view_runq_status, .help = "run-queue latency of its processes: half of the waits were shorter" },
	{ .key = "runq_max_ns", .alias = "max", .title = "WMAX", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = SUM(runq_max_ns),
	  .status = view_runq_status, .help = "longest run-queue latency of its processes" },
	{ .key = "version", .title = "VERSION", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(version),
	  .help = "2, or 1 for a group of the v1 memory controller" },
	{ .key = "cgroup_id", .title = "CGROUP-ID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(id),
	  .help = "inode of its directory" },
	{ .key = NULL },
};
/* clang-format on */

int cpu_cgroup_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct cgroup_row *rows = NULL;
	int nr = snapshot_cgroups(s, &rows);

	*ret_rows = rows;
	return nr;
}

struct row_id cpu_cgroup_row_id(const void *row)
{
	return (struct row_id){ .a = UINT64_MAX, .b = ((const struct cgroup_row *)row)->id };
}

/* Of an entered process only its own group. */
bool cpu_cgroup_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct proc_row *process = ui->entered ? proc_by_id(s, ui->entered_id) : NULL;
	uint64_t id = ((const struct cgroup_row *)row)->id;

	if (ui->entered)
		return process && process->cgroup_id == (int64_t)id;
	return !ui->cpu.group.cgroup_id || ui->cpu.group.cgroup_id == id;
}

const char *cpu_cgroup_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			       char *buf, size_t size, size_t *ret_len)
{
	const struct cgroup_row *g = row;
	const char *text = !strcmp(col->key, "path")   ? g->path
			   : !strcmp(col->key, "cgroup") ? cgroup_short(g)
							 : g->container;

	*ret_len = text ? strlen(text) : 0;
	return *ret_len ? text : NULL;
}

int cgroup_name_draw(struct canvas *c, int y, int x, int width, enum style style, const struct cgroup_row *g, int skip)
{
	const char *name = skip && g->path ? g->path : cgroup_short(g);

	if (!name && (int64_t)g->id == FIG_UNKNOWN)
		return canvas_text(c, y, x, width, STYLE_DIM, "not known");
	if (!name || !*name)
		return canvas_printf(c, y, x, width, STYLE_DIM, "id %llu", (unsigned long long)g->id);
	if (strlen(name) <= (size_t)skip)
		return 0;
	return canvas_raw(c, y, x, width, style, name + skip, strlen(name + skip));
}

void cpu_cgroup_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
			const void *row, const struct column *col)
{
	const struct cgroup_row *g = row;

	if (!strcmp(col->key, "time_bar"))
		cpu_process_cell(c, y, x, width, s, ui, &g->sums, col);
	else
		cgroup_name_draw(c, y, x, width, STYLE_TEXT, g, ui_state_now(ui)->scroll_text * 8);
}

/* Who: the whole path, and what it is called besides. */
static void detail_path(struct pen *p, const struct cgroup_row *g)
{
	if (g->path)
		pen_raw(p, STYLE_TITLE, g->path, strlen(g->path));
	else if ((int64_t)g->id == FIG_UNKNOWN)
		pen_item(p, "cgroup", STYLE_TITLE, false, "not known");
	else
		pen_item(p, "cgroup", STYLE_TITLE, false, "id %llu (its path is not known yet)", (unsigned long long)g->id);
	p->gap = 2;
	if (*g->container)
		pen_item(p, "container", STYLE_VALUE, false, "%s", g->container);
}

static void detail_limits(struct pen *p, const struct snapshot *s, const struct cgroup_row *g)
{
	struct fig_status status = snapshot_cgstat_status(s);
	char quota[FMT_MAX];

	if (g->version == 1) {
		pen_text(p, STYLE_DIM, "version 1: no pressure and no throttling; the kernel keeps them for version 2 only");
		return;
	}
	if (status.state == FIG_NA) {
		pen_item(p, "pressure", STYLE_DIM, false, "n/a: %.120s", status.reason ? status.reason : "not read");
		return;
	}
	fmt_pct(quota, sizeof(quota), g->quota_pct);
	pen_item(p, "quota", STYLE_VALUE, false, "%s%s", g->quota_pct == FIG_UNKNOWN ? "no limit" : quota,
		 g->quota_pct == FIG_UNKNOWN ? "" : "% of a CPU");
	if (g->throttled != FIG_UNKNOWN && g->quota_pct != FIG_UNKNOWN && s->m.interval_ns) {
		pen_item(p, "throttled", g->throttled ? STYLE_RUNQ : STYLE_VALUE, false, "%s%%",
			 word_pct(g->throttled_ns, s->m.interval_ns));
		pen_item(p, "in", STYLE_VALUE, false, "%lld of %lld periods", (long long)g->throttled, (long long)g->periods);
	}
	if (g->version != FIG_UNKNOWN)
		pen_item(p, "version", STYLE_VALUE, false, "%lld", (long long)g->version);
}

int cpu_cgroup_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct cgroup_row *g = row;

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_path(&p, g);
		else if (i == 1)
			detail_why(&p, s, &g->sums);
		else
			detail_limits(&p, s, g);
	}
	return lines < 3 ? lines : 3;
}

/* Its processes: the first view of the pane, narrowed. */
void cpu_cgroup_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct cgroup_row *g = row;
	const char *known = g ? cgroup_short(g) : NULL;
	char name[64];

	if (!g || ui->entered)
		return;
	rows_select(ui, s, ui_state(ui)->cursor);
	snprintf(name, sizeof(name), "cgroup %llu", (unsigned long long)g->id);
	group_enter_cgroup(ui, g->id, known ? known : name);
	ui->cpu.group.from = ui->view;
	ui_set_view(ui, 0);
}
