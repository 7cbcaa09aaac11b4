#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden screens: run.py PROBETOP DIRECTORY

Recordings of synthetic hosts (DIRECTORY/golden/golden_make writes them) are replayed in every
size, view and format of CASES, and with keys between the intervals in KEYS, and compared
with tests/golden/*.golden. GENERATE=1 rewrites those files; large screens are kept as checksums
in checksums.golden. Whatever the size, no screen may hold a control character, be too wide or
have the wrong number of lines.
"""
import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap  # noqa: E402

GENERATE = os.environ.get('GENERATE') == '1'
CHECKSUMS = os.path.join(HERE, 'checksums.golden')
STORED_COLS = 132  # wider screens are kept as checksums
DIFF_LINES = 24

SIZES = ['20x5', '30x8', '40x12', '60x15', '80x24', '120x40', '132x43', '200x50', '500x200']
# A view of another pane than the first has its pane's name before it.
VIEWS = ['processes', 'cpus', 'runqueue', 'interrupts', 'syscalls', 'cgroups', 'events',
         'disk/processes', 'disk/devices', 'disk/latency', 'disk/stages', 'disk/events',
         'fs/processes', 'fs/files', 'fs/operations', 'fs/latency', 'fs/caches', 'fs/mounts', 'fs/events']
ASCII = ['--no-unicode']
FEW = ['--rows=6']

# Text of later panes is kept for the sizes at which their screens differ in kind.
STORED_SIZES = {'disk': ['20x5', '40x12', '60x15', '80x24', '132x43'],
                'fs': ['20x5', '40x12', '80x24', '132x43']}

# scene, view, size, format, frame to keep (of 1..), more options, suffix of the name
CASES = []
for view in VIEWS:
    for size in SIZES:
        CASES.append(('database', view, size, 'text', 6, [], ''))
        if size != '120x40':
            CASES.append(('hostile', view, size, 'text', 4, [], ''))
    for size in ('40x12', '80x24'):
        CASES.append(('database', view, size, 'text', 6, ASCII, 'ascii'))
    CASES.append(('hostile', view, '80x24', 'text', 4, ASCII, 'ascii'))
    CASES.append(('plain', view, '80x24', 'text', 6, [], ''))
    CASES.append(('no-bpf', view, '80x24', 'text', 3, [], ''))
    CASES.append(('database', view, '', 'json', 6, FEW, ''))
    CASES.append(('hostile', view, '', 'json', 4, FEW, ''))
CASES += [
    ('losses', 'processes', '80x24', 'text', 4, [], ''),
    ('losses', 'processes', '132x43', 'text', 9, [], ''),
    ('no-runq', 'processes', '80x24', 'text', 3, [], ''),
    ('no-runq', 'processes', '', 'json', 3, FEW, ''),
    ('load', 'processes', '80x24', 'text', 3, [], ''),
    ('load', 'runqueue', '120x40', 'text', 3, [], ''),
    ('load', 'cpus', '80x24', 'text', 3, [], ''),
    ('load', 'interrupts', '80x24', 'text', 3, [], ''),
    ('load', 'syscalls', '80x24', 'text', 3, [], ''),
    ('cpus', 'cpus', '80x24', 'text', 2, [], ''),
    ('cpus', 'cpus', '132x43', 'text', 2, [], ''),
    ('database', 'processes', '80x24', 'ansi', 2, [], ''),
    ('database', 'processes', '80x24', 'text', 2, ['--sort-key=runq_p99_ns'], 'by-latency'),
    ('database', 'processes', '80x24', 'text', 2, ['--filter=postgres'], 'filter'),
    ('database', 'processes', '80x24', 'text', 1, ['--total'], 'total'),
    ('database', 'processes', '80x24', 'text', 2, ['--no-meters', '--no-function-bar'], 'bare'),
    ('database', 'processes', '80x24', 'text', 2, ['--a11y'], 'a11y'),
    ('database', 'processes', '80x24', 'text', 2, ['--show-args'], 'args'),
    ('database', 'processes', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'syscalls', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'interrupts', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'events', '', 'csv', 2, FEW, ''),
    ('plain', 'syscalls', '', 'json', 3, FEW, ''),
    ('losses', 'processes', '', 'json', 4, FEW, ''),
    ('database', 'processes', '', 'csv', 2, FEW, ''),
    ('hostile', 'processes', '', 'csv', 2, [], ''),
    ('disks', 'disk/devices', '80x24', 'text', 3, [], ''),
    ('disks', 'disk/processes', '132x43', 'text', 3, [], ''),
    ('losses', 'disk/events', '80x24', 'text', 4, [], ''),
    ('load', 'disk/latency', '80x24', 'text', 3, [], ''),
    ('database', 'disk/processes', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'disk/devices', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'disk/devices', '', 'csv', 2, FEW, ''),
    ('plain', 'disk/devices', '', 'json', 3, FEW, ''),
    ('no-bpf', 'disk/devices', '', 'json', 3, FEW, ''),
    ('no-bpf', 'disk/latency', '', 'json', 3, FEW, ''),
    ('files', 'fs/files', '132x43', 'text', 4, [], ''),
    ('files', 'fs/mounts', '80x24', 'text', 4, [], ''),
    ('files', 'fs/latency', '80x24', 'text', 4, [], ''),
    ('losses', 'fs/events', '80x24', 'text', 4, [], ''),
    ('load', 'fs/caches', '80x24', 'text', 3, [], ''),
    ('load', 'fs/operations', '132x43', 'text', 3, [], ''),
    ('database', 'fs/processes', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'fs/files', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'fs/operations', '', 'json', 1, FEW + ['--total'], 'total'),
    ('database', 'fs/files', '', 'csv', 2, FEW, ''),
    ('plain', 'fs/caches', '', 'json', 3, FEW, ''),
    ('no-bpf', 'fs/operations', '', 'json', 3, FEW, ''),
    ('no-bpf', 'fs/mounts', '', 'json', 3, FEW, ''),
]
TICKS = {'database': 12, 'hostile': 8, 'losses': 12, 'no-runq': 6, 'no-bpf': 6, 'plain': 8, 'load': 6, 'cpus': 3,
         'disks': 4, 'files': 5}

# scene, view, size, what is pressed and when (golden_keys.c), suffix
PAGE = 'tick=6 Enter tick'
TAR = 'tick=6 \\tar Enter Enter tick'
KEYS = [
    ('database', 'processes', '80x24', PAGE, 'page'),
    ('database', 'processes', '132x43', PAGE, 'page'),
    ('database', 'processes', '40x12', PAGE, 'page'),
    ('database', 'processes', '80x24', TAR, 'stuck'),
    ('database', 'processes', '80x24', TAR + ' Down Down Enter tick', 'stack'),
    ('database', 'processes', '80x24', PAGE + ' Tab Tab tick', 'page-views'),
    ('database', 'processes', '80x24', 'tick=6 g', 'group-menu'),
    ('database', 'processes', '80x24', 'tick=6 g user Enter tick', 'by-user'),
    ('database', 'processes', '80x24', 'tick=6 g container Enter tick', 'by-container'),
    ('database', 'processes', '132x43', 'tick=6 g command Enter tick', 'by-command'),
    ('database', 'processes', '80x24', 'tick=6 H tick', 'threads'),
    ('database', 'processes', '80x24', 'tick=4 b tick=3 B tick', 'since-mark'),
    ('database', 'processes', '80x24', 'tick=6 ?', 'help'),
    ('database', 'processes', '80x24', 'tick=6 !', 'health'),
    ('database', 'cpus', '80x24', 'tick=6 Down Down tick', 'second'),
    ('database', 'runqueue', '80x24', PAGE, 'bucket'),
    ('database', 'runqueue', '132x43', 'tick=4 b tick=3 B tick Right Down Down', 'since-mark'),
    ('database', 'runqueue', '80x24', 'tick=4 B tick=2', 'since-start'),
    ('database', 'interrupts', '80x24', PAGE, 'entered'),
    ('database', 'syscalls', '80x24', PAGE, 'processes-of-a-call'),
    ('database', 'syscalls', '80x24', PAGE + ' Enter tick', 'calls-of-a-process'),
    ('database', 'cgroups', '80x24', PAGE, 'entered'),
    ('database', 'events', '80x24', 'tick=6 x tick', 'failures'),
    ('database', 'events', '80x24', 'tick=6 e', 'kinds'),
    ('database', 'events', '80x24', 'tick=6 Z tick=2 Up Up', 'frozen'),
    ('hostile', 'processes', '80x24', 'tick=4 Enter tick', 'page'),
    ('hostile', 'processes', '80x24', 'tick=4 /forever Enter Enter tick Down Down Enter', 'stack'),
    ('hostile', 'interrupts', '80x24', 'tick=4 Enter tick', 'entered'),
    ('hostile', 'syscalls', '80x24', 'tick=4 Enter tick', 'entered'),
    ('hostile', 'cgroups', '80x24', 'tick=4 Down Enter tick', 'entered'),
    ('hostile', 'runqueue', '80x24', 'tick=4 Enter tick', 'bucket'),
    ('cpus', 'cpus', '80x24', 'tick=2 Down Down Right Enter tick', 'entered'),
    ('database', 'processes', '80x24', PAGE + ' 4 tick', 'disks-of-a-process'),
    ('database', 'disk/processes', '80x24', PAGE, 'page'),
    ('database', 'disk/processes', '132x43', PAGE + ' Tab tick', 'page-views'),
    ('database', 'disk/processes', '80x24', 'tick=6 g user Enter tick', 'by-user'),
    ('database', 'disk/processes', '80x24', 'tick=6 ?', 'help'),
    ('database', 'disk/devices', '80x24', PAGE, 'entered'),
    ('database', 'disk/devices', '132x43', 'tick=4 b tick=3 B tick', 'since-mark'),
    ('database', 'disk/devices', '80x24', 'tick=6 ?', 'help'),
    ('database', 'disk/latency', '80x24', PAGE, 'bucket'),
    ('database', 'disk/latency', '132x43', PAGE, 'bucket'),
    ('database', 'disk/latency', '80x24', 'tick=6 g', 'menu'),
    ('database', 'disk/latency', '80x24', 'tick=6 g flags Enter tick', 'flags'),
    ('database', 'disk/latency', '80x24', 'tick=4 B tick=2', 'since-start'),
    ('database', 'disk/latency', '80x24', 'tick=6 ?', 'help'),
    ('database', 'disk/stages', '80x24', PAGE, 'requests'),
    ('database', 'disk/stages', '80x24', PAGE + ' Enter tick', 'steps'),
    ('database', 'disk/stages', '132x43', PAGE + ' Enter tick', 'steps'),
    ('database', 'disk/stages', '80x24', 'tick=6 ?', 'help'),
    ('database', 'disk/events', '80x24', 'tick=6 End', 'in-flight'),
    ('database', 'disk/events', '80x24', 'tick=4 x tick', 'failures'),
    ('database', 'disk/events', '80x24', 'tick=6 ?', 'help'),
    ('hostile', 'disk/processes', '80x24', 'tick=4 Enter tick', 'page'),
    ('hostile', 'disk/devices', '80x24', 'tick=4 Enter tick', 'entered'),
    ('hostile', 'disk/latency', '80x24', 'tick=4 Enter tick', 'bucket'),
    ('hostile', 'disk/stages', '80x24', 'tick=4 Enter tick Enter tick', 'steps'),
    ('hostile', 'disk/events', '80x24', 'tick=4 End', 'in-flight'),
    ('database', 'processes', '80x24', PAGE + ' 3 tick', 'files-of-a-process'),
    ('database', 'fs/processes', '40x12', PAGE, 'page'),
    ('database', 'fs/processes', '80x24', PAGE, 'page'),
    ('database', 'fs/processes', '132x43', PAGE + ' Tab tick', 'files-of-a-process'),
    ('database', 'fs/processes', '80x24', PAGE + ' Tab Tab Tab tick', 'latency-of-a-process'),
    ('database', 'fs/processes', '80x24', 'tick=6 g user Enter tick', 'by-user'),
    ('database', 'fs/processes', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/files', '80x24', 'tick=6 g', 'menu'),
    ('database', 'fs/files', '80x24', PAGE, 'entered'),
    ('database', 'fs/files', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/operations', '80x24', PAGE, 'entered'),
    ('database', 'fs/operations', '132x43', 'tick=4 b tick=3 B tick', 'since-mark'),
    ('database', 'fs/operations', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/latency', '40x12', PAGE, 'bucket'),
    ('database', 'fs/latency', '80x24', PAGE, 'bucket'),
    ('database', 'fs/latency', '132x43', PAGE, 'bucket'),
    ('database', 'fs/latency', '80x24', 'tick=6 g', 'menu'),
    ('database', 'fs/latency', '80x24', 'tick=6 Right Right Right tick', 'fsync'),
    ('database', 'fs/latency', '80x24', 'tick=4 B tick=2', 'since-start'),
    ('database', 'fs/latency', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/caches', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/mounts', '40x12', PAGE, 'entered'),
    ('database', 'fs/mounts', '80x24', PAGE, 'entered'),
    ('database', 'fs/mounts', '132x43', PAGE + ' Tab Tab tick', 'entered'),
    ('database', 'fs/mounts', '80x24', 'tick=6 /backup Enter tick', 'hung'),
    ('database', 'fs/mounts', '80x24', 'tick=6 * tick', 'all'),
    ('database', 'fs/mounts', '80x24', 'tick=6 ?', 'help'),
    ('database', 'fs/events', '80x24', 'tick=6 x tick', 'failures'),
    ('database', 'fs/events', '80x24', 'tick=6 e', 'kinds'),
    ('database', 'fs/events', '80x24', 'tick=6 End', 'last'),
    ('database', 'fs/events', '80x24', 'tick=6 ?', 'help'),
    ('hostile', 'fs/processes', '80x24', 'tick=4 Enter tick', 'page'),
    ('hostile', 'fs/files', '80x24', 'tick=4 g Down Enter tick', 'all'),
    ('hostile', 'fs/operations', '80x24', 'tick=4 Enter tick', 'entered'),
    ('hostile', 'fs/latency', '80x24', 'tick=4 Enter tick', 'bucket'),
    ('hostile', 'fs/mounts', '80x24', 'tick=4 Down Enter tick', 'entered'),
    ('hostile', 'fs/events', '80x24', 'tick=4 End', 'last'),
]


def name_of(case):
    scene, view, size, fmt, _, _, suffix = case
    return '-'.join(part for part in (scene, view.replace('/', '-'), size, suffix, fmt) if part)


def name_of_keys(case):
    scene, view, size, _, suffix = case
    return f'{scene}-{view.replace("/", "-")}-{size}-keys-{suffix}'


def pane_and_view(view):
    return view.split('/') if '/' in view else ['cpu', view]


class Runner:
    """Replays recordings, each made once."""

    def __init__(self, probetop, directory, folder):
        self.probetop = probetop
        self.maker = os.path.join(directory, 'golden', 'golden_make')
        self.presser = os.path.join(directory, 'golden', 'golden_keys')
        self.folder = folder
        self.files = {}

    def recording(self, scene):
        if scene not in self.files:
            path = os.path.join(self.folder, scene)
            subprocess.run([self.maker, scene, path, str(TICKS[scene])], check=True, timeout=60)
            self.files[scene] = path
        return self.files[scene]

    def run(self, *options):
        env = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm-256color',
               'HOME': self.folder, 'TZ': 'UTC',
               'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', ''),
               'UBSAN_OPTIONS': os.environ.get('UBSAN_OPTIONS', '')}
        done = subprocess.run([self.probetop, '--no-config', '-b', *options], env=env, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)
        if done.returncode:
            raise tap.Fail(f'exit {done.returncode}: {done.stderr.decode(errors="replace")}')
        return done.stdout

    def pressed(self, case):
        """The screen after the last key."""
        scene, view, size, words, _ = case
        done = subprocess.run([self.presser, self.recording(scene), view, size, *words.split()],
                              timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise tap.Fail(f'exit {done.returncode}: {done.stderr.decode(errors="replace")}')
        return done.stdout

    def frame(self, case):
        """The bytes of the frame to keep, of a text screen or of a file."""
        scene, view, size, fmt, number, more, _ = case
        pane, view = pane_and_view(view)
        options = [f'--replay={self.recording(scene)}', f'--max-iterations={number}',
                   f'--pane={pane}', f'--view={view}', f'--format={fmt}', *more]
        if size:
            options.append(f'--size={size}')
        out = self.run(*options)
        if fmt in ('text', 'ansi'):
            rows = int(size.split('x')[1])
            lines = out.split(b'\n')
            frames = max(1, (len(lines) - 1 + 1) // (rows + 1))
            if '--total' not in more and frames != number:
                raise tap.Fail(f'{frames} frames of {rows} lines, want {number}')
            return b'\n'.join(lines[-1 - rows:])
        if fmt == 'json':
            return out.split(b'\n')[-2] + b'\n'
        return out


def columns(line):
    """How wide a line is on a terminal."""
    width = 0
    for c in line:
        if unicodedata.combining(c) or unicodedata.category(c) in ('Mn', 'Me', 'Cf'):
            continue
        width += 2 if unicodedata.east_asian_width(c) in 'WF' else 1
    return width


def check_clean(t, text, fmt):
    """Nothing that a terminal obeys, and nothing that misleads a reader's eye."""
    for c in text:
        if c == '\n' or (fmt == 'ansi' and c == '\033'):
            continue
        bad = unicodedata.category(c) in ('Cc', 'Cf', 'Co', 'Cs', 'Cn')
        if bad:
            raise tap.Fail(f'U+{ord(c):04X} is on the screen')
    t.ok(True, 'clean')


def check_shape(t, text, size):
    cols, rows = (int(n) for n in size.split('x'))
    lines = text.split('\n')
    t.equal(len(lines) - 1, rows, 'lines')
    widest = max(lines, key=columns)
    t.ok(columns(widest) <= cols, f'{columns(widest)} columns: {widest!r}')


def load_checksums():
    try:
        with open(CHECKSUMS, encoding='ascii') as f:
            return dict(reversed(line.split()) for line in f)
    except FileNotFoundError:
        return {}


def save_checksums(sums):
    with open(CHECKSUMS, 'w', encoding='ascii') as f:
        for name in sorted(sums):
            f.write(f'{sums[name]}  {name}\n')


def show_difference(want, got):
    lines = difflib.unified_diff(want.decode(errors='replace').splitlines(),
                                 got.decode(errors='replace').splitlines(),
                                 'stored', 'now', lineterm='', n=1)
    return '\n'.join(list(lines)[:DIFF_LINES])


def is_large(case):
    """Whether a checksum is kept in place of the screen."""
    if not case[2] or not case[3] == 'text':
        return False
    stored = STORED_SIZES.get(pane_and_view(case[1])[0])
    return int(case[2].split('x')[0]) > STORED_COLS or bool(stored) and case[2] not in stored


def compare_sum(t, name, got, sums):
    digest = hashlib.sha256(got).hexdigest()
    if GENERATE:
        sums[name] = digest
    t.ok(name in sums, f'{name}: nothing is stored. Run with GENERATE=1 and look at it')
    t.equal(digest, sums[name], f'{name}: checksum')


def compare_file(t, name, got):
    path = os.path.join(HERE, name + '.golden')
    if GENERATE:
        with open(path, 'wb') as f:
            f.write(got)
    t.ok(os.path.exists(path), f'{name}: nothing is stored. Run with GENERATE=1 and look at it')
    with open(path, 'rb') as f:
        want = f.read()
    t.ok(got == want, f'{name} differs:\n{show_difference(want, got)}')


def test_of(runner, case, sums):
    def test(t):
        got = runner.frame(case)
        text = got.decode()  # invalid UTF-8 is a failure
        check_clean(t, text, case[3])
        if case[3] == 'text':
            check_shape(t, text, case[2])
        if '--no-unicode' in case[5]:
            t.ok(text.isascii(), 'only ASCII')
        if is_large(case):
            compare_sum(t, name_of(case), got, sums)
        else:
            compare_file(t, name_of(case), got)
    return name_of(case), test


def test_of_keys(runner, case):
    def test(t):
        got = runner.pressed(case)
        check_clean(t, got.decode(), 'text')
        check_shape(t, got.decode(), case[2])
        compare_file(t, name_of_keys(case), got)
    return name_of_keys(case), test


def stored_files_are_all_used(t):
    """A case that was dropped leaves no file behind."""
    names = {name_of(c) + '.golden' for c in CASES if not is_large(c)} | {'checksums.golden'}
    names |= {name_of_keys(c) + '.golden' for c in KEYS}
    stored = {f for f in os.listdir(HERE) if f.endswith('.golden')}
    if GENERATE:
        for f in stored - names:
            os.unlink(os.path.join(HERE, f))
        stored &= names
    t.equal(sorted(stored - names), [], 'files of no case')
    size = sum(os.path.getsize(os.path.join(HERE, f)) for f in stored)
    t.ok(size < 1200000, f'{size} bytes of golden files')


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: run.py PROBETOP DIRECTORY')
    sums = load_checksums() if not GENERATE else {}
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder)
        sys.argv[1:] = []
        tests = [test_of(runner, case, sums) for case in CASES]
        tests += [test_of_keys(runner, case) for case in KEYS]
        if GENERATE:
            tests.append(('checksums are stored', lambda t: (save_checksums(sums), t.ok(sums, 'some'))))
        tap.main(tests + [stored_files_are_all_used])


main()
