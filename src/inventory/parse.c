/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of the text under /proc and /sys. */
#include "parse.h"

#include <string.h>

bool parse_line(struct text *t, struct text *ret_line)
{
	const char *newline;

	if (t->at >= t->end)
		return false;
	newline = memchr(t->at, '\n', (size_t)(t->end - t->at));
	*ret_line = (struct text){ t->at, newline ? newline : t->end };
	t->at = newline ? newline + 1 : t->end;
	return true;
}

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

/* Takes a number, after blanks; one that is too large becomes UINT64_MAX. */
static bool take_u64(struct text *t, uint64_t *ret)
{
	const char *start;
	bool over = false;
	uint64_t v = 0;

	skip_blanks(t);
	for (start = t->at; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++) {
		over |= __builtin_mul_overflow(v, 10, &v);
		over |= __builtin_add_overflow(v, (uint64_t)(*t->at - '0'), &v);
	}
	*ret = over ? UINT64_MAX : v;
	return t->at > start;
}

static bool take_char(struct text *t, char c)
{
	if (t->at >= t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool take_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len))
		return false;
	t->at += len;
	return true;
}

bool parse_number(struct text t, uint64_t *ret)
{
	return take_u64(&t, ret);
}

/* A row of a file of `key: number` lines, and where its number goes. */
struct keyed {
	const char *key;
	size_t off;
	uint32_t unit; /* the number times this; 0 counts as 1 */
};

/*
 * Sets the __u64 at `off` of `out` for each line that a row of `rows` names, REC_UNKNOWN for
 * the rest. Files keep the order of the table, nearly: the search goes on where it was.
 */
static void parse_keyed(struct text t, const struct keyed *rows, unsigned nr, void *out)
{
	struct text line;
	unsigned next = 0;

	for (unsigned i = 0; i < nr; i++)
		*(__u64 *)(void *)((char *)out + rows[i].off) = REC_UNKNOWN;
	while (parse_line(&t, &line)) {
		for (unsigned i = 0; i < nr; i++) {
			const struct keyed *row = &rows[(next + i) % nr];
			uint64_t v, unit = row->unit ? row->unit : 1;

			if (!take_word(&line, row->key))
				continue;
			if (take_u64(&line, &v) && v <= REC_UNKNOWN / unit - 1)
				*(__u64 *)(void *)((char *)out + row->off) = v * unit;
			next += i + 1;
			break;
		}
	}
}

/* clang-format off */
#define MEM(key, field) { key, offsetof(struct mem_rec, field), 1024 }
static const struct keyed meminfo_rows[] = {
	MEM("MemTotal:", total), MEM("MemFree:", free), MEM("MemAvailable:", available),
	MEM("Buffers:", buffers), MEM("Cached:", cached), MEM("SwapTotal:", swap_total),
	MEM("SwapFree:", swap_free), MEM("Dirty:", dirty), MEM("Writeback:", writeback),
	MEM("Shmem:", shmem), MEM("SReclaimable:", slab_reclaimable),
};

#define STATUS(key, field, unit) { key, offsetof(struct pid_status, field), unit }
static const struct keyed status_rows[] = {
	STATUS("Uid:", uid, 1),
	STATUS("RssAnon:", rss_anon_bytes, 1024),
	STATUS("RssFile:", rss_file_bytes, 1024),
	STATUS("RssShmem:", rss_shmem_bytes, 1024),
	STATUS("VmSwap:", swap_bytes, 1024),
	STATUS("voluntary_ctxt_switches:", nvcsw, 1),
	STATUS("nonvoluntary_ctxt_switches:", nivcsw, 1),
};
/* clang-format on */

void parse_meminfo(struct text t, struct mem_rec *ret)
{
	parse_keyed(t, meminfo_rows, sizeof(meminfo_rows) / sizeof(meminfo_rows[0]), ret);
}

void parse_pid_status(struct text t, struct pid_status *ret)
{
	parse_keyed(t, status_rows, sizeof(status_rows) / sizeof(status_rows[0]), ret);
}

void parse_pressure(struct text t, uint64_t *ret_some_us, uint64_t *ret_full_us)
{
	static const char total[] = " total=";
	struct text line;

	*ret_some_us = *ret_full_us = REC_UNKNOWN;
	while (parse_line(&t, &line)) {
		uint64_t v, *ret = ret_some_us;

		if (!take_word(&line, "some ")) {
			if (!take_word(&line, "full "))
				continue;
			ret = ret_full_us;
		}
		line.at = memmem(line.at, (size_t)(line.end - line.at), total, sizeof(total) - 1);
		if (line.at && take_word(&line, total) && take_u64(&line, &v))
			*ret = v;
	}
}

void parse_loadavg(struct text t, uint32_t ret_centi[3])
{
	for (int i = 0; i < 3; i++) {
		uint64_t whole, centi;

		ret_centi[i] = REC_UNKNOWN32;
		if (!take_u64(&t, &whole) || !take_char(&t, '.') || !take_u64(&t, &centi) ||
		    centi > 99 || whole > 10000000)
			t.at = t.end;
		else
			ret_centi[i] = (uint32_t)(whole * 100 + centi);
	}
}

bool parse_cpu_line(struct text line, uint64_t tick_ns, struct cpu_stat_rec *ret)
{
	uint64_t v;

	if (!take_word(&line, "cpu") || line.at == line.end || *line.at == ' ' ||
	    !take_u64(&line, &v) || v >= EV_CPU_ANY)
		return false;
	ret->h.cpu = (uint16_t)v;
	for (int mode = 0; mode < CPU_MODE_NR; mode++)
		ret->ns[mode] = take_u64(&line, &v) && v < REC_UNKNOWN / tick_ns ? v * tick_ns :
										   REC_UNKNOWN;
	return true;
}

uint32_t parse_cpu_list(struct text t, uint32_t *ret_end)
{
	uint64_t first, last;
	uint32_t count = 0;

	*ret_end = 0;
	do {
		if (!take_u64(&t, &first))
			break;
		last = first;
		if (take_char(&t, '-') && !take_u64(&t, &last))
			break;
		if (last < first || last >= EV_CPU_ANY)
			break;
		count += (uint32_t)(last - first) + 1;
		if (last >= *ret_end)
			*ret_end = (uint32_t)last + 1;
	} while (take_char(&t, ','));
	return count;
}

/* The numbers of /proc/PID/stat that are used, by their place in proc(5). */
enum stat_field {
	STAT_PPID = 4,
	STAT_FLAGS = 9,
	STAT_MINFLT = 10,
	STAT_MAJFLT = 12,
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_NICE = 19,
	STAT_THREADS = 20,
	STAT_START = 22,
	STAT_VSIZE = 23,
	STAT_NEEDED = 24,
	STAT_CPU = 39,
	STAT_POLICY = 41,
	STAT_FIELDS = 42
};

static void stat_fill(const uint64_t *v, struct pid_stat *ret)
{
	ret->ppid = (uint32_t)v[STAT_PPID];
	ret->flags = (uint32_t)v[STAT_FLAGS];
	ret->minflt = v[STAT_MINFLT];
	ret->majflt = v[STAT_MAJFLT];
	ret->utime = v[STAT_UTIME];
	ret->stime = v[STAT_STIME];
	ret->nice = (int32_t)(int64_t)v[STAT_NICE];
	ret->threads = (uint32_t)v[STAT_THREADS];
	ret->start = v[STAT_START];
	ret->vm_bytes = v[STAT_VSIZE];
	ret->cpu = (uint32_t)v[STAT_CPU];
	ret->policy = (uint32_t)v[STAT_POLICY];
}

bool parse_pid_stat(struct text t, struct pid_stat *ret)
{
	uint64_t fields[STAT_FIELDS] = { 0 }, pid;
	const char *close;
	size_t len;
	int i;

	memset(ret, 0, sizeof(*ret)); /* padding too: callers compare */
	if (!take_u64(&t, &pid) || !take_word(&t, " ("))
		return false;
	/* the name may hold anything, ')' and newlines too; what follows it may not */
	close = memrchr(t.at, ')', (size_t)(t.end - t.at));
	if (!close || t.end - close < 4 || close[1] != ' ')
		return false;
	len = (size_t)(close - t.at);
	memcpy(ret->comm, t.at, len < TASK_COMM_BYTES ? len : TASK_COMM_BYTES - 1);
	ret->pid = (uint32_t)pid;
	ret->state = close[2];
	t.at = close + 3;
	for (i = STAT_PPID; i < STAT_FIELDS; i++) {
		bool minus;

		skip_blanks(&t);
		minus = take_char(&t, '-');
		if (!take_u64(&t, &fields[i]))
			break;
		if (minus)
			fields[i] = -fields[i];
	}
	stat_fill(fields, ret);
	return i > STAT_NEEDED;
}

bool parse_schedstat(struct text t, uint64_t *ret_oncpu_ns, uint64_t *ret_runq_ns)
{
	return take_u64(&t, ret_oncpu_ns) && take_u64(&t, ret_runq_ns);
}
