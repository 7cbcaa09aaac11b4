# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders on filesystems of a test's own: on the root disk, or on a loop device that was made for it.

Each cleans up on leaving, whatever happened.
"""
import os
import shutil
import subprocess
import tempfile

import tap
from blocks import run

# The smallest images that these make a filesystem on, and how. The images are sparse.
MAKE = {
    'ext4': (64, ['mkfs.ext4', '-q', '-F']),
    'xfs': (320, ['mkfs.xfs', '-q', '-f']),
    'btrfs': (256, ['mkfs.btrfs', '-q', '-f']),
}


def kernel_has(fstype):
    subprocess.run(['modprobe', '-q', fstype], check=False, stderr=subprocess.DEVNULL)
    with open('/proc/filesystems', encoding='ascii') as f:
        return fstype in f.read().split()


class Mounted:
    """A filesystem of this type, mounted at `path`."""

    def __init__(self, fstype):
        self.fstype = fstype
        self.device = self.path = self.folder = None

    def __enter__(self):
        if not kernel_has(self.fstype):
            raise tap.Skip(f'this kernel has no {self.fstype}')
        mib, make = MAKE[self.fstype]
        self.folder = tempfile.mkdtemp(prefix='probetop-fs-', dir='/var/tmp')
        try:
            image = os.path.join(self.folder, 'image')
            with open(image, 'wb') as f:
                f.truncate(mib << 20)
            run(*make, image)
            self.device = run('losetup', '--show', '-f', image).strip()
            path = os.path.join(self.folder, 'mount')
            os.mkdir(path)
            run('mount', self.device, path)
            self.path = path
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.path:
            subprocess.run(['umount', '-R', self.path], check=False)
        if self.device:
            subprocess.run(['losetup', '-d', self.device], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Folder:
    """A folder on the root disk, as a filesystem that is there already."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='probetop-fs-', dir='/var/tmp')
        return self

    def __exit__(self, *_):
        subprocess.run(['umount', '-q', os.path.join(self.path, 'mnt')], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.path, ignore_errors=True)
