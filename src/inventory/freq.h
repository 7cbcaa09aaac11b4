/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frequencies of CPUs, read while somebody asks for them. On some machines a reading asks the
 * other CPU, so a tick spends at most a millisecond on them and the next one goes on.
 */
#ifndef PROBETOP_FREQ_H
#define PROBETOP_FREQ_H

#include <stdint.h>

#include "source.h"

struct freqs;

/* Finds out which CPUs tell a frequency and keeps descriptors of the first 256. 0 or -ENOMEM. */
int freqs_new(const char *root, struct freqs **ret_freqs);
/* Closes them; accepts NULL. */
void freqs_free(struct freqs *f);
/* Emits CPU_FREQ records. Source: /sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq, in kHz. */
void freqs_tick(struct freqs *f, uint64_t now_ns, record_fn fn, void *ctx);

#endif
