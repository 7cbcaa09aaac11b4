// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses programs by asking BTF, never by the kernel's version: distributions carry changes
 * back. The type btf_trace_NAME tells how many arguments a tracepoint hands over.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>

#include "probe_impl.h"

/* Returns how many arguments the tracepoint has, or a negative errno. */
static int tracepoint_args(const struct btf *btf, const char *hook)
{
	const struct btf_type *type;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", hook);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type); /* pointer */
	if (!type || !btf_is_ptr(type))
		return -ENOENT;
	type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type))
		return -ENOENT;
	return btf_vlen(type) - 1; /* the first is the tracepoint's own data */
}

/* The same of a function of the kernel. */
static int function_args(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	return id < 0 ? -ENOENT : btf_vlen(btf__type_by_id(btf, btf__type_by_id(btf, id)->type));
}

static bool fits(struct program *p, const struct probe_program *want, const struct btf *btf)
{
	bool function = want->rung == RUNG_FENTRY;
	const char *what = function ? "function" : "tracepoint";
	int args = !want->hook ? 0 : function ? function_args(btf, want->hook) : tracepoint_args(btf, want->hook);

	if (args < 0)
		snprintf(p->reason, sizeof(p->reason), "the kernel has no %s %s", what, want->hook);
	else if (want->hook && (unsigned)args != want->args)
		snprintf(p->reason, sizeof(p->reason), "the %s %s has %d arguments here", what, want->hook, args);
	else if (want->kfunc && btf__find_by_name_kind(btf, want->kfunc, BTF_KIND_FUNC) < 0)
		snprintf(p->reason, sizeof(p->reason), "the kernel has no %s", want->kfunc);
	else
		return true;
	return false;
}

/* Task storage for tracing programs came with 5.12; the helper was there one release before. */
static bool has_storage(const struct btf *btf)
{
	const struct btf_type *type;
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_enum *values;

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, id);
	values = btf_enum(type);
	for (int i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, values[i].name_off),
			    "BPF_FUNC_task_storage_get"))
			return true;
	return false;
}

/* The bit of request.rq_flags that has this name: in an enum, which 6.12 gives no name; or 0. */
static uint32_t request_flag(const struct btf *btf, const char *name)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_enum *values = btf_enum(type);

		if (!btf_is_enum(type) || !btf_vlen(type) ||
		    strncmp(btf__name_by_offset(btf, values[0].name_off), "__RQF_", 6))
			continue;
		for (int i = 0; i < btf_vlen(type); i++)
			if (!strcmp(btf__name_by_offset(btf, values[i].name_off), name))
				return 1u << values[i].val;
	}
	return 0;
}

bool probe_is_loaded(const struct kernel_source *k, unsigned probe)
{
	uint32_t loaded = k->opts.modules | 1u << PANE_CORE;

	/* A thread's last word comes from its last switch. */
	return probe == PROBE_SWITCH || loaded & 1u << probe_descs[probe].pane ||
	       (probe_descs[probe].also && loaded & 1u << probe_descs[probe].also);
}

/* Those that may be used. The process table is asked of no rung but the iterators: unnamed they are meant too. */
static uint32_t rungs_allowed(const struct kernel_source *k)
{
	uint32_t iterators = 1u << RUNG_ITER | 1u << RUNG_ITER_FD;

	if (!k->opts.rungs)
		return ~0u;
	return k->opts.rungs & iterators ? k->opts.rungs : k->opts.rungs | iterators;
}

static bool is_barred(struct program *p, uint32_t rungs, enum probe_rung rung, const char *refused)
{
	if (!(rungs & 1u << rung))
		snprintf(p->reason, sizeof(p->reason), "the rung is barred by --rung");
	else if (rung == RUNG_FENTRY && refused[0])
		snprintf(p->reason, sizeof(p->reason), "%s", refused);
	else
		return false;
	return true;
}

int variant_choose(struct kernel_source *k, struct err *e)
{
	uint32_t rungs = rungs_allowed(k);
	char refused[128] = "";
	struct btf *btf;

	btf = k->opts.btf_path ? btf__parse(k->opts.btf_path, NULL) : btf__load_vmlinux_btf();
	if (!btf)
		return err_set(e, -ENOTSUP,
			       "BPF: the kernel has no type information (BTF): %s. "
			       "Use a kernel with CONFIG_DEBUG_INFO_BTF, --btf=FILE or --no-bpf.",
			       strerror(errno));
	k->storage = has_storage(btf);
	k->has_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) >= 0;
	k->rqf_flush_seq = request_flag(btf, "__RQF_FLUSH_SEQ");
	if (rungs & 1u << RUNG_FENTRY && k->opts.modules & 1u << PANE_FS)
		vfs_is_allowed(k->opts.btf_path ? NULL : btf, refused, sizeof(refused));
	for (unsigned i = 0; i < probe_programs_nr; i++) {
		struct program *p = &k->programs[i];

		if (probe_programs[i].probe == PROBE_FLOOD && !k->opts.flood)
			snprintf(p->reason, sizeof(p->reason), "for tests only");
		else if (!probe_is_loaded(k, probe_programs[i].probe))
			snprintf(p->reason, sizeof(p->reason), "its pane is not loaded (--modules)");
		else if (!is_barred(p, rungs, probe_programs[i].rung, refused) &&
			 fits(p, &probe_programs[i], btf))
			p->state = PROGRAM_FIT;
	}
	btf__free(btf);
	return 0;
}

bool variant_pick(struct kernel_source *k)
{
	bool served[PROBE_NR][RUNG_NR] = {{false}};
	bool pass = false;

	vfs_settle(k);
	for (unsigned i = 0; i < probe_programs_nr; i++) {
		enum probe_id probe = probe_programs[i].probe;
		bool *done = &served[probe][probe_programs[i].rung];
		struct program *p = &k->programs[i];

		/* Both ways of the pass are of use; of one way's variants only the best. */
		p->chosen = p->state == PROGRAM_FIT && !*done;
		*done |= p->chosen;
		pass |= p->chosen && probe == PROBE_PASS;
	}
	return pass;
}
