/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's own figures: files under /proc that are kept open and read again with one
 * pread each. All of them are made in one piece by the kernel, so a short read is their end.
 */
#include "inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "parse.h"
#include "record.h"

/* Room for the CPU lines of /proc/stat, about 130 bytes each; untouched pages cost nothing. */
#define BUFFER_BYTES (1 << 20)

enum kept { KEPT_STAT, KEPT_MEMINFO, KEPT_LOADAVG, KEPT_PSI, KEPT_NR = KEPT_PSI + PSI_NR };

static const char *const kept_paths[KEPT_NR] = {
	[KEPT_STAT] = "/proc/stat",
	[KEPT_MEMINFO] = "/proc/meminfo",
	[KEPT_LOADAVG] = "/proc/loadavg",
	[KEPT_PSI + PSI_CPU] = "/proc/pressure/cpu",
	[KEPT_PSI + PSI_MEM] = "/proc/pressure/memory",
	[KEPT_PSI + PSI_IO] = "/proc/pressure/io",
};

struct inventory {
	char *root, *buffer;
	uint64_t tick_ns;
	int fds[KEPT_NR];
};

int inventory_new(const char *root, struct inventory **ret_inv)
{
	struct inventory *inv = calloc(1, sizeof(*inv));

	*ret_inv = NULL;
	if (!inv)
		return -ENOMEM;
	for (int i = 0; i < KEPT_NR; i++)
		inv->fds[i] = -1;
	inv->root = strdup(root);
	inv->buffer = malloc(BUFFER_BYTES);
	if (!inv->root || !inv->buffer) {
		inventory_free(inv);
		return -ENOMEM;
	}
	inv->tick_ns = files_tick_ns();
	for (int i = 0; i < KEPT_NR; i++)
		inv->fds[i] = files_open(root, kept_paths[i], O_RDONLY);
	*ret_inv = inv;
	return 0;
}

void inventory_free(struct inventory *inv)
{
	if (!inv)
		return;
	for (int i = 0; i < KEPT_NR; i++)
		if (inv->fds[i] >= 0)
			close(inv->fds[i]);
	free(inv->root);
	free(inv->buffer);
	free(inv);
}

static struct text read_kept(struct inventory *inv, int which)
{
	return files_text(inv->fds[which], inv->buffer, BUFFER_BYTES);
}

/* The CPUs of a list under /sys: their number, or with `end` the highest plus one. */
static uint32_t host_cpus(struct inventory *inv, const char *path, bool end, int sysconf_name)
{
	int fd = files_open(inv->root, path, O_RDONLY);
	struct text list = files_text(fd, inv->buffer, BUFFER_BYTES);
	uint32_t list_end, nr = parse_cpu_list(list, &list_end);

	if (fd >= 0)
		close(fd);
	if (nr)
		return end ? list_end : nr;
	if (inv->root[0] || sysconf(sysconf_name) <= 0)
		return REC_UNKNOWN32;
	return (uint32_t)sysconf(sysconf_name);
}

static int32_t zone_offset_s(void)
{
	time_t now = time(NULL);
	struct tm tm = { 0 };

	localtime_r(&now, &tm);
	return (int32_t)tm.tm_gmtoff;
}

void inventory_host(struct inventory *inv, uint64_t now_ns, uint32_t flags, record_fn fn, void *ctx)
{
	struct host_rec r = { 0 };
	struct utsname u = { 0 };

	uname(&u);
	record_init(&r.h, now_ns, PANE_CORE, CORE_HOST, sizeof(r));
	snprintf(r.host, sizeof(r.host), "%.*s", (int)sizeof(r.host) - 1, u.nodename);
	snprintf(r.release, sizeof(r.release), "%.*s", (int)sizeof(r.release) - 1, u.release);
	snprintf(r.machine, sizeof(r.machine), "%.*s", (int)sizeof(r.machine) - 1, u.machine);
	r.cpus_online =
		host_cpus(inv, "/sys/devices/system/cpu/online", false, _SC_NPROCESSORS_ONLN);
	r.cpus_possible =
		host_cpus(inv, "/sys/devices/system/cpu/possible", true, _SC_NPROCESSORS_CONF);
	r.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
	r.flags = flags;
	r.self_tgid = (uint32_t)getpid();
	r.tz_offset_s = (uint32_t)zone_offset_s();
	fn(ctx, &r.h);
}

static void emit_mem(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct mem_rec r;

	record_init(&r.h, now_ns, PANE_CORE, CORE_MEM, sizeof(r));
	parse_meminfo(read_kept(inv, KEPT_MEMINFO), &r);
	fn(ctx, &r.h);
}

static void emit_psi(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct psi_rec r;

	record_init(&r.h, now_ns, PANE_CORE, CORE_PSI, sizeof(r));
	for (int i = 0; i < PSI_NR; i++) {
		uint64_t some_us, full_us;

		parse_pressure(read_kept(inv, KEPT_PSI + i), &some_us, &full_us);
		r.some_us[i] = some_us;
		r.full_us[i] = full_us;
	}
	fn(ctx, &r.h);
}

static void emit_load(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct load_rec r = { 0 };

	record_init(&r.h, now_ns, PANE_CORE, CORE_LOAD, sizeof(r));
	parse_loadavg(read_kept(inv, KEPT_LOADAVG), r.load_centi);
	fn(ctx, &r.h);
}

static void emit_cpus(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct text t = read_kept(inv, KEPT_STAT), line;
	struct cpu_stat_rec r;

	if (t.end - t.at == BUFFER_BYTES) /* cut: the last line is not whole */
		while (t.end > t.at && t.end[-1] != '\n')
			t.end--;
	while (parse_line(&t, &line) && line.end - line.at > 3 && memcmp(line.at, "cpu", 3) == 0) {
		record_init(&r.h, now_ns, PANE_CPU, CPU_STAT, sizeof(r));
		if (parse_cpu_line(line, inv->tick_ns, &r))
			fn(ctx, &r.h);
	}
}

void inventory_tick(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx)
{
	emit_mem(inv, now_ns, fn, ctx);
	emit_psi(inv, now_ns, fn, ctx);
	emit_load(inv, now_ns, fn, ctx);
	emit_cpus(inv, now_ns, fn, ctx);
}
