#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every key in every view: the program lives, and its screen stays true."""
import functools
import random
import re
import string
import time

import program
import ptyrun
from program import replay, tap
from ptyrun import ENTER, ESC, F, TAB, ctrl

QUITS = {'q', ctrl('c'), F[10]}
SPECIAL = [ptyrun.UP, ptyrun.DOWN, ptyrun.LEFT, ptyrun.RIGHT, ptyrun.PGUP, ptyrun.PGDN,
           ptyrun.HOME, ptyrun.END, ENTER, ESC, TAB, ptyrun.BTAB, ptyrun.BACKSPACE, b'\x1b[3~',
           *(F[n] for n in range(1, 10)), b'\x1b[2~', b'\x1b[24~', b'\x1b1', b'\x1bx', b'\x1b[1;3A',
           b'\x1b[<0;5;5M', b'\x1b[<0;5;5m', b'\x1b[<0;40;9M', b'\x1b[<2;9;12M', b'\x1b[<64;9;12M',
           b'\x1b[<65;9;12M', b'\x1b[<0;9999;9999M', 'é', '漢']
# Not Ctrl-C (quits), Ctrl-Q and Ctrl-S (the terminal's), Ctrl-Z and Ctrl-\ (their own cases).
CONTROLS = [ctrl(c) for c in 'abdefghijklnoprtuvwxy']
ALL = [*(c for c in string.printable[:95] if c not in QUITS), *SPECIAL, *CONTROLS]
# Where the picture must stand still: Z there and back at once.
STILL = ['ZZ' if key == 'Z' else key for key in ALL]

PLACES = [
    *((name, options, []) for name, options in program.each_view()),
    ('a device', ['--pane=disk', '--view=devices'], [ENTER]),
    ('a bucket', ['--pane=disk', '--view=latency'], [ENTER]),
    ('the steps of a request', ['--pane=disk', '--view=stages'], [ENTER, ENTER]),
    ('the page of a process', ['--view=processes'], [ENTER]),
    ('a thread on the page', ['--view=processes'], [ENTER, ptyrun.DOWN]),
    ('threads', ['--group-by=thread'], []),
    ('groups', ['--group-by=command'], []),
    ('a group', ['--group-by=user'], [ENTER]),
    ('a cgroup', ['--view=cgroups'], [ENTER]),
    ('the menu of groups', ['--view=processes'], ['g']),
    ('health', ['--view=processes'], ['!']),
    ('help', ['--view=processes'], ['?']),
]


def name(key):
    return repr(key)


class Place:
    """One of PLACES, on a terminal of its own; all are walked side by side, to save time."""

    def __init__(self, title, options, way):
        self.title, self.way, self.fault = title, way, None
        self.p = replay('database', *options)

    def check(self, what, action):
        """Does `action` and keeps the first fault."""
        if self.fault:
            return
        try:
            action()
            if not self.p.running():
                raise tap.Fail('the program ended')
        except (tap.Fail, OSError) as fault:
            self.fault = f'{self.title}, {what}: {fault}'


def settle(places, quiet_s=0.12, deadline_s=5):
    end, quiet_from = time.monotonic() + deadline_s, time.monotonic()
    while time.monotonic() < min(end, quiet_from + quiet_s):
        if sum([place.p.pump(0.01) for place in places]):
            quiet_from = time.monotonic()


def type_everywhere(places, *keys):
    for place in places:
        place.check(name(keys), lambda p=place.p: p.keys(*keys))
    settle(places)


def same_when_redrawn(place, before):
    for row, (a, b) in enumerate(zip(before, place.p.lines())):
        if a != b:
            raise tap.Fail(f'row {row}: got {a!r}, want {b!r}')


def walk():
    """Every key in every place: the screen that came of it is that of a full redraw."""
    places = [Place(*place) for place in PLACES]
    for place in places:
        program.started(place.p)
    type_everywhere(places, 'Z')
    for key in STILL:
        type_everywhere(places, ESC, ESC, ESC, ESC)
        for place in places:
            if place.way:
                place.check('the way there', lambda place=place: place.p.keys(*place.way))
        type_everywhere(places, key)
        shown = [place.p.lines() for place in places]
        for place in places:
            place.check(name(key), lambda p=place.p: p.signal(ptyrun.signal.SIGCONT))
        settle(places)
        for place, before in zip(places, shown):
            place.check(name(key), lambda: same_when_redrawn(place, before))
    for place in places:
        place.fault = place.fault or program.harmful(place.p.raw)
        place.p.close()
    return {place.title: place.fault for place in places}


faults = functools.cache(walk)


def every_key_in(title):
    def case(t):
        t.equal(faults()[title] or '', '', 'fault')
    return f'every key in {title}', case


def a_thousand_random_keys(t):
    seed = 20261122
    rng = random.Random(seed)
    with replay('database', rows=24, cols=80) as p:
        program.started(p)
        for i in range(1000):
            p.keys(rng.choice(ALL))
            if i % 50 == 0:
                p.pump(0.05)
            t.ok(p.running(), f'ended at key {i} of seed {seed}')
        p.settle(0.2, 3)
        for _ in range(4):
            p.keys(ESC, gap_s=0.05)
        program.pause(p)
        program.true_screen(t, p, 'after all', 0.3)
        t.equal(program.harmful(p.raw), '', 'bytes for the terminal')
        p.keys(ctrl('c'))
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)


def the_quit_keys_quit(t):
    for key in QUITS:
        with replay('database') as p:
            program.started(p)
            p.keys(key)
            t.equal(p.wait_exit(), 0, f'exit status after {name(key)}')
            p.check_sane(t)


def tabs_and_keys_reach_their_places(t):
    with replay('database') as p:
        program.started(p)
        program.pause(p)
        p.wait_for(r'PID +USER')
        p.keys(TAB)
        p.wait_for(r'run-?queue')
        p.keys(ptyrun.BTAB)
        p.wait_for(r'PID +USER')
        p.keys('?')
        p.wait_for('Columns')
        p.keys(ptyrun.END)
        p.wait_for(r'(?i)different from htop')
        p.keys(ESC, gap_s=0.1)
        p.wait_for(r'PID +USER')
        p.keys('!')
        p.wait_for(r'(?i)probe')
        p.keys(ESC, gap_s=0.1)
        p.wait_for(r'PID +USER')
        t.ok(p.running(), 'it ended')


def a_filter_is_typed_and_taken_back(t):
    with replay('database', rows=30, cols=100) as p:
        program.started(p)
        program.pause(p)
        p.keys('\\', 'postgres', ENTER)
        p.wait_for('postgres')
        p.settle()
        rows = [l for l in p.lines() if re.match(r' *\d+ \S+ +[RSDw]', l)]
        t.ok(rows and all('postgres' in row for row in rows), 'rows: ' + '\n'.join(rows))
        p.keys(ESC, gap_s=0.1)
        p.wait(lambda p: any('postgres' not in l for l in p.lines()
                             if re.match(r' *\d+ \S+ +[RSDw]', l)), 'all rows again')


def ctrl_z_gives_the_terminal_back(t):
    """Under a shell: a process without one cannot be stopped this way."""
    command = f'"{program.PROBETOP}" --no-config --replay="{program.recording("database")}"'
    shell = f'set -m; {command}; echo "back: $?"; read; fg; exit $?'
    with ptyrun.Pty(['bash', '--norc', '-c', shell], cwd=program.FOLDER) as p:
        p.wait_for(r'PID +USER')
        p.settle()
        p.keys(ctrl('z'))
        p.wait(lambda p: b'back: 148' in p.raw, 'the shell')
        p.check_sane(t)
        seen = len(p.raw)
        p.keys('\n')
        p.wait(lambda p: b'PID' in p.raw[seen:], 'the screen again')
        p.settle()
        t.equal(p.last(b'\x1b[?1049h', b'\x1b[?1049l'), b'\x1b[?1049h', 'screen')
        p.keys('q')
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)


def a_key_is_answered_while_figures_come(t):
    program.need_live()
    with program.live('-d', '0.1') as p:
        program.started(p)
        rng = random.Random(7)
        for i in range(300):
            p.keys(rng.choice(ALL))
            p.pump(0.01)
            t.ok(p.running(), f'ended at key {i}')
        for _ in range(4):
            p.keys(ESC, gap_s=0.05)
        p.settle(0.05, 1)
        program.pause(p)
        program.true_screen(t, p, 'after all', 0.3)
        t.equal(program.harmful(p.raw), '', 'bytes for the terminal')


if __name__ == '__main__':
    tap.main([*(every_key_in(place[0]) for place in PLACES), a_thousand_random_keys,
              the_quit_keys_quit, tabs_and_keys_reach_their_places,
              a_filter_is_typed_and_taken_back, ctrl_z_gives_the_terminal_back,
              a_key_is_answered_while_figures_come], program.ONLY)
