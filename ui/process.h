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

/*
 * The bar: letters of wait classes in proportion to the process's time, by largest remainder.
 * Writes `cells` letters and a NUL; false where the classes are not known.
 */
#define PROC_BAR_MAX 200
bool proc_bar(const struct proc_row *row, int cells, char *buf);
/* One cell of a bar. */
enum style wait_style(char letter);
char wait_letter(enum wait_class wclass);
const char *wait_title(enum wait_class wclass);
const char *wait_help(enum wait_class wclass);

#endif
