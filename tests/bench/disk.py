# SPDX-License-Identifier: GPL-2.0-or-later
"""What block I/O pays: direct reads of a device in memory and writes to the page cache, and 1,000 devices on a screen."""
import contextlib
import json
import os
import statistics
import subprocess
import time

from monitor import BenchError
from probes import counting, held, run_ns, wait_attached
from storms import per_s
from table import Row

DEVICE_BYTES = 64 << 20
TOOL_STARTS_S = 2.0
FIO_S = 1


@contextlib.contextmanager
def loop_device(home):
    """A loop device on a file in the page cache: as fast as one can be. storm.device leads to it."""
    path, link = os.path.join(home, 'device.img'), os.path.join(home, 'storm.device')
    with open(path, 'wb') as f:
        for _ in range(DEVICE_BYTES >> 20):
            f.write(os.urandom(1 << 20))
    done = subprocess.run(['losetup', '-f', '--show', path], capture_output=True, text=True, check=False)
    if done.returncode:
        os.unlink(path)
        raise BenchError(f'a loop device: {done.stderr.strip()}')
    try:
        os.symlink(done.stdout.strip(), link)
        yield
    finally:
        subprocess.run(['losetup', '-d', done.stdout.strip()], check=False)
        for name in (link, path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)


@contextlib.contextmanager
def tool(argv):
    """Another tracer, its output thrown away."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        try:
            time.sleep(TOOL_STARTS_S)
            if p.poll() is not None:
                raise BenchError(f'{argv[0]} ended at once')
            yield p
        finally:
            p.terminate()
            p.wait()


def starts(argv):
    """Whether it runs on this kernel."""
    try:
        with tool(argv):
            return True
    except (BenchError, FileNotFoundError):
        return False


def fio(home):
    """Reads that completed, and reads per second: what both CPUs can do with 32 of them in flight."""
    argv = ['fio', '--name=bench', '--rw=randread', '--bs=4k', '--direct=1', '--ioengine=libaio', '--iodepth=32',
            '--thread', '--time_based', f'--runtime={FIO_S}', '--filename=' + os.path.realpath(os.path.join(home, 'storm.device')),
            '--output-format=json']
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=home, check=False)
    if done.returncode:
        raise BenchError(f'fio: {done.stderr.strip()}')
    read = json.loads(done.stdout[done.stdout.index('{'):])['jobs'][0]['read']
    return read['total_ios'], read['iops']


def in_turns(speed_of, title, variants, rounds, note):
    """{variant: times slower}, each set against the runs alone before and after it; and the speed alone."""
    slower = {name: [] for name in variants}
    alone = [speed_of()]
    for nr in range(rounds):
        note(f'{title} {nr + 1}/{rounds}')
        for name, attach in variants.items():
            with attach():
                speed = speed_of()
            alone.append(speed_of())
            slower[name].append((alone[-2] + alone[-1]) / 2 / speed)
    return {name: statistics.median(s) for name, s in slower.items()}, statistics.median(alone)


def bpf_ns(tools, program, home):
    """Run time of the disk module's programs for each read, as the kernel counts it."""
    argv = [program, '-b', '-f', 'json', '-o', '/dev/null', '--no-config', '--modules=disk']
    with held([tools['bpfhold'], 'stats']), subprocess.Popen(argv, stdin=subprocess.DEVNULL) as p:
        try:
            wait_attached(p.pid)
            before = run_ns(p.pid)[1]
            reads_nr, _ = fio(home)
            return (run_ns(p.pid)[1] - before) / reads_nr
        finally:
            p.terminate()
            p.wait()


def ours(program, *args):
    return lambda: counting(program, list(args))


def reads(tools, program, home, rounds, note):
    with counting(program, ['--modules=disk']) as tracepoints:
        hooks = sorted(set(tracepoints))
    variants = {'floor': lambda: held([tools['bpfhold'], 'floor', *hooks]),
                'all': ours(program), 'disk': ours(program, '--modules=disk'),
                'stages': ours(program, '--pane=disk', '--view=stages')}
    for name, argv in (('biolatency', ['biolatency', '3600']), ('biosnoop', ['biosnoop'])):
        if starts(argv):
            variants[name] = lambda argv=argv: tool(argv)
    with loop_device(home):
        slower, alone = in_turns(lambda: fio(home)[1], 'direct reads', variants, rounds, note)
        spent_ns = statistics.median(bpf_ns(tools, program, home) for _ in range(3))
    found = [
        Row('4 KiB direct reads of a device in memory', '{:,.0f}/s', {'probetop': alone}),
        Row('the same, empty programs on the hooks', '{:.2f}x', {'probetop': slower['floor']}),
        Row('the same, all modules', '{:.2f}x', {'probetop': slower['all']}, 'G4', [('1.05x alone', 1.05)]),
        Row('the same, --modules=disk', '{:.2f}x', {'probetop': slower['disk']}),
        Row('BPF for each of them, --modules=disk', '{:.0f} ns', {'probetop': spent_ns}),
        Row('the same, view of stages open', '{:.2f}x', {'probetop': slower['stages']})]
    return found + [Row(f'the same, {n} in place of probetop', '{:.2f}x', {'probetop': slower[n]})
                    for n in ('biolatency', 'biosnoop') if n in slower]


def rows(tools, program, home, rounds, note):
    found = reads(tools, program, home, rounds, note)
    slower, alone = in_turns(lambda: per_s(tools, 'write', home), 'writes',
                             {'all': ours(program), 'disk': ours(program, '--modules=disk')}, rounds, note)
    note('1,000 devices')
    out = subprocess.run([tools['thousand'], '1000'], check=True, stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, cwd=home).stdout
    cost = json.loads(out)
    return found + [
        Row('4 KiB writes to the page cache, alone', '{:,.0f}/s', {'probetop': alone}),
        Row('the same, all modules', '{:.2f}x', {'probetop': slower['all']}),
        Row('the same, --modules=disk', '{:.2f}x', {'probetop': slower['disk']}),
        Row('1,000 disks: /proc/diskstats read', '{:.2f} ms', {'probetop': cost['read_ms']}),
        Row('1,000 disks: records folded', '{:.2f} ms', {'probetop': cost['fold_ms']}),
        Row('1,000 disks: snapshot and screen', '{:.2f} ms', {'probetop': cost['draw_ms']}),
        Row('1,000 disks: a refresh in all', '{:.2f} ms', {'probetop': cost['all_ms']}, 'G15', [('10 ms', 10.0)])]
