#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of threads beside what the kernel says of each."""
import os
import subprocess
import sys
import threading
import time

import live
import tap
import truth
from live import Probetop

INTERVAL_S = 0.5
# Three threads that compute for a known part of the time, and one that waits for a pipe.
PROGRAM = '''
import ctypes, os, threading, time
def work(part):
    libc = ctypes.CDLL(None)
    libc.prctl(15, ('part-%d' % part).encode(), 0, 0, 0)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        began = time.thread_time()
        while time.thread_time() - began < part / 1000:
            sum(range(200))
        time.sleep((100 - part) / 1000)
for part in (5, 15, 30):
    threading.Thread(target=work, args=(part,), daemon=True).start()
print('ready', flush=True)
os.read(0, 1)
'''


class Readings(threading.Thread):
    """Reads CPU time and voluntary switches of each thread all the time."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.going, self.samples = pid, True, {}

    def one(self, tid):
        path = f'/proc/{self.pid}/task/{tid}/'
        before = time.monotonic_ns()
        with open(path + 'schedstat', encoding='utf-8') as file:
            oncpu = int(file.read().split()[0])
        with open(path + 'status', encoding='utf-8') as file:
            switches = int(next(line for line in file if line.startswith('voluntary')).split()[1])
        self.samples.setdefault(tid, []).append((before, time.monotonic_ns(), oncpu, switches))

    def run(self):
        while self.going:
            for tid in map(int, os.listdir(f'/proc/{self.pid}/task')):
                self.one(tid)
            time.sleep(0.01)

    def bounds(self, tid, begin, end, what):
        s = self.samples[tid]
        inside = [x for x in s if begin <= x[0] and x[1] <= end]
        before = [x for x in s if x[1] <= begin]
        after = [x for x in s if x[0] >= end]
        if not inside or not before or not after:
            raise tap.Fail('a thread was not read around the window')
        return inside[-1][what] - inside[0][what], after[0][what] - before[-1][what]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.join()


def each_thread(t):
    program = subprocess.Popen([sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    try:
        program.stdout.readline()
        with Readings(program.pid) as readings:
            time.sleep(0.3)
            with Probetop('-b', '-n', 6, '-d', INTERVAL_S, '-P', 'cpu', '--view=processes',
                          '--group-by=thread', '-F', 'part-', '-f', 'json') as p:
                frames = p.frames()
            time.sleep(0.3)
        errors = []
        # A running thread's own sum is brought up to date at ticks and switches: 10 ms at most;
        # ours is of the pass, a few ms after the frame's clock.
        slack_ns = 20_000_000
        for begin, end, frame in truth.windows(frames):
            rows = [r for r in frame['rows'] if r['tgid'] == program.pid]
            t.equal(sorted(r['comm'] for r in rows), ['part-15', 'part-30', 'part-5'], 'the threads')
            for row in rows:
                seconds = frame['interval_s']
                ours = row['oncpu_ns_per_s'] * seconds
                low, high = readings.bounds(row['pid'], begin, end, 2)
                if not low - slack_ns <= ours <= high + slack_ns:
                    errors.append(f'{row["comm"]} ran {ours / 1e6:.1f} ms, the kernel says '
                                  f'{low / 1e6:.1f} to {high / 1e6:.1f}')
                whole = sum(row[k + '_ns_per_s'] for k in ('oncpu', 'runq_wait', 'blocked', 'idle'))
                if abs(whole - truth.NS) > 1000:
                    errors.append(f'{row["comm"]} adds up to {whole} ns a second')
                low, high = readings.bounds(row['pid'], begin, end, 3)
                # One switch may lie between the frame's clock and the pass, at either end.
                if not low - 1 <= row['vcsw_per_s'] * seconds <= high + 1:
                    errors.append(f'{row["comm"]} switched {row["vcsw_per_s"] * seconds:.1f} times, '
                                  f'the kernel says {low} to {high}')
        live.hold(t, errors)
    finally:
        program.kill()
        program.communicate()


live.main([
    ('each thread has its own time, switches and name', each_thread),
])
