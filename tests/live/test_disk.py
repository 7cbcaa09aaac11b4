#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Requests as the kernel side counts them, against fio and /proc/diskstats: the same load seen by process, by device
and by time. The device is the test's own and quiet before and after the load, so counts are exact.
"""
import os
import shutil
import subprocess
import tempfile
import time
import types

import live
import blocks
import loop
import truth
from live import Probetop

SECTOR = 512
TRIES = 6
# What one row of /proc/diskstats has of each operation: requests, sectors.
GROUPS = {'read': (3, 5), 'write': (7, 9), 'discard': (14, 16), 'flush': (18, None)}


def diskstats(device):
    """{operation: (requests, bytes)} of a device since it is there."""
    with open('/proc/diskstats', encoding='ascii') as f:
        fields = next(line.split() for line in f if line.split()[2] == device)
    return {op: (int(fields[nr]), int(fields[sectors]) * SECTOR if sectors else 0)
            for op, (nr, sectors) in GROUPS.items()}


def growth(before, after):
    return {op: tuple(a - b for a, b in zip(after[op], before[op])) for op in GROUPS}


def by_operation(frame, device):
    """The same from the rows of the latency view, which come from the probes alone."""
    sums = dict.fromkeys(GROUPS, (0, 0))
    for row in frame['rows']:
        if row['device'] == device:
            count, size = sums[row['op']]
            sums[row['op']] = (count + row['count'], size + (row['bytes'] or 0))
    return sums


def watched(view, load, seconds):
    """One report of all that goes on in some seconds, in which load() runs. Returns (frame, what load returned)."""
    with Probetop('-b', '--pane=disk', f'--view={view}', '-f', 'json', '--total', '-n', 1, '-d', seconds) as p:
        time.sleep(1.5)  # the probes are on
        told = load()
        return p.frames()[-1], told


def undisturbed(t, measure):
    """
    A sandboxed kernel runs no program on top of a task that it hides: measure() is called again where its two values
    differ and the report says that requests lack a start or an end.
    """
    for attempt in range(TRIES):
        theirs, ours, frame, *more = measure()
        lost = frame['lost']['disk']['unmatched']
        if ours == theirs or not lost:
            break
        t.note(f'attempt {attempt + 1}: {lost} requests without a start or an end: {ours}, not {theirs}')
    return (theirs, ours, frame, *more)


def slot(ns):
    return max(int(ns), 1).bit_length()


def needs_fio(t):
    if not shutil.which('fio'):
        t.skip('needs fio')


def fio_and_report(words):
    """A report of disk/processes over fio. Returns (frame, fio's job)."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        report = os.path.join(folder, 'report')
        with Probetop('--total', '--pane=disk', '--view=processes', '-f', 'json', '-o', report, '--', *words) as p:
            out = p.finish(120).decode()
        with open(report, encoding='utf-8') as f:
            return truth.objects(f.read())[-1], loop.fio_jobs(out)[0]


def percentiles_are_those_of_fio(t):
    """
    fio's completion latency is the whole system call: entry, page pinning, request, wake-up and return. On the disk of
    the root filesystem the request is the most of it, one at a time.
    """
    needs_fio(t)
    with tempfile.NamedTemporaryFile(dir='/var/tmp', prefix='probetop-fio-') as file:
        for _ in range(64):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        words = loop.fio_words(types.SimpleNamespace(path=file.name), ('--rw=randread', '--bs=4k', '--number_ios=3000', '--size=64m'))
        frame, job = fio_and_report(words)
    rows = [r for r in frame['rows'] if r['comm'] == 'fio' and r['reads'] >= 3000]
    if not rows:
        t.skip('the root filesystem lies on no block device')
    for key, percentile in (('lat_p50_ns', '50.000000'), ('lat_p99_ns', '99.000000')):
        theirs = job['read']['clat_ns']['percentile'][percentile]
        t.note(f'{key} {rows[0][key]}, fio {theirs}')
        t.between(slot(theirs) - 1, slot(rows[0][key]), slot(theirs) + 1, f'bucket of {key}')


def fio_and_diskstats(t, scheduler):
    needs_fio(t)
    with loop.Loop(64, scheduler) as device:
        words = loop.fio_words(device, ('--rw=randrw', '--rwmixread=70', '--bs=64k', '--number_ios=3000', '--io_size=1g'))

        def by_process():
            frame, job = fio_and_report(words)
            rows = [r for r in frame['rows'] if r['device'] == device.name and r['comm'] == 'fio']
            return ((job['read']['total_ios'], job['write']['total_ios'], job['read']['io_bytes'], job['write']['io_bytes']),
                    tuple(sum(r[k] for r in rows) for k in ('reads', 'writes', 'read_bytes', 'write_bytes')), frame)

        def by_device():
            before = diskstats(device.name)
            frame, _ = watched('latency', lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL), 4)
            return growth(before, diskstats(device.name)), by_operation(frame, device.name), frame

        theirs, ours, _ = undisturbed(t, by_process)
        t.equal(ours, theirs, 'requests and bytes of the process, and of fio')
        theirs, ours, _ = undisturbed(t, by_device)
        t.ok(theirs['read'][0] > 1500 and theirs['write'][0] > 500, f'the load itself: {theirs}')
        t.equal(ours, theirs, 'requests and bytes of the device, and of /proc/diskstats')


def fio_without_a_scheduler(t):
    fio_and_diskstats(t, 'none')


def fio_with_a_scheduler(t):
    fio_and_diskstats(t, 'mq-deadline')


def a_filesystem(path):
    """Files written through and synced (flushes before and after the journal's records), then removed and trimmed."""
    for i in range(10):
        with open(f'{path}/file{i}', 'wb') as f:
            f.write(bytes(300000))
            os.fsync(f.fileno())
    for i in range(10):
        os.unlink(f'{path}/file{i}')
    os.sync()
    subprocess.run(['fstrim', path], check=True)


def a_journalling_filesystem_counts_as_in_diskstats(t):
    """Flush sequences: what asks for a flush completes in two steps, the device's flush is a request of its own."""
    if not shutil.which('fstrim'):
        t.skip('needs fstrim')
    with loop.Loop(64) as device, blocks.Ext4(device.path) as mount:
        os.sync()

        def by_device():
            before = diskstats(device.name)

            def load():
                a_filesystem(mount.path)
                os.sync()

            frame, _ = watched('latency', load, 5)
            return growth(before, diskstats(device.name)), by_operation(frame, device.name), frame

        for attempt in range(3):
            theirs, ours, _ = undisturbed(t, by_device)
            if ours == theirs:  # the filesystem's own threads may write just outside the window
                break
            t.note(f'attempt {attempt + 1}: {ours}, diskstats {theirs}')
        t.ok(all(theirs[op][0] >= 5 for op in ('write', 'flush')) and theirs['discard'][0], f'the load itself: {theirs}')
        t.equal(ours, theirs, 'requests and bytes, and those of /proc/diskstats')


if __name__ == '__main__':
    live.main([
        fio_without_a_scheduler,
        fio_with_a_scheduler,
        a_journalling_filesystem_counts_as_in_diskstats,
        percentiles_are_those_of_fio,
    ], tries=3)
