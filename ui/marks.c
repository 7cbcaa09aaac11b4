/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of the marks. Their words stand in the help screen. */
#include "marks.h"

#include <string.h>

#include "fmt.h"
#include "snap_disk_procs.h"
#include "snap_fs_mounts.h"

const struct mark_rule mark_rules[MARK_NR] = {
	[MARK_RUNQ_P99] = { .pane = PANE_CPU, .column = "runq_p99_ns", .limit = 10000000,
			    .has_usual = true, .usual = USUAL_RUNQ_P99,
			    .help = "run-queue latency p99 above 10 ms" },
	[MARK_PSI_SOME] = { .pane = PANE_CPU, .limit = 10000,
			    .has_usual = true, .usual = USUAL_PSI_SOME,
			    .help = "PSI: some tasks stalled for more than 10 % of the time" },
	[MARK_PSI_IO_FULL] = { .pane = PANE_DISK, .limit = 5000,
			       .has_usual = true, .usual = USUAL_PSI_IO_FULL,
			       .help = "PSI: all tasks stalled for I/O for more than 5 % of the time" },
	[MARK_BLOCKED] = { .pane = PANE_CPU, .limit = 5000000000, .help = "a task in state D for more than 5 s" },
	[MARK_STEAL] = { .pane = PANE_CPU, .limit = 5000, .has_usual = true, .usual = USUAL_STEAL,
			 .help = "more than 5 % of the CPUs stolen by the hypervisor" },
	[MARK_DISK_OLDEST] = { .pane = PANE_DISK, .column = "oldest_ns", .limit = 1000000000,
			       .help = "a request of a block device in flight for more than 1 s" },
	[MARK_FS_FULL] = { .pane = PANE_FS, .column = "use_pct", .limit = 95000,
			   .help = "a filesystem that can be written to more than 95 % full" },
	[MARK_FS_INODES] = { .pane = PANE_FS, .column = "inode_use_pct", .limit = 90000,
			     .help = "more than 90 % of its inodes in use" },
	[MARK_FS_HUNG] = { .pane = PANE_FS, .column = "hung_ns", .limit = 0,
			   .help = "a mount that has not answered for 2 s" },
};

bool mark_over(enum mark_id id, int64_t value)
{
	return value != FIG_UNKNOWN && value > mark_rules[id].limit;
}

bool mark_column(const char *key, int64_t value)
{
	for (int i = 0; i < MARK_NR; i++)
		if (mark_rules[i].column && !strcmp(mark_rules[i].column, key))
			return mark_over((enum mark_id)i, value);
	return false;
}

int64_t psi_share(const struct snapshot *s, enum psi_res res, bool full)
{
	int64_t stall_ns = full ? s->m.psi[res].full_ns : s->m.psi[res].some_ns;

	return fig_fold(stall_ns, UNIT_NS, FOLD_SHARE, s->m.interval_ns, false);
}

static int64_t steal_share(const struct snapshot *s)
{
	uint64_t whole_ns = (uint64_t)(s->m.cpus > 0 ? s->m.cpus : 1) * s->m.interval_ns;

	return fig_fold(s->m.mode_ns[CPU_STEAL], UNIT_NS, FOLD_SHARE, whole_ns, false);
}

int64_t mark_machine(enum mark_id id, const struct snapshot *s)
{
	int64_t most = FIG_UNKNOWN;

	switch (id) {
	case MARK_RUNQ_P99:
		return s->runq_status.state == FIG_NA ? FIG_UNKNOWN : s->m.runq_p99_ns;
	case MARK_PSI_SOME:
		for (int i = 0; i < PSI_NR; i++)
			if (psi_share(s, (enum psi_res)i, false) > most)
				most = psi_share(s, (enum psi_res)i, false);
		return most;
	case MARK_PSI_IO_FULL:
		return psi_share(s, PSI_IO, true);
	case MARK_BLOCKED:
		return s->m.oldest_block_ns;
	case MARK_STEAL:
		return steal_share(s);
	case MARK_DISK_OLDEST:
		return s->disk_procs ? s->disk_procs->oldest_ns : FIG_UNKNOWN;
	case MARK_FS_FULL:
		return s->fs_mounts ? s->fs_mounts->use_pct : FIG_UNKNOWN;
	case MARK_FS_INODES:
		return s->fs_mounts ? s->fs_mounts->inode_use_pct : FIG_UNKNOWN;
	case MARK_FS_HUNG:
		return s->fs_mounts && s->fs_mounts->hung ? s->fs_mounts->hung->hung_ns : FIG_UNKNOWN;
	case MARK_NR:
		break;
	}
	return FIG_UNKNOWN;
}

const char mark_usual_help[] = "and, five minutes after the start, the same figures of the machine (not D) above 5 times their own "
			       "median of the last ten minutes, from a tenth of the limit on";

bool mark_one_over(enum mark_id id, const struct snapshot *s, int64_t value)
{
	const struct mark_rule *rule = &mark_rules[id];
	int64_t median = rule->has_usual ? s->m.usual[rule->usual] : FIG_UNKNOWN;

	if (mark_over(id, value))
		return true;
	/* A median of 0 says nothing: five times nothing is nothing. */
	return median > 0 && value > rule->limit / 10 && value / MARK_TIMES > median;
}

bool mark_machine_over(enum mark_id id, const struct snapshot *s)
{
	return mark_one_over(id, s, mark_machine(id, s));
}

bool mark_pane(enum pane_id pane, const struct snapshot *s)
{
	for (int i = 0; i < MARK_NR; i++)
		if (mark_rules[i].pane == pane && mark_machine_over((enum mark_id)i, s))
			return true;
	return false;
}
