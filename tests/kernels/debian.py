# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's cloud kernels, fetched with apt into a cache outside the tree and unpacked.

Each suite has its own sources list, lists and state folder, so the host's apt knows nothing of
it. The mirror is the one that the host's apt uses for Debian; the archive keyring verifies.
"""
import lzma
import os
import pathlib
import re
import shutil
import subprocess

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
META = 'linux-image-cloud-amd64'

# The name by which a kernel is asked for, and the suite that has it.
SUITES = {'5.10': 'bullseye', '6.1': 'bookworm', '6.12': 'trixie', 'newest': 'sid'}
DEFAULT = ['6.1', '6.12']


class Missing(Exception):
    """The kernel cannot be had here; the text says why."""


def cache_dir():
    base = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
    return pathlib.Path(base) / 'probetop' / 'kernels'


def _run(argv, cwd=None):
    done = subprocess.run(argv, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=600)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ['no message'])[-1]
        raise Missing(f'{argv[0]} {argv[-1]} failed: {last}')
    return done.stdout


def mirror():
    """The address under which the host's own apt reaches the Debian archive."""
    if not shutil.which('apt-get') or not os.path.exists(KEYRING):
        raise Missing('apt-get or the Debian archive keyring is missing')
    ask = ['apt-get', 'indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Created-By: Packages']
    pairs = [line.partition(' ')[::2] for line in _run(ask).splitlines()]
    found = [uri for label, uri in pairs if label == 'Debian']
    if not found:  # before an update of the host's lists nothing but the address is known
        lines = _run([*ask[:2], '--no-release-info', *ask[2:]]).splitlines()
        found = [l.split()[-1] for l in lines if l.rstrip('/').endswith('/debian')]
    if not found:
        raise Missing("the host's apt knows no Debian archive")
    return found[0]


class Suite:
    """One suite's private apt: a folder with its list, state, cache and packages."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        for part in ('lists/partial', 'cache/archives/partial', 'packages'):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / 'status').touch()
        self.options = [
            '-o', f'Dir::Etc::SourceList={folder}/sources.list', '-o', 'Dir::Etc::SourceParts=-',
            '-o', f'Dir::State={folder}', '-o', f'Dir::State::Lists={folder}/lists',
            '-o', f'Dir::State::Status={folder}/status', '-o', f'Dir::Cache={folder}/cache',
            '-o', 'APT::Architecture=amd64', '-o', 'APT::Sandbox::User=',
            '-o', 'Acquire::Languages=none', '-o', 'Acquire::Retries=3',
        ]

    def update(self):
        source = f'deb [signed-by={KEYRING}] {mirror()} {self.name} main\n'
        (self.folder / 'sources.list').write_text(source)
        _run(['apt-get', *self.options, '-q', '--error-on=any', 'update'])

    def depends(self, package):
        text = _run(['apt-cache', *self.options, 'show', '--no-all-versions', package])
        found = re.search(r'^Depends: (.*)$', text, re.M)
        return [d.split()[0] for d in found[1].split(',')] if found else []

    def kernel_packages(self):
        """The packages that hold vmlinuz and modules: newer ones split the image into the two."""
        images = [d for d in self.depends(META) if re.match(r'linux-image-\d', d)]
        if not images:
            raise Missing(f'{META} of {self.name} names no kernel image')
        parts = [d for d in self.depends(images[0]) if re.match(r'linux-(binary|modules)-\d', d)]
        return parts or images

    def download(self):
        for package in self.kernel_packages():
            _run(['apt-get', *self.options, '-q', 'download', package],
                 cwd=self.folder / 'packages')
        return sorted((self.folder / 'packages').glob('linux-*.deb'))


def _unpack(packages, folder):
    part = folder.with_suffix('.part')
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for package in packages:
        _run(['dpkg-deb', '-x', str(package), str(part)])
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _find_image(folder):
    images = sorted(folder.glob('**/vmlinuz*'))
    return images[0] if images else None


def _find_module(folder, name):
    found = sorted([*folder.glob(f'**/{name}.ko'), *folder.glob(f'**/{name}.ko.xz')])
    return found[0] if found else None


def module(version, name):
    """Returns a module of a kernel that is here, as bytes that insmod takes."""
    path = _find_module(cache_dir() / SUITES[version] / 'tree', name)
    if not path:
        raise Missing(f'no module {name} in the packages of {SUITES[version]}')
    return lzma.decompress(path.read_bytes()) if path.suffix == '.xz' else path.read_bytes()


def kernel(version, refresh=False):
    """Returns the path of vmlinuz of one of SUITES; asks the archive only when it is not here."""
    suite = Suite(SUITES[version], cache_dir() / SUITES[version])
    tree = suite.folder / 'tree'
    if not refresh and tree.is_dir() and _find_image(tree) and _find_module(tree, 'loop'):
        return _find_image(tree)
    for old in (suite.folder / 'packages').glob('*.deb'):
        old.unlink()
    suite.update()
    _unpack(suite.download(), tree)
    image = _find_image(tree)
    if not image:
        raise Missing(f'no vmlinuz in the packages of {suite.name}')
    return image
