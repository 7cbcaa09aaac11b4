/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single durations out of histograms' slots, as a snapshot holds them. */
#ifndef PROBETOP_SNAP_EXEMPLARS_H
#define PROBETOP_SNAP_EXEMPLARS_H

#include "table.h"

#define EXEMPLARS_KEPT 8

struct exemplars_snap {
	const struct table *sets; /* of struct exemplar_set */
};

#endif
