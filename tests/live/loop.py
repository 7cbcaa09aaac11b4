# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop device as fio wants it, and fio on it."""
import json

import blocks


class Loop(blocks.Loop):
    """One of `mib` MiB, there from its making on; `scheduler` where it matters. The device is `path`."""

    def __init__(self, mib=64, scheduler=None):
        super().__init__(mib << 20)
        super().__enter__()
        self.path = self.device
        try:
            if scheduler:
                with open(f'/sys/block/{self.name}/queue/scheduler', 'w', encoding='ascii') as f:
                    f.write(scheduler)
        except OSError:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    @property
    def numbers(self):
        """"7:3", as control groups name it."""
        with open(f'/sys/block/{self.name}/dev', encoding='ascii') as f:
            return f.read().strip()


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
