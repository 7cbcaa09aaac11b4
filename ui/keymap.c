/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key table and its readers. Order is the order of the help screen. */
#include "keymap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ALT(key) (TKEY_ALT + (key))

/* clang-format off */
const struct key_binding keymap[] = {
	{ .act = ACT_HELP, .contexts = KEYS_SCREENS, .keys = { TKEY_F1, '?', 'h' }, .vi = { TKEY_F1, '?' },
	  .label = "Help", .help = "this page; again, or Esc, closes it" },
	{ .act = ACT_PANE, .contexts = KEYS_SCREENS, .keys = { '1', '2', '3', '4', '5' },
	  .htop = { ALT('1'), ALT('2'), ALT('3'), ALT('4'), ALT('5') },
	  .help = "the pane of that number", .differs = "digits choose panes; htop looks for a pid (--keys=htop keeps that)" },
	{ .act = ACT_VIEW_NEXT, .contexts = KEYS_VIEWS, .keys = { TKEY_TAB }, .label = "View",
	  .help = "next view; in a process: its next view",
	  .differs = "Tab walks the views of a pane; htop changes its screen tab" },
	{ .act = ACT_VIEW_PREV, .contexts = KEYS_VIEWS, .keys = { TKEY_BTAB }, .help = "previous view" },
	{ .act = ACT_VIEW_MENU, .contexts = KEYS_VIEWS, .keys = { 'v' }, .help = "menu of all views; type to find one" },
	{ .act = ACT_UP, .contexts = KEYS_SCREENS, .keys = { TKEY_UP }, .vi = { TKEY_UP, 'k' },
	  .help = "one row up" },
	{ .act = ACT_DOWN, .contexts = KEYS_SCREENS, .keys = { TKEY_DOWN }, .vi = { TKEY_DOWN, 'j' },
	  .help = "one row down" },
	{ .act = ACT_PGUP, .contexts = KEYS_SCREENS, .keys = { TKEY_PGUP }, .help = "one page up" },
	{ .act = ACT_PGDN, .contexts = KEYS_SCREENS, .keys = { TKEY_PGDN }, .help = "one page down" },
	{ .act = ACT_HOME, .contexts = KEYS_SCREENS, .keys = { TKEY_HOME },
	  .help = "first row; the cursor then stays at the top while rows change" },
	{ .act = ACT_END, .contexts = KEYS_SCREENS, .keys = { TKEY_END }, .help = "last row" },
	{ .act = ACT_COL_LEFT, .contexts = KEYS_TABLE | KEYS_CANVAS, .keys = { TKEY_LEFT }, .vi = { TKEY_LEFT, 'h' },
	  .help = "scroll columns back; in a drawing: to the left, the histogram before" },
	{ .act = ACT_COL_RIGHT, .contexts = KEYS_TABLE | KEYS_CANVAS, .keys = { TKEY_RIGHT }, .vi = { TKEY_RIGHT, 'l' },
	  .help = "scroll columns: those that found no room come into sight, then the rest of the command" },
	{ .act = ACT_COL_FIRST, .contexts = KEYS_TABLE, .keys = { KEY_CTRL('a'), '^' }, .help = "first column" },
	{ .act = ACT_COL_LAST, .contexts = KEYS_TABLE, .keys = { KEY_CTRL('e'), '$' }, .help = "last column" },
	{ .act = ACT_INTO, .contexts = KEYS_PAGE, .keys = { TKEY_ENTER }, .label = "Stack",
	  .help = "on the page of a process: the kernel stack of the selected thread, read once" },
	{ .act = ACT_INTO, .contexts = KEYS_TABLE | KEYS_CANVAS, .keys = { TKEY_ENTER }, .label = "Into",
	  .help = "into the process: its page, then Tab for its views; into a group: its processes",
	  .differs = "Enter opens the page of the process" },
	{ .act = ACT_BACK, .contexts = KEYS_SCREENS, .keys = { TKEY_ESC, TKEY_BACKSPACE },
	  .help = "back; first closes a prompt, a menu, a filter", .differs = "Esc never quits" },
	{ .act = ACT_SORT_MENU, .contexts = KEYS_TABLE, .keys = { TKEY_F6, '.', ',' }, .label = "Sort",
	  .help = "menu of sort columns; type to find one" },
	{ .act = ACT_SORT_LEFT, .contexts = KEYS_TABLE, .keys = { '<' }, .help = "sort by the column to the left",
	  .differs = "< and > move the sort column; htop opens its menu" },
	{ .act = ACT_SORT_RIGHT, .contexts = KEYS_TABLE, .keys = { '>' }, .help = "sort by the column to the right" },
	{ .act = ACT_INVERT, .contexts = KEYS_TABLE, .keys = { 'I' }, .help = "invert the order" },
	{ .act = ACT_SORT_CPU, .contexts = KEYS_TABLE, .keys = { 'P' }, .help = "sort by CPU" },
	{ .act = ACT_SORT_MEM, .contexts = KEYS_TABLE, .keys = { 'M' }, .help = "sort by memory" },
	{ .act = ACT_SORT_TIME, .contexts = KEYS_TABLE, .keys = { 'T' }, .help = "sort by CPU time since the start" },
	{ .act = ACT_SORT_PID, .contexts = KEYS_TABLE, .keys = { 'N' }, .help = "sort by pid" },
	{ .act = ACT_SORT_LATENCY, .contexts = KEYS_TABLE, .keys = { 'L' },
	  .help = "sort by latency: in the CPU pane by the time spent waiting for a CPU" },
	{ .act = ACT_SORT_IO, .contexts = KEYS_TABLE, .keys = { 'D' }, .help = "sort by I/O bytes, where the view has them" },
	{ .act = ACT_SORT_DEFAULT, .contexts = KEYS_TABLE, .keys = { 'A' }, .help = "sort by the view's own default" },
	{ .act = ACT_SEARCH, .contexts = KEYS_TABLE, .keys = { TKEY_F3, '/' }, .label = "Search",
	  .help = "search while you type" },
	{ .act = ACT_SEARCH_NEXT, .contexts = KEYS_TABLE, .keys = { 'n' }, .help = "next match" },
	{ .act = ACT_SEARCH_PID, .contexts = KEYS_TABLE,
	  .htop = { '1', '2', '3', '4', '5', '6' }, .help = "search a pid that begins with the digit" },
	{ .act = ACT_FILTER, .contexts = KEYS_TABLE, .keys = { TKEY_F4, '\\' }, .label = "Filter",
	  .help = "show only rows with all words; a|b either; cpu>50, p99>=10ms, user=www-data compare columns",
	  .differs = "the filter knows comparisons" },
	{ .act = ACT_USER, .contexts = KEYS_TABLE, .keys = { 'u' }, .help = "menu of users: show only one's processes" },
	{ .act = ACT_KTHREADS, .contexts = KEYS_TABLE, .keys = { 'K' }, .help = "kernel threads on, off",
	  .differs = "kernel threads are shown at first" },
	{ .act = ACT_CONTAINERS, .contexts = KEYS_TABLE, .keys = { 'O' }, .help = "only processes in containers, and back" },
	{ .act = ACT_THREADS, .contexts = KEYS_TABLE, .keys = { 'H' }, .help = "a row for each thread, and back to processes" },
	{ .act = ACT_GROUP, .contexts = KEYS_TABLE | KEYS_CANVAS, .keys = { 'g' }, .label = "Show",
	  .help = "menu of groups: rows that sum the processes of a user, cgroup, container or command; Enter shows its processes. "
		  "Of disk latencies: menu of operations, devices and flags",
	  .differs = "g groups rows" },
	{ .act = ACT_TREE, .contexts = KEYS_TABLE, .keys = { TKEY_F5, 't' },
	  .help = "devices: what stands on what as a tree, on, off" },
	{ .act = ACT_ALL, .contexts = KEYS_TABLE, .keys = { '*' },
	  .help = "devices: also those without media, and back" },
	{ .act = ACT_TAG, .contexts = KEYS_TABLE, .keys = { ' ' }, .help = "tag the process, or untag it" },
	{ .act = ACT_TAG_TREE, .contexts = KEYS_TABLE, .keys = { 'c' }, .help = "tag the process and its children" },
	{ .act = ACT_UNTAG, .contexts = KEYS_TABLE, .keys = { 'U' }, .help = "untag all" },
	{ .act = ACT_FOLLOW, .contexts = KEYS_TABLE, .keys = { 'F' },
	  .help = "follow: the selected process keeps its line on the screen, the others move around it",
	  .differs = "the cursor stays on its process without F too; F keeps the line as well" },
	{ .act = ACT_PATH, .contexts = KEYS_TABLE, .keys = { 'p' }, .help = "program path on, off" },
	{ .act = ACT_MERGED, .contexts = KEYS_TABLE, .keys = { 'm' }, .help = "executable, name and command line in one, on, off" },
	{ .act = ACT_CALLS, .contexts = KEYS_TABLE | KEYS_PAGE, .keys = { 's' },
	  .help = "the system calls of the process, counted from then on", .differs = "htop traces with strace; here nothing is stopped" },
	{ .act = ACT_INTERVAL, .contexts = KEYS_SCREENS, .keys = { 'd' },
	  .help = "interval (2, 500ms); in a replay: speed (2 = twice as fast)" },
	{ .act = ACT_MARK, .contexts = KEYS_VIEWS, .keys = { 'b' }, .help = "set a mark for B" },
	{ .act = ACT_WINDOW, .contexts = KEYS_VIEWS, .keys = { 'B' },
	  .help = "figures of the interval, since the mark, since the start" },
	{ .act = ACT_KINDS, .contexts = KEYS_TABLE, .keys = { 'e' },
	  .help = "events: menu of kinds; Enter hides one, or shows it again",
	  .differs = "e x o are for events; htop shows environment and file locks" },
	{ .act = ACT_FAILED, .contexts = KEYS_TABLE, .keys = { 'x' },
	  .help = "events: only what failed (codes other than 0, signals, errors of the kernel, of block I/O), on, off" },
	{ .act = ACT_THRESHOLD, .contexts = KEYS_TABLE, .keys = { 'o' },
	  .help = "events: from which length on a wait for a CPU, or block I/O, is one (5ms, 200us)" },
	{ .act = ACT_FREEZE, .contexts = KEYS_SCREENS, .keys = { 'Z' }, .label = "Freeze",
	  .help = "freeze the picture (collection goes on), and back; a replay pauses", .differs = "Z freezes the picture" },
	{ .act = ACT_STEP_BACK, .contexts = KEYS_SCREENS, .keys = { '[' }, .htop_none = true,
	  .help = "replay: one tick back", .differs = "[ ] go in time; htop changes the nice value" },
	{ .act = ACT_STEP_FORWARD, .contexts = KEYS_SCREENS, .keys = { ']' }, .htop_none = true,
	  .help = "replay: one tick forward" },
	{ .act = ACT_MINUTE_BACK, .contexts = KEYS_SCREENS, .keys = { '{' }, .help = "replay: one minute back" },
	{ .act = ACT_MINUTE_FORWARD, .contexts = KEYS_SCREENS, .keys = { '}' }, .help = "replay: one minute forward" },
	{ .act = ACT_GOTO, .contexts = KEYS_SCREENS, .keys = { '@' },
	  .help = "replay: go to a time (14:05, or 3m before the present picture; empty: the end)" },
	{ .act = ACT_SNAPSHOT, .contexts = KEYS_SCREENS, .keys = { 'w' }, .label = "Snapshot",
	  .help = "write the screen to a text file named after host and time" },
	{ .act = ACT_SNAPSHOT_AS, .contexts = KEYS_SCREENS, .keys = { 'W' },
	  .help = "the same, asking for name and format (text, ansi, json, csv)" },
	{ .act = ACT_HEALTH, .contexts = KEYS_SCREENS, .keys = { '!' }, .label = "Health",
	  .help = "the instrument itself: each probe with its state, events, losses and cost" },
	{ .act = ACT_PROBE, .contexts = KEYS_HEALTH, .keys = { ' ' }, .label = "On/Off",
	  .help = "turn the selected probe off, and on again" },
	{ .act = ACT_HEADER, .contexts = KEYS_VIEWS, .keys = { '#' }, .help = "header on, off" },
	{ .act = ACT_REDRAW, .contexts = KEYS_ALL, .keys = { KEY_CTRL('l') }, .help = "redraw the screen" },
	{ .act = ACT_SUSPEND, .contexts = KEYS_ALL, .keys = { KEY_CTRL('z') }, .help = "suspend (fg brings it back)" },
	{ .act = ACT_QUIT, .contexts = KEYS_SCREENS, .keys = { TKEY_F10, 'q', KEY_CTRL('c') }, .label = "Quit",
	  .help = "quit" },
	{ .act = ACT_INTO, .contexts = KEYS_MENU, .keys = { TKEY_ENTER }, .label = "Choose" },
	{ .act = ACT_BACK, .contexts = KEYS_MENU, .keys = { TKEY_ESC }, .label = "Close" },
	{ .act = ACT_QUIT, .contexts = KEYS_MENU | KEYS_PROMPT, .keys = { TKEY_F10, KEY_CTRL('c') } },
	{ .act = ACT_NONE },
};

static const struct {
	int key;
	const char *name;
} key_names[] = {
	{ TKEY_UP, "Up" }, { TKEY_DOWN, "Down" }, { TKEY_LEFT, "Left" }, { TKEY_RIGHT, "Right" },
	{ TKEY_PGUP, "PgUp" }, { TKEY_PGDN, "PgDn" }, { TKEY_HOME, "Home" }, { TKEY_END, "End" },
	{ TKEY_ENTER, "Enter" }, { TKEY_ESC, "Esc" }, { TKEY_BACKSPACE, "Backspace" }, { TKEY_TAB, "Tab" },
	{ TKEY_BTAB, "S-Tab" }, { TKEY_DEL, "Del" }, { ' ', "Space" },
};
/* clang-format on */

const int *keymap_keys(const struct key_binding *b, enum keyset set)
{
	static const int none[] = { 0 };

	if ((set == KEYSET_VI && b->vi_none) || (set == KEYSET_HTOP && b->htop_none))
		return none;
	if (set == KEYSET_VI && b->vi[0])
		return b->vi;
	if (set == KEYSET_HTOP && b->htop[0])
		return b->htop;
	return b->keys;
}

const struct key_binding *keymap_find(int key, enum key_context context, enum keyset set)
{
	if (key == KEY_NONE)
		return NULL;
	for (const struct key_binding *b = keymap; b->act; b++) {
		const int *keys = keymap_keys(b, set);

		if (!(b->contexts & context))
			continue;
		for (int i = 0; i < KEYS_PER_ACTION && keys[i]; i++)
			if (keys[i] == key)
				return b;
	}
	return NULL;
}

const struct key_binding *keymap_action(enum ui_act act)
{
	for (const struct key_binding *b = keymap; b->act; b++)
		if (b->act == act)
			return b;
	return NULL;
}

static int put_char(char *buf, size_t size, int cp)
{
	if (cp < 0x80)
		return snprintf(buf, size, "%c", cp);
	if (cp < 0x800)
		return snprintf(buf, size, "%c%c", 0xc0 | cp >> 6, 0x80 | (cp & 0x3f));
	if (cp < 0x10000)
		return snprintf(buf, size, "%c%c%c", 0xe0 | cp >> 12, 0x80 | (cp >> 6 & 0x3f), 0x80 | (cp & 0x3f));
	return snprintf(buf, size, "%c%c%c%c", 0xf0 | cp >> 18, 0x80 | (cp >> 12 & 0x3f), 0x80 | (cp >> 6 & 0x3f),
			0x80 | (cp & 0x3f));
}

int keymap_name(char *buf, size_t size, int key)
{
	if (key >= TKEY_ALT) {
		char rest[24];

		keymap_name(rest, sizeof(rest), key - TKEY_ALT);
		return snprintf(buf, size, "Alt-%s", rest);
	}
	for (size_t i = 0; i < sizeof(key_names) / sizeof(*key_names); i++)
		if (key_names[i].key == key)
			return snprintf(buf, size, "%s", key_names[i].name);
	if (key >= TKEY_F1 && key <= TKEY_F10)
		return snprintf(buf, size, "F%d", key - TKEY_F1 + 1);
	if (key < ' ')
		return snprintf(buf, size, "Ctrl-%c", key + '@');
	return put_char(buf, size, key < KEY_SPECIAL ? key : '?');
}

int keymap_names(char *buf, size_t size, const struct key_binding *b, enum keyset set)
{
	const int *keys = keymap_keys(b, set);
	int len = 0;

	*buf = '\0';
	for (int i = 0; i < KEYS_PER_ACTION && keys[i] && (size_t)len + 16 < size; i++) {
		if (i)
			buf[len++] = ' ';
		len += keymap_name(buf + len, size - (size_t)len, keys[i]);
	}
	return len;
}
