# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop device on a file of a real disk, and fio on it; both are gone when the block is left."""
import json
import os
import subprocess
import tempfile

import live

FOLDER = '/var/tmp'  # /tmp may be memory


class Loop:
    """A loop device of `mib` MiB on a file that holds data; `scheduler` where it matters."""

    def __init__(self, mib=64, scheduler=None):
        self.file = tempfile.NamedTemporaryFile(dir=FOLDER, prefix='probetop-loop-')
        self.path = None
        block = os.urandom(1 << 20)  # zeroes may be left out below
        for _ in range(mib):
            self.file.write(block)
        self.file.flush()
        os.fsync(self.file.fileno())
        try:
            self.path = subprocess.run(['losetup', '-f', '--show', self.file.name], capture_output=True,
                                       text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError) as e:
            self.file.close()
            raise live.tap.Skip(f'no loop device: {e}') from e
        if scheduler:
            with open(f'/sys/block/{self.name}/queue/scheduler', 'w', encoding='ascii') as f:
                f.write(scheduler)

    @property
    def name(self):
        return os.path.basename(self.path)

    @property
    def numbers(self):
        """"7:3", as control groups name it."""
        with open(f'/sys/block/{self.name}/dev', encoding='ascii') as f:
            return f.read().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(['losetup', '-d', self.path], check=False)
        self.file.close()


def fio_words(loop, *jobs, runtime_s=None):
    """The command of one fio with a job for each set of options; direct, one request at a time."""
    words = ['fio', '--output-format=json', f'--filename={loop.path}', '--direct=1', '--ioengine=psync',
             '--randrepeat=1', '--allow_mounted_write=0']
    if runtime_s:
        words += [f'--runtime={runtime_s}', '--time_based']
    for i, options in enumerate(jobs):
        words += [f'--name=job{i}', *options]
    return words


def fio_jobs(text):
    """The jobs of fio's report, in the order in which they were named."""
    return json.loads(text[text.index('{'):])['jobs']
