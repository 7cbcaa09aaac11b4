#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fs/caches against a program that counts the pages that its reads touch, on ext4, xfs and btrfs."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import time

import live
import blocks
import truth
from live import BUILD, Probetop

LOAD = os.path.join(BUILD, 'tests', 'live', 'load_caches')
CACHES = ('--pane=fs', '--view=caches', '-f', 'json')
MAKERS = {'ext4': ('mkfs.ext4', '-q', '-F'), 'xfs': ('mkfs.xfs', '-q', '-f'), 'btrfs': ('mkfs.btrfs', '-q', '-f')}
IMAGE_BYTES = 400 << 20  # sparse; less is too little for xfs
PAGE = 4096
PAGES = 2049  # the last one is not full
FILE_BYTES = (PAGES - 1) * PAGE + 77
GIB = 1 << 30


class Filesystem:
    """One of a type on a loop device over a sparse file; gone on leaving."""

    def __init__(self, fstype):
        self.fstype, self.device, self.mounted = fstype, None, False

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='probetop-caches-', dir='/var/tmp')
        try:
            image, self.path = os.path.join(self.folder, 'image'), os.path.join(self.folder, 'mount')
            os.mkdir(self.path)
            with open(image, 'wb') as f:
                f.truncate(IMAGE_BYTES)
            self.device = blocks.run('losetup', '--show', '-f', image).strip()
            blocks.run(*MAKERS[self.fstype], self.device)
            blocks.run('mount', '-t', self.fstype, self.device, self.path)
            self.mounted = True
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(['umount', self.path], check=False)
        if self.device:
            subprocess.run(['losetup', '-d', self.device], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def make_file(folder, size=FILE_BYTES):
    path = os.path.join(folder, 'file')
    with open(path, 'wb') as f:
        f.write(os.urandom(size))
        os.fsync(f.fileno())
    return path


def evict(path):
    """Leaves no page of the file in the cache."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def machine(frame):
    return next(r for r in frame['rows'] if r['comm'] == '[machine]')


def count(path, how, chunk):
    """Totals of one run: (what probetop counted, what the load says, the frame)."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:  # memory: not in the page cache of files
        report = os.path.join(folder, 'report')
        with Probetop('--total', *CACHES, '-o', report, '--', LOAD, path, how, str(chunk)) as p:
            said = truth.objects(p.finish().decode())[-1]
        with open(report, encoding='utf-8') as f:
            frame = truth.objects(f.read())[-1]
    return machine(frame), said, frame


def needs_reads(t, frame):
    if 'accesses_per_s' in frame['na'] or 'accesses' in frame['na']:
        t.skip('this kernel does not tell which pages reads find')


def grown(row, base, key):
    return row[key] - base[key]


def twice(t, path, how, chunk):
    """A cold file read, and read again: misses are its pages, then none; accesses are what the calls touched."""
    base, _, frame = count(path, 'none', chunk)  # a program's own start reads a page or two
    needs_reads(t, frame)
    evict(path)
    for again in (False, True):
        row, said, frame = count(path, how, chunk)
        what = f'{how} {chunk}' + (' again' if again else '')
        t.note(f'{what}: accesses {grown(row, base, "accesses")} of {said["touched"]}, misses {grown(row, base, "misses")} '
               f'of {said["pages"]} pages, hits {row["hit_pct"]} %, added {grown(row, base, "adds")}')
        t.equal(grown(row, base, 'misses'), 0 if again else said['pages'], f'{what}: misses')
        t.equal(grown(row, base, 'accesses'), said['touched'], f'{what}: accesses')
        t.equal(frame['lost']['fs']['map_full'], 0, 'counters without room')
        if again:
            t.ok(row['hit_pct'] >= 99, f'{what}: {row["hit_pct"]} % of pages were in the cache')


def on(fstype):
    def case(t):
        with Filesystem(fstype) as fs:
            path = make_file(fs.path)
            for how, chunk in (('read', 131072), ('read', 1000), ('pread', 4096), ('readv', 70001)):
                twice(t, path, how, chunk)
    return (f'a file of {fstype} that is read twice is missed once', case)


def moved(t):
    with Filesystem('ext4') as fs:
        path = make_file(fs.path)
        twice(t, path, 'sendfile', 262144)
        twice(t, path, 'splice', 16384)


def a_mapped_file_counts_as_page_faults(t):
    with Filesystem('ext4') as fs:
        path = make_file(fs.path)
        base, _, frame = count(path, 'none', PAGE)
        evict(path)
        row, said, frame = count(path, 'map', PAGE)
        if 'faults' in frame['na']:
            t.skip('this kernel does not tell page faults on files')
        t.equal(grown(row, base, 'fault_adds'), said['pages'], 'pages that faults added')
        t.equal(grown(row, base, 'misses'), 0, 'misses of reads')
        t.ok(grown(row, base, 'faults') >= 1, 'no page fault was counted')


def sum_of(frames, pid, key):
    """What a process counted in all frames; rates are exact to a thousandth."""
    total = 0.0
    for begin_ns, end_ns, frame in truth.windows(frames):
        row = truth.row_of(frame, pid)
        total += (row[key] or 0) * (end_ns - begin_ns) / truth.NS if row else 0
    return round(total)


def a_process_has_its_own_row(t):
    """It reads, between two frames, a cold file and, some frames later, the same again."""
    with Filesystem('ext4') as fs:
        path = make_file(fs.path)
        load = subprocess.Popen([LOAD, path, 'read', '65536', 'wait'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            evict(path)
            with Probetop('-b', '-d', '0.5', '-n', '9', *CACHES) as p:
                for at in (2, 5):
                    p.wait_frames(at)
                    load.stdin.write(b'x')
                    load.stdin.flush()
                    said = truth.objects(load.stdout.readline().decode())[0]
                frames = p.frames()
        finally:
            load.stdin.close()
            load.wait(10)
            load.stdout.close()
    needs_reads(t, frames[-1])
    first, second = frames[:5], frames[4:]
    t.equal(sum_of(first, load.pid, 'misses_per_s'), said['pages'], 'misses of the first time')
    t.equal(sum_of(first, load.pid, 'accesses_per_s'), said['touched'], 'accesses of the first time')
    t.equal(sum_of(second, load.pid, 'misses_per_s'), 0, 'misses of the second time')
    t.equal(sum_of(second, load.pid, 'accesses_per_s'), said['touched'], 'accesses of the second time')
    shares = [r['hit_pct'] for f in second for r in [truth.row_of(f, load.pid)] if r and r['accesses_per_s']]
    t.ok(shares and min(shares) >= 99, f'share of hits the second time: {shares}')
    t.equal(truth.row_of(frames[-1], load.pid)['comm'], 'load_caches', 'name of the row')


def a_program_that_came_and_went_has_its_name(t):
    """Five of them between two passes: a row by command, whoever started them."""
    with Filesystem('ext4') as fs:
        path = make_file(fs.path)
        dd = ['dd', f'if={path}', 'of=/dev/null', 'bs=65536', 'status=none']
        subprocess.run(dd, check=True)  # its own files into the cache
        evict(path)
        with Probetop('-b', '-d', '1', '-n', '4', *CACHES) as p:
            p.wait_frames(1)
            for _ in range(5):
                subprocess.run(dd, check=True)
            frames = p.frames()
    needs_reads(t, frames[-1])
    rows = [(r, end_ns - begin_ns) for begin_ns, end_ns, f in truth.windows(frames) for r in f['rows'] if r['comm'] == 'dd']
    misses, accesses = (round(sum(r[key] * ns / truth.NS for r, ns in rows)) for key in ('misses_per_s', 'accesses_per_s'))
    t.equal(misses, PAGES, 'misses of all dd together')
    t.between(5 * PAGES, accesses, 5 * (PAGES + 50), 'accesses of all dd, those of their start among them')


def read_ahead_is_used_or_wasted(t):
    """All of a file is read in small steps: nearly all pages came before they were asked for, and all were used."""
    with Filesystem('ext4') as fs:
        path = make_file(fs.path)
        evict(path)
        row, said, frame = count(path, 'read', PAGE)
        if 'readahead_used' in frame['na']:
            t.skip('this kernel does not tell what becomes of readahead')
        t.note(f'brought in {row["readahead_added"]}, used {row["readahead_used"]}, wasted {row["readahead_dropped"]}, '
               f'age p50 {row["readahead_age_p50_ns"]} ns')
        # of the machine: others may read meanwhile
        t.between(said['pages'] * 9 // 10, row['readahead_used'], said['pages'] + 512, 'pages used')
        ages = next(h for h in frame['hist'] if h['name'].startswith('readahead'))
        t.equal(sum(b[2] for b in ages['buckets']), row['readahead_used'], 'ages in the histogram')


def numbers(path):
    with open(path, encoding='ascii') as f:
        return [int(n) for n in f.read().split()]


def what_proc_tells():
    inodes, dentries = numbers('/proc/sys/fs/inode-nr'), numbers('/proc/sys/fs/dentry-state')
    with open('/proc/meminfo', encoding='ascii') as f:
        memory = {line.split(':')[0]: int(line.split()[1]) << 10 for line in f}
    return {'inodes': inodes[0], 'dentries': dentries[0], 'dentries_unused': dentries[1], 'dentries_negative': dentries[4],
            'files': numbers('/proc/sys/fs/file-nr')[0], 'cached_bytes': memory['Cached'], 'buffers_bytes': memory['Buffers'],
            'dirty_bytes': memory['Dirty']}


def counts_are_those_of_proc(t):
    """The window rule, and a margin for what comes and goes between two readings."""
    def once():
        before = what_proc_tells()
        with Probetop('-b', '-d', '0.2', '-n', '1', *CACHES) as p:
            row = machine(p.frames()[-1])
        after = what_proc_tells()
        return [f'{key}: {row[key]}, /proc has {before[key]} and {after[key]}' for key in before
                if not min(before[key], after[key]) * 0.98 - 4096 <= row[key] <= max(before[key], after[key]) * 1.02 + 4096]

    errors = once()
    for _ in range(3):
        if errors:
            time.sleep(1)
            errors = once()
    live.hold(t, errors)
    t.equal(machine_limit(), numbers('/proc/sys/fs/file-nr')[2], 'limit of open files')


def machine_limit():
    with Probetop('-b', '-d', '0.2', '-n', '1', *CACHES) as p:
        return machine(p.frames()[-1])['files_max']


def what_no_hook_tells_has_a_reason(t):
    with Probetop('-b', '-d', '0.2', '-n', '1', *CACHES) as p:
        frame = p.frames()[-1]
    lookups = ['lookups_per_s', 'slow_lookups_per_s', 'lookup_misses_per_s', 'lookup_hit_pct']
    na = [key for key in lookups if key in frame['na']]
    t.ok(na in ([], lookups), f'all of the dentry cache is told or nothing: {na}')
    for key in na:
        t.ok(len(frame['na'][key]) > 10, f'{key} has no reason')
        t.equal(machine(frame)[key], None, f'{key} of the machine')


def without_bpf_there_are_the_counts(t):
    with contextlib.ExitStack() as stack:
        p = stack.enter_context(Probetop('--no-bpf', '-b', '-d', '0.2', '-n', '1', *CACHES))
        frame = p.frames()[-1]
    t.ok(machine(frame)['inodes'] > 0 and machine(frame)['cached_bytes'] > 0, 'counts of /proc')
    t.ok('misses_per_s' in frame['na'] and 'accesses_per_s' in frame['na'], 'pages of processes need BPF')


if __name__ == '__main__':
    live.main([*(on(fstype) for fstype in MAKERS), ('what sendfile and splice read is missed once', moved),
               a_mapped_file_counts_as_page_faults, a_process_has_its_own_row,
               a_program_that_came_and_went_has_its_name, read_ahead_is_used_or_wasted,
               counts_are_those_of_proc, what_no_hook_tells_has_a_reason, without_bpf_there_are_the_counts], tries=3)
