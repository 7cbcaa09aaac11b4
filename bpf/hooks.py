#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes one program per hook from the modules' lists of handlers (bpf/*.hooks).

Usage: hooks.py OUTPUT.bpf.c OUTPUT.h MODULE...   (a module's list is MODULE.hooks beside this file)

A list has lines `HOOK(hook, handler)`, or `HOOK(hook, handler, plain_handler)` where the
handler uses bpf_rdonly_cast, which older kernels lack. FENTRY(function, handler) and
FEXIT(function, handler) are the same at the beginning and the end of a kernel function.
OUTPUT.bpf.c has the programs, one per variant of a hook; OUTPUT.h names them to user space,
best first.
"""
import pathlib
import re
import sys

TASK = 'struct task_struct *'

# (hook, arguments the kernel passes, with bpf_rdonly_cast, parameters, what handlers get)
# More arguments first: a program with fewer loads on a newer kernel too, and knows less.
VARIANTS = [
    # 5.18 added prev_state; before, the state is read from the task.
    ('sched_switch', 4, True, f'int preempt, {TASK}prev, {TASK}next, unsigned int state',
     'prev, next, state & switch_mask(preempt)'),
    ('sched_switch', 4, False, f'int preempt, {TASK}prev, {TASK}next, unsigned int state',
     'prev, next, state & switch_mask(preempt)'),
    ('sched_switch', 3, False, f'int preempt, {TASK}prev, {TASK}next',
     'prev, next, task_run_state(prev) & switch_mask(preempt)'),
    ('sched_process_fork', 2, False, f'{TASK}parent, {TASK}child', 'parent, child'),
    ('sched_process_exec', 3, True, f'{TASK}task, int old_pid, struct linux_binprm *bprm',
     'task, old_pid'),
    ('sched_process_exec', 3, False, f'{TASK}task, int old_pid, struct linux_binprm *bprm',
     'task, old_pid'),
    # 6.18 added group_dead; before, the count of live threads tells.
    ('sched_process_exit', 2, False, f'{TASK}task, bool group_dead', 'task, group_dead'),
    ('sched_process_exit', 1, False, f'{TASK}task', 'task, task->signal->live.counter == 0'),
    ('sched_process_free', 1, True, f'{TASK}task', 'task'),
    ('sched_process_free', 1, False, f'{TASK}task', 'task'),
    ('sched_migrate_task', 2, False, f'{TASK}task, int dest_cpu', 'task, dest_cpu'),
    ('hrtimer_expire_entry', 2, False, 'struct hrtimer *timer, void *now', 'timer'),
    ('hrtimer_expire_exit', 1, False, 'struct hrtimer *timer', 'timer'),
    ('sched_waking', 1, False, f'{TASK}task', 'task'),
    ('irq_handler_entry', 2, False, 'int irq, struct irqaction *action', 'irq, action'),
    ('irq_handler_exit', 3, False, 'int irq, struct irqaction *action, int ret', 'irq, action'),
    ('softirq_entry', 1, False, 'unsigned int vec', 'vec'),
    ('softirq_exit', 1, False, 'unsigned int vec', 'vec'),
    ('sys_enter', 2, True, 'struct pt_regs *regs, long id', 'regs, id'),
    ('sys_enter', 2, False, 'struct pt_regs *regs, long id', 'regs, id'),
    ('sys_exit', 2, True, 'struct pt_regs *regs, long ret', 'regs, ret'),
    ('sys_exit', 2, False, 'struct pt_regs *regs, long ret', 'regs, ret'),
    # 6.5; before, getrq and the bio tell who started a request. 5.11 took the queue out of most.
    ('block_io_start', 1, True, 'struct request *rq', 'rq'),
    ('block_io_start', 1, False, 'struct request *rq', 'rq'),
    ('block_getrq', 3, False, 'struct request_queue *q, struct bio *bio, int op', 'bio'),
    ('block_getrq', 1, True, 'struct bio *bio', 'bio'),
    ('block_getrq', 1, False, 'struct bio *bio', 'bio'),
    ('block_rq_insert', 2, False, 'struct request_queue *q, struct request *rq', 'rq'),
    ('block_rq_insert', 1, True, 'struct request *rq', 'rq'),
    ('block_rq_insert', 1, False, 'struct request *rq', 'rq'),
    ('block_rq_issue', 2, False, 'struct request_queue *q, struct request *rq', 'rq'),
    ('block_rq_issue', 1, True, 'struct request *rq', 'rq'),
    ('block_rq_issue', 1, False, 'struct request *rq', 'rq'),
    ('block_rq_complete', 3, True, 'struct request *rq, int error, unsigned int bytes', 'rq, error, bytes'),
    ('block_rq_complete', 3, False, 'struct request *rq, int error, unsigned int bytes', 'rq, error, bytes'),
    ('block_rq_requeue', 2, False, 'struct request_queue *q, struct request *rq', 'rq'),
    ('block_rq_requeue', 1, True, 'struct request *rq', 'rq'),
    ('block_rq_requeue', 1, False, 'struct request *rq', 'rq'),
    ('block_rq_merge', 2, False, 'struct request_queue *q, struct request *rq', 'rq'),
    ('block_rq_merge', 1, True, 'struct request *rq', 'rq'),
    ('block_rq_merge', 1, False, 'struct request *rq', 'rq'),
    ('block_bio_queue', 2, False, 'struct request_queue *q, struct bio *bio', 'bio'),
    ('block_bio_queue', 1, True, 'struct bio *bio', 'bio'),
    ('block_bio_queue', 1, False, 'struct bio *bio', 'bio'),
    ('block_bio_backmerge', 3, False, 'struct request_queue *q, struct request *rq, struct bio *bio', 'bio'),
    ('block_bio_backmerge', 1, True, 'struct bio *bio', 'bio'),
    ('block_bio_backmerge', 1, False, 'struct bio *bio', 'bio'),
    ('block_bio_frontmerge', 3, False, 'struct request_queue *q, struct request *rq, struct bio *bio', 'bio'),
    ('block_bio_frontmerge', 1, True, 'struct bio *bio', 'bio'),
    ('block_bio_frontmerge', 1, False, 'struct bio *bio', 'bio'),
    ('block_plug', 1, True, 'struct request_queue *q', 'q'),
    ('block_plug', 1, False, 'struct request_queue *q', 'q'),
    ('block_unplug', 3, True, 'struct request_queue *q, unsigned int depth, bool explicit',
     'q, depth, explicit'),
    ('block_unplug', 3, False, 'struct request_queue *q, unsigned int depth, bool explicit',
     'q, depth, explicit'),
    ('block_split', 3, False, 'struct request_queue *q, struct bio *bio, unsigned int sector', 'bio'),
    ('block_split', 2, True, 'struct bio *bio, unsigned int sector', 'bio'),
    ('block_split', 2, False, 'struct bio *bio, unsigned int sector', 'bio'),
    ('block_bio_remap', 4, False,
     'struct request_queue *q, struct bio *bio, unsigned int from, __u64 sector', 'bio, from'),
    ('block_bio_remap', 3, True, 'struct bio *bio, unsigned int from, __u64 sector', 'bio, from'),
    ('block_bio_remap', 3, False, 'struct bio *bio, unsigned int from, __u64 sector', 'bio, from'),
    ('block_bio_complete', 2, True, 'struct request_queue *q, struct bio *bio', 'bio'),
    ('block_bio_complete', 2, False, 'struct request_queue *q, struct bio *bio', 'bio'),
    # Gone in 6.16 and in 5.11.
    ('block_bio_bounce', 2, False, 'struct request_queue *q, struct bio *bio', 'bio'),
    ('block_bio_bounce', 1, False, 'struct bio *bio', 'bio'),
    ('block_sleeprq', 3, False, 'struct request_queue *q, struct bio *bio, int op', 'bio'),
    ('io_uring_submit_req', 1, True, 'struct io_kiocb *req', 'req'),
    # Up to 6.12 the fields of the completion came one by one; before 6.2 nothing leads into a request.
    ('io_uring_complete', 3, True, 'void *owner, void *req, void *cqe', 'req'),
    ('io_uring_complete', 7, True, 'void *owner, void *req, __u64 user_data, int res, unsigned int flags, '
     '__u64 extra1, __u64 extra2', 'req'),
    ('ext4_unlink_enter', 2, True, 'struct inode *dir, struct dentry *dentry', 'dentry'),
    ('ext4_unlink_enter', 2, False, 'struct inode *dir, struct dentry *dentry', 'dentry'),
    # 5.18 renamed writeback_dirty_page: a folio in place of a page.
    ('writeback_dirty_folio', 2, True, 'void *page, struct address_space *mapping', 'page, mapping'),
    ('writeback_dirty_folio', 2, False, 'void *page, struct address_space *mapping', 'page, mapping'),
    ('writeback_dirty_page', 2, False, 'void *page, struct address_space *mapping', 'page, mapping'),
    # Since 5.16 a folio in place of a page.
    ('mm_filemap_add_to_page_cache', 1, True, 'void *page', 'page'),
    ('mm_filemap_add_to_page_cache', 1, False, 'void *page', 'page'),
    # What is only of use where reads are told, which came with 6.12, has no plain variant.
    ('mm_filemap_delete_from_page_cache', 1, True, 'void *page', 'page'),
    ('mm_filemap_get_pages', 3, True,
     'struct address_space *mapping, unsigned long first, unsigned long last', 'mapping, first, last'),
    ('mm_filemap_map_pages', 3, True,
     'struct address_space *mapping, unsigned long first, unsigned long last', 'mapping, first, last'),
    ('mm_filemap_fault', 2, True, 'struct address_space *mapping, unsigned long page', 'mapping, page'),
]

# Functions of the kernel, as VARIANTS; the last parameter is what the function returns.
FILE = 'struct file *'


def variants(function, count, parameters, passed, plain=None):
    """With and without bpf_rdonly_cast; what kernels of the latter refuse is not passed by a plain one."""
    return [(function, count, True, parameters, passed), (function, count, False, parameters, plain or passed)]


# Up to 5.10 an argument that is a pointer to a number or to text is refused when it is used.
FUNCTIONS = [
    *variants('vfs_read', 4, f'{FILE}file, void *buffer, unsigned long bytes, void *pos, long ret',
              'file, pos, ret', 'file, ret'),
    *variants('vfs_write', 4, f'{FILE}file, void *buffer, unsigned long bytes, void *pos, long ret',
              'file, pos, ret', 'file, ret'),
    *variants('vfs_readv', 5,
              f'{FILE}file, void *vec, unsigned long nr, void *pos, unsigned int flags, long ret',
              'file, pos, ret', 'file, ret'),
    *variants('vfs_writev', 5,
              f'{FILE}file, void *vec, unsigned long nr, void *pos, unsigned int flags, long ret',
              'file, pos, ret', 'file, ret'),
    # Descriptors lead to files only by a cast; before, what these functions call is told the files.
    ('do_sendfile', 5, True,
     'int out_fd, int in_fd, void *pos, unsigned long bytes, __s64 max, long ret', 'out_fd, in_fd, ret'),
    ('do_splice_direct', 6, False,
     f'{FILE}in, void *pos, {FILE}out, void *out_pos, unsigned long bytes, unsigned int flags, long ret',
     'in, out, ret'),
    *variants('do_splice', 6,
              f'{FILE}in, void *pos, {FILE}out, void *out_pos, unsigned long bytes, unsigned int flags, long ret',
              'in, out, ret'),
    *variants('vfs_copy_file_range', 6,
              f'{FILE}in, __s64 pos, {FILE}out, __s64 out_pos, unsigned long bytes, unsigned int flags, long ret',
              'in, out, ret'),
    ('do_sys_openat2', 3, True, 'int dir, const char *name, struct open_how *how, int ret', 'name, how, ret'),
    ('do_filp_open', 3, False, 'int dir, struct filename *name, struct open_flags *how, struct file *ret',
     'name, how, ret'),
    # Up to 6.1 it is a part of its callers.
    ('do_fsync', 2, True, 'unsigned int fd, int data, int ret', 'fd, ret'),
    # 5.11 took two arguments from it. Only that it is called matters.
    ('lookup_fast', 1, False, 'void *names, void *ret', ''),
    ('lookup_fast', 3, False, 'void *names, void *inode, void *seq, void *ret', ''),
    ('__lookup_slow', 3, False, 'void *name, void *parent, unsigned int flags, void *ret', ''),
    ('d_lookup', 2, False, 'void *parent, void *name, struct dentry *ret', 'ret'),
]

PROBES = {
    'sched_switch': 'PROBE_SWITCH',
    'sched_process_fork': 'PROBE_FORK',
    'sched_process_exec': 'PROBE_EXEC',
    'sched_process_exit': 'PROBE_EXIT',
    'sched_process_free': 'PROBE_FREE',
    'sched_migrate_task': 'PROBE_MIGRATE',
    'sched_waking': 'PROBE_WAKING',
    'hrtimer_expire_entry': 'PROBE_TIMER_ENTRY',
    'hrtimer_expire_exit': 'PROBE_TIMER_EXIT',
    'irq_handler_entry': 'PROBE_IRQ_ENTRY',
    'irq_handler_exit': 'PROBE_IRQ_EXIT',
    'softirq_entry': 'PROBE_SOFTIRQ_ENTRY',
    'softirq_exit': 'PROBE_SOFTIRQ_EXIT',
    'sys_enter': 'PROBE_SYS_ENTER',
    'sys_exit': 'PROBE_SYS_EXIT',
    'block_io_start': 'PROBE_IO_START',
    'block_getrq': 'PROBE_IO_GETRQ',
    'block_rq_issue': 'PROBE_IO_ISSUE',
    'block_rq_complete': 'PROBE_IO_COMPLETE',
    'block_rq_requeue': 'PROBE_IO_REQUEUE',
    'writeback_dirty_folio': 'PROBE_DIRTY',
    'writeback_dirty_page': 'PROBE_DIRTY',
    'io_uring_submit_req': 'PROBE_URING_SUBMIT',
    'io_uring_complete': 'PROBE_URING_DONE',
    'ext4_unlink_enter': 'PROBE_UNLINK',
    'mm_filemap_add_to_page_cache': 'PROBE_PAGE_ADD',
    'mm_filemap_delete_from_page_cache': 'PROBE_PAGE_DELETE',
    'mm_filemap_get_pages': 'PROBE_PAGE_READ',
    'mm_filemap_fault': 'PROBE_PAGE_FAULT',
    'mm_filemap_map_pages': 'PROBE_PAGE_MAP',
    'block_bio_queue': 'PROBE_BIO_QUEUE',
    'block_bio_backmerge': 'PROBE_BIO_BACKMERGE',
    'block_bio_frontmerge': 'PROBE_BIO_FRONTMERGE',
    'block_rq_merge': 'PROBE_RQ_MERGE',
    'block_rq_insert': 'PROBE_RQ_INSERT',
    'block_plug': 'PROBE_PLUG',
    'block_unplug': 'PROBE_UNPLUG',
    'block_split': 'PROBE_BIO_SPLIT',
    'block_bio_remap': 'PROBE_BIO_REMAP',
    'block_bio_complete': 'PROBE_BIO_COMPLETE',
    'block_bio_bounce': 'PROBE_BIO_BOUNCE',
    'block_sleeprq': 'PROBE_BIO_SLEEP',
    'vfs_read': 'PROBE_VFS_READ',
    'vfs_write': 'PROBE_VFS_WRITE',
    'vfs_readv': 'PROBE_VFS_READV',
    'vfs_writev': 'PROBE_VFS_WRITEV',
    'do_sendfile': 'PROBE_VFS_SENDFILE',
    'do_splice_direct': 'PROBE_VFS_SENDFILE',
    'do_splice': 'PROBE_VFS_SPLICE',
    'vfs_copy_file_range': 'PROBE_VFS_COPY',
    'do_sys_openat2': 'PROBE_VFS_OPEN',
    'do_filp_open': 'PROBE_VFS_OPEN',
    'do_fsync': 'PROBE_VFS_SYNC',
    'lookup_fast': 'PROBE_LOOKUP_FAST',
    '__lookup_slow': 'PROBE_LOOKUP_SLOW',
    'd_lookup': 'PROBE_D_LOOKUP',
}

# The pane bit that switches a module's handlers on; task stands for PANE_CORE.
PANES = {'task': 'PANE_CORE'}

LINE = re.compile(r'(HOOK|FENTRY|FEXIT)\((\w+), *(\w+)(?:, *(\w+))?\)$')


def read_lists(modules):
    """Returns {(kind, hook): [(module, handler, plain handler)]} in the order of the modules."""
    handlers = {}
    for module in modules:
        path = pathlib.Path(__file__).with_name(module + '.hooks')
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            match = LINE.match(line)
            if not match or match[2] not in PROBES:
                sys.exit(f'{path.name}:{number}: not HOOK(hook, handler) of a known hook: {line}')
            handlers.setdefault((match[1], match[2]), []).append((module, match[3], match[4]))
    return handlers


def arguments(parameters):
    return ''.join(', ' + p for p in parameters)


def prototype(parameters, passed):
    """The C types of what handlers get, taken from the names passed on."""
    types = dict((p.rsplit(' ', 1)[-1].lstrip('*'), p) for p in parameters.split(', '))
    out = []
    for expression in passed.split(', '):
        if expression in types:
            out.append(types[expression])
        elif 'live' in expression:
            out.append('bool group_dead')
        else:
            out.append('unsigned int state')
    return out


def body(probe, calls, passed, enter, leave):
    lines = ['\tstruct cpu_block *b = cpu_block();', '\t__u64 entered_ns;', '', '\tif (!b)', '\t\treturn 0;',
             f'\tentered_ns = {enter}(&b->probe[{probe}]);']
    for pane, handler in calls:
        lines += [f'\tif (modules & (1 << {pane}))', f'\t\t{handler}(b{passed});']
    return lines + [f'\t{leave}(&b->probe[{probe}], entered_ns);', '\treturn 0;', '}', '']


def program(section, name, probe, parameters, passed, calls):
    return [f'SEC("?{section}")', f'int BPF_PROG({name}, {parameters})', '{',
            *body(probe, calls, f', {passed}' * bool(passed), 'probe_enter', 'probe_leave')]


def calls_of(listed, cast):
    """(pane bit, handler) of each, as the variant wants it."""
    return [(PANES.get(module, 'PANE_' + module.upper()), handler if cast or not plain else plain)
            for module, handler, plain in listed]


class Output:
    """The programs' text, and their rows for user space."""

    def __init__(self):
        self.declared, self.programs = [], []
        self.rows, self.functions = [], []

    def declare(self, calls, types):
        for _, handler in calls:
            line = f'int {handler}(struct cpu_block *b{arguments(types)});'
            if line not in self.declared:
                self.declared.append(line)

    def tracepoint(self, variant, listed):
        hook, count, cast, parameters, passed = variant
        if not listed or (cast and not any(plain for _, _, plain in listed)):
            return
        name = f'{hook}_{count}' + ('' if cast or not any(p for _, _, p in listed) else '_plain')
        calls = calls_of(listed, cast)
        self.declare(calls, prototype(parameters, passed))
        self.programs += program(f'tp_btf/{hook}', name, PROBES[hook], parameters, passed, calls)
        self.rows.append(f'\tX({PROBES[hook]}, "{name}", "{hook}", {count}, {int(cast)}) \\')

    def begin(self, function, calls, alone):
        """One for all variants of the end: what a function is handed is read there."""
        self.declare(calls, ['__u64 *frame'])
        which = '' if alone else '_first'
        self.programs += [f'SEC("?fentry/{function}")', f'int {function}_begin(__u64 *ctx)', '{',
                          *body(PROBES[function], calls, ', ctx', f'probe_enter{which}', f'probe_leave{which}')]

    def function(self, variant, first, last):
        function, count, cast, parameters, passed = variant
        if cast and not any(plain for _, _, plain in first + last):
            return
        name = f'{function}_begin'
        if first and f'int {name}(__u64 *ctx)' not in self.programs:
            self.begin(function, calls_of(first, cast), not last)
        end = f'{function}_{count}' + ('' if cast or not any(p for _, _, p in last) else '_plain')
        if last:
            calls = calls_of(last, cast)
            self.declare(calls, [*prototype(parameters, passed), '__u64 *frame'])
            self.programs += program(f'fexit/{function}', end, PROBES[function], parameters,
                                     f'{passed}, (__u64 *)ctx', calls)
        pair = (end, name if first else '') if last else (name, '')
        self.functions.append(f'\tX({PROBES[function]}, "{pair[0]}", "{pair[1]}", "{function}", '
                              f'{count}, {int(cast)}) \\')

    def write(self, source, header):
        head = '/* Made by bpf/hooks.py from the modules\' .hooks lists: edit those. */'
        pathlib.Path(source).write_text('\n'.join(
            [head, '#include "common.bpf.h"', '#include <bpf/bpf_tracing.h>', ''] + self.declared + [''] +
            self.programs))
        pathlib.Path(header).write_text('\n'.join(
            [head, '/* X(probe, program, hook, arguments, needs bpf_rdonly_cast), best first. */',
             '#define HOOK_PROGRAMS(X) \\', *self.rows, '',
             '/* X(probe, program, program at the beginning, function, arguments, needs bpf_rdonly_cast) */',
             '#define FUNCTION_PROGRAMS(X) \\', *self.functions, '', '']))


def main():
    source, header, modules = sys.argv[1], sys.argv[2], sys.argv[3:]
    handlers = read_lists(modules)
    out = Output()
    for variant in VARIANTS:
        out.tracepoint(variant, handlers.get(('HOOK', variant[0]), []))
    for variant in FUNCTIONS:
        lists = [handlers.get((kind, variant[0]), []) for kind in ('FENTRY', 'FEXIT')]
        if any(lists):
            out.function(variant, *lists)
    out.write(source, header)


main()
