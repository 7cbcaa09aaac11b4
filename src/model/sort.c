/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heapsort, with a first look whether there is anything to do: processes often come in order. */
#include "sort.h"

#include <stdbool.h>

static bool is_sorted(const void **a, uint32_t nr, int (*compare)(const void *, const void *))
{
	for (uint32_t i = 1; i < nr; i++)
		if (compare(a[i - 1], a[i]) > 0)
			return false;
	return true;
}

static void sink(const void **a, uint32_t at, uint32_t nr,
		 int (*compare)(const void *, const void *))
{
	const void *x = a[at];
	uint32_t child;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr && compare(a[child], a[child + 1]) < 0)
			child++;
		if (compare(x, a[child]) >= 0)
			break;
		a[at] = a[child];
		at = child;
	}
	a[at] = x;
}

void sort_pointers(const void **a, uint32_t nr, int (*compare)(const void *x, const void *y))
{
	const void *top;

	if (is_sorted(a, nr, compare))
		return;
	for (uint32_t i = nr / 2; i-- > 0;)
		sink(a, i, nr, compare);
	for (uint32_t end = nr; end-- > 1;) {
		top = a[0];
		a[0] = a[end];
		a[end] = top;
		sink(a, 0, end, compare);
	}
}
