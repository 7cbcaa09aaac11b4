#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the BPF sources must not hold. """
import pathlib
import re
import sys

RULES = [
    # Typed pointer walks are cheaper, and load where lockdown forbids the rest. A process's own
    # memory (its arguments) has no types, and lockdown leaves bpf_probe_read_user alone.
    ('no probe_read of kernel memory',
     re.compile(r'\b(bpf_)?probe_read(?!_user(_str)?\b)|\bBPF_CORE_READ\s*\(')),
    # Dearer per event, and 70 ms to detach.
    ('no classic tracepoint', re.compile(r'SEC\("\??(tp|tracepoint)/')),
]

BPF = pathlib.Path(__file__).resolve().parents[2] / 'bpf'

sources = sorted(p for p in BPF.iterdir() if p.suffix in ('.c', '.h'))
print(f'1..{len(RULES) + 1}')
failed = 0
for number, (name, pattern) in enumerate(RULES, 1):
    hits = [f'{p.name}:{i}: {line.strip()}' for p in sources
            for i, line in enumerate(p.read_text().splitlines(), 1) if pattern.search(line)]
    for hit in hits:
        print('#', hit)
    print('not ok' if hits else 'ok', number, '-', name)
    failed += bool(hits)
found = len(sources) >= 10
print('ok' if found else 'not ok', len(RULES) + 1, '- the sources are there')
sys.exit(bool(failed or not found))
