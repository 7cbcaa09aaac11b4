// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls by process, number and errno. The hooks slow down every call of every process, so
 * they are attached only while somebody asks, and what they fill is then emptied.
 *
 * A process whose calls find no room is counted by number alone: sums by name stay exact.
 */
#include "common.bpf.h"
#include "calls.h"
#include "wait.bpf.h"

#define ERRNO_MAX     4095
#define ERESTARTSYS   512 /* to ERESTART_RESTARTBLOCK: the call goes on after a signal */
#define ERESTART_LAST 516
#define X32_BIT	      0x40000000L

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALLS_MAX);
	__type(key, struct call_key);
	__type(value, struct call_sum);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALLS_REST);
	__type(key, struct call_key);
	__type(value, struct call_sum);
} calls_rest SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALL_ERRS_MAX);
	__type(key, struct call_err_key);
	__type(value, struct call_err_sum);
} call_errs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALLS_REST);
	__type(key, struct call_err_key);
	__type(value, struct call_err_sum);
} call_errs_rest SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call_mark);
} call_marks SEC(".maps");

/* 5.10: by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct call_mark);
} call_marks_lru SEC(".maps");

__u32 calls_pass = 0;	 /* the reader counts its passes here */
__u32 calls_round = 0; /* and how often the hooks were attached */

const struct call_sum call_zero = {};
const struct call_err_sum call_err_zero = {};
const struct call_mark call_mark_zero = {};

static __always_inline struct call_mark *mark_of_pid(__u32 pid, bool create)
{
	if (create)
		bpf_map_update_elem(&call_marks_lru, &pid, &call_mark_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&call_marks_lru, &pid);
}

static __always_inline struct call_mark *mark_get(bool create)
{
	struct task_struct *t;

	if (!has_storage)
		return mark_of_pid((__u32)bpf_get_current_pid_tgid(), create);
	t = task_current();
	if (!t)
		return NULL;
	return bpf_task_storage_get(&call_marks, t, 0, create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
}

/* The running thread is of the counted tree. */
static __always_inline bool is_tracked(struct task_struct *t)
{
	struct task_state *st;
	struct call_mark *m;

	if (t) {
		st = task_state(t);
		return st && state_is_counted(st);
	}
	m = mark_get(false);
	return m && m->tracked;
}

/* Whose call it is; false where it is not to be counted. */
static __always_inline bool caller(struct call_key *key)
{
	struct task_struct *t = task_current();

	key->tgid = t ? (__u32)t->tgid : bpf_get_current_pid_tgid() >> 32;
	if (key->tgid == settings.self_tgid)
		return false;
	key->start_ns = t ? t->group_leader->start_boottime : 0; /* not to be had on 5.10 */
	return !track || is_tracked(t);
}

/* On 5.10 the tree is followed by pid: a child is what its parent is. */
__hidden int calls_on_fork(struct cpu_block *b, struct task_struct *parent,
			   struct task_struct *child)
{
	struct call_mark *m;
	__u32 pid = child->pid;

	if (has_storage || !track)
		return 0;
	m = mark_of_pid(parent->pid, false);
	if (!m || !m->tracked) {
		bpf_map_delete_elem(&call_marks_lru, &pid); /* of another that had this number */
		return 0;
	}
	m = mark_of_pid(pid, true);
	if (m)
		m->tracked = 1;
	return 0;
}

/* Which table of numbers the call is from, and its number there. */
static __always_inline void number(struct call_key *key, struct pt_regs *regs, long id)
{
	key->flags = call_is_compat(task_current(), regs) ? CALL_F_COMPAT : 0;
	if (has_x32() && id > 0 && (id & X32_BIT)) {
		id &= ~X32_BIT;
		key->flags = CALL_F_X32;
	}
	key->nr = id >= 0 && id < CALL_NRS ? id : CALL_NR_NONE;
}

static __noinline int call_begins(struct cpu_block *b, struct pt_regs *regs, long id)
{
	struct call_mark *m;
	struct call_key key;

	if (!caller(&key))
		return 0;
	m = mark_get(true);
	if (!m) {
		ADD(b->probe[PROBE_SYS_ENTER].unmatched, 1);
		return 0;
	}
	number(&key, regs, id);
	m->nr = key.nr;
	m->flags = key.flags;
	m->round = calls_round;
	m->entered_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline struct call_sum *sum_of(struct cpu_block *b, struct call_key *key)
{
	struct call_sum *sum = bpf_map_lookup_elem(&calls, key);

	if (sum)
		return sum;
	bpf_map_update_elem(&calls, key, &call_zero, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&calls, key);
	if (sum)
		return sum;
	ADD(b->probe[PROBE_SYS_EXIT].map_full, 1);
	key->tgid = 0;
	key->start_ns = 0;
	bpf_map_update_elem(&calls_rest, key, &call_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&calls_rest, key);
}

static __always_inline void count_error(struct cpu_block *b, const struct call_key *key,
					__u32 error)
{
	struct call_err_key k = {.call = *key, .error = error};
	struct call_err_sum *sum = NULL;

	if (k.call.tgid) {
		bpf_map_update_elem(&call_errs, &k, &call_err_zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&call_errs, &k);
	}
	if (!sum) {
		k.call.tgid = 0;
		k.call.start_ns = 0;
		bpf_map_update_elem(&call_errs_rest, &k, &call_err_zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&call_errs_rest, &k);
	}
	if (!sum) {
		ADD(b->probe[PROBE_SYS_EXIT].map_full, 1);
		return;
	}
	ADD(sum->count, 1);
	sum->pass = calls_pass;
}

static __always_inline void count_time(struct call_sum *sum, __u64 ns)
{
	__u32 pass = calls_pass;
	__u32 i = pass & 1;

	ADD(sum->ns, ns);
	ADD(sum->slots[hist_slot(ns)], 1);
	if (sum->max_pass[i] != pass) {
		sum->max_pass[i] = pass;
		sum->max_ns[i] = ns;
	} else if (ns > sum->max_ns[i]) {
		sum->max_ns[i] = ns;
	}
}

/* Takes what the beginning left; false where it was not seen. */
static __always_inline bool mark_take(struct call_key *key, __u64 *ret_ns)
{
	struct call_mark *m = mark_get(false);
	__u64 entered_ns;

	if (!m || !m->entered_ns || m->round != calls_round)
		return false;
	entered_ns = m->entered_ns;
	m->entered_ns = 0;
	key->nr = m->nr;
	key->flags = m->flags;
	*ret_ns = bpf_ktime_get_ns() - entered_ns;
	return true;
}

static __always_inline bool makes_process(const struct call_key *key)
{
	if (key->flags & CALL_F_COMPAT) /* fork clone vfork clone3 */
		return key->nr == 2 || key->nr == 120 || key->nr == 190 || key->nr == 435;
	return call_makes_process(key->nr);
}

static __noinline int call_ends(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	struct call_sum *sum;
	struct call_key key;
	__u64 ns = 0;
	bool timed;

	if (!caller(&key))
		return 0;
	timed = mark_take(&key, &ns);
	if (!timed) {
		/* Under `track` the command was waiting to be let go: that call is ours. */
		if (track)
			return 0;
		number(&key, regs, regs_syscall(regs));
		if (!ret && makes_process(&key))
			return 0; /* a child comes out of the call that its parent entered */
	}
	sum = sum_of(b, &key);
	if (!sum)
		return 0;
	ADD(sum->count, 1);
	if (timed)
		count_time(sum, ns);
	if (ret < 0 && ret >= -ERRNO_MAX && !(ret <= -ERESTARTSYS && ret >= -ERESTART_LAST)) {
		ADD(sum->errors, 1);
		count_error(b, &key, -ret);
	}
	sum->pass = calls_pass;
	return 0;
}

/* The hooks are shared, and mostly nobody asks here: a function that does more saves registers first. */
__hidden int cpu_on_sys_enter(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return settings.demand & DEMAND_CALLS ? call_begins(b, regs, id) : 0;
}

__hidden int cpu_on_sys_exit(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return settings.demand & DEMAND_CALLS ? call_ends(b, regs, ret) : 0;
}
