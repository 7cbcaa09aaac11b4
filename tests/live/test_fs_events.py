#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
fs/events against programs that count and time what they do themselves: what is listed is what they did.

Most run a command of probetop's own: then only its tree is told, and other programs' storms fill no ring. A CPU may be
taken away between a program's look at the clock and its call: what is told lies within what the program saw, and only
where there are many a share of it is asked for.
"""
import contextlib
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import live
import tap
import truth
from live import Probetop
from mounted import Folder, Mounted

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'term'))
from ptyrun import ENTER, ESC, Pty  # noqa: E402

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_files')
PYTHON = '/usr/bin/python3'
EVENTS = ('-b', '-d', 1, '-f', 'json', '--pane=fs', '--view=events')
MS = 1_000_000
CGROUP = '/sys/fs/cgroup/blkio/probetop-files'

# What the programs below begin with: call(f, ...) tells when it was called and what it gave.
PRELUDE = r'''
import ctypes, errno, json, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
def call(what, f, *args):
    before = now()
    try:
        got, error = f(*args), 0
    except OSError as e:
        got, error = None, e.errno
    print(json.dumps({'what': what, 'before_ns': before, 'after_ns': now(), 'error': error}), flush=True)
    return got
def c(f, *args):
    if getattr(libc, f)(*args):
        raise OSError(ctypes.get_errno(), f)
os.chdir(sys.argv[1])
'''


def report(*words, options=()):
    """One report of a command: its frame, and the objects that the command printed."""
    with Probetop(*EVENTS, '--total', '-N', 0, '--output=-', *options, '--', *map(str, words)) as p:
        lines = truth.objects(p.finish().decode())
    return next(o for o in lines if 'rows' in o), [o for o in lines if 'rows' not in o]


def program(folder, text, *words, options=()):
    return report(PYTHON, '-c', PRELUDE + text, folder, *words, options=options)


def whole(t, frame):
    """Nothing of it was lost: without that nothing can be asked for."""
    if frame['lost']['fs']['full'] or frame.get('omitted'):
        raise tap.Fail(f"{frame['lost']['fs']['full']} lost in the ring, {frame.get('omitted')} for want of room")
    return frame['rows']


def rows_of(rows, **want):
    return [r for r in rows if all(r[k] == v for k, v in want.items())]


def inside(t, row, own):
    """What is told of a call lies within what its program saw of it."""
    t.between(own['before_ns'], row['started_ns'], row['ts_ns'], f'begin of {own["what"]}')
    t.between(row['started_ns'], row['ts_ns'], own['after_ns'], f'end of {own["what"]}')
    t.equal(row['latency_ns'], row['ts_ns'] - row['started_ns'], 'latency')


def known_load(t, place):
    """1,500 opens of which 1,000 fail, 20 fsyncs, 500 files of 50 ms, renames, a mount: each is listed."""
    deeds = ('open=500', 'enoent=1000', 'fsync=20', 'short=500', 'age=50', 'mount=1', 'rename=10', 'mkdir=5')
    with place as fs:
        frame, lines = report(LOAD, fs.path, *deeds)
        done = next(o for o in lines if 'ops' in o)
        rows, ops = whole(t, frame), done['ops']

        def path(name):
            return os.path.join(fs.path, name)
        t.equal(len(rows_of(rows, path=path('data'), kind='open', result='ok')), 500, 'opens')
        failed = rows_of(rows, kind='open', result='ENOENT')
        t.equal(sorted(r['path'] for r in failed), sorted(path(f'missing-{i}') for i in range(1000)), 'opens that failed')
        t.equal({(r['letter'], r['why'], r['flags'], r['fd']) for r in failed}, {('O', 'failed', 'O_RDONLY|O_CLOEXEC', None)},
                'what they are')
        t.equal(len(rows_of(rows, kind='create')), ops['create'] + 3, 'files that were made') # and its own three
        check_syncs(t, rows_of(rows, kind='sync'), done, path('written'))
        check_short(t, rows_of(rows, kind='delete', call='unlink'), done, path)
        renames = [(r['path'], r['path2']) for r in rows_of(rows, kind='rename')]
        t.equal(renames, 10 * [(path('copy'), path('renamed')), (path('renamed'), path('copy'))], 'renames')
        t.equal([r['path'] for r in rows_of(rows, call='rmdir')], 5 * [path('dir')], 'directories')
        check_mount(t, rows, path('mnt'))


def check_syncs(t, rows, done, path):
    """Each within the time that the program saw; half of it on average at least, mostly nearly all."""
    t.equal([(r['call'], r['path'], r['result']) for r in rows], 20 * [('fsync', path, 'ok')], 'fsyncs')
    for row, own_ns in zip(rows, done['fsync_ns']):
        t.between(1, row['latency_ns'], own_ns, 'latency')
    shares = [r['latency_ns'] / own for r, own in zip(rows, done['fsync_ns'])]
    t.ok(statistics.median(shares) > 0.5, f'latencies are {shares} of what the program saw')


def check_short(t, rows, done, path):
    """The program looks at its clock after it made a file and around its unlink: ages lie between, but for its own steps."""
    low, high = done['age_ns']
    t.equal(sorted(r['path'] for r in rows), sorted(path(f'short-{i % 50}') for i in range(500)), 'short-lived files')
    t.equal({(r['letter'], r['why'], r['result']) for r in rows}, {('D', 'short-lived', 'ok')}, 'what they are')
    ages = sorted(r['age_ns'] for r in rows)
    t.note(f'ages {ages[0] / MS:.2f}..{ages[-1] / MS:.2f} ms, the program {low / MS:.2f}..{high / MS:.2f}; '
           f'{sum(r["inferred"] == "yes" for r in rows)} told by the name')
    t.between(low, ages[0], high + 5 * MS, 'the youngest')
    t.between(low, statistics.median(ages), high, 'their median')
    # From the call that made it to the clock after it the program may have been without a CPU.
    t.ok(ages[-1] < 2 * high, f'the oldest is {ages[-1]}, and the program saw {high}')


def check_mount(t, rows, point):
    mount, umount = rows_of(rows, kind='mount'), rows_of(rows, kind='umount')
    t.equal([(r['call'], r['path'], r['path2'], r['fstype'], r['result'], r['letter']) for r in mount],
            [('mount', 'load_files', point, 'tmpfs', 'ok', 'm')], 'mount')
    t.equal([(r['call'], r['path'], r['result'], r['letter']) for r in umount], [('umount2', point, 'ok', 'u')], 'umount')
    t.equal({r['mntns'] for r in mount + umount}, {os.stat('/proc/self/ns/mnt').st_ino}, 'mount namespace')


def on_the_root_disk(t):
    known_load(t, Folder())


def on_ext4(t):
    known_load(t, Mounted('ext4'))


def on_xfs(t):
    known_load(t, Mounted('xfs'))


def on_btrfs(t):
    known_load(t, Mounted('btrfs'))


def mounts_and_their_flags(t):
    text = r'''
os.mkdir('there')
call('refused', c, 'mount', b'nothing', b'there', b'nosuchfs', 1 | 4096, None)
call('mount', c, 'mount', b'from', b'there', b'tmpfs', 2 | 4 | 1024, None)
fd = os.open('there', os.O_RDONLY)
call('busy', c, 'umount2', b'./there', 8)
os.close(fd)
call('umount', c, 'umount2', sys.argv[1].encode() + b'/there', 2)
def new(number, *args):
    got = libc.syscall(number, *args)
    if got < 0:
        raise OSError(ctypes.get_errno(), str(number))
    return got
fs = new(430, b'tmpfs', 0) # fsopen
new(431, fs, 1, b'source', b'newly', 0) # fsconfig
new(431, fs, 6, None, None, 0)
fd = new(432, fs, 0, 0) # fsmount
call('move_mount', new, 429, fd, b'', -100, b'there', 4)
os.close(fd)
call('umount', c, 'umount2', b'there', 0)
'''
    with Folder() as fs:
        frame, own = program(fs.path, text)
        rows = [r for r in whole(t, frame) if r['kind'] in ('mount', 'umount')]
        there = os.path.join(fs.path, 'there')
        t.equal([(r['kind'], r['path'], r['path2'], r['fstype'], r['flags'], r['result']) for r in rows], [
            ('mount', 'nothing', there, 'nosuchfs', 'MS_RDONLY|MS_BIND', 'ENOENT'),
            ('mount', 'from', there, 'tmpfs', 'MS_NOSUID|MS_NODEV|MS_NOATIME', 'ok'),
            ('umount', fs.path + '/./there', None, None, 'UMOUNT_NOFOLLOW', 'EBUSY'),
            ('umount', there, None, None, 'MNT_DETACH', 'ok'),
            ('mount', 'newly', there, 'tmpfs', 'MOVE_MOUNT_F_EMPTY_PATH', 'ok'),
            ('umount', there, None, None, None, 'ok'),
        ], 'mounts')
        for row, call in zip(rows, own):
            inside(t, row, call)


def deletes_and_renames_have_both_names(t):
    text = r'''
for name in ('a', 'b', 'old'):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
os.mkdir('dir')
call('rename', os.rename, 'a', 'dir/c')
call('absolute', os.rename, sys.argv[1] + '/b', sys.argv[1] + '/dir/d')
fd = os.open('dir', os.O_RDONLY)
call('by a directory', lambda: os.unlink('c', dir_fd=fd))
call('not empty', os.rmdir, 'dir')
call('not there', os.unlink, 'dir/none')
call('unlink', os.unlink, 'dir/d')
os.link('old', 'second')
call('a name of two', os.unlink, 'old')
call('the last name', os.unlink, 'second')
call('rmdir', os.rmdir, 'dir')
'''
    for kind in ('ext4', 'xfs', 'btrfs'):
        with contextlib.suppress(tap.Skip), Mounted(kind) as fs:
            frame, own = program(fs.path, text)
            rows = [r for r in whole(t, frame) if r['kind'] in ('rename', 'delete')]

            def path(name):
                return os.path.join(fs.path, name)
            t.equal([(r['kind'], r['path'], r['path2'], r['result']) for r in rows], [
                ('rename', path('a'), path('dir/c'), 'ok'), ('rename', path('b'), path('dir/d'), 'ok'),
                ('delete', path('dir/c'), None, 'ok'), ('delete', path('dir'), None, 'ENOTEMPTY'),
                ('delete', path('dir/none'), None, 'ENOENT'), ('delete', path('dir/d'), None, 'ok'),
                ('delete', path('old'), None, 'ok'), ('delete', path('second'), None, 'ok'),
                ('delete', path('dir'), None, 'ok')], kind)
            for row, call in zip(rows, own):
                inside(t, row, call)
            short = [os.path.relpath(r['path'], fs.path) for r in rows if r['why'] == 'short-lived']
            told = {r['inferred'] for r in rows if r['why'] == 'short-lived'}
            t.equal(told, {None} if kind == 'ext4' else {'yes'}, f'{kind}: told by the name')
            # A link's new name is no rename: by name it is not known, ext4 goes by the inode.
            t.equal(short, ['dir/c', 'dir/d', 'second'] if kind == 'ext4' else ['dir/c', 'dir/d'], f'{kind}: short-lived')


def an_age_is_not_taken_from_another_file_of_that_name(t):
    """A file that was there before has the name of one that was made and is still there, or was replaced."""
    text = r'''
os.close(os.open('new/same', os.O_CREAT | os.O_WRONLY, 0o600))
call('old one', os.unlink, 'old/same')
os.close(os.open('new/other', os.O_CREAT | os.O_WRONLY, 0o600))
os.rename('old/replacing', 'new/other')
os.symlink('nothing', 'new/link')
call('it may have the inode of what was replaced', os.unlink, 'new/link')
call('it replaced a new one', os.unlink, 'new/other')
os.close(os.open('new', os.O_TMPFILE | os.O_WRONLY, 0o600))
call('it has the name of a directory of a nameless one', os.unlink, 'old/new')
call('new one', os.unlink, 'new/same')
os.close(os.open('new/removed', os.O_CREAT | os.O_WRONLY, 0o600))
os.spawnlp(os.P_WAIT, 'rm', 'rm', sys.argv[1] + '/new/removed')
'''
    for kind in ('ext4', 'xfs', 'btrfs'):
        with contextlib.suppress(tap.Skip), Mounted(kind) as fs:
            for name in ('old', 'new'):
                os.mkdir(os.path.join(fs.path, name))
            for name in ('same', 'replacing', 'new'):
                pathlib.Path(fs.path, 'old', name).touch()
            frame, _ = program(fs.path, text)
            rows = rows_of(whole(t, frame), kind='delete')
            t.equal([(r['comm'], r['why']) for r in rows],
                    4 * [('python3', None)] + [('python3', 'short-lived'), ('rm', 'short-lived')], kind)


@contextlib.contextmanager
def slow_disk(device, reads_per_s):
    """A group of the v1 controller in which the device gives so many reads a second."""
    numbers = pathlib.Path(f'/sys/block/{os.path.basename(device)}/dev').read_text().strip()
    try:
        os.mkdir(CGROUP)
    except OSError as e:
        raise tap.Skip(f'no v1 blkio controller at {os.path.dirname(CGROUP)}: {e.strerror}') from e
    try:
        pathlib.Path(CGROUP, 'blkio.throttle.read_iops_device').write_text(f'{numbers} {reads_per_s}')
        yield CGROUP
    finally:
        for _ in range(100): # the last process may still be on its way out
            with contextlib.suppress(OSError):
                os.rmdir(CGROUP)
                break
            time.sleep(0.05)


def slow_reads_have_file_place_and_latency(t):
    """Twenty reads a second of a loop device, some at once: so of twenty that come to it every other takes about 100 ms."""
    text = r'''
with open(sys.argv[2] + '/cgroup.procs', 'w') as f:
    f.write(str(os.getpid()))
fd = os.open('data', os.O_RDONLY)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
for i in range(20):
    call(4096 * (7 * i + 3), os.pread, fd, 4096, 4096 * (7 * i + 3))
os.pread(fd, 4096, 4096 * 3) # from memory
'''
    for kind in ('ext4', 'xfs', 'btrfs'):
        with contextlib.suppress(tap.Skip), Mounted(kind) as fs:
            file = os.path.join(fs.path, 'data')
            with open(file, 'wb') as f:
                f.write(os.urandom(1 << 20))
                os.fsync(f.fileno())
            with slow_disk(fs.device, 20) as group:
                frame, own = program(fs.path, text, group)
            slow = [c for c in own if c['after_ns'] - c['before_ns'] >= 12 * MS]
            t.ok(len(slow) >= 5, f'{kind}: only {len(slow)} of 20 reads were slow')
            rows = {r['offset_bytes']: r for r in rows_of(whole(t, frame), kind='read', path=file)}
            for call in slow:
                row = rows.get(call['what'])
                t.ok(row, f'{kind}: no read at {call["what"]}')
                inside(t, row, call)
                t.equal((row['bytes'], row['call'], row['letter'], row['why'], row['fstype'], row['type']),
                        (4096, 'pread64', 'R', 'slow', kind, 'regular'), kind)
                t.between((call['after_ns'] - call['before_ns']) / 2, row['latency_ns'], call['after_ns'], 'latency')
            t.equal([r for r in rows.values() if r['latency_ns'] < 10 * MS], [], f'{kind}: reads that were not slow')
            t.note(f'{kind}: {len(slow)} slow reads of {min(r["latency_ns"] for r in rows.values()) // MS} to '
                   f'{max(r["latency_ns"] for r in rows.values()) // MS} ms')


def an_overfull_ring_says_how_much_it_lost(t):
    with Folder() as fs:
        gate = os.path.join(fs.path, 'gate')
        os.mkfifo(gate)
        with Probetop(*EVENTS, '--total', '-N', 0, '--output=-', '--ring-size=65536', '--', '/bin/sh', '-c',
                      f'read go <{gate}; exec {LOAD} {fs.path} enoent=3000 </dev/null') as p:
            with open(gate, 'w', encoding='ascii') as f: # the command is there: all counts
                p.signal(signal.SIGSTOP)
                f.write('go\n')
            p.wait_output(lambda out: b'"enoent":3000' in out)
            p.signal(signal.SIGCONT)
            frame = next(o for o in truth.objects(p.finish().decode()) if 'rows' in o)
        lost = frame['lost']['fs']
        listed = len(rows_of(frame['rows'], result='ENOENT'))
        t.note(f'{listed} listed, {lost["full"]} lost, {lost["seen"]} seen')
        t.ok(lost['full'] > 0, 'the ring lost nothing: it is not too small')
        t.equal((lost['received'], lost['seen']), (lost['submitted'], lost['submitted'] + lost['full']), 'sums')
        t.ok(listed + lost['full'] >= 3000, f'{listed} listed and {lost["full"]} lost of 3000')
        t.equal(frame['complete'], False, 'complete')


def kinds_and_failures_by_keys(t):
    """e turns every single read on, x leaves what failed."""
    text = r'''
sys.stdin.readline()
fd = os.open('data', os.O_RDWR | os.O_CREAT)
for i in range(7):
    os.pwrite(fd, b'x' * 100, 1000 * i)
    os.pread(fd, 100, 1000 * i)
for i in range(5):
    call('missing', os.open, 'missing', os.O_RDONLY)
sys.stdin.readline()
'''
    with Folder() as fs, tempfile.NamedTemporaryFile(suffix='.ptr') as record, subprocess.Popen(
            [PYTHON, '-c', PRELUDE + text, fs.path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as load:
        try:
            words = ['--no-config', '--pane=fs', '--view=events', f'--record={record.name}', '--force', '-p', str(load.pid)]
            with Pty([live.PROBETOP, *words], rows=40, cols=132) as p:
                p.wait_for('LIVE    1.0s', live.SLACK_S)
                for kind in ('read', 'write'):
                    p.keys('e', kind, ENTER, ESC)
                    p.wait_for(f'with .*{kind}', live.SLACK_S)
                p.wait_for(r'LIVE', live.SLACK_S)
                time.sleep(2) # from the next tick on they are told
                load.stdin.write('\n')
                load.stdin.flush()
                p.wait_for(rf'python3 +{load.pid} R pread64', live.SLACK_S)
                p.wait_for(rf'python3 +{load.pid} W pwrite64', live.SLACK_S)
                p.keys('x')
                p.wait_for(' 5 of ', live.SLACK_S)
                t.ok('pread64' not in p.text() and p.text().count('ENOENT') >= 5, 'x left more than what failed')
                p.keys('q')
                t.equal(p.wait_exit(), 0, 'exit')
        finally:
            load.kill()


live.main([
    on_the_root_disk,
    on_ext4,
    on_xfs,
    on_btrfs,
    mounts_and_their_flags,
    deletes_and_renames_have_both_names,
    an_age_is_not_taken_from_another_file_of_that_name,
    slow_reads_have_file_place_and_latency,
    an_overfull_ring_says_how_much_it_lost,
    kinds_and_failures_by_keys,
], tries=3)
