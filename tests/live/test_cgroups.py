#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Control groups beside what the groups' own files say."""
import os
import subprocess
import threading
import time

import live
import tap
import truth
from live import LOAD, Probetop

NAME = f'probetop-test-{os.getpid()}'
INTERVAL_S = 0.5


def v2_mount():
    """Where cgroup2 is mounted; None where it is not, or not for writing."""
    with open('/proc/self/mountinfo', encoding='utf-8') as mounts:
        for line in mounts:
            words = line.split()
            if words[words.index('-') + 1] == 'cgroup2':
                return words[4] if os.access(words[4], os.W_OK) else None
    return None


class Group:
    """A group of its own under the v2 mount; what is in it ends with it."""

    def __init__(self, name):
        self.path = f'/{NAME}-{name}'
        self.dir = v2_mount() + self.path
        self.loads = []

    def __enter__(self):
        os.mkdir(self.dir)
        return self

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding='utf-8') as file:
            return file.read()

    def pids(self):
        return [int(pid) for pid in self.read('cgroup.procs').split()]

    def take(self, pid):
        with open(os.path.join(self.dir, 'cgroup.procs'), 'w', encoding='utf-8') as file:
            file.write(str(pid))

    def run(self, *options):
        load = subprocess.Popen([LOAD, *map(str, options)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL,
                                preexec_fn=lambda: self.take(os.getpid()))
        self.loads.append(load)
        return load

    def __exit__(self, *_):
        for load in self.loads:
            if load.poll() is None:
                load.kill()
            load.wait()
        until = time.monotonic() + 10
        while self.pids() and time.monotonic() < until:
            for pid in self.pids():
                os.kill(pid, 9)
            time.sleep(0.05)
        os.rmdir(self.dir)


class Counters(threading.Thread):
    """Reads a group's counters all the time: [mono_ns, usage_us, stall_us]."""

    def __init__(self, group):
        super().__init__()
        self.group, self.samples, self.going = group, [], True

    def run(self):
        while self.going:
            before_ns = time.monotonic_ns()
            usage = int(self.group.read('cpu.stat').split()[1])
            some = self.group.read('cpu.pressure').splitlines()[0]
            stall = int(some.rsplit('total=', 1)[1])
            self.samples.append((before_ns, time.monotonic_ns(), usage, stall))
            time.sleep(0.01)

    def least(self, begin_ns, end_ns, what):
        """Growth between the first reading that began in the window and the last that ended in it."""
        inside = [s for s in self.samples if begin_ns <= s[0] and s[1] <= end_ns]
        return (inside[-1][what] - inside[0][what]) * 1000

    def most(self, begin_ns, end_ns, what):
        before = [s for s in self.samples if s[1] <= begin_ns]
        after = [s for s in self.samples if s[0] >= end_ns]
        if not before or not after:
            raise tap.Fail('the counters were not read around the window')
        return (after[0][what] - before[-1][what]) * 1000

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.join()


def frames_of(nr):
    with Probetop('-b', '-n', nr, '-d', INTERVAL_S, '-P', 'cpu', '--view=cgroups', '-f', 'json') as p:
        return p.frames()


def row_of(frame, path):
    return next((row for row in frame['rows'] if row['path'] == path), None)


def path_and_processes(t):
    with Group('a') as group:
        group.run('spinners', '--nr', 2, '--cpu', 0, '--seconds', 20)
        frames = frames_of(4)
        pids = group.pids()
        with open(f'/proc/{pids[0]}/cgroup', encoding='utf-8') as file:
            told = [line.rstrip('\n') for line in file if line.startswith('0::')]
        row = row_of(frames[-1], group.path)
        t.equal(told, ['0::' + group.path], 'the path that the kernel tells')
        t.ok(row, 'the group has no row')
        t.equal(row['version'], 2, 'its version')
        t.equal(row['processes'], len(pids), 'its processes')


def sums_and_pressure(t):
    """Three spinners on one CPU: the group uses it up, and two always wait."""
    nr = 8
    errors = []
    with Group('b') as group:
        group.run('spinners', '--nr', 3, '--cpu', 0, '--seconds', 30)
        with Counters(group) as counters:
            time.sleep(0.3 + 2 * INTERVAL_S)  # a stall may be from before the first frame
            frames = frames_of(nr)
            time.sleep(2 * INTERVAL_S)
        rows = [row_of(frame, group.path) for frame in frames]
        whole = [(begin, end, row, frame) for (begin, end, frame), row in zip(truth.windows(frames), rows[1:]) if row]
        t.ok(len(whole) >= nr - 2, 'too few frames have the group')
        # The CPU time is summed from what each task had at the pass, a few ms after the frame's
        # clock; the group's own counter is brought up to date at ticks and switches.
        slack_ns = 20_000_000
        for begin, end, row, frame in whole:
            ours = row['oncpu_ns_per_s'] * frame['interval_s']
            low = counters.least(begin, end, 2) - slack_ns
            high = counters.most(begin, end, 2) + slack_ns
            if not low <= ours <= high:
                errors.append(f'on-CPU time {ours / 1e6:.1f} ms, the group says {low / 1e6:.1f} to {high / 1e6:.1f}')
        # A reading is taken after the tick that asks for it and before the next one.
        read = [w for w in whole if w[2]['psi_cpu_some_pct'] is not None]
        t.ok(len(read) >= nr - 4, 'too few frames have the pressure')
        ours = sum(row['psi_cpu_some_pct'] / 100 * frame['interval_s'] * truth.NS for _, _, row, frame in read)
        begin, end = read[0][0], read[-1][1]
        step = int(2 * INTERVAL_S * truth.NS)
        low = counters.least(begin, end - step // 2, 3)
        high = counters.most(begin - step, end, 3)
        if not low <= ours <= high or low == 0:
            errors.append(f'stall {ours / 1e6:.1f} ms, the group says {low / 1e6:.1f} to {high / 1e6:.1f}')
    live.hold(t, errors)


def a_process_that_moves(t):
    with Group('from') as old, Group('to') as new:
        old.run('spin', '--seconds', 20)
        # One task in eight of those that did not run is looked at in each pass.
        with Probetop('-b', '-n', 14, '-d', INTERVAL_S, '-P', 'cpu', '--view=cgroups', '-f', 'json') as p:
            p.wait_frames(2)
            for pid in old.pids():
                new.take(pid)
            frames = p.frames()
        t.ok(row_of(frames[1], old.path), 'the old group has no row')
        t.ok(not row_of(frames[1], new.path), 'the new group has a row before it has a process')
        t.ok(row_of(frames[-1], new.path), 'the new group has no row')
        t.ok(not row_of(frames[-1], old.path), 'the old group still has a row')


def own_group(t):
    """Where the v2 group is the root, the memory controller's says where a process belongs."""
    with open('/proc/self/cgroup', encoding='utf-8') as file:
        lines = [line.rstrip('\n').split(':', 2) for line in file]
    v2 = next((path for number, _, path in lines if number == '0'), '/')
    memory = next((path for _, words, path in lines if 'memory' in words.split(',')), None)
    want = (memory, 1) if v2 == '/' and memory else (v2, 2)
    frames = frames_of(4)
    row = row_of(frames[-1], want[0])
    t.ok(row, f'{want[0]} has no row')
    t.equal(row['version'], want[1], 'its version')


def needs_v2(case):
    def skip(t):
        t.skip('cgroup2 is not mounted for writing')
    return case if v2_mount() else skip


live.main([
    ('a group has its path and its processes', needs_v2(path_and_processes)),
    ('CPU time and pressure are those of the group', needs_v2(sums_and_pressure)),
    ('a process that moves is counted in its new group', needs_v2(a_process_that_moves)),
    ('the own group is named as the kernel means it', own_group),
])
