/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views of several panes say about a process: its name, command, parents, time bar. */
#ifndef PROBETOP_PROCESS_H
#define PROBETOP_PROCESS_H

#include "view.h"

#define PROC_TEXT_MAX 1400

/* The live process of that pid in the snapshot, or NULL. */
const struct proc_row *proc_find(const struct snapshot *s, int64_t pid);
const struct proc_row *proc_by_id(const struct snapshot *s, struct row_id id);
struct row_id proc_row_id(const void *row);

/* Whether a row of snapshot.threads is one of this process's. */
bool thread_of(const struct proc_row *thread, struct row_id process);

/* Raw bytes of the command as the toggles want it (path, merged, arguments). Returns the length. */
size_t proc_command(const struct ui *ui, const struct proc_row *row, char *buf, size_t size);
/* The command line for files: the first word, with show_args all of it; the name where it has none. */
size_t proc_cmdline(const struct ui *ui, const struct proc_row *row, char *buf, size_t size);
/* User name, or the uid in digits. Returns the length. */
size_t proc_user(const struct proc_row *row, char *buf, size_t size);
/* "postgres: writer (8112)", escaped. */
void proc_title(const struct ui *ui, const struct proc_row *row, bool ascii, char *buf, size_t size);
/* "systemd > sshd > bash", nearest last, escaped; at most `depth` of them. */
void proc_parents(const struct snapshot *s, const struct proc_row *row, int depth, bool ascii, char *buf, size_t size);
/* "exit 1", "killed by signal 9"; "" for a live one. */
void proc_end(const struct proc_row *row, char *buf, size_t size);

/* "behind restic 71%, php-fpm 22%", as many as fit, after `label`; false where there is none. */
struct pen;
bool proc_pairs_draw(struct pen *p, const struct snapshot *s, const struct proc_row *row, enum pair_kind kind,
		     const char *label);
/* "fsync /srv/x on /srv (nfs, server:/export)", escaped: where it is stuck in D; false where nobody knows. */
bool proc_stuck(const struct snapshot *s, const struct proc_row *row, bool ascii, char *buf, size_t size);
/* A cgroup by id, or NULL; its container, unit or last part of the path: raw bytes, NULL where not known. */
struct cgroup_row;
const struct cgroup_row *cgroup_find(const struct snapshot *s, int64_t id);
const char *cgroup_short(const struct cgroup_row *row);
/* Its short name; scrolled (`skip`), its path from that byte on. Returns the columns. */
int cgroup_name_draw(struct canvas *c, int y, int x, int width, enum style style, const struct cgroup_row *g, int skip);

/*
 * The bar: letters of wait classes in proportion to the process's time, by largest remainder.
 * Writes `cells` letters and a NUL; false where the classes are not known.
 */
#define PROC_BAR_MAX 200
bool proc_bar(const struct proc_row *row, int cells, char *buf);
void proc_bar_draw(struct canvas *c, int y, int x, const char *bar);
/* One cell of a bar. */
enum style wait_style(char letter);
char wait_letter(enum wait_class wclass);
const char *wait_title(enum wait_class wclass);
const char *wait_help(enum wait_class wclass);

#endif
