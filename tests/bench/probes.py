# SPDX-License-Identifier: GPL-2.0-or-later
"""What BPF programs cost: the kernel's own account of them, and a pipe ping-pong beside them."""
import contextlib
import os
import statistics
import subprocess
import time

from monitor import BenchError, Monitor, fdinfo

PROG_TYPE_SYSCALL = '31'
ATTACH_LIMIT_S = 5.0
SETTLED_S = 0.1  # no further link for so long: all is attached
PINGPONG_SLICE_MS = 100
PINGPONG_SLICES = 6


@contextlib.contextmanager
def held(argv, ready='ready'):
    """Runs a helper that says `ready` and lives until its input ends."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        try:
            if p.stdout.readline().strip() != ready:
                raise BenchError(f'{os.path.basename(argv[0])} did not start')
            yield p
        finally:
            p.stdin.close()
            p.wait()


def links(pid):
    return [info for info in fdinfo(pid) if 'link_type' in info]


def wait_attached(pid):
    """Waits until the process has links and gets no more. Returns them."""
    began = time.monotonic()
    found, since = [], began
    while time.monotonic() < began + ATTACH_LIMIT_S:
        now_found = links(pid)
        if len(now_found) != len(found):
            found, since = now_found, time.monotonic()
        elif found and time.monotonic() > since + SETTLED_S:
            return found
        time.sleep(0.01)
    raise BenchError('no BPF program was attached' if not found else 'attaching does not end')


def map_bytes(pid):
    """Memory of its BPF maps, each once."""
    return sum({i['map_id']: int(i['memlock']) for i in fdinfo(pid) if 'map_id' in i}.values())


def run_ns(pid):
    """Run time of its programs so far: (those it runs itself: the pass; those on hooks)."""
    iters = {i['prog_id'] for i in links(pid) if i['link_type'] == 'iter'}
    programs = {i['prog_id']: i for i in fdinfo(pid) if 'prog_type' in i}
    if not programs:
        raise BenchError('no BPF program to be seen in /proc/PID/fdinfo')
    own = hooks = 0
    for prog_id, info in programs.items():
        ns = int(info['run_time_ns'])
        if info['prog_type'] == PROG_TYPE_SYSCALL or prog_id in iters:
            own += ns
        else:
            hooks += ns
    return own, hooks


def bpf_cost(tools, argv, home, refreshes):
    """BPF ms per refresh as the kernel counts them, and the monitor's last line beside them."""
    with held([tools['bpfhold'], 'stats']), Monitor(argv, home) as m:
        m.run(2.0)
        m.wait_paint()
        own, hooks = run_ns(m.pid)
        m.run(refreshes)
        own_end, hooks_end = run_ns(m.pid)
        return {'pass_ms': (own_end - own) / 1e6 / refreshes,
                'hooks_ms': (hooks_end - hooks) / 1e6 / refreshes,
                'map_bytes': map_bytes(m.pid), 'says': m.last_screen()[-1].strip()}


@contextlib.contextmanager
def counting(program, args):
    """probetop without a terminal, all attached. Yields its tracepoints."""
    argv = [program, '-b', '-f', 'json', '-o', '/dev/null', '--no-config', *args]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as p:
        try:
            yield [i['tp_name'] for i in wait_attached(p.pid) if i['link_type'] == 'raw_tracepoint']
        finally:
            p.terminate()
            p.stderr.close()
            p.wait()


def rounds_per_s(tools, monitor=None):
    """Rounds of a ping-pong per second of its CPU time, the median of slices. Keeps `monitor` painting."""
    argv = [tools['pingpong'], str(max(os.sched_getaffinity(0))), str(PINGPONG_SLICES), str(PINGPONG_SLICE_MS)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as p:
        while isinstance(monitor, Monitor) and p.poll() is None:
            monitor.run(0.02)
        out = p.stdout.read()
    if p.returncode:
        raise BenchError('the ping-pong failed')
    return statistics.median(float(line) for line in out.split())


def pingpong(tools, program, modules, rivals, rounds, note):
    """Slow-down of a ping-pong: {variant: times slower than nothing}, and rounds/s of nothing.

    Variants take turns; each is set against the mean of the empty runs before and after it.
    `rivals` holds, by name, functions that start a monitor on a screen.
    """
    with counting(program, []) as tracepoints:
        pass
    variants = {'floor': lambda: held([tools['bpfhold'], 'floor', *sorted(set(tracepoints))]),
                'all': lambda: counting(program, []), **rivals}
    variants.update({m: lambda m=m: counting(program, ['--modules=' + m]) for m in modules})
    slower = {name: [] for name in variants}
    empty = [rounds_per_s(tools)]
    for nr in range(rounds):
        note(f'ping-pong {nr + 1}/{rounds}')
        for name, attach in variants.items():
            with attach() as attached:
                speed = rounds_per_s(tools, attached)
            empty.append(rounds_per_s(tools))
            slower[name].append((empty[-2] + empty[-1]) / 2 / speed)
    return {name: statistics.median(s) for name, s in slower.items()}, statistics.median(empty)
