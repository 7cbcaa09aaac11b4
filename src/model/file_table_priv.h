/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the table of files ask of each other. */
#ifndef PROBETOP_FILE_TABLE_PRIV_H
#define PROBETOP_FILE_TABLE_PRIV_H

#include "file_table.h"

/* file_table.c: the entry of a file, made if it is new; NULL: no room. */
struct file_entry *file_table_get_entry(struct file_table *t, struct file_proc *p, const struct file_entry_key *key);
void file_table_put_entry(struct file_table *t, struct file_entry *e);

/* file_table_who.c: forgets processes that are gone, and when room gets short files that are. */
void file_table_make_room(struct file_table *t);

#endif
