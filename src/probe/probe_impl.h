/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the kernel source: its state, and the steps of probe.c that live in other files. */
#ifndef PROBETOP_PROBE_IMPL_H
#define PROBETOP_PROBE_IMPL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "calls.h"
#include "disk_stages.h"
#include "disk_state.h"
#include "fs_pages.h"
#include "fs_state.h"
#include "probe.h"
#include "record.h"
#include "state.h"

struct btf;
struct probetop; /* the skeleton */

/* What a probe is for: the table in table.c, indexed by enum probe_id. */
struct probe_desc {
	enum pane_id pane;
	enum pane_id also; /* a second pane that it serves; 0: none */
	const char *name;
	const char *hook;
	const char *figures;
	const char *mend; /* what would bring it back */
	uint32_t demand;  /* enum demand: attached only while one of these is asked for; 0: always */
	uint32_t also_demand; /* the same where only the second pane is loaded */
	uint8_t stands_in_for; /* enum probe_id: always attached where that has no program; 0: for none */
	bool optional;	  /* of what only older kernels do: none is missing where it is absent */
};
extern const struct probe_desc probe_descs[PROBE_NR];

/* One BPF program: a way to serve a probe. The best way comes first. */
struct probe_program {
	enum probe_id probe;
	const char *name;
	const char *begin; /* a second program, at the function's beginning; NULL: none */
	const char *hook; /* tracepoint, or function (RUNG_FENTRY), whose arguments are counted in BTF; NULL: none */
	unsigned args;
	const char *kfunc; /* kernel function it cannot do without; NULL: none */
	enum probe_rung rung;
};
extern const struct probe_program probe_programs[];
extern const unsigned probe_programs_nr;
#define PROBE_PROGRAMS_MAX 160

enum program_state {
	PROGRAM_UNFIT,	 /* the kernel lacks the hook or the function, or the rung is barred */
	PROGRAM_FIT,	 /* may be tried */
	PROGRAM_REFUSED, /* the kernel refused to load or attach it */
};

struct program {
	enum program_state state;
	bool chosen; /* load it */
	struct bpf_program *prog, *begin;
	struct bpf_link *link, *begin_link;
	char reason[160];
};

struct kernel_source {
	struct source base;
	struct probe_opts opts;
	struct probetop *skel;
	struct program programs[PROBE_PROGRAMS_MAX];
	bool off[PROBE_NR]; /* turned off by the user */
	uint32_t demand;    /* enum demand: asked for now */
	uint32_t fs_kinds;  /* bits of enum fs_event: asked for with DEMAND_FSLOG */

	unsigned cpus;		  /* possible CPUs: entries of blocks */
	struct cpu_block *blocks; /* mapped from the kernel */
	struct pass_area *area;	  /* mapped from the kernel; NULL without the syscall program */
	struct pair_area *pairs;  /* mapped from the kernel */
	unsigned irq_slots;	  /* hard interrupts that have room on one CPU */
	struct irqs *irqs;	  /* what was published of interrupts; NULL: nothing can be */
	struct calls *calls;	  /* to read system calls with; NULL while nobody asks */
	struct stages *stages;	  /* the same of steps of block I/O */
	uint32_t rqf_flush_seq;	  /* a bit of request.rq_flags; 0: not in BTF (up to 6.11) */
	struct disks *disks;	  /* to read sums of block I/O with */
	struct pages *pages; /* to read sums of the page cache with; NULL while nobody asks */
	struct fsums *fsums;  /* to read sums of files with */
	bool has_vfs;		  /* the VFS's functions tell reads and writes: system calls need not be attached */
	bool has_cast;		  /* bpf_rdonly_cast: descriptors lead to files, so system calls tell of which */
	bool storage;		  /* task storage, else the LRU hash */

	struct ring_buffer *ring;
	uint64_t (*received)[PROBE_NR]; /* by CPU */
	uint64_t (*settled)[PROBE_NR];	/* submitted before the last record was drained */
	bool is_settled;		/* for one report */
	int budget;
	record_fn fn;
	void *fn_ctx;

	struct bpf_link *iter; /* of the descriptor's program */
	int run_fd;	       /* the syscall program, or -1 */
	int flood_fd;	       /* or -1 */
	bool first;	       /* no pass has been made */
	uint32_t pass_tasks;
	uint64_t pass_ns, pass_max_ns, pass_sum_ns, passes;
	uint64_t run_ns_per_task_x16; /* smoothed; tells when a pass may keep its CPU */
	uint64_t maps_bytes;
	char *buffer; /* of the descriptor */
};

uint64_t mono_ns(void);
/* Tells the programs by which hooks files are counted now, and which single operations are told. */
void files_settle(struct kernel_source *k);

/* variant.c: finds by BTF which programs can fit this kernel. */
int variant_choose(struct kernel_source *k, struct err *e);
/* Its pane is loaded, or it serves all of them. */
bool probe_is_loaded(const struct kernel_source *k, unsigned probe);
/* Chooses the best program that is left for each probe. Returns whether a pass is left. */
bool variant_pick(struct kernel_source *k);

/* load.c: opens and loads, switching off what the kernel refuses. */
int load_open(struct kernel_source *k, struct err *e);

/* attach.c */
int attach_all(struct kernel_source *k);
int attach_probe(struct kernel_source *k, unsigned probe);
/* Its demand (enum demand); 0 where it is always attached. */
uint32_t probe_wants(struct kernel_source *k, unsigned probe);
/*
 * It has no program here and nothing is missing: its pane is not loaded, another probe stands in, or
 * this kernel does not do what it tells.
 */
bool probe_is_needless(struct kernel_source *k, unsigned probe);
void detach_probe(struct kernel_source *k, unsigned probe);
struct program *probe_program(struct kernel_source *k, unsigned probe);

/* vfs.c: functions of the VFS in place of system calls, where the kernel lets programs be attached to functions */
/* Asks the kernel by a program that does nothing: of a refused one all programs would be loaded again. */
bool vfs_is_allowed(const struct btf *btf, char *reason, size_t size);
/* Bars them where some are missing without which the rest would tell a part only. */
void vfs_settle(struct kernel_source *k);
/* Attaches them; sets has_vfs where reads and writes are told. Returns how many probes are on. */
int vfs_attach(struct kernel_source *k);
bool probe_is_vfs(unsigned probe);
/* Bits of enum fs_op: of which operations they tell. */
uint32_t vfs_ops(struct kernel_source *k);
/* After a pass, while DEMAND_CACHES asks: look-ups of names. */
void lookups_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx);

/* ring.c */
int ring_open(struct kernel_source *k, struct err *e);
int ring_drain(struct kernel_source *k, int budget, record_fn fn, void *ctx);

/* cpus.c: after a pass, when the epoch of the maxima has changed */
void cpus_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx);

/* irqs.c: after a pass, as cpus_emit() */
unsigned irqs_slots(unsigned cpus);
int irqs_open(struct kernel_source *k, struct err *e);
void irqs_close(struct kernel_source *k);
void irqs_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* calls.c: system calls, from the moment when they are asked for; after a pass */
void calls_begin(struct kernel_source *k);
/* `pid` is the root of the counted tree: beside pass_track(), where tasks are known by pid. */
void calls_track(struct kernel_source *k, uint32_t pid);
void calls_close(struct kernel_source *k);
void calls_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* disks.c: block I/O, after a pass */
int disks_open(struct kernel_source *k, struct err *e);
void disks_close(struct kernel_source *k);
void disks_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* disk_stages.c: steps of block I/O, from the moment when they are asked for; after a pass */
void stages_begin(struct kernel_source *k);
void stages_close(struct kernel_source *k);
void stages_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* fsums.c: operations on files, after a pass */
int fsums_open(struct kernel_source *k, struct err *e);
void fsums_close(struct kernel_source *k);
/* The hooks of system calls come on: marks that were left when they went off tell nothing. */
void fsums_begin(struct kernel_source *k);
void fsums_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* fs_pages.c: the page cache, from the moment when it is asked for; after a pass */
void pages_demand(struct kernel_source *k, uint32_t demand);
void pages_close(struct kernel_source *k);
void pages_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/* pairs.c: after a pass */
void pairs_emit(struct kernel_source *k, uint64_t now_ns, bool key_frame, record_fn fn, void *ctx);

/* pass.c */
struct pass_ctl *pass_control(struct kernel_source *k);
#define PASS_BUFFER_BYTES (64 * 1024)
int pass_open(struct kernel_source *k, struct err *e);
int pass_take(struct kernel_source *k, uint32_t flags, record_fn fn, void *ctx);
/* A pass that publishes nothing: marks `tgid` as the root of the counted tree. */
int pass_track(struct kernel_source *k, uint32_t tgid);
/* A pass that publishes nothing: forgets switches seen before a gap in the probes. */
int pass_reset(struct kernel_source *k);

#endif
