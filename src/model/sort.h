/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorts an array of pointers in place: the C library's qsort may allocate. */
#ifndef PROBETOP_SORT_H
#define PROBETOP_SORT_H

#include <stdint.h>

void sort_pointers(const void **a, uint32_t nr, int (*compare)(const void *x, const void *y));

#endif
