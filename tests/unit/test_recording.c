/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings: what goes in comes out; a cut, damaged or foreign file does no harm. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "core.h"
#include "recfile.h"
#include "record.h"
#include "recording.h"
#include "synth.h"

#define TICKS 100 /* with key frames at 0, 30, 60 and 90 */

/* A running digest of all records, kept at each tick. */
struct stream {
	uint64_t digest, at_tick[4096], tick_ns[4096];
	uint32_t ticks, records;
	struct recorder *rec; /* also goes here */
	int error;
};

static void follow(void *ctx, const struct ev_hdr *ev)
{
	struct stream *st = ctx;
	const unsigned char *bytes = (const void *)ev;

	for (unsigned i = 0; i < ev->size; i++)
		st->digest = (st->digest ^ bytes[i]) * 0x100000001b3ULL;
	st->records++;
	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK && st->ticks < 4096) {
		st->tick_ns[st->ticks] = ev->ts_ns;
		st->at_tick[st->ticks++] = st->digest;
	}
	if (st->rec) {
		int ret = recorder_add(st->rec, ev);

		if (ret) {
			assert_int_equal(st->error, 0);
			st->error = ret;
		}
	}
}

static int new_file(void)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Records `ticks` of a synthetic host. Returns a descriptor of the file. */
static int record(const char *name, uint32_t ticks, struct stream *st)
{
	struct synth_opts opts;
	struct source *s;
	struct err e;
	int fd = new_file();

	*st = (struct stream){0};
	assert_int_equal(synth_options(name, &opts), 0);
	opts.ticks = ticks;
	assert_int_equal(synth_new(&opts, &s), 0);
	assert_int_equal(recorder_new_at(dup(fd), 1234567890, &st->rec, &e), 0);
	while (s->ops->tick(s, 0, follow, st) == 0)
		;
	assert_int_equal(st->error, 0);
	assert_int_equal(recorder_close(st->rec, &e), 0);
	st->rec = NULL;
	s->ops->free(s);
	return fd;
}

static uint64_t file_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

/* What comes before the first block. */
static uint64_t head_size(void)
{
	size_t nr;

	recfile_layouts(&nr);
	return sizeof(struct recfile_head) + nr * sizeof(struct recfile_layout);
}

static int copy_file(int fd, uint64_t len)
{
	char *data = malloc(len + 1);
	int to = new_file();

	assert_int_equal(pread(fd, data, len, 0), len);
	assert_int_equal(pwrite(to, data, len, 0), len);
	free(data);
	return to;
}

static struct source *open_ok(int fd)
{
	struct source *s;
	struct err e;

	if (replay_open_fd(dup(fd), &s, &e) != 0)
		fail_msg("%s", e.text);
	return s;
}

/* Plays to the end; what came must be the beginning of what went in. */
static uint32_t play_prefix(struct source *s, const struct stream *want)
{
	struct stream got = {0};
	uint32_t whole = 0;

	while (s->ops->tick(s, 0, follow, &got) == 0)
		assert_int_equal(got.ticks, ++whole);
	for (uint32_t i = 0; i < got.ticks; i++)
		assert_true(got.at_tick[i] == want->at_tick[i]);
	return got.ticks;
}

static void what_goes_in_comes_out(void **state)
{
	static const char *const names[] = {"database", "hostile", "losses", "load"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stream st;
		int fd = record(names[i], TICKS, &st);
		struct source *s = open_ok(fd);
		const struct replay_info *info = replay_info(s);

		assert_int_equal(info->ticks, TICKS);
		assert_false(info->damaged);
		assert_int_equal(info->first_ns, st.tick_ns[0]);
		assert_int_equal(info->last_ns, st.tick_ns[TICKS - 1]);
		assert_int_equal(info->created_real_ns, 1234567890);
		assert_int_equal(play_prefix(s, &st), TICKS);
		assert_false(info->damaged);
		s->ops->free(s);
		close(fd);
	}
}

static void equal_records_give_equal_files(void **state)
{
	struct stream st;
	int a = record("database", 5, &st), b = record("database", 5, &st);
	uint64_t size = file_size(a);
	char *x = malloc(size), *y = malloc(size);

	assert_int_equal(size, file_size(b));
	assert_int_equal(pread(a, x, size, 0), size);
	assert_int_equal(pread(b, y, size, 0), size);
	assert_memory_equal(x, y, size);
	free(x);
	free(y);
	close(a);
	close(b);
}

/* An interval larger than a block: key frame, index and seek work the same. */
static void large_interval_is_split_into_blocks(void **state)
{
	struct synth_opts opts = {
		.scene = SYNTH_LOAD, .processes = 20000, .ticks = 3, .key_every = 2};
	struct stream st = {0};
	struct source *s;
	struct err e;
	int fd = new_file();

	assert_int_equal(synth_new(&opts, &s), 0);
	assert_int_equal(recorder_new(dup(fd), &st.rec, &e), 0);
	while (s->ops->tick(s, 0, follow, &st) == 0)
		;
	assert_int_equal(recorder_close(st.rec, &e), 0);
	s->ops->free(s);
	s = open_ok(fd);
	assert_int_equal(play_prefix(s, &st), 3);
	assert_int_equal(replay_seek(s, st.tick_ns[2], follow, &(struct stream){0}), 0);
	s->ops->free(s);
	close(fd);
}

/* Every length from the head on: opens, plays whole intervals only, and says that it is cut. */
static void file_cut_anywhere_plays_up_to_the_cut(void **state)
{
	struct stream st;
	int fd = record("database", 6, &st);
	uint64_t size = file_size(fd);
	uint32_t last = 0;

	for (uint64_t len = size - 1; len > 0; len -= len > 400 ? 97 : 1) {
		int cut = copy_file(fd, len);
		struct source *s;
		struct err e;
		int ret = replay_open_fd(cut, &s, &e);
		uint32_t ticks;

		if (ret) {
			assert_int_equal(ret, -EBADMSG);
			assert_true(len < head_size());
			continue;
		}
		assert_true(replay_info(s)->damaged);
		assert_true(strlen(replay_info(s)->damage) > 20);
		ticks = play_prefix(s, &st);
		assert_int_equal(ticks, replay_info(s)->ticks);
		assert_true(len == size - 1 || ticks <= last);
		last = ticks;
		s->ops->free(s);
	}
	assert_int_equal(last, 0);
	close(fd);
}

/* One flipped bit anywhere is found; what plays before it is what was recorded. */
static void flipped_bit_is_found(void **state)
{
	struct stream st;
	int fd = record("database", 6, &st);
	uint64_t size = file_size(fd);

	for (uint64_t at = 0; at < size; at += at < 400 || at > size - 200 ? 1 : 61) {
		int bad = copy_file(fd, size);
		struct source *s;
		struct err e;
		char byte;
		int ret;

		assert_int_equal(pread(bad, &byte, 1, (off_t)at), 1);
		byte ^= (char)(1 << at % 8);
		assert_int_equal(pwrite(bad, &byte, 1, (off_t)at), 1);
		ret = replay_open_fd(bad, &s, &e);
		if (ret) {
			assert_true(ret == -EBADMSG || ret == -EPROTO);
			assert_true(at < head_size());
			continue;
		}
		play_prefix(s, &st);
		assert_true(replay_info(s)->damaged);
		s->ops->free(s);
	}
	close(fd);
}

static void foreign_and_newer_files_are_refused_with_words(void **state)
{
	struct stream st;
	int fd = record("database", 1, &st);
	static const struct {
		off_t at;
		const char *bytes;
		size_t len;
		int ret;
		const char *words;
	} cases[] = {
		{0,
		 "\x7f"
		 "ELF",
		 4, -EBADMSG, "not a recording"},
		{8, "\2", 1, -EPROTO, "version 2"},
		{24, "\xff\xff\xff\xff", 4, -EBADMSG, "damaged"},
		{12, "\xff\xff\xff\x7f", 4, -EBADMSG, "damaged"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int bad = copy_file(fd, file_size(fd));
		struct source *s;
		struct err e;

		assert_int_equal(pwrite(bad, cases[i].bytes, cases[i].len, cases[i].at),
				 cases[i].len);
		assert_int_equal(replay_open_fd(bad, &s, &e), cases[i].ret);
		assert_non_null(strstr(e.text, cases[i].words));
	}
	close(fd);
}

static void other_layout_is_refused_with_words(void **state)
{
	struct stream st;
	int fd = record("database", 1, &st);
	struct recfile_head head;
	struct recfile_layout layouts[128];
	struct source *s;
	struct err e;
	size_t bytes;

	assert_int_equal(pread(fd, &head, sizeof(head), 0), sizeof(head));
	bytes = head.layouts_nr * sizeof(layouts[0]);
	assert_true(bytes <= sizeof(layouts));
	assert_int_equal(pread(fd, layouts, bytes, sizeof(head)), bytes);
	layouts[0].size += 8;
	head.crc = 0;
	head.crc = recfile_crc(recfile_crc(0, &head, sizeof(head)), layouts, bytes);
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	assert_int_equal(pwrite(fd, layouts, bytes, sizeof(head)), bytes);
	assert_int_equal(replay_open_fd(fd, &s, &e), -EPROTO);
	assert_non_null(strstr(e.text, "bytes there"));
}

static void directory_pipe_and_missing_file_are_refused(void **state)
{
	struct source *s;
	struct err e;
	int fds[2];

	assert_int_equal(replay_open("/nonexistent/recording", &s, &e), -ENOENT);
	assert_int_equal(replay_open("/", &s, &e), -EBADMSG);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(replay_open_fd(fds[0], &s, &e), -EBADMSG);
	close(fds[1]);
}

/* Forgets the index, so that the reader has to walk the block heads. */
static int without_index(int fd)
{
	struct recfile_end end;
	uint64_t size = file_size(fd);

	assert_int_equal(pread(fd, &end, sizeof(end), (off_t)(size - sizeof(end))), sizeof(end));
	return copy_file(fd, end.index_offset);
}

/* Seeks, and checks that the next interval is the one wanted, whole and as recorded. */
static void check_lands(struct source *s, const struct stream *st, uint32_t tick)
{
	struct stream got = {0};

	assert_int_equal(s->ops->tick(s, 0, follow, &got), 0);
	assert_int_equal(got.ticks, 1);
	assert_int_equal(got.tick_ns[0], st->tick_ns[tick]);
}

static void seek_lands_on_the_interval_with_all_before_it(void **state)
{
	struct stream st, passed;
	int with = record("database", TICKS, &st), without = without_index(with);
	static const uint32_t targets[] = {0, 1, 29, 30, 31, 60, 99, 5, 98};

	for (int i = 0; i < 2; i++) {
		struct source *s = open_ok(i ? without : with);

		for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
			uint32_t tick = targets[t];

			passed = (struct stream){0};
			assert_int_equal(replay_seek(s, st.tick_ns[tick] - 1, follow, &passed), 0);
			assert_int_equal(passed.ticks, tick);
			if (tick > 0)
				assert_true(passed.digest == st.at_tick[tick - 1]);
			check_lands(s, &st, tick);
		}
		/* Before the first, and after the last. */
		assert_int_equal(replay_seek(s, 0, follow, &passed), 0);
		check_lands(s, &st, 0);
		assert_int_equal(replay_seek(s, UINT64_MAX, follow, &passed), 0);
		check_lands(s, &st, TICKS - 1);
		assert_int_equal(s->ops->tick(s, 0, follow, &passed), -ENODATA);
		s->ops->free(s);
	}
	close(with);
	close(without);
}

static void step_back_gives_the_interval_before(void **state)
{
	struct stream st, passed = {0};
	int fd = record("database", 40, &st);
	struct source *s = open_ok(fd);

	for (int i = 0; i < 36; i++)
		assert_int_equal(s->ops->tick(s, 0, follow, &passed), 0);
	assert_int_equal(replay_back(s, 1, follow, &passed), 0);
	check_lands(s, &st, 34);
	assert_int_equal(replay_back(s, 5, follow, &passed), 0);
	check_lands(s, &st, 29);
	assert_int_equal(replay_back(s, 1000, follow, &passed), 0);
	check_lands(s, &st, 0);
	s->ops->free(s);
	close(fd);
}

/* Records of a long recording that are told once must not be lost by starting in the middle. */
struct lasting {
	uint32_t hosts, cmds, ticks;
};

static void count_lasting(void *ctx, const struct ev_hdr *ev)
{
	struct lasting *l = ctx;

	if (ev->pane != PANE_CORE)
		return;
	l->hosts += ev->kind == CORE_HOST;
	l->cmds += ev->kind == CORE_CMD;
	l->ticks += ev->kind == CORE_TICK;
}

static void far_seek_starts_at_a_key_frame_and_keeps_names(void **state)
{
	struct synth_opts opts = {.scene = SYNTH_LOAD, .seed = 9, .processes = 4000, .ticks = 60};
	struct stream st = {0};
	struct lasting l = {0};
	struct source *s;
	struct err e;
	int fd = new_file();

	assert_int_equal(synth_new(&opts, &s), 0);
	assert_int_equal(recorder_new(dup(fd), &st.rec, &e), 0);
	while (s->ops->tick(s, 0, follow, &st) == 0)
		;
	assert_int_equal(recorder_close(st.rec, &e), 0);
	s->ops->free(s);
	s = open_ok(fd);
	assert_true(file_size(fd) > 20000000);
	assert_int_equal(replay_seek(s, st.tick_ns[50], count_lasting, &l), 0);
	assert_int_equal(l.ticks, 20); /* 30, the key frame, to 49 */
	assert_int_equal(l.hosts, 2);  /* before and after the key interval */
	assert_int_equal(l.cmds, 2 * 4000);
	check_lands(s, &st, 50);
	s->ops->free(s);
	close(fd);
}

static void records_that_models_refuse_are_left_out(void **state)
{
	struct {
		struct ev_hdr h;
		char junk[16];
	} bad = {0};
	struct tick_rec tick = {.flags = TICK_F_FIRST};
	struct recorder *r;
	struct source *s;
	struct stream got = {0};
	struct err e;
	int fd = new_file();

	assert_int_equal(recorder_new(dup(fd), &r, &e), 0);
	record_init(&bad.h, 5, PANE_CORE, 99, sizeof(bad));
	assert_int_equal(recorder_add(r, &bad.h), 0);
	record_init(&tick.h, 6, PANE_CORE, CORE_TICK, sizeof(tick));
	assert_int_equal(recorder_add(r, &tick.h), 0);
	assert_int_equal(recorder_close(r, &e), 0);
	s = open_ok(fd);
	assert_int_equal(s->ops->tick(s, 0, follow, &got), 0);
	assert_int_equal(got.records, 1);
	s->ops->free(s);
	close(fd);
}

static void empty_recording_plays_nothing(void **state)
{
	struct recorder *r;
	struct source *s;
	struct stream got = {0};
	struct err e;
	int fd = new_file();

	assert_int_equal(recorder_new(dup(fd), &r, &e), 0);
	assert_int_equal(recorder_close(r, &e), 0);
	s = open_ok(fd);
	assert_int_equal(replay_info(s)->ticks, 0);
	assert_int_equal(s->ops->tick(s, 0, follow, &got), -ENODATA);
	assert_int_equal(replay_seek(s, 5, follow, &got), 0);
	assert_int_equal(s->ops->tick(s, 0, follow, &got), -ENODATA);
	s->ops->free(s);
	close(fd);
}

/* The disk is full: one error, and what was written before plays. */
static void full_disk_is_said_once_and_leaves_whole_intervals(void **state)
{
	struct synth_opts opts = {.scene = SYNTH_DATABASE, .ticks = 40};
	struct rlimit old, small = {0};
	struct stream st = {0};
	struct source *s;
	struct err e;
	FILE *f = tmpfile(); /* a limit on file size holds for real files only */
	int fd = dup(fileno(f));
	uint32_t ticks;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 100000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(synth_new(&opts, &s), 0);
	assert_int_equal(recorder_new(dup(fd), &st.rec, &e), 0);
	while (s->ops->tick(s, 0, follow, &st) == 0)
		;
	assert_int_equal(recorder_close(st.rec, &e), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(st.error, -EFBIG);
	assert_non_null(strstr(e.text, "intervals"));
	s->ops->free(s);
	s = open_ok(fd);
	ticks = play_prefix(s, &st);
	assert_true(ticks > 1 && ticks < 40);
	assert_int_equal(ticks, replay_info(s)->ticks);
	s->ops->free(s);
	close(fd);
	fclose(f);
}

static void keys_are_thinned_when_the_index_is_full(void **state)
{
	struct recfile_keys k = {.keys = calloc(RECFILE_KEYS_MAX, sizeof(struct recfile_key))};
	uint32_t nr = RECFILE_KEYS_MAX * 3;

	for (uint32_t i = 0; i < nr; i++)
		recfile_keys_add(&k, i * 100, i, i, true);
	assert_int_equal(k.head.ticks, nr);
	assert_true(k.head.keys_nr <= RECFILE_KEYS_MAX && k.head.keys_nr > RECFILE_KEYS_MAX / 2);
	for (uint32_t i = 0; i < k.head.keys_nr; i++)
		assert_int_equal(k.keys[i].tick_nr, i * 4);
	free(k.keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(equal_records_give_equal_files),
		cmocka_unit_test(large_interval_is_split_into_blocks),
		cmocka_unit_test(file_cut_anywhere_plays_up_to_the_cut),
		cmocka_unit_test(flipped_bit_is_found),
		cmocka_unit_test(foreign_and_newer_files_are_refused_with_words),
		cmocka_unit_test(other_layout_is_refused_with_words),
		cmocka_unit_test(directory_pipe_and_missing_file_are_refused),
		cmocka_unit_test(seek_lands_on_the_interval_with_all_before_it),
		cmocka_unit_test(step_back_gives_the_interval_before),
		cmocka_unit_test(far_seek_starts_at_a_key_frame_and_keeps_names),
		cmocka_unit_test(records_that_models_refuse_are_left_out),
		cmocka_unit_test(empty_recording_plays_nothing),
		cmocka_unit_test(full_disk_is_said_once_and_leaves_whole_intervals),
		cmocka_unit_test(keys_are_thinned_when_the_index_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
