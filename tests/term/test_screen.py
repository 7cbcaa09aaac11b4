#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The terminal layer alone: test_screen.py PROBETOP BUILD. Its program is tests/term/demo.c."""
import os
import re
import signal
import sys
import time

import ptyrun
from program import COLOR, colors_in
from ptyrun import Pty, ctrl, tap

DEMO = os.path.join(sys.argv[2] if len(sys.argv) > 2 else '.', 'tests', 'term', 'demo')

TERMS_PYTE = ['xterm', 'xterm-256color', 'screen', 'screen-256color', 'tmux', 'tmux-256color',
              'linux', 'rxvt', 'rxvt-unicode-256color', 'vt100', 'vt220', 'cygwin', 'ansi',
              'Eterm-color', 'xterm-mono']
TERMS_OTHER = ['sun', 'vt52', 'wsvt25', 'cons25', 'hurd', 'mach', 'pcansi']


def demo(*options, **how):
    return Pty([DEMO, *options], **how)


def key_shown(p, key):
    p.wait_for(rf'dropped \d+ {re.escape(key)}$')


def every_terminal_shows_the_screen_and_is_left_sane(t):
    for term in TERMS_PYTE:
        with demo(term=term) as p:
            p.wait_for(r'^ frame \d+ dropped 0')
            t.contains(p.lines()[0], 'demo 80x24', term)
            t.contains(p.lines()[2], 'root', term)
            t.equal(len([l for l in p.lines() if 'command --with=arguments' in l]), 21, term)
            p.keys('q')
            t.equal(p.wait_exit(), 0, term)
            p.check_sane(t)


def terminals_of_other_kinds_work_too(t):
    for term in TERMS_OTHER:
        with demo('-f', '20', term=term) as p:
            p.wait(lambda p: b'demo 80x24' in p.raw and len(p.raw) > 500, f'{term} draws')
            p.keys('q')
            t.equal(p.wait_exit(), 0, term)
            t.equal(ptyrun.termios.tcgetattr(p.master), p.modes, f'{term}: modes')


def a_terminal_that_cannot_is_refused_with_advice(t):
    for term, words in (('no-such-terminal', 'not in the terminal database'), ('', 'TERM is not'),
                        (None, 'TERM is not'), ('dumb', 'cannot move its cursor')):
        with demo(term=term) as p:
            t.equal(p.wait_exit(), 2, f'TERM={term}')
            t.contains(p.text().replace('\n', ''), words, f'TERM={term}')
            t.contains(p.text().replace('\n', ''), 'TERM=xterm-256color', f'TERM={term}')
            p.check_sane(t)


def keys_arrive_whatever_the_terminal_sends(t):
    special = 0x110000
    cases = [(ptyrun.UP, special + 1), (b'\x1bOB', special + 2), (ptyrun.PGUP, special + 5),
             (ptyrun.HOME, special + 7), (b'\x1b[4~', special + 8), (ptyrun.ENTER, special + 9),
             (ptyrun.ESC, special + 10), (ptyrun.BACKSPACE, special + 11),
             (ptyrun.BTAB, special + 13), (ptyrun.F[1], special + 15), (b'\x1b[[E', special + 19),
             (ptyrun.F[10], special + 24), (b'\x1b5', 0x200000 + ord('5')), ('é', 0xe9),
             ('漢', 0x6f22), (b'\x1b[1;3A', 0x200000 + special + 1), (ctrl('a'), 1)]
    with demo('-f', '50') as p:
        p.wait_for('frame')
        for sent, want in cases:
            p.keys('x')
            key_shown(p, 'key 78')
            p.keys(sent)
            key_shown(p, f'key {want:x}')
        t.ok(p.running(), 'the program ended')


def a_sequence_cut_by_the_network_is_one_key(t):
    with demo('-f', '50') as p:
        p.wait_for('frame')
        for piece in (b'\x1b', b'[', b'6', b'~'):
            p.keys(piece)
            time.sleep(0.005)
        key_shown(p, 'key 110006')
        t.ok(True, 'one key')


def the_mouse_is_asked_for_only_when_wanted(t):
    with demo('-m', '-f', '50') as p:
        p.wait_for('frame')
        t.ok(b'\x1b[?1006h' in p.raw, 'no request for the mouse')
        p.keys(b'\x1b[<0;10;5M')
        key_shown(p, 'mouse 1 at 4,9')
        p.keys(b'\x1b[<65;1;24M')
        key_shown(p, 'mouse 4 at 23,0')
        p.keys('q')
        p.wait_exit()
        p.check_sane(t)
    with demo() as p:
        p.wait_for('frame')
        t.ok(b'\x1b[?1006' not in p.raw and b'\x1b[?1000' not in p.raw, 'mouse without -m')


def a_frozen_terminal_costs_frames_only(t):
    """Not read for 3 s while the whole screen changes 50 times a second."""
    with demo('-f', '50', rows=200, cols=400) as p:
        p.wait_for('frame')
        began = time.monotonic()
        while time.monotonic() < began + 3:
            p.keys(ctrl('l'))  # a full redraw each: the pty's buffer is soon full
            time.sleep(0.02)
        p.keys('y')
        p.wait(lambda p: re.search(r'dropped ([1-9]\d*) key 79', p.text()), 'frames dropped')
        dropped = int(re.search(r'dropped (\d+)', p.lines()[-1]).group(1))
        frame = int(re.search(r'frame (\d+)', p.lines()[-1]).group(1))
        t.note(f'{dropped} of {frame} frames dropped in 3 s')
        t.ok(frame >= 60, f'the program stood still: frame {frame}')
        p.settle(0.1, 0.5)
        rows = [l for l in p.lines() if 'command --with=arguments' in l]
        t.equal(len(rows), 197, 'rows on the screen after the thaw')
        t.ok(all(re.match(r' +\d+ (root|漢字) +\d+\.\d +command --with=arguments$', l)
                 for l in rows), 'a row is damaged: ' + '\n'.join(rows[:5]))
        p.keys('q')
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)


def a_frozen_terminal_does_not_hold_the_end_back(t):
    with demo('-f', '50', rows=200, cols=400) as p:
        p.wait_for('frame')
        for _ in range(50):
            p.keys(ctrl('l'))
            time.sleep(0.01)
        began = time.monotonic()
        p.signal(signal.SIGTERM)
        while p.running() and time.monotonic() < began + 10:
            time.sleep(0.01)
        t.ok(not p.running(), 'it waits for the terminal')
        p.pump(0.2)
        t.equal(p.wait_exit(), -signal.SIGTERM)
        t.ok(p.raw.rstrip().endswith((b'\x1b[?1049l', b'\x1b[23;0;0t')), 'no leave sequence')
        p.check_sane(t)


def a_stopped_output_thaws(t):
    """Ctrl-S and Ctrl-Q, where the user's terminal has them."""
    with demo('-f', '50') as p:
        p.wait_for('frame')
        p.keys(ctrl('s'))
        p.settle(0.1, 1)
        t.equal(p.pump(0.5), 0, 'bytes while stopped')
        p.keys(ctrl('q'))
        p.keys('x')
        key_shown(p, 'key 78')
        p.keys('q')
        t.equal(p.wait_exit(), 0)


def a_closed_terminal_is_noticed(t):
    """The demo ignores SIGHUP: only the terminal itself can tell."""
    with demo('-f', '1') as p:
        p.wait_for('frame')
        began = time.monotonic()
        p.hang_up()
        t.equal(p.wait_exit(), 0)
        t.ok(time.monotonic() - began < 5, 'it took over 5 s')


def suspended_and_back(t):
    with demo('-f', '20') as p:
        p.wait_for('frame')
        p.keys(ctrl('z'))
        p.wait(lambda p: p.last(b'\x1b[?1049h', b'\x1b[?1049l') == b'\x1b[?1049l', 'left')
        p.wait(lambda p: open(f'/proc/{p.pid}/stat').read().split()[2] == 'T', 'stopped')
        p.check_sane(t)
        p.signal(signal.SIGCONT)
        p.wait(lambda p: p.last(b'\x1b[?1049h', b'\x1b[?1049l') == b'\x1b[?1049h', 'back')
        p.keys('x')
        key_shown(p, 'key 78')
        p.keys('q')
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)


def the_shell_keeps_its_own_flags(t):
    """O_NONBLOCK on the description we were given would stay after us."""
    def nonblocking():
        fdinfo = open(f'/proc/{p.pid}/fdinfo/1').read()
        return bool(int(re.search(r'flags:\s+(\d+)', fdinfo).group(1), 8) & os.O_NONBLOCK)
    with demo() as p:
        p.wait_for('frame')
        t.ok(not nonblocking(), 'standard output was made non-blocking')


def without_colours_no_colour_is_sent(t):
    cases = [('NO_COLOR', [], {'NO_COLOR': '1'}, 'xterm-256color'), ('-C', ['-C'], {}, 'xterm'),
             ('vt100', [], {}, 'vt100')]
    for what, options, env, term in cases:
        with demo(*options, env=env, term=term) as p:
            p.wait_for('frame')
            t.equal(colors_in(p.raw), set(), what)
            t.ok(b'\x1b[7m' in p.raw or b'\x1b[0;7m' in p.raw, f'{what}: no attributes either')
    for theme in ('terminal', 'dark', 'light'):
        with demo('-t', theme) as p:
            p.wait_for('frame')
            t.ok(colors_in(p.raw), f'{theme}: no colours with colours')


def colours_are_those_that_the_terminal_has(t):
    for term, env, allowed in (('xterm', {}, rb'^[0-9;]*$'),
                               ('xterm-256color', {}, rb'38;5;\d+|48;5;\d+'),
                               ('xterm-256color', {'COLORTERM': 'truecolor'}, rb'38;2;')):
        with demo('-t', 'dark', term=term, env=env) as p:
            p.wait_for('frame')
            sgrs = [s[2:-1] for s in COLOR.findall(bytes(p.raw))]
            t.ok(any(re.search(allowed, s) for s in sgrs), f'{term} {env}: {sgrs[:8]}')
            if term == 'xterm':
                t.ok(not any(b'8;5;' in s or b'8;2;' in s for s in sgrs), f'{term}: {sgrs[:8]}')
            elif not env:
                t.ok(not any(b'8;2;' in s for s in sgrs), f'{term}: {sgrs[:8]}')


def ascii_where_the_locale_is_not_utf8(t):
    for options, env in (([], {'LANG': 'C'}), (['-a'], {}), ([], {'LC_ALL': 'POSIX'}),
                         ([], {'LC_ALL': 'de_DE.ISO-8859-1'})):
        with demo(*options, env=env) as p:
            p.wait_for('frame')
            high = [b for b in p.raw if b > 0x7e]
            t.equal(high, [], f'bytes above 0x7e with {options} {env}')
    with demo(env={'LANG': 'xx_YY.UTF-8'}) as p:
        p.wait_for('CPU%▼')
        t.ok(True, 'UTF-8 in a locale that is not installed here')


def few_bytes_a_frame(t):
    with demo('-f', '10', rows=40, cols=120) as p:
        p.wait_for('frame 5')
        began = len(p.raw)
        p.wait_for('frame 25')
        per_frame = (len(p.raw) - began) / 20
        t.note(f'{per_frame:.0f} bytes a frame at 120x40, a tenth of the figures changing')
        t.ok(0 < per_frame < 120, f'{per_frame} bytes a frame')


if __name__ == '__main__':
    tap.main([
        every_terminal_shows_the_screen_and_is_left_sane, terminals_of_other_kinds_work_too,
        a_terminal_that_cannot_is_refused_with_advice, keys_arrive_whatever_the_terminal_sends,
        a_sequence_cut_by_the_network_is_one_key, the_mouse_is_asked_for_only_when_wanted,
        a_frozen_terminal_costs_frames_only, a_frozen_terminal_does_not_hold_the_end_back,
        a_stopped_output_thaws, a_closed_terminal_is_noticed, suspended_and_back,
        the_shell_keeps_its_own_flags, without_colours_no_colour_is_sent,
        colours_are_those_that_the_terminal_has, ascii_where_the_locale_is_not_utf8,
        few_bytes_a_frame,
    ], sys.argv[3:])
