/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record check: it reads nothing beyond what it was given, and what it lets through holds
 * to the promises that models build on. The bytes are walked as a stream, as dispatch does.
 */
#include <stdlib.h>
#include <string.h>

#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_promises(const struct ev_hdr *ev)
{
	require(strcmp(record_name(ev), "unknown") != 0);
	require(ev->size >= sizeof(*ev) && ev->size <= EV_SIZE_MAX);
	if (ev->pane != PANE_CORE)
		return;
	if (ev->kind == CORE_TASK || ev->kind == CORE_EXIT) {
		require(((const struct task_rec *)ev)->wclass < WAIT_NR);
	} else if (ev->kind == CORE_HIST) {
		const struct hist_rec *r = (const void *)ev;

		for (unsigned i = 0; i < r->nr; i++)
			require(i < HIST_REC_SLOTS && r->first + i < HIST_SLOTS);
	} else if (ev->kind == CORE_CMD) {
		const struct cmd_rec *r = (const void *)ev;

		require(offsetof(struct cmd_rec, text) + r->args_len + r->exe_len <= ev->size);
	} else if (ev->kind == CORE_ALERT) {
		require(strlen(((const struct alert_rec *)ev)->text) < 240);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at < size) {
		/* a copy of just the bytes that are there: reading beyond them is a report */
		struct ev_hdr *ev = malloc(size - at);

		require(ev != NULL);
		memcpy(ev, data + at, size - at);
		if (record_check(ev, size - at) != 0) {
			free(ev);
			break;
		}
		check_promises(ev);
		at += ev->size;
		free(ev);
	}
	return 0;
}
