/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of --check: each probe with rung, state and reason; losses per probe and CPU. */
#include <errno.h>
#include <string.h>

#include "esc.h"
#include "out.h"
#include "probes.h"
#include "ui.h"

const char *probe_rung_name(unsigned rung)
{
	static const char *const names[RUNG_NR] = { "-", "tp_btf", "iter", "iter-fd", "fentry", "kprobe", "proc" };

	return rung < RUNG_NR ? names[rung] : "?";
}

const char *probe_state_name(unsigned state)
{
	static const char *const names[PROBE_STATE_NR] = { "off", "on", "refused", "absent" };

	return state < PROBE_STATE_NR ? names[state] : "?";
}

bool probe_loss_sum(const struct snapshot *s, unsigned probe, struct loss_rec *ret)
{
	bool found = false;

	*ret = (struct loss_rec){ .probe = (uint16_t)probe };
	for (int i = 0; i < s->losses_nr; i++) {
		const struct loss_rec *l = &s->losses[i].rec;

		if (s->losses[i].probe != probe)
			continue;
		found = true;
		ret->events += l->events;
		ret->seen += l->seen;
		ret->submitted += l->submitted;
		ret->full += l->full;
		ret->received += l->received;
		ret->map_full += l->map_full;
		ret->unmatched += l->unmatched;
		ret->recursion_misses += l->recursion_misses;
		ret->cost_ns += l->cost_ns;
		ret->max_ns = l->max_ns > ret->max_ns ? l->max_ns : ret->max_ns;
	}
	return found;
}

/* A probe that is not part of this run (a slot never reported) has no name. */
static bool reported(const struct probe_rec *p)
{
	return p->name[0] != '\0';
}

static void loss_json(const struct snapshot *s, unsigned probe, FILE *out)
{
	bool first = true;

	fputs(",\"cpus\":[", out);
	for (int i = 0; i < s->losses_nr; i++) {
		const struct loss_rec *l = &s->losses[i].rec;

		if (s->losses[i].probe != probe)
			continue;
		fprintf(out, "%s{\"cpu\":%u,\"events\":%llu,\"cost_ns\":%llu,\"max_ns\":%llu,\"lost\":", first ? "" : ",",
			s->losses[i].cpu, (unsigned long long)l->events, (unsigned long long)l->cost_ns,
			(unsigned long long)l->max_ns);
		json_loss(out, l);
		putc('}', out);
		first = false;
	}
	putc(']', out);
}

static void check_json(const struct snapshot *s, FILE *out)
{
	bool first = true;

	fputs("{\"schema\":1,\"host\":", out);
	json_array(out, s->m.host.host, sizeof(s->m.host.host));
	fputs(",\"kernel\":", out);
	json_array(out, s->m.host.release, sizeof(s->m.host.release));
	fprintf(out, ",\"probes_on\":%u,\"probes_all\":%u,\"probes\":[", s->m.self.probes_on, s->m.self.probes_all);
	for (int i = 0; i < s->probes_nr; i++) {
		const struct probe_rec *p = &s->probes[i];
		const char *pane = pane_id_name((enum pane_id)p->pane);

		if (!reported(p))
			continue;
		fputs(first ? "{\"name\":" : ",{\"name\":", out);
		json_array(out, p->name, sizeof(p->name));
		fprintf(out, ",\"pane\":\"%s\",\"hook\":", pane ? pane : "?");
		json_array(out, p->hook, sizeof(p->hook));
		fprintf(out, ",\"rung\":\"%s\",\"state\":\"%s\",\"on_demand\":%s,\"figures\":", probe_rung_name(p->rung),
			probe_state_name(p->state), p->on_demand ? "true" : "false");
		json_array(out, p->figures, sizeof(p->figures));
		fputs(",\"reason\":", out);
		json_array(out, p->reason, sizeof(p->reason));
		loss_json(s, (unsigned)i, out);
		putc('}', out);
		first = false;
	}
	fputs("]}\n", out);
}

static void array_text(FILE *out, const char *array, size_t size, int width)
{
	char text[700];

	esc_comm(text, sizeof(text), array, size, false);
	fprintf(out, "%-*s", width, text);
}

static void probe_text(const struct probe_rec *p, FILE *out)
{
	array_text(out, p->name, sizeof(p->name), 18);
	fprintf(out, " %-8s %-8s ", probe_state_name(p->state), probe_rung_name(p->rung));
	array_text(out, p->hook, sizeof(p->hook), 30);
	putc(' ', out);
	array_text(out, p->figures, sizeof(p->figures), 0);
	if (p->reason[0]) {
		fputs("\n    ", out);
		array_text(out, p->reason, sizeof(p->reason), 0);
	}
	putc('\n', out);
}

static void losses_text(const struct snapshot *s, FILE *out)
{
	fprintf(out, "\n%-18s %4s %12s %10s %10s %10s %8s %9s %9s %7s\n", "PROBE", "CPU", "EVENTS", "SEEN", "SUBMITTED",
		"RECEIVED", "FULL", "MAP-FULL", "UNMATCHED", "MISSED");
	for (int i = 0; i < s->losses_nr; i++) {
		const struct loss_rec *l = &s->losses[i].rec;

		if (s->losses[i].probe < s->probes_nr)
			array_text(out, s->probes[s->losses[i].probe].name, sizeof(s->probes->name), 18);
		else
			fprintf(out, "%-18u", s->losses[i].probe);
		fprintf(out, " %4u %12llu %10llu %10llu %10llu %8llu %9llu %9llu %7llu\n", s->losses[i].cpu,
			(unsigned long long)l->events, (unsigned long long)l->seen, (unsigned long long)l->submitted,
			(unsigned long long)l->received, (unsigned long long)l->full, (unsigned long long)l->map_full,
			(unsigned long long)l->unmatched, (unsigned long long)l->recursion_misses);
	}
}

static void check_text(const struct snapshot *s, FILE *out)
{
	int on = 0, all = 0;

	fprintf(out, "%-18s %-8s %-8s %-30s %s\n", "PROBE", "STATE", "RUNG", "HOOK", "FIGURES");
	for (int i = 0; i < s->probes_nr; i++) {
		if (!reported(&s->probes[i]))
			continue;
		probe_text(&s->probes[i], out);
		on += s->probes[i].state == PROBE_ON;
		all++;
	}
	if (s->losses_nr)
		losses_text(s, out);
	fprintf(out, "\n%d of %d probes are on\n", on, all);
}

int ui_check(const struct snapshot *s, bool json, FILE *out)
{
	if (json)
		check_json(s, out);
	else
		check_text(s, out);
	return ferror(out) ? -EIO : 0;
}
