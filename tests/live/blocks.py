# SPDX-License-Identifier: GPL-2.0-or-later
"""Block devices of a test's own: loop devices on files of the root filesystem, ext4 on them.

Each cleans up on leaving, whatever happened. A lower device is wanted, so no tmpfs: /var/tmp.
"""
import fcntl
import os
import shutil
import subprocess
import tempfile

import tap

FIFREEZE, FITHAW = 0xc0045877, 0xc0045878


def run(*command):
    """Returns what it printed; a tool or device that is missing skips the case."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except FileNotFoundError as e:
        raise tap.Skip(f'{e.filename} is not installed')
    if done.returncode:
        raise tap.Skip(f'{" ".join(command)}: {done.stderr.strip()}')
    return done.stdout


class Loop:
    """A loop device on an image of `size` bytes, in a folder of its own or in `folder`."""

    def __init__(self, size=16 << 20, folder=None, direct=False):
        self.size, self.given, self.direct = size, folder, direct
        self.device = self.folder = None

    def __enter__(self):
        self.folder = self.given or tempfile.mkdtemp(prefix='probetop-loop-', dir='/var/tmp')
        self.image = os.path.join(self.folder, 'image')
        try:
            with open(self.image, 'wb') as f:
                for _ in range(self.size >> 20):
                    f.write(bytes(1 << 20))
                os.fsync(f.fileno())
            self.device = run('losetup', '--show', '-f', self.image, *(['--direct-io=on'] if self.direct else [])).strip()
        except BaseException:
            self.__exit__()
            raise
        self.name = os.path.basename(self.device)
        return self

    def __exit__(self, *_):
        if self.device:
            subprocess.run(['losetup', '-d', self.device], check=False)
        if not self.given:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            os.unlink(self.image)


class Ext4:
    """A filesystem on a block device, mounted; freeze() keeps every write waiting until thaw()."""

    def __init__(self, device):
        self.device = device
        self.mounted = self.frozen = False

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='probetop-mount-', dir='/var/tmp')
        try:
            run('mkfs.ext4', '-q', '-F', self.device)
            run('mount', self.device, self.path)
            self.mounted = True
        except BaseException:
            self.__exit__()
            raise
        return self

    def ioctl(self, request):
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, request, 0)
        finally:
            os.close(fd)

    def freeze(self):
        os.sync()
        self.ioctl(FIFREEZE)
        self.frozen = True

    def thaw(self):
        if self.frozen:
            self.ioctl(FITHAW)
            self.frozen = False

    def __exit__(self, *_):
        self.thaw()
        if self.mounted:
            subprocess.run(['umount', self.path], check=False)
        os.rmdir(self.path)
