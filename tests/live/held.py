# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process holds of BPF: hooks with a program on them, entries in its maps."""
import glob
import json
import subprocess

import live

NAME_BYTES = 15  # the kernel cuts names


def _numbers(pid, mark, key):
    """The values of `key` in those of its descriptors that have a line `mark`."""
    numbers = set()
    for path in glob.glob(f'/proc/{pid}/fdinfo/*'):
        try:
            with open(path, encoding='ascii') as f:
                info = dict(line.split(':', 1) for line in f if ':' in line)
        except OSError:
            continue
        if mark in info:
            numbers.add(int(info[key]))
    return numbers


def _bpftool(*words):
    return json.loads(subprocess.run(['bpftool', '-j', *words], capture_output=True, text=True, check=True).stdout)


def hooks(pid, names):
    """Which of these hooks the BPF links of a process hold."""
    ids = _numbers(pid, 'link_type', 'prog_id')
    held = [p.get('name', '') for p in _bpftool('prog', 'show') if p['id'] in ids]
    return [n for n in names if any(h.startswith(n[:NAME_BYTES]) for h in held)]


def entries(pid, prefix, maps_nr):
    """
    How many entries its hash maps of that name hold together; there are `maps_nr`. A dump takes time,
    so only after they were emptied.
    """
    ids = _numbers(pid, 'map_id', 'map_id')
    found = [m['id'] for m in _bpftool('map', 'show')
             if m['id'] in ids and m['type'] == 'hash' and m.get('name', '').startswith(prefix)]
    if len(found) != maps_nr:
        raise live.tap.Fail(f'{len(found)} maps {prefix}*')
    return sum(len(_bpftool('map', 'dump', 'id', str(i))) for i in found)
