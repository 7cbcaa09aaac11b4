#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cpu/syscalls against a program that counts its own calls, and the hooks of the view itself."""
import os
import re
import shutil
import subprocess
import tempfile
import time

import held
import live
import truth
from live import Probetop

CALLS = os.path.join(live.BUILD, 'tests', 'live', 'calls')
HOOKS = ['sys_enter', 'sys_exit']
ALONE = ['--modules=cpu']  # the file module needs the same hooks, always
# Of 1 MiB writes the kernel's part is 0.99 (entry, exit and the clock are outside).
BIG_SHARE = 0.03


def report(run, *options):
    """--total of one run of the program. Returns (the frame, what the program says)."""
    with Probetop('--total', '-f', 'json', '--view=syscalls', '-o', '-', *options, '--',
                  CALLS, run) as p:
        objects = truth.objects(p.finish(60).decode())
    frame = next(o for o in objects if 'rows' in o)
    return frame, next(o for o in objects if o.get('load') == run)


def row(frame, name, abi=None):
    rows = [r for r in frame['rows'] if r['name'] == name and (not abi or r['abi'] == abi)]
    return rows[0] if len(rows) == 1 else None


def known_calls_are_counted_exactly(t):
    frame, own = report('known')
    t.equal(own['failed'], 1000, 'the load itself')
    write, openat, fsync = (row(frame, n) for n in ('write', 'openat', 'fsync'))
    t.equal(write['count'], 100001, 'writes, one of them its own report')  # stdout
    t.equal((write['errors'], write['top_errno']), (0, None), 'failed writes')
    t.equal((openat['errors'], openat['top_errno']), (1000, 'ENOENT'), 'failed opens')
    t.equal(fsync['count'], 20, 'fsync')
    for r in (write, openat, fsync):
        t.equal(r['timed'], r['count'], f'{r["name"]}: each was seen from its beginning')
        t.ok(r['time_ns'] > 0 and r['avg_ns'] <= r['max_ns'], f'times of {r}')
    t.ok(frame['complete'] and not frame['na'], 'nothing is missing')


def time_of_long_writes_is_the_programs_own(t):
    for attempt in range(3):  # a look away between two readings is charged to one side only
        frame, own = report('big')
        write = row(frame, 'write')
        t.equal(write['count'], own['writes'] + 1, 'writes')
        share = write['time_ns'] / own['ns']
        t.note(f'ours {write["time_ns"]} ns, its own {own["ns"]} ns: {share:.4f}')
        if abs(share - 1) <= BIG_SHARE:
            break
    t.near(share, 1, BIG_SHARE, 'time of 1 MiB writes')


def calls_of_children_that_are_gone_are_counted(t):
    frame, own = report('forks')
    t.equal(row(frame, 'getppid')['count'], own['getppids'], 'calls of the children')
    t.equal(row(frame, 'getppid')['processes'], own['forks'], 'children')
    t.equal(row(frame, 'clone')['count'], own['forks'], 'a fork is one call, though two come out of it')
    wait = row(frame, 'wait4')
    t.equal((wait['count'], wait['waits'], wait['work_ns']), (own['forks'], 'w', None), 'waits')
    names = [r['name'] for r in frame['rows']]
    t.ok(names.index('wait4') > names.index('getppid'), f'a wait stands first: {names}')


def calls_of_one_process_are_summed_by_process(t):
    frame, own = report('forks', '--group-by=process')
    parent = next(r for r in frame['rows'] if r['pid'] == own['pid'])
    dead = [r for r in frame['rows'] if r['pid'] is None]
    t.ok(parent['count'] >= 2 * own['forks'], f'calls of the parent {parent["count"]}')
    t.equal(sum(r['processes'] for r in frame['rows'] if r is not parent), own['forks'], 'children')
    t.equal(sum(r['count'] for r in frame['rows'] if r is not parent),
            own['getppids'] + own['forks'], 'their calls, and set_robust_list')
    t.note(f'{len(frame["rows"])} rows, {len(dead)} of them sums')


def every_call_has_its_name(t):
    frame, own = report('names')
    seen = {r['name']: r['count'] for r in frame['rows']}
    missing = [n for n in own['names'] if not seen.get(n)]
    t.ok(len(own['names']) > 230, f'{len(own["names"])} calls were made')
    t.equal(missing, [], 'calls that are not named')
    strange = [n for n in seen if n.startswith(('call ', 'no such'))]
    t.equal(strange, [], 'calls without a name')


def a_32_bit_call_is_marked_and_not_misnamed(t):
    if os.uname().machine != 'x86_64':
        t.skip('needs x86-64')
    frame, own = report('compat')
    if not own['right']:
        t.skip('this kernel takes no 32-bit calls')
    t.equal(row(frame, 'getpid', 'i386')['count'], 1000, '32-bit getpid')
    t.equal(row(frame, 'writev'), None, 'number 20 of the other table')


def an_x32_number_is_marked(t):
    if os.uname().machine != 'x86_64':
        t.skip('needs x86-64')
    frame, own = report('x32')
    getpid = row(frame, 'getpid', 'x32')
    t.equal((getpid['count'], getpid['errors']), (500, own['failed']), 'x32 getpid')


def numbers_of_no_call_are_counted(t):
    frame, _ = report('strange')
    for name in ('call 999', 'no such call'):
        t.equal((row(frame, name)['count'], row(frame, name)['top_errno']), (300, 'ENOSYS'), name)


def its_own_calls_are_left_out(t):
    with Probetop('-b', '-n', 3, '-d', '500ms', '-f', 'json', '--view=syscalls',
                  '--group-by=process') as p:
        pid, frames = p.pid, p.frames()
    t.ok(any(f['rows'] for f in frames), 'no call of anybody in 1.5 s')
    t.ok(all(r['pid'] != pid for f in frames for r in f['rows']), 'it counts itself')


def a_recording_with_calls_gives_the_same_bytes(t):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'recording')
        options = ('-b', '-f', 'json', '--view=syscalls')
        with Probetop(*options, '-n', 4, '-d', 1, f'--record={file}') as p:
            for run in ('forks', 'known', 'compat', 'strange') * 2:
                subprocess.run([CALLS, run], check=True, stdout=subprocess.DEVNULL)
                time.sleep(0.2)
            shown = p.finish()
        t.ok(b'"getppid"' in shown and b'"i386"' in shown, 'the load was not seen')
        with Probetop(*options, f'--replay={file}') as p:
            t.ok(p.finish() == shown, 'the replay differs')


def hooks_of(pid):
    return held.hooks(pid, HOOKS)


def kept_entries(pid):
    return held.entries(pid, 'call', 4)


def a_call_under_way_is_counted_without_a_time(t):
    with subprocess.Popen(['sleep', '3.3']) as sleep:
        time.sleep(0.2)
        with Probetop('-b', '-n', 5, '-d', 1, '-f', 'json', '--view=syscalls', '-p', sleep.pid) as p:
            rows = [r for f in p.frames() for r in f['rows'] if r['waits']]
    t.equal([(r['timed'], r['time_ns_per_s'], r['avg_ns']) for r in rows], [(0, 0, None)],
            'the sleep that began before')


def nobody_asks_nothing_is_attached(t):
    if not shutil.which('bpftool'):
        t.skip('needs bpftool')
    for view, want in (('processes', []), ('syscalls', HOOKS)):
        with Probetop('-b', '-n', 100, '-d', '200ms', '-f', 'json', *ALONE, f'--view={view}') as p:
            p.wait_frames(2)
            t.equal(hooks_of(p.pid), want, f'hooks with --view={view}')


def leaving_the_view_detaches(t):
    """On a terminal: open it, leave it, open it again; nothing is counted twice."""
    if not shutil.which('bpftool') or not shutil.which('tmux'):
        t.skip('needs bpftool and tmux')
    with tempfile.TemporaryDirectory() as folder:
        tmux = ['tmux', '-S', os.path.join(folder, 'tmux')]
        try:
            subprocess.run([*tmux, '-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '30',
                            f'exec {live.PROBETOP} --no-config {" ".join(ALONE)}'], check=True)
            walk(t, tmux)
        finally:
            subprocess.run([*tmux, 'kill-server'], check=False, stderr=subprocess.DEVNULL)


def walk(t, tmux):
    def screen():
        return subprocess.run([*tmux, 'capture-pane', '-p'], capture_output=True, text=True,
                              check=True).stdout

    def keys(*names):
        subprocess.run([*tmux, 'send-keys', *names], check=True)

    def wait_for(what, holds):
        until = time.monotonic() + live.SLACK_S
        while not holds():
            t.ok(time.monotonic() < until, f'{what} did not come: {screen()}')
            time.sleep(0.1)

    pid = int(subprocess.run([*tmux, 'display-message', '-p', '#{pane_pid}'], capture_output=True,
                             text=True, check=True).stdout)
    wait_for('the first interval', lambda: 'LIVE    1.0s' in screen())
    for _ in range(2):
        t.equal(hooks_of(pid), [], 'before it was opened')
        keys('v', 's', 'y', 's', 'c', 'Enter')
        wait_for('the view', lambda: '[syscalls]' in screen())
        wait_for('the hooks', lambda: hooks_of(pid) == HOOKS)
        wait_for('figures', lambda: re.search(r'of \d+ rows', screen()))
        keys('Tab')
        wait_for('their end', lambda: hooks_of(pid) == [])
        wait_for('empty maps', lambda: kept_entries(pid) == 0)
        keys('v', 'p', 'r', 'o', 'c', 'Enter')
        wait_for('the processes', lambda: '[processes]' in screen())
    keys('q')


live.main([
    known_calls_are_counted_exactly,
    time_of_long_writes_is_the_programs_own,
    calls_of_children_that_are_gone_are_counted,
    calls_of_one_process_are_summed_by_process,
    every_call_has_its_name,
    a_32_bit_call_is_marked_and_not_misnamed,
    an_x32_number_is_marked,
    numbers_of_no_call_are_counted,
    its_own_calls_are_left_out,
    a_recording_with_calls_gives_the_same_bytes,
    a_call_under_way_is_counted_without_a_time,
    nobody_asks_nothing_is_attached,
    leaving_the_view_detaches,
])
