/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls as the kernel side sums them, in hash maps that are filled only while somebody
 * asks (DEMAND_CALLS) and read after each pass. Included unchanged by both sides.
 */
#ifndef PROBETOP_CALLS_H
#define PROBETOP_CALLS_H

#include "cpu.h"

#define CALLS_MAX     16384 /* calls of processes at one time */
#define CALL_ERRS_MAX 8192  /* the same by errno */
#define CALLS_REST    2048  /* calls, by number alone, of processes that found no room */

struct call_key {
	__u32 tgid; /* 0 with start_ns 0: found no room */
	__u16 nr;
	__u16 flags; /* CALL_F_COMPAT, CALL_F_X32 */
	__u64 start_ns;
};

struct call_sum {
	__u64 count;
	__u64 ns;
	__u64 errors;
	__u64 max_ns[2]; /* of the passes in max_pass: the reader never writes here */
	__u32 max_pass[2];
	__u32 slots[HIST_SLOTS];
	__u32 pass; /* settings of calls_pass when it was touched last */
	__u32 reserved;
};

struct call_err_key {
	struct call_key call;
	__u32 error;
	__u32 reserved;
};

struct call_err_sum {
	__u64 count;
	__u32 pass;
	__u32 reserved;
};

/* A call that a thread is in. */
struct call_mark {
	__u64 entered_ns; /* 0: none */
	__u32 round;	  /* of which attachment: what was under way before tells nothing */
	__u16 nr;
	__u8 flags;
	__u8 tracked; /* where the running task cannot be had (5.10): it is of the counted tree */
};

#endif
