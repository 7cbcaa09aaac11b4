/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes by process and file: sums of the growth, and the rows of a snapshot. */
#include "snap_fs_files.h"

#include <string.h>

#include "file_table.h"
#include "fs_state.h"
#include "snap_fs_ops.h"
#include "sort.h"

/* As many as the kernel's side holds: it takes out those that are idle, and here they give way to those that are not. */
#define ENTRIES_MAX (FS_FILES_MAX + FS_REST_MAX)

/* Counters of an entry: of reads, then the same of writes. */
enum { N_COUNT, N_BYTES, N_ERRORS, N_NS, N_OF, N_NR = 2 * N_OF };

struct fs_files {
	struct file_table table;
	struct pool order, rows, who; /* who: rows of processes that the table of tasks does not show */
	struct fs_files_snap snap;
};

static int files_init(void *state)
{
	struct fs_files *s = state;
	int ret = file_table_init(&s->table, ENTRIES_MAX, N_NR);

	if (!ret)
		ret = pool_init(&s->order, POOL_PLAIN, ENTRIES_MAX, sizeof(struct pool_node));
	if (!ret)
		ret = pool_init(&s->rows, POOL_PLAIN, ENTRIES_MAX, sizeof(struct fs_file_row));
	return ret ? ret : pool_init(&s->who, POOL_PLAIN, FILE_TABLE_PROCS, sizeof(struct proc_row));
}

static void files_fini(void *state)
{
	struct fs_files *s = state;

	file_table_fini(&s->table);
	pool_fini(&s->order);
	pool_fini(&s->rows);
	pool_fini(&s->who);
}

/* Rows are written in place, not handed out: a pool has to be told that they were. */
static void clear_pool(struct pool *p)
{
	p->fresh = 1;
	pool_clear(p);
}

static void files_clear(void *state)
{
	struct fs_files *s = state;

	file_table_clear(&s->table);
	clear_pool(&s->order);
	clear_pool(&s->rows);
	clear_pool(&s->who);
	s->snap = (struct fs_files_snap){.rows = NULL};
}

static void add(struct file_table *t, struct file_counts *c, const struct fs_delta *d)
{
	uint64_t *n = c->n + d->op * N_OF;

	n[N_COUNT] += d->count;
	n[N_BYTES] += d->bytes;
	n[N_ERRORS] += d->errors;
	n[N_NS] += d->ns;
	file_table_add_hist(t, c, d->op, d->slots, d->max_ns);
}

static void files_grow(void *state, const struct fs_delta *d)
{
	const struct file_entry_key key = {d->ino, d->dev, d->type};
	struct file_table *t = &((struct fs_files *)state)->table;
	struct file_entry *e;

	if (d->op > FS_OP_WRITE)
		return;
	e = fs_delta_grew(d) ? file_table_entry(t, d, &key) : NULL;
	for (int i = 0; e && i < SINCE_NR; i++) {
		struct file_counts *c = file_table_counts(t, e, (enum since)i);

		if (c)
			add(t, c, d);
	}
	if (!fs_delta_grew(d) && d->max_ns)
		file_table_late_max(t, d, &key, d->op);
	if (d->flags & FS_F_GONE)
		file_table_gone(t, d, &key);
}

static void files_tick(void *state, const struct tick_rec *tick)
{
	file_table_tick(&((struct fs_files *)state)->table, tick);
}

/* ---- rows ---- */

static int compare_files(const void *a, const void *b)
{
	const struct file_entry *x = a, *y = b;
	int diff = x->proc == y->proc ? 0 : proc_who_compare(x->proc, y->proc);

	if (diff)
		return diff;
	if (x->key.dev != y->key.dev)
		return x->key.dev < y->key.dev ? -1 : 1;
	if (x->key.ino != y->key.ino)
		return x->key.ino < y->key.ino ? -1 : 1;
	return (int)x->key.type - (int)y->key.type;
}

static bool has_row(const struct file_entry *e, enum since since)
{
	if (!e->used)
		return false;
	return e->counts[since] || (e->proc->who.row && !e->gone && e->idle <= FILE_TABLE_STAY);
}

static int64_t fig(uint64_t n)
{
	return n > SINCE_VALUE_MAX ? SINCE_VALUE_MAX : (int64_t)n;
}

static void add_direction(struct fs_file_row *row, struct hist *all, const struct file_counts *c, int op)
{
	const uint64_t *n = c->n + op * N_OF;

	*(op == FS_OP_READ ? &row->reads : &row->writes) = fig(n[N_COUNT]);
	*(op == FS_OP_READ ? &row->read_bytes : &row->write_bytes) = fig(n[N_BYTES]);
	fig_add(&row->operations, fig(n[N_COUNT]));
	fig_add(&row->bytes, fig(n[N_BYTES]));
	fig_add(&row->errors, fig(n[N_ERRORS]));
	fig_add(&row->ns, fig(n[N_NS]));
	if (!c->hist[op])
		return;
	for (int i = 0; i < HIST_SLOTS; i++) {
		row->slots[op][i] = c->hist[op]->slots[i];
		all->slots[i] += row->slots[op][i];
	}
	row->max_of_ns[op] = c->max_ns[op] ? fig(c->max_ns[op]) : FIG_UNKNOWN;
	if (c->max_ns[op] > all->max_ns)
		all->max_ns = c->max_ns[op];
}

static void make_row(struct fs_file_row *row, const struct file_entry *e, const struct proc_row *p, enum since since)
{
	struct hist all = {.max_ns = 0};

	*row = (struct fs_file_row){
		.p = p, .pid = p->pid, .ppid = p->ppid, .processes = p->processes,
		.inode = e->key.ino ? (int64_t)e->key.ino : FIG_UNKNOWN, .opens = FIG_UNKNOWN, .ino = e->key.ino, .dev = e->key.dev, .type = (uint16_t)e->key.type,
		.max_of_ns = {FIG_UNKNOWN, FIG_UNKNOWN},
	};
	memcpy(row->fstype, e->fstype, FS_TYPE_BYTES);
	for (int op = 0; e->counts[since] && op < 2; op++)
		add_direction(row, &all, e->counts[since], op);
	row->p50_ns = hist_percentile_ns(&all, 500);
	row->p99_ns = hist_percentile_ns(&all, 990);
	row->max_ns = hist_max_ns(&all);
}

/* Its row of the table of tasks, or one of our own: all files of a process come one after the other. */
static const struct proc_row *row_of(struct fs_files *s, const struct file_proc *p, const struct snapshot *snap,
				     enum since since, uint32_t *who_nr)
{
	struct proc_row *row;

	if (p->who.row)
		return p->who.row;
	row = pool_at(&s->who, (*who_nr)++);
	file_table_bare_row(p, snap, since, row);
	return row;
}

static void make_rows(struct fs_files *s, const struct snapshot *snap, enum since since)
{
	const struct proc_row *p = NULL;
	const struct file_entry **order = pool_at(&s->order, 0);
	struct fs_file_row *rows = pool_at(&s->rows, 0);
	uint32_t nr = 0, who_nr = 0;

	for (uint32_t i = 0; i < s->table.entries.fresh; i++)
		if (has_row(pool_at(&s->table.entries, i), since))
			order[nr++] = pool_at(&s->table.entries, i);
	sort_pointers((const void **)order, nr, compare_files);
	for (uint32_t i = 0; i < nr; i++) {
		if (!i || order[i]->proc != order[i - 1]->proc)
			p = row_of(s, order[i]->proc, snap, since, &who_nr);
		make_row(&rows[i], order[i], p, since);
	}
	s->snap.rows = rows;
	s->snap.rows_nr = (int)nr;
}

static void files_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_files *s = state;

	s->snap = (struct fs_files_snap){.status = snap->fs_ops->io};
	if (file_table_refused(&s->table) && s->snap.status.state == FIG_EXACT)
		s->snap.status.state = FIG_INCOMPLETE;
	snap->fs_files = &s->snap;
	file_table_link(&s->table, snap);
	make_rows(s, snap, file_table_since(&s->table, window));
	file_table_rebase(&s->table, SINCE_PUBLISH);
}

static void files_mark(void *state)
{
	file_table_mark(&((struct fs_files *)state)->table);
}

const struct fs_fold fs_files_fold = {
	.name = "files",
	.state_size = sizeof(struct fs_files),
	.init = files_init,
	.fini = files_fini,
	.clear = files_clear,
	.grow = files_grow,
	.tick = files_tick,
	.publish = files_publish,
	.mark = files_mark,
};

/* ---- what views ask ---- */

static bool is_before(const struct fs_file_row *f, const struct proc_row *row)
{
	if (f->p->pid == FIG_UNKNOWN || f->p->pid != row->pid)
		return f->p->pid != FIG_UNKNOWN && f->p->pid < row->pid;
	return f->p->start_ns < row->start_ns;
}

int snapshot_fs_files_of(const struct snapshot *s, const struct proc_row *row, const struct fs_file_row **ret_rows)
{
	const struct fs_files_snap *f = s->fs_files;
	int from = 0, to = f ? f->rows_nr : 0, nr = 0;

	*ret_rows = NULL;
	if (!f || row->pid == FIG_UNKNOWN)
		return 0;
	while (from < to) {
		int at = from + (to - from) / 2;

		if (is_before(&f->rows[at], row))
			from = at + 1;
		else
			to = at;
	}
	*ret_rows = &f->rows[from];
	while (from + nr < f->rows_nr && f->rows[from + nr].p->pid == row->pid &&
	       f->rows[from + nr].p->start_ns == row->start_ns)
		nr++;
	return nr;
}
