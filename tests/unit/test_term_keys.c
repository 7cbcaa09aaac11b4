/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys from bytes: what xterm, tmux, screen, linux and rxvt send, whole or in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "term_keys.h"

#define KEYS_NR 6

struct sequence {
	const char *bytes;
	int keys[KEYS_NR]; /* ends with 0 */
};

/* clang-format off */
#define ALT(key) ((key) | TKEY_ALT)

static const struct sequence sequences[] = {
	{"aZ1", {'a', 'Z', '1'}},
	{"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x91\x8d", {0xe9, 0x6f22, 0x1f44d}},
	{"\r\n\t\x7f\b", {TKEY_ENTER, TKEY_ENTER, TKEY_TAB, TKEY_BACKSPACE, TKEY_BACKSPACE}},
	{"\x01\x03\x05\x0c\x1a", {1, 3, 5, 12, 26}},
	/* xterm, normal and application mode */
	{"\033[A\033[B\033[C\033[D", {TKEY_UP, TKEY_DOWN, TKEY_RIGHT, TKEY_LEFT}},
	{"\033OA\033OB\033OC\033OD", {TKEY_UP, TKEY_DOWN, TKEY_RIGHT, TKEY_LEFT}},
	{"\033[H\033[F\033OH\033OF", {TKEY_HOME, TKEY_END, TKEY_HOME, TKEY_END}},
	{"\033[5~\033[6~\033[3~\033[Z", {TKEY_PGUP, TKEY_PGDN, TKEY_DEL, TKEY_BTAB}},
	{"\033OP\033OQ\033OR\033OS", {TKEY_F1, TKEY_F2, TKEY_F3, TKEY_F4}},
	{"\033[15~\033[17~\033[18~", {TKEY_F5, TKEY_F6, TKEY_F7}},
	{"\033[19~\033[20~\033[21~", {TKEY_F8, TKEY_F9, TKEY_F10}},
	{"\033OM", {TKEY_ENTER}},
	/* modifiers: Shift and Ctrl are passed over, Alt is told */
	{"\033[1;2A\033[1;5C\033[1;3A\033[5;3~\033[1;2P",
	 {TKEY_UP, TKEY_RIGHT, ALT(TKEY_UP), ALT(TKEY_PGUP), TKEY_F1}},
	/* tmux, screen, vt220 */
	{"\033[1~\033[4~", {TKEY_HOME, TKEY_END}},
	/* linux */
	{"\033[[A\033[[B\033[[C\033[[D\033[[E", {TKEY_F1, TKEY_F2, TKEY_F3, TKEY_F4, TKEY_F5}},
	/* rxvt */
	{"\033[7~\033[8~\033[11~\033[14~", {TKEY_HOME, TKEY_END, TKEY_F1, TKEY_F4}},
	{"\033[a\033Od\033[5$\033[6^\033\033[A",
	 {TKEY_UP, TKEY_LEFT, TKEY_PGUP, TKEY_PGDN, ALT(TKEY_UP)}},
	/* Alt */
	{"\0331\033x\033\xc3\xa9\033\r", {ALT('1'), ALT('x'), ALT(0xe9), ALT(TKEY_ENTER)}},
	/* kitty's form */
	{"\033[27u\033[97;3u\033[13u", {TKEY_ESC, ALT('a'), TKEY_ENTER}},
	/* the mouse */
	{"\033[<0;10;5M", {TKEY_MOUSE}},
	{"\033[M \x21\x22", {TKEY_MOUSE}},
	{"\033[<0;10;5m\033[<32;1;1M\033[<0;0;0Mx", {'x'}},
	/* passed over whole */
	{"\033[2~\033[99~\033[?1;2c\033[I\033[>0;1;2c\033[1;2;3;4;5;6;7zq", {'q'}},
	{"\033[12\001x", {1, 'x'}},
	{"\033[1\033[Ay", {TKEY_UP, 'y'}},
	{"\033[200~rm -rf /\r\033[A\033[201~z", {'z'}},
	{"\xff\xc3(\xe2\x80x\xc2\x9bz", {'(', 'x', 'z'}},
	/* only a wait tells */
	{"\033", {TKEY_ESC}},
	{"\033\033", {TKEY_ESC, TKEY_ESC}},
	{"\033[", {ALT('[')}},
	{"\033O", {ALT('O')}},
	{"\033[1;", {0}},
	{"\xe6\xbc", {0}},
	{"\033[200~never ends", {0}},
};
/* clang-format on */

static int drain(struct keys *k, bool timeout, int keys[], int nr)
{
	struct term_event ev;

	while (keys_next(k, timeout, &ev)) {
		assert_true(nr < KEYS_NR);
		keys[nr++] = ev.key;
	}
	return nr;
}

static void expect(const struct sequence *s, size_t piece)
{
	struct keys k = {.len = 0};
	int keys[KEYS_NR + 1] = {0}, nr = 0, want_nr = 0;
	size_t len = strlen(s->bytes);

	for (size_t i = 0; i < len; i += piece) {
		size_t n = len - i < piece ? len - i : piece;

		assert_int_equal(keys_feed(&k, s->bytes + i, n), n);
		nr = drain(&k, false, keys, nr);
	}
	while (keys_pending(&k))
		nr = drain(&k, true, keys, nr);
	while (want_nr < KEYS_NR && s->keys[want_nr])
		want_nr++;
	assert_int_equal(nr, want_nr);
	for (int i = 0; i < nr; i++)
		assert_int_equal(keys[i], s->keys[i]);
}

static void sequences_give_keys_whole_or_in_pieces(void **state)
{
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		print_message("# case %zu\n", i);
		expect(&sequences[i], 1000);
		expect(&sequences[i], 1);
		expect(&sequences[i], 2);
	}
}

static void a_lone_esc_waits(void **state)
{
	struct keys k = {.len = 0};
	struct term_event ev;

	keys_feed(&k, "\033", 1);
	assert_false(keys_next(&k, false, &ev));
	assert_true(keys_pending(&k));
	keys_feed(&k, "[B", 2);
	assert_true(keys_next(&k, false, &ev));
	assert_int_equal(ev.key, TKEY_DOWN);
	assert_false(keys_pending(&k));
}

static void the_mouse_tells_where(void **state)
{
	static const struct {
		const char *bytes;
		int button, row, col;
	} cases[] = {
		{"\033[<0;10;5M", MOUSE_LEFT, 4, 9},
		{"\033[<2;1;1M", MOUSE_RIGHT, 0, 0},
		{"\033[<64;300;200M", MOUSE_WHEEL_UP, 199, 299},
		{"\033[<65;2;3M", MOUSE_WHEEL_DOWN, 2, 1},
		{"\033[<20;2;3M", MOUSE_LEFT, 2, 1},
		{"\033[M !\"", MOUSE_LEFT, 1, 0},
		{"\033[M`!\"", MOUSE_WHEEL_UP, 1, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct keys k = {.len = 0};
		struct term_event ev;

		keys_feed(&k, cases[i].bytes, strlen(cases[i].bytes));
		assert_true(keys_next(&k, false, &ev));
		assert_int_equal(ev.key, TKEY_MOUSE);
		assert_int_equal(ev.button, cases[i].button);
		assert_int_equal(ev.row, cases[i].row);
		assert_int_equal(ev.col, cases[i].col);
	}
}

static void noise_never_blocks_the_keyboard(void **state)
{
	struct keys k = {.len = 0};
	struct term_event ev;
	char noise[KEYS_BUF_BYTES + 10];

	memset(noise, '1', sizeof(noise));
	memcpy(noise, "\033[", 2);
	assert_int_equal(keys_feed(&k, noise, sizeof(noise)), KEYS_BUF_BYTES);
	while (keys_next(&k, false, &ev))
		assert_int_equal(ev.key, '1');
	assert_int_equal(k.len, 0);
	srand(3);
	for (int i = 0; i < 200000; i++) {
		char byte = rand() % 3 ? "\033[O<;M~12\xc3\xa9"[rand() % 11] : (char)rand();

		assert_int_equal(keys_feed(&k, &byte, 1), 1);
		while (keys_next(&k, false, &ev))
			assert_true(ev.key > 0);
	}
	for (int i = 0; i < 4 && keys_pending(&k); i++)
		while (keys_next(&k, true, &ev))
			assert_true(ev.key > 0);
	assert_false(keys_pending(&k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_give_keys_whole_or_in_pieces),
		cmocka_unit_test(a_lone_esc_waits),
		cmocka_unit_test(the_mouse_tells_where),
		cmocka_unit_test(noise_never_blocks_the_keyboard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
