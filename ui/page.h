/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of a process is a list of lines, scrolled as a whole. It is gone through twice: once
 * without room, to count, and once to draw. So every part must ask for its lines in both.
 */
#ifndef PROBETOP_PAGE_H
#define PROBETOP_PAGE_H

#include "pen.h"
#include "ui_priv.h"

#define PAGE_LABEL_COLS 10

struct page {
	struct canvas *c;
	int y, room;	      /* the area */
	int lines;	      /* the same; 0 while lines are counted */
	int top, at;	      /* first line shown; next line */
	bool replay;	      /* nothing that was not asked for then can be had now */
	int cursor, cursor_to; /* lines of the selected thread, its stack included; -1: none */
};

/* The next line, with its label at the left; false where it is out of sight. */
bool page_line(struct page *pg, const char *label, struct pen *ret_pen);

/* page_threads.c: the threads, most active first, and the stack of one of them */
void page_threads_draw(struct page *pg, struct ui *ui, const struct snapshot *s, const struct proc_row *row);

#endif
