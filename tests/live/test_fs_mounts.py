#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fs/mounts against df, statvfs and mountinfo; a FUSE program that stops answering; paths through binds."""
import contextlib
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import live
import tap
import truth
from blocks import Ext4, Loop
from live import Probetop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'term'))
from ptyrun import Pty  # noqa: E402

FUSE = os.path.join(live.BUILD, 'tests', 'live', 'load_fuse')
MOUNTS = ('-b', '-d', 1, '-f', 'json', '--pane=fs', '--view=mounts')
HUNG_NS = 2_000_000_000
NS = 1_000_000_000
EXIT_S = 10  # ten-fold: what must not happen is that it waits for the mount


def row_of(frame, point):
    return next((r for r in frame['rows'] if r['mount'] == str(point)), None)


def statvfs_of(path):
    """What another program is told, as it is told."""
    words = 'import os, sys; v = os.statvfs(sys.argv[1]); print(*(v.f_blocks * v.f_frsize, v.f_bfree * v.f_frsize, ' \
            'v.f_bavail * v.f_frsize, v.f_files, v.f_ffree))'
    done = subprocess.run([sys.executable, '-c', words, str(path)], capture_output=True, text=True, check=True, timeout=30)
    return dict(zip(('size_bytes', 'free_bytes', 'avail_bytes', 'inodes', 'inodes_free'), map(int, done.stdout.split())))


def df_rows(*options):
    """{mount point: {column: text}} of df."""
    done = subprocess.run(['df', '-B1', *options], capture_output=True, text=True, check=False, timeout=30)
    rows = {}
    for line in done.stdout.splitlines()[1:]:
        words = line.split()
        rows[' '.join(words[5:])] = words[1:5]
    return rows


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout


@contextlib.contextmanager
def folder():
    """Not below /tmp, which may lie in memory. What a failed test leaves mounted goes with it."""
    with tempfile.TemporaryDirectory(dir='/var/tmp', prefix='probetop-mounts-') as name:
        try:
            yield pathlib.Path(name)
        finally:
            for line in reversed(pathlib.Path('/proc/self/mountinfo').read_text().splitlines()):
                point = line.split()[4].encode().decode('unicode_escape')
                if point.startswith(name):
                    subprocess.run(['umount', '-l', point], check=False, timeout=30)


@contextlib.contextmanager
def mounted(kind, source, point, *options):
    point.mkdir(exist_ok=True)
    run('mount', '-t', kind, *(['-o', ','.join(options)] if options else []), source, str(point))
    try:
        yield point
    finally:
        run('umount', str(point))


class Fuse:
    """The filesystem in user space; it answers until it is told not to."""

    def __init__(self, point):
        self.point = point
        point.mkdir(exist_ok=True)
        self.process = subprocess.Popen([FUSE, str(point)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            why = self.process.stderr.read().strip()
            self.close()
            raise tap.Skip(f'no FUSE here: {why}')

    def say(self, word):
        """Returns what it tells."""
        self.process.stdin.write(word + '\n')
        self.process.stdin.flush()
        return truth.objects(self.process.stdout.readline())[0]

    def close(self):
        """Whatever has happened: with its descriptor the connection ends, and nobody hangs any more."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        for file in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                file.close()
        subprocess.run(['umount', '-l', str(self.point)], check=False, capture_output=True, timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_row(p, point, holds, timeout_s=30):
    """The first row of `point` in a whole frame, from now on, for which `holds`."""
    begin, end = p.output().count(b'\n'), time.monotonic() + timeout_s
    while time.monotonic() < end:
        text = p.output()
        for frame in truth.objects(text[:text.rfind(b'\n') + 1].decode())[begin:]:
            row = row_of(frame, point)
            if holds(row):
                return frame, row
        if p.process.poll() is not None:
            break
        time.sleep(0.1)
    raise tap.Fail(f'no such row of {point} within {timeout_s} s: {p.errors()[-500:]}')


def end(p):
    """Asks it to end; returns how long that took, in seconds."""
    began = time.monotonic()
    p.signal(signal.SIGTERM)
    p.process.wait(60)
    return time.monotonic() - began


# ---- figures ----

def figures_are_those_of_statvfs_and_df(t):
    """On a filesystem that nobody else writes to, and in memory; the rows are those that df lists."""
    with folder() as d, Loop(64 << 20) as loop, Ext4(loop.device) as ext4, \
            mounted('tmpfs', 'own', d / 'a b', 'size=8M', 'nr_inodes=500') as mem:
        (mem / 'full').write_bytes(bytes(3 << 20))
        pathlib.Path(ext4.path, 'file').write_bytes(bytes(5 << 20))
        run('sync', '-f', str(ext4.path))
        frames = Probetop(*MOUNTS, '-n', 3).frames()
        for point in (mem, pathlib.Path(ext4.path)):
            want, row = statvfs_of(point), row_of(frames[-1], point)
            t.ok(row, f'{point} is listed')
            t.equal({k: row[k] for k in want}, want, str(point))
            t.equal(row['used_bytes'], want['size_bytes'] - want['free_bytes'], 'used')
            size, used, avail, pct = df_rows()[str(point)]
            t.equal((row['size_bytes'], row['used_bytes'], row['avail_bytes']), (int(size), int(used), int(avail)), 'df')
            t.equal(math.ceil(row['use_pct']), int(pct.rstrip('%')), 'df: use%, rounded up')
            t.equal((row['inodes_used'], row['inodes_free']), df_inodes(point), 'df -i')
            t.equal(row['state'], 'ok', 'state')
        before, listed, after = set(df_rows()), {r['mount'] for r in Probetop(*MOUNTS, '-n', 3).frames()[-1]['rows']}, set(df_rows())
        t.ok(before & after <= listed <= before | after, f'rows as df has them: {sorted(listed)}, not {sorted(before)}')


def df_inodes(point):
    done = subprocess.run(['df', '--output=iused,iavail', str(point)], capture_output=True, text=True, check=True, timeout=30)
    return tuple(int(w) for w in done.stdout.splitlines()[1].split())


@contextlib.contextmanager
def disk(size, directory):
    """A loop device on a file with holes."""
    image = directory / 'image'
    with open(image, 'wb') as f:
        f.truncate(size)
    device = run('losetup', '--show', '-f', str(image)).strip()
    try:
        yield device
    finally:
        subprocess.run(['losetup', '-d', device], check=False, timeout=30)


def other_kinds_of_filesystem(t):
    """btrfs makes inodes as it needs them; of an overlay the figures are those of what lies below."""
    with folder() as d, contextlib.ExitStack() as stack:
        points = []
        for kind, size, options in (('xfs', 320, ['-q', '-f']), ('btrfs', 128, ['-q', '-f'])):
            (d / kind).mkdir()
            device = stack.enter_context(disk(size << 20, d / kind))
            if subprocess.run([f'mkfs.{kind}', *options, device], check=False, capture_output=True, timeout=120).returncode == 0:
                points.append(stack.enter_context(mounted(kind, device, d / f'{kind}-point')))
        for name in ('lower', 'upper', 'work'):
            (d / name).mkdir()
        words = f'lowerdir={d}/lower,upperdir={d}/upper,workdir={d}/work'
        points.append(stack.enter_context(mounted('overlay', 'overlay', d / 'merged', words)))
        t.note(f'{len(points)} filesystems')
        for point in points[:-1]:
            (point / 'file').write_bytes(bytes(9 << 20))
            run('sync', '-f', str(point))
        frame = Probetop(*MOUNTS, '-n', 3).frames()[-1]
        for point in points[:-1]:
            want, row = statvfs_of(point), row_of(frame, point)
            if not want['inodes']:
                want['inodes'] = want['inodes_free'] = None
            t.equal({k: row[k] for k in want}, want, str(point))
        merged, root = row_of(frame, points[-1]), row_of(frame, '/')
        t.equal((merged['fstype'], merged['size_bytes']), ('overlay', root['size_bytes']), 'the overlay')


def a_root_that_others_use_is_bounded(t):
    """Free space of / changes all the time: what is read before and after bounds it where it only falls or rises."""
    before = statvfs_of('/')
    row = row_of(Probetop(*MOUNTS, '-n', 2).frames()[-1], '/')
    after = statvfs_of('/')
    t.equal(row['size_bytes'], before['size_bytes'], 'size')
    t.equal(row['inodes'], before['inodes'], 'inodes')
    slack = 256 << 20  # others build and test here meanwhile
    t.between(min(before['free_bytes'], after['free_bytes']) - slack, row['free_bytes'],
              max(before['free_bytes'], after['free_bytes']) + slack, 'free')


# ---- mounts that come and go ----

def a_mount_appears_and_goes(t):
    with folder() as d, Probetop(*MOUNTS) as p:
        p.wait_frames(1)
        with mounted('tmpfs', 'comes', d / 'here', 'size=4M'):
            _, row = wait_row(p, d / 'here', lambda r: r and r['size_bytes'] is not None)
            t.equal((row['source'], row['fstype'], row['size_bytes']), ('comes', 'tmpfs', 4 << 20), 'its row')
        wait_row(p, d / 'here', lambda r: not r)
        t.between(0, end(p), EXIT_S, 'seconds to end')


def a_full_one_is_marked_and_a_read_only_one_is_not(t):
    with folder() as d, mounted('tmpfs', 'full', d / 'full', 'size=1M') as full:
        (full / 'file').write_bytes(bytes(1020 << 10))
        text = Probetop('-b', '-d', 1, '-n', 4, '--pane=fs', '--view=mounts', '--size=200x60').finish().decode()
        line = next(x for x in text.splitlines()[::-1] if x.endswith('/full'))
        t.contains(line, '▲', 'the row')
        run('mount', '-o', 'remount,ro', str(full))
        text = Probetop('-b', '-d', 1, '-n', 4, '--pane=fs', '--view=mounts', '--size=200x60').finish().decode()
        line = next(x for x in text.splitlines()[::-1] if x.endswith('/full'))
        t.ok('▲' not in line, f'no mark: {line}')


# ---- a mount that hangs ----

def hangs(t, word):
    """
    It hangs while the screen goes on: frames keep their pace, the other mounts keep answering, who waits is named; then
    it answers again. Last, it hangs while we end.
    """
    with folder() as d, Fuse(d / 'fuse') as fuse, Probetop(*MOUNTS) as p:
        _, row = wait_row(p, fuse.point, lambda r: r and r['size_bytes'] is not None)
        t.equal((row['size_bytes'], row['used_bytes'], row['avail_bytes'], row['inodes'], row['inodes_free']),
                (1000 * 4096, 600 * 4096, 300 * 4096, 50, 20), 'figures of FUSE')
        fuse.say(word)
        reader = subprocess.Popen(['cat', str(fuse.point / 'file')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            began = time.monotonic()
            _, row = wait_row(p, fuse.point, lambda r: r and r['state'] == 'HUNG')
            t.between(HUNG_NS, row['hung_ns'], (time.monotonic() - began + 3) * NS, 'its age')
            t.ok(row['size_bytes'] is None, 'no figures while it hangs')
            _, row = wait_row(p, fuse.point, lambda r: r and (r['waiting'] or '').find(f'cat({reader.pid})') >= 0)
            t.between(1, row['waiters'], 16, 'who waits')
            first = len(truth.objects(p.output()[:p.output().rfind(b'\n') + 1].decode()))
            p.wait_frames(first + 4)
            frames = truth.objects(p.output()[:p.output().rfind(b'\n') + 1].decode())[first - 1:]
            for before, after in zip(frames, frames[1:]):
                t.between(0, after['mono_ns'] - before['mono_ns'], 10 * NS, 'pace of frames')  # ten-fold
                t.ok(row_of(after, '/')['age_ns'] < 10 * NS, 'the others are still asked')
            fuse.say('go')
            _, row = wait_row(p, fuse.point, lambda r: r and r['state'] == 'ok')
            t.equal((row['size_bytes'], row['hung_ns'], row['waiters']), (1000 * 4096, 0, 0), 'it answers again')
            fuse.say(word)
            wait_row(p, fuse.point, lambda r: r and r['state'] == 'HUNG')
            t.between(0, end(p), EXIT_S, 'seconds to end')
            t.ok(f'{fuse.point} ' in pathlib.Path('/proc/self/mountinfo').read_text(), 'and it hung to the end')
        finally:
            fuse.close()
            reader.wait(30)


def a_fuse_mount_that_takes_no_requests_any_more(t):
    hangs(t, 'stop')


def a_fuse_mount_that_takes_requests_and_answers_none(t):
    """Then no signal reaches whoever asks."""
    hangs(t, 'swallow')


def a_fuse_mount_whose_program_has_died_says_so(t):
    with folder() as d, Fuse(d / 'fuse') as fuse, Probetop(*MOUNTS) as p:
        wait_row(p, fuse.point, lambda r: r and r['state'] == 'ok')
        fuse.process.kill()
        _, row = wait_row(p, fuse.point, lambda r: r and r['state'] == 'ENOTCONN')
        t.ok(row['size_bytes'] is None, 'no figures')


def the_screen_goes_on_and_ends_while_a_mount_hangs(t):
    """The alert stands in every pane; keys are answered; q ends at once."""
    with folder() as d, Fuse(d / 'fuse') as fuse:
        fuse.say('swallow')
        alert = re.escape(f'mount {d}/fuse (fuse.probetop) HUNG for')
        with Pty([live.PROBETOP, '--no-config'], rows=30, cols=120) as p:
            p.wait_for(alert, 60)
            p.keys('3')
            p.wait_for('Filesystem')
            p.keys('4')
            p.wait_for(alert, 60)
            began = time.monotonic()
            p.keys('q')
            t.equal(p.wait_exit(), 0, 'exit status')
            t.between(0, time.monotonic() - began, EXIT_S, 'seconds to end')


# ---- names ----

def files_view(reader):
    """The rows of a frame that tells of what `reader`, a process, has read."""
    with Probetop('-b', '-d', 1, '-f', 'json', '--pane=fs', '--view=files', '-p', reader.pid) as p:
        p.wait_frames(1)
        for _ in range(10):
            reader.stdin.write('\n')
            reader.stdin.flush()
            p.wait_frames(p.output().count(b'\n') + 2)
            frames = truth.objects(p.output()[:p.output().rfind(b'\n') + 1].decode())
            rows = [r for f in frames for r in f['rows'] if r['pid'] == reader.pid]
            if rows:
                return rows
    raise tap.Fail('the reader has no row')


def paths_go_through_the_mount_that_was_used(t):
    """A file read by way of a bind mount has that mount's path; the same file by another way has the other."""
    words = 'import sys\nfor line in sys.stdin:\n  open(sys.argv[1], "rb", buffering=0).read(100)'
    with folder() as d:
        (d / 'whole' / 'part' / 'sub').mkdir(parents=True)
        (d / 'bound').mkdir()
        (d / 'whole' / 'part' / 'sub' / 'file').write_bytes(b'x' * 100)
        run('mount', '--bind', str(d / 'whole' / 'part'), str(d / 'bound'))
        for path in (d / 'bound' / 'sub' / 'file', d / 'whole' / 'part' / 'sub' / 'file'):
            with subprocess.Popen([sys.executable, '-c', words, str(path)], stdin=subprocess.PIPE, text=True) as reader:
                rows = files_view(reader)
                reader.stdin.close()
            t.ok(any(r['file'] == str(path) for r in rows), f'{path} among {sorted({r["file"] for r in rows})}')
        run('umount', str(d / 'bound'))


def names_that_are_long_deep_or_hostile(t):
    words = 'import sys\nfor line in sys.stdin:\n  open(sys.argv[1], "rb", buffering=0).read(100)'
    deep = '/'.join(f'd{i}' for i in range(15))
    with folder() as d:
        # The path, the end that is told of it (files have it escaped), and whether that is all.
        cases = ((d / 'plain', f'{d}/plain', True), (d / 'a b\n\x1b[31mc', f'{d}/a b\\n\\e[31mc', True),
                 (d / deep / 'file', '/...' + deep[deep.index('/d4'):] + '/file', False), (d / ('y' * 250), '/...' + 'y' * 190, False))
        for path, want, whole in cases:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b'x' * 100)
            with subprocess.Popen([sys.executable, '-c', words, str(path)], stdin=subprocess.PIPE, text=True) as reader:
                files = {r['file'] for r in files_view(reader)}
                reader.stdin.close()
            t.ok(any(f and f.endswith(want) and ('...' in f) != whole for f in files), f'{want} among {sorted(files, key=str)}')


live.main([
    figures_are_those_of_statvfs_and_df,
    other_kinds_of_filesystem,
    a_root_that_others_use_is_bounded,
    a_mount_appears_and_goes,
    a_full_one_is_marked_and_a_read_only_one_is_not,
    a_fuse_mount_that_takes_no_requests_any_more,
    a_fuse_mount_that_takes_requests_and_answers_none,
    a_fuse_mount_whose_program_has_died_says_so,
    the_screen_goes_on_and_ends_while_a_mount_hangs,
    paths_go_through_the_mount_that_was_used,
    names_that_are_long_deep_or_hostile,
], tries=2)
