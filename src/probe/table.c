// SPDX-License-Identifier: GPL-2.0-or-later
/* The probes and the programs that can serve them, as data. */
#include "probe_impl.h"

#include "hooks.gen.h"

#define MEND_VFS "Else system calls tell, from Linux 6.2 on."

/* clang-format off */
const struct probe_desc probe_descs[PROBE_NR] = {
	[PROBE_SWITCH] = {
		.pane = PANE_CPU, .name = "switch", .hook = "sched_switch",
		.figures = "run-queue latency, on-CPU time per dispatch, wait classes, exits",
		.mend = "A kernel with BTF and sched_switch as a BTF tracepoint (5.10 or later).",
	},
	[PROBE_FORK] = {
		.pane = PANE_CORE, .name = "fork", .hook = "sched_process_fork",
		.figures = "forks; state of new tasks from their first switch",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_EXEC] = {
		.pane = PANE_CORE, .name = "exec", .hook = "sched_process_exec",
		.figures = "execs; names of processes shorter than a tick",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_EXIT] = {
		.pane = PANE_CORE, .name = "exit", .hook = "sched_process_exit",
		.figures = "exits; run-queue wait and migrations of dead threads",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_FREE] = {
		.pane = PANE_CORE, .name = "free", .hook = "sched_process_free",
		.figures = "end of zombies",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_MIGRATE] = {
		.pane = PANE_CPU, .name = "migrate", .hook = "sched_migrate_task",
		.figures = "migrations into and out of each CPU",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_IRQ_ENTRY] = {
		.pane = PANE_CPU, .name = "irq-entry", .hook = "irq_handler_entry",
		.figures = "hard interrupts: calls of handlers",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_IRQ_EXIT] = {
		.pane = PANE_CPU, .name = "irq-exit", .hook = "irq_handler_exit",
		.figures = "hard interrupts: time in handlers",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_SOFTIRQ_ENTRY] = {
		.pane = PANE_CPU, .name = "softirq-entry", .hook = "softirq_entry",
		.figures = "soft interrupts: calls of vectors",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_SOFTIRQ_EXIT] = {
		.pane = PANE_CPU, .name = "softirq-exit", .hook = "softirq_exit",
		.figures = "soft interrupts: time in vectors",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_WAKING] = {
		.pane = PANE_CPU, .name = "waking", .hook = "sched_waking",
		.figures = "who wakes the process on its page",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_WAKERS,
	},
	[PROBE_TIMER_ENTRY] = {
		.pane = PANE_CPU, .name = "timer-entry", .hook = "hrtimer_expire_entry",
		.figures = "wake-ups by timers: told from those of the process they interrupt",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_WAKERS,
	},
	[PROBE_TIMER_EXIT] = {
		.pane = PANE_CPU, .name = "timer-exit", .hook = "hrtimer_expire_exit",
		.figures = "wake-ups by timers: where they end",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_WAKERS,
	},
	[PROBE_SYS_ENTER] = {
		.pane = PANE_CPU, .also = PANE_FS, .name = "sys-enter", .hook = "sys_enter",
		.figures = "system calls, operations on files: when they began",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_CALLS | DEMAND_FSOPS,
	},
	[PROBE_SYS_EXIT] = {
		.pane = PANE_CPU, .also = PANE_FS, .name = "sys-exit", .hook = "sys_exit",
		.figures = "system calls, operations on files: count, time, errors",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_CALLS | DEMAND_FSOPS,
	},
	[PROBE_IO_START] = {
		.pane = PANE_DISK, .name = "io-start", .hook = "block_io_start",
		.figures = "block I/O: who started a request and when; queue time",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_IO_GETRQ] = {
		.pane = PANE_DISK, .name = "io-getrq", .hook = "block_getrq",
		.figures = "the same before Linux 6.5; requests got (G)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
		.stands_in_for = PROBE_IO_START,
	},
	[PROBE_IO_ISSUE] = {
		.pane = PANE_DISK, .name = "io-issue", .hook = "block_rq_issue",
		.figures = "block I/O: end of the queue time",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_IO_COMPLETE] = {
		.pane = PANE_DISK, .name = "io-complete", .hook = "block_rq_complete",
		.figures = "block I/O: requests, bytes, service time, errors",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_IO_REQUEUE] = {
		.pane = PANE_DISK, .name = "io-requeue", .hook = "block_rq_requeue",
		.figures = "block I/O: requeues",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_DIRTY] = {
		.pane = PANE_DISK, .also = PANE_FS, .name = "dirty", .hook = "writeback_dirty_folio",
		.figures = "who is charged for writeback; page cache: pages made dirty",
		.mend = "A kernel with BTF (5.10 or later).", .also_demand = DEMAND_PAGES | DEMAND_CACHES,
	},
	[PROBE_BIO_QUEUE] = {
		.pane = PANE_DISK, .name = "bio-queue", .hook = "block_bio_queue",
		.figures = "steps of requests: queued (Q)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_BACKMERGE] = {
		.pane = PANE_DISK, .name = "bio-backmerge", .hook = "block_bio_backmerge",
		.figures = "steps of requests: merged (M)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_FRONTMERGE] = {
		.pane = PANE_DISK, .name = "bio-frontmerge", .hook = "block_bio_frontmerge",
		.figures = "steps of requests: merged at the front (F)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_RQ_MERGE] = {
		.pane = PANE_DISK, .name = "rq-merge", .hook = "block_rq_merge",
		.figures = "requests that become part of another; steps of requests: merged (M)",
		.mend = "A kernel with BTF (5.10 or later).",
	},
	[PROBE_RQ_INSERT] = {
		.pane = PANE_DISK, .name = "rq-insert", .hook = "block_rq_insert",
		.figures = "steps of requests: inserted into the scheduler (I)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_PLUG] = {
		.pane = PANE_DISK, .name = "plug", .hook = "block_plug",
		.figures = "steps of requests: plugged (P)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_UNPLUG] = {
		.pane = PANE_DISK, .name = "unplug", .hook = "block_unplug",
		.figures = "steps of requests: unplugged (U, T)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_SPLIT] = {
		.pane = PANE_DISK, .name = "bio-split", .hook = "block_split",
		.figures = "steps of requests: split (X)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_REMAP] = {
		.pane = PANE_DISK, .name = "bio-remap", .hook = "block_bio_remap",
		.figures = "steps of requests: remapped (A)",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_COMPLETE] = {
		.pane = PANE_DISK, .name = "bio-complete", .hook = "block_bio_complete",
		.figures = "steps of requests: completed (C) by a device without requests",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_STAGES,
	},
	[PROBE_BIO_BOUNCE] = {
		.pane = PANE_DISK, .name = "bio-bounce", .hook = "block_bio_bounce",
		.figures = "steps of requests: copied to memory that a device reaches (B)",
		.mend = "Nothing is lost: only older kernels do that.", .demand = DEMAND_STAGES, .optional = true,
	},
	[PROBE_BIO_SLEEP] = {
		.pane = PANE_DISK, .name = "bio-sleep", .hook = "block_sleeprq",
		.figures = "steps of requests: slept for want of a request (S)",
		.mend = "Nothing is lost: only Linux 5.10 tells.", .demand = DEMAND_STAGES, .optional = true,
	},
	[PROBE_VFS_READ] = {
		.pane = PANE_FS, .name = "vfs-read", .hook = "vfs_read",
		.figures = "reads of files: read, pread",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_WRITE] = {
		.pane = PANE_FS, .name = "vfs-write", .hook = "vfs_write",
		.figures = "writes of files: write, pwrite",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_READV] = {
		.pane = PANE_FS, .name = "vfs-readv", .hook = "vfs_readv",
		.figures = "reads of files: readv, preadv",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_WRITEV] = {
		.pane = PANE_FS, .name = "vfs-writev", .hook = "vfs_writev",
		.figures = "writes of files: writev, pwritev",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_SENDFILE] = {
		.pane = PANE_FS, .name = "vfs-sendfile", .hook = "do_sendfile",
		.figures = "reads and writes of files: sendfile",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_SPLICE] = {
		.pane = PANE_FS, .name = "vfs-splice", .hook = "do_splice",
		.figures = "reads and writes of files: splice",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_COPY] = {
		.pane = PANE_FS, .name = "vfs-copy", .hook = "vfs_copy_file_range",
		.figures = "reads and writes of files: copy_file_range",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_OPEN] = {
		.pane = PANE_FS, .name = "vfs-open", .hook = "do_sys_openat2",
		.figures = "opens of files",
		.mend = MEND_VFS,
	},
	[PROBE_VFS_SYNC] = {
		.pane = PANE_FS, .name = "vfs-sync", .hook = "do_fsync",
		.figures = "fsync and fdatasync of files",
		.mend = "System calls tell them while operations, latency or events are open.",
	},
	[PROBE_URING_SUBMIT] = {
		.pane = PANE_FS, .name = "uring-submit", .hook = "io_uring_submit_req",
		.figures = "operations on files by io_uring: when they began",
		.mend = "Linux 6.12 or later: without it they are not counted.", .optional = true,
	},
	[PROBE_URING_DONE] = {
		.pane = PANE_FS, .name = "uring-done", .hook = "io_uring_complete",
		.figures = "operations on files by io_uring: count, time, errors",
		.mend = "Linux 6.12 or later: without it they are not counted.", .optional = true,
	},
	[PROBE_UNLINK] = {
		.pane = PANE_FS, .name = "unlink", .hook = "ext4_unlink_enter",
		.figures = "which file an unlink on ext4 takes: its age; names and events of files",
		.mend = "Elsewhere deleted files are found by name.", .optional = true,
	},
	[PROBE_LOOKUP_FAST] = {
		.pane = PANE_FS, .name = "lookup-fast", .hook = "lookup_fast",
		.figures = "dentry cache: names looked up",
		.mend = "A kernel that allows fentry.",
		.demand = DEMAND_CACHES,
	},
	[PROBE_LOOKUP_SLOW] = {
		.pane = PANE_FS, .name = "lookup-slow", .hook = "__lookup_slow",
		.figures = "dentry cache: names asked of the filesystem",
		.mend = "A kernel that allows fentry.",
		.demand = DEMAND_CACHES,
	},
	[PROBE_D_LOOKUP] = {
		.pane = PANE_FS, .name = "d-lookup", .hook = "d_lookup",
		.figures = "dentry cache: slow look-ups and their misses",
		.mend = "A kernel that allows fentry.",
		.demand = DEMAND_CACHES,
	},
	[PROBE_PAGE_ADD] = {
		.pane = PANE_FS, .name = "page-add", .hook = "mm_filemap_add_to_page_cache",
		.figures = "page cache: misses, pages added",
		.mend = "A kernel with BTF (5.10 or later).", .demand = DEMAND_PAGES | DEMAND_CACHES,
	},
	[PROBE_PAGE_DELETE] = {
		.pane = PANE_FS, .name = "page-delete", .hook = "mm_filemap_delete_from_page_cache",
		.figures = "readahead: pages that left the cache without a use",
		.mend = "A kernel with bpf_rdonly_cast (6.2 or later).", .demand = DEMAND_CACHES,
	},
	[PROBE_PAGE_READ] = {
		.pane = PANE_FS, .name = "page-read", .hook = "mm_filemap_get_pages",
		.figures = "page cache: accesses and hit ratio; readahead",
		.mend = "Linux 6.12 or later.", .demand = DEMAND_PAGES | DEMAND_CACHES,
	},
	[PROBE_PAGE_FAULT] = {
		.pane = PANE_FS, .name = "page-fault", .hook = "mm_filemap_fault",
		.figures = "page cache: faults on mapped files",
		.mend = "Linux 6.12 or later.", .demand = DEMAND_PAGES | DEMAND_CACHES,
	},
	[PROBE_PAGE_MAP] = {
		.pane = PANE_FS, .name = "page-map", .hook = "mm_filemap_map_pages",
		.figures = "readahead: pages used by being mapped",
		.mend = "Linux 6.12 or later.", .demand = DEMAND_CACHES,
	},
	[PROBE_PASS] = {
		.pane = PANE_CORE, .name = "pass", .hook = "task iterator",
		.figures = "the process table: times, faults, memory, state",
		.mend = "A kernel with BPF iterators (5.10 or later), or --no-bpf.",
	},
	[PROBE_FLOOD] = {
		.pane = PANE_CORE, .name = "flood", .hook = "syscall program",
		.figures = "none: ring load for tests",
		.mend = "Kernel 5.14 or later.",
	},
};

#define ROW(id, program, tracepoint, count, needs_cast) \
	{ .probe = id, .name = program, .hook = tracepoint, .args = count, .rung = RUNG_TP_BTF, \
	  .kfunc = needs_cast ? "bpf_rdonly_cast" : NULL },

#define FUNCTION_ROW(id, program, first, function, count, needs_cast) \
	{ .probe = id, .name = program, .begin = sizeof(first) > 1 ? first : NULL, .hook = function, .args = count, \
	  .rung = RUNG_FENTRY, .kfunc = needs_cast ? "bpf_rdonly_cast" : NULL },

const struct probe_program probe_programs[] = {
	HOOK_PROGRAMS(ROW)
	FUNCTION_PROGRAMS(FUNCTION_ROW)
	{ .probe = PROBE_PASS, .name = "pass_run", .rung = RUNG_ITER,
	  .kfunc = "bpf_iter_task_new" },
	{ .probe = PROBE_PASS, .name = "pass_fd", .rung = RUNG_ITER_FD,
	  .kfunc = "bpf_rdonly_cast" },
	{ .probe = PROBE_PASS, .name = "pass_fd_plain", .rung = RUNG_ITER_FD },
	{ .probe = PROBE_FLOOD, .name = "flood", .rung = RUNG_ITER },
};
/* clang-format on */
const unsigned probe_programs_nr = sizeof(probe_programs) / sizeof(probe_programs[0]);
_Static_assert(sizeof(probe_programs) / sizeof(probe_programs[0]) <= PROBE_PROGRAMS_MAX,
	       "room for all programs");
