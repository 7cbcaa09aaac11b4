/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes by control group, made when a view asks. */
#include "snap_cgroup.h"

#include "groups.h"

int cgroups_snap_init(struct cgroups_snap *c, uint32_t rows)
{
	int ret = cgroups_init(&c->cgroups);

	if (!ret)
		ret = groups_init(&c->by, rows);
	return ret ? ret : groups_init(&c->view, rows);
}

void cgroups_snap_fini(struct cgroups_snap *c)
{
	cgroups_fini(&c->cgroups);
	groups_fini(&c->by);
	groups_fini(&c->view);
}

void cgroups_snap_clear(struct cgroups_snap *c)
{
	cgroups_clear(&c->cgroups);
	c->by.made = c->view.made = false;
}

void cgroups_snap_publish(struct cgroups_snap *c, bool bpf, bool ended, struct snapshot *snap)
{
	c->bpf = bpf;
	cgroups_publish(&c->cgroups, ended);
	c->by.made = c->view.made = false;
	snap->cgroups = c;
}

int snapshot_cgroups(const struct snapshot *s, const struct cgroup_row **ret_rows)
{
	struct cgroups_snap *c = s->cgroups;
	struct cgroup_row *row;
	bool made;

	*ret_rows = NULL;
	if (!c)
		return 0;
	*ret_rows = c->view.cgroups;
	made = c->view.made;
	groups_fold(&c->view, s, GROUP_CGROUP);
	for (int i = 0; !made && i < c->view.nr; i++) {
		row = &c->view.cgroups[i];
		row->sums = c->view.rows[i].sums;
		cgroups_row(&c->cgroups, c->view.rows[i].key, s->m.window, row);
	}
	return c->view.nr;
}

struct fig_status snapshot_cgroup_status(const struct snapshot *s)
{
	static const char no_bpf[] = "needs BPF, which tells the cgroup of each process";

	if (s->cgroups && s->cgroups->bpf)
		return (struct fig_status){.state = FIG_EXACT};
	return (struct fig_status){.state = FIG_NA, .reason = no_bpf};
}

struct fig_status snapshot_cgstat_status(const struct snapshot *s)
{
	static const char closed[] = "read while the view of cgroups is open";
	struct fig_status status = snapshot_cgroup_status(s);

	if (status.state == FIG_EXACT && !(s->demand & DEMAND_CGROUPS))
		status = (struct fig_status){.state = FIG_NA, .reason = closed};
	return status;
}

const char *snapshot_cgroup_path(const struct snapshot *s, int64_t id)
{
	const struct cgroup *g = NULL;

	if (s->cgroups && id != FIG_UNKNOWN)
		g = cgroups_find(&s->cgroups->cgroups, (uint64_t)id);
	return g && g->version ? g->path : NULL;
}
