/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of keys: what is dispatched, what the key line and the help screen show, and
 * what the manual lists are all made from it. One key has one action in one context.
 */
#ifndef PROBETOP_KEYMAP_H
#define PROBETOP_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

#include "term.h"

#define KEY_CTRL(letter) ((letter) & 0x1f)

enum key_context {
	KEYS_TABLE = 1,
	KEYS_CANVAS = 2,
	KEYS_PAGE = 4,
	KEYS_HELP = 8,
	KEYS_HEALTH = 16,
	KEYS_MENU = 32,
	KEYS_PROMPT = 64,
};
#define KEYS_VIEWS (KEYS_TABLE | KEYS_CANVAS | KEYS_PAGE)
#define KEYS_SCREENS (KEYS_VIEWS | KEYS_HELP | KEYS_HEALTH)
#define KEYS_ALL (KEYS_SCREENS | KEYS_MENU | KEYS_PROMPT)

/* --keys: variants of the table. */
enum keyset { KEYSET_OWN, KEYSET_VI, KEYSET_HTOP, KEYSET_NR };

enum ui_act {
	ACT_NONE,
	ACT_PANE, ACT_VIEW_NEXT, ACT_VIEW_PREV, ACT_VIEW_MENU,
	ACT_UP, ACT_DOWN, ACT_PGUP, ACT_PGDN, ACT_HOME, ACT_END, ACT_COL_LEFT, ACT_COL_RIGHT, ACT_COL_FIRST,
	ACT_COL_LAST,
	ACT_INTO, ACT_BACK, ACT_SORT_MENU, ACT_SORT_LEFT, ACT_SORT_RIGHT, ACT_INVERT,
	ACT_SORT_CPU, ACT_SORT_MEM, ACT_SORT_TIME, ACT_SORT_PID, ACT_SORT_LATENCY, ACT_SORT_IO, ACT_SORT_DEFAULT,
	ACT_SEARCH, ACT_SEARCH_NEXT, ACT_SEARCH_PID, ACT_FILTER, ACT_USER, ACT_KTHREADS,
	ACT_TREE, ACT_ALL, ACT_TAG, ACT_TAG_TREE, ACT_UNTAG, ACT_FOLLOW, ACT_PATH, ACT_MERGED,
	ACT_MARK, ACT_WINDOW, ACT_GROUP, ACT_THREADS, ACT_CONTAINERS, ACT_KINDS, ACT_FAILED, ACT_THRESHOLD, ACT_CALLS,
	ACT_INTERVAL, ACT_FREEZE, ACT_STEP_BACK, ACT_STEP_FORWARD, ACT_MINUTE_BACK, ACT_MINUTE_FORWARD, ACT_GOTO,
	ACT_SNAPSHOT, ACT_SNAPSHOT_AS, ACT_HEALTH, ACT_PROBE, ACT_HELP, ACT_HEADER, ACT_REDRAW, ACT_SUSPEND,
	ACT_QUIT,
};

#define KEYS_PER_ACTION 6

struct key_binding {
	enum ui_act act;
	uint8_t contexts; /* enum key_context bits */
	int keys[KEYS_PER_ACTION];
	int vi[KEYS_PER_ACTION], htop[KEYS_PER_ACTION]; /* in place of `keys` where one is set */
	bool vi_none, htop_none;                        /* no key at all in that variant */
	const char *label;                              /* on the key line */
	const char *help;
	const char *differs; /* from htop; NULL where it means the same there */
};

/* The table; ends with ACT_NONE. */
extern const struct key_binding keymap[];

/* The keys of a binding in a variant, ending with 0. */
const int *keymap_keys(const struct key_binding *b, enum keyset set);
/* What a key does; NULL where it does nothing. */
const struct key_binding *keymap_find(int key, enum key_context context, enum keyset set);
const struct key_binding *keymap_action(enum ui_act act);
/* "Ctrl-L", "PgUp", "F6", "<". Returns the length. */
int keymap_name(char *buf, size_t size, int key);
/* All keys of a binding: "F6 . ,". Returns the length. */
int keymap_names(char *buf, size_t size, const struct key_binding *b, enum keyset set);

#endif
