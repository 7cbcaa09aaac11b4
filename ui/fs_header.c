/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Filesystem pane's words in the header, and on the page of a process. */
#include "fs_header.h"

#include <string.h>

#include "fmt.h"
#include "fs_processes.h"

#define DIRTY_COLS 11 /* " dirty 120M" */

void fs_rate_items(struct pen *p, const struct snapshot *s)
{
	struct hist hists[FS_PROC_HIST_NR];
	struct fs_proc_sums sums;
	int64_t bytes;

	if (!snapshot_fs_sum(s, FS_ALL, &sums, hists)) {
		pen_item(p, "Files", STYLE_DIM, false, "n/a");
		return;
	}
	if (!s->m.interval_ns) {
		pen_item(p, "Files", STYLE_DIM, false, "-");
		return;
	}
	fig_add(&sums.read_bytes, sums.write_bytes);
	bytes = fig_fold(sums.read_bytes, UNIT_BYTES, FOLD_RATE, s->m.interval_ns, s->m.total);
	pen_item(p, "Files r", STYLE_VALUE, false, "%s", word_rate(sums.count[FS_OP_READ], s));
	pen_item(p, "w", STYLE_VALUE, false, "%s", word_rate(sums.count[FS_OP_WRITE], s));
	pen_item(p, "", STYLE_VALUE, false, "%s%s", word_bytes(bytes), s->m.total ? "" : "/s");
	pen_item(p, "open", STYLE_VALUE, false, "%s", word_rate(sums.count[FS_OP_OPEN], s));
}

/* What was slowest, and on which filesystem where there is room for that and for what follows. */
static void slowest_items(struct pen *p, const struct snapshot *s)
{
	static const char *const words[FS_PROC_HIST_NR] = {
		[FS_PROC_READ] = "max read", [FS_PROC_WRITE] = "max write",
		[FS_PROC_OPEN] = "max open", [FS_PROC_FSYNC] = "max fsync",
	};
	enum fs_proc_hist which;
	const struct fs_proc_part *part = snapshot_fs_slowest(s, &which);
	char name[200];

	p->gap = 1;
	if (!part || !pen_item(p, words[which], STYLE_VALUE, false, "%s", word_ns(hist_max_ns(&(struct hist){ .max_ns = part->max_ns[which] }))))
		return;
	p->gap = 1;
	snapshot_fs_name(s, part->dev, name, sizeof(name));
	if (!part->dev || !pen_fits(p, (int)strlen(name) + DIRTY_COLS))
		return;
	pen_raw(p, STYLE_VALUE, name, strlen(name));
	p->gap = 1;
}

static int64_t p99_of(const struct hist hists[FS_PROC_HIST_NR])
{
	struct hist all = { .max_ns = 0 };

	for (int h = 0; h < FS_PROC_HIST_NR; h++) {
		for (int i = 0; i < HIST_SLOTS; i++)
			all.slots[i] += hists[h].slots[i];
		if (hists[h].max_ns > all.max_ns)
			all.max_ns = hists[h].max_ns;
	}
	return hist_percentile_ns(&all, 990);
}

void fs_time_items(struct pen *p, const struct snapshot *s)
{
	struct hist hists[FS_PROC_HIST_NR];
	struct fs_proc_sums sums;
	int64_t dirty = s->m.mem_dirty;

	if (snapshot_fs_sum(s, FS_ALL, &sums, hists)) {
		pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(p99_of(hists)));
		slowest_items(p, s);
	} else {
		pen_item(p, "p99", STYLE_DIM, false, "n/a");
	}
	if (dirty != FIG_UNKNOWN && s->m.mem_writeback != FIG_UNKNOWN)
		fig_add(&dirty, s->m.mem_writeback);
	pen_item(p, "dirty", STYLE_VALUE, false, "%s", word_bytes(dirty));
}

void fs_page_items(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	const struct fs_procs_snap *d = s->fs_procs;
	const struct fs_proc_row *r = snapshot_fs_proc(s, row);

	if (d->status.state == FIG_NA || !s->m.interval_ns) {
		pen_text(p, STYLE_DIM, d->status.state == FIG_NA ? "n/a" : "-");
		return;
	}
	if (!r || !r->sums.operations) {
		pen_text(p, STYLE_DIM, r ? "none used in this time" : "none used yet");
		return;
	}
	pen_item(p, "read", STYLE_VALUE, false, "%s", word_rate(r->sums.count[FS_OP_READ], s));
	pen_item(p, "write", STYLE_VALUE, false, "%s", word_rate(r->sums.count[FS_OP_WRITE], s));
	pen_item(p, "open", STYLE_VALUE, false, "%s", word_rate(r->sums.count[FS_OP_OPEN], s));
	pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(r->lat_p99_ns));
	if (r->p99_ns[FS_PROC_FSYNC] != FIG_UNKNOWN)
		pen_item(p, "fsync p99", STYLE_VALUE, false, "%s", word_ns(r->p99_ns[FS_PROC_FSYNC]));
	if (r->sums.errors)
		pen_item(p, "errors", STYLE_VALUE, false, "%s", word_rate(r->sums.errors, s));
	fs_process_files(p, s, ui, row);
}
