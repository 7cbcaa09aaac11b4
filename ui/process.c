/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and bars for one process. */
#include "process.h"

#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "ui_priv.h"

static const struct {
	char letter;
	const char *title, *help;
} classes[WAIT_NR] = {
#define ROW(id, letter_, key, title_, help_) [WAIT_##id] = { letter_, title_, help_ },
	WAIT_CLASSES(ROW)
#undef ROW
};

char wait_letter(enum wait_class wclass)
{
	return wclass < WAIT_NR ? classes[wclass].letter : '?';
}

const char *wait_title(enum wait_class wclass)
{
	return wclass < WAIT_NR ? classes[wclass].title : "other";
}

const char *wait_help(enum wait_class wclass)
{
	return wclass < WAIT_NR ? classes[wclass].help : "";
}

enum style wait_style(char letter)
{
	switch (letter) {
	case 'R':
		return STYLE_ONCPU;
	case 'w':
	case 't':
		return STYLE_RUNQ;
	case 'D':
	case 'F':
		return STYLE_DISK;
	case 'L':
		return STYLE_KLOCK;
	case '.':
	case 'T':
		return STYLE_DIM;
	default:
		return STYLE_SLEEP;
	}
}

/* The first row of that pid or of a higher one: rows are in order of pid, the summed ones last. */
static int row_from(const struct snapshot *s, int64_t pid)
{
	int from = 0, to = s->procs_nr;

	while (from < to) {
		int at = from + (to - from) / 2;

		if (s->procs[at].pid != FIG_UNKNOWN && s->procs[at].pid < pid)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

const struct proc_row *proc_find(const struct snapshot *s, int64_t pid)
{
	if (pid == FIG_UNKNOWN)
		return NULL;
	for (int i = row_from(s, pid); i < s->procs_nr && s->procs[i].pid == pid; i++)
		if (!s->procs[i].dead)
			return &s->procs[i];
	return NULL;
}

/* A summed row has no pid: its name and parent are what stays the same. */
struct row_id proc_row_id(const void *row)
{
	const struct proc_row *p = row;
	struct row_id id = { .a = (uint64_t)p->pid, .b = p->start_ns };

	if (p->pid != FIG_UNKNOWN)
		return id;
	memcpy(&id.b, p->comm, sizeof(id.b));
	id.b ^= (uint64_t)p->ppid * 0x9e3779b97f4a7c15ULL;
	for (size_t i = sizeof(id.b); i < sizeof(p->comm); i++)
		id.b = (id.b ^ (uint8_t)p->comm[i]) * 0x100000001b3ULL;
	return id;
}

const struct proc_row *proc_by_id(const struct snapshot *s, struct row_id id)
{
	for (int i = row_from(s, (int64_t)id.a); i < s->procs_nr && s->procs[i].pid == (int64_t)id.a; i++)
		if (row_id_equal(proc_row_id(&s->procs[i]), id))
			return &s->procs[i];
	return NULL;
}

bool thread_of(const struct proc_row *thread, struct row_id process)
{
	return (uint64_t)thread->ppid == process.a;
}

/* A bounded buffer of raw bytes. */
struct bytes {
	char *at;
	size_t len, size;
};

static void add(struct bytes *b, const char *text, size_t len)
{
	if (len > b->size - b->len)
		len = b->size - b->len;
	memcpy(b->at + b->len, text, len);
	b->len += len;
}

static size_t comm_len(const struct proc_row *row)
{
	return strnlen(row->comm, sizeof(row->comm));
}

/*
 * Whether the first word says what comm says, as in "/usr/sbin/sshd", "-bash" and "postgres:":
 * only where it does not is comm worth its room.
 */
static bool word_names_comm(const struct proc_row *row, const char *word, size_t len)
{
	size_t n = comm_len(row);

	if (len && *word == '-')
		word++, len--;
	return len >= n && !memcmp(word, row->comm, n) && (len == n || n == TASK_COMM_BYTES - 1 || word[n] == ':');
}

static void add_args(struct bytes *b, const char *args, size_t len)
{
	while (len && !args[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		add(b, args[i] ? &args[i] : " ", 1);
}

/* A title set by the program has blanks, not NULs: its first word ends at a blank. */
static size_t first_word(const struct proc_row *row)
{
	size_t len = 0;

	while (len < row->cmd_len && row->cmd[len] && row->cmd[len] != ' ')
		len++;
	return len;
}

size_t proc_cmdline(const struct ui *ui, const struct proc_row *row, char *buf, size_t size)
{
	struct bytes b = { .at = buf, .size = size };

	if (!row->cmd || !row->cmd_len)
		add(&b, row->comm, comm_len(row));
	else
		add_args(&b, row->cmd, ui->opts.show_args ? row->cmd_len : first_word(row));
	return b.len;
}

size_t proc_command(const struct ui *ui, const struct proc_row *row, char *buf, size_t size)
{
	struct bytes b = { .at = buf, .size = size };
	const char *word = row->cmd, *base;
	size_t word_len, base_len, colon;

	if (!row->cmd || !row->cmd_len) {
		add(&b, row->comm, comm_len(row));
		return b.len;
	}
	word_len = first_word(row);
	base = memrchr(word, '/', word_len);
	base = base ? base + 1 : word;
	base_len = word_len - (size_t)(base - word);
	if (ui->merged && row->exe && row->exe_len) {
		add(&b, row->exe, row->exe_len);
		add(&b, " ", 1);
	}
	if (ui->merged || !word_names_comm(row, base, base_len)) {
		add(&b, row->comm, comm_len(row));
		add(&b, " (", 2);
		colon = base_len && base[base_len - 1] == ':'; /* of a title, "php-fpm: pool www" */
		add(&b, ui->show_path ? word : base, (ui->show_path ? word_len : base_len) - colon);
		add(&b, ")", 1);
	} else {
		add(&b, ui->show_path ? word : base, ui->show_path ? word_len : base_len);
	}
	if (ui->opts.show_args)
		add_args(&b, word + word_len, row->cmd_len - word_len);
	return b.len;
}

size_t proc_user(const struct proc_row *row, char *buf, size_t size)
{
	int len;

	if (row->user)
		len = snprintf(buf, size, "%s", row->user);
	else if (row->uid == FIG_UNKNOWN)
		len = 0;
	else
		len = snprintf(buf, size, "%lld", (long long)row->uid);
	return (size_t)len < size ? (size_t)len : size - 1;
}

void proc_title(const struct ui *ui, const struct proc_row *row, bool ascii, char *buf, size_t size)
{
	char raw[PROC_TEXT_MAX];
	size_t len = proc_command(ui, row, raw, sizeof(raw)), room = size > 24 ? size - 16 : size;

	if (len > 40)
		len = 40;
	len = esc_text(buf, room, raw, len, ascii);
	if (row->pid != FIG_UNKNOWN)
		snprintf(buf + len, size - len, " (%lld)", (long long)row->pid);
}

void proc_parents(const struct snapshot *s, const struct proc_row *row, int depth, bool ascii, char *buf, size_t size)
{
	const struct proc_row *chain[16];
	int nr = 0;
	size_t len = 0;

	*buf = '\0';
	for (const struct proc_row *p = proc_find(s, row->ppid); p && nr < depth && nr < 16; p = proc_find(s, p->ppid))
		chain[nr++] = p;
	while (nr-- > 0 && len + 80 < size) {
		len += esc_comm(buf + len, size - len, chain[nr]->comm, sizeof(chain[nr]->comm), ascii);
		if (nr)
			len += (size_t)snprintf(buf + len, size - len, " > ");
	}
}

void proc_end(const struct proc_row *row, char *buf, size_t size)
{
	int status = row->exit_code;

	*buf = '\0';
	if (!row->dead || row->pid == FIG_UNKNOWN)
		return;
	if (status & 0x7f)
		snprintf(buf, size, "killed by signal %d", status & 0x7f);
	else
		snprintf(buf, size, "exit %d", status >> 8 & 0xff);
}

/* Idle time of the bar: what is left of the wall time of the threads that did something. */
static void bar_parts(const struct proc_row *row, int64_t *parts)
{
	int64_t busy = 0, idle, timer = row->class_ns[WAIT_TIMER], both;

	for (int i = 0; i < WAIT_NR; i++) {
		parts[i] = row->class_ns[i] > 0 ? row->class_ns[i] : 0;
		if (i != WAIT_TIMER && i != WAIT_IDLE)
			busy += parts[i];
	}
	idle = row->active_wall_ns > busy ? row->active_wall_ns - busy : 0;
	both = parts[WAIT_TIMER] + parts[WAIT_IDLE];
	parts[WAIT_TIMER] = both > 0 && timer > 0 ? (int64_t)((double)idle * (double)timer / (double)both) : 0;
	parts[WAIT_IDLE] = idle - parts[WAIT_TIMER];
	if (!busy && !idle)
		parts[WAIT_IDLE] = 1;
}

bool proc_bar(const struct proc_row *row, int cells, char *buf)
{
	int64_t parts[WAIT_NR], rest[WAIT_NR], sum = 0;
	int count[WAIT_NR], used = 0, at = 0;

	*buf = '\0';
	if (row->class_ns[WAIT_ONCPU] == FIG_UNKNOWN || row->active_wall_ns == FIG_UNKNOWN)
		return false;
	bar_parts(row, parts);
	for (int i = 0; i < WAIT_NR; i++)
		sum += parts[i];
	for (int i = 0; i < WAIT_NR; i++) {
		double share = (double)parts[i] / (double)sum * cells;

		count[i] = (int)share;
		rest[i] = (int64_t)((share - count[i]) * 1e9);
		used += count[i];
	}
	while (used < cells) {
		int best = 0;

		for (int i = 1; i < WAIT_NR; i++)
			if (rest[i] > rest[best])
				best = i;
		count[best]++;
		rest[best] = -1;
		used++;
	}
	for (int i = 0; i < WAIT_NR; i++) /* idle comes last in the bar */
		for (int n = i == WAIT_IDLE ? 0 : count[i]; n > 0; n--)
			buf[at++] = wait_letter((enum wait_class)i);
	while (count[WAIT_IDLE]-- > 0)
		buf[at++] = '.';
	buf[at] = '\0';
	return true;
}

void proc_bar_draw(struct canvas *c, int y, int x, const char *bar)
{
	for (int i = 0; bar[i]; i++)
		canvas_text(c, y, x + i, 1, wait_style(bar[i]), (char[]){ bar[i], '\0' });
}
