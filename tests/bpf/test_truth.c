// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel source says of known loads, against what the loads know of themselves. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/btf.h>

#include "collect.h"
#include "loads.h"

static struct collect c;
static bool by_fd; /* this kernel lets us see the type of a descriptor */

static uint64_t rusage_cpu_ns(const struct rusage *u)
{
	return ((uint64_t)u->ru_utime.tv_sec + (uint64_t)u->ru_stime.tv_sec) * 1000000000u +
	       ((uint64_t)u->ru_utime.tv_usec + (uint64_t)u->ru_stime.tv_usec) * 1000u;
}

static uint64_t hist_nr(const struct seen *s, int which)
{
	uint64_t nr = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		nr += s->slots[which][i];
	return nr;
}

static int open_source(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_CPU};
	struct btf *btf = btf__load_vmlinux_btf();
	int ret = collect_open(&c, &opts);

	(void)state;
	by_fd = btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	if (ret)
		print_error("probe_open: %s\n", strerror(-ret));
	return ret;
}

static int close_source(void **state)
{
	(void)state;
	collect_close(&c);
	return 0;
}

static void all_probes_are_on(void **state)
{
	(void)state;
	collect_report(&c, -1);
	assert_int_equal(c.probes_refused, 0);
	assert_int_equal(c.bad, 0);
}

static void every_thread_of_proc_is_there(void **state)
{
	struct seen *me;

	(void)state;
	assert_int_equal(collect_tick(&c, TICK_F_KEY), 0);
	me = collect_find(&c, (uint32_t)getpid());
	assert_non_null(me);
	assert_int_equal(me->task.ppid, getppid());
	assert_int_equal(me->task.uid, getuid());
	assert_int_equal(me->task.state, 'R');
	assert_int_equal(me->task.wclass, WAIT_ONCPU);
	assert_non_null(collect_find(&c, 2));
}

struct spin {
	struct rusage before, after;
	unsigned ms;
};

static void spin(void *arg)
{
	struct spin *s = arg;

	getrusage(RUSAGE_SELF, &s->before);
	spin_ms(s->ms);
	getrusage(RUSAGE_SELF, &s->after);
	s->ms = 0;
}

static void a_spinner_s_on_cpu_time_is_its_own(void **state)
{
	struct spin *s = share(sizeof(*s));
	struct seen *seen;
	uint64_t own, before;
	pid_t pid;

	(void)state;
	s->ms = 1000;
	pid = start(spin, s);
	sleep_ms(500);
	collect_tick(&c, 0);
	seen = collect_find(&c, (uint32_t)pid);
	assert_non_null(seen);
	before = seen->task.oncpu_ns;
	sleep_ms(1000);
	collect_tick(&c, 0);
	own = rusage_cpu_ns(&s->after);
	print_message("# spinner: ours %.3f ms, getrusage %.3f ms, half-way %.3f ms\n",
		      (double)seen->task.oncpu_ns / 1e6, (double)own / 1e6, (double)before / 1e6);
	assert_int_equal(s->ms, 0);
	assert_in_range(seen->task.oncpu_ns, own - own / 100, own + own / 100);
	assert_in_range(seen->task.utime_ns + seen->task.stime_ns, own / 2, own * 2);
	stop(pid);
}

/* The kernel's own sums for a task, ns. */
struct schedstat {
	uint64_t on, wait;
};

static struct schedstat schedstat_read(pid_t pid)
{
	struct schedstat s = {0, 0};
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%lu %lu", &s.on, &s.wait) != 2)
		s.on = s.wait = 0;
	if (f)
		fclose(f);
	return s;
}

static void three_spinners_on_a_cpu_wait_two_thirds(void **state)
{
	struct spin *s = share(3 * sizeof(*s));
	struct schedstat before[3];
	double total = 0;
	pid_t pid[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		s[i].ms = 4000;
		pid[i] = start(spin, &s[i]);
		pin(pid[i], last_cpu());
	}
	sleep_ms(3000);
	for (int i = 0; i < 3; i++)
		before[i] = schedstat_read(pid[i]);
	collect_tick(&c, 0);
	for (int i = 0; i < 3; i++) {
		struct schedstat after = schedstat_read(pid[i]);
		struct seen *seen = collect_find(&c, (uint32_t)pid[i]);
		struct task_rec *t = &seen->task;
		uint64_t open = t->wclass == WAIT_RUNQ ? t->h.ts_ns - t->since_ns : 0;
		double wait = (double)(t->runq_ns + open), on = (double)t->oncpu_ns;

		print_message("# spinner %d: on %.3f, wait %.3f ms, share %.3f, dispatches %lu, "
			      "max %.3f ms\n",
			      i, on / 1e6, wait / 1e6, wait / (wait + on), hist_nr(seen, HIST_RUNQ),
			      (double)seen->max_ns[HIST_RUNQ] / 1e6);
		assert_true(t->runq_ns >= before[i].wait && t->runq_ns <= after.wait);
		/* Its share is 2/3 where nobody else wants the CPU, and more where somebody does.
		 */
		assert_true(wait / (wait + on) > 0.64);
		total += on;
	}
	for (int i = 0; i < 3; i++)
		stop(pid[i]);
	assert_true(total < 3.2e9); /* they had one CPU for 3 s */
}

struct pong {
	struct rusage self[2];
	int done;
};

static void pong_side(struct pong *p, int side, int in, int out, int rounds)
{
	char byte = 0;

	for (int i = 0; i < rounds; i++) {
		if (side == 0 && write(out, &byte, 1) != 1)
			_exit(1);
		if (read(in, &byte, 1) != 1)
			_exit(1);
		if (side == 1 && write(out, &byte, 1) != 1)
			_exit(1);
	}
	getrusage(RUSAGE_SELF, &p->self[side]);
	__atomic_add_fetch(&p->done, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static void a_pipe_ping_pong_s_switches_are_its_own(void **state)
{
	struct pong *p = share(sizeof(*p));
	int a[2], b[2];
	pid_t pid[2];

	(void)state;
	assert_int_equal(pipe(a) | pipe(b), 0);
	for (int side = 0; side < 2; side++) {
		pid[side] = fork_load();
		if (!pid[side])
			pong_side(p, side, side ? a[0] : b[0], side ? b[1] : a[1], 20000);
	}
	for (int i = 0; i < 3000 && p->done < 2; i++)
		sleep_ms(10);
	sleep_ms(50);
	collect_tick(&c, 0);
	for (int side = 0; side < 2; side++) {
		struct seen *seen = collect_find(&c, (uint32_t)pid[side]);
		struct rusage *u = &p->self[side];
		uint64_t switches;
		uint64_t pipe_ns = (uint64_t)seen->wait.units[WAIT_PIPE - WAIT_FIRST_SLEEP]
				   << WAIT_UNIT_SHIFT;

		print_message("# pong %d: vcsw %llu (own %ld + 1), ivcsw %llu (own %ld), pipe wait "
			      "%.3f ms, runq %.3f, "
			      "on %.3f, dispatches %lu %lu, wclass %u\n",
			      side, seen->task.nvcsw, u->ru_nvcsw, seen->task.nivcsw, u->ru_nivcsw,
			      (double)pipe_ns / 1e6, (double)seen->task.runq_ns / 1e6,
			      (double)seen->task.oncpu_ns / 1e6, hist_nr(seen, HIST_RUNQ),
			      hist_nr(seen, HIST_ONCPU), seen->task.wclass);
		/* It read its counters, then went to sleep once more, at times over a fault. */
		assert_in_range(seen->task.nvcsw, u->ru_nvcsw + 1, u->ru_nvcsw + 3);
		assert_int_equal(seen->task.nivcsw, u->ru_nivcsw);
		if (by_fd) {
			assert_int_equal(seen->task.wclass, WAIT_IDLE);
			assert_true(pipe_ns > 0);
		}
		/*
		 * Fewer waits than switches: a task that is preempted on its way to sleep has no
		 * wait in the kernel's books. And a host may hide tasks of its own from tracing.
		 */
		switches = seen->task.nvcsw + seen->task.nivcsw;
		assert_in_range(hist_nr(seen, HIST_ONCPU), switches * 995 / 1000, switches);
		assert_in_range(hist_nr(seen, HIST_RUNQ), switches * 990 / 1000, switches);
		stop(pid[side]);
	}
}

/* Sum of the histogram's values, by bounds: the kernel's run_delay must lie between. */
static void histogram_bounds_hold_run_delay(void **state)
{
	struct spin *s = share(2 * sizeof(*s));
	pid_t pid[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		s[i].ms = 1000;
		pid[i] = start(spin, &s[i]);
	}
	sleep_ms(1500);
	collect_tick(&c, 0);
	for (int i = 0; i < 2; i++) {
		struct seen *seen = collect_find(&c, (uint32_t)pid[i]);
		uint64_t low = 0, high = 0;

		for (int slot = 0; slot < HIST_SLOTS; slot++) {
			low += seen->slots[HIST_RUNQ][slot] *
			       (slot ? 1ull << (slot + HIST_SHIFT) : 0);
			high += seen->slots[HIST_RUNQ][slot] * (2ull << (slot + HIST_SHIFT));
		}
		print_message("# run_delay %.3f ms in [%.3f, %.3f]\n",
			      (double)seen->task.runq_ns / 1e6, (double)low / 1e6,
			      (double)high / 1e6);
		assert_in_range(seen->task.runq_ns, low, high);
		stop(pid[i]);
	}
}

/* One way to sleep, and the class and state that it must show. */
struct sleeper {
	const char *name;
	void (*sleep)(void);
	int wclass;
	char state;
	bool by_fd;
};

static void sleep_nano(void)
{
	sleep_ms(5000);
}
static void sleep_pause(void)
{
	pause();
}

static void sleep_pipe(void)
{
	char byte;
	int fd[2];

	if (!pipe(fd) && read(fd[0], &byte, 1))
		_exit(1);
}

static void sleep_socket_read(void)
{
	char byte;
	int fd[2];

	if (!socketpair(AF_UNIX, SOCK_STREAM, 0, fd) && read(fd[0], &byte, 1))
		_exit(1);
}

static void sleep_recv(void)
{
	char byte;
	int fd[2];

	if (!socketpair(AF_UNIX, SOCK_STREAM, 0, fd) && recv(fd[0], &byte, 1, 0))
		_exit(1);
}

static void sleep_poll(void)
{
	select(0, NULL, NULL, NULL, NULL);
}

static void sleep_futex(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&m);
	pthread_mutex_lock(&m);
}

static void sleep_child(void)
{
	pid_t pid = fork_load();

	if (!pid) {
		sleep_ms(5000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void sleep_vfork(void)
{
	if (!vfork()) {
		sleep_ms(3000);
		_exit(0);
	}
}

static void sleep_stop(void)
{
	raise(SIGSTOP);
}

static const struct sleeper sleepers[] = {
	{"nanosleep", sleep_nano, WAIT_TIMER, 'S'},
	{"pause", sleep_pause, WAIT_IDLE, 'S'},
	{"read of a pipe", sleep_pipe, WAIT_PIPE, 'S', true},
	{"read of a socket", sleep_socket_read, WAIT_NET, 'S', true},
	{"recv", sleep_recv, WAIT_NET, 'S'},
	{"select", sleep_poll, WAIT_IDLE, 'S'},
	{"futex", sleep_futex, WAIT_FUTEX, 'S'},
	{"wait", sleep_child, WAIT_PIPE, 'S'},
	{"vfork", sleep_vfork, WAIT_PIPE, 'D'},
	{"stop", sleep_stop, WAIT_OTHER, 'T'},
};
#define SLEEPERS (sizeof(sleepers) / sizeof(sleepers[0]))

static void sleeps_have_their_class_and_age(void **state)
{
	pid_t pid[SLEEPERS];

	(void)state;
	for (size_t i = 0; i < SLEEPERS; i++) {
		pid[i] = fork_load();
		if (!pid[i]) {
			sleepers[i].sleep();
			_exit(0);
		}
	}
	sleep_ms(700);
	collect_tick(&c, 0);
	for (size_t i = 0; i < SLEEPERS; i++) {
		struct seen *seen = collect_find(&c, (uint32_t)pid[i]);
		uint64_t age;

		assert_non_null(seen);
		age = seen->task.h.ts_ns - seen->task.since_ns;
		print_message("# %s: class %u (%u) state %c age %.3f ms\n", sleepers[i].name,
			      seen->task.wclass, sleepers[i].wclass, seen->task.state,
			      (double)age / 1e6);
		if (seen->task.flags & TASK_F_NO_CLASS || (sleepers[i].by_fd && !by_fd))
			print_message("# this kernel does not show the class\n");
		else
			assert_int_equal(seen->task.wclass, sleepers[i].wclass);
		assert_int_equal(seen->task.state, sleepers[i].state);
		assert_in_range(age, 500000000u, 900000000u);
	}
	for (size_t i = 0; i < SLEEPERS; i++)
		stop(pid[i]);
}

static void *thread_spin(void *arg)
{
	spin_ms(*(unsigned *)arg);
	return NULL;
}

struct dead {
	struct rusage self;
	int done;
};

static void threads_that_die(void *arg)
{
	struct dead *d = arg;
	unsigned ms = 20;
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread_spin, &ms);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	sleep_ms(20); /* until their last switches are over */
	getrusage(RUSAGE_SELF, &d->self);
	d->done = 1;
}

static void dead_threads_are_kept_in_the_process(void **state)
{
	struct dead *d = share(sizeof(*d));
	unsigned exits = 0;
	struct seen *seen;
	uint64_t own;
	pid_t pid = start(threads_that_die, d);

	(void)state;
	for (int i = 0; i < 300 && !d->done; i++)
		sleep_ms(10);
	sleep_ms(50);
	collect_tick(&c, 0);
	seen = collect_find(&c, (uint32_t)pid);
	own = rusage_cpu_ns(&d->self);
	for (unsigned i = 0; i < c.nr; i++) {
		struct task_rec *t = &c.seen[i].task;

		if (t->tgid != (uint32_t)pid || t->pid == t->tgid)
			continue;
		exits++;
		assert_true(c.seen[i].exited);
		assert_false(t->flags & TASK_F_GROUP_DEAD);
		assert_int_equal(t->leader_start_ns, seen->task.start_ns);
		assert_int_equal(t->ppid, getpid());
	}
	print_message("# dead threads: %u, ours %.3f + %.3f ms, own %.3f ms; vcsw %llu + %llu, own "
		      "%ld + 1\n",
		      exits, (double)seen->proc.dead_oncpu_ns / 1e6,
		      (double)seen->task.oncpu_ns / 1e6, (double)own / 1e6, seen->proc.dead_nvcsw,
		      seen->task.nvcsw, d->self.ru_nvcsw);
	assert_int_equal(exits, 4);
	assert_int_equal(seen->proc.threads, 1);
	assert_in_range(seen->proc.dead_oncpu_ns + seen->task.oncpu_ns, own - own / 50,
			own + own / 50);
	assert_int_equal(seen->proc.dead_nvcsw + seen->task.nvcsw, d->self.ru_nvcsw + 1);
	assert_int_equal(seen->proc.dead_nivcsw + seen->task.nivcsw, d->self.ru_nivcsw);
	stop(pid);
}

static void short_processes_all_leave_an_exit(void **state)
{
	enum { NR = 300 };
	pid_t pid[NR];
	unsigned execs;

	(void)state;
	collect_tick(&c, 0);
	execs = c.kinds[0][CORE_EXEC];
	for (int i = 0; i < NR; i++) {
		pid[i] = fork_load();
		if (!pid[i]) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid[i], NULL, 0);
	}
	collect_tick(&c, 0);
	for (int i = 0; i < NR; i++) {
		struct seen *seen = collect_find(&c, (uint32_t)pid[i]);

		assert_non_null(seen);
		assert_true(seen->exited);
		assert_string_equal(seen->task.comm, "true");
		assert_int_equal(seen->task.ppid, getpid());
		assert_int_equal(seen->task.uid, getuid());
		assert_int_equal(seen->task.state, 'X');
		assert_int_equal(seen->task.exit_code, 0);
		assert_true(seen->task.flags & TASK_F_GROUP_DEAD);
		assert_true(seen->task.oncpu_ns > 50000);
		assert_int_equal(seen->task.leader_start_ns, seen->task.start_ns);
	}
	assert_true(c.kinds[0][CORE_EXEC] - execs >= NR);
}

/* Runs /bin/true; returns its pid, when it is gone. */
static pid_t run_true(const char *const args[])
{
	pid_t pid = fork_load();

	if (!pid) {
		execv("/bin/true", (char *const *)args);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return pid;
}

static void arguments_of_exec_are_exact(void **state)
{
	const char *few[] = {"true", "", "two words", "-x", NULL};
	char text[300];
	const char *many[] = {"true", text, NULL};
	static const char want[] = "true\0\0two words\0-x";
	struct exec_rec *x;
	pid_t pid;

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	pid = run_true(few);
	collect_tick(&c, 0);
	x = &collect_find(&c, (uint32_t)pid)->exec;
	assert_int_equal(x->tgid, pid);
	assert_int_equal(x->ppid, getpid());
	assert_int_equal(x->uid, getuid());
	assert_string_equal(x->comm, "true");
	assert_int_equal(x->args_len, sizeof(want));
	assert_int_equal(x->args_all, sizeof(want));
	assert_memory_equal(x->args, want, sizeof(want));
	for (size_t i = sizeof(want); i < EXEC_ARGS_BYTES; i++)
		assert_int_equal(x->args[i], 0);
	pid = run_true(many);
	collect_tick(&c, 0);
	x = &collect_find(&c, (uint32_t)pid)->exec;
	assert_int_equal(x->args_all, 5 + sizeof(text));
	assert_int_equal(x->args_len, EXEC_ARGS_BYTES);
	assert_memory_equal(x->args, "true", 5);
	assert_memory_equal(x->args + 5, text, EXEC_ARGS_BYTES - 5);
}

static void a_zombie_is_shown_and_taken_back(void **state)
{
	struct seen *seen;
	pid_t pid = fork_load();

	(void)state;
	if (!pid)
		_exit(3);
	sleep_ms(50);
	collect_tick(&c, 0);
	seen = collect_find(&c, (uint32_t)pid);
	assert_non_null(seen);
	assert_true(seen->exited);
	assert_int_equal(seen->task.exit_code, 3 << 8);
	collect_tick(&c, 0);
	assert_false(seen->exited);
	assert_int_equal(seen->task.state, 'Z');
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 100 && !seen->exited; i++) {
		sleep_ms(20);
		collect_tick(&c, 0);
	}
	assert_true(seen->exited);
	assert_true(seen->task.flags & TASK_F_FREED);
}

static void unmatched_switches_are_few(void **state)
{
	(void)state;
	collect_report(&c, 0);
	print_message("# switches: %llu events, %llu unmatched, %llu map full, %llu recursions\n",
		      c.loss.events, c.loss.unmatched, c.loss.map_full, c.loss.recursion_misses);
	assert_int_equal(c.loss.map_full, 0);
	assert_true(c.loss.unmatched * 1000 < c.loss.events);
	assert_int_equal(c.bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_probes_are_on),
		cmocka_unit_test(every_thread_of_proc_is_there),
		cmocka_unit_test(a_spinner_s_on_cpu_time_is_its_own),
		cmocka_unit_test(three_spinners_on_a_cpu_wait_two_thirds),
		cmocka_unit_test(a_pipe_ping_pong_s_switches_are_its_own),
		cmocka_unit_test(histogram_bounds_hold_run_delay),
		cmocka_unit_test(sleeps_have_their_class_and_age),
		cmocka_unit_test(dead_threads_are_kept_in_the_process),
		cmocka_unit_test(short_processes_all_leave_an_exit),
		cmocka_unit_test(arguments_of_exec_are_exact),
		cmocka_unit_test(a_zombie_is_shown_and_taken_back),
		cmocka_unit_test(unmatched_switches_are_few),
	};

	return cmocka_run_group_tests(tests, open_source, close_source);
}
