#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sizes from 20x5 to 500x200, and below: no crash, no stale cell, the last line always there."""
import random

import program
import ptyrun
from program import replay, tap

SIZES = [(5, 20), (6, 20), (7, 79), (8, 30), (11, 40), (12, 40), (15, 60), (19, 80), (20, 80),
         (24, 80), (40, 120), (43, 132), (50, 200), (200, 500), (5, 500), (200, 20)]
TINY = [(1, 1), (1, 80), (2, 3), (4, 19), (24, 1), (5, 2)]


def every_size_is_drawn_whole(t):
    for view, options in program.each_view():
        with replay('database', *options) as p:
            program.started(p)
            program.pause(p)
            for rows, cols in SIZES:
                p.resize(rows, cols)
                p.settle(0.1)
                t.ok(p.lines()[-1], f'{view} at {cols}x{rows}: the last line is empty')
                program.true_screen(t, p, f'{view} at {cols}x{rows}', 0.1)


def a_screen_too_small_does_no_harm(t):
    with replay('database') as p:
        program.started(p)
        program.pause(p)
        for rows, cols in TINY:
            p.resize(rows, cols)
            p.settle(0.1)
            p.keys(ptyrun.DOWN, '?', ptyrun.ESC, gap_s=0.05)
            t.ok(p.running(), f'ended at {cols}x{rows}')
        p.resize(24, 80)
        program.true_screen(t, p, 'back at 80x24', 0.2)


def a_storm_of_sizes_leaves_a_true_screen(t):
    rng = random.Random(20261122)
    for scene in ('database', 'hostile'):
        with replay(scene) as p:
            program.started(p)
            for i in range(150):
                p.resize(rng.randint(5, 200), rng.randint(20, 500))
                p.keys(rng.choice([ptyrun.DOWN, ptyrun.TAB, ptyrun.ENTER, ptyrun.PGDN, 'P', '?']))
                if i % 3:
                    p.pump(rng.random() / 50)
                t.ok(p.running(), f'ended at size {i}')
            p.resize(30, 100)
            p.settle(0.3)
            program.pause(p)
            program.true_screen(t, p, f'{scene} after the storm', 0.3)
            t.equal(program.harmful(p.raw), '', 'bytes for the terminal')
            p.keys(ptyrun.ctrl('c'))
            t.equal(p.wait_exit(), 0)
            p.check_sane(t)


def a_storm_in_every_view_leaves_a_true_screen(t):
    rng = random.Random(23)
    ways = [options for _, options in program.each_view()]
    ways += [['--group-by=thread'], ['--group-by=cgroup'], ['--group-by=command']]
    for way in ways:
        with replay('hostile', *way) as p:
            program.started(p)
            for i in range(40):
                p.resize(rng.randint(3, 120), rng.randint(10, 300))
                p.keys(rng.choice([ptyrun.DOWN, ptyrun.ENTER, ptyrun.RIGHT, ptyrun.END, 'B', 'H', 'g']))
                if i % 3:
                    p.pump(rng.random() / 50)
                t.ok(p.running(), f'{way}: ended at size {i}')
            p.resize(30, 100)
            p.settle(0.2)
            program.pause(p)
            program.true_screen(t, p, f'{way} after the storm', 0.2)
            t.equal(program.harmful(p.raw), '', 'bytes for the terminal')


def a_storm_does_no_harm_live(t):
    program.need_live()
    rng = random.Random(5)
    with program.live('-d', '0.1') as p:
        program.started(p)
        for i in range(100):
            p.resize(rng.randint(5, 200), rng.randint(20, 500))
            p.pump(rng.random() / 20)
            t.ok(p.running(), f'ended at size {i}')
        p.resize(24, 80)
        p.settle(0.1, 1)
        program.pause(p)
        program.true_screen(t, p, 'after the storm', 0.3)


if __name__ == '__main__':
    tap.main([every_size_is_drawn_whole, a_screen_too_small_does_no_harm,
              a_storm_of_sizes_leaves_a_true_screen,
              a_storm_in_every_view_leaves_a_true_screen, a_storm_does_no_harm_live], program.ONLY)
