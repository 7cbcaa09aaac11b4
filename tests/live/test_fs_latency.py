#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fs/operations and fs/latency against programs that count each operation, and time each fsync, themselves."""
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile

import live
import mounted
import truth
from live import Probetop

LOAD_OPS = os.path.join(live.BUILD, 'tests', 'live', 'load_fs_ops')
KEYS = os.path.join(live.BUILD, 'tests', 'golden', 'golden_keys')
FIELDS = {'count': 'count', 'bytes': 'bytes', 'errors': 'errors', 'enoent': 'enoent'}


def total_of(command, view, *options):
    """One report of --total over a command. Returns (frame, what the command wrote)."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        report = os.path.join(folder, 'report')
        words = ('--total', '--pane=fs', f'--view={view}', '-f', 'json', *options, '-o', report, '--', *command)
        # Its output goes to a pipe: what is written to a file would be counted.
        ran = subprocess.run([live.PROBETOP, '--no-config', *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=120, check=False)
        if ran.returncode:
            raise live.tap.Fail(f'probetop ended with {ran.returncode}: {ran.stderr.decode(errors="replace")[-2000:]}')
        with open(report, encoding='utf-8') as f:
            return truth.objects(f.read())[-1], json.loads(ran.stdout)


def place(fstype):
    """A filesystem of that type, or a folder of the one that there is."""
    return mounted.Mounted(fstype) if fstype else mounted.Folder()


def rows_by_op(frame):
    return {r['op']: r for r in frame['rows']}


def all_counts_are_exact(t, fstype):
    """
    The same program twice, three times and once through: what its start and end do is the same, and the difference
    is known exactly: calls, bytes, errors, ENOENT of every operation.
    """
    with place(fstype) as m:
        once, told_once = total_of((LOAD_OPS, m.path, 'ops', 1), 'operations')
        thrice, told_thrice = total_of((LOAD_OPS, m.path, 'ops', 3), 'operations')
    errors = []
    for op, told in told_thrice.items():
        a, b = rows_by_op(once).get(op), rows_by_op(thrice).get(op)
        if not a or not b:
            errors.append(f'{op} has no row')
            continue
        for field, key in FIELDS.items():
            own = told[field] - told_once[op][field]
            if a[key] is None and not own:
                continue
            ours = (b[key] or 0) - (a[key] or 0)
            if ours != own:
                errors.append(f'{op}: {field} {ours}, itself {own}')
        if told['count'] and not 0 < b['p50_ns'] <= b['p99_ns'] <= b['max_ns'] <= b['time_ns']:
            errors.append(f'{op}: p50 {b["p50_ns"]} p99 {b["p99_ns"]} max {b["max_ns"]} time {b["time_ns"]}')
    live.hold(t, errors)
    t.equal(rows_by_op(thrice)['umount']['last_errno'], 'EINVAL', 'last error of umount')
    t.equal(rows_by_op(thrice)['getattr']['last_errno'], 'ENOENT', 'last error of getattr')
    t.equal(thrice['lost']['fs']['full'], 0, 'records of files without room in the ring')


def every_operation_is_counted_exactly(t):
    all_counts_are_exact(t, None)


def so_on_ext4(t):
    all_counts_are_exact(t, 'ext4')


def so_on_xfs(t):
    all_counts_are_exact(t, 'xfs')


def so_on_btrfs(t):
    all_counts_are_exact(t, 'btrfs')


# ---- latency ----

def slot(ns):
    return max(ns, 1).bit_length()


def below(bins, bound):
    return sum(nr for low, nr in bins.items() if low < bound)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def fsyncs_are_as_the_program_measured(t, fstype):
    """
    The program times each fsync around the call; ours is from the entry of the call to its return, inside of that. So
    ours is shorter, by the way into the kernel; percentiles are interpolated inside a bucket: one bucket apart at most.
    """
    number = 400
    with place(fstype) as m:
        frame, told = total_of((LOAD_OPS, m.path, 'fsync', number), 'latency')
        mount = mount_of(m.path)
    rows = [r for r in frame['rows'] if r['op'] == 'fsync' and r['filesystem'] == mount]
    own = told['fsync']
    t.equal((len(own), len(rows)), (number, 1), 'fsyncs of the program, rows of them')
    row = rows[0]
    bins = {low: nr for h in frame['hist'] if h['name'] == f'{mount} {row["fstype"]} fsync' for low, _, nr in h['buckets']}
    if fstype:
        t.equal(row['fstype'], fstype, 'type of the filesystem')
    t.equal(row['count'], number, 'fsyncs')
    t.equal(sum(bins.values()), number, 'fsyncs in the histogram')
    for key, share in (('p50_ns', .50), ('p99_ns', .99)):
        theirs = percentile(own, share)
        t.note(f'{key}: {row[key]}, the program {theirs}')
        t.near(slot(row[key]), slot(theirs), 1, f'{key} {row[key]}, the program {theirs}: buckets')
    t.ok(row['max_ns'] <= max(own), f'maximum {row["max_ns"]} of at most {max(own)}')
    t.ok(row['time_ns'] <= sum(own), f'time {row["time_ns"]} of at most {sum(own)}')
    # No more of the program's are below a bound than of ours, which are shorter.
    for bound in (2 ** i for i in range(8, 36)):
        mine = sum(ns < bound for ns in own)
        t.ok(below(bins, bound) >= mine, f'below {bound}: {below(bins, bound)}, the program {mine}')


def mount_of(path):
    return subprocess.run(['stat', '-c', '%m', path], capture_output=True, text=True, check=True).stdout.strip()


def fsync_percentiles(t):
    fsyncs_are_as_the_program_measured(t, None)


def fsync_percentiles_on_ext4(t):
    fsyncs_are_as_the_program_measured(t, 'ext4')


def fsync_percentiles_on_xfs(t):
    fsyncs_are_as_the_program_measured(t, 'xfs')


def fsync_percentiles_on_btrfs(t):
    fsyncs_are_as_the_program_measured(t, 'btrfs')


def operations_are_of_the_process_that_is_asked_for(t):
    """-p: another process does the same beside it, and its operations are not in the rows."""
    with place(None) as m:
        other = tempfile.mkdtemp(dir='/var/tmp', prefix='probetop-fs-')
        try:
            with Probetop('-b', '-n', 1000, '-d', '500ms', '--pane=fs', '--view=operations', '-f', 'json', '-p', os.getpid()) as p:
                p.wait_frames(2)
                subprocess.run([LOAD_OPS, other, 'ops', '5'], check=True, capture_output=True, timeout=60)
                for i in range(1000):
                    with open(os.path.join(m.path, 'x'), 'wb', buffering=0) as f:
                        f.write(b'12345')
                p.wait_frames(p.output().count(b'\n') + 3)
                p.signal(2)
                p.wait()
                frames = truth.objects(p.output().decode())
        finally:
            shutil.rmtree(other, ignore_errors=True)
    sums = {}
    for before, frame in zip(frames, frames[1:]):
        seconds = (frame['mono_ns'] - before['mono_ns']) / 1e9  # interval_s has milliseconds: too coarse for 1,000
        for row in frame['rows']:
            sums[row['op']] = sums.get(row['op'], 0) + round((row['count_per_s'] or 0) * seconds)
    t.equal(sums['create'], 1, 'files made')
    t.ok(1000 <= sums['write'] <= 1020, f'writes {sums["write"]} of 1000, and what this program writes itself')
    t.ok(1000 <= sums['open'] <= 1400, f'opens {sums["open"]} of 1000, and what this program opens to look at the report')
    t.equal((sums['rename'], sums['link'], sums['mkdir']), (0, 0, 0), 'what only the other process does')


READER = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
size = int(sys.argv[2])
until = time.monotonic() + 4
while time.monotonic() < until:
    os.pread(fd, size, 0)
    time.sleep(0.02)
"""


def screen(record, *words, size='120x40'):
    """The screen after the recording, with keys pressed between its intervals."""
    return subprocess.run([KEYS, record, 'fs/latency', size, *words], capture_output=True, text=True, check=True,
                          timeout=60).stdout.splitlines()


def rows_under(lines, heading):
    """Rows under the heading as lists of words."""
    at = next((i for i, line in enumerate(lines) if re.search(heading, line)), None)
    if at is None:
        raise live.tap.Fail(f'no heading {heading!r}:\n' + '\n'.join(lines))
    return [line.split() for line in itertools.takewhile(str.strip, lines[at + 1:])]


def a_bucket_leads_to_processes_and_their_files(t):
    """Two processes read: 16 MiB at a time from one file, 100 bytes from another. The longest are of one, the shortest of the other."""
    with place('ext4') as m, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        for name, size in (('large', 16 << 20), ('small', 4096)):
            with open(os.path.join(m.path, name), 'wb') as f:
                f.write(bytes(size))
        record = os.path.join(folder, 'record')
        with Probetop('-b', '-n', 1000, '-d', '500ms', '--pane=fs', '--view=latency', '-f', 'json', f'--record={record}') as p:
            p.wait_frames(2)
            readers = [subprocess.Popen(['/usr/bin/python3', '-c', READER, os.path.join(m.path, name), str(size)])
                       for name, size in (('large', 16 << 20), ('small', 100))]
            for reader in readers:
                reader.wait(60)
            p.wait_frames(p.output().count(b'\n') + 3)
            p.signal(2)
            p.wait()
            ticks = p.output().count(b'\n')
        # The mount is chosen by the end of its name.
        start = ('tick', 'B', f'tick={min(ticks - 2, 9)}', 'g', m.path[-14:], 'Enter')
        shown = {key: screen(record, *start, key, 'Enter') for key in ('Home', 'End')}
    for key, pid, name in (('Home', readers[1].pid, 'small'), ('End', readers[0].pid, 'large')):
        text = '\n'.join(shown[key])
        rows = rows_under(shown[key], 'PID +COUNT')
        t.equal([r[0] for r in rows], [str(pid)], f'{key}: processes in the bucket:\n{text}')
        t.equal((rows[0][2], rows[0][-1]), ('100', os.path.join(m.path, name)), f'{key}: share and file:\n{text}')
        t.ok(re.search(rf' of \d+  max .*{name}$', text, re.M), f'{key}: its files:\n{text}')
        t.contains(text, 'latency > read ', 'where one is')


if __name__ == '__main__':
    live.main([every_operation_is_counted_exactly, so_on_ext4, so_on_xfs, so_on_btrfs, fsync_percentiles,
               fsync_percentiles_on_ext4, fsync_percentiles_on_xfs, fsync_percentiles_on_btrfs,
               operations_are_of_the_process_that_is_asked_for, a_bucket_leads_to_processes_and_their_files], tries=3)
