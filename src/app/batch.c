/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames without a terminal: batch, the report of --total, `-- COMMAND`, --check. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "child.h"
#include "frame.h"
#include "outfile.h"

#define DRAIN_BUDGET 65536
#define CHECK_NS 300000000ULL

struct batch {
	struct collect *c;
	const struct options *o;
	struct ui *ui;
	struct frames *frames;
	struct child child;
	struct snapshot snap;
	struct pace pace;
	uint64_t frames_nr, ticks;
	int signal_fd;
	int fatal_signal;
	sigset_t old_mask;
};

struct pace pace_of(uint64_t interval_ns)
{
	uint32_t n = (uint32_t)((interval_ns + 999999999ULL) / 1000000000ULL);

	if (!n)
		n = 1;
	return (struct pace){ .tick_ns = interval_ns / n, .ticks_per_frame = n };
}

static int open_signals(struct batch *b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &b->old_mask);
	b->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return b->signal_fd < 0 ? -errno : 0;
}

/* With a command, the keyboard's signals are the command's: we end when it does. */
static void on_signal(struct batch *b)
{
	struct signalfd_siginfo si;

	while (read(b->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		int sig = (int)si.ssi_signo;

		if (sig == SIGCHLD)
			continue;
		if (b->child.pid > 0 && !child_ended(&b->child)) {
			if (sig != SIGINT || si.ssi_code == SI_USER)
				kill(b->child.pid, sig);
			continue;
		}
		b->fatal_signal = sig;
	}
}

/* Waits until `until_ns`, draining what the ring wakes us for; returns true to end early. */
static bool wait_until(struct batch *b, uint64_t until_ns)
{
	struct pollfd fds[] = {
		{ .fd = b->signal_fd, .events = POLLIN },
		{ .fd = collect_source_fd(b->c), .events = POLLIN },
	};

	for (;;) {
		uint64_t now_ns = now_mono_ns();
		struct timespec ts;

		if (b->fatal_signal || (b->child.pid > 0 && child_ended(&b->child)))
			return true;
		if (now_ns >= until_ns)
			return false;
		ts.tv_sec = (time_t)((until_ns - now_ns) / 1000000000ULL);
		ts.tv_nsec = (long)((until_ns - now_ns) % 1000000000ULL);
		if (ppoll(fds, 2, &ts, NULL) <= 0)
			continue;
		if (fds[0].revents)
			on_signal(b);
		if (fds[1].revents)
			collect_drain(b->c, DRAIN_BUDGET);
	}
}

/* Threads have rows from the first interval on. */
static void watch_rows(const struct batch *b)
{
	struct ui_needs n;

	ui_needs(b->ui, &n);
	world_watch(collect_world(b->c), n.watch, n.watch_tgid, n.watch_start_ns);
	collect_trace(b->c, n.trace_tgid, n.trace_dev);
	collect_fs_kinds(b->c, n.fs_kinds);
}

static int write_frame(struct batch *b)
{
	world_publish(collect_world(b->c), b->o->total ? WINDOW_TOTAL : WINDOW_INTERVAL, &b->snap);
	ui_update(b->ui, &b->snap);
	b->frames_nr++;
	return frames_write(b->frames, &b->snap);
}

static bool frames_done(const struct batch *b)
{
	return b->o->iterations && b->frames_nr >= b->o->iterations;
}

/* A recording: as fast as it can be read; frames fall where they fell when it was made. */
static int run_replay(struct batch *b)
{
	int ret;

	while (!frames_done(b)) {
		ret = collect_tick(b->c, 0);
		if (ret == -ENODATA)
			break;
		if (ret)
			return ret;
		if (collect_last_tick(b->c)->flags & TICK_F_FIRST)
			continue;
		b->ticks++;
		if (!b->o->total && b->ticks % b->pace.ticks_per_frame == 0) {
			ret = write_frame(b);
			if (ret)
				return ret;
		}
	}
	return b->o->total ? write_frame(b) : 0;
}

static int start_command(struct batch *b, struct err *e)
{
	int ret = collect_track(b->c, b->child.pid);

	if (ret)
		return err_set(e, ret, "marking the command's tree: %s.", strerror(-ret));
	ret = collect_tick(b->c, TICK_F_FIRST);
	if (!ret)
		ret = child_release(&b->child);
	return ret ? err_set(e, ret, "starting the command: %s.", strerror(-ret)) : 0;
}

/* Live: a tick at each step of the clock that was fixed at the start, so rates do not drift. */
static int run_live(struct batch *b, struct err *e)
{
	uint64_t next_ns;
	bool ended = false;
	int ret;

	ret = b->o->command ? start_command(b, e) : collect_tick(b->c, TICK_F_FIRST);
	next_ns = now_mono_ns();
	while (!ret && !ended && !frames_done(b)) {
		bool last;

		next_ns += b->pace.tick_ns;
		ended = wait_until(b, next_ns);
		if (b->fatal_signal && !b->o->total)
			break;
		b->ticks++;
		last = ended || (b->o->total && b->ticks == b->pace.ticks_per_frame && !b->o->command);
		ret = collect_tick(b->c, last ? TICK_F_LAST : 0);
		if (ret)
			break;
		if (b->o->total ? last : ended || b->ticks % b->pace.ticks_per_frame == 0)
			ret = write_frame(b);
		if (b->o->total && last)
			break;
		if (now_mono_ns() > next_ns + b->pace.tick_ns)
			next_ns = now_mono_ns(); /* a stop or a stall: no burst of ticks after it */
	}
	if (!ret && b->o->command && !ended)
		wait_until(b, UINT64_MAX); /* -n is reached: the command still runs to its end */
	return ret;
}

static int open_output(struct batch *b, struct err *e)
{
	const struct options *o = b->o;
	const char *path = o->output ? o->output : o->command ? "/dev/stderr" : "-";
	int fd = outfile_open(path, o->force, e);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out)
		return fd < 0 ? fd : err_set(e, -errno, "writing %s: %s.", path, strerror(errno));
	return frames_new(o, b->ui, out, &b->frames, e);
}

static int finish(struct batch *b, int ret, struct err *e)
{
	int exit_status = EXIT_DONE;
	int close_ret = frames_free(b->frames);

	if (!ret && close_ret)
		ret = err_set(e, close_ret, "writing the output: %s.", strerror(-close_ret));
	if (ret && !*e->text)
		err_set(e, ret, "writing the output: %s.", strerror(-ret));
	if (ret)
		exit_status = b->o->command ? EXIT_COMMAND_FAILED : EXIT_RUN_TIME;
	else if (b->o->command)
		exit_status = child_exit_status(&b->child);
	child_fini(&b->child);
	ui_free(b->ui);
	if (b->signal_fd >= 0)
		close(b->signal_fd);
	sigprocmask(SIG_SETMASK, &b->old_mask, NULL);
	return exit_status;
}

int app_batch(struct collect *c, const struct options *o, struct err *e)
{
	struct batch b = { .c = c, .o = o, .signal_fd = -1, .pace = pace_of(o->interval_ns), .child.gate_fd = -1 };
	struct ui_opts uo = ui_opts_of(o);
	int ret, status;

	uo.show_args = o->show_args;
	sigprocmask(SIG_SETMASK, NULL, &b.old_mask);
	ret = ui_new(&uo, &b.ui, e);
	if (ret)
		return EXIT_USAGE;
	ret = open_output(&b, e);
	if (ret) {
		ui_free(b.ui);
		return ret == -ENOENT || ret == -EBADMSG ? EXIT_USAGE : EXIT_OUTPUT;
	}
	watch_rows(&b);
	if (!collect_is_replay(c)) {
		collect_demand(c, views_demand(o));
		ret = open_signals(&b);
		/* Forked before attaching, so that its memory is small, and gated until all counts. */
		if (!ret && o->command)
			ret = child_fork(&b.child, o->command, &b.old_mask, e);
		if (!ret)
			ret = collect_start(c, &status, e);
	}
	if (!ret)
		ret = collect_is_replay(c) ? run_replay(&b) : run_live(&b, e);
	status = finish(&b, ret, e);
	return b.fatal_signal && status == EXIT_DONE ? -b.fatal_signal : status;
}

int app_check(struct collect *c, const struct options *o, struct err *e)
{
	struct timespec ts = { .tv_nsec = CHECK_NS };
	struct snapshot snap;
	int status, ret = collect_start(c, &status, e);

	if (!ret)
		ret = collect_tick(c, TICK_F_FIRST);
	if (!ret) {
		nanosleep(&ts, NULL);
		ret = collect_tick(c, 0);
	}
	if (ret)
		return EXIT_RUN_TIME;
	world_publish(collect_world(c), WINDOW_INTERVAL, &snap);
	ret = ui_check(&snap, o->format == OUT_JSON, stdout);
	if (ret || fflush(stdout))
		return EXIT_RUN_TIME;
	for (int i = 0; o->strict && i < snap.probes_nr; i++)
		if (snap.probes[i].state == PROBE_REFUSED || snap.probes[i].state == PROBE_ABSENT)
			return EXIT_STRICT;
	return EXIT_DONE;
}
