/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of what a probe can be. */
#ifndef PROBETOP_PROBES_H
#define PROBETOP_PROBES_H

#include "snapshot.h"

const char *probe_rung_name(unsigned rung);
const char *probe_state_name(unsigned state);
/* Adds up a probe's counters over its CPUs. Returns false where the snapshot has none. */
bool probe_loss_sum(const struct snapshot *s, unsigned probe, struct loss_rec *ret);

#endif
