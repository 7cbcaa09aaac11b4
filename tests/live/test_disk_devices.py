#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""disk/devices against /proc/diskstats, and what queue time, service time and block wait tell apart.

Most cases have a loop device of their own that nothing else uses: before the load and after it the
device is quiet, so that /proc/diskstats read just inside the window and just outside say the same,
and counts have to be exact. The disk of the root filesystem is never quiet: there the two bound
what may be told.
"""
import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import live
import loop
import tap
from live import Probetop, truth

SECTOR = 512
TRIES = 5
NS = 1_000_000_000
MS = 1_000_000
FIELDS = ('reads', 'read_merges', 'read_sectors', 'read_ms', 'writes', 'write_merges', 'write_sectors',
          'write_ms', 'inflight', 'busy_ms', 'queue_ms', 'discards', 'discard_merges', 'discard_sectors',
          'discard_ms', 'flushes', 'flush_ms')
CGROUP = '/sys/fs/cgroup/blkio/probetop-devices'


def diskstats():
    """{device: {field: value}}"""
    stats = {}
    for line in pathlib.Path('/proc/diskstats').read_text().splitlines():
        _, _, name, *values = line.split()
        stats[name] = dict(zip(FIELDS, map(int, values)))
    return stats


def growth(before, after, device):
    return {f: after[device][f] - before[device][f] for f in before[device]}


def row_of(frame, device):
    return next((r for r in frame['rows'] if r['device'] == device), None)


def counts_of(frames, device, key):
    """What the intervals of the frames hold together: rates have three decimals, so counts are whole again."""
    total = 0
    for begin_ns, end_ns, frame in truth.windows(frames):
        row = row_of(frame, device)
        if not row or row[key] is None:
            raise tap.Fail(f'{device} has no {key} in a frame')
        total += row[key] * (end_ns - begin_ns) / NS
    return total


@contextlib.contextmanager
def partitions(device):
    """Two partitions, whether the kernel reads partition tables or not."""
    made = []
    try:
        for number in (1, 2):
            words = ['addpart', device.path, str(number), str(2048 + (number - 1) * 49152), '40960']
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                raise tap.Skip(f'no partitions here: {done.stderr.strip()}')
            made.append(number)
        with open('/proc/diskstats', encoding='ascii') as f:
            names = [line.split()[2] for line in f]
        yield [n for n in names if n.startswith(device.name + 'p')]
    finally:
        for number in made:
            subprocess.run(['delpart', device.path, str(number)], check=False)


def fio(path, *options):
    """Runs to its end; the report as JSON."""
    words = ['fio', '--output-format=json', '--name=job', f'--filename={path}', '--direct=1', '--randrepeat=1',
             '--allow_mounted_write=0', *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=live.SLACK_S, check=False)
    if done.returncode:
        raise tap.Fail(f'fio ended with {done.returncode}: {done.stderr}')
    return loop.fio_jobs(done.stdout)[0]


def load_all_kinds(device, parts):
    """Reads and writes through both partitions and beside them, merges, flushes, discards."""
    fio(f'/dev/{parts[0]}', '--rw=randrw', '--bs=4k', '--ioengine=libaio', '--iodepth=8', '--number_ios=2000', '--size=20m')
    fio(f'/dev/{parts[1]}', '--rw=randwrite', '--bs=16k', '--ioengine=psync', '--number_ios=500', '--fsync=50', '--size=20m')
    fio(device.path, '--rw=randread', '--bs=64k', '--ioengine=psync', '--number_ios=300', '--size=64m')
    subprocess.run(['blkdiscard', '-o', '0', '-l', '1048576', device.path], check=False)
    subprocess.run(['dd', 'if=/dev/zero', f'of=/dev/{parts[1]}', 'bs=64k', 'count=100', 'conv=fsync'], check=True,
                   capture_output=True)


def watch(device_load, *options):
    """The frames around a load that begins and ends inside them, and /proc/diskstats on both sides of it."""
    words = ['-b', '--pane=disk', '--view=devices', '-f', 'json', '-d', '0.5', *options]
    with Probetop(*words) as p:
        p.wait_frames(2) # counters of /proc/diskstats are known from the second on
        before = diskstats()
        device_load()
        after = diskstats()
        p.wait_frames(p.output().count(b'\n') + 2)
        p.signal(2)
        p.wait()
        return [f for f in truth.objects(p.output().decode()) if f['view'] == 'devices'], before, after


KEYS = {'reads_per_s': ('reads', 1), 'writes_per_s': ('writes', 1), 'discards_per_s': ('discards', 1),
        'flushes_per_s': ('flushes', 1), 'read_bytes_per_s': ('read_sectors', SECTOR),
        'write_bytes_per_s': ('write_sectors', SECTOR), 'discard_bytes_per_s': ('discard_sectors', SECTOR),
        'read_merges_per_s': ('read_merges', 1), 'write_merges_per_s': ('write_merges', 1)}


def compare_counts(t, frames, before, after, devices):
    for device in devices:
        grown = growth(before, after, device)
        for key, (field, unit) in KEYS.items():
            if field not in grown:
                continue
            ours = counts_of(frames, device, key)
            # Bytes are told as whole bytes a second: half of one is lost in each interval.
            t.near(ours, grown[field] * unit, len(frames) / 2 + 0.5 if unit > 1 else 0.5, f'{device} {key}')
        t.note(f"{device}: {grown['reads']} reads, {grown['writes']} writes, {grown.get('flushes')} flushes, "
               f"{grown.get('discards')} discards, {grown['write_merges']} merged")


def counts_are_those_of_diskstats(t):
    with loop.Loop(scheduler='mq-deadline') as device, partitions(device) as parts:
        frames, before, after = watch(lambda: load_all_kinds(device, parts))
        compare_counts(t, frames, before, after, [device.name, *parts])
        grown = growth(before, after, device.name)
        t.ok(grown['reads'] > 1000 and grown['writes'] > 1000 and grown['flushes'] > 5, f'the load was no load: {grown}')
        row = row_of(frames[-1], parts[0])
        t.equal(row['parent'], device.name, 'what the partition stands on')
        t.equal(row['service_p99_ns'], None, 'service time of a partition')
        t.equal(row_of(frames[-1], device.name)['parent'] is not None, True, 'the loop device stands on a disk')


def root_disk():
    """The whole disk below the root filesystem."""
    number = os.stat('/').st_dev
    path = f'/sys/dev/block/{os.major(number)}:{os.minor(number)}'
    if not os.path.exists(path):
        raise tap.Skip('the root filesystem lies on no block device')
    path = os.path.realpath(path)
    return os.path.basename(os.path.dirname(path) if os.path.exists(f'{path}/partition') else path)


def load_root(file):
    block = os.urandom(1 << 20)
    for _ in range(20):
        os.write(file.fileno(), block)
        os.fsync(file.fileno())
    fio(file.name, '--rw=randread', '--bs=4k', '--ioengine=psync', '--number_ios=500', '--size=20m')


def the_root_disk_is_within_the_window(t):
    """Readings before one tick and after it, and the same at the end of the load."""
    disk = root_disk()
    with Probetop('-b', '--pane=disk', '--view=devices', '-f', 'json', '-d', '0.5') as p, \
            tempfile.NamedTemporaryFile(dir='/var/tmp', prefix='probetop-root-') as file:
        p.wait_frames(2)
        outer_begin = diskstats()
        first = p.output().count(b'\n') + 1 # the frame before it may have had its tick already
        p.wait_frames(first + 1)
        inner_begin = diskstats()
        load_root(file)
        inner_end = diskstats()
        last = p.output().count(b'\n') + 1
        p.wait_frames(last + 1)
        outer_end = diskstats()
        p.signal(2)
        p.wait()
        frames = truth.objects(p.output().decode())[first:last + 1]
    inner, outer = growth(inner_begin, inner_end, disk), growth(outer_begin, outer_end, disk)
    for key, (field, unit) in KEYS.items():
        if field in inner:
            slack = len(frames) / 2 + 0.5 if unit > 1 else 0.5 # what is lost in rates
            t.between(inner[field] * unit - slack, counts_of(frames, disk, key), outer[field] * unit + slack, f'{disk} {key}')
    t.note(f"{disk}: {inner['reads']} <= reads <= {outer['reads']}, {inner['writes']} <= writes <= {outer['writes']}")
    t.ok(inner['reads'] >= 500 and inner['flushes'] > 5, f'the load was no load: {inner}')


def without_bpf_too(t):
    with loop.Loop(scheduler='mq-deadline') as device, partitions(device) as parts:
        frames, before, after = watch(lambda: load_all_kinds(device, parts), '--no-bpf')
        compare_counts(t, frames, before, after, [device.name, *parts])
        t.contains(frames[-1]['na'].get('service_p99_ns', ''), 'BPF', 'reason')


def total_is_the_sum(t):
    """--total: one report at the end of a command, exact to the request."""
    with loop.Loop(scheduler='mq-deadline') as device:
        before = diskstats()
        words = ['fio', '--name=job', f'--filename={device.path}', '--direct=1', '--rw=randread', '--bs=4k', '--size=32m',
                 '--number_ios=3000', '--ioengine=psync', '--output=/dev/null']
        with Probetop('-b', '--pane=disk', '--view=devices', '-f', 'json', '--total', '-d', '3', '-n', '1') as p:
            time.sleep(1)
            subprocess.run(words, check=True, timeout=live.SLACK_S)
            frame = p.frames()[-1]
        after = diskstats()
        row = row_of(frame, device.name)
        t.between(3000, row['reads'], growth(before, after, device.name)['reads'], 'reads')
        t.between(3000 * 4096, row['read_bytes'], growth(before, after, device.name)['read_sectors'] * SECTOR, 'bytes')


def depth_and_await_are_those_of_diskstats(t):
    """
    Sums of time over the whole load. /proc/diskstats stamps a request when it is made and when its
    completion is accounted, BPF at its hooks between: a few microseconds of some hundred. 10 %.
    """
    with loop.Loop(scheduler='mq-deadline') as device:
        frames, before, after = watch(lambda: fio(
            device.path, '--rw=randread', '--bs=4k', '--ioengine=libaio', '--iodepth=16', '--runtime=2', '--time_based',
            '--size=64m'))
        grown = growth(before, after, device.name)
        kernel_ms = grown['read_ms'] + grown['write_ms']
        ours_ms = counts_of(frames, device.name, 'depth') * 1000
        await_ms = sum((row_of(f, device.name)['await_ns'] or 0) * row_of(f, device.name)['reads_per_s'] * (end - begin) / NS
                       for begin, end, f in truth.windows(frames)) / MS
        t.note(f'time in flight: diskstats {kernel_ms} ms, depth {ours_ms:.0f} ms, await {await_ms:.0f} ms')
        t.near(ours_ms, kernel_ms, kernel_ms / 10, 'time in flight by depth')
        t.near(await_ms, kernel_ms, kernel_ms / 10, 'time in flight by await')
        most = statistics.median_low(row_of(f, device.name)['depth_max'] for f in frames[3:-3])
        t.equal(most, 16, 'most in flight at once')


def utilisation_is_that_of_diskstats(t):
    """
    busy_ms counts in jiffies (1 to 10 ms), a whole one where a request falls into two: so bursts of
    requests that last several of them are compared (32 MiB at once, then a pause), within a quarter.
    """
    with loop.Loop(scheduler='mq-deadline') as device:
        frames, before, after = watch(lambda: fio(
            device.path, '--rw=randread', '--bs=256k', '--ioengine=libaio', '--iodepth=32', '--iodepth_batch=32',
            '--iodepth_batch_complete_min=32', '--thinktime=50ms', '--thinktime_blocks=128', '--runtime=3', '--time_based',
            '--size=64m'))
        kernel_ms = growth(before, after, device.name)['busy_ms']
        ours_ms = counts_of(frames, device.name, 'util_pct') * 10
        span_ms = (frames[-1]['mono_ns'] - frames[0]['mono_ns']) / MS
        t.note(f'busy: diskstats {kernel_ms} ms, ours {ours_ms:.0f} ms, of {span_ms:.0f} ms')
        t.near(ours_ms, kernel_ms, kernel_ms / 4, 'busy time')
        t.ok(all(row_of(f, device.name)['util_pct'] <= 100 for f in frames), 'more than 100 %')
        t.ok(kernel_ms > span_ms / 20, 'the load was no load')


def times_at_depth(device, depth):
    """Queue and service time on average, in ns, in the middle of a load."""
    with Probetop('-b', '--pane=disk', '--view=devices', '-f', 'json', '-d', '0.25') as p:
        job = subprocess.Popen(['fio', '--name=job', f'--filename={device.path}', '--direct=1', '--rw=randread', '--bs=4k',
                                '--ioengine=libaio', f'--iodepth={depth}', '--runtime=1500ms', '--time_based', '--size=64m',
                                '--output=/dev/null'])
        job.wait(live.SLACK_S)
        p.signal(2)
        p.wait()
        frames = truth.objects(p.output().decode())
    rows = [row_of(f, device.name) for f in frames]
    rows = [r for r in rows if r and r['reads_per_s']][1:-1] # whole intervals of the load
    if not rows or max(r['depth_max'] for r in rows) < depth:
        raise tap.Fail(f'depth {depth}: there were never that many in flight')
    return (statistics.median(r['queue_avg_ns'] for r in rows), statistics.median(r['service_avg_ns'] for r in rows))


def times_by_depth(device):
    """Medians of some runs at either depth, by turns: queue times and service times."""
    runs = {128: [], 256: []}
    for _ in range(4):
        for depth, times in runs.items():
            times.append(times_at_depth(device, depth))
    return tuple({d: statistics.median(pair[i] for pair in times) for d, times in runs.items()} for i in (0, 1))


def more_depth_is_queue_time_not_service_time(t):
    """
    A loop device takes 128 requests; the scheduler holds up to nr_requests. At a depth of 128 all
    are at the device, at 256 half of them wait in the scheduler: the queue grows, and the device
    is as fast as before. nr_requests has to hold them all, else the rest waits for a free request
    before there is one, and is seen by nobody but the process. The loop device reads past the page
    cache: so it is the disk below that takes the time, and 128 keep it busy; from memory it would take
    longer the more often all of the 128 wait for a CPU. Runs are interleaved, and begun anew where the
    disk changed its pace meanwhile.
    """
    with loop.Loop(scheduler='mq-deadline') as device:
        done = subprocess.run(['losetup', '--direct-io=on', device.path], capture_output=True, text=True, check=False)
        if done.returncode:
            t.skip(f'no direct I/O below a loop device here: {done.stderr.strip()}')
        pathlib.Path(f'/sys/block/{device.name}/queue/nr_requests').write_text('256')
        for left in reversed(range(TRIES)):
            queue, service = times_by_depth(device)
            for depth in queue:
                t.note(f'depth {depth}: queue {queue[depth] / 1000:.0f} us, service {service[depth] / 1000:.0f} us')
            if abs(service[256] - service[128]) <= 0.2 * service[128] or not left:
                break
        t.ok(queue[256] >= 2.5 * queue[128], 'queue time has not grown several-fold')
        t.near(service[256], service[128], service[128] * 0.2, 'service time')


@contextlib.contextmanager
def blkio_group(device, reads_per_s):
    """A group of the v1 controller in which the device gives so many reads a second."""
    try:
        os.mkdir(CGROUP)
    except OSError as e:
        raise tap.Skip(f'no v1 blkio controller at {os.path.dirname(CGROUP)}: {e.strerror}') from e
    try:
        pathlib.Path(CGROUP, 'blkio.throttle.read_iops_device').write_text(f'{device.numbers} {reads_per_s}')
        yield CGROUP
    finally:
        for _ in range(100): # the last process may still be on its way out
            with contextlib.suppress(OSError):
                os.rmdir(CGROUP)
                break
            time.sleep(0.05)


def reads_of_one(device, group, seconds=4):
    """A process that reads, one request at a time; its rows and the device's, in the middle of it."""
    def join():
        if group:
            pathlib.Path(group, 'cgroup.procs').write_text(str(os.getpid()))
    views = []
    with Probetop('-b', '--pane=all', '--view=all', '-f', 'json', '-d', '0.5') as p, subprocess.Popen(
            ['fio', '--name=job', f'--filename={device.path}', '--direct=1', '--rw=randread', '--bs=4k', '--ioengine=psync',
             f'--runtime={seconds}', '--time_based', '--size=64m', '--thread', '--output=/dev/null'], preexec_fn=join) as job:
        job.wait(live.SLACK_S)
        p.signal(2)
        p.wait()
        frames = truth.objects(p.output().decode())
        for pane, view in (('cpu', 'processes'), ('disk', 'processes'), ('disk', 'devices')):
            mine = [f for f in frames if f['pane'] == pane and f['view'] == view]
            rows = [r for f in mine for r in f['rows']
                    if (r.get('pid') == job.pid if view == 'processes' else r['device'] == device.name)]
            views.append(rows[2:-2]) # fio starts and ends
    return views


def a_limit_is_block_wait_of_the_process_not_of_the_device(t):
    """
    Throttled at 50 reads a second: a bio waits 20 ms before there is a request. The device may be
    slower when it is asked seldom (CPUs sleep): 4 times what it took is nothing beside 20 ms.
    """
    with loop.Loop(scheduler='mq-deadline') as device:
        free = reads_of_one(device, None)[2]
        with blkio_group(device, 50) as group:
            cpu, disk, limited = reads_of_one(device, group)
    if not cpu or not disk or not free or not limited:
        raise tap.Fail('a row is missing')
    blocked = statistics.median(r['disk_ns_per_s'] for r in cpu) / NS
    in_disk = statistics.median(r['disk_ns_per_s'] for r in disk) / NS
    reads = statistics.median(r['reads_per_s'] for r in limited)
    await_free = statistics.median(r['await_ns'] for r in free if r['await_ns'])
    await_limited = statistics.median(r['await_ns'] for r in limited if r['await_ns'])
    service_free = statistics.median(r['service_avg_ns'] for r in free if r['service_avg_ns'])
    service_limited = statistics.median(r['service_avg_ns'] for r in limited if r['service_avg_ns'])
    t.note(f'limited: {reads} reads/s, blocked {blocked:.2f} s/s (disk pane {in_disk:.2f}), await {await_limited / 1000:.0f} us '
           f'(free {await_free / 1000:.0f}), service {service_limited / 1000:.0f} us (free {service_free / 1000:.0f})')
    t.near(reads, 50, 10, 'reads a second')
    t.ok(blocked > 0.9, 'the process does not show its wait')
    t.ok(in_disk > 0.9, 'the process does not show its wait in the disk pane')
    t.ok(await_limited < 4 * await_free + MS, 'the wait is charged to the device')
    t.ok(service_limited < 4 * service_free + MS, 'service time has grown')
    t.ok(await_limited < 5 * MS, 'the device seems to take a part of the 20 ms')


def devices_without_media_are_hidden(t):
    with loop.Loop() as device:
        with Probetop('-b', '--pane=disk', '--view=devices', '-f', 'json', '-d', '0.5', '-n', '2') as p:
            names = [r['device'] for r in p.frames()[-1]['rows']]
        t.ok(device.name in names, 'the one with media is missing')
        for name in os.listdir('/sys/block'):
            size = int(pathlib.Path(f'/sys/block/{name}/size').read_text())
            if not size and name.startswith('loop'):
                t.ok(name not in names, f'{name} has no media and is shown')


live.main([
    counts_are_those_of_diskstats,
    the_root_disk_is_within_the_window,
    without_bpf_too,
    total_is_the_sum,
    depth_and_await_are_those_of_diskstats,
    utilisation_is_that_of_diskstats,
    more_depth_is_queue_time_not_service_time,
    a_limit_is_block_wait_of_the_process_not_of_the_device,
    devices_without_media_are_hidden,
], tries=3)
