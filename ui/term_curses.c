/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: the only file that knows curses, and of curses only its terminal database;
 * doc/decisions/terminal.md says why. Input and output go through file descriptions of our
 * own, non-blocking, so that the shell's are not touched and no write ever waits.
 *
 * A frame is a queue of bytes. While a part of it waits, further frames are dropped whole:
 * the terminal never gets a part of an escape sequence followed by something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "term.h"
#include "term_draw.h"
#include "term_keys.h"

/* Curses' own <term.h> defines hundreds of macros, "lines" among them. */
extern int setupterm(const char *name, int fd, int *ret_state);

#define ESC_WAIT_NS   30000000	/* an Esc without a follower is the key */
#define PASTE_WAIT_NS 300000000 /* a paste without an end is over */
#define CLOSE_WAIT_MS 150	/* for the rest of a frame at the end */
#define CAP_BYTES     64
#define LEAVE_BYTES   (8 * CAP_BYTES) /* more than all of its parts */
#define CANCEL	      "\030"	      /* CAN ends a sequence that was cut */
#define MOUSE_ON      "\033[?1000h\033[?1006h"
#define MOUSE_OFF     "\033[?1006l\033[?1000l"

/* clang-format off */
enum cap_id {
	CAP_CLEAR, CAP_EL, CAP_CIVIS, CAP_CNORM, CAP_SMCUP, CAP_RMCUP, CAP_SGR0, CAP_OP, CAP_BOLD,
	CAP_DIM, CAP_REV, CAP_SMUL, CAP_NR,
};
static const char *const cap_names[CAP_NR] = {
	[CAP_CLEAR] = "clear", [CAP_EL] = "el",	      [CAP_CIVIS] = "civis", [CAP_CNORM] = "cnorm",
	[CAP_SMCUP] = "smcup", [CAP_RMCUP] = "rmcup", [CAP_SGR0] = "sgr0",   [CAP_OP] = "op",
	[CAP_BOLD] = "bold",   [CAP_DIM] = "dim",     [CAP_REV] = "rev",     [CAP_SMUL] = "smul",
};
/* clang-format on */

struct term {
	int in_fd, out_fd, poll_fd, timer_fd;
	bool mouse, unicode, gone, entered, timer_armed, out_polled;
	char caps[CAP_NR][CAP_BYTES];
	struct term_draw draw;
	struct bytes queue;
	size_t sent; /* bytes of the queue that the terminal has taken */
	struct keys keys;
	int rows, cols; /* as last shown */
};

/* What term_emergency() needs, in memory that no signal can find half-written. */
static struct {
	volatile sig_atomic_t active;
	volatile sig_atomic_t partial; /* the terminal may hold a cut sequence */
	int out_fd;
	struct termios saved;
	char leave[LEAVE_BYTES];
	size_t leave_len;
} emergency;

/* ---- what the terminal can do ---- */

/* Copies a capability without its padding ("$<5/>"): no terminal of today needs it. */
static void strip_padding(char *dst, size_t size, const char *src)
{
	size_t len = 0;
	const char *end;

	while (*src && len + 1 < size) {
		end = src[0] == '$' && src[1] == '<' ? strchr(src, '>') : NULL;
		if (end)
			src = end + 1;
		else
			dst[len++] = *src++;
	}
	dst[len] = '\0';
}

static const char *cap_string(const char *name)
{
	const char *s = tigetstr(name);

	return s && s != (const char *)-1 ? s : "";
}

static const char *move_by_cap(int row, int col)
{
	static char text[CAP_BYTES];
	const char *cup = tiparm(cap_string("cup"), row, col);

	strip_padding(text, sizeof(text), cup ? cup : "");
	return text;
}

static bool starts_csi(const char *s)
{
	return s[0] == '\033' && s[1] == '[';
}

static int read_caps(struct term *t, struct err *e)
{
	const char *name = getenv("TERM");
	int state = 0;

	if (!name || !*name)
		return err_set(e, -EINVAL,
			       "terminal: TERM is not set. Set TERM=xterm-256color, or "
			       "use -b for output without a screen.");
	if (setupterm(name, t->out_fd, &state) != OK && state <= 0)
		return err_set(e, -EINVAL,
			       "terminal: TERM=%.40s is not in the terminal database%s. Set "
			       "TERM=xterm-256color or TERM=vt100, or use -b.",
			       name, state < 0 ? " (none found; is ncurses-base installed?)" : "");
	if (!*cap_string("cup") || tigetflag("hc") > 0)
		return err_set(
			e, -EINVAL,
			"terminal: TERM=%.40s cannot move its cursor. Set TERM=xterm-256color "
			"or TERM=vt100, or use -b.",
			name);
	for (int i = 0; i < CAP_NR; i++)
		strip_padding(t->caps[i], sizeof(t->caps[i]), cap_string(cap_names[i]));
	return 0;
}

static void draw_open(struct term *t, const struct term_opts *opts)
{
	struct term_caps caps = {
		.ansi = starts_csi(cap_string("cup")) && tigetnum("xmc") <= 0 &&
			(!*t->caps[CAP_BOLD] || starts_csi(t->caps[CAP_BOLD])),
		.erase_bg = tigetflag("bce") > 0,
		.wrap_waits = tigetflag("xenl") > 0 || tigetflag("am") <= 0,
		.lines_move = starts_csi(cap_string("il")) && starts_csi(cap_string("dl")),
		.clear = t->caps[CAP_CLEAR],
		.erase_line = t->caps[CAP_EL],
		.hide = t->caps[CAP_CIVIS],
		.show = t->caps[CAP_CNORM],
		.plain = t->caps[CAP_SGR0],
		.bold = t->caps[CAP_BOLD],
		.dim = t->caps[CAP_DIM],
		.reverse = t->caps[CAP_REV],
		.underline = t->caps[CAP_SMUL],
		.move = move_by_cap,
	};
	int colors_nr = tigetnum("colors");
	struct theme theme = *opts->theme;
	enum color_depth depth = term_color_depth(opts->color, colors_nr < 0 ? 0 : colors_nr);

	theme_fit(&theme, caps.ansi ? depth : DEPTH_MONO);
	draw_init(&t->draw, &theme, &caps);
}

/* ---- files ---- */

/*
 * Opens the terminal behind `fd` anew: O_NONBLOCK on the shell's own description would stay
 * after us. After su the device may be another user's; /dev/tty then is the way in.
 */
static int reopen(int fd, int flags)
{
	char path[32];
	int new_fd;

	if (!isatty(fd))
		return -ENOTTY;
	flags |= O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	new_fd = open(path, flags);
	if (new_fd < 0 && ttyname(fd))
		new_fd = open(ttyname(fd), flags);
	if (new_fd < 0)
		new_fd = open("/dev/tty", flags);
	return new_fd < 0 ? -errno : new_fd;
}

static int watch(int poll_fd, int op, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(poll_fd, op, fd, &ev) ? -errno : 0;
}

static int open_files(struct term *t, struct err *e)
{
	int err;

	t->in_fd = reopen(STDIN_FILENO, O_RDONLY);
	t->out_fd = reopen(STDOUT_FILENO, O_WRONLY);
	err = t->in_fd < 0 ? t->in_fd : t->out_fd < 0 ? t->out_fd : 0;
	if (err == -ENOTTY)
		return err_set(e, err,
			       "terminal: standard input or output is none. Start it in a "
			       "terminal, or use -b.");
	if (err)
		return err_set(e, err,
			       "terminal: cannot open it: %s. Use -b, or start it from a "
			       "login of this user.",
			       strerror(-err));
	t->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->poll_fd < 0 || t->timer_fd < 0)
		err = -errno;
	if (!err)
		err = watch(t->poll_fd, EPOLL_CTL_ADD, t->in_fd, EPOLLIN);
	if (!err)
		err = watch(t->poll_fd, EPOLL_CTL_ADD, t->timer_fd, EPOLLIN);
	if (!err)
		err = watch(t->poll_fd, EPOLL_CTL_ADD, t->out_fd, 0);
	if (err)
		err_set(e, err, "terminal: cannot wait for it: %s. Use -b.", strerror(-err));
	return err;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* ---- output ---- */

/* Writes what the terminal takes; returns whether the queue is empty now. */
static bool flush_queue(struct term *t)
{
	ssize_t got;
	bool wait;

	emergency.partial = t->queue.len > 0;
	while (t->sent < t->queue.len && !t->gone) {
		got = write(t->out_fd, t->queue.at + t->sent, t->queue.len - t->sent);
		if (got > 0)
			t->sent += (size_t)got;
		else if (got < 0 && errno == EAGAIN)
			break;
		else if (got < 0 && errno != EINTR)
			t->gone = true;
	}
	if (t->sent == t->queue.len || t->gone)
		t->sent = t->queue.len = 0;
	wait = t->queue.len > 0;
	emergency.partial = wait;
	if (wait != t->out_polled) {
		watch(t->poll_fd, EPOLL_CTL_MOD, t->out_fd, wait ? EPOLLOUT : 0);
		t->out_polled = wait;
	}
	return !wait;
}

/* Writes to the terminal within `wait_ms`, async-signal-safe. */
static void write_bounded(int fd, const char *text, size_t len, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t got;

	while (len) {
		got = write(fd, text, len);
		if (got > 0) {
			text += got;
			len -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN) {
			if (poll(&p, 1, wait_ms) <= 0)
				return;
			wait_ms /= 2;
		} else if (got == 0 || errno != EINTR) {
			return;
		}
	}
}

bool term_show(struct term *t, const struct canvas *c)
{
	int rows, cols;

	if (t->gone || !t->entered || !flush_queue(t))
		return false;
	term_size(t, &rows, &cols);
	if (rows != t->rows || cols != t->cols)
		t->draw.redraw = true;
	t->rows = rows;
	t->cols = cols;
	if (draw_frame(&t->draw, c, rows, cols, &t->queue))
		return false;
	flush_queue(t);
	return true;
}

void term_redraw(struct term *t)
{
	t->draw.redraw = true;
}

/* ---- modes ---- */

/*
 * Ctrl-C and Ctrl-Z come as keys; Ctrl-\ stays a signal, for the day the program hangs. No
 * output processing: "\n" goes down, and only down.
 */
static void raw_modes(struct termios *modes)
{
	modes->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	modes->c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP);
	modes->c_oflag &= ~(tcflag_t)OPOST;
	modes->c_cc[VINTR] = modes->c_cc[VSUSP] = _POSIX_VDISABLE;
	modes->c_cc[VMIN] = 1;
	modes->c_cc[VTIME] = 0;
}

/* What leaves a sane screen, made now so that a signal handler only has to write it. */
static void prepare_leave(struct term *t)
{
	struct bytes b = {.at = emergency.leave, .size = sizeof(emergency.leave)};
	int rows, cols;

	if (t->mouse)
		bytes_puts(&b, MOUSE_OFF);
	bytes_puts(&b, t->caps[CAP_SGR0]);
	bytes_puts(&b, t->caps[CAP_OP]);
	term_size(t, &rows, &cols);
	if (!*t->caps[CAP_RMCUP]) {
		bytes_puts(&b, move_by_cap(rows - 1, 0));
		bytes_puts(&b, t->caps[CAP_EL]);
	}
	bytes_puts(&b, t->caps[CAP_CNORM]);
	bytes_puts(&b, t->caps[CAP_RMCUP]);
	emergency.leave_len = b.len;
}

static int enter(struct term *t)
{
	struct termios modes;
	char text[2 * CAP_BYTES];
	int len;

	if (tcgetattr(t->out_fd, &emergency.saved))
		return -errno;
	prepare_leave(t);
	emergency.out_fd = t->out_fd;
	emergency.active = 1;
	modes = emergency.saved;
	raw_modes(&modes);
	if (tcsetattr(t->out_fd, TCSANOW, &modes))
		return -errno;
	len = snprintf(text, sizeof(text), "%s%s", t->caps[CAP_SMCUP], t->mouse ? MOUSE_ON : "");
	write_bounded(t->out_fd, text, (size_t)len, CLOSE_WAIT_MS);
	t->draw.redraw = true;
	t->entered = true;
	return 0;
}

void term_emergency(void)
{
	int saved_errno = errno;
	sigset_t ttou, old;

	if (!emergency.active)
		return;
	emergency.active = 0;
	/* From the background, changing the modes would stop us here. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	if (emergency.partial) {
		tcflush(emergency.out_fd, TCOFLUSH);
		write_bounded(emergency.out_fd, CANCEL, 1, CLOSE_WAIT_MS);
	}
	write_bounded(emergency.out_fd, emergency.leave, emergency.leave_len, CLOSE_WAIT_MS);
	tcsetattr(emergency.out_fd, TCSANOW, &emergency.saved);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved_errno;
}

static void leave(struct term *t)
{
	struct pollfd p = {.fd = t->out_fd, .events = POLLOUT};

	if (!t->entered)
		return;
	if (!flush_queue(t) && poll(&p, 1, CLOSE_WAIT_MS) > 0)
		flush_queue(t);
	term_emergency();
	t->queue.len = t->sent = 0;
	flush_queue(t);
	t->entered = false;
}

void term_suspend(struct term *t)
{
	leave(t);
}

void term_resume(struct term *t)
{
	if (enter(t))
		t->gone = true;
}

/* ---- opening ---- */

int term_open(const struct term_opts *opts, struct term **ret_term, struct err *e)
{
	struct term *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return err_set(e, -ENOMEM, "terminal: out of memory. Free some, or use -b.");
	t->in_fd = t->out_fd = t->poll_fd = t->timer_fd = -1;
	t->mouse = opts->mouse;
	t->unicode = opts->unicode && term_utf8();
	err = open_files(t, e);
	if (!err)
		err = read_caps(t, e);
	if (err) {
		term_close(t);
		return err;
	}
	draw_open(t, opts);
	t->mouse &= t->draw.caps.ansi;
	err = enter(t);
	if (err) {
		term_close(t);
		return err_set(e, err, "terminal: cannot set its modes: %s. Use -b.",
			       strerror(-err));
	}
	*ret_term = t;
	return 0;
}

void term_close(struct term *t)
{
	if (!t)
		return;
	leave(t);
	draw_fini(&t->draw);
	close_fd(t->in_fd);
	close_fd(t->out_fd);
	close_fd(t->poll_fd);
	close_fd(t->timer_fd);
	free(t->queue.at);
	free(t);
}

int term_fd(const struct term *t)
{
	return t->poll_fd;
}

void term_size(const struct term *t, int *ret_rows, int *ret_cols)
{
	struct winsize size = {0};
	int rows, cols;

	if (ioctl(t->out_fd, TIOCGWINSZ, &size))
		size.ws_row = size.ws_col = 0;
	rows = size.ws_row ? size.ws_row : tigetnum("lines");
	cols = size.ws_col ? size.ws_col : tigetnum("cols");
	*ret_rows = rows > 0 ? rows : 24;
	*ret_cols = cols > 0 ? cols : 80;
}

bool term_unicode(const struct term *t)
{
	return t->unicode;
}

/* ---- input ---- */

static bool read_keys(struct term *t)
{
	char text[KEYS_BUF_BYTES];
	size_t room = (size_t)(KEYS_BUF_BYTES - t->keys.len);
	ssize_t got = read(t->in_fd, text, room);

	if (got > 0)
		return keys_feed(&t->keys, text, (size_t)got) > 0;
	if (got == 0 || (errno != EAGAIN && errno != EINTR))
		t->gone = true;
	return false;
}

static void set_timer(struct term *t, long wait_ns)
{
	struct itimerspec when = {.it_value.tv_nsec = wait_ns};

	timerfd_settime(t->timer_fd, 0, &when, NULL);
	t->timer_armed = wait_ns > 0;
}

/* Whether what waits in the decoder has waited long enough; starts the wait where it has not. */
static bool timed_out(struct term *t, bool fresh)
{
	uint64_t expired_nr;

	if (t->timer_armed && !fresh) {
		if (read(t->timer_fd, &expired_nr, sizeof(expired_nr)) < 0)
			return false;
		t->timer_armed = false;
		return true;
	}
	set_timer(t, t->keys.paste ? PASTE_WAIT_NS : ESC_WAIT_NS);
	return false;
}

bool term_read(struct term *t, struct term_event *ret_ev)
{
	bool fresh;

	*ret_ev = (struct term_event){.key = KEY_NONE};
	if (keys_next(&t->keys, false, ret_ev))
		return true;
	flush_queue(t);
	fresh = read_keys(t);
	if (t->gone) {
		ret_ev->key = TKEY_GONE;
		return true;
	}
	if (fresh && keys_next(&t->keys, false, ret_ev))
		return true;
	if (keys_pending(&t->keys))
		return timed_out(t, fresh) && keys_next(&t->keys, true, ret_ev);
	if (t->timer_armed)
		set_timer(t, 0);
	return false;
}
