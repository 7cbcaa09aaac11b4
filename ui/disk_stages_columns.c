/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Disk / stages in its four modes. */
#include <stddef.h>

#include "disk_stages_view.h"
#include "view_disk.h"

#define ROW(member)  offsetof(struct stage_row, member)
#define REQ(member)  offsetof(struct stage_request, member)
#define STEP(member) offsetof(struct stage_step_row, member)

/* The state of a step's counts; the columns hold functions, so there is one for each letter. */
#define STATUS(letter) \
	static const struct fig_status *status_##letter(const struct snapshot *s) \
	{ \
		return s->disk_stages ? &s->disk_stages->stage_status[STAGE_##letter] : NULL; \
	}
STATUS(Q) STATUS(G) STATUS(M) STATUS(F) STATUS(P) STATUS(U) STATUS(T) STATUS(I) STATUS(D) STATUS(R) STATUS(C)
STATUS(X) STATUS(A) STATUS(B) STATUS(S)

static const struct fig_status *time_status(const struct snapshot *s)
{
	return s->disk_stages ? &s->disk_stages->time_status : NULL;
}

/* clang-format off */
const struct stage_words stage_words[STAGE_NR] = {
	[STAGE_Q] = { "Q", "queued",        "a bio, a piece of I/O, is handed to the block layer" },
	[STAGE_G] = { "G", "got request",   "it gets a request of its own: a free tag of the device" },
	[STAGE_M] = { "M", "merged",        "it joins the end of a request that waits, and is done with that" },
	[STAGE_F] = { "F", "front-merged",  "it joins the front of a request that waits, and is done with that" },
	[STAGE_P] = { "P", "plugged",       "the thread keeps it, to hand several over together" },
	[STAGE_U] = { "U", "unplugged",     "the thread hands over what it kept" },
	[STAGE_T] = { "T", "unplugged (T)", "what the thread kept is handed over because the thread goes to sleep" },
	[STAGE_I] = { "I", "inserted",      "it is put into the I/O scheduler's queue" },
	[STAGE_D] = { "D", "issued",        "it is given to the driver: from here on the device has it" },
	[STAGE_R] = { "R", "requeued",      "the driver gave it back: it will be issued again" },
	[STAGE_C] = { "C", "completed",     "the device is done with it" },
	[STAGE_X] = { "X", "split",         "it was larger than the device takes at once: cut in two" },
	[STAGE_A] = { "A", "remapped",      "from a partition, or a device above, to the disk below" },
	[STAGE_B] = { "B", "bounced",       "copied to memory that the device can reach" },
	[STAGE_S] = { "S", "slept",         "its thread slept because there was no free request" },
};

#define COUNT(letter, key_, width_, weight_, help_) \
	{ .key = key_ "_per_s", .alias = #letter, .title = #letter "/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = width_, \
	  .weight = weight_, .off = ROW(count[STAGE_##letter]), .status = status_##letter, .help = help_ }
#define COUNTS \
	COUNT(Q, "queued", 5, 100, "queued: bios (pieces of I/O) handed to the block layer"), \
	COUNT(G, "allocated", 5, 92, "got a request: bios for which a request was made; the others were merged"), \
	COUNT(M, "merged", 5, 91, "merged: bios that joined the end of a request, and requests that joined another"), \
	COUNT(I, "inserted", 5, 93, "inserted into the I/O scheduler's queue. None with the scheduler none, or where a request " \
	      "passes it by"), \
	COUNT(D, "issued", 5, 98, "issued: given to the driver of the device"), \
	COUNT(C, "completed", 5, 99, "completed. One that completes in parts, or has to flush the device's cache, counts more than once"), \
	COUNT(P, "plugged", 5, 60, "plugged: a thread began to collect requests, to hand them over together"), \
	COUNT(U, "unplugged", 5, 59, "unplugged: it handed them over"), \
	COUNT(T, "timer_unplugged", 5, 40, "the same because the thread went to sleep (blktrace: by a timer)"), \
	COUNT(F, "front_merged", 5, 45, "merged at the front of a request"), \
	COUNT(R, "requeued", 5, 55, "requeued: the driver gave it back, to be issued again"), \
	COUNT(X, "split", 5, 50, "split: larger than the device takes at once (queue/max_sectors_kb), cut in two"), \
	COUNT(A, "remapped", 5, 52, "remapped: from a partition, or a device above it, to this disk"), \
	COUNT(B, "bounced", 5, 10, "bounced: copied to memory that the device can reach; newer kernels do that no more"), \
	COUNT(S, "slept", 5, 9, "a thread slept because no request was free; only Linux 5.10 tells")

#define SPAN(key_, title_, span, weight_, flags_, help_) \
	{ .key = key_ "_avg_ns", .alias = key_, .title = title_, .unit = UNIT_NS, .width = 6, .weight = weight_, .flags = flags_, \
	  .off = ROW(avg_ns[span]), .status = time_status, .help = help_ }
#define SPAN_P99(key_, title_, span, weight_, flags_, help_) \
	{ .key = key_ "_p99_ns", .title = title_, .unit = UNIT_NS, .width = 7, .weight = weight_, .flags = flags_, \
	  .off = ROW(p99_ns[span]), .status = time_status, .help = help_ }

#define COL_DEVICE \
	{ .key = "device", .alias = "dev", .title = "DEVICE", .unit = UNIT_TEXT, .width = 9, .flags = COL_LEFT, \
	  .help = "the whole disk, whatever the partition, as blktrace has it" }

const struct column disk_stage_columns[] = {
	COL_DEVICE,
	COUNTS,
	SPAN("q2c", "Q2C", SPAN_Q2C, 97, 0, "average time from queued to completed, of the requests that were followed from their first step to "
	     "their last: all of what is traced, a few a second where nothing is"),
	SPAN("q2d", "Q2D", SPAN_Q2D, 30, COL_NO_SCREEN, "average time from queued to issued: everything before the device"),
	SPAN("q2g", "Q2G", SPAN_Q2G, 47, 0, "average time until it got a request: waits for a free tag, limits of a cgroup"),
	SPAN("g2i", "G2I", SPAN_G2I, 46, 0, "average time from there until it was inserted into the scheduler's queue: in a plug"),
	SPAN("i2d", "I2D", SPAN_I2D, 57, 0, "average time in the scheduler's queue, until it was issued (the last time)"),
	SPAN("g2d", "G2D", SPAN_G2D, 48, 0, "average time from getting a request to its issue, of those that passed the scheduler by"),
	SPAN("d2c", "D2C", SPAN_D2C, 95, 0, "average time in the device and its driver: issued to completed"),
	SPAN_P99("q2d", "Q2D p99", SPAN_Q2D, 20, COL_NO_SCREEN, "99 of 100 took less from queued to issued (to one bucket of a histogram)"),
	SPAN_P99("d2c", "D2C p99", SPAN_D2C, 44, 0, "99 of 100 took less from issued to completed (to one bucket)"),
	SPAN_P99("q2c", "Q2C p99", SPAN_Q2C, 58, 0, "99 of 100 took less in all (to one bucket of a histogram: a factor of two)"),
	{ .key = "followed", .title = "SEEN", .unit = UNIT_NONE, .width = 5, .weight = 43, .off = ROW(followed),
	  .help = "how many requests these times are of" },
	{ .key = NULL },
};

const struct column disk_stage_cpu_columns[] = {
	COL_DEVICE,
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .flags = COL_CUSTOM, .off = ROW(cpu), .help = "where the step happened" },
	COUNTS,
	{ .key = NULL },
};

const struct column disk_stage_request_columns[] = {
	{ .key = "ts_ns", .alias = "ts", .title = "QUEUED AT", .unit = UNIT_NS, .width = 12, .weight = 60,
	  .flags = COL_LEFT | COL_UP | COL_CUSTOM, .off = REQ(begun_ns),
	  .help = "its first step, by the wall clock; in files CLOCK_MONOTONIC" },
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 40, .off = REQ(pid), .help = "thread that queued it; of what is written back for the entered process a kernel thread" },
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 12, .weight = 35, .flags = COL_LEFT,
	  .help = "its name, 15 bytes" },
	{ .key = "device", .alias = "dev", .title = "DEVICE", .unit = UNIT_TEXT, .width = 8, .weight = 65, .flags = COL_LEFT,
	  .help = "the whole disk" },
	{ .key = "rwbs", .title = "RWBS", .unit = UNIT_TEXT, .width = 4, .weight = 75, .flags = COL_LEFT,
	  .help = DISK_RWBS_HELP },
	{ .key = "sector", .title = "SECTOR", .unit = UNIT_NONE, .width = 10, .weight = 30, .off = REQ(sector),
	  .help = "where on the disk it begins, in units of 512 bytes" },
	{ .key = "bytes", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 70, .off = REQ(bytes),
	  .help = "of the request, with what was merged into it" },
	{ .key = "took_ns", .alias = "took", .title = "TOOK", .unit = UNIT_NS, .width = 6, .weight = 90, .flags = COL_CUSTOM,
	  .off = REQ(took_ns), .help = "from its first step to its last; > where it is still under way" },
	{ .key = "steps", .title = "STEPS", .unit = UNIT_TEXT, .width = 40, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "each step with the time since the first; where there is little room without P, U, T, A: Q queued, G got a request, M merged, F merged at the front, P plugged, "
		  "U unplugged, T unplugged before a sleep, I inserted into the scheduler, D issued, R requeued, C completed, X split, "
		  "A remapped, B bounced, S slept for a request" },
	{ .key = "state", .title = "STATE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "completed, failed, merged, or under way" },
	{ .key = "tgid", .title = "TGID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = REQ(tgid), .help = "process of the thread, or the one for which it is written back" },
	{ .key = "q2g_ns", .title = "Q2G", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_Q2G]), .help = "queued until it got a request" },
	{ .key = "g2i_ns", .title = "G2I", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_G2I]), .help = "got a request until inserted" },
	{ .key = "i2d_ns", .title = "I2D", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_I2D]), .help = "inserted until issued" },
	{ .key = "q2d_ns", .title = "Q2D", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_Q2D]), .help = "queued until issued" },
	{ .key = "d2c_ns", .title = "D2C", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_D2C]), .help = "issued until completed" },
	{ .key = "q2c_ns", .title = "Q2C", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = REQ(span_ns[SPAN_Q2C]), .help = "queued until completed" },
	{ .key = NULL },
};

const struct column disk_stage_step_columns[] = {
	{ .key = "at_ns", .title = "AFTER", .unit = UNIT_NS, .width = 7, .off = STEP(at_ns), .flags = COL_UP,
	  .help = "time since the first step" },
	{ .key = "step_ns", .title = "STEP", .unit = UNIT_NS, .width = 7, .weight = 85, .off = STEP(step_ns),
	  .help = "time since the step before" },
	{ .key = "stage", .title = "S", .unit = UNIT_TEXT, .width = 1, .flags = COL_LEFT, .help = "letter of the step" },
	{ .key = "word", .title = "WHAT", .unit = UNIT_TEXT, .width = 13, .weight = 95, .flags = COL_LEFT, .help = "its name" },
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .weight = 80, .flags = COL_CUSTOM, .off = STEP(cpu), .help = "where it happened" },
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 70, .off = STEP(pid),
	  .help = "thread that ran then: that of a completion is any that the interrupt met" },
	{ .key = "comm", .title = "RAN", .unit = UNIT_TEXT, .width = 15, .weight = 75, .flags = COL_LEFT, .help = "its name" },
	{ .key = "sector", .title = "SECTOR", .unit = UNIT_NONE, .width = 10, .weight = 60, .off = STEP(sector), .help = "in units of 512 bytes" },
	{ .key = "bytes", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 65, .off = STEP(bytes), .help = "bytes" },
	{ .key = "rwbs", .title = "RWBS", .unit = UNIT_TEXT, .width = 4, .weight = 50, .flags = COL_LEFT, .help = "as in the list of requests" },
	{ .key = "means", .title = "MEANING", .unit = UNIT_TEXT, .width = 12, .weight = 40, .flags = COL_LEFT | COL_GROW,
	  .help = "the step in words" },
	{ .key = NULL },
};
/* clang-format on */
