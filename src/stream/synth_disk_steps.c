/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: the steps of a request, as blktrace has them. */
#include "synth_disks.h"

#include <string.h>

#include "record.h"

#define REQUEUED_NS 40000 /* from a requeue to the issue after it */

bool synth_disk_followed(const struct synth *s, const struct request *r)
{
	return s->demand & (DEMAND_STAGES | DEMAND_TRACE) && s->disks->props->trace_pid &&
	       s->disks->streams[r->stream].proc->tgid == s->disks->props->trace_pid;
}

struct step {
	uint64_t at_ns;
	uint8_t stage;
	bool request; /* it has got one */
};

/* What happens to it in order. Returns how many steps. */
static int steps_of(const struct synth *s, const struct request *r, struct step ret[12])
{
	const struct disk *disk = synth_disk_of(s->disks, r);
	const char *scheduler = disk->row->scheduler;
	uint64_t start_ns = r->start_ns, issue_ns = start_ns + r->queue_ns;
	int nr = 0;

	if (disk->from_dev)
		ret[nr++] = (struct step){start_ns - 2600, STAGE_A, false};
	ret[nr++] = (struct step){start_ns - 1900, STAGE_Q, false};
	ret[nr++] = (struct step){start_ns - 400, STAGE_G, true};
	ret[nr++] = (struct step){start_ns - 200, STAGE_P, false};
	ret[nr++] = (struct step){start_ns + r->queue_ns / 2, STAGE_U, false};
	if (scheduler && strcmp(scheduler, "none") != 0)
		ret[nr++] = (struct step){start_ns + r->queue_ns / 2 + 300, STAGE_I, true};
	if (r->requeues) {
		ret[nr++] = (struct step){issue_ns - synth_least(REQUEUED_NS, r->queue_ns / 4), STAGE_D, true};
		ret[nr++] = (struct step){issue_ns - synth_least(REQUEUED_NS, r->queue_ns / 4) / 2, STAGE_R, true};
	}
	ret[nr++] = (struct step){issue_ns, STAGE_D, true};
	ret[nr++] = (struct step){r->done_ns, STAGE_C, true};
	return nr;
}

static void emit_step(struct synth *s, const struct request *r, const struct step *step)
{
	const struct stream *stream = &s->disks->streams[r->stream];
	const struct proc *p = stream->proc;
	const struct disk *disk = synth_disk_of(s->disks, r);
	bool done = step->stage == STAGE_C, plug = step->stage == STAGE_P || step->stage == STAGE_U;
	uint16_t cpu = (uint16_t)((p->threads[0].cpu + (done ? r->id : 0)) % s->cpus_nr);
	struct disk_stage_rec rec = {
		.id = step->request ? r->id : 0,
		.bio = plug ? 0 : 0xffff000000000000ULL + r->id * 128,
		.dev = disk->row->dev,
		.set = stream->row->set,
		.stage = step->stage,
		.flags = done ? DISK_STAGE_F_LAST : 0,
		.pid = done ? 0 : p->threads[0].pid,
		.tgid = done ? 0 : p->tgid,
		.sector = plug ? 0 : r->sector,
		.bytes = step->stage == STAGE_U ? 1 : plug ? 0 : r->bytes,
		.from_dev = step->stage == STAGE_A ? disk->from_dev : 0,
	};

	record_init(&rec.h, step->at_ns, PANE_DISK, DISK_STAGE, sizeof(rec));
	if (!done)
		memcpy(rec.comm, p->comm, sizeof(rec.comm));
	else
		memcpy(rec.comm, "swapper", 7);
	synth_ring(s, HOOK_STEP, cpu, &rec.h);
}

void synth_disk_steps(struct synth *s, const struct request *r, uint64_t from_ns, uint64_t to_ns)
{
	struct step steps[12];
	int nr = steps_of(s, r, steps);

	for (int i = 0; i < nr; i++)
		if (steps[i].at_ns > from_ns && steps[i].at_ns <= to_ns)
			emit_step(s, r, &steps[i]);
}

/* Of all requests, those that nobody follows included. */
void synth_disk_count_steps(struct synth *s, const struct request *r, bool merged)
{
	struct disk *disk = synth_disk_of(s->disks, r);
	uint32_t cpu = s->disks->streams[r->stream].proc->threads[0].cpu;
	struct step steps[12];
	int nr;

	if (!(s->demand & DEMAND_STAGES))
		return;
	nr = steps_of(s, r, steps);
	for (int i = 0; i < nr; i++) {
		uint32_t on = (uint32_t)(cpu + (steps[i].stage == STAGE_C ? r->id : 0)) % s->cpus_nr;

		disk->steps[on].dev = disk->row->dev;
		disk->steps[on].count[steps[i].stage]++;
		s->cpus[on].steps++;
	}
	disk->steps[cpu].count[STAGE_Q] += merged;
	disk->steps[cpu].count[STAGE_M] += merged;
}
