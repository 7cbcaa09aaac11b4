# SPDX-License-Identifier: GPL-2.0-or-later
"""What hooks on system calls cost the calls of others: of the file module, and of the view of system calls."""
import os
import statistics
import subprocess

from disk import in_turns, ours
from monitor import BenchError, Monitor
from probes import held, wait_attached
from storms import per_s
from table import Row

SLICES, SLICE_MS = 8, 60
SETTLE_S = 1.3  # hooks come and go with the key; the rest of the screen may settle
OPEN, LEAVE = b'vsysc\r', b'vproc\r'
HOOKS = ['sys_enter', 'sys_exit']


def calls_per_s(tools, monitor=None):
    """getppid calls per second of CPU time, the median of slices. Keeps `monitor` painting."""
    argv = [tools['getppid'], str(max(os.sched_getaffinity(0))), str(SLICES), str(SLICE_MS)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as p:
        while monitor and p.poll() is None:
            monitor.run(0.02)
        out = p.stdout.read()
    if p.returncode:
        raise BenchError('the getppid loop failed')
    return statistics.median(float(line) for line in out.split())


def hooked(monitor):
    return sum(i.get('tp_name', '').startswith('sys_') for i in wait_attached(monitor.pid))


def one_round(tools, argv, home):
    """{state: calls per s} of one monitor: with another view, with the view open, after it."""
    found = {}
    with Monitor(argv, home) as m:
        m.run(SETTLE_S)
        m.wait_paint()
        for state, keys, hooks in (('closed', b'', 0), ('open', OPEN, 2), ('left', LEAVE, 0)):
            if keys:
                os.write(m.fd, keys)
                m.run(SETTLE_S)
            if hooked(m) != hooks:
                raise BenchError(f'{hooked(m)} hooks on system calls where the view is {state}')
            found[state] = calls_per_s(tools, m)
    return found


def files(tools, program, home, rounds, note):
    """Slow-down by the file module, whose hooks are on all calls: of one that it does not count, of one that it does."""
    variants = {'floor': lambda: held([tools['bpfhold'], 'floor', *HOOKS]), 'all': ours(program),
                'fs': ours(program, '--modules=fs')}
    call, _ = in_turns(lambda: calls_per_s(tools), 'getppid', variants, rounds, note)
    read, alone = in_turns(lambda: per_s(tools, 'read', home), 'reads', variants, rounds, note)
    made, _ = in_turns(lambda: per_s(tools, 'file', home), 'create and unlink', variants, rounds, note)
    return [
        Row('getppid, empty programs on the hooks', '{:.2f}x', {'probetop': call['floor']}),
        Row('getppid, all modules', '{:.2f}x', {'probetop': call['all']}, 'G1',
            [('1.10x empty', 1.10 * call['floor']), ('2.2x alone', 2.2)]),
        Row('getppid, --modules=fs', '{:.2f}x', {'probetop': call['fs']}),
        Row('1-byte read, alone', '{:,.0f}/s', {'probetop': alone}),
        Row('1-byte read, empty programs on the hooks', '{:.2f}x', {'probetop': read['floor']}),
        Row('1-byte read, all modules', '{:.2f}x', {'probetop': read['all']}, 'G2',
            [('1.45x empty', 1.45 * read['floor']), ('2.5x alone', 2.5)]),
        Row('1-byte read, --modules=fs', '{:.2f}x', {'probetop': read['fs']}),
        Row('create and unlink, empty programs on the hooks', '{:.2f}x', {'probetop': made['floor']}),
        Row('create and unlink, --modules=fs', '{:.2f}x', {'probetop': made['fs']}, 'G4', [('1.12x alone', 1.12)])]


def rows(tools, program, home, rounds, note):
    """Slow-down of a getppid loop; each round stands between two runs of the loop alone."""
    argv = [program, '-d', '1', '--no-config', '--modules=cpu']
    slower = {'closed': [], 'open': [], 'left': []}
    alone = [calls_per_s(tools)]
    for nr in range(rounds):
        note(f'getppid {nr + 1}/{rounds}')
        found = one_round(tools, argv, home)
        alone.append(calls_per_s(tools))
        for state, speed in found.items():
            slower[state].append((alone[-2] + alone[-1]) / 2 / speed)
    median = {state: statistics.median(s) for state, s in slower.items()}
    return files(tools, program, home, rounds, note) + [
        Row('getppid alone', '{:,.0f}/s', {'probetop': statistics.median(alone)}),
        Row('getppid, --modules=cpu', '{:.2f}x', {'probetop': median['closed']}, 'G1', [('1.02x alone', 1.02)]),
        Row('getppid, view of system calls open', '{:.2f}x', {'probetop': median['open']}),
        Row('getppid, after it was left', '{:.2f}x', {'probetop': median['left']}, 'G1', [('1.02x alone', 1.02)])]
