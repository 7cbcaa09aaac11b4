// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel source promises beside figures: every program loads, both sides agree on
 * layouts, losses are counted exactly, a killed reader leaves nothing, a tree is counted alone.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "collect.h"
#include "cpu.h"
#include "fs_state.h"
#include "loads.h"
#include "state.h"

static const char *object_path;

static int silent(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

/* One program alone, with this kernel's kind of task state. */
static int load_alone(const char *name)
{
	struct bpf_object *object = bpf_object__open(object_path);
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);
	struct bpf_map *rodata = bpf_object__find_map_by_name(object, "probetop.rodata");
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = btf__type_by_id(btf, id);
	size_t bytes;
	char *data = (char *)bpf_map__initial_value(rodata, &bytes);
	int ret;

	/* has_storage: the plain variants that an old kernel needs load on a new one too. */
	for (int i = 0; i < btf_vlen(section); i++) {
		struct btf_var_secinfo *var = btf_var_secinfos(section) + i;

		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var->type)->name_off),
			    "has_storage"))
			data[var->offset] = 1;
	}
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "tasks_lru"), false);
	bpf_program__set_autoload(prog, true);
	ret = bpf_object__load(object);
	bpf_object__close(object);
	return ret;
}

/* How many arguments a tracepoint hands over here; negative where the kernel has none of that name. */
static int tracepoint_args(const struct btf *kernel, const char *hook)
{
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", hook);
	id = btf__find_by_name_kind(kernel, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return id;
	id = (int)btf__type_by_id(kernel, btf__type_by_id(kernel, id)->type)->type;
	return btf_vlen(btf__type_by_id(kernel, id)) - 1;
}

/* Whether it is for another kernel: on a tracepoint that is not here, or has fewer arguments here. */
static bool is_for_another(const struct btf *kernel, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog), *hook = strchr(section, '/');
	int wants, has;

	if (!hook || !strstr(section, "tp_btf/") || sscanf(bpf_program__name(prog) + strlen(hook + 1), "_%d", &wants) != 1)
		return false;
	has = tracepoint_args(kernel, hook + 1);
	return has < wants;
}

static bool is_on_function(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return strstr(section, "fentry/") || strstr(section, "fexit/");
}

/* Whether the kernel lets an empty program onto a function; some refuse all of them. */
static bool functions_are_allowed(const struct btf *kernel)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int function = btf__find_by_name_kind(kernel, "vfs_read", BTF_KIND_FUNC);
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = (__u32)function);
	int fd = function < 0 ? -1 : bpf_prog_load(BPF_PROG_TYPE_TRACING, "trial", "GPL", nothing, 2, &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void every_program_loads(void **state)
{
	struct bpf_object *object = bpf_object__open(object_path);
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *prog;
	unsigned nr = 0;
	bool functions;

	(void)state;
	assert_non_null(object);
	libbpf_set_print(silent);
	functions = functions_are_allowed(kernel);
	bpf_object__for_each_program(prog, object)
	{
		int ret;

		if (is_for_another(kernel, prog)) {
			print_message("# %s: for another kernel\n", bpf_program__name(prog));
			continue;
		}
		if (is_on_function(prog) && !functions) {
			print_message("# %s: no function may be traced here\n", bpf_program__name(prog));
			continue;
		}
		ret = load_alone(bpf_program__name(prog));
		print_message("# %s: %s\n", bpf_program__name(prog),
			      ret ? strerror(-ret) : "loads");
		assert_int_equal(ret, 0);
		nr++;
	}
	btf__free(kernel);
	bpf_object__close(object);
	assert_true(nr >= 10);
}

#define SIZE(type)                                                                                 \
	{                                                                                          \
#type, sizeof(struct type), NULL, 0                                                \
	}
#define FIELD(type, field)                                                                         \
	{                                                                                          \
#type, sizeof(struct type), #field, offsetof(struct type, field)                   \
	}

static const struct {
	const char *type;
	size_t bytes;
	const char *field;
	size_t offset;
} layouts[] = {
	FIELD(ev_hdr, seq),
	FIELD(task_rec, leader_start_ns),
	FIELD(task_rec, since_ns),
	FIELD(task_rec, comm),
	FIELD(proc_rec, dead_migrations),
	FIELD(wait_rec, units),
	FIELD(hist_rec, slots),
	FIELD(task_state, wclass),
	FIELD(task_state, units),
	FIELD(cpu_block, slots),
	FIELD(cpu_block, nr_running),
	FIELD(probe_stats, max_ns),
	FIELD(cpu_block, noted),
	FIELD(cpu_block, exemplar),
	FIELD(exemplar, wclass),
	FIELD(off_state, epoch),
	FIELD(pair_slot, pass),
	FIELD(pair_area, slot),
	FIELD(settings, self_tgid),
	FIELD(pass_ctl, passes),
	SIZE(pass_slot),
	SIZE(pass_area),
	SIZE(fs_file_key),
	SIZE(fs_file_sum),
	FIELD(fs_file_sum, io),
	SIZE(fs_op_key),
	SIZE(fs_op_sum),
	FIELD(fs_op_sum, io),
};

static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *type,
					    const char *name)
{
	const struct btf_member *m = btf_members(type);

	for (int i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), name))
			return &m[i];
	return NULL;
}

static void both_sides_agree_on_layouts(void **state)
{
	struct bpf_object *object = bpf_object__open(object_path);
	const struct btf *btf = bpf_object__btf(object);

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		int id = btf__find_by_name_kind(btf, layouts[i].type, BTF_KIND_STRUCT);
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_member *m;

		print_message("# struct %s\n", layouts[i].type);
		assert_true(id > 0);
		assert_int_equal(type->size, layouts[i].bytes);
		if (!layouts[i].field)
			continue;
		m = find_member(btf, type, layouts[i].field);
		assert_non_null(m);
		assert_int_equal(m->offset / 8, layouts[i].offset);
	}
	bpf_object__close(object);
}

static void a_flood_that_nobody_reads_is_counted_exactly(void **state)
{
	struct probe_opts opts = {.modules = 2, .ring_bytes = 64 * 1024, .flood = true};
	struct collect c;

	(void)state;
	assert_int_equal(collect_open(&c, &opts), 0);
	assert_int_equal(probe_flood(c.source, 100000), 0);
	collect_report(&c, PROBE_FLOOD);
	assert_int_equal(c.loss.seen, 100000);
	assert_int_equal(c.loss.seen, c.loss.submitted + c.loss.full);
	assert_true(c.loss.full > 0);
	assert_int_equal(c.loss.received, 0);
	assert_int_equal(collect_tick(&c, 0), 0);
	collect_report(&c, PROBE_FLOOD);
	assert_int_equal(c.loss.received, c.loss.submitted);
	assert_int_equal(c.kinds[0][CORE_FLOOD], c.loss.submitted);
	/* It goes on as if nothing had been. */
	assert_int_equal(probe_flood(c.source, 100), 0);
	collect_tick(&c, 0);
	collect_report(&c, PROBE_FLOOD);
	assert_int_equal(c.loss.seen, 100100);
	assert_int_equal(c.loss.received, c.loss.submitted);
	collect_report(&c, -1);
	assert_int_equal(c.loss.seen, c.loss.submitted + c.loss.full);
	assert_int_equal(c.bad, 0);
	collect_close(&c);
}

static void a_budget_bounds_a_drain(void **state)
{
	struct probe_opts opts = {.modules = 2, .flood = true};
	struct collect c;

	(void)state;
	assert_int_equal(collect_open(&c, &opts), 0);
	while (c.source->ops->drain(c.source, 1024, NULL, NULL) > 0)
		;
	assert_int_equal(probe_flood(c.source, 1000), 0);
	assert_int_equal(c.source->ops->drain(c.source, 100, NULL, NULL), 100);
	assert_int_equal(c.source->ops->drain(c.source, 0, NULL, NULL), 0);
	assert_true(c.source->ops->drain(c.source, 10000, NULL, NULL) >= 900);
	collect_report(&c, PROBE_FLOOD);
	assert_int_equal(c.loss.received, 1000);
	collect_close(&c);
}

/* Ids of the BPF things that a process holds open. */
struct held {
	char kind[8];
	unsigned id;
};

static unsigned list_held(pid_t pid, struct held *held, unsigned max)
{
	char path[64], line[128];
	struct dirent *d;
	unsigned nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		char file[384];
		FILE *f;

		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		f = fopen(file, "r");
		while (f && nr < max && fgets(line, sizeof(line), f))
			if (sscanf(line, "%7[a-z]_id: %u", held[nr].kind, &held[nr].id) == 2)
				nr++;
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return nr;
}

static bool is_alive(const struct held *h)
{
	int fd = !strcmp(h->kind, "prog")   ? bpf_prog_get_fd_by_id(h->id)
		 : !strcmp(h->kind, "map")  ? bpf_map_get_fd_by_id(h->id)
		 : !strcmp(h->kind, "link") ? bpf_link_get_fd_by_id(h->id)
					    : -ENOENT;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static unsigned count_alive(const struct held *held, unsigned nr)
{
	unsigned alive = 0;

	for (unsigned i = 0; i < nr; i++)
		alive += is_alive(&held[i]);
	return alive;
}

static void a_killed_reader_leaves_nothing(void **state)
{
	struct probe_opts opts = {.modules = 2};
	static struct held held[256];
	char byte = 0;
	int ready[2];
	unsigned nr;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork_load();
	if (!pid) {
		struct collect c;

		byte = collect_open(&c, &opts) ? 1 : 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	nr = list_held(pid, held, 256);
	print_message("# %u programs, maps and links held, %u alive\n", nr, count_alive(held, nr));
	assert_true(count_alive(held, nr) >= 15);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && count_alive(held, nr); i++)
		sleep_ms(10);
	assert_int_equal(count_alive(held, nr), 0);
}

static void only_the_tracked_tree_is_counted(void **state)
{
	struct probe_opts opts = {.modules = 2, .track = true};
	struct collect c;
	int go[2], stay[2];
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(go) | pipe(stay), 0);
	pid = fork_load();
	if (!pid) {
		pid_t child;

		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		child = fork_load();
		if (!child)
			execl("/bin/sleep", "sleep", "5", (char *)NULL);
		waitpid(child, NULL, 0);
		_exit(0);
	}
	assert_int_equal(collect_open(&c, &opts), 0);
	assert_int_equal(c.nr, 0);
	assert_int_equal(probe_track(c.source, pid), 0);
	assert_int_equal(probe_track(c.source, 0x7fffffff), -ESRCH);
	assert_int_equal(write(go[1], &byte, 1), 1);
	sleep_ms(300);
	collect_tick(&c, 0);
	print_message("# %u threads seen, %u exec\n", c.nr, c.kinds[0][CORE_EXEC]);
	assert_int_equal(c.nr, 2);
	assert_int_equal(c.kinds[0][CORE_EXEC], 1);
	assert_non_null(collect_find(&c, (uint32_t)pid));
	assert_true(collect_find(&c, (uint32_t)pid)->task.flags & TASK_F_TRACKED);
	for (unsigned i = 0; i < c.nr; i++)
		kill((pid_t)c.seen[i].pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sleep_ms(200); /* the other is not our child: nothing tells when it is gone */
	collect_tick(&c, 0);
	for (unsigned i = 0; i < c.nr; i++)
		assert_true(c.seen[i].exited);
	collect_close(&c);
}

static void a_probe_can_be_turned_off_and_on(void **state)
{
	struct probe_opts opts = {.modules = 2};
	struct collect c;
	uint64_t events;

	(void)state;
	assert_int_equal(collect_open(&c, &opts), 0);
	assert_int_equal(probe_switch(c.source, PROBE_SWITCH, false), 0);
	collect_report(&c, PROBE_SWITCH);
	events = c.loss.events;
	sleep_ms(50);
	collect_report(&c, PROBE_SWITCH);
	assert_int_equal(c.loss.events, events);
	assert_int_equal(probe_switch(c.source, PROBE_SWITCH, true), 0);
	sleep_ms(50);
	collect_report(&c, PROBE_SWITCH);
	assert_true(c.loss.events > events);
	assert_int_equal(probe_switch(c.source, PROBE_PASS, false), -EINVAL);
	assert_int_equal(probe_switch(c.source, 99, false), -EINVAL);
	collect_close(&c);
}

static void each_way_of_the_pass_gives_the_same_threads(void **state)
{
	static const uint32_t ways[] = {1u << RUNG_ITER, 1u << RUNG_ITER_FD};
	unsigned nr[2] = {0, 0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct probe_opts opts = {.modules = 2, .rungs = ways[i]};
		struct collect c;

		if (collect_open(&c, &opts)) {
			print_message("# way %d is not to be had here\n", i);
			skip();
		}
		nr[i] = c.nr;
		assert_int_equal(c.bad, 0);
		assert_non_null(collect_find(&c, (uint32_t)getpid()));
		collect_close(&c);
	}
	print_message("# %u and %u threads\n", nr[0], nr[1]);
	assert_in_range(nr[0], nr[1] * 9 / 10, nr[1] * 11 / 10 + 5);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_program_loads),
		cmocka_unit_test(both_sides_agree_on_layouts),
		cmocka_unit_test(a_flood_that_nobody_reads_is_counted_exactly),
		cmocka_unit_test(a_budget_bounds_a_drain),
		cmocka_unit_test(a_killed_reader_leaves_nothing),
		cmocka_unit_test(only_the_tracked_tree_is_counted),
		cmocka_unit_test(a_probe_can_be_turned_off_and_on),
		cmocka_unit_test(each_way_of_the_pass_gives_the_same_threads),
	};

	object_path = argc > 1 ? argv[1] : "probetop.bpf.o";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
