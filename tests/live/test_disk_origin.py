#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is charged for what kernel threads write, and which file a request is for.

The truth: the bytes that each writer counts itself, and the device's line of /proc/diskstats.
"""
import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import live
import truth
from blocks import Ext4, Loop, run
from live import Probetop

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_pages')
SECTOR, PAGE, MIB = 512, 4096, 1 << 20
PROCESSES = ('--pane=disk', '--view=processes', '-f', 'json')
EVENTS = ('-b', '-d', 1, '-f', 'json', '--pane=disk', '--view=events')
FILE_BYTES = 64
DD = 'dd-of-a-test'


class Pages:
    """The load: it has done its work when this returns, and stays until it is left."""

    def __init__(self, name, what, path, size, chunk=PAGE):
        self.process = subprocess.Popen([LOAD, name, what, path, str(size), str(chunk)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = name

    def done(self):
        """Its own account."""
        return truth.objects(self.process.stdout.read().decode())[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def written_bytes(name):
    """What a device has written, as the kernel counts it."""
    with open('/proc/diskstats', encoding='ascii') as f:
        words = next(line.split() for line in f if line.split()[2] == name)
    return int(words[9]) * SECTOR


def links(pid):
    """How many programs it has attached."""
    found = 0
    for path in glob.glob(f'/proc/{pid}/fdinfo/*'):
        with contextlib.suppress(OSError), open(path, encoding='ascii') as f:
            found += 'link_type' in f.read()
    return found


def wait_attached(pid):
    """Until there are some and no more come: a busy host loads slowly."""
    before, since, until = 0, time.monotonic(), time.monotonic() + live.SLACK_S
    while time.monotonic() < until and not (before and time.monotonic() - since > 0.5):
        now = links(pid)
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.05)


@contextlib.contextmanager
def measured():
    """A report of the whole host while the block runs: `rows` is there when it is left."""
    found = {}
    os.sync()
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        report = os.path.join(folder, 'report')
        with Probetop('--total', '-d', 60, *PROCESSES, '-o', report) as p:
            wait_attached(p.pid)
            yield found
            p.signal(signal.SIGINT)
            p.finish(status=-signal.SIGINT)
        with open(report, encoding='utf-8') as f:
            frame = truth.objects(f.read())[-1]
    found['rows'] = frame['rows']


def of(rows, comm):
    return [r for r in rows if r['comm'] == comm]


def total(rows, key):
    return sum(r[key] or 0 for r in rows)


def disk_under(path):
    """The name of the whole disk that a path lies on; None where there is no such thing."""
    dev = os.stat(path).st_dev
    at = os.path.realpath(f'/sys/dev/block/{os.major(dev)}:{os.minor(dev)}')
    if os.path.exists(f'{at}/partition'):
        at = os.path.dirname(at)
    return os.path.basename(at) if os.path.exists(at) else None


def is_worker(row):
    return row['comm'].startswith(('kworker', 'loop', 'jbd2'))


def check_dd(t, rows, loop, written):
    """At least 95 % of what the device wrote is charged to dd, nothing to a kworker, and nothing twice."""
    on_loop = [r for r in rows if r['device'] == loop.name]
    mine = total(of(on_loop, DD), 'write_bytes')
    t.note(f'{mine} of {written} written bytes: {mine / written:.4f}')
    t.ok(mine >= 0.95 * written, f'dd is charged {mine} of {written}')
    t.ok(total(of(on_loop, DD), 'inferred_bytes') >= 0.95 * written, 'and all that is inferred')
    t.equal(total([r for r in on_loop if is_worker(r)], 'write_bytes'), 0, 'workers on it')
    t.ok(mine <= written, f'dd is charged {mine}, more than {written}')
    # What others dirtied before the probes were there is theirs: on a busy host a little.
    lower = total([r for r in rows if is_worker(r) and r['device'] != loop.name], 'write_bytes')
    t.ok(lower < 0.5 * written, f'workers are charged {lower} below: what the loop device hands down')


def dd_and_sync(folder, mib):
    """A dd of another name: there may be others on this host."""
    with tempfile.TemporaryDirectory() as own:
        subprocess.run([shutil.copy(shutil.which('dd'), f'{own}/{DD}'), 'if=/dev/zero', f'of={folder}/known', 'bs=1M', f'count={mib}', 'status=none'],
                       check=True)
        os.sync()


def charged_to_dd(t, loop, folder, low=48 * MIB, high=50 * MIB):
    lower = disk_under('/var/tmp')
    with measured() as found:
        before, below = written_bytes(loop.name), written_bytes(lower)
        dd_and_sync(folder, 48)
        written, below = written_bytes(loop.name) - before, written_bytes(lower) - below
    t.between(low, written, high, 'what the device wrote')
    t.ok(below >= 0.9 * written, f'the disk below wrote {below}')
    check_dd(t, found['rows'], loop, written)


def writeback_is_charged_to_who_wrote(t):
    with Loop(96 * MIB) as loop, Ext4(loop.device) as fs:
        charged_to_dd(t, loop, fs.path)


def a_loop_device_past_the_page_cache_is_not_charged_twice(t):
    with Loop(96 * MIB, direct=True) as loop, Ext4(loop.device) as fs:
        charged_to_dd(t, loop, fs.path)


def a_loop_device_on_a_loop_device_is_charged_once(t):
    with Loop(192 * MIB) as outer, Ext4(outer.device) as below, Loop(96 * MIB, folder=below.path) as loop, \
            Ext4(loop.device) as fs:
        charged_to_dd(t, loop, fs.path)


@contextlib.contextmanager
def mounted(kind, device):
    """A filesystem that is not ext4."""
    with tempfile.TemporaryDirectory(prefix='probetop-mount-', dir='/var/tmp') as folder:
        run(f'mkfs.{kind}', '-q', '-f', device)
        run('mount', '-t', kind, device, folder)
        try:
            yield folder
        finally:
            subprocess.run(['umount', folder], check=False)


def other_filesystem(kind):
    def case(t):
        with Loop(320 * MIB) as loop, mounted(kind, loop.device) as folder:
            charged_to_dd(t, loop, folder, high=52 * MIB)
    return f'writeback of {kind} is charged to who wrote', case


def two_writers_at_once_are_charged_their_own(t):
    """One by write, one by stores into a mapping. What the journal writes goes to one of them."""
    with Loop(96 * MIB) as loop, Ext4(loop.device) as fs, measured() as found:
        before = written_bytes(loop.name)
        with Pages('writer', 'write', f'{fs.path}/first', 24 * MIB) as first, \
                Pages('mapper', 'map', f'{fs.path}/second', 11 * MIB) as second:
            own = [p.done() for p in (first, second)]
            os.sync()
            extra = written_bytes(loop.name) - before - sum(o['bytes'] for o in own)
    t.between(0, extra, 2 * MIB, 'metadata and journal')
    for o in own:
        row, = [r for r in found['rows'] if r['pid'] == o['pid'] or r['comm'] == o['name']]
        t.note(f'{o["name"]}: {row["write_bytes"]} of {o["bytes"]}, {extra} more on the device')
        t.between(o['bytes'], row['write_bytes'], o['bytes'] + extra, f'bytes of {o["name"]}')
        t.equal(row['device'], loop.name, 'device')


MANY = """
import sys
for i in range(int(sys.argv[2])):
    with open(f'{sys.argv[1]}/{i}', 'wb') as f:
        f.write(bytes(4096))
"""


def more_files_than_there_is_room_for(t):
    """Of a file that is forgotten the one who pushed most others out is charged."""
    nr, name = 9000, 'many-of-a-test'
    with Loop(192 * MIB) as loop, Ext4(loop.device) as fs, tempfile.TemporaryDirectory() as own, measured() as found:
        os.symlink('/usr/bin/python3', f'{own}/{name}')
        before = written_bytes(loop.name)
        subprocess.run([f'{own}/{name}', '-c', MANY, fs.path, str(nr)], check=True)
        os.sync()
        written = written_bytes(loop.name) - before
    rows = [r for r in found['rows'] if r['device'] == loop.name]
    mine = total(of(rows, name), 'write_bytes')
    t.note(f'{mine} of {written} written bytes, {nr * PAGE} of them in files')
    t.between(0.95 * nr * PAGE, mine, written, 'bytes')
    t.ok(total([r for r in rows if is_worker(r)], 'write_bytes') < 0.02 * written, 'workers')


def a_command_has_its_writeback(t):
    """Only what its tree dirtied; the kernel threads that write it are none of it."""
    with Loop(64 * MIB) as loop, Ext4(loop.device) as fs, Pages('other', 'write', f'{fs.path}/other', 4 * MIB) as other:
        other.done()
        script = f'dd if=/dev/zero of={fs.path}/known bs=64k count=256 status=none; sync'
        before = written_bytes(loop.name)
        with tempfile.NamedTemporaryFile(dir='/dev/shm') as report:
            with Probetop('--total', *PROCESSES, '-o', report.name, '--force', '--', '/bin/sh', '-c', script) as p:
                p.finish()
            rows = truth.objects(report.read().decode())[-1]['rows']
        written = written_bytes(loop.name) - before
    t.ok(written >= 20 * MIB, f'the device wrote {written}, of both')
    t.between(16 * MIB, total(of(rows, 'dd'), 'write_bytes'), 17 * MIB, 'bytes of dd')
    t.equal({r['comm'] for r in rows} - {'sh', 'dd', 'sync'}, set(), 'others')


def unescaped(text):
    """The bytes of a text that esc_text() made."""
    signs = {'n': b'\n', 't': b'\t', 'e': b'\x1b', '\\': b'\\'}
    out, rest = b'', text
    while rest:
        sign = re.match(r'\\(x([0-9a-fA-F]{2})|[nte\\])', rest)
        if sign:
            out += bytes([int(sign[2], 16)]) if sign[2] else signs[sign[1]]
        else:
            out += rest[0].encode()
        rest = rest[len(sign[0]) if sign else 1:]
    return out


def end_of_path(parts):
    """The last names of a path that fit whole, or the end of the last one."""
    found = parts[-1][-FILE_BYTES:]
    for part in reversed(parts[:-1]):
        if len(parts[-1]) > FILE_BYTES or len(part) + 1 + len(found) > FILE_BYTES:
            break
        found = part + b'/' + found
    return found


ALL_BYTES = bytes(b for b in range(1, 256) if b != ord('/'))
NAMES = [b'plain', b'with space', b'new\nline\ttab', b'\x1b[31mred\x1b[0m', b'\xff\xfebad', b'a"b\\c\\x41', b'%s%n%d',
         '\u6f22\u5b57 \u202eevil'.encode(), b'x' * 64, b'y' * 63, b'long-' * 50 + b'end', b'-'] + \
        [b'all' + ALL_BYTES[i:i + 50] for i in range(0, len(ALL_BYTES), 50)]
FOLDERS = [[], [b'some', b'dir'], [b'deep'] * 12, [b'\xe9t\xe9', b'z' * 40]]
# Each is written by itself: files side by side on the disk become one request, named by its first page.
SCRIPT = '''
load=$1; shift
for f in "$@"; do $load name write "$f" 8192 4096 </dev/null >/dev/null; sync -f "$f"; done
for f in "$@"; do $load name read "$f" 8192 4096 </dev/null >/dev/null; done
'''


def events_of(*command):
    """Every request of a command and of what it starts."""
    with tempfile.NamedTemporaryFile(dir='/dev/shm') as report:
        with Probetop(*EVENTS, '--total', '-N', 100000, '-o', report.name, '--force', '--', *command) as p:
            p.finish(120)
        frame = truth.objects(report.read().decode())[-1]
    return frame['rows']


def files_have_their_names(t):
    """Names of bytes of every kind, in folders of every kind; of writeback and of reads."""
    with Loop(64 * MIB) as loop, Ext4(loop.device) as fs:
        paths = [folder + [name] for folder in FOLDERS for name in NAMES]
        for folder in FOLDERS:
            os.makedirs(os.path.join(os.fsencode(fs.path), *folder), exist_ok=True)
        full = [os.path.join(os.fsencode(fs.path), *parts) for parts in paths]
        rows = events_of('/bin/sh', '-c', SCRIPT, 'sh', LOAD, *(os.fsdecode(f) for f in full))
        numbers = {os.stat(f).st_ino: parts for f, parts in zip(full, paths)}
    rows = [r for r in rows if r['device'] == loop.name and r['ino']]
    for op in ('write', 'read'):
        found = {}
        for r in rows:
            if r['op'] == op and r['ino'] in numbers:
                found.setdefault(r['ino'], set()).add(r['file'])
        t.equal(len(found), len(numbers), f'files that were seen in a {op}')
        for ino, names in found.items():
            t.equal({unescaped(n) for n in names}, {end_of_path(numbers[ino])}, f'name in a {op}')
    inferred = [r for r in rows if r['op'] == 'write' and r['inferred'] and r['ino'] in numbers]
    t.ok(inferred, 'no write is inferred')
    t.equal({r['comm'] for r in inferred}, {'name'}, 'whom the writes are charged to')
    t.ok(all(r['submitter'].startswith('kworker') for r in inferred), 'who submitted them')


def direct_reads_have_no_file(t):
    """Their pages are the process's own memory."""
    with Loop(64 * MIB) as loop, Ext4(loop.device) as fs:
        with Pages('name', 'write', f'{fs.path}/known', MIB) as load:
            load.done()
        os.sync()
        rows = events_of(os.path.join(live.BUILD, 'tests', 'live', 'load_disk'), 'read', f'{fs.path}/known', 50, PAGE)
    reads = [r for r in rows if r['device'] == loop.name and r['op'] == 'read' and r['bytes'] == PAGE and r['comm'] == 'load_disk']
    t.ok(len(reads) >= 50, f'{len(reads)} reads')
    t.equal({(r['ino'], r['file']) for r in reads[-50:]}, {(None, None)}, 'inode and file')


live.main([
    writeback_is_charged_to_who_wrote,
    a_loop_device_past_the_page_cache_is_not_charged_twice,
    a_loop_device_on_a_loop_device_is_charged_once,
    other_filesystem('xfs'),
    other_filesystem('btrfs'),
    two_writers_at_once_are_charged_their_own,
    more_files_than_there_is_room_for,
    a_command_has_its_writeback,
    files_have_their_names,
    direct_reads_have_no_file,
], tries=3)
