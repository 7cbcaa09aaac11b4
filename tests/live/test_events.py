#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cpu/events against loads that write down what they did: each event once, or counted as lost."""
import collections
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import live
import truth
from live import Probetop

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_events')
MS = 1_000_000
# A child may be held up between the moment its parent hears of its end and its last switch.
END_SLACK_NS = 100 * MS
# ... and in the kernel's last lines for a process some CPU time passes, of each of its threads.
CPU_SLACK_NS = 2 * MS
FIFREEZE, FITHAW = 0xc0045877, 0xc0045878


def load(*options):
    """Runs the load to its end. Returns the objects that it printed."""
    done = subprocess.run([LOAD, *map(str, options)], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise live.tap.Fail(f'the load ended with {done.returncode}: {done.stderr}')
    return truth.objects(done.stdout)


def during(action, *options):
    """Frames around what `action` does: from a whole quiet interval on, to two after it."""
    with Probetop('-b', '-d', 1, '-f', 'json', '--view=events', *options) as p:
        p.wait_frames(1)
        result = action()
        p.wait_frames(p.output().count(b'\n') + 2)
        p.signal(signal.SIGINT)
        p.wait()
        return truth.objects(p.output().decode()), result


def rows_of(frames, **want):
    return [r for f in frames for r in f['rows'] if all(r[k] == v for k, v in want.items())]


def omitted(frames):
    return sum(f.get('omitted', 0) for f in frames)


def ring_lost(frame, pane):
    return frame['lost'][pane]['full']


def process_1_is_hidden():
    """Some guests keep an agent of theirs from every tracepoint: its switches are never seen."""
    with Probetop('-b', '-n', 1, '-d', '0.2', '-f', 'json', '--view=processes') as p:
        return truth.row_of(p.frames()[0], 1) is None


def fifty_waits_behind_a_hog_are_all_listed(t):
    """The load provokes one more than is asked for, so that each wait has a next one."""
    frames, own = during(lambda: load('waits', 51, 15 * MS))
    rows = rows_of(frames, kind='slow', pid=own[0]['waiter'])
    t.equal(len(own), 51, 'waits that the load provoked')
    t.equal(omitted(frames), 0, 'omitted')
    behind = merged = owed_ns = 0
    for wait, after in zip(own, own[1:]):
        # It ran between the hog's leave and its own first line; ours ends with the switch.
        found = [r for r in rows if wait['before_ns'] <= r['ts_ns'] <= wait['ran_ns']]
        later = [r for r in rows if r['ts_ns'] > wait['ran_ns']][:1]
        if not found and later and later[0]['latency_ns'] >= wait['waited_ns'] + 15 * MS:
            merged += 1  # the switch was not seen: the next one tells both
            owed_ns += wait['waited_ns']
            continue
        t.ok(found, f'no event of the wait {wait}')
        row = found[0]  # a second one: it was put off the CPU again before its first line
        # At least while the hog held the CPU, at most what the kernel says it waited in all.
        t.between(wait['released_ns'] - wait['after_ns'] - MS, row['latency_ns'],
                  wait['waited_ns'] + owed_ns, 'latency')
        owed_ns = 0
        t.equal(row['comm'], 'waiter', 'name')
        t.equal(row['tgid'], wait['hog'], 'process')
        behind += row['by_pid'] == wait['hog'] and row['by_comm'] == 'hog'
    t.note(f'{behind} of 50 name the hog, {merged} were seen with the next one')
    # Others with a right to that CPU may come in between, and are then named.
    t.ok(behind > 0, 'none names who had the CPU')
    if merged:
        t.ok(process_1_is_hidden() and merged <= 5, f'{merged} waits were not seen')


def a_storm_is_listed_or_counted(t):
    """The whole machine, 2,000 a second: what is not listed must stand among the losses."""
    nr = 6000
    frames, (own,) = during(lambda: load('storm', nr, 2000))
    started = rows_of(frames, kind='exec', comm='exe')  # it executes /proc/self/exe
    ended = rows_of(frames, kind='exit', comm='exe')
    t.note(f'{nr} in {own["seconds"]} s: {len(started)} starts and {len(ended)} ends listed, '
           f'{ring_lost(frames[-1], "core")} and {ring_lost(frames[-1], "cpu")} lost in the ring, '
           f'{omitted(frames)} without room')
    if omitted(frames) + ring_lost(frames[-1], 'core') == 0:
        t.equal(len(started), nr, 'starts')
    if omitted(frames) + ring_lost(frames[-1], 'cpu') == 0:
        t.equal(len(ended), nr, 'ends')
    t.ok(len(started) + ring_lost(frames[-1], 'core') + omitted(frames) >= nr, 'starts in all')
    t.ok(len(ended) + ring_lost(frames[-1], 'cpu') + omitted(frames) >= nr, 'ends in all')


def counted_tree(t, nr, *options):
    """
    A storm as COMMAND: only its tree is counted, and nothing else. Each of its processes has one
    thread and is reaped by the kernel, so each record of the ring is an event.
    """
    with Probetop('-d', 1, '-f', 'json', '--view=events', *options, '--', LOAD, 'storm', nr,
                  2000) as p:
        p.finish()
        # The load's own line is in the output; the report goes to stderr.
        frames = truth.objects(p.errors())
    lost = frames[-1]['lost']
    rows = [r for f in frames for r in f['rows']]
    kinds = collections.Counter(r['kind'] for r in rows if r['kind'] != 'kernel')
    listed = sum(kinds.values())
    full = lost['core']['full'] + lost['cpu']['full']
    seen = lost['core']['seen'] + lost['cpu']['seen']
    t.note(f'{dict(kinds)}, {full} lost in the ring, {omitted(frames)} without room, {seen} seen')
    t.equal(lost['core']['seen'], nr + 1, 'starts that the hook saw: the storm and its program')
    t.equal(listed + omitted(frames) + full, seen, 'listed and lost')
    return kinds, full, omitted(frames), lost


def a_command_that_starts_thousands_is_listed_whole(t):
    kinds, full, gone, _ = counted_tree(t, 6000)
    t.equal((full, gone), (0, 0), 'losses')
    t.equal(kinds['exec'], 6001, 'starts')
    # The command itself may leave its CPU after its end was told, when all is counted.
    t.between(6000, kinds['exit'], 6001, 'ends')


def a_ring_that_is_too_small_says_how_much_it_lost(t):
    kinds, full, gone, lost = counted_tree(t, 6000, '--ring-size=4K')
    t.ok(full > 0, 'nothing was lost in a ring of one page')
    t.equal(gone, 0, 'omitted')
    t.equal(kinds['exec'] + lost['core']['full'], 6001, 'starts listed and lost')


def under_total_what_has_no_room_is_omitted(t):
    kinds, full, gone, _ = counted_tree(t, 6000, '--total', '-n', 1)
    t.ok(gone > 0, 'more than the log holds, and nothing omitted')
    kinds, full, less, _ = counted_tree(t, 2000, '--total', '-n', 1, '-N', 100)
    t.equal(sum(kinds.values()), 100, 'rows under -N')


def ends_have_code_signal_age_and_cpu_time(t):
    frames, own = during(lambda: load('ends'))
    for end in own:
        found = rows_of(frames, kind='exit', pid=end['pid'])
        t.equal(len(found), 1, f'events of {end}')
        row = found[0]
        status, what = end['status'], end['way']
        t.equal(row['code'], None if status & 127 else status >> 8, f'code of {what}')
        name = {9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM'}.get(status & 127)
        name = name or (f'signal {status & 127}' if status & 127 else None)
        t.equal(row['signal'], name, f'signal of {what}')
        t.equal(row['core'], 'yes' if end['core'] else None, f'core of {what}')
        t.equal((row['comm'], row['ppid'], row['by_pid']), ('ender', end['ppid'], end['ppid']), what)
        # wait4 may come before the last switch, and cuts off what is less than a microsecond.
        t.between(end['cpu_ns'] - 1000, row['cpu_ns'], end['cpu_ns'] + CPU_SLACK_NS, f'CPU of {what}')
        t.between(end['inside_ns'], row['age_ns'], end['outside_ns'] + END_SLACK_NS, f'age of {what}')


ARGS = [
    ['/bin/true'],
    ['/bin/true', '--password=secret', 'two words', ''],
    ['another name', '-x'],
    ['/bin/true', '\u00e9\u6f22', '\x1b[31mred\n', '\udcff\udc80'],
    ['/bin/true', 'x' * 185],
    ['/bin/true', 'y' * 400],
]
ARGS_BYTES = 196


def escaped(raw):
    """As the program writes bytes from the kernel, for the characters that occur here."""
    out = ''
    for c in raw.decode('utf-8', 'surrogateescape'):
        if 0xdc80 <= ord(c) <= 0xdcff:
            out += f'\\x{ord(c) - 0xdc00:02x}'
        else:
            out += {'\x1b': '\\e', '\n': '\\n'}.get(c, c)
    return out


def start_each():
    pids = []
    for args in ARGS:
        pid = os.posix_spawn('/bin/true', args, os.environ)
        os.waitpid(pid, 0)
        pids.append(pid)
    return pids


def starts_have_their_arguments(t):
    for show in (True, False):
        frames, pids = during(start_each, *(['--show-args'] if show else []))
        for pid, args in zip(pids, ARGS):
            raw = b'\0'.join(os.fsencode(a) for a in args) + b'\0'
            words = raw[:ARGS_BYTES].rstrip(b'\0').replace(b'\0', b' ')
            rows = rows_of(frames, kind='exec', pid=pid)
            t.equal(len(rows), 1, f'starts of {args}')
            want = words if show else words.split(b' ')[0]
            t.equal(rows[0]['text'], escaped(want), 'arguments')
            t.equal(rows[0]['cut'], 'yes' if len(raw) > ARGS_BYTES else None, 'cut')
            t.equal((rows[0]['comm'], rows[0]['code'], rows[0]['ppid'], rows[0]['uid']),
                    ('true', 0, os.getpid(), 0), 'who')
            t.equal(rows[0]['by_comm'], open('/proc/self/comm').read().strip(), 'parent')


def log_lines(*lines):
    with open('/dev/kmsg', 'wb', buffering=0) as log:
        for line in lines:
            log.write(line + b'\n')


def warnings_of_the_kernel_come_once(t):
    word = f'probetop-test-{os.getpid()}'.encode()
    lines = [b'<3>' + word + b' error \x1b[31m\xff', b'<4>' + word + b' warning', b'<5>' + word + b' notice',
             b'<6>' + word + b' info', b'<3>' + word + b' long ' + b'z' * 300]
    before_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    frames, _ = during(lambda: log_lines(*lines), '-F', word.decode())
    rows = [r for f in frames for r in f['rows']]
    t.equal([r['level'] for r in rows], ['error', 'warning', 'error'], 'levels')
    t.equal(rows[0]['text'], word.decode() + ' error \\e[31m\\xff', 'text')
    t.equal((rows[1]['cut'], rows[2]['cut'], len(rows[2]['text'])), (None, 'yes', 255), 'cut')
    t.between(before_ns, rows[0]['ts_ns'], frames[-1]['mono_ns'], 'time')
    t.equal({r['pid'] for r in rows}, {None}, 'pid')


def the_last_warning_stands_on_every_other_view(t):
    word = f'probetop-test-{os.getpid()}'
    views = 'processes,runqueue,events'
    with Probetop('-b', '-d', 1, '-f', 'text', '--size=100x24', f'--view={views}', '-n', 5) as p:
        p.wait_output(lambda out: b'events' in out)
        time.sleep(0.2)
        log_lines(f'<4>{word} a warning'.encode())
        text = p.finish().decode()
    screens = [s.splitlines() for s in text.split('\n\n') if s.strip()]
    lines = [line for s in screens for line in s if f'kernel: {word}' in line]
    t.ok(lines, f'no alert in\n{text[-3000:]}')


def without_rights_it_says_so(t):
    folder = tempfile.mkdtemp()
    try:
        with Probetop('-b', '-n', 1, '-d', '0.2', '--no-bpf', '--view=events', '--size=100x24',
                      wrap=live.as_nobody(folder)) as p:
            text = p.finish().decode()
    finally:
        shutil.rmtree(folder)
    restricted = pathlib.Path('/proc/sys/kernel/dmesg_restrict').read_text().strip() == '1'
    readable = os.stat('/dev/kmsg').st_mode & 0o004
    t.contains(text, 'needs BPF', 'screen')
    if restricted or not readable:
        t.contains(text, "kernel's log n/a", 'screen')


class MemoryGroup:
    """A cgroup of 32 MiB; whoever joins it and takes more is killed by the kernel."""

    PLACES = [('/sys/fs/cgroup/memory', 'memory.limit_in_bytes'), ('/sys/fs/cgroup', 'memory.max')]

    def __enter__(self):
        for place, limit in self.PLACES:
            self.path = os.path.join(place, f'probetop-test-{os.getpid()}')
            try:
                os.mkdir(self.path)
            except OSError:
                continue
            try:
                pathlib.Path(self.path, limit).write_text(str(32 << 20))
                return self
            except OSError:
                os.rmdir(self.path)
        raise live.tap.Skip('no memory cgroup can be made here')

    def hog(self):
        """Runs until it is killed. Returns its pid."""
        child = subprocess.Popen(
            ['/usr/bin/python3', '-c',
             'import sys; open(sys.argv[1], "w").write("0"); open("/proc/self/comm", "w").write("a (hog)")\n'
             'x = []\nfor _ in range(256): x.append(bytearray(b"x" * (1 << 20)))',
             os.path.join(self.path, 'cgroup.procs')], stderr=subprocess.DEVNULL)
        child.wait(60)
        return child.pid if child.returncode == -9 else None

    def __exit__(self, *_):
        os.rmdir(self.path)


def an_oom_kill_names_its_victim(t):
    with MemoryGroup() as group:
        frames, pid = during(group.hog)
    if not pid:
        t.skip('the kernel did not kill who took too much')
    (kill,) = rows_of(frames, kind='oom', pid=pid)
    t.equal((kill['comm'], kill['level'], kill['tgid']), ('a (hog)', 'error', pid), 'the kill')
    t.contains(kill['text'], f'Killed process {pid}', 'line')
    (end,) = rows_of(frames, kind='exit', pid=pid)
    t.equal((end['signal'], end['comm']), ('SIGKILL', 'a (hog)'), 'its end')


class Frozen:
    """A filesystem of its own on a loop device, frozen, with a writer that is stuck in it."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='probetop-frozen-')
        self.mount = os.path.join(self.folder, 'the mount')
        self.device = None
        self.frozen = self.mounted = False
        self.writer = None
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        image = os.path.join(self.folder, 'image')
        with open(image, 'wb') as f:
            f.truncate(32 << 20)
        self.run('mkfs.ext4', '-q', '-F', image)
        self.device = self.run('losetup', '--show', '-f', image).strip()
        os.mkdir(self.mount)
        self.run('mount', self.device, self.mount)
        self.mounted = True
        self.fd = os.open(self.mount, os.O_RDONLY)
        self.file = os.path.join(self.mount, 'stuck file')
        with open(self.file, 'w') as f:
            f.write('x')
        os.sync()
        fcntl.ioctl(self.fd, FIFREEZE, 0)
        self.frozen = True
        self.writer = subprocess.Popen(
            ['/usr/bin/python3', '-c',
             'import os, sys; fd = os.open(sys.argv[1], os.O_RDWR); os.write(fd, b"y" * 8192)', self.file])
        until = time.monotonic() + 20
        while self.state() != 'D':
            if time.monotonic() > until or self.writer.poll() is not None:
                raise live.tap.Skip('a writer to a frozen filesystem does not block here')
            time.sleep(0.05)

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise live.tap.Skip(f'{command[0]}: {done.stderr.strip()}')
        return done.stdout

    def state(self):
        return pathlib.Path(f'/proc/{self.writer.pid}/stat').read_text().rsplit(')', 1)[1].split()[0]

    def thaw(self):
        if self.frozen:
            fcntl.ioctl(self.fd, FITHAW, 0)
            self.frozen = False

    def __exit__(self, *_):
        self.thaw()
        if self.writer:
            self.writer.wait(20)
        if self.mounted:
            os.close(self.fd)
            self.run('umount', self.mount)
        if self.device:
            self.run('losetup', '-d', self.device)
        shutil.rmtree(self.folder)


def a_stuck_writer_shows_file_mount_and_device(t):
    with Frozen() as fs:
        with Probetop('-b', '-n', 3, '-d', 1, '--view=processes', '-p', fs.writer.pid,
                      '--size=200x50') as p:
            text = p.finish().decode()
        t.equal(fs.state(), 'D', 'state of the writer')
        last = text[text.rindex('COMMAND'):]
        for part in (fs.file, fs.mount, fs.device, 'ext4', 'write'):
            t.contains(last, part, 'screen')


live.main([
    fifty_waits_behind_a_hog_are_all_listed,
    a_storm_is_listed_or_counted,
    a_command_that_starts_thousands_is_listed_whole,
    a_ring_that_is_too_small_says_how_much_it_lost,
    under_total_what_has_no_room_is_omitted,
    ends_have_code_signal_age_and_cpu_time,
    starts_have_their_arguments,
    warnings_of_the_kernel_come_once,
    an_oom_kill_names_its_victim,
    the_last_warning_stands_on_every_other_view,
    without_rights_it_says_so,
    a_stuck_writer_shows_file_mount_and_device,
])
