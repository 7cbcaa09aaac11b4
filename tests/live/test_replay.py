#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A recording played by a user without rights gives what was on the screen, byte for byte."""
import os
import shutil
import tempfile

import live
from live import Load, Probetop

SECONDS = 10
WAYS = [
    ('json', ('-f', 'json', '--view=all')),
    ('text 80x24', ('-f', 'text', '--size=80x24', '--view=all')),
    ('text 132x43', ('-f', 'text', '--size=132x43', '--view=all')),
    ('ansi 80x24', ('-f', 'ansi', '--size=80x24')),
    ('csv', ('-f', 'csv', '--view=processes')),
]


def first_difference(a, b):
    for nr, (x, y) in enumerate(zip(a.splitlines(), b.splitlines()), 1):
        if x != y:
            at = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), min(len(x), len(y)))
            return f'line {nr} column {at}: {x[at - 40:at + 60]!r} / {y[at - 40:at + 60]!r}'
    return f'{len(a)} and {len(b)} bytes'


def public_copy(folder):
    """A copy of probetop that an unprivileged user may start wherever the build folder is."""
    path = os.path.join(folder, 'probetop')
    shutil.copy(live.PROBETOP, path)
    os.chmod(path, 0o755)
    return path


def a_replay_gives_the_same_bytes(t):
    """All recordings at once, under a load that is born, works, blocks and dies meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        program = public_copy(folder)
        files = [os.path.join(folder, f'recording{i}') for i in range(len(WAYS))]
        runs = [Probetop('-b', '-n', SECONDS, '-d', 1, f'--record={f}', *options)
                for f, (_, options) in zip(files, WAYS)]
        with Load('blocked', '--seconds', 3), Load('storm', '--nr', 1000, '--seconds', 6), \
                Load('spin', '--seconds', 5):
            lives = [r.finish() for r in runs]
        for file, (name, options), shown in zip(files, WAYS, lives):
            t.ok(len(shown) > 1000, f'{name}: {len(shown)} bytes live')
            os.chmod(file, 0o644)
            again = replay_as_nobody(program, folder, file, options)
            t.ok(again == shown, f'{name}: {first_difference(shown, again)}')
            t.note(f'{name}: {len(shown)} bytes, recording {os.path.getsize(file)} bytes')


def replay_as_nobody(program, folder, file, options):
    done = live.subprocess.run([*live.as_nobody(folder), program, '--no-config', '-b',
                                f'--replay={file}', *options], stdout=live.subprocess.PIPE,
                               stderr=live.subprocess.PIPE, timeout=60)
    if done.returncode:
        raise live.tap.Fail(f'the replay ended with {done.returncode}: {done.stderr.decode()}')
    return done.stdout


live.main([a_replay_gives_the_same_bytes])
