#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the tables of system-call and errno names from the kernel's headers.

Usage: syscalls.py OUTPUT.h COMPILER...

A table is X(number, "name") lines. Headers of a machine that are not installed leave its table
with the calls of HAND alone: numbers from 424 on are the same on all machines.
"""
import pathlib
import re
import subprocess
import sys

# (table, header, what it must be told)
ABIS = [
    ('X86_64', 'asm/unistd_64.h', []),
    ('X32', 'asm/unistd_x32.h', ['__X32_SYSCALL_BIT=0x40000000']),
    ('I386', 'asm/unistd_32.h', []),
    # arm64 takes the generic table, with what its own asm/unistd.h asks for.
    ('ARM64', 'asm-generic/unistd.h', [
        '__BITS_PER_LONG=64', '__ARCH_WANT_RENAMEAT', '__ARCH_WANT_NEW_STAT',
        '__ARCH_WANT_SET_GET_RLIMIT', '__ARCH_WANT_TIME32_SYSCALLS', '__ARCH_WANT_SYS_CLONE3',
        '__ARCH_WANT_MEMFD_SECRET']),
]
X32_BIT = 0x40000000

# Calls that are newer than some headers: the same number everywhere.
HAND = {
    424: 'pidfd_send_signal', 425: 'io_uring_setup', 426: 'io_uring_enter',
    427: 'io_uring_register', 428: 'open_tree', 429: 'move_mount', 430: 'fsopen',
    431: 'fsconfig', 432: 'fsmount', 433: 'fspick', 434: 'pidfd_open', 435: 'clone3',
    436: 'close_range', 437: 'openat2', 438: 'pidfd_getfd', 439: 'faccessat2',
    440: 'process_madvise', 441: 'epoll_pwait2', 442: 'mount_setattr', 443: 'quotactl_fd',
    444: 'landlock_create_ruleset', 445: 'landlock_add_rule', 446: 'landlock_restrict_self',
    447: 'memfd_secret', 448: 'process_mrelease', 449: 'futex_waitv',
    450: 'set_mempolicy_home_node', 451: 'cachestat', 452: 'fchmodat2', 453: 'map_shadow_stack',
    454: 'futex_wake', 455: 'futex_wait', 456: 'futex_requeue', 457: 'statmount',
    458: 'listmount', 459: 'lsm_get_self_attr', 460: 'lsm_set_self_attr',
    461: 'lsm_list_modules', 462: 'mseal', 463: 'setxattrat', 464: 'getxattrat',
    465: 'listxattrat', 466: 'removexattrat', 467: 'open_tree_attr', 468: 'file_getattr',
    469: 'file_setattr', 470: 'listns',
}
# uretprobe and uprobe stand outside of the common numbers.
HAND_X86_64 = {335: 'uretprobe', 336: 'uprobe'}

# Of the kernel's own errnos, those that reach programs all the same.
HAND_ERRNO = {517: 'EPROBE_DEFER', 521: 'EBADHANDLE', 524: 'ENOTSUPP', 525: 'ETOOSMALL',
              526: 'ESERVERFAULT', 527: 'EBADTYPE', 528: 'EJUKEBOX', 529: 'EIOCBQUEUED'}

NUMBER = re.compile(r'^[\d\s()+xXa-fA-F]+$')


def macros(compiler, header, defines):
    """Returns {macro: its text} of a header, {} where it is not installed."""
    got = subprocess.run(
        [*compiler, '-E', '-dM', '-x', 'c', *('-D' + d for d in defines), '-'],
        input=f'#include <{header}>\n', text=True, capture_output=True, check=False)
    if got.returncode:
        return {}
    lines = (line.split(None, 2) for line in got.stdout.splitlines())
    return {words[1]: words[2] if len(words) > 2 else '' for words in lines}


def resolve(found, text):
    """The number that a macro's text comes to, through other macros; None where it is none."""
    for _ in range(4):
        text = re.sub(r'\b__\w+\b', lambda m: found.get(m[0], m[0]), text)
    if not NUMBER.match(text) or not text.strip():
        return None
    return eval(text, {'__builtins__': {}})  # digits, signs and brackets only


def calls(compiler, header, defines, extra):
    found = macros(compiler, header, defines)
    table = dict(extra)
    for macro, text in found.items():
        match = re.match(r'__NR_(\w+)$', macro)
        number = resolve(found, text) if match else None
        if number is None or match[1] in ('syscalls', 'arch_specific_syscall'):
            continue
        table[number & ~X32_BIT] = match[1]
    return table


def errnos(compiler):
    table = dict(HAND_ERRNO)
    aliases = ('EWOULDBLOCK', 'EDEADLOCK')
    for macro, text in macros(compiler, 'asm-generic/errno.h', []).items():
        if re.match(r'E[A-Z0-9]+$', macro) and text.isdigit() and macro not in aliases:
            table[int(text)] = macro
    return table


def rows(name, table):
    return [f'#define {name}(X) \\'] + \
           [f'\tX({number}, "{table[number]}") \\' for number in sorted(table)] + ['']


def main():
    output, compiler = sys.argv[1], sys.argv[2:]
    lines = ['/* Made by src/base/syscalls.py from the kernel\'s headers. */']
    for name, header, defines in ABIS:
        extra = {**HAND, **(HAND_X86_64 if name == 'X86_64' else {})}
        lines += rows('CALLS_' + name, calls(compiler, header, defines, extra))
    lines += rows('ERRNOS', errnos(compiler))
    pathlib.Path(output).write_text('\n'.join(lines) + '\n')


main()
