# SPDX-License-Identifier: GPL-2.0-or-later
"""Storms of one kind of work each, alone and beside probetop."""
import os
import statistics
import subprocess

from monitor import BenchError
from probes import counting
from table import Row

# kind: (what the row is called, the goal of G4)
KINDS = {
    'fault': ('page faults', 1.12),
    'spawn': ('spawn, exec and exit', 1.12),
    'file': ('create and unlink a file', 1.12),
    'udp': ('datagrams over loopback', 1.30),
    'tcp': ('128 KiB of a stream over loopback', 1.05),
    'direct': ('direct reads of 4 KiB', 1.05),
}
SLICES = 6
SLICE_MS = 100


def per_s(tools, kind, home):
    """Operations per second, the median of slices; of a device, which others use too, the best one."""
    argv = [tools['storms'], kind, str(max(os.sched_getaffinity(0))), str(SLICES), str(SLICE_MS)]
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=home, check=False)
    if p.returncode:
        raise BenchError(p.stderr.strip() or f'the storm of {kind} failed')
    middle = max if kind == 'direct' else statistics.median
    return middle(float(line) for line in p.stdout.split())


def slower(tools, program, kind, home, rounds):
    """How many times slower beside all modules: runs with and without take turns."""
    ratios = []
    empty = [per_s(tools, kind, home)]
    for _ in range(rounds):
        with counting(program, []):
            speed = per_s(tools, kind, home)
        empty.append(per_s(tools, kind, home))
        ratios.append((empty[-2] + empty[-1]) / 2 / speed)
    return statistics.median(ratios)


def rows(tools, program, home, rounds, note):
    found = []
    for kind, (title, goal) in KINDS.items():
        note(f'storm: {title}')
        found.append(Row(title, '{:.2f}x', {'probetop': slower(tools, program, kind, home, rounds)}, 'G4',
                         [(f'{goal:.2f}x alone', goal)]))
    return found
