# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest: one kernel, one initramfs, one run under QEMU's TCG, its results by name.

TCG only: it runs anywhere, and it is the same everywhere. Guests die now and then under TCG
while the kernel patches its own code, before or after they say anything; such a run is repeated,
for it tells nothing of the program.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

QEMU = 'qemu-system-x86_64'
MKFS = 'mkfs.ext4'
# Without checksums: for them some kernels want a module.
MKFS_OPTIONS = ['-q', '-F', '-O', '^metadata_csum,^orphan_file']
DISK_BYTES = 64 << 20
TRIES = 3
HERE = pathlib.Path(__file__).parent


class Died(Exception):
    """The guest gave no complete answer in any of its tries; the text is its last words."""


def missing():
    """Returns what is not installed and without which no guest runs."""
    found = {QEMU: shutil.which(QEMU), MKFS: shutil.which(MKFS), 'busybox (static)': _busybox(),
             'cc': shutil.which('cc')}
    return [name for name, path in found.items() if not path]


def _busybox():
    path = shutil.which('busybox')
    return path if path and is_static(path) else None


def is_static(path):
    done = subprocess.run(['ldd', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return 'not a dynamic' in done.stdout or 'statically' in done.stdout


def disks(folder):
    """Makes the images of two disks. Returns {serial number in the guest: path here}."""
    found = {name: pathlib.Path(folder) / f'{name}.img' for name in ('raw', 'ext4')}
    for path in found.values():
        with open(path, 'wb') as f:
            f.truncate(DISK_BYTES)
    subprocess.run([MKFS, *MKFS_OPTIONS, str(found['ext4'])], check=True)
    return found


def _cpio_entry(name, mode, data=b''):
    """One entry of the "newc" format: the kernel reads no other, and no tool is needed."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b'070701' + ''.join(f'{f:08x}' for f in fields).encode() + name.encode() + b'\0'
    return head + b'\0' * (-len(head) % 4) + data + b'\0' * (-len(data) % 4)


def initramfs(files, steps):
    """Packs {name in the guest: path here} with busybox, init and the text of `steps`."""
    out = [_cpio_entry(d, 0o40755) for d in ('bin', 'etc', 'lib', 'proc', 'sys', 'dev', 'tmp')]
    out.append(_cpio_entry('init', 0o100755, (HERE / 'init').read_bytes()))
    out.append(_cpio_entry('steps', 0o100644, steps.encode()))
    for name, path in {'bin/busybox': _busybox(), **files}.items():
        out.append(_cpio_entry(name, 0o100755, pathlib.Path(path).read_bytes()))
    out.append(_cpio_entry('TRAILER!!!', 0))
    return gzip.compress(b''.join(out), 1)


class Run:
    """What one boot gave: results by name, whether it came to its end, the console."""

    def __init__(self, results_text, console):
        self.console = console
        self.complete = '\n@@ done' in results_text
        self.outputs, self.statuses = {}, {}
        found = re.findall(r'^@@ begin (\S+)\n(.*?)^@@ end \1 (\d+)$', results_text, re.M | re.S)
        for name, text, status in found:
            self.outputs[name] = text
            self.statuses[name] = int(status)

    def oops(self):
        """The kernel's own complaint, where it made one."""
        found = re.search(r'(Kernel panic|BUG:|Oops|double fault|int3:).*', self.console)
        rip = re.search(r'RIP: .*', self.console)
        return ' '.join(m[0].strip() for m in (found, rip) if m)

    def last_words(self):
        lines = [l.strip() for l in self.console.splitlines() if l.strip()]
        return self.oops() or (lines[-1][-200:] if lines else 'no output at all')


def _drives(found):
    """NVMe, as all kernels have its driver built in. What is written is gone after the run."""
    words = []
    for serial, path in found.items():
        words += ['-drive', f'file={path},if=none,id={serial},format=raw,snapshot=on',
                  '-device', f'nvme,drive={serial},serial={serial}']
    return words


def _argv(kernel, initrd, folder, append, drives):
    return [
        QEMU, '-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-smp', '2', '-no-reboot',
        '-display', 'none', '-monitor', 'none', '-nic', 'none', '-kernel', str(kernel),
        '-initrd', str(initrd), '-serial', f'file:{folder}/console', '-serial',
        f'file:{folder}/results', '-append', f'console=ttyS0 quiet panic=-1 {append}',
        *_drives(drives),
    ]


def _boot(kernel, image, timeout_s, append, drives):
    with tempfile.TemporaryDirectory(prefix='probetop-guest-') as folder:
        initrd = pathlib.Path(folder) / 'initrd'
        initrd.write_bytes(image)
        try:
            done = subprocess.run(_argv(kernel, initrd, folder, append, drives), timeout=timeout_s,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors='replace')
            said = done.stdout
        except subprocess.TimeoutExpired:
            said = f'no power-off within {timeout_s} s'
        texts = []
        for name in ('results', 'console'):
            path = os.path.join(folder, name)
            raw = pathlib.Path(path).read_bytes() if os.path.exists(path) else b''
            texts.append(raw.decode(errors='replace').replace('\r', ''))
        return Run(texts[0], texts[1] + '\n' + said)


def boot(kernel, image, timeout_s, append='', drives=(), on_retry=lambda why: None):
    """
    Boots until a run comes to its end, at most TRIES times. A run that stopped half way without a
    complaint of the kernel is returned as it is: that may be the program's doing.
    """
    for attempt in range(1, TRIES + 1):
        run = _boot(kernel, image, timeout_s, append, dict(drives))
        if run.complete or (len(run.outputs) > 1 and not run.oops()):
            return run
        on_retry(f'try {attempt}: {run.last_words()}')
    raise Died(f'{TRIES} tries without a complete run: {run.last_words()}')
