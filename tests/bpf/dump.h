/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of probe_dump. */
#ifndef PROBETOP_TEST_DUMP_H
#define PROBETOP_TEST_DUMP_H

#include "record.h"

void dump_disk(const struct ev_hdr *ev);

#endif
