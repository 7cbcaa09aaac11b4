/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of Disk / stages share: columns, the words of the steps. */
#ifndef PROBETOP_DISK_STAGES_VIEW_H
#define PROBETOP_DISK_STAGES_VIEW_H

#include "snap_disk_stages.h"
#include "view.h"

/* By enum disk_stage. */
struct stage_words {
	const char *letter, *word, *help;
};
extern const struct stage_words stage_words[STAGE_NR];

/* A step of the request on its page. */
struct stage_step_row {
	int64_t nr, at_ns, step_ns, cpu, pid, sector, bytes;
	const struct stage_step *step;
};

extern const struct column disk_stage_cpu_columns[], disk_stage_request_columns[], disk_stage_step_columns[];

/* The request whose steps are shown: as the snapshot has it, or as it was when it was chosen. */
const struct stage_request *disk_stage_chosen(const struct snapshot *s, const struct ui *ui);
/* "completed", "under way" */
const char *disk_stage_state(const struct stage_request *r);
/* disk_stages_detail.c */
/* "Q 0  G 1.2us  D 14us  C 312us"; returns its length. */
size_t disk_stage_steps(const struct stage_request *r, char *buf, size_t size);
struct pen;
/* "Q 0 G 1.2us D 14us C 312us": all steps, the main ones, or as many of these as fit and "+". */
void disk_stage_steps_draw(struct pen *p, const struct stage_request *r);
int disk_stage_request_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
			      const void *row);
int disk_stage_step_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
			   const void *row);

#endif
