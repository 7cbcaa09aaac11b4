#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fs/processes and fs/files against a program that counts what it does, on each filesystem that there is here."""
import errno
import os
import shutil
import signal
import subprocess
import tempfile

import live
import tap
import truth
from live import Probetop
from loop import fio_jobs
from mounted import Folder, Mounted

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_files')
VIEWS = ('processes', 'files')
ALL = ('read', 'pread', 'pwrite', 'readv', 'writev', 'preadv', 'pwritev', 'preadv2', 'pwritev2', 'sendfile', 'splice',
       'copy', 'direct')


class Files:
    """The load in the background: it has its files and waits; go() returns what it did."""

    def __init__(self, folder, *deeds):
        self.process = subprocess.Popen([LOAD, folder, *deeds], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.pid = truth.objects(self.process.stdout.readline())[0]['pid']

    def go(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise tap.Fail(f'the load ended with {self.process.wait()}')
        return truth.objects(line)[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(live.SLACK_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def last_frames(text):
    """Of each view the last frame."""
    return {f['view']: f for f in truth.objects(text)}


def recorded(pid, act, *options):
    """
    Records while act() runs, from a moment at which all is attached to one at which all is told. Returns what act()
    returned, and the totals of each view over the recording, of one process.
    """
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        path = os.path.join(folder, 'record')
        with Probetop('-b', '-d', 1, '--pane=fs', f'--view={",".join(VIEWS)}', '-f', 'json', f'--record={path}',
                      *options) as p:
            p.wait_frames(len(VIEWS))
            done = act()
            seen = p.output().count(b'\n')
            p.wait_frames(seen + 3 * len(VIEWS))
            p.signal(signal.SIGINT)
            p.wait()
        with Probetop('-b', f'--replay={path}', '--total', '--pane=fs', f'--view={",".join(VIEWS)},mounts', '-f', 'json',
                      '-N', 0, '-p', pid) as p:
            return done, last_frames(p.finish().decode())


def row_of(frame, pid):
    rows = [r for r in frame['rows'] if r['pid'] == pid]
    if len(rows) != 1:
        raise tap.Fail(f'{len(rows)} rows of process {pid} in {frame["view"]}')
    return rows[0]


def file_rows(frame, pid, name):
    return [r for r in frame['rows'] if r['pid'] == pid and r['file'] and r['file'].rsplit('/', 1)[-1] == name]


def check_files(t, frames, pid, done, folder):
    """Each file by its name: calls, bytes, type, filesystem, path."""
    frame, mounts = frames['files'], [m['mount'] for m in frames['mounts']['rows']]
    for own in done['files']:
        rows = file_rows(frame, pid, own['name'])
        used = own['reads'] + own['writes']
        t.equal(len(rows), 1 if used else 0, f'rows of {own["name"]}')
        for r in rows:
            t.equal([r[k] for k in ('reads', 'read_bytes', 'writes', 'write_bytes')],
                    [own[k] for k in ('reads', 'read_bytes', 'writes', 'write_bytes')], f'{own["name"]} by the program')
            t.equal((r['file'], r['whole'], r['type'], r['inode']),
                    (os.path.join(folder, own['name']), 'yes', 'regular', own['ino']), f'which file, of mounts {mounts}')
            t.ok(0 < r['lat_p50_ns'] <= r['lat_p99_ns'] <= r['lat_max_ns'], f'latencies of {r}')


def check_process(t, frame, pid, done):
    row, ops = row_of(frame, pid), done['ops']
    t.equal((row['reads'], row['read_bytes'], row['writes'], row['write_bytes']),
            tuple(sum(f[k] for f in done['files']) for k in ('reads', 'read_bytes', 'writes', 'write_bytes')),
            'reads and writes of files')
    t.equal((row['opens'], row['enoent'], row['creates'], row['fsyncs']),
            (ops['open'], ops['enoent'], ops['create'], ops['fsync']), 'opens, those that fail or create, fsyncs')
    metadata = ('unlink', 'getattr', 'rename', 'mkdir', 'rmdir', 'readdir', 'mount', 'umount', 'truncate', 'lookup')
    t.equal(row['metadata'], sum(ops[k] for k in metadata), 'metadata operations')
    t.equal((row['unlinks'], row['errors']), (ops['unlink'], ops['enoent']), 'unlinks, errors')
    # The pipe that it splices through, and its report. The read that let it go on had begun before all was attached.
    t.equal((row['other_reads'], row['other_writes']), (done['pipe_reads'], done['pipe_writes'] + 1), 'pipes')
    return row


def known_load(t, place):
    """100,000 writes, 1,500 opens of which 1,000 fail, 20 fsyncs, 500 files that live for 50 ms, a mount."""
    with place as fs, Files(fs.path) as load:
        done, frames = recorded(load.pid, load.go)
        pid = load.pid
        row = check_process(t, frames['processes'], pid, done)
        t.equal((row['writes'], row['opens'], row['enoent'], row['fsyncs'], row['unlinks']),
                (100020, 2000, 1000, 20, 500), 'the load itself')
        check_files(t, frames, pid, done, fs.path)
        t.ok(row['fsync_p99_ns'] <= row['fsync_max_ns'] <= max(done['fsync_ns']),
             'no fsync is longer than its caller saw')


def all_are_listed(t, place):
    """Each fsync, open, short-lived file, mount and umount is listed, or counted as lost. Only the load is counted."""
    with place as fs, Probetop('--total', '--pane=fs', '--view=events', '-N', 0, '-f', 'json', '-o', '-', '--',
                               LOAD, fs.path) as p:
        objects = truth.objects(p.finish(120).decode())
    frame = next(o for o in objects if 'rows' in o)
    ops = next(o for o in objects if 'ops' in o)['ops']
    lost = frame['lost']['fs']['full'] + frame['lost']['fs']['map_full'] + frame.get('omitted', 0)
    rows = [(r['kind'], (r['path'] or '').rsplit('/', 1)[-1], r) for r in frame['rows']]
    t.note(f'{len(rows)} listed, {lost} lost')
    for what, nr, seen in (
            ('fsyncs', ops['fsync'], lambda kind, f, r: (kind, r['op']) == ('sync', 'fsync')),
            ('opens that fail', ops['enoent'],
             lambda kind, f, r: f.startswith('missing-') and r['error'] == errno.ENOENT),
            # one of them before the deeds
            ('opens', 501, lambda kind, f, r: kind in ('open', 'create') and f == 'data'),
            ('files made', ops['create'], lambda kind, f, r: kind == 'create' and f.startswith('short-')),
            ('short-lived files', ops['unlink'], lambda kind, f, r: kind == 'delete' and f.startswith('short-') and
             50e6 <= r['age_ns'] < 10e9),
            ('mounts', 1, lambda kind, f, r: kind == 'mount' and r['path2'].endswith('mnt')),
            ('umounts', 1, lambda kind, f, r: kind == 'umount' and f == 'mnt')):
        t.between(nr - lost, sum(seen(*r) for r in rows), nr, what)


def on(fstype):
    return Folder() if fstype == 'root' else Mounted(fstype)


def every_family(t, place):
    """Vectored, positioned, direct, and from file to file: each is one call on each of its files."""
    with place as fs:
        deeds = [f'{name}={100 + i}' for i, name in enumerate(ALL)]
        with Files(fs.path, *deeds, 'stat=30', 'access=7', 'rename=5', 'mkdir=4', 'readdir=3', 'truncate=6') as load:
            done, frames = recorded(load.pid, load.go)
            check_process(t, frames['processes'], load.pid, done)
            check_files(t, frames, load.pid, done, fs.path)
            t.equal(len(done['files']), 4, 'files of the load')


RUNS, READ_BYTES = 200, 8192


def short_processes_are_summed(t):
    """200 programs that read one file: those that no pass saw are one row, and none is missing."""
    with Folder() as fs:
        path = os.path.join(fs.path, 'read')
        with open(path, 'wb') as f:
            f.write(bytes(READ_BYTES))
        script = f'i=0; while [ $i -lt {RUNS} ]; do cat "$0" > /dev/null; i=$((i+1)); done'
        with Probetop('--total', '--pane=fs', '--view=processes,files', '-N', 0, '-f', 'json', '-o', '-', '--',
                      'sh', '-c', script, path) as p:
            frames = last_frames(p.finish(120).decode())
        rows = [r for r in frames['files']['rows'] if r['file'] == path]
    t.equal({r['comm'] for r in rows}, {'cat'}, 'who reads it')
    # cat reads until there is no more: twice
    t.equal((sum(r['reads'] for r in rows), sum(r['read_bytes'] for r in rows)),
            (2 * RUNS, RUNS * READ_BYTES), 'reads and bytes')
    t.equal(sum(r['processes'] for r in frames['processes']['rows'] if r['comm'] == 'cat'), RUNS, 'processes')
    dead = [r for r in rows if r['pid'] is None]
    t.equal(len(dead), 1, 'rows that sum')
    t.ok(dead[0]['reads'] > RUNS, f'most are in it: {dead[0]["reads"]}')


def rows_while_it_runs(t):
    """Rates of a program that writes 100 bytes as fast as it can, and what it says in the end."""
    with Folder() as fs, Files(fs.path, 'write=100000000', 'seconds=6') as load:
        with Probetop('-b', '-n', 6, '-d', 1, '--pane=fs', '--view=processes,files', '-f', 'json', '-p', load.pid) as p:
            p.wait_frames(2)
            done = load.go()
            frames = p.frames()
        writes = [r['writes_per_s'] * f['interval_s'] for f in frames if f['view'] == 'processes' for r in f['rows']]
        busy = [f for f in frames if f['rows'] and f['rows'][0]['writes_per_s'] > 0]
        t.ok({f['view'] for f in busy} == {'processes', 'files'}, 'both views')
        for f in busy:
            r = f['rows'][0]
            t.equal((r['pid'], len(f['rows'])), (load.pid, 1), 'its only row')
            t.near(r['write_bytes_per_s'], 100 * r['writes_per_s'], 0.01 * r['write_bytes_per_s'], 'bytes of 100 each')
            if f['view'] == 'processes':
                t.ok(0 < r['fs_pct'] <= 101 and r['reads_per_s'] == 0, f'time in calls of {r}')
            else:
                t.equal((r['file'], r['type']), (os.path.join(fs.path, 'written'), 'regular'), 'file')
        # Rates are told to a thousandth. Of its six seconds the frames see at least four.
        own = done['files'][1]['writes']
        t.between(own / 2, sum(writes), own * 1.001, 'writes of all intervals')


def io_uring_is_counted_as_fio_counts(t):
    """Where the kernel tells of it: fio, four requests at a time, reads and writes a file that is there already."""
    if not shutil.which('fio'):
        t.skip('needs fio')
    with Probetop('--check', '-f', 'json') as p:
        probe = next(x for x in truth.objects(p.finish().decode())[0]['probes'] if x['name'] == 'uring-done')
    if probe['state'] != 'on':
        t.skip(probe['reason'])
    with Folder() as fs:
        path, report = os.path.join(fs.path, 'file'), os.path.join(fs.path, 'report')
        with open(path, 'wb') as f:
            f.write(bytes(8 << 20))
        with Probetop('--total', '--pane=fs', '--view=files', '-N', 0, '-f', 'json', '-o', report, '--',
                      'fio', '--output-format=json', f'--filename={path}', '--name=job', '--rw=randrw', '--bs=4k',
                      '--size=8m', '--io_size=1g', '--number_ios=2000', '--ioengine=io_uring', '--iodepth=4') as p:
            job = fio_jobs(p.finish(120).decode())[0]
        with open(report, encoding='utf-8') as f:
            rows = [r for r in truth.objects(f.read())[0]['rows'] if r['file'] == path]
    t.equal((job['error'], job['read']['total_ios'] + job['write']['total_ios']), (0, 2000), 'fio itself')
    t.equal([sum(r[k] for r in rows) for k in ('reads', 'writes', 'read_bytes', 'write_bytes')],
            [job[op][k] for k in ('total_ios', 'io_bytes') for op in ('read', 'write')], 'reads, writes, bytes')


def without_bpf_it_says_why(t):
    with Probetop('-b', '-n', 1, '-d', 0.3, '--no-bpf', '--pane=fs', '--view=processes,files', '-f', 'json') as p:
        frames = last_frames(p.finish().decode())
    for view in ('processes', 'files'):
        t.ok('BPF' in frames[view]['na']['reads_per_s'], f'why: {frames[view]["na"]}')
        t.equal(frames[view]['rows'], [], 'rows')


CASES = [short_processes_are_summed, rows_while_it_runs, io_uring_is_counted_as_fio_counts, without_bpf_it_says_why]
CASES += [(f'{what} on {fstype}', lambda t, c=case, f=fstype: c(t, on(f)))
          for fstype in ('root', 'ext4', 'xfs', 'btrfs')
          for what, case in (('known load', known_load), ('every family', every_family), ('events', all_are_listed))]

if __name__ == '__main__':
    live.main(CASES)
