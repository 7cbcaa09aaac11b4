// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the one object. libbpf gives up on all of it when one program is refused, so that
 * program is switched off by the name in libbpf's message and the rest is tried again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probe_impl.h"
#include "probetop.skel.h"

#define RING_BYTES (1u << 20)
#define WAKE_BYTES (64u * 1024)
#define SLOW_NS	   10000000u /* the threshold of runqslower */
#define DISK_SLOW_NS 10000000u
#define FS_SLOW_NS   10000000u /* the threshold of fileslower and its family */

/* What libbpf said during the load in progress; its print function has no context. */
static struct {
	bool debug;
	char program[64]; /* the refused one */
	char why[128];	  /* the last line of the verifier that says something */
} load_log;

/* Keeps the verifier's last complaint: the line before its statistics. */
static void log_keep(const char *text)
{
	const char *end = strstr(text, "\nprocessed ");
	const char *line;

	if (!end || end == text)
		return;
	for (line = end; line > text && line[-1] != '\n'; line--)
		;
	snprintf(load_log.why, sizeof(load_log.why), "%.*s", (int)(end - line), line);
}

/* The end of a long text: a verifier's log runs to megabytes. */
static const char *log_tail(const char *text, size_t bytes)
{
	size_t len = strlen(text);

	return len > bytes ? text + len - bytes : text;
}

static bool is_named(const struct probe_program *desc, const char *name)
{
	return !strcmp(name, desc->name) || (desc->begin && !strcmp(name, desc->begin));
}

/* libbpf speaks of functions that programs share as well: none of those can be switched off. */
static bool is_program(const char *name)
{
	for (unsigned i = 0; i < probe_programs_nr; i++)
		if (is_named(&probe_programs[i], name))
			return true;
	return false;
}

__attribute__((format(printf, 2, 0))) static int log_print(enum libbpf_print_level level,
							   const char *format, va_list ap)
{
	char *text = NULL;
	char name[64];

	if (level == LIBBPF_DEBUG && !load_log.debug)
		return 0;
	if (vasprintf(&text, format, ap) < 0)
		return 0;
	if (level == LIBBPF_WARN && !load_log.program[0] &&
	    sscanf(text, "libbpf: prog '%63[^']': ", name) == 1 && is_program(name))
		snprintf(load_log.program, sizeof(load_log.program), "%s", name);
	if (level == LIBBPF_WARN)
		log_keep(text);
	if (load_log.debug)
		log_line("%s", log_tail(text, 2000));
	free(text);
	return 0;
}

static uint32_t ring_bytes(const struct kernel_source *k)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	uint32_t bytes = k->opts.ring_bytes ? k->opts.ring_bytes : RING_BYTES;

	while (bytes & (bytes - 1))
		bytes += bytes & -bytes; /* up to the next power of two */
	return bytes < page ? page : bytes;
}

/* Room in the LRU hash: twice the threads there are now, it evicts well before it is full. */
static uint32_t lru_entries(void)
{
	unsigned threads = 0;
	uint32_t entries;
	FILE *f = fopen("/proc/loadavg", "re");

	if (f && fscanf(f, "%*s %*s %*s %*u/%u", &threads) != 1)
		threads = 0;
	if (f)
		fclose(f);
	entries = 2 * threads + 4096;
	return entries > 65536 ? 65536 : entries;
}

static void settle_disk(struct kernel_source *k)
{
	struct probetop *skel = k->skel;
	struct program *start = probe_program(k, PROBE_IO_START);

	skel->bss->settings.disk_slow_ns = DISK_SLOW_NS;
	skel->rodata->has_io_start = start && start->chosen;
	if (k->rqf_flush_seq)
		skel->rodata->rqf_flush_seq = k->rqf_flush_seq;
	bpf_map__set_autocreate(skel->maps.disk_bios, !skel->rodata->has_io_start);
	if (getrandom(&skel->rodata->disk_seed, sizeof(skel->rodata->disk_seed), GRND_NONBLOCK) < 0)
		skel->rodata->disk_seed = (struct disk_seed){mono_ns(), (uint64_t)getpid() * mono_ns()};
}

static void settle_pages(struct kernel_source *k)
{
	struct probetop *skel = k->skel;
	struct program *read = probe_program(k, PROBE_PAGE_READ);

	skel->rodata->has_page_reads = read && read->chosen;
	skel->rodata->page_shift = (uint32_t)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	bpf_map__set_autocreate(skel->maps.page_marks, k->storage);
	bpf_map__set_autocreate(skel->maps.page_marks_lru, !k->storage);
	if (!k->storage)
		bpf_map__set_max_entries(skel->maps.page_marks_lru, lru_entries());
}

/* Two variants of a function's end may share what is at its beginning. Nothing is loaded unless it is set here. */
static void settle_programs(struct kernel_source *k)
{
	for (unsigned i = 0; i < probe_programs_nr; i++) {
		const struct probe_program *desc = &probe_programs[i];
		struct program *p = &k->programs[i];

		p->prog = bpf_object__find_program_by_name(k->skel->obj, desc->name);
		p->begin = desc->begin ? bpf_object__find_program_by_name(k->skel->obj, desc->begin) : NULL;
		if (p->chosen)
			bpf_program__set_autoload(p->prog, true);
		if (p->chosen && p->begin)
			bpf_program__set_autoload(p->begin, true);
	}
}

/* Marks of threads in functions of the VFS: not made where no program uses them. */
static void settle_vfs(struct kernel_source *k)
{
	struct program *p = probe_program(k, PROBE_VFS_READ);
	bool used = p && p->chosen; /* then all are, see vfs_settle() */

	bpf_map__set_autocreate(k->skel->maps.vfs_marks, used && k->storage);
	bpf_map__set_autocreate(k->skel->maps.vfs_marks_lru, used && !k->storage);
	if (used && !k->storage)
		bpf_map__set_max_entries(k->skel->maps.vfs_marks_lru, lru_entries());
}

static void settle(struct kernel_source *k)
{
	struct probetop *skel = k->skel;
	uint32_t bytes = ring_bytes(k);

	skel->bss->settings.slow_ns = SLOW_NS;
	skel->bss->settings.fs_slow_ns = FS_SLOW_NS;
	skel->bss->settings.fs_kinds = FS_EV_ALWAYS;
	skel->bss->settings.fs_by_calls = FS_OP_ALL; /* until the VFS's functions are attached */
	skel->bss->settings.self_tgid = (uint32_t)getpid();
	skel->rodata->modules = k->opts.modules | 1u << PANE_CORE;
	skel->rodata->track = k->opts.track;
	skel->rodata->has_storage = k->storage;
	skel->rodata->wake_bytes = bytes / 4 < WAKE_BYTES ? bytes / 4 : WAKE_BYTES;
	bpf_map__set_max_entries(skel->maps.ring, bytes);
	bpf_map__set_max_entries(skel->maps.cpus, k->cpus);
	k->irq_slots = irqs_slots(k->cpus);
	skel->rodata->irq_slots = k->irq_slots;
	bpf_map__set_max_entries(skel->maps.irqs, k->cpus * k->irq_slots);
	bpf_map__set_autocreate(skel->maps.tasks, k->storage);
	bpf_map__set_autocreate(skel->maps.offs, k->storage);
	bpf_map__set_autocreate(skel->maps.tasks_lru, !k->storage);
	settle_disk(k);
	settle_vfs(k);
	settle_pages(k);
	bpf_map__set_autocreate(skel->maps.call_marks, k->storage);
	bpf_map__set_autocreate(skel->maps.call_marks_lru, !k->storage);
	bpf_map__set_autocreate(skel->maps.fs_marks, k->storage);
	bpf_map__set_autocreate(skel->maps.fs_marks_lru, !k->storage);
	if (!k->storage) {
		bpf_map__set_max_entries(skel->maps.tasks_lru, lru_entries());
		bpf_map__set_max_entries(skel->maps.call_marks_lru, lru_entries());
		bpf_map__set_max_entries(skel->maps.fs_marks_lru, lru_entries());
	}
	settle_programs(k);
}

/* One try. Returns 0, or a negative errno with load_log telling which program was refused. */
static int load_try(struct kernel_source *k)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = k->opts.btf_path);
	int ret;

	load_log.program[0] = load_log.why[0] = 0;
	k->skel = probetop__open_opts(&opts);
	if (!k->skel)
		return -errno;
	settle(k);
	ret = probetop__load(k->skel);
	if (!ret)
		return 0;
	probetop__destroy(k->skel);
	k->skel = NULL;
	return ret;
}

/* Notes the refusal. Returns whether there is something else to try. */
static bool load_refused(struct kernel_source *k, int ret)
{
	for (unsigned i = 0; i < probe_programs_nr; i++) {
		struct program *p = &k->programs[i];

		if (!p->chosen || !is_named(&probe_programs[i], load_log.program))
			continue;
		p->state = PROGRAM_REFUSED;
		snprintf(p->reason, sizeof(p->reason), "refused at load (%s)%s%.90s",
			 strerror(-ret), load_log.why[0] ? ": " : "", load_log.why);
		return variant_pick(k);
	}
	return false;
}

static int load_failed(int ret, struct err *e)
{
	/* The verifier's refusal of a program is EACCES too, but it comes with words. */
	if (ret == -EPERM || (ret == -EACCES && !load_log.why[0]))
		return err_set(e, -EPERM,
			       "BPF: not permitted. Run as root, or give the program "
			       "CAP_BPF and CAP_PERFMON; --no-bpf shows what /proc gives.");
	if (ret == -ENOMEM)
		return err_set(e, -ENOMEM,
			       "BPF: no memory for programs and maps. Raise the memory "
			       "limit of this cgroup, or use --ring-size or --no-bpf.");
	return err_set(e, -ENOTSUP,
		       "BPF: the kernel takes no program for the process table: %s%s%s%s%s. "
		       "--no-bpf shows what /proc gives.",
		       load_log.program, load_log.program[0] ? ": " : "", strerror(-ret),
		       load_log.why[0] ? ": " : "", load_log.why);
}

/* The object lies in the program's own file: its pages are read once, here, and need not stay in memory. */
static void forget_object(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
	uintptr_t from = (uintptr_t)probetop__elf_bytes(&size), to = from + size;

	from = (from + page - 1) / page * page;
	to = to / page * page;
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

int load_open(struct kernel_source *k, struct err *e)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int ret;

	/* Needed below 5.11 only; without the right to raise it, the load may still do. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	load_log.debug = k->opts.debug;
	libbpf_set_print(log_print);
	ret = variant_choose(k, e);
	if (ret)
		return ret;
	if (!variant_pick(k))
		return load_failed(-ENOTSUP, e);
	do
		ret = load_try(k);
	while (ret && load_refused(k, ret));
	forget_object();
	return ret ? load_failed(ret, e) : 0;
}
