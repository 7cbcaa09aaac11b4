#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""disk/events against a program that counts its own requests: each once, or counted as lost."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import live
import truth
from blocks import Ext4, Loop
from live import Probetop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'term'))
from ptyrun import ENTER, TAB, Pty  # noqa: E402

LOAD = os.path.join(live.BUILD, 'tests', 'live', 'load_disk')
SECTOR = 512
NR = 1000
EVENTS = ('-b', '-d', 1, '-f', 'json', '--pane=disk', '--view=events')


class Requests:
    """The load, waiting to be told to go on."""

    def __init__(self, what, path, nr, size):
        self.process = subprocess.Popen([LOAD, what, path, str(nr), str(size)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = truth.objects(self.process.stdout.readline())[0]['pid']

    def go(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()

    def done(self):
        """Its own account; it stays until it is left."""
        return truth.objects(self.process.stdout.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def rows_of(frames, **want):
    return [r for f in frames for r in f['rows'] if all(r[k] == v for k, v in want.items())]


def traced(action, *options):
    """Frames around what `action` does: from a whole quiet interval on, to two after it."""
    with Probetop(*EVENTS, *options) as p:
        p.wait_frames(1)
        result = action()
        p.wait_frames(p.output().count(b'\n') + 2)
        p.signal(signal.SIGINT)
        p.wait()
        return truth.objects(p.output().decode()), result


def check_each(t, rows, own, op):
    """Each call is one request: its place, its size, and its times inside the call's."""
    t.equal(len(rows), len(own), 'events')
    for row, call in zip(rows, own):
        t.equal((row['sector'], row['bytes'], row['op'], row['result']),
                (call['offset'] // SECTOR, call['bytes'], op, 'ok'), 'request')
        t.between(call['before_ns'], row['started_ns'], row['ts_ns'], 'its start')
        t.between(row['started_ns'], row['ts_ns'], call['after_ns'], 'its completion')
        t.between(1, row['queue_ns'] + row['service_ns'], call['after_ns'] - call['before_ns'], 'queue + service')
        t.equal(row['latency_ns'], row['queue_ns'] + row['service_ns'], 'latency')


def a_thousand_reads_of_a_traced_process_are_listed_once_each(t):
    with Loop() as loop, Requests('read', loop.device, NR, 4096) as load, \
            tempfile.NamedTemporaryFile(suffix='.ptr') as record:
        frames, own = traced(lambda: (load.go(), load.done())[1], '-p', load.pid, f'--record={record.name}', '--force')
        t.equal(len(own), NR, 'calls of the load')
        t.equal([r for f in frames for r in f['rows'] if r['tgid'] != load.pid], [], 'rows of others')
        t.equal(sum(f.get('omitted', 0) for f in frames), 0, 'omitted')
        t.equal(frames[-1]['lost']['disk']['full'], 0, 'lost')
        rows = rows_of(frames)
        check_each(t, rows, own, 'read')
        t.equal({(r['device'], r['state'], r['rwbs'], r['comm']) for r in rows},
                {(loop.name, 'done', 'RS' if rows[0]['rwbs'] == 'RS' else 'R', 'load_disk')}, 'what they are')
        t.ok(all('traced' in r['why'].split() for r in rows), 'why: not traced')
        t.equal(replayed(record.name, '-p', load.pid)[:len(frames)], frames, 'the replay')


def replayed(path, *options):
    """The frames of a recording: what is on the screen comes from records, so they are the same."""
    with Probetop(*EVENTS, *options, f'--replay={path}') as p:
        return truth.objects(p.finish().decode())


def all_requests_of_an_entered_device_are_listed(t):
    """On the screen: into the device, to its events; the recording tells what was there."""
    with Loop() as loop, Requests('read', loop.device, 300, 4096) as load, \
            tempfile.NamedTemporaryFile(suffix='.ptr') as record:
        words = ['--no-config', '--pane=disk', '--view=devices', f'--record={record.name}', '--force']
        with Pty([live.PROBETOP, *words], rows=40, cols=132) as p:
            p.wait_for('LIVE    1.0s', live.SLACK_S)
            p.wait_for(rf'^ +{loop.name} ', live.SLACK_S)
            p.keys('/', loop.name, ENTER, ENTER)
            p.wait_for(rf'Disk > .*{loop.name}', live.SLACK_S)
            while '> events' not in p.text():
                p.keys(TAB)
                p.settle()
            p.wait_for(rf'tracing {loop.name} ', live.SLACK_S)
            load.go()
            own = load.done()
            p.wait_for(' 300 of 300 ', live.SLACK_S)
            p.keys('q')
            t.equal(p.wait_exit(), 0, 'exit')
        rows = rows_of(replayed(record.name), device=loop.name, state='done')
        check_each(t, rows, own, 'read')
        t.equal({r['why'] for r in rows if r['latency_ns'] < 10_000_000}, {'traced'}, 'why')


def a_command_is_traced_whole_and_alone(t):
    """Its shell and its children: what the tree does, and no request of anybody else."""
    with Loop() as loop:
        script = f'{LOAD} read {loop.device} 300 4096 </dev/null; {LOAD} write {loop.device} 200 8192 </dev/null'
        with Probetop(*EVENTS, '--total', '--output=-', '--', '/bin/sh', '-c', script) as p:
            out = p.finish().decode()
        lines = truth.objects(out)
        frame = next(o for o in lines if 'rows' in o)
        own = [o for o in lines if 'offset' in o]
        pids = [o['pid'] for o in lines if set(o) == {'pid'}]
        t.equal((len(own), len(pids)), (500, 2), 'calls of the load')
        rows = [r for r in frame['rows'] if r['device'] == loop.name]
        check_each(t, [r for r in rows if r['tgid'] == pids[0]], own[:300], 'read')
        check_each(t, [r for r in rows if r['tgid'] == pids[1]], own[300:], 'write')
        t.equal([r for r in frame['rows'] if r['comm'] not in ('load_disk', 'sh')], [], 'rows of others')


def a_ring_that_is_too_small_says_how_much_it_lost(t):
    """Of a command every record is an event: what is listed and what was lost is all that was seen."""
    with Loop() as loop, tempfile.TemporaryDirectory() as folder:
        gate = os.path.join(folder, 'gate')
        os.mkfifo(gate)
        with Probetop(*EVENTS, '--total', '--output=-', '--ring-size=4096', '--',
                      '/bin/sh', '-c', f'read go <{gate}; exec {LOAD} read {loop.device} 3000 4096 </dev/null') as p:
            with open(gate, 'w', encoding='ascii') as f:  # the command is there: all counts
                p.signal(signal.SIGSTOP)
                f.write('go\n')
            p.wait_output(lambda out: out.count(b'offset') == 3000)
            p.signal(signal.SIGCONT)
            out = p.finish().decode()
        frame = next(o for o in truth.objects(out) if 'rows' in o)
        lost = frame['lost']['disk']
        listed = len(rows_of([frame], state='done')) + frame.get('omitted', 0)
        t.note(f'{listed} listed, {lost["full"]} lost, {lost["seen"]} seen')
        t.ok(lost['full'] > 0, 'the ring lost nothing: it is not too small')
        t.equal(listed + lost['full'], lost['seen'], 'listed and lost')
        t.ok(lost['seen'] >= 3000, f'{lost["seen"]} seen of 3000 requests')
        t.equal(frame['complete'], False, 'complete')


def a_request_held_back_is_in_flight_until_it_is_let_go(t):
    """The image of the upper loop device lies on a frozen filesystem: its worker cannot write."""
    with Loop(64 << 20) as lower, Ext4(lower.device) as fs, Loop(8 << 20, folder=fs.path) as upper, \
            Requests('write', upper.device, 1, 4096) as load:
        fs.freeze()
        try:
            with Probetop(*EVENTS[:-1], '--view=events,devices') as p:
                p.wait_frames(2)
                load.go()
                p.wait_frames(p.output().count(b'\n') + 8)
                fs.thaw()
                own = load.done()
                p.wait_frames(p.output().count(b'\n') + 4)
                p.signal(signal.SIGINT)
                p.wait()
                frames = truth.objects(p.output().decode())
        finally:
            fs.thaw()
        events = [f for f in frames if f['view'] == 'events']
        devices = [f for f in frames if f['view'] == 'devices']
        flying = [rows_of([f], device=upper.name, state='in flight') for f in events]
        held = [(f, rows[0]) for f, rows in zip(events, flying) if rows]
        t.ok(len(held) >= 3, f'in flight in {len(held)} frames')
        t.ok(all(len(rows) <= 1 for rows in flying), 'it is told more than once in a frame')
        for f, r in held:
            t.equal((r['pid'], r['sector'], r['bytes'], r['op']), (load.pid, own[0]['offset'] // SECTOR, 4096, 'write'), 'request')
            t.equal((r['ts_ns'], r['service_ns'], r['latency_ns'], r['result'], r['error']), (None,) * 5, 'what is not known yet')
            t.between(own[0]['before_ns'], r['started_ns'], own[0]['after_ns'], 'its start')
            t.equal(r['age_ns'], f['mono_ns'] - r['started_ns'], 'its age')
        for (before, old), (after, new) in zip(held, held[1:]):
            t.equal(new['age_ns'] - old['age_ns'], after['mono_ns'] - before['mono_ns'], 'growth of its age')
        held_at = {f['mono_ns']: r for f, r in held}
        for f in devices:
            row, = [r for r in f['rows'] if r['device'] == upper.name] or [None]
            if f['mono_ns'] in held_at:
                t.equal((row['inflight'], row['oldest_ns']), (1, held_at[f['mono_ns']]['age_ns']), 'in the view of devices')
        end, = rows_of(events, device=upper.name, state='done', op='write', pid=load.pid)
        t.between(held[-1][1]['age_ns'], end['latency_ns'], own[0]['after_ns'] - own[0]['before_ns'], 'how long it took')
        t.equal((end['result'], end['why']), ('ok', 'slow'), 'its end')


def a_failing_request_shows_its_error(t):
    with Loop(8 << 20, direct=True) as loop, Requests('read', loop.device, 20, 4096) as load:
        os.truncate(loop.image, 1 << 20)
        frames, own = traced(lambda: (load.go(), load.done())[1])
        failed = [c for c in own if c['bytes'] < 0]
        t.ok(failed and len(failed) < len(own), f'{len(failed)} of {len(own)} calls failed')
        rows = rows_of(frames, pid=load.pid, device=loop.name)
        failures = [r for r in rows if r['error']]
        t.equal([(r['sector'], r['result'], -r['error']) for r in failures],
                [(c['offset'] // SECTOR, 'EIO', c['bytes']) for c in failed], 'failures')
        t.ok(all('failed' in r['why'].split() for r in failures), 'why: not failed')


live.main([
    a_thousand_reads_of_a_traced_process_are_listed_once_each,
    all_requests_of_an_entered_device_are_listed,
    a_command_is_traced_whole_and_alone,
    a_ring_that_is_too_small_says_how_much_it_lost,
    a_request_held_back_is_in_flight_until_it_is_let_go,
    a_failing_request_shows_its_error,
], tries=3)
