/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Filesystem / caches. In files the first row is that of the machine, which has the last ones. */
#include <stddef.h>

#include "fs_caches.h"

#define PROC(member)	(offsetof(struct cache_row, p) + offsetof(struct proc_row, member))
#define PAGES(member)	(offsetof(struct cache_row, pages) + offsetof(struct cache_pages, member))
#define MACHINE(member) (offsetof(struct cache_row, machine) + offsetof(struct cache_machine, member))

#define STATUS(which) \
	static const struct fig_status *which##_status(const struct snapshot *s) \
	{ \
		return s->fs_caches ? &s->fs_caches->which##_status : NULL; \
	}
STATUS(access)
STATUS(miss)
STATUS(dirty)
STATUS(fault)
STATUS(fault_add)
STATUS(ahead)
STATUS(lookup)
STATUS(stat)

/* clang-format off */
#define PAGES_RATE(key_, alias_, title_, width_, weight_, off_, status_, ...) \
	{ .key = key_ "_per_s", .alias = alias_, .title = title_, .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = width_, \
	  .weight = weight_, .off = PAGES(off_), .status = status_##_status, .help = __VA_ARGS__ },
#define ONLY(key_, unit_, fold_, off_, status_, ...) \
	{ .key = key_, .title = key_, .unit = unit_, .fold = fold_, .flags = COL_NO_SCREEN, .off = MACHINE(off_), \
	  .status = status_##_status, .help = "machine: " __VA_ARGS__ },
#define RATE(key_, off_, status_, ...) ONLY(key_ "_per_s", UNIT_COUNT, FOLD_RATE, off_, status_, __VA_ARGS__)

const struct column fs_cache_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = PROC(pid),
	  .help = "process id; [dead] for processes that have ended, summed by command. In files the first row has none: the machine" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .width = 7, .weight = 8, .flags = COL_CUSTOM, .off = PROC(ppid),
	  .help = "process id of the parent" },
	{ .key = "user", .title = "USER", .unit = UNIT_TEXT, .width = 8, .weight = 60, .flags = COL_LEFT,
	  .help = "user (real uid)" },
	PAGES_RATE("accesses", "acc", "ACCESS/s", 8, 90, accesses, access,
		"pages that reads touched, each once in a call, in the cache or not; what is mapped or read with O_DIRECT is not among them")
	PAGES_RATE("hits", "hits", "HIT/s", 6, 50, hits, access,
		"accesses less misses: pages that were in the cache already")
	PAGES_RATE("misses", "miss", "MISS/s", 6, 95, misses, miss,
		"pages added to the cache for a read, those that readahead brings in with it included, once. Without a hook that tells "
		"reads (before Linux 6.12) all pages of files that were added and then not written, by page faults, too")
	{ .key = "hit_pct", .alias = "hit", .title = "HIT%", .unit = UNIT_PCT, .width = 5, .weight = 94, .off = PAGES(hit_pct),
	  .status = access_status, .help = "hits in per cent of accesses; 0 where more came in than was asked for; - where nothing was read" },
	PAGES_RATE("dirties", "dirty", "DIRTY/s", 7, 80, dirties, dirty,
		"pages that were clean, or new, and were made dirty: by writes, and by what a filesystem changes for them")
	PAGES_RATE("adds", "add", "ADD/s", 6, 70, adds, miss,
		"pages added to the cache in all: misses, new pages of writes, page faults, blocks of directories and other metadata")
	PAGES_RATE("fault_adds", "fadd", "FADD/s", 6, 40, fault_adds, fault_add,
		"of these, pages that page faults on mapped files added, readahead included: what mmap misses")
	PAGES_RATE("faults", "fault", "FAULT/s", 7, 45, faults, fault,
		"page faults on mapped files that had to look for a page in the cache; those for pages around one are spared")
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "command line; name (program) where the two differ. (no room): processes for which the kernel's table had none" },
	{ .key = "comm", .title = "COMM", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "name of the process, 15 bytes; [machine]" },
	{ .key = "processes", .title = "PROCESSES", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = PROC(processes),
	  .help = "processes that the row folds; 1 for a live one" },
	{ .key = "uid", .title = "UID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = PROC(uid), .help = "real user id" },
	RATE("readahead_added", ahead_added, ahead, "pages added to the cache before a read or a fault came to them")
	RATE("readahead_used", ahead_used, ahead, "of such pages those that were read, mapped or written for the first time")
	RATE("readahead_dropped", ahead_dropped, ahead, "of such pages those that left the cache without a use: wasted")
	ONLY("readahead_used_pct", UNIT_PCT, FOLD_GAUGE, ahead_used_pct, ahead, "used in per cent of used and dropped")
	ONLY("readahead_age_p50_ns", UNIT_NS, FOLD_GAUGE, age_p50_ns, ahead, "age of such pages at their first use: half were younger")
	ONLY("readahead_age_p99_ns", UNIT_NS, FOLD_GAUGE, age_p99_ns, ahead, "age at the first use: 99 of 100 were younger")
	RATE("lookups", lookups, lookup, "names looked up in the dentry cache (REFS of dcstat)")
	RATE("slow_lookups", slow_lookups, lookup, "look-ups that the filesystem had to answer, or that took locks (SLOW of dcstat)")
	RATE("lookup_misses", lookup_misses, lookup, "slow look-ups of names that were not in the cache (MISS of dcstat)")
	ONLY("lookup_hit_pct", UNIT_PCT, FOLD_GAUGE, lookup_hit_pct, lookup, "look-ups without a miss in per cent of all")
	ONLY("inodes", UNIT_COUNT, FOLD_GAUGE, inodes, stat, "inodes in memory")
	ONLY("inodes_free", UNIT_COUNT, FOLD_GAUGE, inodes_free, stat, "of these, those that nobody uses")
	ONLY("dentries", UNIT_COUNT, FOLD_GAUGE, dentries, stat, "names in the dentry cache")
	ONLY("dentries_unused", UNIT_COUNT, FOLD_GAUGE, dentries_unused, stat, "of these, those that nobody uses")
	ONLY("dentries_negative", UNIT_COUNT, FOLD_GAUGE, dentries_negative, stat, "of the unused ones, names that do not exist")
	ONLY("files", UNIT_COUNT, FOLD_GAUGE, files, stat, "open files of all processes")
	ONLY("files_max", UNIT_COUNT, FOLD_GAUGE, files_max, stat, "how many there may be (fs.file-max)")
	ONLY("cached_bytes", UNIT_BYTES, FOLD_GAUGE, cached_bytes, stat, "page cache, without buffers")
	ONLY("buffers_bytes", UNIT_BYTES, FOLD_GAUGE, buffers_bytes, stat, "page cache of block devices: mostly metadata")
	ONLY("dirty_bytes", UNIT_BYTES, FOLD_GAUGE, dirty_bytes, stat, "waits to be written to its filesystem")
	ONLY("writeback_bytes", UNIT_BYTES, FOLD_GAUGE, writeback_bytes, stat, "is being written")
	ONLY("dirtied_bytes_per_s", UNIT_BYTES, FOLD_RATE, dirtied_bytes, stat, "pages made dirty, as the kernel counts them")
	ONLY("written_bytes_per_s", UNIT_BYTES, FOLD_RATE, written_bytes, stat, "pages written back, as the kernel counts them")
	{ .key = NULL },
};
/* clang-format on */
