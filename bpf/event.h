/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record header and the constants that both sides of the stream share.
 *
 * Every record, whether it comes from the ring buffer, from a pass over the tasks, from
 * /proc or from a recording, starts with struct ev_hdr. All integers are little endian in a
 * recording; in memory they are native. Included unchanged by BPF programs and by user space.
 */
#ifndef PROBETOP_EVENT_H
#define PROBETOP_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Pane ids on the wire. PANE_CORE carries what belongs to no single pane. */
enum pane_id {
	PANE_CORE = 0,
	PANE_CPU = 1,
	PANE_MEM = 2,
	PANE_FS = 3,
	PANE_DISK = 4,
	PANE_NET = 5,
	PANE_NR = 6,
};

struct ev_hdr {
	__u64 ts_ns; /* CLOCK_MONOTONIC */
	__u16 size;  /* bytes of the whole record, this header included */
	__u8 pane;   /* enum pane_id */
	__u8 kind;   /* enum core_kind, cpu_kind, ...; meaning depends on pane */
	__u16 cpu;   /* the CPU on which it was made; EV_CPU_ANY where that means nothing */
	__u16 seq;   /* counts up per CPU for ring records; 0 elsewhere */
};
_Static_assert(sizeof(struct ev_hdr) == 16, "record header is 16 bytes");

#define EV_CPU_ANY 0xffff
#define EV_SIZE_MAX 8192 /* no record is larger */

/*
 * Histograms: slot i counts values in [2^(i+6), 2^(i+7)) ns; slot 0 also takes everything
 * below 128 ns, slot 39 everything from 2^45 ns (9.8 h) up.
 */
#define HIST_SLOTS 40
#define HIST_SHIFT 6

#endif
