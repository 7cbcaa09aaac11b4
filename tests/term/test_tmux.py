#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""In a real terminal program, tmux: it must show what pyte shows."""
import itertools
import os
import shutil
import subprocess
import time
import unicodedata

import program
from program import PROBETOP, recording, tap

LIMIT_S = 10
servers = itertools.count()
socket = ''


def tmux(*args):
    env = {k: v for k, v in os.environ.items() if k not in ('TMUX', 'NO_COLOR')}
    done = subprocess.run(['tmux', '-u', '-L', socket, '-f', '/dev/null', *args], timeout=20,
                          env=dict(env, LANG='C.UTF-8', LC_ALL='C.UTF-8', TERM='xterm'),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.decode()


class Tmux:
    """One window with a shell command in it."""

    def __init__(self, command, rows, cols):
        self.command, self.rows, self.cols = command, rows, cols

    def __enter__(self):
        if not shutil.which('tmux'):
            raise tap.Skip('tmux is not installed')
        # A server each: the last one may still be on its way out.
        global socket
        socket = f'probetop-test-{os.getpid()}-{next(servers)}'
        tmux('new-session', '-d', '-x', str(self.cols), '-y', str(self.rows),
             f'cd {program.FOLDER}; {self.command}; echo status $?; sleep 60')
        tmux('set-option', '-g', 'status', 'off')
        tmux('resize-window', '-x', str(self.cols), '-y', str(self.rows))
        return self

    def __exit__(self, *args):
        tmux('kill-server')

    def keys(self, *keys):
        tmux('send-keys', *keys)

    def lines(self):
        return [line.rstrip() for line in tmux('capture-pane', '-p').split('\n')[:self.rows]]

    def wait_for(self, text):
        end = time.monotonic() + LIMIT_S
        while text not in '\n'.join(self.lines()):
            if time.monotonic() > end:
                raise tap.Fail(f'{text!r} is not there:\n' + '\n'.join(self.lines()))
            time.sleep(0.05)

    def settled(self):
        """The screen once it has stood still for a moment."""
        end, before = time.monotonic() + LIMIT_S, None
        while time.monotonic() < end:
            now = self.lines()
            if now == before:
                return now
            before = now
            time.sleep(0.3)
        raise tap.Fail('the screen does not come to rest')


def command(scene, *options):
    return ' '.join([PROBETOP, '--no-config', f'--replay={recording(scene, 6)}', '--speed=100',
                     *options])


def tmux_shows_what_pyte_shows(t):
    for scene, rows, cols in (('database', 24, 80), ('hostile', 30, 100), ('database', 50, 160)):
        path = recording(scene, 6)
        with Tmux(command(scene), rows, cols) as m, \
             program.live(f'--replay={path}', '--speed=100', rows=rows, cols=cols) as p:
            p.wait_for('end of the recording')
            m.wait_for('end of the recording')
            p.settle(0.3)
            seen = m.settled()
            for row, (a, b) in enumerate(zip(seen, p.lines())):
                # pyte composes letters and marks, tmux keeps them as they came.
                t.equal(unicodedata.normalize('NFC', a), unicodedata.normalize('NFC', b),
                        f'{scene} {cols}x{rows}: row {row}')


def tmux_keys_and_sizes(t):
    with Tmux(command('database'), 24, 80) as m:
        m.wait_for('end of the recording')
        m.keys('?')
        m.wait_for('Arrows and PgDn')
        m.keys('Escape')
        m.wait_for('PID')
        for name in ('Down', 'Up', 'PPage', 'NPage', 'Home', 'End', 'F6'):
            m.keys(name)
        m.keys('Escape')
        m.wait_for('PID')
        for rows, cols in ((5, 20), (50, 160), (24, 80)):
            m.rows, m.cols = rows, cols
            tmux('resize-window', '-x', str(cols), '-y', str(rows))
            seen = m.settled()
            t.equal(len(seen), rows, f'{cols}x{rows}')
            t.ok(seen[-1], f'{cols}x{rows}: no last line')
        m.keys('q')
        m.wait_for('status 0')
        t.ok('PID' not in '\n'.join(m.lines()), 'the screen is still there after the end')


def tmux_scroll_back_is_untouched(t):
    with Tmux('seq 1 60; ' + command('database'), 24, 80) as m:
        m.wait_for('end of the recording')
        m.keys('q')
        m.wait_for('status 0')
        history = tmux('capture-pane', '-p', '-S', '-').split()
        t.equal([n for n in history if n.isdigit()][:60], [str(n) for n in range(1, 61)], 'history')


if __name__ == '__main__':
    tap.main([tmux_shows_what_pyte_shows, tmux_keys_and_sizes, tmux_scroll_back_is_untouched],
             program.ONLY)
