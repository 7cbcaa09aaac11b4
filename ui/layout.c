/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four layouts. Parts are taken from the top and the bottom; the data get what is left. */
#include "layout.h"

struct layout layout_make(int rows, struct layout_wish wish)
{
	struct layout l = { .header = -1, .alert = -1, .tabs = -1, .views = -1, .heading = -1,
			    .data = -1,	  .detail = -1, .keys = -1, .message = -1, .last = rows - 1 };
	int top = 0, bottom = rows - 1;

	if (rows >= 12 && wish.header) {
		l.header = top;
		l.header_lines = rows >= 20 ? 4 : 1;
		top += l.header_lines;
	}
	if (wish.alert && rows >= 8)
		l.alert = top++;
	if (rows >= 8) {
		l.tabs = top++;
		l.views = rows >= 20 ? top++ : l.tabs;
	}
	if (rows >= 3 && wish.heading)
		l.heading = top++;
	if (rows >= 20 && wish.keys)
		l.keys = --bottom;
	if (rows >= 12 && wish.detail) {
		l.detail_lines = rows >= 24 ? 3 : rows >= 20 ? 2 : 1;
		l.detail = bottom -= l.detail_lines;
	}
	l.data_lines = bottom > top ? bottom - top : 0;
	if (l.data_lines)
		l.data = top;
	l.message = l.keys >= 0 ? l.keys : rows >= 2 ? rows - 2 : rows - 1;
	return l;
}
