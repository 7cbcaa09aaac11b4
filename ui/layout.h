/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which line of the screen holds what, by its height. */
#ifndef PROBETOP_LAYOUT_H
#define PROBETOP_LAYOUT_H

#include <stdbool.h>

/* Row numbers; -1 where the part is not shown. `message` is where prompts and the status stand. */
struct layout {
	int header, header_lines;
	int alert, tabs, views; /* tabs == views: both on one line */
	int heading, data, data_lines;
	int detail, detail_lines, keys, message, last;
};

struct layout_wish {
	bool header, alert, keys, heading, detail;
};

/*
 * >= 20 rows everything; 12-19 header one line, tabs and views on one line, no key line; 8-11 no
 * header; 5-7 heading, data, last line; below that what there is room for. The last line is
 * never dropped.
 */
struct layout layout_make(int rows, struct layout_wish wish);

#endif
