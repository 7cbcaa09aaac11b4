#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every view, live: JSON with its columns; threads and groups whose shares add up."""
import time

import live
from live import Load, Probetop

SHARE_TOLERANCE = 0.01  # of the interval: what the fold may carry into the next one
GROUPS = ('process', 'thread', 'user', 'cgroup', 'container', 'command')


def frames_of(*options, nr=2):
    with Probetop('-b', '-n', nr, '-d', 1, '-f', 'json', *options) as p:
        return p.frames()


def check_frame(t, frame):
    what = frame['view']
    keys = [column['key'] for column in frame['columns']]
    t.equal(len(keys), len(set(keys)), f'{what}: columns with a key of their own')
    t.ok(all(column['help'] for column in frame['columns']), f'{what}: a column without help')
    for row in frame['rows']:
        t.equal(list(row), keys, f'{what}: keys of a row')
    for state in ('na', 'sampled', 'incomplete'):
        t.ok(set(frame[state]) <= set(keys), f'{what}: {state} of {frame[state]}')
    for key in frame['na']:
        t.ok(all(row[key] is None for row in frame['rows']), f'{what}: {key} is n/a and has a value')
    for hist in frame.get('hist', []):
        t.ok(all(low < (high or float('inf')) and nr > 0 for low, high, nr in hist['buckets']),
             f'{what}: {hist["name"]}: {hist["buckets"]}')


def every_view_is_json_with_its_columns(t):
    frames = frames_of('--view=all')
    views = [frame['view'] for frame in frames]
    t.equal(views, views[:len(views) // 2] * 2, 'the same views in both intervals')
    t.equal((views[0], len(set(views))), ('processes', len(views) // 2), 'views')
    for frame in frames:
        check_frame(t, frame)
    t.note(f'{len(set(views))} views, {sum(len(f["rows"]) for f in frames)} rows')


def every_kind_of_group_is_json(t):
    for word in GROUPS:
        frame = frames_of(f'--group-by={word}', nr=1)[0]
        check_frame(t, frame)
        t.ok(frame['rows'], f'{word}: no rows')
        if word in GROUPS[2:]:
            t.ok(all(row['pid'] is None and row['group'] for row in frame['rows']), f'{word}: rows')
            t.equal(len({row['group'] for row in frame['rows']}), len(frame['rows']),
                    f'{word}: names of their own')


def sum_of(row):
    return sum(row[f'{part}_ns_per_s'] for part in ('oncpu', 'runq_wait', 'blocked', 'idle'))


def the_shares_of_every_thread_add_up_to_a_second(t):
    """Of each thread that lived through the interval, for a load of known threads and all others."""
    with Load('spinners', '--nr', 3, '--seconds', 60) as load:
        time.sleep(0.3)
        frames = frames_of('--group-by=thread', nr=3)
        load.end()
    seen = 0
    for frame in frames[1:]:
        for row in frame['rows']:
            if row['age_ns'] is None or row['age_ns'] < 1.1e9 * frame['interval_s'] or row['state'] == 'X':
                continue
            t.near(sum_of(row) / 1e9, 1, SHARE_TOLERANCE, f'thread {row["pid"]} ({row["comm"]})')
            seen += 1
    t.ok(seen > 20, f'only {seen} threads were seen')
    t.note(f'{seen} threads')


def a_group_holds_what_its_processes_hold(t):
    """The load alone has its name: one group of it, with the time that the three tell of themselves."""
    with Load('spinners', '--nr', 3, '--cpu', 0, '--seconds', 60) as load:
        time.sleep(0.3)
        frames = frames_of('--group-by=command', nr=3)
        load.end()
    for frame in frames[1:]:
        rows = [row for row in frame['rows'] if row['group'] == 'spinner']
        t.equal(len(rows), 1, f'groups of that name in {[row["group"] for row in frame["rows"]]}')
        t.equal(rows[0]['processes'], 3, 'processes')
        t.near(sum_of(rows[0]) / 1e9, 3, 3 * SHARE_TOLERANCE, 'their shares')


if __name__ == '__main__':
    live.main([every_view_is_json_with_its_columns, every_kind_of_group_is_json,
               the_shares_of_every_thread_add_up_to_a_second, a_group_holds_what_its_processes_hold])
