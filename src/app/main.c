/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options, wiring, exit status; nothing else. */
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app.h"

static int complain(const struct err *e, int status)
{
	fprintf(stderr, "probetop: %s\n", e->text);
	return status;
}

/* Restores the default action of `sig` and raises it, so that our parent sees the cause. */
static int end_by(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + sig;
}

static int list_keys(const struct options *o, struct err *e)
{
	struct ui_opts uo = { .meters = true };
	struct ui *ui;
	int ret = ui_new(&uo, &ui, e);

	if (ret)
		return complain(e, EXIT_USAGE);
	ret = ui_focus(ui, o->panes ? o->panes : "cpu", o->views ? o->views : "processes", e);
	if (!ret)
		ui_list_keys(ui, stdout);
	ui_free(ui);
	return ret ? complain(e, EXIT_USAGE) : EXIT_DONE;
}

static int run(struct options *o, struct err *e)
{
	struct collect *c;
	int status, ret;

	ret = collect_new(o, &c, &status, e);
	if (ret)
		return complain(e, o->command ? EXIT_COMMAND_FAILED : status);
	if (o->check)
		status = app_check(c, o, e);
	else
		status = o->batch ? app_batch(c, o, e) : app_live(c, o, e);
	ret = collect_free(c, *e->text ? NULL : e);
	if (*e->text)
		fprintf(stderr, "probetop: %s\n", e->text);
	return ret && status == EXIT_DONE ? EXIT_OUTPUT : status;
}

int main(int argc, char **argv)
{
	struct err e = { "" };
	struct options o;
	int status;

	/* Large blocks are mapped and go back when they are freed; helper threads share one heap. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	mallopt(M_ARENA_MAX, 1);
	setlocale(LC_CTYPE, "");
	options_init(&o);
	if (options_parse(&o, argc, argv, &e) || options_load_config(&o, argc, argv, &e) || options_check(&o, &e))
		return complain(&e, EXIT_USAGE);
	if (o.help) {
		options_help(stdout);
		return fflush(stdout) ? EXIT_RUN_TIME : EXIT_DONE;
	}
	if (o.version) {
		puts("probetop " PROBETOP_VERSION);
		return fflush(stdout) ? EXIT_RUN_TIME : EXIT_DONE;
	}
	if (o.sort_key && !strcmp(o.sort_key, "help"))
		return list_keys(&o, &e);
	if (o.log && log_open(o.log, &e))
		return complain(&e, EXIT_OUTPUT);
	if (o.command || o.total)
		o.batch = true;
	if (!o.batch && !o.check && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return fputs("probetop: the screen needs a terminal. Say -b for frames of text, or -b -f json.\n", stderr),
		       EXIT_USAGE;
	status = run(&o, &e);
	log_close();
	return status < 0 ? end_by(-status) : status;
}
