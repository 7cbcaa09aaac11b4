#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the time went: shares of a life that measures itself, and a quota against cpu.stat."""
import bisect
import contextlib
import os
import pathlib
import subprocess
import tempfile
import time

import live
import tap
import truth
from live import Load, Probetop
from truth import NS

FRAMES = 6
POINTS = 2.0
# what each piece of the load's life is called in the rows
PIECES = ('runq_wait', 'futex', 'pipe', 'timer', 'disk', 'runq_wait', 'runq_wait')
CLASSES = ('disk', 'fault', 'klock', 'futex', 'net', 'pipe', 'timer', 'other')


@contextlib.contextmanager
def loop_file():
    """The path of a file on an ext4 on a loop device, with real blocks in it."""
    folder = tempfile.mkdtemp(prefix='probetop-loop-', dir='/var/tmp')
    image, mount, device = f'{folder}/image', f'{folder}/mount', None
    try:
        os.mkdir(mount)
        with open(image, 'wb') as file:
            file.write(bytes(32 << 20))
        subprocess.run(['mkfs.ext4', '-q', image], check=True)
        # past the page cache on both levels: a read waits for a disk, and not for a worker on
        # its own CPU
        device = subprocess.run(['losetup', '--direct-io=on', '--show', '-f', image], check=True,
                                text=True, capture_output=True).stdout.strip()
        subprocess.run(['mount', device, mount], check=True)
        with open(f'{mount}/file', 'wb') as file:
            file.write(os.urandom(2 << 20))
            file.flush()
            os.fsync(file.fileno())
        yield f'{mount}/file'
    finally:
        subprocess.run(['umount', mount], check=False, stderr=subprocess.DEVNULL)
        if device:
            subprocess.run(['losetup', '-d', device], check=False)
        for path in (image,):
            if os.path.exists(path):
                os.unlink(path)
        if not os.listdir(mount):
            os.rmdir(mount)
            os.rmdir(folder)


class Life:
    """What the load wrote down at the end of each piece: straight lines in between."""

    def __init__(self, load):
        self.pid = load['pid']
        self.moments = load['moments']
        self.times = [m[0] for m in self.moments]

    def at(self, mono_ns):
        right = min(max(bisect.bisect(self.times, mono_ns), 1), len(self.times) - 1)
        a, b = self.moments[right - 1], self.moments[right]
        part = (mono_ns - a[0]) / (b[0] - a[0])
        return [x + (y - x) * part for x, y in zip(a, b)]

    def shares(self, begin_ns, end_ns):
        """{key: per cent of the window} as the load measured it."""
        grown = [y - x for x, y in zip(self.at(begin_ns), self.at(end_ns))]
        shares = {'oncpu': 100 * grown[1] / grown[0]}
        for key, ns in zip(PIECES, grown[2:]):
            shares[key] = shares.get(key, 0) + 100 * ns / grown[0]
        return shares


def ours(row, key):
    return row[f'{key}_ns_per_s'] / NS * 100


def share_errors(frames, life):
    """Sentences for each share that is off by more than POINTS, in each whole interval."""
    errors, seen = [], 0
    for begin_ns, end_ns, frame in truth.windows(frames):
        if not life.times[0] <= begin_ns < end_ns <= life.times[-1]:
            continue
        row = truth.row_of(frame, life.pid)
        own = life.shares(begin_ns, end_ns)
        tap.note(' '.join(f'{k} {ours(row, k):.1f}/{v:.1f}' for k, v in own.items()))
        errors += [f'{k}: got {ours(row, k):.2f}, itself {v:.2f} +- {POINTS}'
                   for k, v in own.items() if abs(ours(row, k) - v) > POINTS]
        seen += 1
    return errors if seen >= 3 else errors + [f'only {seen} whole intervals were seen']


def each_share_is_what_the_process_measured(t):
    with loop_file() as path:
        with Load('shares', '--seconds', 60, '--nice', -20, '--cpu', 0, '--path', path) as load:
            time.sleep(0.5)
            with Probetop('-b', '-n', FRAMES, '-d', 2, '-f', 'json', '--view=processes') as p:
                frames = p.frames()
            (own,) = load.end()
    live.hold(t, share_errors(frames, Life(own)))
    for frame in frames[1:]:
        row = truth.row_of(frame, own['pid'])
        t.near(sum(ours(row, k) for k in ('oncpu', 'runq_wait', 'blocked', 'idle')), 100, 1,
               'all shares of it')


def sum_errors(before, frame):
    """Rows that were there in the frame before with as many threads: all threads lived through."""
    errors, seen = [], 0
    old = {r['pid']: r for r in before['rows'] if r['pid'] is not None}
    for row in frame['rows']:
        was = old.get(row['pid'])
        if not was or was['threads'] != row['threads'] or row['state'] in 'XZ':
            continue
        seen += 1
        threads = row['threads']
        what = f'{row["pid"]} {row["comm"]} ({threads} threads)'
        total = sum(ours(row, k) for k in ('oncpu', 'runq_wait', 'blocked', 'idle')) / threads
        if abs(total - 100) > 1:
            errors.append(f'{what}: shares add up to {total:.2f}')
        sleeps = sum(ours(row, k) for k in CLASSES if k != 'timer') / threads
        if abs(sleeps - ours(row, 'blocked') / threads) > 1:
            errors.append(f'{what}: classes {sleeps:.2f}, blocked {ours(row, "blocked"):.2f}')
    return errors if seen > 10 else errors + [f'only {seen} rows were there all the time']


def all_rows_add_up(t):
    with Load('blocked', '--seconds', 60) as load, Load('spinners', '--nr', 3, '--cpu', 0,
                                                        '--seconds', 60) as spinners:
        load.lines(6)
        with Probetop('-b', '-n', 4, '-d', 1, '-f', 'json', '--view=processes') as p:
            frames = p.frames()
        load.end()
        spinners.end()
    for before, frame in zip(frames, frames[1:]):
        live.hold(t, sum_errors(before, frame))


class Quota:
    """A cgroup with a CPU quota, v1 or v2."""

    def __init__(self, quota_us, period_us):
        v1 = pathlib.Path('/sys/fs/cgroup/cpu')
        v2 = pathlib.Path('/sys/fs/cgroup')
        self.v1 = (v1 / 'cpu.cfs_quota_us').exists() or (v1 / 'cpu.stat').exists()
        if not self.v1 and 'cpu' not in (v2 / 'cgroup.controllers').read_text().split():
            raise OSError('no cpu controller')
        if not self.v1:
            (v2 / 'cgroup.subtree_control').write_text('+cpu')
        self.path = (v1 if self.v1 else v2) / f'probetop-{os.getpid()}'
        self.path.mkdir()
        if self.v1:
            (self.path / 'cpu.cfs_period_us').write_text(str(period_us))
            (self.path / 'cpu.cfs_quota_us').write_text(str(quota_us))
        else:
            (self.path / 'cpu.max').write_text(f'{quota_us} {period_us}')

    def add(self, pid):
        (self.path / 'cgroup.procs').write_text(str(pid))

    def throttled_ns(self):
        stat = dict(line.split() for line in (self.path / 'cpu.stat').read_text().splitlines())
        return int(stat['throttled_time']) if self.v1 else int(stat['throttled_usec']) * 1000

    def remove(self):
        for _ in range(50):
            try:
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.1)


@contextlib.contextmanager
def throttled_loop(quota_us, period_us, cpus):
    try:
        quota = Quota(quota_us, period_us)
    except OSError as error:
        raise tap.Skip(f'no CPU quota here: {error}')
    loop = None
    try:
        loop = subprocess.Popen(['/usr/bin/python3', '-c', 'while True: pass'])
        os.sched_setaffinity(loop.pid, cpus)
        quota.add(loop.pid)
        yield quota, loop.pid
    finally:
        if loop:
            loop.kill()
            loop.wait()
        quota.remove()


def a_quota_is_what_cpu_stat_says(t):
    """
    throttled_time counts from the moment when the group's queue is stopped, ours from when the
    thread is: within 10 %, and a period that the ends of the window cut. A short period is tried
    on one CPU: with several, each keeps a slice of the quota for some ms.
    """
    for quota_us, period_us, cpus in ((20000, 100000, os.sched_getaffinity(0)), (5000, 25000, {0})):
        with throttled_loop(quota_us, period_us, cpus) as (quota, pid):
            time.sleep(0.5)
            with Probetop('-b', '-n', 5, '-d', 1, '-f', 'json', '--view=processes', '-p',
                          pid) as p:
                p.wait_frames(1)
                begin_ns, before = time.monotonic_ns(), quota.throttled_ns()
                p.wait_frames(5)
                after, end_ns = quota.throttled_ns(), time.monotonic_ns()
                frames = p.frames()
        rows = [truth.row_of(f, pid) for f in frames[1:]]
        got = sum(r['quota_ns_per_s'] * f['interval_s'] for r, f in zip(rows, frames[1:]))
        waited = sum(r['runq_wait_ns_per_s'] * f['interval_s'] for r, f in zip(rows, frames[1:]))
        wall_ns = frames[-1]['mono_ns'] - frames[0]['mono_ns']
        want = (after - before) * wall_ns / (end_ns - begin_ns)
        t.note(f'quota {quota_us}/{period_us}: ours {got / 1e6:.0f} ms, cpu.stat '
               f'{want / 1e6:.0f} ms; all of the run-queue wait {waited / 1e6:.0f} ms')
        t.near(got, want, want / 10 + period_us * 1000, 'time held back by the quota')
        t.ok(got <= waited * 1.001, 'the quota is a part of the run-queue wait')


live.main([
    each_share_is_what_the_process_measured,
    all_rows_add_up,
    a_quota_is_what_cpu_stat_says,
])
