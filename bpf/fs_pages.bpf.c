// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page cache by process, while somebody asks: pages that reads touch, pages that are added, made dirty,
 * faulted in.
 *
 * For what a page is added is told only later: the read that wanted it says so when it has found it, a write when it
 * makes the page dirty. Until then it waits with the thread. So io_uring, sendfile and kernel threads are told
 * apart as reads and writes are, and no number of a system call is asked. Where no hook tells reads (before 6.12)
 * each page is a miss until it gets dirty.
 */
#include "fs_ahead.bpf.h"
#include "fs_read.bpf.h"
#include "task.bpf.h"

#define PAGE_SHIFT_SMALL 12
#define MODE_TYPE	 0170000
#define MODE_REGULAR	 0100000

/* 6.12 tells which pages a read finds in the cache. */
const volatile bool has_page_reads = false;
const volatile __u32 page_shift = PAGE_SHIFT_SMALL;
__u32 pages_pass = 0; /* the reader counts its passes here */
bool page_faults_told = false; /* whether a page is added in a page fault can be seen: 5.15 */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PAGE_PROCS_MAX);
	__type(key, struct page_key);
	__type(value, struct page_sum);
} page_procs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct page_mark);
} page_marks SEC(".maps");

/* 5.10: by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct page_mark);
} page_marks_lru SEC(".maps");

const struct page_sum page_sum_zero = {};
const struct page_mark page_mark_zero = {};

/* Who does it; `u` is NULL where the running task cannot be had (5.10). */
struct page_who {
	struct cpu_block *b;
	struct task_struct *t, *u;
	struct page_key key;
	__u32 flags; /* PF_* */
};

/* False where it is not to be counted. */
static __always_inline bool page_who(struct cpu_block *b, struct page_who *w, bool cast)
{
	struct task_struct *t;
	struct task_state *st;

	if (!(settings.demand & (DEMAND_PAGES | DEMAND_CACHES)))
		return false;
	w->b = b;
	w->key.reserved = 0;
	w->t = t = task_current();
	if (!t) {
		w->u = NULL;
		w->key.tgid = bpf_get_current_pid_tgid() >> 32;
		w->key.start_ns = b->current_start_ns;
		w->flags = b->current_flags;
		return w->key.tgid != settings.self_tgid && (!track || b->current_tracked);
	}
	w->u = task_untrusted(t, cast);
	w->key.tgid = w->u->tgid;
	w->key.start_ns = w->u->group_leader->start_boottime;
	w->flags = w->u->flags;
	if (w->key.tgid == settings.self_tgid)
		return false;
	if (!track)
		return true;
	st = task_state(t);
	return st && state_is_counted(st);
}

static __always_inline struct page_mark *mark_of(const struct page_who *w, bool create)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();

	if (has_storage)
		return w->t ? bpf_task_storage_get(&page_marks, w->t, 0, create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0) :
			      NULL;
	if (create)
		bpf_map_update_elem(&page_marks_lru, &pid, &page_mark_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&page_marks_lru, &pid);
}

/* It may have changed since: an exec keeps the process. */
static __always_inline void sum_name(struct page_sum *sum, const struct page_who *w)
{
	if (w->u) {
		sum->comm[0] = comm_half(w->u->group_leader, 0);
		sum->comm[1] = comm_half(w->u->group_leader, 1);
	} else {
		bpf_get_current_comm(sum->comm, sizeof(sum->comm));
	}
}

static __always_inline struct page_sum *sum_of(const struct page_who *w)
{
	struct page_sum *sum = bpf_map_lookup_elem(&page_procs, &w->key);
	struct page_key none = {};

	if (!sum) {
		bpf_map_update_elem(&page_procs, &w->key, &page_sum_zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&page_procs, &w->key);
		if (sum)
			sum->flags = w->flags & PF_KTHREAD ? FS_F_KTHREAD : 0;
	}
	if (!sum) {
		ADD(w->b->probe[PROBE_PAGE_ADD].map_full, 1);
		return bpf_map_lookup_elem(&page_procs, &none);
	}
	sum->pass = pages_pass;
	sum_name(sum, w);
	return sum;
}

/* A number that changes with every call of the thread's that reads; 0 where the kernel does not count them. */
static __always_inline __u64 read_call(const struct page_who *w)
{
	return bpf_core_field_exists(w->u->ioac.syscr) ? w->u->ioac.syscr : 0;
}

/*
 * A pointer as a number: the verifier lets no pointer be a part of a key, but it lets two be subtracted. This is the
 * distance from a variable of ours, which is equal in all programs.
 */
static __always_inline __u64 mapping_number(const void *mapping)
{
	__u64 distance = (__u64)mapping;

	asm volatile("%0 -= %1" : "+r"(distance) : "r"(&settings));
	return distance;
}

/* The folio, or before 5.16 the page, with its place in the file. */
struct page_place {
	struct address_space *mapping;
	__u64 number; /* of the mapping */
	__u64 first, nr;
};

/* Flags lie at the beginning; their type has changed. */
static __always_inline bool folio_is_large(const struct folio *folio)
{
	return *(const volatile __u64 *)folio >> bpf_core_enum_value(enum pageflags, PG_head) & 1;
}

/* 6.15 renamed the number of pages. */
static __always_inline __u32 folio_pages(struct folio *folio)
{
	struct folio___named *old = (void *)folio;

	if (!folio_is_large(folio))
		return 1;
	if (bpf_core_field_exists(folio->_nr_pages))
		return folio->_nr_pages;
	return bpf_core_field_exists(old->_folio_nr_pages) ? old->_folio_nr_pages : 1;
}

static __always_inline bool page_place(struct page_place *p, void *page, bool cast)
{
	struct page___index *old = page;
	struct folio *folio = page;

	if (bpf_core_type_exists(struct folio)) {
		if (cast)
			folio = kernel_cast(folio, bpf_core_type_id_kernel(struct folio));
		p->mapping = folio->mapping;
		p->first = folio->index;
		p->nr = folio_pages(folio);
	} else {
		p->mapping = old->mapping;
		p->first = old->index;
		p->nr = 1;
	}
	if (!p->mapping)
		return false;
	p->number = mapping_number(p->mapping);
	return true;
}

static __always_inline enum page_run_of run_of(struct address_space *mapping)
{
	struct inode *host = mapping->host;

	return host && (host->i_mode & MODE_TYPE) == MODE_REGULAR ? PAGE_RUN_FILE : PAGE_RUN_OTHER;
}

/* A page fault in user mode: no system call stands in the registers. */
static __always_inline bool is_fault(const struct page_who *w)
{
	if (!has_task_regs() || !w->t || w->flags & (PF_KTHREAD | PF_IO_WORKER))
		return false;
	return (int)regs_syscall((struct pt_regs *)bpf_task_pt_regs(w->t)) < 0;
}

static __always_inline void run_add(struct page_run *run, const struct page_place *p)
{
	if (run->mapping != p->number || !run->pages) {
		run->mapping = p->number;
		run->first = p->first;
		run->last = p->first + p->nr - 1;
		run->pages = 0;
	}
	if (p->first < run->first)
		run->first = p->first;
	if (p->first + p->nr - 1 > run->last)
		run->last = p->first + p->nr - 1;
	run->pages += p->nr;
}

/* What of these pages nobody has asked for yet. */
static __always_inline void added_ahead(const struct page_who *w, const struct page_mark *m, const struct page_place *p,
					bool fault)
{
	struct ahead a = {.mapping = p->number, .first = p->first, .last = p->first + p->nr - 1, .what = AHEAD_CAME};

	if (fault && m->fault_mapping == p->number && m->fault_page >= a.first && m->fault_page <= a.last) {
		struct ahead before = a;

		before.last = m->fault_page - 1;
		if (m->fault_page > a.first)
			ahead_walk(&before);
		a.first = m->fault_page + 1;
	} else if (!fault && m->mapping == p->number && m->call == read_call(w) && a.first >= m->first &&
		   a.first <= m->last) {
		a.first = m->last + 1; /* the call goes on, and these are for it */
	}
	ahead_walk(&a);
}

static __always_inline int page_added(struct cpu_block *b, void *page, bool cast)
{
	struct page_place p;
	struct page_mark *m;
	struct page_sum *sum;
	struct page_who w;
	enum page_run_of of;
	bool fault;

	if (!page_who(b, &w, cast) || !page_place(&p, page, cast))
		return 0;
	m = mark_of(&w, true);
	sum = sum_of(&w);
	if (!m || !sum) {
		ADD(b->probe[PROBE_PAGE_ADD].unmatched, 1);
		return 0;
	}
	of = run_of(p.mapping);
	fault = is_fault(&w);
	if (has_task_regs() && !page_faults_told)
		page_faults_told = true;
	ADD(sum->adds, p.nr);
	if (fault)
		ADD(sum->fault_adds, p.nr);
	else
		run_add(&m->run[of & 1], &p);
	if (!has_page_reads && !fault && of == PAGE_RUN_FILE)
		ADD(sum->misses, p.nr);
	/* No hook tells that metadata is read. */
	if (cast && has_page_reads && of == PAGE_RUN_FILE && settings.demand & DEMAND_CACHES)
		added_ahead(&w, m, &p, fault);
	return 0;
}

__hidden int fs_on_page_add(struct cpu_block *b, void *page)
{
	return page_added(b, page, true);
}

__hidden int fs_on_page_add_plain(struct cpu_block *b, void *page)
{
	return page_added(b, page, false);
}

/*
 * One call reports the rest of its range again and again. Later ranges of the same call begin where those ended,
 * with the page that both have, or behind it.
 */
static __always_inline __u64 read_from(const struct page_mark *m, __u64 number, __u64 call, __u64 first)
{
	if (m->mapping != number || m->call != call || first <= m->first || first > m->last + 1)
		return first;
	return m->last + 1;
}

static __always_inline void read_ahead(const struct page_run *run, __u64 number, __u64 first, __u64 last)
{
	struct ahead a = {.mapping = number, .first = first, .last = last, .asked_first = 1, .what = AHEAD_USED};

	if (run->mapping == number && run->pages) {
		a.asked_first = run->first;
		a.asked_last = run->last;
	}
	ahead_walk(&a);
}

/*
 * Where the last of the pages found is still being read, the hook says nothing, and a later report of the same
 * call begins behind the others. So the first one of a call counts from where the call began.
 */
static __always_inline __u64 read_began(const struct page_who *w, const struct page_mark *m, __u64 number, __u64 call,
					__u64 first)
{
	struct read_way way;
	struct pt_regs *regs;
	struct file *file;
	__s64 place;

	if (!w->t || w->flags & (PF_KTHREAD | PF_IO_WORKER) || task_is_compat(w->t))
		return first;
	regs = (struct pt_regs *)bpf_task_pt_regs(w->t);
	way = read_way(regs_syscall(regs));
	if (!way.fd)
		return first;
	if (way.chunks && m->mapping == number && m->call == call)
		return first > m->last + 1 ? m->last + 1 : first;
	file = fs_file_at((__u32)regs_arg(regs, way.fd, false), true);
	if (!file || mapping_number(file->f_mapping) != number)
		return first;
	place = read_place(way, regs, file);
	return place >= 0 && (__u64)place >> page_shift < first ? (__u64)place >> page_shift : first;
}

/* Only where there is bpf_rdonly_cast: the hook is younger. */
__hidden int fs_on_page_read(struct cpu_block *b, struct address_space *mapping, unsigned long first, unsigned long last)
{
	__u64 number, call, from, end;
	struct page_run *run;
	struct page_mark *m;
	struct page_sum *sum;
	struct page_who w;
	struct inode *host;

	if (!page_who(b, &w, true))
		return 0;
	mapping = kernel_cast(mapping, bpf_core_type_id_kernel(struct address_space));
	host = mapping->host;
	m = mark_of(&w, true);
	sum = sum_of(&w);
	if (!m || !sum || !host) {
		ADD(b->probe[PROBE_PAGE_READ].unmatched, 1);
		return 0;
	}
	/* The range is that of the caller's buffer: it may reach beyond the end of the file. */
	end = host->i_size > 0 ? (__u64)(host->i_size - 1) >> page_shift : 0;
	if (last > end)
		last = end;
	number = mapping_number(mapping);
	call = read_call(&w);
	from = read_from(m, number, call, first);
	if (from == first)
		from = read_began(&w, m, number, call, first);
	run = &m->run[run_of(mapping) & 1];
	if (last >= from) {
		ADD(sum->accesses, last - from + 1);
		if (settings.demand & DEMAND_CACHES)
			read_ahead(run, number, from, last);
	}
	if (run->mapping == number && run->pages) {
		ADD(sum->misses, run->pages);
		run->pages = 0;
	}
	m->mapping = number;
	m->call = call;
	m->last = from > first && m->last > last ? m->last : last;
	m->first = first;
	return 0;
}

static __always_inline int page_dirtied(struct cpu_block *b, void *page, struct address_space *mapping, bool cast)
{
	struct page_place p;
	struct page_mark *m;
	struct page_sum *sum;
	struct page_who w;
	struct page_run *run;
	__u64 back;

	if (!page_who(b, &w, cast) || !page_place(&p, page, cast))
		return 0;
	sum = sum_of(&w);
	if (!sum)
		return 0;
	ADD(sum->dirties, p.nr);
	m = mark_of(&w, false);
	if (!m)
		return 0;
	run = &m->run[run_of(p.mapping) & 1];
	if (run->mapping != p.number || !run->pages || p.first < run->first || p.first > run->last)
		return 0;
	if (cast && has_page_reads && settings.demand & DEMAND_CACHES)
		read_ahead(run, p.number, p.first, p.first + p.nr - 1);
	back = p.nr < run->pages ? p.nr : run->pages;
	run->pages -= back;
	if (!has_page_reads && run_of(p.mapping) == PAGE_RUN_FILE)
		ADD(sum->taken_back, back);
	return 0;
}

__hidden int fs_on_page_dirty(struct cpu_block *b, void *page, struct address_space *mapping)
{
	return page_dirtied(b, page, mapping, true);
}

__hidden int fs_on_page_dirty_plain(struct cpu_block *b, void *page, struct address_space *mapping)
{
	return page_dirtied(b, page, mapping, false);
}

/* Comes before the page is looked for. */
__hidden int fs_on_page_fault(struct cpu_block *b, struct address_space *mapping, unsigned long page)
{
	struct page_mark *m;
	struct page_sum *sum;
	struct page_who w;

	if (!page_who(b, &w, true))
		return 0;
	m = mark_of(&w, true);
	sum = sum_of(&w);
	if (!m || !sum) {
		ADD(b->probe[PROBE_PAGE_FAULT].unmatched, 1);
		return 0;
	}
	ADD(sum->faults, 1);
	m->fault_mapping = mapping_number(mapping);
	m->fault_page = page;
	if (settings.demand & DEMAND_CACHES) {
		struct ahead a = {.mapping = m->fault_mapping, .first = page, .last = page, .asked_first = 1,
				  .what = AHEAD_USED};

		ahead_walk(&a);
	}
	return 0;
}

/* Pages around a fault that are in the cache already: from now on nothing tells of their use. */
__hidden int fs_on_page_map(struct cpu_block *b, struct address_space *mapping, unsigned long first, unsigned long last)
{
	struct ahead a = {.mapping = mapping_number(mapping), .first = first, .last = last, .asked_first = 1,
			  .what = AHEAD_USED};

	if (settings.demand & DEMAND_CACHES)
		ahead_walk(&a);
	return 0;
}

__hidden int fs_on_page_delete(struct cpu_block *b, void *page)
{
	struct page_place p;
	struct ahead a = {.what = AHEAD_DROPPED};

	if (!(settings.demand & DEMAND_CACHES) || !page_place(&p, page, true))
		return 0;
	a.mapping = p.number;
	a.first = p.first;
	a.last = p.first + p.nr - 1;
	ahead_walk(&a);
	return 0;
}
