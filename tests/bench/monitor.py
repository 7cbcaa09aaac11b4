# SPDX-License-Identifier: GPL-2.0-or-later
"""One monitor on a pty of its own: what it paints and when, what it costs, how it ends."""
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time

import pyte

COLS, ROWS = 120, 40
WINDOW_PHASE_S = 0.5   # a window begins this long after a paint, so that it cuts no refresh
PAINT_GAP_S = 0.25     # output after so long a silence is a new refresh
PAINT_WAIT_S = 1.5
QUIT_LIMIT_S = 10.0
WHOLE = 0.9            # the share of the final rows that makes a frame whole
ROWS_MIN = 8           # fewer rows of processes are no table: the measure failed
PID_ROW = re.compile(r'(?:^|│)\s*(?:\d+|\[dead\])\s+\S')


class BenchError(Exception):
    """A figure could not be measured; the text says why."""


def oncpu_ns(pid):
    """On-CPU time of all threads, exact (se.sum_exec_runtime), not in ticks of the clock."""
    total = 0
    for tid in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{tid}/schedstat', encoding='ascii') as f:
            total += int(f.read().split()[0])
    return total


def status_bytes(pid, key):
    with open(f'/proc/{pid}/status', encoding='utf-8', errors='replace') as f:
        for line in f:
            if line.startswith(key + ':'):
                return int(line.split()[1]) * 1024
    raise BenchError(f'/proc/{pid}/status has no {key}')


def fdinfo(pid):
    """Yields the fields of each open descriptor."""
    for fd in os.listdir(f'/proc/{pid}/fdinfo'):
        try:
            with open(f'/proc/{pid}/fdinfo/{fd}', encoding='utf-8', errors='replace') as f:
                yield dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)
        except OSError:
            continue  # closed meanwhile


class Monitor:
    """Starts `argv` on a pty of COLS x ROWS; use as a context, which ends it in any case."""

    def __init__(self, argv, home):
        self.name = os.path.basename(argv[0])
        self.output = []  # (time, bytes)
        stamp_r, stamp_w = os.pipe2(os.O_CLOEXEC)
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            self._become(argv, home, stamp_w)
        os.close(stamp_w)
        stamp = os.read(stamp_r, 8)
        os.close(stamp_r)
        self.pidfd = os.pidfd_open(self.pid)
        self.alive = True
        if len(stamp) != 8:
            self.close()
            raise BenchError(f'{self.name} could not be started')
        self.began = struct.unpack('d', stamp)[0]

    @staticmethod
    def _become(argv, home, stamp_fd):
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLS, 0, 0))
            env = {'PATH': os.environ['PATH'], 'TERM': 'xterm-256color', 'LC_ALL': 'C.UTF-8',
                   'HOME': home, 'XDG_CONFIG_HOME': home + '/.config'}
            path = next(p for d in ['', *env['PATH'].split(':')]
                        if os.access(p := os.path.join(d, argv[0]), os.X_OK) and os.path.isfile(p))
            os.write(stamp_fd, struct.pack('d', time.monotonic()))
            os.execve(path, argv, env)
        finally:
            os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.alive = False
            os.close(self.pidfd)
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _read(self, timeout):
        """One piece of output, or None in `timeout` seconds."""
        if not select.select([self.fd], [], [], max(0, timeout))[0]:
            return None
        now = time.monotonic()
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b''
        if not data:
            raise BenchError(f'{self.name} ended by itself: {self.text()[-300:]}')
        self.output.append((now, data))
        return data

    def run(self, seconds):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def wait_paint(self):
        """Returns after the first output that follows a silence."""
        self._silence()
        self._read(PAINT_WAIT_S)
        self._silence()

    def _silence(self):
        limit = time.monotonic() + PAINT_WAIT_S
        while self._read(PAINT_GAP_S) and time.monotonic() < limit:
            pass

    def text(self):
        return b''.join(d for _, d in self.output).decode('utf-8', 'replace')

    def _screens(self):
        screen = pyte.Screen(COLS, ROWS)
        stream = pyte.ByteStream(screen)
        for when, data in self.output:
            stream.feed(data)
            yield when, screen

    def first_frame_ms(self):
        """From exec to the first frame with (nearly) as many processes as the last one."""
        counts = [(when, sum(bool(PID_ROW.search(line)) for line in screen.display))
                  for when, screen in self._screens()]
        last = counts[-1][1] if counts else 0
        if last < ROWS_MIN:
            raise BenchError(f'{self.name}: {last} rows of processes on the screen are no table')
        return next(1e3 * (when - self.began) for when, n in counts if n >= WHOLE * last)

    def last_screen(self):
        display = []
        for _, screen in self._screens():
            display = screen.display
        return display

    def window(self, refreshes):
        """Watches `refreshes` refreshes of 1 s; returns on-CPU ms and bytes per refresh."""
        self.wait_paint()
        self.run(WINDOW_PHASE_S - PAINT_GAP_S)
        cpu_ns, pieces = oncpu_ns(self.pid), len(self.output)
        self.run(refreshes)
        return {'cpu_ms': (oncpu_ns(self.pid) - cpu_ns) / 1e6 / refreshes,
                'bytes': sum(len(d) for _, d in self.output[pieces:]) / refreshes}

    def quit_ms(self):
        """Presses q; returns the time until the process is gone."""
        asked = time.monotonic()
        os.write(self.fd, b'q')
        while time.monotonic() < asked + QUIT_LIMIT_S:
            ready = select.select([self.fd, self.pidfd], [], [], QUIT_LIMIT_S)[0]
            if self.pidfd in ready:
                gone = time.monotonic()
                os.waitpid(self.pid, 0)
                os.close(self.pidfd)
                self.alive = False
                return 1e3 * (gone - asked)
            try:
                os.read(self.fd, 65536)
            except OSError:
                time.sleep(0.0005)  # the terminal is closed, the process is not gone yet
        raise BenchError(f'{self.name} is still there {QUIT_LIMIT_S:.0f} s after q')
