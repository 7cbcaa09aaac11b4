#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways through the views at 80x24: each key leads where it says, and back."""
import re

import program
import ptyrun
from program import replay, tap
from ptyrun import BTAB, DOWN, ENTER, ESC, HOME, TAB

ESC_GAP_S = 0.1


def esc(p, times=1):
    for _ in range(times):
        p.keys(ESC, gap_s=ESC_GAP_S)
        p.settle(0.05, 2)


def active(p):
    """The view in brackets on the line of views, or the last step of the breadcrumb."""
    for line in p.lines()[:8]:
        found = re.search(r' > ([a-z]+)$', line.split('  ')[0]) or \
            re.search(r'\[([a-z]+)\]', line)
        if found:
            return found.group(1)
    return ''


def at(p, view):
    p.wait(lambda p: active(p) == view, f'view {view}')


def tab_walks_all_views_and_around(t):
    for pane in program.PANES:
        tab_walks_a_pane(t, pane)


def tab_walks_a_pane(t, pane):
    views = program.views(pane)
    t.equal(views[0], 'processes', f'{pane}: the first view')
    t.equal(views[-1], 'events', f'{pane}: the last view')
    with replay('database', f'--pane={pane}') as p:
        program.started(p)
        for view in [*views[1:], views[0]]:
            p.keys(TAB)
            at(p, view)
        for view in reversed(views):
            p.keys(BTAB)
            at(p, view)
        t.ok(p.running(), 'it ended')


def the_menu_of_views_finds_what_is_typed(t):
    with replay('database') as p:
        program.started(p)
        for view in program.views():
            p.keys('v')
            p.wait_for(r'View +\(type to find\)')
            p.keys(view, ENTER)
            at(p, view)
        t.ok(p.running(), 'it ended')


def g_makes_rows_of_every_group_and_of_processes_again(t):
    with replay('database') as p:
        program.started(p)
        for word, heading in (('user', 'GROUP'), ('cgroup', 'GROUP'), ('container', 'GROUP'),
                              ('command', 'GROUP'), ('thread', 'TID'), ('process', 'COMMAND')):
            p.keys('g')
            p.wait_for(r'Rows are +\(type to find\)')
            p.keys(word, ENTER)
            p.wait_for(rf'^ .*\b{heading}\b')
        t.ok(not any('GROUP' in line for line in p.lines()), 'groups are still there')


def a_group_is_entered_left_and_found_again(t):
    with replay('database', '--group-by=command') as p:
        program.started(p)
        program.pause(p)
        p.wait_for(r'\bGROUP\b')
        p.keys(DOWN, DOWN)
        p.settle()
        before = p.lines()
        p.keys(ENTER)
        p.wait_for(r'^ CPU > .+ > processes')
        p.wait_for(r'\bCOMMAND\b')
        p.keys(ENTER)  # into the first of them
        p.wait_for(r'woken by|has no page')
        esc(p)
        while not re.search(r'\bGROUP\b', p.text()):
            esc(p)
        t.equal(p.lines()[7:], before[7:], 'the rows of groups, and the cursor')


def h_gives_every_thread_a_row(t):
    with replay('database') as p:
        program.started(p)
        rows = int(re.search(r'of (\d+) rows', p.text()).group(1))
        p.keys('H')
        p.wait_for(r'\bTID +PID\b')
        p.wait(lambda p: (m := re.search(r'of (\d+) rows', p.text())) and int(m.group(1)) > rows,
               'more rows of threads than of processes')
        p.keys(ENTER)
        p.wait_for('woken by')
        esc(p, 2)
        p.wait_for(r'\bTID +PID\b')
        p.keys('H')
        p.wait_for(r'\bPID USER\b')
        t.ok(p.running(), 'it ended')


def b_and_capital_b_say_since_when(t):
    with replay('database', '--speed=4') as p:
        program.started(p)
        p.keys('b')
        p.wait_for('mark set')
        p.keys('B')
        p.wait_for(r'since mark \d\d:\d\d$')
        for view in program.views()[1:]:
            p.keys(TAB)
            at(p, view)
            p.wait_for(r'since mark \d\d:\d\d$')
        p.keys('B')
        p.wait_for(r'since start \d\d:\d\d$')
        t.ok(p.running(), 'it ended')


def every_view_is_entered_and_left(t):
    """Enter twice and Esc as often as it takes: the same view, its rows where they were."""
    for pane, view in [(pane, view) for pane in program.PANES for view in program.views(pane)]:
        with replay('database', f'--pane={pane}', f'--view={view}') as p:
            program.started(p)
            program.pause(p)
            at(p, view)
            p.keys(HOME, DOWN)
            p.settle()
            before = p.lines()
            p.keys(ENTER)
            p.settle()
            p.keys(ENTER)
            p.settle()
            t.ok(p.running(), f'{pane}, {view}: ended')
            esc(p, 4)
            p.settle()
            at(p, view)
            t.equal(p.lines()[7:-2], before[7:-2], f'{pane}, {view}: the screen after the way back')


def a_process_is_entered_in_one_pane_and_left_in_another(t):
    with replay('database') as p:
        program.started(p)
        program.pause(p)
        p.keys(ENTER)
        p.wait_for('woken by')
        for pane in ('disk', 'cpu', 'fs', 'disk'):
            p.keys(program.PANES[pane])
            p.wait_for(rf'^ {program.TITLES[pane]} > ')
            p.keys(TAB)
            p.settle()
        esc(p, 4)
        at(p, 'processes')
        t.ok('[4 Disk' in p.text(), 'it is another pane')
        t.ok(p.running(), 'it ended')


def a_cgroup_narrows_and_esc_returns(t):
    with replay('database', '--view=cgroups') as p:
        program.started(p)
        program.pause(p)
        p.keys(HOME, DOWN)
        p.settle()
        p.keys(ENTER)
        p.wait_for(r'^ CPU > \S+ > processes')
        for view in program.views()[1:3]:
            p.keys(TAB)
            at(p, view)
            p.wait_for(rf'^ CPU > \S+ > {view}')
        p.keys(BTAB, BTAB)
        at(p, 'processes')
        esc(p)
        at(p, 'cgroups')
        t.ok(not re.search(r'^ CPU > ', p.text(), re.M), 'the breadcrumb is still there')


def the_page_scrolls_and_selects_threads(t):
    with replay('load') as p:
        program.started(p)
        p.keys(ENTER)
        p.wait_for('woken by')
        p.keys(ptyrun.END)
        p.wait_for(r'THREAD S')
        p.wait_for(r'^ +\d+ [RSD] +[\d·]')
        program.pause(p)
        p.keys(ptyrun.END)
        p.keys(ENTER)
        p.wait_for('kernel stack')
        esc(p)
        p.wait(lambda p: 'kernel stack' not in p.text(), 'the stack is gone')
        p.keys(HOME)
        p.wait_for(r'^ process ')
        esc(p)
        p.wait_for(r'\bPID USER\b')
        t.ok(p.running(), 'it ended')


def hostile_names_do_no_harm_on_any_way(t):
    with replay('hostile') as p:
        program.started(p)
        for way in ([ENTER, DOWN, ENTER], ['g', 'command', ENTER, DOWN, ENTER, ENTER],
                    ['H', DOWN, ENTER], ['u', DOWN, ENTER]):
            p.keys(*way, gap_s=0.1)
            p.settle(0.1, 2)
            esc(p, 5)
        for pane, key in program.PANES.items():
            p.keys(key)
            for _ in program.views(pane):
                p.keys(TAB, DOWN, ENTER, gap_s=0.05)
                p.settle(0.1, 2)
                esc(p, 3)
        t.ok(p.running(), 'it ended')
        t.equal(program.harmful(p.raw), '', 'bytes for the terminal')


if __name__ == '__main__':
    tap.main([tab_walks_all_views_and_around, the_menu_of_views_finds_what_is_typed,
              g_makes_rows_of_every_group_and_of_processes_again,
              a_group_is_entered_left_and_found_again, h_gives_every_thread_a_row,
              b_and_capital_b_say_since_when, every_view_is_entered_and_left,
              a_process_is_entered_in_one_pane_and_left_in_another,
              a_cgroup_narrows_and_esc_returns, the_page_scrolls_and_selects_threads,
              hostile_names_do_no_harm_on_any_way], program.ONLY)
