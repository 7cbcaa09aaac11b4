#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""However it ends, the terminal is sane; a frozen terminal costs frames and no record."""
import json
import os
import signal
import time

import program
from program import live, replay, tap

FATAL = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV,
         signal.SIGABRT]
FROZEN_S = 3


def starts():
    """What to start: a recording always, the kernel where it is allowed."""
    yield 'replay', lambda **how: replay('database', **how)
    try:
        program.need_live()
        yield 'live', lambda **how: live('-d', '0.1', **how)
    except tap.Skip as why:
        tap.note(f'live: {why}')


def a_signal_leaves_a_sane_terminal(t):
    for what, start in starts():
        for sig in FATAL:
            with start() as p:
                program.started(p) if what == 'replay' else p.wait_for('PID')
                p.signal(sig)
                t.equal(p.wait_exit(), -sig, f'{what}: status after {sig.name}')
                t.equal(p.sane(), '', f'{what}: the terminal after {sig.name}')


def a_signal_ends_it_while_the_terminal_is_frozen(t):
    for what, start in starts():
        for sig in (signal.SIGTERM, signal.SIGSEGV):
            with start(rows=200, cols=500) as p:
                p.wait_for('PID')
                fill(p, 0.5)
                began = time.monotonic()
                p.signal(sig)
                p.child.wait(timeout=10)
                t.note(f'{what}: gone {time.monotonic() - began:.2f} s after {sig.name}')
                t.equal(p.wait_exit(), -sig, f'{what}: status after {sig.name}')
                t.equal(p.sane(), '', f'{what}: the terminal after {sig.name}')


def a_closed_terminal_ends_it_within_a_second(t):
    def deaf():
        program.no_core()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for what, start in starts():
        for name, before in (('HUP ignored', deaf), ('HUP as usual', program.no_core)):
            with start(before_exec=before) as p:
                p.wait_for('PID')
                began = time.monotonic()
                p.hang_up()
                p.wait_exit()
                took = time.monotonic() - began
                t.note(f'{what}, {name}: gone after {took:.3f} s')
                t.ok(took < 1, f'{what}, {name}: it took {took:.2f} s')


def fill(p, seconds):
    """Fills the pty: whole redraws, and nobody reads."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        p.signal(signal.SIGCONT)
        time.sleep(0.05)


def intervals(path):
    """Lines of JSON, one an interval, of a recording."""
    out = program.batch(f'--replay={path}', '-f', 'json', '--view=processes', '-N', '1')
    return [json.loads(line) for line in out.splitlines()]


def a_frozen_terminal_costs_frames_and_no_record(t):
    program.need_live()
    path = os.path.join(program.FOLDER, 'frozen')
    with live('-d', '0.1', f'--record={path}', rows=200, cols=500) as p:
        program.started(p)
        p.pump(0.5)
        began = time.monotonic()
        fill(p, FROZEN_S)
        frozen = time.monotonic() - began
        got = len(p.raw)
        p.settle(0.05, 1)
        t.note(f'{len(p.raw) - got} bytes came after {frozen:.1f} s')
        program.pause(p)
        program.true_screen(t, p, 'after the thaw', 0.3)
        p.keys('q')
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)
    ticks = intervals(path)
    covered = sum(tick['interval_s'] for tick in ticks)
    t.ok(covered >= frozen, f'{covered} s recorded, {frozen} s frozen')
    longest = max(tick['interval_s'] for tick in ticks)
    t.note(f'{len(ticks)} intervals, the longest {longest} s')
    t.ok(longest < 1, f'an interval of {longest} s: collection stood still')
    for pane, lost in ticks[-1]['lost'].items():
        if pane == 'fs':  # of a storm of short-lived files, somebody else's, not all are told
            continue
        t.equal((lost['seen'], lost['full']), (lost['submitted'], 0), f'lost in {pane}')


if __name__ == '__main__':
    tap.main([a_signal_leaves_a_sane_terminal, a_signal_ends_it_while_the_terminal_is_frozen,
              a_closed_terminal_ends_it_within_a_second,
              a_frozen_terminal_costs_frames_and_no_record], program.ONLY)
