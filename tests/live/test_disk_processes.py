#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""disk/processes against fio's own count, against 200 programs that read a known number of blocks, and against limits."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import live
import loop
import truth
from blocks import Ext4, Loop
from live import Probetop

DISK = ('--pane=disk', '--view=processes', '-f', 'json')
MIB = 1 << 20
SMALL = ('--rw=randread', '--bs=4k', '--number_ios=2000', '--io_size=1g')
LARGE = ('--rw=write', '--bs=64k', '--number_ios=500', '--io_size=1g')


def rows_on(frame, device):
    return [r for r in frame['rows'] if r['device'] == device]


def sums(rows, *keys):
    return tuple(sum(r[k] or 0 for r in rows) for k in keys)


def fio_sums(jobs):
    """Reads, writes, bytes read, bytes written as fio counted them."""
    return tuple(sum(j[op][key] for j in jobs)
                 for op, key in (('read', 'total_ios'), ('write', 'total_ios'),
                                 ('read', 'io_bytes'), ('write', 'io_bytes')))


def total_of(command, *options):
    """One report of --total over a command. Returns (frame, what the command wrote to its standard error)."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:  # memory: the report makes no I/O
        report = os.path.join(folder, 'report')
        with Probetop('--total', *DISK, '-o', report, *options, '--', *command) as p:
            out = p.finish(120).decode()
        with open(report, encoding='utf-8') as f:
            return truth.objects(f.read())[-1], out


def undisturbed(t, measure):
    """
    A sandboxed kernel runs no program on top of a task that it hides, and a program may have to be read from the root
    disk once more: measure() is called again where its last value says so.
    """
    for attempt in range(4):
        *result, frame = measure()
        rows = [r for r in frame['rows'] if r['comm'] in ('fio', 'dd', '')]
        lost = frame['lost']['disk']['unmatched']
        if not lost and all(r['devices'] == 1 for r in rows):
            break
        t.note(f'attempt {attempt + 1}: {lost} requests without a start or an end, devices {[r["devices"] for r in rows]}')
    return (*result, frame)


def needs_fio(t):
    if not shutil.which('fio'):
        t.skip('needs fio')


def two_jobs_are_counted_exactly(t):
    needs_fio(t)
    subprocess.run(['fio', '--version'], check=True, stdout=subprocess.DEVNULL)  # into the page cache
    with loop.Loop() as device:
        out, frame = undisturbed(t, lambda: reversed(total_of(loop.fio_words(device, SMALL, LARGE))))
        rows = rows_on(frame, device.name)
    jobs = loop.fio_jobs(out)
    t.equal([j['error'] for j in jobs], [0, 0], 'errors of fio itself')
    t.equal(sums(rows, 'reads', 'writes', 'read_bytes', 'write_bytes'), fio_sums(jobs),
            'reads, writes and bytes of both jobs')
    t.equal(fio_sums(jobs)[:2], (2000, 500), 'the load itself')
    t.equal(sums(rows, 'errors', 'inferred', 'discards', 'others'), (0, 0, 0, 0), 'nothing else')
    t.equal({r['comm'] for r in rows}, {'fio'}, 'commands')
    t.ok(frame['complete'] and not frame['na'], f'nothing is missing: {frame["na"]}')
    for r in rows:
        t.ok(0 < r['lat_p50_ns'] <= r['lat_p99_ns'] <= r['lat_max_ns'], f'latencies of {r}')
        t.ok(r['queue_p50_ns'] <= r['lat_max_ns'] and r['service_p99_ns'] <= r['lat_max_ns'], f'parts of {r}')
        t.equal(r['avg_bytes'], r['bytes'] // (r['reads'] + r['writes']), 'average size')


def rows_of_two_jobs_while_they_run(t):
    """Two processes of known rates and sizes: their rows, their order, their shares."""
    needs_fio(t)
    small = ('--rw=randread', '--bs=4k', '--rate_iops=500')
    large = ('--rw=write', '--bs=64k', '--rate_iops=200')
    with loop.Loop() as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        words = loop.fio_words(device, small, large, runtime_s=8) + [f'--output={folder}/out']
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as fio, \
                Probetop('-b', '-n', 4, '-d', 1, *DISK) as p:
            frames = p.frames()
            fio.wait(60)
        seen = [rows_on(f, device.name) for f in frames]
    whole = [rows for rows in seen if sum(r['requests_per_s'] > 0 for r in rows) == 2]
    t.ok(len(whole) >= 2, f'two busy rows in {len(whole)} of {len(frames)} intervals')
    for rows in whole[1:]:
        busy = [r for r in rows if r['requests_per_s']]
        writer, reader = busy  # 12.5 MiB/s before 2 MiB/s: the view's own order is by bytes
        t.ok(writer['writes_per_s'] and reader['reads_per_s'], f'order of {busy}')
        t.equal((writer['reads_per_s'], reader['writes_per_s']), (0, 0), 'who does what')
        t.equal((writer['avg_bytes'], reader['avg_bytes']), (65536, 4096), 'sizes')
        # fio keeps a rate over longer times than a second, and a host that is busy delays it
        t.between(100, writer['writes_per_s'], 400, 'writes/s of 200')
        t.between(250, reader['reads_per_s'], 1000, 'reads/s of 500')
        t.ok(writer['bytes_per_s'] > reader['bytes_per_s'], 'bytes')
        # the map of processes and that of devices are read one after the other
        t.near(sum(r['device_share_pct'] for r in rows), 100, 3, 'shares of the device')
        for r in busy:
            t.ok(r['pid'] and r['ppid'] == fio.pid and r['processes'] == 1, f'identity of {r}')
            t.ok(r['disk_pct'] > 0, f'block wait of {r}')


def one_process_by_pid(t):
    """--pid shows its row only; under --total with its counts since the start."""
    needs_fio(t)
    with loop.Loop() as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        words = loop.fio_words(device, ('--rw=randread', '--bs=4k', '--rate_iops=200'), runtime_s=6)
        with subprocess.Popen([*words, '--thread', f'--output={folder}/out'], stdout=subprocess.DEVNULL) as fio:
            time.sleep(1)
            with Probetop('-b', '-n', 2, '-d', 1, '-p', fio.pid, *DISK) as p:
                frames = p.frames()
            with Probetop('--total', '-d', 1, '-p', fio.pid, *DISK) as p:
                frames += p.frames()
            fio.wait(60)
    t.equal([[r['pid'] for r in f['rows']] for f in frames], [[fio.pid]] * 3, 'rows')
    t.ok(frames[1]['rows'][0]['reads_per_s'] > 0, f'reads of {frames[1]["rows"]}')
    t.ok(frames[2]['rows'][0]['reads'] > 0, f'reads of {frames[2]["rows"]}')


READS, RUNS = 5, 200


def short_programs(device):
    return ['sh', '-c', f'i=0; while [ $i -lt {RUNS} ]; do i=$((i + 1)); '
            f'dd if={device.path} of=/dev/null bs=4096 count={READS} iflag=direct status=none; done']


def programs_shorter_than_a_tick_are_summed_by_command(t):
    with loop.Loop() as device:
        _, frame = undisturbed(t, lambda: reversed(total_of(short_programs(device))))
        rows = [r for r in rows_on(frame, device.name) if r['comm'] == 'dd']
        dead = [r for r in rows if r['pid'] is None]
    t.equal(len(dead), 1, 'summed rows')
    t.equal(sums(rows, 'reads', 'read_bytes', 'processes'), (RUNS * READS, RUNS * READS * 4096, RUNS),
            'reads, bytes and processes')
    t.ok(dead[0]['processes'] > RUNS / 2, f'{dead[0]["processes"]} are in the sum')
    t.near(sum(r['device_share_pct'] for r in rows_on(frame, device.name)), 100, 0.5, 'shares of the device')


def every_interval_together_has_them_too(t):
    """Rates times intervals: nothing is told twice, and nothing is lost between a row and a sum."""
    with loop.Loop() as device:
        reads, processes, frames_nr, _ = undisturbed(t, lambda: interval_sums(device))
    # a rate has three decimals
    t.near(reads, RUNS * READS, 0.5, 'reads of all intervals')
    t.between(RUNS, processes, RUNS + frames_nr, 'processes; one that lives across a tick is in two')


def interval_sums(device):
    with Probetop('-b', '-n', 1000, '-d', '200ms', *DISK) as p:
        p.wait_frames(2)
        subprocess.run(short_programs(device), check=True)
        end_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        p.wait_output(lambda out: any(f['mono_ns'] > end_ns + 10 ** 9 for f in truth.objects(
            out[:out.rfind(b'\n') + 1].decode())[-1:]))
        p.signal(signal.SIGINT)
        p.wait()
        frames = truth.objects(p.output().decode())
    reads = processes = 0
    for begin_ns, end_ns, frame in truth.windows(frames):
        rows = [r for r in rows_on(frame, device.name) if r['comm'] == 'dd']
        reads += sum(r['reads_per_s'] for r in rows) * (end_ns - begin_ns) / truth.NS
        processes += sum(r['processes'] for r in rows)
    return reads, processes, len(frames), {**frames[-1], 'rows': []}


def groups_sum_them(t):
    needs_fio(t)
    with loop.Loop() as device:
        out, frame = undisturbed(t, lambda: reversed(total_of(loop.fio_words(device, SMALL, LARGE), '--group-by=command')))
        rows = [r for r in frame['rows'] if r['group'] == 'fio']
    t.equal(len(rows), 1, 'groups of that name')
    t.equal(sums(rows, 'reads', 'writes'), fio_sums(loop.fio_jobs(out))[:2], 'reads and writes')
    t.equal(rows[0]['pid'], None, 'a group has no pid')


def sorts_and_filters(t):
    with loop.Loop() as device:
        command = short_programs(device)
        frame, _ = total_of(command, '-F', 'comm=dd lat_p99>1us', '-s', 'p99')
        none, _ = total_of(command, '-F', 'comm=dd lat_p99_ns>100s')
    values = [r['lat_p99_ns'] for r in frame['rows']]
    t.ok(values and {r['comm'] for r in frame['rows']} == {'dd'}, f'rows {values}')
    t.equal((frame['sort'], values), ('lat_p99_ns', sorted(values, reverse=True)), 'order')
    t.equal(none['rows'], [], 'rows beyond the filter')


def throttle_file():
    for folder in ('/sys/fs/cgroup/blkio',):
        if os.path.exists(f'{folder}/blkio.throttle.read_iops_device'):
            return pathlib.Path(folder)
    return None


def a_limit_of_the_cgroup_is_a_wait_of_the_process(t):
    """Not of the device: it comes before the request exists."""
    needs_fio(t)
    parent = throttle_file()
    if not parent:
        t.skip('needs the blkio controller of cgroup v1')
    group = parent / f'probetop-test-{os.getpid()}'
    group.mkdir()
    try:
        with loop.Loop() as device:
            (group / 'blkio.throttle.read_iops_device').write_text(f'{device.numbers} 50')
            words = loop.fio_words(device, ('--rw=randread', '--bs=4k'), runtime_s=4)
            with Probetop('--total', '-d', 8, *DISK) as p:
                time.sleep(1)  # it counts
                out = subprocess.run(['sh', '-c', f'echo $$ > {group}/cgroup.procs; exec "$@"', 'sh', *words],
                                     capture_output=True, text=True, check=True).stdout
                rows = rows_on(p.frames()[0], device.name)
    finally:
        group.rmdir()
    read = loop.fio_jobs(out)[0]['read']
    row = max(rows, key=lambda r: r['reads'])
    waited_ns = read['clat_ns']['mean'] * read['total_ios']
    t.note(f'{read["total_ios"]} reads waited {waited_ns / 1e9:.2f} s; ours: blocked {row["disk_ns"] / 1e9:.2f} s, '
           f'queue {row["queue_ns"] / 1e6:.2f} ms, service {row["service_ns"] / 1e6:.2f} ms')
    # what the limit holds back is started by a kernel thread, where the kernel does not say for whom
    t.equal(sum(r['reads'] for r in rows), read['total_ios'], 'reads')
    t.note(f'{row["reads"]} of them are charged to {row["comm"]}')
    t.ok(waited_ns > 2 * truth.NS, f'the limit holds: {waited_ns}')
    # what fio calls latency is nearly all sleep; the rest is its way into the kernel and its wait for a CPU
    t.between(0.8 * waited_ns, row['disk_ns'], 1.01 * waited_ns, 'block wait')
    t.ok(row['queue_ns'] + row['service_ns'] < 0.2 * waited_ns, 'the device is not to blame')


@contextlib.contextmanager
def delay_accounting(t):
    """For tasks that begin inside; as it was when left."""
    switch = pathlib.Path('/proc/sys/kernel/task_delayacct')
    if not switch.exists():
        t.skip('the kernel was built without delay accounting')
    was = switch.read_text()
    try:
        switch.write_text('1')
    except OSError as e:
        t.skip(f'delay accounting cannot be switched on: {e}')
    try:
        yield
    finally:
        switch.write_text(was)


def block_wait_is_no_less_than_the_kernel_accounts(t):
    """
    delayacct counts the same sleeps (in_iowait) in ticks of a hundredth. It loses some that another CPU ends, so it is a
    lower bound; the upper one is the time there is. That the figure is whole: a_limit_of_the_cgroup_is_a_wait_of_the_process.
    """
    needs_fio(t)
    with delay_accounting(t):
        ours, kernel = block_wait_beside_the_kernels()
    t.note(f'hundredths of a second: ours {ours:.1f}, the kernel {kernel}')
    t.ok(ours > 5, 'it waited')
    # both are read a little after the interval's end, in which the job goes on
    t.between(kernel - 3 - 0.2 * ours, ours, 203, 'hundredths of a second')


def block_wait_beside_the_kernels():
    with loop.Loop() as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        words = loop.fio_words(device, ('--rw=randread', '--bs=4k'), runtime_s=6)
        with subprocess.Popen([*words, f'--output={folder}/out'], stdout=subprocess.DEVNULL) as fio:
            time.sleep(1)
            job = int(pathlib.Path(f'/proc/{fio.pid}/task/{fio.pid}/children').read_text().split()[0])
            with Probetop('-b', '-n', 3, '-d', 1, '-p', job, *DISK) as p:
                p.wait_frames(1)
                before = blkio_ticks(job)
                p.wait_frames(3)
                after = blkio_ticks(job)
                frames = truth.objects(p.finish().decode())
            fio.wait(60)
    ours = sum(r['disk_ns_per_s'] * f['interval_s'] for f in frames[1:] for r in f['rows']) / 1e7
    return ours, after - before


def blkio_ticks(pid):
    return int(pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(') ', 1)[1].split()[39])


def a_request_held_back_marks_the_pane(t):
    """The image of the upper device lies on a frozen filesystem: its worker cannot write."""
    with Loop(64 << 20) as lower, Ext4(lower.device) as fs, \
            Loop(8 << 20, folder=fs.path) as upper:
        fs.freeze()
        with Probetop('-b', '-n', 7, '-d', 1, *DISK) as p, \
                Probetop('-b', '-n', 7, '-d', 1, '--pane=cpu', '--size=132x43') as cpu:
            p.wait_frames(1)
            cpu.wait_output(lambda out: b'LIVE' in out)
            with subprocess.Popen(['dd', 'if=/dev/zero', f'of={upper.device}', 'bs=4096', 'count=1', 'oflag=direct',
                                   'status=none']) as dd:
                frames, text = p.frames(), cpu.finish().decode()
                fs.thaw()
                t.equal(dd.wait(30), 0, 'it is let go')
    held = [(f, r) for f in frames for r in f['rows'] if r['pid'] == dd.pid and r['inflight']]
    t.ok(len(held) >= 3, f'in flight in {len(held)} of {len(frames)} intervals')
    for f, r in held:
        t.equal((r['comm'], r['inflight'], r['requests_per_s']), ('dd', 1, 0), 'the only one, and not done')
    for (before, old), (after, new) in zip(held, held[1:]):
        t.equal(new['oldest_ns'] - old['oldest_ns'], after['mono_ns'] - before['mono_ns'], 'growth of its age')
    t.ok(held[-1][1]['oldest_ns'] > 2 * truth.NS, f'its age {held[-1][1]}')
    t.contains(text, '4 Disk▲', 'the tab, seen from the CPU pane')


def a_recording_gives_the_same_bytes(t):
    with loop.Loop() as device, tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        file = os.path.join(folder, 'recording')
        options = ('-b', *DISK)
        with Probetop(*options, '-n', 3, '-d', 1, f'--record={file}') as p:
            p.wait_frames(1)  # before, not all probes are attached
            subprocess.run(short_programs(device), check=True)
            shown = p.finish()
        t.ok(any(r['comm'] == 'dd' for f in truth.objects(shown.decode()) for r in f['rows']), 'the load was not seen')
        with Probetop(*options, f'--replay={file}') as p:
            t.ok(p.finish() == shown, 'the replay differs')
        text = ('-b', '--pane=disk', '--view=processes', '--size=132x43', f'--replay={file}')
        with Probetop(*text) as p, Probetop(*text) as again:
            t.ok(p.finish() == again.finish(), 'two replays differ')


def without_bpf_it_says_why(t):
    with Probetop('--no-bpf', '-b', '-n', 1, '-d', '500ms', *DISK) as p:
        frame = p.frames()[0]
    t.equal(frame['rows'], [], 'rows')
    for key in ('reads_per_s', 'bytes_per_s', 'lat_p99_ns', 'device_share_pct', 'inflight'):
        t.contains(frame['na'].get(key, ''), 'BPF', key)


live.main([
    two_jobs_are_counted_exactly,
    rows_of_two_jobs_while_they_run,
    one_process_by_pid,
    programs_shorter_than_a_tick_are_summed_by_command,
    every_interval_together_has_them_too,
    groups_sum_them,
    sorts_and_filters,
    a_limit_of_the_cgroup_is_a_wait_of_the_process,
    block_wait_is_no_less_than_the_kernel_accounts,
    a_request_held_back_marks_the_pane,
    a_recording_gives_the_same_bytes,
    without_bpf_it_says_why,
], tries=3)
