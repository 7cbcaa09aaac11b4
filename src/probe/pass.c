// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a pass over all tasks, by the syscall program while that is short, else through the
 * iterator's descriptor, which yields between reads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "probe_impl.h"
#include "probetop.skel.h"

/* A syscall program keeps its CPU: no longer than this. */
#define RUN_MAX_NS 2000000ULL
/* A key pass by the syscall program publishes everything: only for so few tasks. */
#define RUN_KEY_TASKS 1000
/* Calls of the syscall program in one pass, when the slots are full. */
#define RUN_CALLS_MAX 64

struct pass_ctl *pass_control(struct kernel_source *k)
{
	return &k->skel->bss->pass_ctl;
}

int pass_open(struct kernel_source *k, struct err *e)
{
	struct program *run = NULL, *fd = NULL;

	for (unsigned i = 0; i < probe_programs_nr; i++) {
		if (probe_programs[i].probe != PROBE_PASS || !k->programs[i].chosen)
			continue;
		*(probe_programs[i].rung == RUNG_ITER ? &run : &fd) = &k->programs[i];
	}
	k->run_fd = run ? bpf_program__fd(run->prog) : -1;
	k->first = true;
	if (run) {
		k->area = mmap(NULL, sizeof(*k->area), PROT_READ, MAP_SHARED,
			       bpf_map__fd(k->skel->maps.pass_area), 0);
		if (k->area == MAP_FAILED) {
			k->area = NULL;
			k->run_fd = -1;
		}
	}
	k->iter = fd ? bpf_program__attach_iter(fd->prog, NULL) : NULL;
	k->buffer = malloc(PASS_BUFFER_BYTES);
	if (!k->buffer)
		return err_set(e, -ENOMEM, "BPF: no memory for a pass.");
	if (k->run_fd < 0 && !k->iter)
		return err_set(e, -ENOTSUP,
			       "BPF: the task iterator cannot be attached: %s. "
			       "--no-bpf shows what /proc gives.",
			       strerror(errno));
	return 0;
}

/* Hands over the records that a pass left in a row of slots. */
static void slots_emit(const struct pass_slot *slots, size_t nr, record_fn fn, void *ctx)
{
	for (size_t i = 0; fn && i < nr; i++)
		fn(ctx, &slots[i].h);
}

static int pass_by_fd(struct kernel_source *k, record_fn fn, void *ctx)
{
	int fd = bpf_iter_create(bpf_link__fd(k->iter));
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (;;) {
		n = read(fd, k->buffer, PASS_BUFFER_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			break;
		slots_emit((const struct pass_slot *)k->buffer, (size_t)n / PASS_SLOT_BYTES, fn,
			   ctx);
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

static int pass_by_run(struct kernel_source *k, record_fn fn, void *ctx)
{
	struct pass_ctl *ctl = pass_control(k);
	int ret;

	ctl->room = PASS_SLOTS;
	for (int i = 0; i < RUN_CALLS_MAX; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		ret = bpf_prog_test_run_opts(k->run_fd, &opts);
		if (ret || opts.retval)
			return ret ? ret : -EIO;
		slots_emit(k->area->slot, ctl->used, fn, ctx);
		if (!ctl->more)
			return 0;
	}
	return -EAGAIN;
}

/* The first pass creates the state of all tasks, a key pass publishes all: they are long. */
static bool may_keep_cpu(const struct kernel_source *k, uint32_t flags)
{
	if (k->run_fd < 0)
		return false;
	if (!k->iter)
		return true;
	if (k->first || ((flags & PASS_F_KEY) && k->pass_tasks > RUN_KEY_TASKS))
		return false;
	return k->run_ns_per_task_x16 / 16 * k->pass_tasks < RUN_MAX_NS;
}

/*
 * Smooths the cost of a task in a syscall pass, in CPU time: what others took from us in between
 * is no reason to change the way. A pass by descriptor forgets it, so that it is tried again.
 */
static void learn(struct kernel_source *k, bool kept, uint64_t cpu_ns, uint32_t tasks)
{
	uint64_t old = k->run_ns_per_task_x16;
	uint64_t new = tasks ? 16 * cpu_ns / tasks : old;

	if (!kept)
		new = old - old / 8;
	else if (old)
		new = (3 * old + (new < 2 * old ? new : 2 * old)) / 4;
	k->run_ns_per_task_x16 = new;
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int pass_walk(struct kernel_source *k, uint32_t flags, record_fn fn, void *ctx)
{
	bool keep = may_keep_cpu(k, flags);
	struct pass_ctl *ctl = pass_control(k);
	uint64_t from = mono_ns(), cpu_from = thread_cpu_ns();
	int ret;

	/* Without the switches nothing tells that a process ran. */
	if (!probe_program(k, PROBE_SWITCH) || !probe_program(k, PROBE_SWITCH)->link)
		flags |= PASS_F_ALL;
	ctl->flags = flags;
	ctl->nr = ctl->nr % STATE_PASS_MASK + 1;
	ctl->passes++;
	ctl->tasks = 0;
	ctl->epoch ^= 1;
	ret = keep ? pass_by_run(k, fn, ctx) : pass_by_fd(k, fn, ctx);
	if (ret)
		return ret;
	k->pass_ns = mono_ns() - from;
	k->pass_tasks = ctl->tasks;
	k->pass_sum_ns += k->pass_ns;
	k->passes++;
	if (k->pass_ns > k->pass_max_ns)
		k->pass_max_ns = k->pass_ns;
	learn(k, keep, thread_cpu_ns() - cpu_from, ctl->tasks);
	k->first = false;
	return 0;
}

int pass_take(struct kernel_source *k, uint32_t flags, record_fn fn, void *ctx)
{
	int ret = pass_walk(k, flags, fn, ctx);
	uint64_t now_ns = mono_ns();

	if (!ret && k->opts.modules & 1u << PANE_DISK)
		disks_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	if (!ret && k->opts.modules & 1u << PANE_FS)
		fsums_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	if (!ret && k->opts.modules & 1u << PANE_FS)
		lookups_emit(k, now_ns, fn, ctx);
	if (!ret)
		pages_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	if (!ret && k->opts.modules & 1u << PANE_DISK)
		stages_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	if (ret || !(k->opts.modules & 1u << PANE_CPU))
		return ret;
	cpus_emit(k, now_ns, fn, ctx);
	pairs_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	calls_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	irqs_emit(k, now_ns, flags & PASS_F_KEY, fn, ctx);
	return 0;
}

/* A pass beside the row of passes: the counters of those stay as they are. */
static int pass_aside(struct kernel_source *k, uint32_t flags)
{
	pass_control(k)->flags = flags;
	pass_control(k)->tasks = 0;
	return k->iter ? pass_by_fd(k, NULL, NULL) : -ENOTSUP;
}

int pass_track(struct kernel_source *k, uint32_t tgid)
{
	int ret;

	pass_control(k)->track = tgid;
	ret = pass_aside(k, PASS_F_MARK);
	return ret ? ret : pass_control(k)->tasks ? 0 : -ESRCH;
}

int pass_reset(struct kernel_source *k)
{
	return pass_aside(k, PASS_F_RESET);
}
