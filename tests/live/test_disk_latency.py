#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""disk/latency against fio's own percentiles and bins, /proc/diskstats, and requests of known sizes."""
import ctypes
import mmap
import os
import re
import shutil
import subprocess
import tempfile
import time

import live
import loop
import truth
from live import Probetop

VIEW = ('--pane=disk', '--view=latency', '-f', 'json')
KEYS = os.path.join(live.BUILD, 'tests', 'golden', 'golden_keys')
MIB = 1 << 20
READ_IOS, WRITE_IOS, DISCARD_IOS, FLUSH_IOS = 3, 7, 14, 18  # fields of a line of /proc/diskstats


def diskstats(name):
    with open('/proc/diskstats', encoding='ascii') as f:
        for line in f:
            words = line.split()
            if words[2] == name:
                return {'read': int(words[READ_IOS]), 'write': int(words[WRITE_IOS]),
                        'discard': int(words[DISCARD_IOS]), 'flush': int(words[FLUSH_IOS])}
    raise live.tap.Fail(f'{name} is not in /proc/diskstats')


def total_of(command, *options):
    """One report of --total over a command. Returns (frame, what the command wrote)."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:  # memory: the report makes no I/O
        report = os.path.join(folder, 'report')
        with Probetop('--total', *VIEW, *options, '-o', report, '--', *command) as p:
            out = p.finish(120).decode()
        with open(report, encoding='utf-8') as f:
            return truth.objects(f.read())[-1], out


def frames_over(run, *options):
    """Runs run() while probetop counts in intervals. Returns (frames, what run() returned)."""
    with Probetop('-b', '-n', 1000, '-d', '500ms', *VIEW, *options) as p:
        p.wait_frames(2)
        ret = run()
        p.wait_frames(p.output().count(b'\n') + 3)
        p.signal(2)
        p.wait()
        return truth.objects(p.output().decode()), ret


def sum_hists(frames, device, op, what):
    """A histogram of all intervals together as {lower bound: count}."""
    bins = {}
    for frame in frames:
        for low, nr in hist_of(frame, device, op, what).items():
            bins[low] = bins.get(low, 0) + nr
    return bins


def hist_of(frame, device, op, what):
    """A histogram as {lower bound: count}; empty where there were no such requests."""
    for h in frame['hist']:
        if h['name'] == f'{device} {op} {what}':
            return {low: nr for low, _, nr in h['buckets']}
    return {}


class Loop(loop.Loop):
    """It splits no request of up to a MiB: its number may have had other limits before."""

    def __enter__(self):
        super().__enter__()
        queue = f'/sys/block/{self.name}/queue'
        with open(f'{queue}/max_hw_sectors_kb', encoding='ascii') as f:
            most = f.read()
        with open(f'{queue}/max_sectors_kb', 'w', encoding='ascii') as f:
            f.write(most)
        return self


def needs_fio(t):
    if not shutil.which('fio'):
        t.skip('needs fio')


def fio_in_front(device, *jobs):
    """
    fio in front of everything else on its CPU: it counts until it runs again after a completion,
    and how long that takes on a busy host says nothing about the device.
    """
    words = loop.fio_words(device, *jobs)
    words[1] = '--output-format=json+'
    return ['chrt', '-f', '50', *words]


def slot(ns):
    return max(ns, 1).bit_length()


def below(bins, bound):
    return sum(nr for low, nr in bins.items() if low < bound)


def percentiles_and_bins_are_those_of_fio(t):
    """
    One job, one request at a time. fio's completion latency is from the system call to its return:
    ours, and the way through the system call above the request. So fio's figures are above ours,
    and by less than a bucket where requests are large, or the way there is longer than the request.
    Ours are interpolated inside a bucket.
    """
    needs_fio(t)
    with Loop(64) as device:
        frame, out = total_of(fio_in_front(device, ('--rw=randread', '--bs=256k', '--number_ios=2000', '--io_size=10g')))
        rows = [r for r in frame['rows'] if r['device'] == device.name and r['rwbs'] == 'RS']
        ours = hist_of(frame, device.name, 'read', 'service time')
    clat = loop.fio_jobs(out)[0]['read']['clat_ns']
    bins = {int(ns): nr for ns, nr in clat['bins'].items()}
    t.equal((len(rows), sum(bins.values())), (1, 2000), 'requests of fio')
    t.near(sum(ours.values()), 2000, 20, 'requests; that they are exact is tested elsewhere')
    for key, percentile in (('service_p50_ns', '50.000000'), ('service_p99_ns', '99.000000')):
        theirs = clat['percentile'][percentile]
        t.note(f'{key}: {rows[0][key]}, fio {theirs}')
        t.near(slot(theirs) - slot(rows[0][key]), 0, 1, f'{key} {rows[0][key]}, fio {theirs}: buckets above')
    t.ok(rows[0]['service_max_ns'] <= clat['max'], f'maximum {rows[0]["service_max_ns"]} of at most {clat["max"]}')
    # At each bound: as many of ours are below it as of fio's (ours are shorter), and at twice the
    # bound as many of fio's; one in 50 may have waited for a CPU.
    for bound in (2 ** i for i in range(10, 36)):
        t.ok(below(ours, bound) >= below(bins, bound) - 20, f'below {bound}: {below(ours, bound)}, fio {below(bins, bound)}')
        t.ok(below(bins, 2 * bound) >= below(ours, bound) - 40,
             f'below {2 * bound}: fio {below(bins, 2 * bound)}, ours below {bound} {below(ours, bound)}')


def every_request_is_in_each_histogram(t):
    """As many as /proc/diskstats counts, by operation; what never waited for the device has no time."""
    needs_fio(t)

    words = ('--rw=randrw', '--bs=4k', '--number_ios=3000', '--io_size=10g', '--fsync=100')

    def run():
        before = diskstats(device.name)
        subprocess.run(loop.fio_words(device, words), check=True, capture_output=True, timeout=120)
        subprocess.run(['blkdiscard', '-o', '0', '-l', str(MIB), device.path], check=False, capture_output=True)
        after = diskstats(device.name)
        return {op: after[op] - before[op] for op in after}

    with Loop(32) as device:
        frames, want = frames_over(run)
    t.ok(want['read'] > 1000 and want['write'] > 1000 and want['flush'] > 10, f'the load: {want}')
    for op, nr in want.items():
        rows = [(r, f) for f in frames for r in f['rows'] if r['device'] == device.name and r['op'] == op]
        # rates and intervals have three decimals
        t.near(sum(r['count_per_s'] * f['interval_s'] for r, f in rows), nr, 0.01 * nr + 0.5, f'{op}: rows by flags')
        # an empty write that asks for a flush is a write to diskstats; the device gets the flush, never the write
        empty = round(sum(r['count_per_s'] * f['interval_s'] for r, f in rows if r['avg_bytes'] == 0))
        timed = nr if op == 'flush' else nr - empty
        for what in ('queue time', 'service time') if op != 'flush' else ('service time',):
            t.equal(sum(sum_hists(frames, device.name, op, what).values()), timed, f'{op}: {what}, {empty} without data')
    t.note(f'{want}')
    t.ok(all(f['complete'] and not f['na'] for f in frames), 'nothing is missing')


def buffer_of_one_piece(size):
    """Memory that the kernel sees as few long pieces, aligned to them: a request is not split for its pages."""
    huge = 2 * MIB
    area = mmap.mmap(-1, size + huge, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    area.madvise(mmap.MADV_HUGEPAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    start = -address % huge
    view = memoryview(area)[start:start + size]
    view[:] = bytes(size)
    return view


def read_pieces(device, size, nr, buffer):
    fd = os.open(device.path, os.O_RDONLY | os.O_DIRECT)
    try:
        for i in range(nr):
            if os.preadv(fd, [buffer[:size]], i * size % (16 * MIB)) != size:
                raise live.tap.Fail('a short read')
    finally:
        os.close(fd)


SIZES = {4 << 10: 300, 64 << 10: 200, MIB: 50}


def sizes_are_in_their_slots(t):
    buffer = buffer_of_one_piece(MIB)
    with Loop(32) as device:
        def run():
            before = diskstats(device.name)['read']
            for size, nr in SIZES.items():
                read_pieces(device, size, nr, buffer)
            return diskstats(device.name)['read'] - before

        frames, requests = frames_over(run)
        sizes = sum_hists(frames, device.name, 'read', 'size')
        unit = {h['unit'] for f in frames for h in f['hist'] if h['name'].endswith(' size')}
    t.equal(unit, {'bytes'}, 'unit')
    t.equal(sum(sizes.values()), requests, 'requests, as /proc/diskstats has them')
    if requests != sum(SIZES.values()):
        t.equal((sizes[4 << 10], sizes[64 << 10]), (300, 200), 'small sizes')
        t.skip(f'this kernel splits requests of 1 MiB: {sizes}')
    t.equal(sizes, SIZES, 'requests by size')


def screen(record, *words, size='120x40'):
    """The screen after the recording, with keys pressed between its intervals."""
    return subprocess.run([KEYS, record, 'disk/latency', size, *words], capture_output=True, text=True, check=True,
                          timeout=60).stdout.splitlines()


def table(lines, heading):
    """Rows under the heading as lists of words."""
    at = next((i for i, line in enumerate(lines) if re.search(heading, line)), None)
    if at is None:
        raise live.tap.Fail(f'no heading {heading!r}:\n' + '\n'.join(lines))
    rows = []
    for line in lines[at + 1:]:
        if not line.strip():
            break
        rows.append(line.split())
    return rows


def recorded(run, folder):
    """A recording over run(). Returns (file, intervals in it, what run() returned)."""
    record = os.path.join(folder, 'record')
    with Probetop('-b', '-n', 1000, '-d', '500ms', *VIEW, f'--record={record}') as p:
        p.wait_frames(2)
        ret = run()
        p.wait_frames(p.output().count(b'\n') + 3)
        p.signal(2)
        p.wait()
        return record, p.output().count(b'\n'), ret


def who_is_in_a_bucket(t):
    """Two jobs, one slow by the size of its requests: the last bucket names it, the first the other."""
    needs_fio(t)
    small, large = ('--rw=randread', '--bs=4k', '--rate_iops=200'), ('--rw=write', '--bs=1m', '--rate_iops=20')
    with Loop(64) as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        def run():
            jobs = [subprocess.Popen([*loop.fio_words(device, job, runtime_s=4), '--thread', f'--output={folder}/{i}'],
                                     stdout=subprocess.DEVNULL) for i, job in enumerate((small, large))]
            for job in jobs:
                job.wait(60)
            return [job.pid for job in jobs]

        record, ticks, pids = recorded(run, folder)
        start = ('tick', 'B', f'tick={ticks - 2}', 'g', device.name, 'Enter')
        shown = {name: screen(record, *start, *keys) for name, keys in {
            'small': ('Right', 'Home', 'Enter'), 'large': ('Right', 'End', 'Enter'),
            'sizes': ('Right',), 'fast': ('Home', 'Enter'), 'reads': ('g', 'read', 'Enter', 'Left', 'Right', 'Home', 'Enter'),
            'process': ('Right', 'End', 'Enter', 'Enter')}.items()}
    t.contains('\n'.join(shown['sizes']), '[size', 'the histogram that is chosen')
    for name, pid in (('small', pids[0]), ('large', pids[1])):
        rows = table(shown[name], 'PID +COUNT')
        t.equal([r[0] for r in rows], [str(pid)], f'{name}: processes in the bucket of that size: {rows}')
        t.equal((rows[0][2], rows[0][-1]), ('100', 'fio'), f'{name}: share and name of {rows}')
        t.ok(any(f'fio ({pid})' in line and device.name in line for line in shown[name]), f'{name}: a single request:\n'
             + '\n'.join(shown[name]))
        t.ok(any(f'latency > size {"4.0K" if name == "small" else ""}' in line for line in shown[name]), f'{name}: where one is')
    fast, reads = table(shown['fast'], 'PID +COUNT'), table(shown['reads'], 'PID +COUNT')
    t.equal(fast[0][0], str(pids[0]), f'the shortest service times: {fast}')
    t.equal({r[0] for r in reads}, {str(pids[0])}, f'reads only: {reads}')
    t.ok(any(f'({pids[1]})' in line for line in shown['process'][:9]), 'Enter on a process opens its page')


def its_own_histograms_of_a_process(t):
    """Tab from the page of a process: its requests, not those of the other."""
    needs_fio(t)
    with Loop(32) as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        def run():
            jobs = [subprocess.Popen([*loop.fio_words(device, ('--rw=randread', f'--bs={bs}', '--rate_iops=200'), runtime_s=6),
                                      '--thread', f'--output={folder}/{bs}'], stdout=subprocess.DEVNULL) for bs in ('4k', '32k')]
            for job in jobs:
                job.wait(60)
            return [job.pid for job in jobs]

        record, _, pids = recorded(run, folder)
        # both still run in the ninth interval of half a second: they began after the second
        shown = screen(record, 'tick', 'B', 'tick=8', 'g', device.name, 'Enter', 'Right', 'Home', 'Enter', 'Enter',
                       'Tab', 'Tab', 'Tab', 'tick=1')
    text = '\n'.join(shown)
    t.ok(any(f'({pids[0]})' in line and 'latency' in line for line in shown), f'where one is:\n{text}')
    t.ok('[size avg 4.0K]' in text, f'sizes of the process:\n{text}')
    t.ok('32.0K |' not in text, f'the other is not in it:\n{text}')


if __name__ == '__main__':
    live.main([percentiles_and_bins_are_those_of_fio, every_request_is_in_each_histogram, sizes_are_in_their_slots,
               who_is_in_a_bucket, its_own_histograms_of_a_process], tries=3)
