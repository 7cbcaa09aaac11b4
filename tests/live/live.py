# SPDX-License-Identifier: GPL-2.0-or-later
"""Running probetop and the known loads for the live tests.

A test is called with the path of probetop, the build folder, and words that limit the cases.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import tap  # noqa: E402
import truth  # noqa: E402

SLACK_S = 60
NOBODY = 65534


def arguments():
    if len(sys.argv) < 3:
        sys.exit(f'usage: {sys.argv[0]} PROBETOP BUILD-FOLDER [CASE...]')
    return os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]


PROBETOP, BUILD, ONLY = arguments()
LOAD = os.path.join(BUILD, 'tests', 'live', 'load')


class Probetop:
    """probetop in the background; its output goes to files, so that no pipe can fill up."""

    def __init__(self, *options, wrap=(), env=None):
        self.out = tempfile.TemporaryFile('w+b')
        self.err = tempfile.TemporaryFile('w+b')
        self.process = subprocess.Popen([*wrap, PROBETOP, '--no-config', *map(str, options)],
                                        stdin=subprocess.DEVNULL, stdout=self.out,
                                        stderr=self.err, env=env)

    @property
    def pid(self):
        return self.process.pid

    @staticmethod
    def _read(file):
        """The child writes at the same offset: it must stay where it is."""
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)

    def output(self):
        """What it has written so far, as bytes."""
        return self._read(self.out)

    def errors(self):
        return self._read(self.err).decode(errors='replace')

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout_s=SLACK_S):
        """Waits for its end. Returns the exit status; raises tap.Fail when there is none."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise tap.Fail(f'probetop did not end within {timeout_s} s: {self.errors()}')

    def finish(self, timeout_s=SLACK_S, status=0):
        """Waits for exit status `status`. Returns the output as bytes."""
        got = self.wait(timeout_s)
        if got != status:
            raise tap.Fail(f'probetop ended with {got}: {self.errors()[-2000:]}')
        return self.output()

    def frames(self, timeout_s=SLACK_S):
        return truth.objects(self.finish(timeout_s).decode())

    def wait_output(self, enough, timeout_s=SLACK_S):
        """Waits until enough(output) holds; raises tap.Fail when it ends or time runs out."""
        until = time.monotonic() + timeout_s
        while not enough(self.output()):
            if self.process.poll() is not None or time.monotonic() > until:
                raise tap.Fail(f'probetop ended or gave no frame: {self.errors()[-2000:]}')
            time.sleep(0.02)

    def wait_frames(self, nr, timeout_s=SLACK_S):
        self.wait_output(lambda out: out.count(b'\n') >= nr, timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()


class Load:
    """A known load in the background; on leaving it is asked to end."""

    def __init__(self, *options):
        self.process = subprocess.Popen([LOAD, *map(str, options)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)

    def lines(self, nr):
        """The first `nr` objects that it prints."""
        return [truth.objects(self.process.stdout.readline())[0] for _ in range(nr)]

    def end(self):
        """Tells a load that holds to go on. Returns the objects that it still prints."""
        self.process.terminate()
        return self.rest()

    def rest(self):
        text = self.process.communicate(timeout=SLACK_S)[0]
        if self.process.returncode:
            raise tap.Fail(f'the load ended with {self.process.returncode}')
        return truth.objects(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def as_nobody(folder):
    """The words before a command that make it run without any rights; `folder` becomes readable."""
    os.chmod(folder, 0o755)
    return ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
            '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs')


def hold(t, errors):
    """Fails the case with all the sentences of a list of errors."""
    t.ok(not errors, '\n'.join(errors))


def main(cases, tries=1):
    """
    More than one try is for what a sandboxed kernel disturbs: now and then it runs no program at a hook for a moment, and
    perf's samples lack the same ones. Each failed try is told.
    """
    if os.geteuid() != 0:
        tap.skip_all('needs root')
    for path in (PROBETOP, LOAD):
        if not os.access(path, os.X_OK):
            print(f'Bail out! {path} is missing: build it first')
            sys.exit(1)
    tap.main(cases, ONLY, tries)
