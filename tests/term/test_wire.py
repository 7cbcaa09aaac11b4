#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes on the wire: names cannot speak to the terminal, options are kept, few are sent."""
import os
import shutil
import statistics
import subprocess
import sys
import time

import program
import ptyrun
from program import PROBETOP, batch, live, recording, replay, tap

# Each is a comm (15 bytes at most) and the first word of a command line.
HOSTILE = [b'evil0\x1b[2J\x1b[1m', b'evil1\x1b]0;x\x07', b'evil2\x9b31m\x9d', b'evil3\xe2\x80\xae\xe2\x81\xa6',
           b'evil4\xff\xfe\xc0\x80', b'evil5\n\r\t\x08', b'evil6\x0e\x1bP\x1b\\', b'evil7\xc2\x9b2J',
           b'evil8\xf4\x90\x80\x80', b'evil9\xe2\x80\x8b\xef\xbb\xbf', b'evilA\xe6\xbc\xa2\xcc\x81', b'evilB\xed\xa0\x80']
PR_SET_NAME = 15


def spin(name):
    """A child of that name that keeps a CPU busy a little; in argv[0] and comm."""
    pid = os.fork()
    if pid:
        return pid
    code = ('import ctypes, time\n'
            f'ctypes.CDLL(None).prctl({PR_SET_NAME}, {name[:15]!r}, 0, 0, 0)\n'
            'end = time.monotonic() + 60\n'
            'while time.monotonic() < end:\n'
            '    [i * i for i in range(20000)]\n'
            '    time.sleep(0.02)\n')
    os.execv(sys.executable, [name + b' --arg=' + name, b'-c', code.encode()])


class Names:
    def __enter__(self):
        self.pids = [spin(name) for name in HOSTILE]
        time.sleep(0.5)
        return self.pids

    def __exit__(self, *args):
        for pid in self.pids:
            os.kill(pid, ptyrun.signal.SIGKILL)
            os.waitpid(pid, 0)


def hostile_names_reach_the_screen_as_text(t):
    program.need_live()
    with Names() as pids:
        for options in ([], ['--no-unicode'], ['--show-args'], ['--view=runqueue']):
            with live('-d', '0.1', '-p', ','.join(map(str, pids)), *options, rows=40,
                      cols=160) as p:
                p.wait_for('PID' if '--view=runqueue' not in options else 'run')
                p.pump(1)
                if '--view=runqueue' not in options:
                    for i in range(len(HOSTILE)):
                        p.wait_for(f'evil{i:X}')
                for key in (ptyrun.ENTER, ptyrun.TAB, ptyrun.ESC, 'p', 'm', 'N', '/', 'evil',
                            ptyrun.ENTER, 'n', ptyrun.DOWN, ptyrun.ENTER):
                    p.keys(key, gap_s=0.1)
                t.equal(program.harmful(p.raw), '', f'bytes for the terminal with {options}')
                p.keys(ptyrun.ctrl('c'))
                t.equal(p.wait_exit(), 0)
                p.check_sane(t)


def hostile_records_reach_no_output_raw(t):
    path = f'--replay={recording("hostile")}'
    for view in ('processes', 'runqueue'):
        for form in (['-f', 'text', '--size=160x40'], ['-f', 'ansi', '--size=160x40'],
                     ['-f', 'json'], ['-f', 'csv'], ['-f', 'text', '--size=20x5'],
                     ['-f', 'text', '--size=160x40', '--show-args']):
            out = batch(path, f'--view={view}', '-n', '4', *form)
            if 'ansi' not in form:
                t.ok(b'\x1b' not in out, f'{view} {form}: ESC in the output')
            t.equal(program.harmful(out), '', f'{view} {form}')
        with replay('hostile', f'--view={view}', '--show-args', rows=40, cols=160) as p:
            program.started(p)
            p.pump(1)
            for key in (ptyrun.ENTER, ptyrun.TAB, ptyrun.TAB, ptyrun.ESC, 'p', 'm', '?', '!'):
                p.keys(key, gap_s=0.1)
            t.equal(program.harmful(p.raw), '', f'{view}: bytes for the terminal')


def no_colour_means_none(t):
    cases = [('NO_COLOR', [], {'NO_COLOR': '1'}, False), ('--no-color', ['--no-color'], {}, False),
             ('-C', ['-C'], {}, False), ('--color=never', ['--color=never'], {}, False),
             ('mono', ['--theme=mono'], {}, False), ('default', [], {}, True),
             ('NO_COLOR empty', [], {'NO_COLOR': ''}, True),
             ('--color=always', ['--color=always'], {'NO_COLOR': '1'}, True)]
    for what, options, env, colored in cases:
        with replay('database', *options, env=env) as p:
            program.started(p)
            p.keys('?', gap_s=0.2)
            t.equal(bool(program.colors_in(p.raw)), colored, f'{what}: colours')
    for what, options, env, colored in cases:
        if what == 'mono':
            continue
        out = batch(f'--replay={recording("database")}', '-n', '2', '-f', 'ansi', '--size=80x24',
                    *options, env=env)
        t.equal(bool(program.colors_in(out)), colored, f'{what}: colours in -f ansi')


def themes_are_told_apart(t):
    looks = {}
    for theme in ('terminal', 'dark', 'light', 'mono'):
        with replay('database', f'--theme={theme}', env={'COLORTERM': 'truecolor'}) as p:
            program.started(p)
            looks[theme] = frozenset(program.COLOR.findall(bytes(p.raw)))
            t.ok(looks[theme], f'{theme}: no looks')
    t.equal(len(set(looks.values())), 4, 'different looks')
    with replay('database', '--theme=none-such') as p:
        t.ok(p.wait_exit() in (1, 2), 'an unknown theme is refused')
        t.contains(p.text().replace('\n', ''), 'terminal, dark, light, mono')
        p.check_sane(t)


def no_unicode_means_ascii(t):
    for options, env in ((['--no-unicode'], {}), ([], {'LANG': 'C'}), (['-U'], {})):
        for scene in ('database', 'hostile'):
            with replay(scene, *options, env=env) as p:
                program.started(p)
                p.pump(0.5)
                for key in (ptyrun.TAB, ptyrun.ENTER, ptyrun.ESC, '?', ptyrun.ESC, '!'):
                    p.keys(key, gap_s=0.1)
                high = sorted({b for b in p.raw if b > 0x7e})
                t.equal(high, [], f'{scene} {options} {env}: bytes above 0x7e')


def an_unknown_terminal_is_refused_with_advice(t):
    for term in ('no-such-terminal', 'dumb', None):
        with replay('database', term=term) as p:
            t.ok(p.wait_exit() in (1, 2), f'TERM={term}: exit {p.child.returncode}')
            t.contains(p.text().replace('\n', ''), 'TERM', f'TERM={term}')
            t.contains(p.text().replace('\n', ''), '-b', f'TERM={term}')
            p.check_sane(t)
    done = subprocess.run([PROBETOP, '--no-config', f'--replay={recording("database")}'],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=20)
    t.equal(done.returncode, 2, 'exit status without a terminal')
    t.contains(done.stderr.decode(), '-b', 'the hint')
    t.equal(done.stdout, b'', 'standard output')


def other_terminals_show_the_same(t):
    for term in ('xterm', 'screen', 'tmux-256color', 'linux', 'vt100', 'rxvt'):
        with replay('database', '--no-unicode', term=term) as p:
            program.started(p)
            program.pause(p)
            program.true_screen(t, p, term, 0.2)
            t.contains(p.text(), 'PID', term)
            p.keys('q')
            t.equal(p.wait_exit(), 0, term)
            p.check_sane(t)


def few_bytes_a_refresh(t):
    """Sorted by pid: what figures cost that change in their place."""
    program.need_live()
    started = {'sorted by pid': live('-s', 'pid', rows=40, cols=120),
               'as it starts': live(rows=40, cols=120)}
    if shutil.which('htop'):
        started['htop'] = ptyrun.Pty(['htop', '-d', '10'], rows=40, cols=120)
    seen = {name: [] for name in started}
    for second in range(13):
        begun = {name: len(p.raw) for name, p in started.items()}
        end = time.monotonic() + 1
        while time.monotonic() < end:
            for p in started.values():
                p.pump(0.02)
        for name, p in started.items():
            if second >= 3:
                seen[name].append(len(p.raw) - begun[name])
    for p in started.values():
        p.keys('q')
        p.wait_exit()
    medians = {name: statistics.median(values) for name, values in seen.items()}
    t.note(', '.join(f'{name}: {n:.0f}' for name, n in medians.items()) + ' bytes a refresh')
    t.ok(medians['sorted by pid'] > 0, 'nothing was refreshed')
    t.ok(medians['sorted by pid'] <= 950, f'{medians["sorted by pid"]} bytes a refresh')


if __name__ == '__main__':
    tap.main([hostile_names_reach_the_screen_as_text, hostile_records_reach_no_output_raw,
              no_colour_means_none, themes_are_told_apart, no_unicode_means_ascii,
              an_unknown_terminal_is_refused_with_advice, other_terminals_show_the_same,
              few_bytes_a_refresh], program.ONLY)
