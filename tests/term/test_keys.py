#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every key in every view: the program lives, and its screen stays true."""
import random
import re
import string

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

PLACES = [
    ('processes', ['--view=processes'], []),
    ('runqueue', ['--view=runqueue'], []),
    ('the page of a process', ['--view=processes'], [ENTER]),
    ('health', ['--view=processes'], ['!']),
    ('help', ['--view=processes'], ['?']),
]


def name(key):
    return repr(key)


def back(p, way):
    """Whatever the key opened is closed, and the place entered again."""
    for _ in range(4):
        p.keys(ESC, gap_s=0.05)
    p.keys(*way, gap_s=0.02)


def every_key_in(place, options, way):
    def case(t):
        with replay('database', *options) as p:
            program.started(p)
            program.pause(p)
            for key in ALL:
                back(p, way)
                p.keys(key, gap_s=0.05 if key == ESC else 0.01)
                program.true_screen(t, p, f'{place}, {name(key)}', 0.04)
            t.equal(program.harmful(p.raw), '', 'bytes for the terminal')
    return f'every key in {place}', case


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
    with replay('database') as p:
        program.started(p)
        p.keys(ctrl('z'))
        p.wait(lambda p: open(f'/proc/{p.pid}/stat').read().rsplit(')', 1)[1].split()[0] == 'T',
               'stopped')
        p.pump(0.1)
        p.check_sane(t)
        p.signal(ptyrun.signal.SIGCONT)
        p.wait(lambda p: p.last(b'\x1b[?1049h', b'\x1b[?1049l') == b'\x1b[?1049h', 'back')
        p.wait_for(r'PID +USER')
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
    tap.main([*(every_key_in(*place) for place in PLACES), a_thousand_random_keys,
              the_quit_keys_quit, tabs_and_keys_reach_their_places,
              a_filter_is_typed_and_taken_back, ctrl_z_gives_the_terminal_back,
              a_key_is_answered_while_figures_come], program.ONLY)
