/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key decoder. Each parse function looks at `len` bytes and returns how many it used: 0
 * when the sequence may go on. A sequence without a meaning leaves the key KEY_NONE.
 */
#include "term_keys.h"

#include <string.h>

#include "esc.h"

#define ESC		   0x1b
#define SEQUENCE_MAX_BYTES 64 /* longer is noise */
#define PASTE_BEGIN	   200
#define PASTE_END	   "\033[201~"

struct meaning {
	int code; /* final byte, or the number before "~" */
	int key;
};

/* clang-format off */
/* ESC [ x and ESC O x; lower case is rxvt with Shift or Ctrl. */
static const struct meaning by_final[] = {
	{'A', TKEY_UP}, {'B', TKEY_DOWN}, {'C', TKEY_RIGHT}, {'D', TKEY_LEFT},
	{'a', TKEY_UP}, {'b', TKEY_DOWN}, {'c', TKEY_RIGHT}, {'d', TKEY_LEFT},
	{'H', TKEY_HOME}, {'F', TKEY_END}, {'Z', TKEY_BTAB}, {'M', TKEY_ENTER},
	{'P', TKEY_F1}, {'Q', TKEY_F2}, {'R', TKEY_F3}, {'S', TKEY_F4}, {0, 0},
};

/* ESC [ n ~ */
static const struct meaning by_number[] = {
	{1, TKEY_HOME}, {3, TKEY_DEL}, {4, TKEY_END}, {5, TKEY_PGUP}, {6, TKEY_PGDN},
	{7, TKEY_HOME}, {8, TKEY_END}, {11, TKEY_F1}, {12, TKEY_F2}, {13, TKEY_F3},
	{14, TKEY_F4}, {15, TKEY_F5}, {17, TKEY_F6}, {18, TKEY_F7}, {19, TKEY_F8},
	{20, TKEY_F9}, {21, TKEY_F10}, {0, 0},
};

/* ESC [ [ x, the Linux console. */
static const struct meaning by_linux[] = {
	{'A', TKEY_F1}, {'B', TKEY_F2}, {'C', TKEY_F3}, {'D', TKEY_F4}, {'E', TKEY_F5}, {0, 0},
};
/* clang-format on */

static int look_up(const struct meaning *table, int code)
{
	for (; table->code; table++)
		if (table->code == code)
			return table->key;
	return KEY_NONE;
}

/* A byte or code point that is typed as such. */
static int plain_key(uint32_t cp)
{
	switch (cp) {
	case '\r':
	case '\n':
		return TKEY_ENTER;
	case '\t':
		return TKEY_TAB;
	case '\b':
	case 0x7f:
		return TKEY_BACKSPACE;
	case ESC:
		return TKEY_ESC;
	default:
		return cp >= 0x80 && cp < 0xa0 ? KEY_NONE : (int)cp;
	}
}

static int utf8_length(unsigned char first)
{
	return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
}

static int parse_char(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	uint32_t cp;
	int used = utf8_decode((const char *)s, (size_t)len, &cp);

	if (used)
		ev->key = plain_key(cp);
	else if (!timeout && len < utf8_length(s[0]))
		return 0;
	return used ? used : 1;
}

struct csi {
	int params[4], nr;
	char mark; /* "<" or "?" before the parameters, or 0 */
	char final;
	int used; /* 0: incomplete */
};

/* Reads a control sequence after its "ESC [". */
static struct csi csi_read(const unsigned char *s, int len)
{
	struct csi c = {.nr = 1};
	int i = 0;

	if (len && s[0] >= '<' && s[0] <= '?')
		c.mark = (char)s[i++];
	for (; i < len; i++) {
		int *param = c.nr <= 4 ? &c.params[c.nr - 1] : NULL;

		if (s[i] == ';' || s[i] == ':') {
			c.nr++;
		} else if (s[i] >= '0' && s[i] <= '9') {
			if (param && *param < 100000)
				*param = *param * 10 + s[i] - '0';
		} else if (s[i] < 0x20 || s[i] > 0x7e || (s[i] == '$' && !c.mark)) {
			/* rxvt ends Shift sequences in "$"; a control byte ends nothing. */
			c.final = s[i] == '$' ? '$' : '\0';
			c.used = s[i] == '$' ? i + 1 : i;
			break;
		} else if (s[i] >= 0x40) {
			c.final = (char)s[i];
			c.used = i + 1;
			break;
		}
	}
	if (c.used || i < len)
		c.used += 2;
	return c;
}

static int mouse_button(int code)
{
	switch (code) {
	case 0:
		return MOUSE_LEFT;
	case 2:
		return MOUSE_RIGHT;
	case 64:
		return MOUSE_WHEEL_UP;
	case 65:
		return MOUSE_WHEEL_DOWN;
	default:
		return MOUSE_NONE;
	}
}

static int parse_mouse(const struct csi *c, struct term_event *ev)
{
	if (c->final != 'M' || c->nr < 3 || c->params[1] < 1 || c->params[2] < 1)
		return c->used;
	ev->button = mouse_button(c->params[0] & ~(4 | 8 | 16)); /* without Shift, Alt, Ctrl */
	if (ev->button == MOUSE_NONE)
		return c->used;
	ev->key = TKEY_MOUSE;
	ev->col = c->params[1] - 1;
	ev->row = c->params[2] - 1;
	return c->used;
}

/* ESC [ M and three bytes: what a terminal without mode 1006 sends. */
static int parse_mouse_old(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	struct csi c = {.nr = 3, .final = 'M', .used = 6};

	if (len < 6)
		return timeout ? len : 0;
	for (int i = 0; i < 3; i++)
		c.params[i] = s[3 + i] - 32;
	return parse_mouse(&c, ev);
}

/* The parameter after ";" is 1 + a mask; 2 is Alt. Shift and Ctrl change nothing here. */
static int with_modifier(int key, int modifier)
{
	return key && modifier > 1 && (modifier - 1) & 2 ? key | TKEY_ALT : key;
}

static int parse_csi(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	struct csi c;

	if (len >= 3 && s[2] == '[') {
		ev->key = len > 3 ? look_up(by_linux, s[3]) : KEY_NONE;
		return len > 3 ? 4 : timeout ? 3 : 0;
	}
	if (len >= 3 && s[2] == 'M')
		return parse_mouse_old(s, len, timeout, ev);
	if (len == 2 && timeout) {
		ev->key = '[' | TKEY_ALT;
		return 2;
	}
	c = csi_read(s + 2, len - 2);
	if (!c.used)
		return timeout || len > SEQUENCE_MAX_BYTES ? len : 0;
	if (c.mark == '<')
		return parse_mouse(&c, ev);
	if (c.mark)
		return c.used;
	if (c.final == '~' || c.final == '$' || c.final == '^' || c.final == '@')
		ev->key = look_up(by_number, c.params[0]);
	else if (c.final == 'u')
		ev->key = plain_key((uint32_t)c.params[0]);
	else
		ev->key = look_up(by_final, c.final);
	ev->key = with_modifier(ev->key, c.params[1]);
	return c.used;
}

static int parse_ss3(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	if (len == 2) {
		ev->key = timeout ? 'O' | TKEY_ALT : KEY_NONE;
		return timeout ? 2 : 0;
	}
	ev->key = look_up(by_final, s[2]);
	return s[2] < 0x20 ? 2 : 3;
}

static int parse(const unsigned char *s, int len, bool timeout, struct term_event *ev);

/* ESC and something: a sequence, or a key pressed with Alt. */
static int parse_esc(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	int used;

	if (len == 1) {
		ev->key = timeout ? TKEY_ESC : KEY_NONE;
		return timeout ? 1 : 0;
	}
	if (s[1] == '[')
		return parse_csi(s, len, timeout, ev);
	if (s[1] == 'O')
		return parse_ss3(s, len, timeout, ev);
	if (s[1] == ESC && (len == 2 || (s[2] != '[' && s[2] != 'O'))) {
		ev->key = len > 2 || timeout ? TKEY_ESC : KEY_NONE;
		return ev->key ? 1 : 0;
	}
	used = parse(s + 1, len - 1, timeout, ev);
	if (ev->key && ev->key != TKEY_MOUSE)
		ev->key |= TKEY_ALT;
	return used ? used + 1 : 0;
}

static int parse(const unsigned char *s, int len, bool timeout, struct term_event *ev)
{
	return s[0] == ESC ? parse_esc(s, len, timeout, ev) : parse_char(s, len, timeout, ev);
}

size_t keys_feed(struct keys *k, const void *bytes, size_t len)
{
	size_t room = (size_t)(KEYS_BUF_BYTES - k->len);

	if (len > room)
		len = room;
	memcpy(k->buf + k->len, bytes, len);
	k->len += (int)len;
	return len;
}

static void drop(struct keys *k, int used)
{
	k->len -= used;
	memmove(k->buf, k->buf + used, (size_t)k->len);
}

/* Passes over pasted bytes up to the end mark, keeping what may be its beginning. */
static void skip_paste(struct keys *k, bool timeout)
{
	const unsigned char *end = memmem(k->buf, (size_t)k->len, PASTE_END, strlen(PASTE_END));
	int keep = (int)strlen(PASTE_END) - 1;

	if (end) {
		drop(k, (int)(end - k->buf) + keep + 1);
		k->paste = false;
	} else if (timeout) {
		k->len = 0;
		k->paste = false;
	} else if (k->len > keep) {
		drop(k, k->len - keep);
	}
}

static bool paste_begins(const struct keys *k, int used)
{
	struct csi c = {0};

	if (used > 3 && k->buf[0] == ESC && k->buf[1] == '[')
		c = csi_read(k->buf + 2, used - 2);
	return c.final == '~' && !c.mark && c.params[0] == PASTE_BEGIN;
}

bool keys_next(struct keys *k, bool timeout, struct term_event *ret_ev)
{
	int used;

	for (;;) {
		*ret_ev = (struct term_event){.key = KEY_NONE};
		if (k->paste)
			skip_paste(k, timeout);
		if (k->paste || !k->len)
			return false;
		used = parse(k->buf, k->len, timeout, ret_ev);
		if (!used)
			return false;
		k->paste = paste_begins(k, used);
		drop(k, used);
		if (ret_ev->key)
			return true;
	}
}

bool keys_pending(const struct keys *k)
{
	return k->len || k->paste;
}
