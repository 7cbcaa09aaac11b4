/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key table: one meaning a key, names, variants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "keymap.h"

static const enum key_context contexts[] = { KEYS_TABLE, KEYS_CANVAS, KEYS_PAGE,  KEYS_HELP,
					     KEYS_HEALTH, KEYS_MENU,   KEYS_PROMPT };

static bool has_key(const struct key_binding *b, int key, enum keyset set)
{
	const int *keys = keymap_keys(b, set);

	for (int i = 0; i < KEYS_PER_ACTION && keys[i]; i++)
		if (keys[i] == key)
			return true;
	return false;
}

static void no_key_has_two_actions_in_one_context(void **state)
{
	for (int set = 0; set < KEYSET_NR; set++)
		for (const struct key_binding *a = keymap; a->act; a++)
			for (const struct key_binding *b = a + 1; b->act; b++) {
				const int *keys = keymap_keys(a, (enum keyset)set);

				if (!(a->contexts & b->contexts))
					continue;
				for (int i = 0; i < KEYS_PER_ACTION && keys[i]; i++)
					if (has_key(b, keys[i], (enum keyset)set))
						fail_msg("key %d of '%s' and '%s' in variant %d", keys[i],
							 a->help ? a->help : "-", b->help ? b->help : "-", set);
			}
}

static void every_binding_is_found_by_its_keys(void **state)
{
	for (int set = 0; set < KEYSET_NR; set++)
		for (const struct key_binding *b = keymap; b->act; b++)
			for (size_t c = 0; c < sizeof(contexts) / sizeof(*contexts); c++) {
				const int *keys = keymap_keys(b, (enum keyset)set);

				for (int i = 0; i < KEYS_PER_ACTION && keys[i]; i++)
					if (b->contexts & contexts[c])
						assert_ptr_equal(keymap_find(keys[i], contexts[c], (enum keyset)set), b);
			}
}

/* Every function key has a letter twin: not every terminal sends it. */
static void function_keys_have_twins(void **state)
{
	for (const struct key_binding *b = keymap; b->act; b++) {
		bool function = false, letter = false;

		for (int i = 0; i < KEYS_PER_ACTION && b->keys[i]; i++) {
			function |= b->keys[i] >= TKEY_F1 && b->keys[i] <= TKEY_F10;
			letter |= b->keys[i] < KEY_SPECIAL;
		}
		assert_true(!function || letter);
	}
}

static void labels_have_help(void **state)
{
	for (const struct key_binding *b = keymap; b->act; b++) {
		assert_int_not_equal(b->contexts, 0);
		if (b->differs)
			assert_non_null(b->help);
	}
}

struct name_case {
	int key;
	const char *name;
};

static const struct name_case names[] = {
	{ 'q', "q" },	       { ' ', "Space" },       { KEY_CTRL('l'), "Ctrl-L" }, { TKEY_F10, "F10" },
	{ TKEY_F1, "F1" },     { TKEY_PGDN, "PgDn" },  { TKEY_BTAB, "S-Tab" },	    { TKEY_ALT + '1', "Alt-1" },
	{ 0xe9, "\xc3\xa9" }, { 0x20ac, "\xe2\x82\xac" }, { 0x1f600, "\xf0\x9f\x98\x80" },
};

static void keys_are_named(void **state)
{
	char buf[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		keymap_name(buf, sizeof(buf), names[i].key);
		assert_string_equal(buf, names[i].name);
	}
	keymap_names(buf, sizeof(buf), keymap_action(ACT_SORT_MENU), KEYSET_OWN);
	assert_string_equal(buf, "F6 . ,");
}

static void vi_moves_with_hjkl(void **state)
{
	assert_int_equal(keymap_find('j', KEYS_TABLE, KEYSET_VI)->act, ACT_DOWN);
	assert_int_equal(keymap_find('h', KEYS_TABLE, KEYSET_VI)->act, ACT_COL_LEFT);
	assert_int_equal(keymap_find('?', KEYS_TABLE, KEYSET_VI)->act, ACT_HELP);
	assert_int_equal(keymap_find('h', KEYS_TABLE, KEYSET_OWN)->act, ACT_HELP);
	assert_null(keymap_find('j', KEYS_TABLE, KEYSET_OWN));
}

struct key_case {
	int key;
	enum key_context context;
	enum ui_act act;
};

static const struct key_case key_cases[] = {
	{ 'g', KEYS_TABLE, ACT_GROUP },	       { 'H', KEYS_TABLE, ACT_THREADS },      { 'O', KEYS_TABLE, ACT_CONTAINERS },
	{ 'b', KEYS_TABLE, ACT_MARK },	       { 'B', KEYS_CANVAS, ACT_WINDOW },      { 'B', KEYS_PAGE, ACT_WINDOW },
	{ TKEY_ENTER, KEYS_PAGE, ACT_INTO },   { TKEY_ENTER, KEYS_CANVAS, ACT_INTO }, { TKEY_ESC, KEYS_PAGE, ACT_BACK },
	{ TKEY_DOWN, KEYS_PAGE, ACT_DOWN },    { 'e', KEYS_TABLE, ACT_KINDS },	      { 'x', KEYS_TABLE, ACT_FAILED },
	{ 'o', KEYS_TABLE, ACT_THRESHOLD },
};

static void keys_have_their_promised_meaning(void **state)
{
	for (int set = 0; set < KEYSET_NR; set++)
		for (size_t i = 0; i < sizeof(key_cases) / sizeof(*key_cases); i++) {
			const struct key_binding *b =
				keymap_find(key_cases[i].key, key_cases[i].context, (enum keyset)set);

			if (!b || b->act != key_cases[i].act)
				fail_msg("key %d in variant %d", key_cases[i].key, set);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_has_two_actions_in_one_context),
		cmocka_unit_test(every_binding_is_found_by_its_keys),
		cmocka_unit_test(function_keys_have_twins),
		cmocka_unit_test(labels_have_help),
		cmocka_unit_test(keys_are_named),
		cmocka_unit_test(vi_moves_with_hjkl),
		cmocka_unit_test(keys_have_their_promised_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
