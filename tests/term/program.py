# SPDX-License-Identifier: GPL-2.0-or-later
"""The program under test: test_*.py PROBETOP BUILD [PART OF A CASE'S NAME...]

Most cases play a recording of a synthetic host: it needs no rights and shows the same
screens each time. Live ones need root, and are skipped where the kernel refuses.
"""
import functools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unicodedata

from ptyrun import Pty, tap

PROBETOP = sys.argv[1] if len(sys.argv) > 1 else 'probetop'
BUILD = sys.argv[2] if len(sys.argv) > 2 else '.'
ONLY = sys.argv[3:]
MAKER = os.path.join(BUILD, 'tests', 'golden', 'golden_make')
NOT_PERMITTED, NO_PANE = 3, 4

_folder = tempfile.TemporaryDirectory(prefix='probetop-term-')
FOLDER = _folder.name

# What may be in the bytes for a terminal: these control sequences, and nothing else below.
ALLOWED = re.compile(rb'\x1b\[[0-9;]*[HCDKJLMm]|\x1b\[\?(?:1049|25|12|1000|1006|1)[hl]'
                     rb'|\x1b\[22;0;0t|\x1b\[23;0;0t|\x1b\(B|\x1b\[\?1;?[0-9]*c|[\r\n\b\x0f]')
COLOR = re.compile(rb'\x1b\[[0-9;]*m')
FORBIDDEN = ('Cc', 'Cf', 'Cs', 'Co', 'Cn')


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def recording(scene, ticks=8):
    path = os.path.join(FOLDER, f'{scene}-{ticks}')
    if not os.path.exists(path):
        subprocess.run([MAKER, scene, path, str(ticks)], check=True, timeout=60)
    return path


def replay(scene, *options, **how):
    """A recording on a terminal, in a folder of its own (the keys w and W write files)."""
    how.setdefault('cwd', FOLDER)
    how.setdefault('before_exec', no_core)
    return Pty([PROBETOP, '--no-config', f'--replay={recording(scene)}', *options], **how)


def live(*options, **how):
    how.setdefault('cwd', FOLDER)
    how.setdefault('before_exec', no_core)
    return Pty([PROBETOP, '--no-config', *options], **how)


def need_live():
    """Skips the case where the kernel lets nothing be seen."""
    done = subprocess.run([PROBETOP, '--no-config', '-b', '-n', '1', '-d', '0.1'], timeout=60,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode in (NOT_PERMITTED, NO_PANE):
        raise tap.Skip(done.stderr.decode(errors='replace').strip())


def batch(*options, env=None):
    done = subprocess.run([PROBETOP, '--no-config', '-b', *options], timeout=60, cwd=FOLDER,
                          env=dict(os.environ, LC_ALL='C.UTF-8', **(env or {})),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise tap.Fail(f'{options}: exit {done.returncode}: {done.stderr.decode()}')
    return done.stdout


@functools.cache
def views(pane='cpu'):
    """The ids of all views of a pane, in their order."""
    out = batch(f'--replay={recording("database")}', f'--pane={pane}', '--view=all', '-f', 'json', '-n', '1')
    return [json.loads(line)['view'] for line in out.splitlines()]


PANES = {'cpu': '1', 'fs': '3', 'disk': '4'}  # and the key that leads there
TITLES = {'cpu': 'CPU', 'fs': 'Filesystem', 'disk': 'Disk'}


def each_view():
    """(name, options) of every view of every pane."""
    return [(f'{pane}/{view}', [f'--pane={pane}', f'--view={view}']) for pane in PANES for view in views(pane)]


def started(p):
    """Waits for the first whole screen: its last line is there, and nothing more comes."""
    p.wait(lambda p: any(p.lines()), 'a screen')
    p.settle()


def pause(p):
    """Freezes the picture and waits until it stands."""
    p.keys('Z')
    p.settle(0.3)


def true_screen(t, p, what, quiet_s=0.06):
    """What the small steps made of the screen is what drawing it anew gives."""
    p.settle(quiet_s)
    before = p.lines()
    seen = len(p.raw)
    p.signal(signal.SIGCONT)
    p.wait(lambda p: len(p.raw) > seen or not p.running(), f'{what}: a redraw')
    p.settle(quiet_s)
    after = p.lines()
    for row, (a, b) in enumerate(zip(before, after)):
        t.equal(a, b, f'{what}: row {row}')
    t.ok(p.running(), f'{what}: the program ended')


def harmful(raw):
    """The first thing in these bytes that a terminal should never have got; '' if none."""
    rest = ALLOWED.sub(b'', bytes(raw))
    try:
        text = rest.decode()
    except UnicodeDecodeError as error:
        return f'invalid UTF-8 near {rest[max(0, error.start - 40):error.start + 20]!r}'
    for i, c in enumerate(text):
        if unicodedata.category(c) in FORBIDDEN:
            return f'U+{ord(c):04X} in {text[max(0, i - 40):i + 20]!r}'
    return ''


def colors_in(raw):
    """SGR parameters that set a colour."""
    codes = {int(n or 0) for sgr in COLOR.findall(bytes(raw)) for n in sgr[2:-1].split(b';')}
    return {c for c in codes if 30 <= c <= 38 or 40 <= c <= 48 or 90 <= c <= 107}
