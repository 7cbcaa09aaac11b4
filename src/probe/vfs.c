// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of the VFS as hooks for files, in place of all system calls. They cost what they tell,
 * and nothing of calls that touch no file; but not every kernel lets programs be attached to functions.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <linux/filter.h>

#include "core_user.h"
#include "probe_impl.h"
#include "probetop.skel.h"

#define TRIAL_FUNCTION "vfs_read"

/* Loads `return 0;` for a function. Returns 0 or a negative errno. */
static int trial_load(int function)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = (uint32_t)function);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "trial", "GPL", nothing,
			       sizeof(nothing) / sizeof(nothing[0]), &opts);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

bool vfs_is_allowed(const struct btf *btf, char *reason, size_t size)
{
	struct btf *own = btf ? NULL : btf__load_vmlinux_btf();
	int function = -ENOENT, ret;

	if (btf || own)
		function = btf__find_by_name_kind(btf ? btf : own, TRIAL_FUNCTION, BTF_KIND_FUNC);
	ret = function < 0 ? function : trial_load(function);
	btf__free(own);
	if (ret)
		snprintf(reason, size, "the kernel lets no program onto its functions (fentry: %s)",
			 strerror(-ret));
	return !ret;
}

bool probe_is_vfs(unsigned probe)
{
	return probe >= PROBE_VFS_READ && probe <= PROBE_VFS_SYNC;
}

static bool is_attached(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	return p && p->link;
}

uint32_t vfs_ops(struct kernel_source *k)
{
	return 1u << FS_OP_READ | 1u << FS_OP_WRITE |
	       (is_attached(k, PROBE_VFS_OPEN) ? 1u << FS_OP_OPEN | 1u << FS_OP_CREATE : 0) |
	       (is_attached(k, PROBE_VFS_SYNC) ? 1u << FS_OP_FSYNC : 0);
}

/* Reads and writes are told by all of these, or by system calls. */
static bool is_core(unsigned probe)
{
	return probe >= PROBE_VFS_READ && probe <= PROBE_VFS_WRITEV;
}

static bool has_fit(const struct kernel_source *k, unsigned probe)
{
	for (unsigned i = 0; i < probe_programs_nr; i++)
		if (probe_programs[i].probe == probe && k->programs[i].state == PROGRAM_FIT)
			return true;
	return false;
}

static void bar(struct kernel_source *k)
{
	for (unsigned i = 0; i < probe_programs_nr; i++) {
		struct program *p = &k->programs[i];

		if (!probe_is_vfs(probe_programs[i].probe) || p->state != PROGRAM_FIT)
			continue;
		if (p->chosen)
			detach_probe(k, probe_programs[i].probe);
		p->state = PROGRAM_UNFIT;
		snprintf(p->reason, sizeof(p->reason), "system calls tell: the functions of reads and writes cannot be had");
	}
}

void vfs_settle(struct kernel_source *k)
{
	for (unsigned probe = 0; probe < PROBE_NR; probe++)
		if (is_core(probe) && !has_fit(k, probe)) {
			bar(k);
			return;
		}
}

int vfs_attach(struct kernel_source *k)
{
	int on = 0;

	for (unsigned probe = 0; probe < PROBE_NR; probe++) {
		if (!probe_is_vfs(probe) || k->off[probe])
			continue;
		if (!attach_probe(k, probe)) {
			on++;
		} else if (is_core(probe)) {
			bar(k);
			return 0;
		}
	}
	if (!on)
		return 0;
	k->has_vfs = true;
	files_settle(k);
	return on;
}

void lookups_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx)
{
	static const enum probe_id hooks[] = { PROBE_LOOKUP_FAST, PROBE_LOOKUP_SLOW, PROBE_D_LOOKUP };
	struct fs_dcache_rec r = {0};

	if (!fn || !(k->demand & DEMAND_CACHES))
		return;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (!is_attached(k, hooks[i]))
			return; /* a part of them would be a wrong figure */
	for (unsigned cpu = 0; cpu < k->cpus; cpu++) {
		r.refs += k->blocks[cpu].lookups;
		r.slow += k->blocks[cpu].lookups_slow;
		r.misses += k->blocks[cpu].lookups_missed;
	}
	record_init(&r.h, now_ns, PANE_FS, FS_DCACHE, sizeof(r));
	fn(ctx, &r.h);
}
