#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
disk/stages on loop devices of its own: counts of steps against known numbers of requests, the kernel's
line of /proc/diskstats and its own tracepoints; times and steps of a traced process's requests.
"""
import contextlib
import mmap
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import held
import live
import truth
from blocks import run
from live import Probetop
from loop import Loop

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_disk')
STAGES = ('-f', 'json', '--pane=disk', '--view=stages')
COUNTS = {'Q': 'queued', 'G': 'allocated', 'M': 'merged', 'F': 'front_merged', 'P': 'plugged', 'U': 'unplugged',
          'T': 'timer_unplugged', 'I': 'inserted', 'D': 'issued', 'R': 'requeued', 'C': 'completed', 'X': 'split',
          'A': 'remapped'}
HOOKS = ['block_bio_queue', 'block_getrq', 'block_bio_backmerge', 'block_bio_frontmerge', 'block_rq_insert',
         'block_plug', 'block_unplug', 'block_split', 'block_bio_remap', 'block_bio_complete']
KIB = 1024


def quiet(p, frames=2):
    """Waits for whole frames, so that what was done before is in them."""
    p.wait_frames(p.output().count(b'\n') + frames)


def counted(action):
    """Frames of 0.5 s around what `action` does, of all devices."""
    with Probetop('-b', '-d', '500ms', *STAGES) as p:
        p.wait_frames(2)
        result = action()
        quiet(p)
        p.signal(signal.SIGINT)
        p.wait()
        return truth.objects(p.output().decode()), result


def sums(frames, device):
    """Steps of a device after the first frame, by letter: rates times intervals are whole numbers."""
    found = dict.fromkeys(COUNTS, 0.0)
    for begin_ns, end_ns, frame in truth.windows(frames):
        for row in frame['rows']:
            if row['device'] == device:
                for letter, key in COUNTS.items():
                    found[letter] += row[f'{key}_per_s'] * (end_ns - begin_ns) / truth.NS
    return {letter: round(value) for letter, value in found.items()}


def direct_reads(path, nr, size):
    """`nr` direct reads of `size` bytes, none of which goes on where the one before ended."""
    buffer = mmap.mmap(-1, size)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        places = os.lseek(fd, 0, os.SEEK_END) // size
        for i in range(nr):
            if os.preadv(fd, [buffer], (i * 7919 + 13) % places * size) != size:
                raise live.tap.Fail('a short read')
    finally:
        os.close(fd)


def write_queue(loop, name, value):
    with open(f'/sys/block/{loop.name}/queue/{name}', 'w', encoding='ascii') as f:
        f.write(str(value))


def check(t, got, **want):
    for letter in got:
        if letter in want:
            t.equal(got[letter], want[letter], f'{letter} of {got}')


def direct_requests_are_counted_exactly(t):
    for scheduler, inserted in (('none', 0), ('mq-deadline', 500)):
        with Loop(scheduler=scheduler) as loop:
            frames, _ = counted(lambda: direct_reads(loop.path, 500, 4 * KIB))
            got = sums(frames, loop.name)
            t.note(f'{scheduler}: {got}')
            check(t, got, Q=500, G=500, I=inserted, D=500, C=500, M=0, F=0, X=0, A=0, R=0)
            t.equal(frames[-1]['lost']['disk']['full'], 0, 'lost records')


def large_requests_are_split(t):
    with Loop(scheduler='none') as loop:
        write_queue(loop, 'max_sectors_kb', 64)
        frames, _ = counted(lambda: direct_reads(loop.path, 20, 256 * KIB))
        check(t, sums(frames, loop.name), Q=20, X=60, G=80, D=80, C=80, M=0)


def merges_of(name):
    """Merges of reads, writes and discards since the device is there."""
    with open('/proc/diskstats', encoding='ascii') as f:
        fields = next(line.split() for line in f if line.split()[2] == name)
    return int(fields[4]) + int(fields[8]) + (int(fields[15]) if len(fields) > 15 else 0)


def merges_are_those_of_diskstats(t):
    with Loop(scheduler='mq-deadline') as loop:
        def write():
            before = merges_of(loop.name)
            with open(loop.path, 'r+b', buffering=0) as f:
                for _ in range(4096):
                    f.write(bytes(4 * KIB))
                os.fsync(f.fileno())
            return merges_of(loop.name) - before

        frames, merged = counted(write)
        got = sums(frames, loop.name)
        t.note(f'{got}; diskstats {merged}')
        t.ok(merged > 100, f'the load merged {merged}')
        t.equal(got['M'] + got['F'], merged, 'merges')
        t.between(4096, got['Q'], got['G'] + merged, 'each bio is merged or gets a request, and that may be merged')


@contextlib.contextmanager
def partition():
    """A partition of 8 MiB from sector 2048 on, made without a table: not every kernel reads one."""
    with Loop(16) as image:
        disk = run('losetup', '-f', '--show', '-P', image.image).strip()
        try:
            run('addpart', disk, '1', '2048', '16384')
            yield os.path.basename(disk), f'{disk}p1'
        finally:
            subprocess.run(['delpart', disk, '1'], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(['losetup', '-d', disk], check=False)


def requests_of_a_partition_are_remapped(t):
    with partition() as (disk, path):
        frames, _ = counted(lambda: direct_reads(path, 100, 4 * KIB))
        check(t, sums(frames, disk), A=100, Q=100, G=100, D=100, C=100)
        t.equal([r for f in frames for r in f['rows'] if r['device'] == os.path.basename(path)], [],
                'rows of the partition')


class Tracefs:
    """The kernel's own count of tracepoints: an instance of ftrace with all block events of one device."""

    LETTERS = {'block_bio_queue': 'Q', 'block_getrq': 'G', 'block_bio_backmerge': 'M', 'block_rq_merge': 'M',
               'block_bio_frontmerge': 'F', 'block_rq_insert': 'I', 'block_rq_issue': 'D', 'block_rq_requeue': 'R',
               'block_rq_complete': 'C', 'block_split': 'X', 'block_bio_remap': 'A'}

    def __init__(self, loop):
        major, minor = (int(n) for n in loop.numbers.split(':'))
        self.dev = major << 20 | minor

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix='probetop-trace-')
        done = subprocess.run(['mount', '-t', 'tracefs', 'tracefs', self.root], capture_output=True, text=True)
        if done.returncode:
            os.rmdir(self.root)
            raise live.tap.Skip(f'no tracefs: {done.stderr.strip()}')
        self.folder = os.path.join(self.root, 'instances', f'probetop-{os.getpid()}')
        try:
            os.mkdir(self.folder)
            self.write('buffer_size_kb', 8192)
            for event in self.LETTERS:
                self.write(f'events/block/{event}/filter', f'dev == {self.dev}')
                self.write(f'events/block/{event}/enable', 1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def write(self, name, value):
        with open(os.path.join(self.folder, name), 'w', encoding='ascii') as f:
            f.write(str(value))

    def counts(self):
        """Events by letter; none may have been overwritten."""
        found = dict.fromkeys(self.LETTERS.values(), 0)
        with open(os.path.join(self.folder, 'trace'), encoding='ascii', errors='replace') as f:
            for line in f:
                match = re.search(r' (block_\w+): ', line)
                if match:
                    found[self.LETTERS[match[1]]] += 1
                if line.startswith('# entries-in-buffer/entries-written:'):
                    kept, written = re.search(r'(\d+)/(\d+)', line.split(':')[1]).groups()
                    if kept != written:
                        raise live.tap.Fail(f'ftrace kept {kept} of {written}')
        return found

    def __exit__(self, *_):
        if os.path.isdir(self.folder):
            self.write('events/enable', 0)
            os.rmdir(self.folder)
        subprocess.run(['umount', self.root], check=False)
        os.rmdir(self.root)


def mixed_load(loop):
    if not shutil.which('fio'):
        raise live.tap.Skip('needs fio')
    base = ['fio', '--output=/dev/null', f'--filename={loop.path}', '--size=32M', '--runtime=3', '--time_based',
            '--rate_iops=400', '--allow_mounted_write=0']
    subprocess.run([*base, '--name=a', '--ioengine=libaio', '--direct=1', '--rw=randrw', '--bs=4k', '--iodepth=8',
                    '--name=b', '--ioengine=psync', '--rw=write', '--bs=4k', '--fsync=64'], check=True, timeout=60)


def steps_are_those_of_the_kernels_tracepoints(t):
    with Loop(scheduler='mq-deadline') as loop, Tracefs(loop) as trace:
        frames, _ = counted(lambda: mixed_load(loop))
        got, want = sums(frames, loop.name), trace.counts()
        t.note(f'ours {got}; ftrace {want}')
        t.ok(want['Q'] > 1000 and want['M'] > 0, 'the load')
        for letter, nr in want.items():
            t.equal(got[letter], nr, letter)


def a_commands_requests_are_timed(t):
    """-- COMMAND: its own requests only, each from its first step to its last."""
    with Loop(scheduler='mq-deadline') as loop:
        with Probetop('--total', '-o', '-', *STAGES, '--', LOAD, 'read', loop.path, 400, 4096) as p:
            frame = next(o for o in truth.objects(p.finish().decode()) if 'rows' in o)
        row = next(r for r in frame['rows'] if r['device'] == loop.name)
        t.equal([row[COUNTS[k]] for k in 'QGIDC'], [400] * 5, 'its requests')
        t.equal((row['followed'], frame['sampled']), (400, {}), 'all are followed')
        t.near(row['q2d_avg_ns'] + row['d2c_avg_ns'], row['q2c_avg_ns'], 2, 'Q to D and D to C')
        t.near(row['q2g_avg_ns'] + row['g2i_avg_ns'] + row['i2d_avg_ns'], row['q2d_avg_ns'], 3, 'Q to D')
        hist = {h['name']: sum(b[2] for b in h['buckets']) for h in frame['hist']}
        t.equal(hist[f'{loop.name} queued to completed'], 400, 'the histogram')
        t.ok(set(frame['na']) <= {'bounced', 'slept'}, f'n/a: {frame["na"]}')


class Traced:
    """load_disk, waiting to be told to go on."""

    def __init__(self, *words):
        self.process = subprocess.Popen([LOAD, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.pid = truth.objects(self.process.stdout.readline())[0]['pid']

    def go(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return truth.objects(self.process.stdout.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def letters(row):
    return ''.join(re.findall(r'([A-Z]) ', row['steps'] + ' '))


def each_request_of_a_process_is_told_once_with_its_steps(t):
    with Loop(scheduler='mq-deadline') as loop, Traced('read', loop.path, 1000, 4096) as load:
        with Probetop('-b', '-d', '500ms', *STAGES, '-p', load.pid) as p:
            p.wait_frames(2)
            deeds = {d['offset'] // 512: d for d in load.go() if 'offset' in d}
            quiet(p)
            p.signal(signal.SIGINT)
            p.wait()
            frames = truth.objects(p.output().decode())
    rows, lost = [r for f in frames for r in f['rows']], frames[-1]['lost']['disk']['full']
    t.note(f'{len(rows)} listed, {lost} lost')  # on a busy host the ring may fill up
    t.equal((len(deeds), len(rows) + lost), (1000, 1000), 'requests of the load, listed and lost')
    t.ok(len(rows) >= 500, 'half of them are listed')
    t.equal(len({r['sector'] for r in rows} & set(deeds)), len(rows), 'each once')
    t.equal({(r['pid'], r['tgid'], r['bytes'], r['rwbs'][0], r['state'], r['device']) for r in rows},
            {(load.pid, load.pid, 4096, 'R', 'completed', loop.name)}, 'what they were')
    shapes = {re.sub('[PUT]', '', letters(r)) for r in rows}
    t.equal(shapes, {'QGIDC'}, 'steps but for plugs')
    for r in rows:
        own = deeds[r['sector']]
        t.ok(own['before_ns'] <= r['ts_ns'] and r['ts_ns'] + r['took_ns'] <= own['after_ns'],
             f'{r} is not inside the call {own}')
        t.equal(r['q2g_ns'] + r['g2i_ns'] + r['i2d_ns'] + r['d2c_ns'], r['q2c_ns'], 'parts of the whole')


BUFFERED = """
import os, sys
sys.stdin.readline()
with open(sys.argv[1], 'r+b', buffering=0) as f:
    for _ in range(256):
        f.write(os.urandom(16384))
print('done', flush=True)
sys.stdin.readline()
"""


def what_is_written_back_for_a_process_is_followed(t):
    """Through the page cache: a kernel thread queues it, and it is the process's all the same."""
    with tempfile.NamedTemporaryFile(dir='/var/tmp', prefix='probetop-buffered-') as file, \
            subprocess.Popen(['python3', '-c', BUFFERED, file.name], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE) as load:
        with Probetop('-b', '-d', '500ms', *STAGES, '-p', load.pid) as p:
            p.wait_frames(2)
            load.stdin.write(b'\n')
            load.stdin.flush()
            load.stdout.readline()
            time.sleep(0.5)  # told how much is dirty, the kernel would write it back by itself soon
            subprocess.run(['sync', '-f', file.name], check=True)
            quiet(p)
            p.signal(signal.SIGINT)
            p.wait()
            rows = [r for f in truth.objects(p.output().decode()) for r in f['rows']]
        load.stdin.close()
    back = [r for r in rows if r['pid'] != load.pid and r['rwbs'].startswith('W')]
    t.note(f'{len(back)} requests, {sum(r["bytes"] for r in back)} bytes')
    t.equal({r['tgid'] for r in rows}, {load.pid}, 'whose')
    # Of the file's blocks some may be written by the journal's thread, for nobody.
    t.between(0.95 * 256 * 16 * KIB, sum(r['bytes'] for r in back), 2 * 256 * 16 * KIB, 'bytes')
    t.ok(all(re.search(r'D \S+.* C ', r['steps']) for r in back), 'issued and completed')


def who_is_not_traced_is_not_told(t):
    """Two programs on one device: only the steps of one."""
    with Loop(scheduler='none') as loop, Traced('read', loop.path, 200, 4096) as load, \
            Traced('read', loop.path, 300, 4096) as other:
        with Probetop('-b', '-d', '500ms', *STAGES, '-p', load.pid) as p:
            p.wait_frames(2)
            other.go()
            load.go()
            quiet(p)
            p.signal(signal.SIGINT)
            p.wait()
            rows = [r for f in truth.objects(p.output().decode()) for r in f['rows']]
    t.equal({r['tgid'] for r in rows}, {load.pid}, 'whose')
    t.equal(len(rows), 200, 'requests')


def without_a_subject_a_few_are_sampled(t):
    with Loop(scheduler='none') as loop:
        def load():
            until = time.monotonic() + 3
            while time.monotonic() < until:
                direct_reads(loop.path, 50, 4 * KIB)

        frames, _ = counted(load)
    rows = [r for f in frames for r in f['rows'] if r['device'] == loop.name]
    followed, all_nr = sum(r['followed'] for r in rows), sums(frames, loop.name)['C']
    t.note(f'{followed} of {all_nr:.0f}')
    t.between(5, followed, 60, 'of 3 s')
    t.ok(all_nr > 500, 'the load')
    t.ok(all('q2c_avg_ns' in f['sampled'] for f in frames), 'it says so')
    t.ok(all('queued_per_s' not in f['sampled'] for f in frames), 'counts are of all')


def a_recording_gives_the_same_bytes(t):
    with tempfile.TemporaryDirectory() as folder, Loop(scheduler='mq-deadline') as loop:
        file = os.path.join(folder, 'recording')
        with Traced('write', loop.path, 300, 4096) as load:
            options = ('-b', *STAGES, '-p', load.pid)
            with Probetop(*options, '-d', '500ms', f'--record={file}') as p:
                p.wait_frames(2)
                load.go()
                quiet(p)
                p.signal(signal.SIGINT)
                p.wait()
                shown = p.output()
            t.ok(shown.count(b'"steps"') > 300, 'the load was not seen')
            with Probetop(*options, f'--replay={file}') as p:
                t.ok(p.finish() == shown, 'the replay differs')


def nobody_asks_nothing_is_attached(t):
    if not shutil.which('bpftool'):
        t.skip('needs bpftool')
    for view, want in (('processes', []), ('stages', HOOKS)):
        with Probetop('-b', '-n', 100, '-d', '200ms', '-f', 'json', '--pane=disk', f'--view={view}') as p:
            p.wait_frames(2)
            t.equal(held.hooks(p.pid, HOOKS), want, f'hooks with --view={view}')


class Terminal:
    """probetop in tmux, on the disk pane."""

    def __init__(self, folder, *options):
        self.tmux = ['tmux', '-S', os.path.join(folder, 'tmux')]
        self.run('-f', '/dev/null', 'new-session', '-d', '-x', '110', '-y', '32',
                 ' '.join(['exec', live.PROBETOP, '--no-config', '--pane=disk', *options]))
        self.pid = int(self.run('display-message', '-p', '#{pane_pid}'))

    def run(self, *words):
        return subprocess.run([*self.tmux, *words], capture_output=True, text=True, check=True).stdout

    def screen(self):
        return self.run('capture-pane', '-p')

    def keys(self, *names):
        self.run('send-keys', *names)

    def wait_for(self, t, what, holds):
        until = time.monotonic() + live.SLACK_S
        while not holds():
            t.ok(time.monotonic() < until, f'{what} did not come: {self.screen()}')
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.tmux, 'kill-server'], check=False, stderr=subprocess.DEVNULL)


def leaving_the_view_detaches_and_forgets(t):
    """On a terminal: open it, trace a device, leave, open it again: nothing is left of the time before."""
    if not shutil.which('bpftool') or not shutil.which('tmux'):
        t.skip('needs bpftool and tmux')
    with tempfile.TemporaryDirectory() as folder, Loop(scheduler='none') as loop, Terminal(folder) as term:
        term.wait_for(t, 'the first interval', lambda: 'LIVE    1.0s' in term.screen())
        for _ in range(2):
            t.equal(held.hooks(term.pid, HOOKS), [], 'before it was opened')
            term.keys('v', 's', 't', 'a', 'g', 'e', 's', 'Enter')
            term.wait_for(t, 'the hooks', lambda: held.hooks(term.pid, HOOKS) == HOOKS)
            term.wait_for(t, 'the view', lambda: '[stages]' in term.screen())
            time.sleep(2.2)  # whole intervals: what came before them must not count
            t.ok(loop.name not in term.screen(), 'it remembers the device')
            direct_reads(loop.path, 100, 4 * KIB)
            term.wait_for(t, 'the device', lambda: loop.name in term.screen())
            term.keys('v', 'p', 'r', 'o', 'c', 'Enter')
            term.wait_for(t, 'the end of the hooks', lambda: held.hooks(term.pid, HOOKS) == [])
            term.wait_for(t, 'empty maps', lambda: held.entries(term.pid, 'stage_', 4) == 0)
            direct_reads(loop.path, 100, 4 * KIB)
        term.keys('q')


@contextlib.contextmanager
def busy(path):
    """Direct reads, ten at a time, until the block is left."""
    over = threading.Event()

    def read():
        while not over.wait(0.02):
            direct_reads(path, 10, 4 * KIB)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def the_requests_of_a_device_and_their_steps_are_a_key_away(t):
    if not shutil.which('tmux'):
        t.skip('needs tmux')
    with tempfile.TemporaryDirectory() as folder, Loop(scheduler='none') as loop, \
            Terminal(folder, '--view=stages') as term, busy(loop.path):
        def sees(*words):
            return lambda: all(re.search(w, term.screen()) for w in words)

        term.wait_for(t, 'the device', sees(rf'\n {loop.name} '))
        term.keys('/', *loop.name, 'Enter')
        term.wait_for(t, 'an example', sees(rf'sampled: RS? 4.0K by .*Q 0 G \S+ .*C'))
        term.keys('Enter')
        term.wait_for(t, 'its requests', sees(f'tracing {loop.name}', r'Q 0 G \S+ .*D \S+ C'))
        term.keys('Up', 'Enter')
        term.wait_for(t, 'its steps', sees('queued', 'issued', 'completed', 'MEANING'))
        term.keys('Escape')
        term.wait_for(t, 'the requests', sees('QUEUED AT'))
        term.keys('Escape')
        term.wait_for(t, 'all devices', sees(r'\[stages\]'))
        term.keys('q')


live.main([
    direct_requests_are_counted_exactly,
    large_requests_are_split,
    merges_are_those_of_diskstats,
    requests_of_a_partition_are_remapped,
    steps_are_those_of_the_kernels_tracepoints,
    a_commands_requests_are_timed,
    each_request_of_a_process_is_told_once_with_its_steps,
    what_is_written_back_for_a_process_is_followed,
    who_is_not_traced_is_not_told,
    without_a_subject_a_few_are_sampled,
    a_recording_gives_the_same_bytes,
    nobody_asks_nothing_is_attached,
    leaving_the_view_detaches_and_forgets,
    the_requests_of_a_device_and_their_steps_are_a_key_away,
], tries=3)
