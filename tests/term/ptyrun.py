# SPDX-License-Identifier: GPL-2.0-or-later
"""A command on a pseudo-terminal: what it shows (pyte), what it writes (raw), what it leaves.

    with Pty(['probetop'], rows=24, cols=80) as p:
        p.wait_for('PID')
        p.keys('q')
        t.equal(p.wait_exit(), 0)
        p.check_sane(t)
"""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import pyte  # noqa: E402
import tap  # noqa: E402

ENV_DROPPED = ('NO_COLOR', 'COLORTERM', 'LC_ALL', 'LC_CTYPE', 'LINES', 'COLUMNS', 'TERMINFO')
SLACK_S = 10  # ten-fold: a loaded machine is slow, not wrong

UP, DOWN, RIGHT, LEFT = b'\x1b[A', b'\x1b[B', b'\x1b[C', b'\x1b[D'
PGUP, PGDN, HOME, END = b'\x1b[5~', b'\x1b[6~', b'\x1b[H', b'\x1b[F'
ESC, ENTER, TAB, BTAB, BACKSPACE = b'\x1b', b'\r', b'\t', b'\x1b[Z', b'\x7f'
F = {1: b'\x1bOP', 2: b'\x1bOQ', 3: b'\x1bOR', 4: b'\x1bOS', 5: b'\x1b[15~', 6: b'\x1b[17~',
     7: b'\x1b[18~', 8: b'\x1b[19~', 9: b'\x1b[20~', 10: b'\x1b[21~'}


def ctrl(letter):
    return bytes([ord(letter.upper()) - 64])


class Screen(pyte.Screen):
    """pyte, but for what it would stop at, or gets wrong."""

    def report_device_status(self, *args, **kwargs):
        pass

    def delete_lines(self, count=None):
        """As ECMA-48 has it: pyte leaves the old text where a line that moves up is blank."""
        count = count or 1
        top, bottom = self.margins or (0, self.lines - 1)
        if not top <= self.cursor.y <= bottom:
            return
        self.dirty.update(range(self.cursor.y, self.lines))
        for y in range(self.cursor.y, bottom + 1):
            line = self.buffer.pop(y + count, None) if y + count <= bottom else None
            if line is None:
                self.buffer.pop(y, None)
            else:
                self.buffer[y] = line
        self.carriage_return()


class Pty:
    def __init__(self, argv, rows=24, cols=80, term='xterm-256color', env=None, cwd=None,
                 stderr=None, before_exec=None):
        self.rows, self.cols = rows, cols
        self.raw = bytearray()
        self.screen = Screen(cols, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.status = None
        self.before_exec = before_exec
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))
        self.modes = termios.tcgetattr(slave)
        full = {k: v for k, v in os.environ.items() if k not in ENV_DROPPED}
        full.update(LANG='C.UTF-8')
        full.update({'TERM': term} if term is not None else {})
        full.update(env or {})
        if term is None:
            full.pop('TERM', None)
        self.child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=stderr or slave,
                                      env=full, cwd=cwd, start_new_session=True,
                                      preexec_fn=self._in_child)
        os.close(slave)
        os.set_blocking(self.master, False)

    def _in_child(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for sig in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(sig, signal.SIG_DFL)
        if self.before_exec:
            self.before_exec()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()

    @property
    def pid(self):
        return self.child.pid

    # ---- what it writes ----

    def pump(self, seconds=0.0):
        """Reads for so long; returns how many bytes came."""
        began, end = len(self.raw), time.monotonic() + seconds
        while self.master is not None:
            left = max(0.0, end - time.monotonic())
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                data = os.read(self.master, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                if self.child.poll() is not None or not left:
                    break
                time.sleep(min(0.01, left))  # nobody has the other end open just now
                continue
            self.raw += data
            self.stream.feed(data)
        return len(self.raw) - began

    def wait(self, holds, what, deadline_s=SLACK_S):
        """Reads until `holds(self)`; fails with the screen when it does not come true."""
        end = time.monotonic() + deadline_s
        while not holds(self):
            if time.monotonic() > end:
                raise tap.Fail(f'{what}: not within {deadline_s} s; the screen:\n{self.text()}')
            self.pump(0.02)

    def wait_for(self, pattern, deadline_s=SLACK_S):
        self.wait(lambda p: re.search(pattern, p.text(), re.M), f'/{pattern}/ on the screen',
                  deadline_s)

    def settle(self, quiet_s=0.15, deadline_s=SLACK_S):
        """Reads until nothing has come for so long."""
        end = time.monotonic() + deadline_s
        while self.pump(quiet_s) and time.monotonic() < end:
            pass

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return '\n'.join(self.lines())

    # ---- what is done to it ----

    def keys(self, *keys, gap_s=0.0):
        """Types keys (bytes or text). A gap parts an Esc from what follows."""
        for key in keys:
            data = key.encode() if isinstance(key, str) else key
            while data:
                try:
                    data = data[os.write(self.master, data):]
                except BlockingIOError:
                    self.pump(0.01)
            if gap_s:
                self.pump(gap_s)

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        self.screen.resize(rows, cols)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def signal(self, sig):
        os.kill(self.pid, sig)

    def hang_up(self):
        """Closes the terminal under it."""
        os.close(self.master)
        self.master = None

    # ---- how it ends ----

    def running(self):
        return self.child.poll() is None

    def wait_exit(self, deadline_s=SLACK_S):
        """Returns its exit status, -N for a signal."""
        end = time.monotonic() + deadline_s
        while self.child.poll() is None:
            if time.monotonic() > end:
                raise tap.Fail(f'still running after {deadline_s} s; the screen:\n{self.text()}')
            if self.master is None:
                time.sleep(0.01)
            else:
                self.pump(0.02)
        self.pump()
        return self.child.returncode

    def last(self, *sequences):
        """Which of the sequences it wrote last; None for none of them."""
        found = {s: self.raw.rfind(s) for s in sequences}
        best = max(found, key=found.get)
        return best if found[best] >= 0 else None

    def sane(self):
        """What is wrong with the terminal that it left; '' when nothing is."""
        faults = []
        if self.last(b'\x1b[?1049h', b'\x1b[?1049l') == b'\x1b[?1049h':
            faults.append('the alternate screen is still shown')
        if self.last(b'\x1b[?25l', b'\x1b[?25h') == b'\x1b[?25l':
            faults.append('the cursor is hidden')
        for mode in (b'1000', b'1002', b'1003', b'1006', b'2004', b'1', b'66'):
            on = b'\x1b[?' + mode + b'h'
            if self.last(on, b'\x1b[?' + mode + b'l') == on:
                faults.append(f'mode {mode.decode()} is still on')
        cursor = self.screen.cursor.attrs
        if (cursor.fg, cursor.bg, cursor.bold, cursor.reverse) != ('default', 'default', False,
                                                                   False):
            faults.append(f'the next text would look like {cursor}')
        if termios.tcgetattr(self.master) != self.modes:
            faults.append('the tty modes are not restored')
        return ', '.join(faults)

    def check_sane(self, t):
        t.equal(self.sane(), '', 'the terminal afterwards')

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        if self.master is not None:
            os.close(self.master)
            self.master = None
