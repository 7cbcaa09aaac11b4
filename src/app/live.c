/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: one epoll loop over keys, ticks, the ring, helpers and signals. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "app.h"
#include "frame.h"
#include "theme.h"

#define DRAIN_BUDGET 16384 /* about 2 ms: a flood never holds a key back for longer */
#define FIRST_INTERVAL_NS 250000000ULL

/* Helpers' answers are taken at the tick: a picture changes once per interval. */
enum { EV_TERM, EV_TIMER, EV_SIGNAL, EV_SOURCE };

struct live {
	struct collect *c;
	const struct options *o;
	struct ui *ui;
	struct term *term;
	struct theme theme;
	struct canvas canvas;
	struct snapshot snap;
	struct pace pace;
	uint64_t interval_ns, next_ns;
	int64_t speed_milli;
	uint32_t ticks; /* since the last frame */
	uint32_t record_demand; /* of the views named beside --record */
	int epoll_fd, timer_fd, signal_fd;
	bool have_snap, dirty, quit, frozen, replay, ended, record_told;
	int signal;
	sigset_t old_mask;
};

static volatile sig_atomic_t in_emergency;

/* A crash must not leave the user without a terminal. */
static void on_crash(int sig)
{
	if (!in_emergency) {
		in_emergency = 1;
		term_emergency();
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS };
	struct sigaction sa = { .sa_handler = on_crash, .sa_flags = SA_NODEFER };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

static int watch(struct live *l, int fd, uint32_t what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = what };

	return fd < 0 ? 0 : epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int open_loop(struct live *l)
{
	sigset_t set;
	int ret = 0;

	sigemptyset(&set);
	for (const int *s = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP, 0 }; *s; s++)
		sigaddset(&set, *s);
	sigprocmask(SIG_BLOCK, &set, &l->old_mask);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->signal_fd < 0 || l->epoll_fd < 0 || l->timer_fd < 0)
		return -errno;
	ret = ret ? ret : watch(l, term_fd(l->term), EV_TERM);
	ret = ret ? ret : watch(l, l->timer_fd, EV_TIMER);
	ret = ret ? ret : watch(l, l->signal_fd, EV_SIGNAL);
	return ret;
}

/* The next tick at `next_ns`; 0 stops the clock (a paused or ended replay). */
static void set_timer(struct live *l, uint64_t next_ns)
{
	struct itimerspec it = { .it_value = { .tv_sec = (time_t)(next_ns / 1000000000ULL),
					       .tv_nsec = (long)(next_ns % 1000000000ULL) } };

	l->next_ns = next_ns;
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &it, NULL);
}

/* Hands on what the screen needs: before a publish, and at once when a key has changed it. */
static enum window meet_needs(struct live *l)
{
	struct ui_needs n;

	ui_needs(l->ui, &n);
	collect_demand(l->c, n.demand | l->record_demand);
	collect_trace(l->c, n.trace_tgid, n.trace_dev);
	collect_fs_kinds(l->c, n.fs_kinds);
	world_watch(collect_world(l->c), n.watch, n.watch_tgid, n.watch_start_ns);
	return l->o->total ? WINDOW_TOTAL : n.window;
}

static void publish(struct live *l)
{
	world_publish(collect_world(l->c), meet_needs(l), &l->snap);
	l->have_snap = true;
	l->ticks = 0;
	ui_update(l->ui, &l->snap);
	l->dirty = true;
}

static void draw(struct live *l)
{
	int rows, cols;

	term_size(l->term, &rows, &cols);
	if (rows != l->canvas.rows || cols != l->canvas.cols) {
		canvas_resize(&l->canvas, rows, cols);
		term_redraw(l->term);
	}
	canvas_clear(&l->canvas);
	ui_draw(l->ui, &l->snap, &l->canvas);
	l->dirty = !term_show(l->term, &l->canvas);
}

static void set_pace(struct live *l, uint64_t interval_ns)
{
	l->interval_ns = interval_ns;
	l->pace = pace_of(interval_ns);
	ui_set_interval(l->ui, interval_ns);
}

/* How long the recorded interval that came last lasts on our clock. */
static uint64_t replay_step_ns(const struct live *l)
{
	uint64_t ns = collect_last_tick(l->c)->interval_ns;

	if (!ns || ns > 60000000000ULL)
		ns = 1000000000ULL;
	return ns * 1000 / (uint64_t)l->speed_milli;
}

/* One recorded interval; false at the end of the recording. */
static bool replay_tick(struct live *l)
{
	int ret = collect_tick(l->c, 0);

	if (!ret) {
		publish(l);
		return true;
	}
	l->ended = true;
	ui_status(l->ui, ret == -ENODATA ? "end of the recording: [ goes back, q quits" :
					   "the recording is damaged here: [ goes back, q quits");
	l->dirty = true;
	return false;
}

static void live_tick(struct live *l)
{
	uint64_t now_ns;
	int err;

	collect_tick(l->c, 0);
	err = collect_record_error(l->c);
	if (err && !l->record_told) {
		char words[160];

		snprintf(words, sizeof(words), "the recording ends here: %s", strerror(-err));
		ui_status(l->ui, words);
		l->record_told = true;
	}
	if (++l->ticks >= l->pace.ticks_per_frame && !l->frozen)
		publish(l);
	now_ns = now_mono_ns();
	if (l->next_ns + l->pace.tick_ns < now_ns)
		l->next_ns = now_ns; /* after a stop: no burst of ticks */
	set_timer(l, l->next_ns + l->pace.tick_ns);
}

static void on_timer(struct live *l)
{
	uint64_t expirations;

	if (read(l->timer_fd, &expirations, sizeof(expirations)) < 0)
		return;
	if (!l->replay)
		live_tick(l);
	else if (!l->frozen && replay_tick(l))
		set_timer(l, now_mono_ns() + replay_step_ns(l));
}

/* A replay has moved (or not): shows the interval where it stands, and plays on from there. */
static void replay_moved(struct live *l, int ret)
{
	if (ret < 0) {
		ui_status(l->ui, "the recording cannot be read there");
		return;
	}
	l->ended = false;
	if (replay_tick(l) && !l->frozen)
		set_timer(l, now_mono_ns() + replay_step_ns(l));
}

static void replay_step(struct live *l, int64_t ticks)
{
	if (ticks > 0)
		replay_tick(l);
	else
		replay_moved(l, collect_back(l->c, (uint32_t)-ticks));
}

static void freeze(struct live *l, bool frozen)
{
	l->frozen = frozen;
	ui_set_frozen(l->ui, frozen);
	l->dirty = true;
	if (l->replay)
		set_timer(l, frozen || l->ended ? 0 : now_mono_ns() + 1);
	else if (!frozen)
		publish(l); /* what was collected meanwhile, as one interval */
}

static void suspend(struct live *l)
{
	sigset_t set;

	term_suspend(l->term);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &set, NULL);
	term_resume(l->term);
	l->dirty = true;
}

static void act(struct live *l, const struct ui_action *a)
{
	switch (a->effect) {
	case UI_QUIT:
		l->quit = true;
		break;
	case UI_REDRAW:
		term_redraw(l->term);
		break;
	case UI_SUSPEND:
		suspend(l);
		break;
	case UI_SNAPSHOT:
	case UI_SNAPSHOT_AS:
		frame_save(l->ui, &l->snap, &l->canvas, &l->theme, a->text,
			   a->effect == UI_SNAPSHOT ? OUT_TEXT : (enum out_format)a->value, l->o->show_args);
		break;
	case UI_INTERVAL:
		set_pace(l, (uint64_t)a->value);
		if (!l->replay)
			set_timer(l, now_mono_ns() + l->pace.tick_ns);
		break;
	case UI_SPEED:
		l->speed_milli = a->value > 0 ? a->value : 1000;
		break;
	case UI_FREEZE:
	case UI_LIVE:
		freeze(l, a->effect == UI_FREEZE);
		break;
	case UI_STEP:
		replay_step(l, a->value);
		break;
	case UI_SEEK:
		replay_moved(l, collect_seek(l->c, (uint64_t)a->value));
		break;
	case UI_PROBE_SWITCH:
		if (collect_switch(l->c, (unsigned)a->value, !strcmp(a->text, "on")))
			ui_status(l->ui, "this probe cannot be switched here");
		break;
	case UI_MARK:
		world_mark(collect_world(l->c));
		break;
	case UI_THRESHOLD:
		collect_threshold(l->c, a->pane, (uint64_t)a->value);
		break;
	case UI_STACK:
		collect_stack(l->c, a->pid, a->tgid, a->start_ns);
		break;
	case UI_NOTHING:
		break;
	}
	meet_needs(l);
	l->dirty = true;
}

static void on_keys(struct live *l)
{
	struct term_event ev;

	while (!l->quit && !l->signal && term_read(l->term, &ev)) {
		struct ui_action a;

		if (ev.key == TKEY_GONE) {
			l->quit = true;
			return;
		}
		a = ui_key(l->ui, &l->snap, &ev);
		act(l, &a);
	}
}

static void on_signals(struct live *l)
{
	struct signalfd_siginfo si;

	while (read(l->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		switch ((int)si.ssi_signo) {
		case SIGWINCH:
			l->dirty = true;
			break;
		case SIGCONT:
			term_redraw(l->term);
			l->dirty = true;
			break;
		case SIGTSTP:
			suspend(l);
			break;
		default:
			l->signal = (int)si.ssi_signo;
		}
	}
}

static void loop(struct live *l)
{
	struct epoll_event evs[8];

	while (!l->quit && !l->signal) {
		int n;

		if (l->dirty && l->have_snap)
			draw(l);
		n = epoll_wait(l->epoll_fd, evs, 8, -1);
		for (int i = 0; i < n; i++) {
			switch (evs[i].data.u32) {
			case EV_TERM:
				if ((evs[i].events & (EPOLLHUP | EPOLLERR)) && !(evs[i].events & EPOLLIN))
					l->quit = true;
				break;
			case EV_TIMER:
				on_timer(l);
				break;
			case EV_SIGNAL:
				on_signals(l);
				break;
			case EV_SOURCE:
				collect_drain(l->c, DRAIN_BUDGET);
				break;
			}
		}
		if (!l->quit)
			on_keys(l); /* until none waits: the terminal's descriptor is an epoll of its own */
	}
}

/* The first frame at once, from /proc; then the probes; then a short first interval. */
static int begin(struct live *l, int *ret_exit, struct err *e)
{
	int ret;

	*ret_exit = EXIT_RUN_TIME;
	if (l->replay) {
		if (!replay_tick(l))
			return err_set(e, -ENODATA, "%s: the recording holds no interval.", l->o->replay);
		draw(l);
		set_timer(l, now_mono_ns() + replay_step_ns(l));
		return 0;
	}
	ret = collect_tick(l->c, TICK_F_FIRST);
	if (ret)
		return err_set(e, ret, "the first look at the tasks: %s.", strerror(-ret));
	publish(l);
	draw(l);
	ret = collect_start(l->c, ret_exit, e);
	if (ret)
		return ret;
	if (!collect_last_tick(l->c)->h.ts_ns)
		ret = collect_tick(l->c, TICK_F_FIRST);
	if (ret)
		return err_set(e, ret, "the first pass over the tasks: %s.", strerror(-ret));
	publish(l);
	l->ticks = l->pace.ticks_per_frame; /* the first interval ends in a frame */
	set_timer(l, now_mono_ns() + FIRST_INTERVAL_NS);
	watch(l, collect_source_fd(l->c), EV_SOURCE);
	return 0;
}

static int open_screen(struct live *l, struct err *e)
{
	const struct options *o = l->o;
	struct ui_opts uo = ui_opts_of(o);
	struct term_opts to = { .theme = &l->theme, .color = o->color, .mouse = !o->no_mouse, .unicode = !o->no_unicode };
	int ret = theme_load(o->theme ? o->theme : "terminal", &l->theme, e);

	if (!ret)
		ret = term_open(&to, &l->term, e);
	if (ret)
		return ret;
	catch_crashes();
	uo.ascii = !term_unicode(l->term);
	uo.replay = l->replay;
	uo.asks = !l->replay;
	ret = ui_new(&uo, &l->ui, e);
	if (!ret)
		ret = canvas_init(&l->canvas, 24, 80, uo.ascii);
	if (!ret)
		ret = open_loop(l);
	return ret && !*e->text ? err_set(e, ret, "starting the screen: %s.", strerror(-ret)) : ret;
}

int app_live(struct collect *c, const struct options *o, struct err *e)
{
	struct live l = { .c = c, .o = o, .epoll_fd = -1, .timer_fd = -1, .signal_fd = -1, .speed_milli = o->speed_milli,
			  .replay = collect_is_replay(c) };
	int ret, exit_status = EXIT_RUN_TIME;

	sigprocmask(SIG_SETMASK, NULL, &l.old_mask);
	if (o->record && o->views)
		l.record_demand = views_demand(o);
	ret = open_screen(&l, e);
	if (ret == -EINVAL || ret == -ENOENT || ret == -EBADMSG || ret == -ENOTTY)
		exit_status = EXIT_USAGE;
	if (!ret) {
		set_pace(&l, o->interval_ns);
		ret = begin(&l, &exit_status, e);
	}
	if (!ret)
		loop(&l);
	term_close(l.term);
	ui_free(l.ui);
	canvas_fini(&l.canvas);
	for (const int *fd = (const int[]){ l.epoll_fd, l.timer_fd, l.signal_fd, -1 }; *fd >= 0; fd++)
		close(*fd);
	sigprocmask(SIG_SETMASK, &l.old_mask, NULL);
	if (ret)
		return exit_status;
	return l.signal ? -l.signal : EXIT_DONE;
}
