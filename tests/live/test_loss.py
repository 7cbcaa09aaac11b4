#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stopped consumer loses records that are counted exactly; a killed one leaves nothing behind."""
import ctypes
import errno
import os
import re
import signal
import struct
import time

import live
import truth
from live import Load, Probetop

STOPPED_S = 10
RING_BYTES = 16384

# bpf(2): commands by the kind of object of which an id is asked for
SYS_BPF = 321
BPF_GET_FD_BY_ID = {'prog': 13, 'map': 14, 'link': 30}
LIBC = ctypes.CDLL(None, use_errno=True)


def bpf_ids(pid):
    """The (kind, id) of each BPF object that a process holds by a descriptor."""
    found = set()
    for entry in os.listdir(f'/proc/{pid}/fdinfo'):
        try:
            with open(f'/proc/{pid}/fdinfo/{entry}', encoding='ascii', errors='replace') as file:
                text = file.read()
        except FileNotFoundError:
            continue
        found.update((kind, int(number))
                     for kind, number in re.findall(r'^(prog|map|link)_id:\s*(\d+)', text, re.M))
    return found


def exists(kind, number):
    """Whether the kernel still has an object of this id."""
    attr = ctypes.create_string_buffer(struct.pack('<III', number, 0, 0) + bytes(116))
    fd = LIBC.syscall(SYS_BPF, BPF_GET_FD_BY_ID[kind], attr, 128)
    if fd >= 0:
        os.close(fd)
        return True
    error = ctypes.get_errno()
    if error != errno.ENOENT:
        raise OSError(error, os.strerror(error))
    return False


def a_kill_leaves_no_bpf_object(t):
    with Probetop('-b', '-d', 1, '-f', 'json') as p:
        p.wait_frames(1)
        ids = bpf_ids(p.pid)
        t.note(f'{len(ids)} objects: ' +
               ', '.join(f'{sum(k == kind for k, _ in ids)} {kind}' for kind in BPF_GET_FD_BY_ID))
        for kind in BPF_GET_FD_BY_ID:
            t.ok(any(k == kind for k, _ in ids), f'no {kind} is held while it runs')
        t.ok(all(exists(*i) for i in ids), 'an object is not known by its id while it runs')
        p.signal(signal.SIGKILL)
        t.equal(p.wait(), -signal.SIGKILL, 'exit')
    left = ids
    for _ in range(100):  # freed after a grace period of the kernel
        left = {i for i in left if exists(*i)}
        if not left:
            break
        time.sleep(0.1)
    t.equal(left, set(), 'objects left behind')


def flood(options, load_s):
    """Stops the consumer while short processes fill the ring, alone: others use files, too. Returns its whole output."""
    with Probetop('-b', '-n', STOPPED_S + 5, '-d', 1, f'--ring-size={RING_BYTES}', '--modules=cpu', *options) as p:
        p.wait_output(lambda out: len(out) > 500)
        p.signal(signal.SIGSTOP)
        with Load('storm', '--nr', 1000000, '--seconds', load_s) as load:
            own, = load.rest()
        p.signal(signal.SIGCONT)
        return p.finish().decode(), own


def a_ring_that_overflows_is_accounted_for_exactly(t):
    text, own = flood(('-f', 'json', '--view=processes'), STOPPED_S)
    frames = truth.objects(text)
    before, last = truth.loss_sums(frames[0]), truth.loss_sums(frames[-1])
    t.note(f'{own["forks"]} processes; before {before}, after {last}')
    t.equal(before['full'], 0, 'lost before the flood')
    t.ok(last['full'] > own['forks'] / 2, f'{own["forks"]} exits, only {last["full"]} lost')
    t.ok(last['seen'] >= own['forks'], 'fewer records seen than processes ended')
    for frame in frames:
        live.hold(t, truth.loss_errors(frame))


def what_was_lost_is_no_rate_and_no_ghost(t):
    """After the flood: an honest `complete`, a sane interval, and no row of a process that is gone."""
    text, own = flood(('-f', 'json', '--view=processes'), 3)
    frames = truth.objects(text)
    t.ok(any(not f['complete'] for f in frames), 'every frame says it is complete')
    t.ok(frames[0]['complete'], 'the first frame says it is incomplete')
    t.near(frames[-1]['interval_s'], 1, 0.3, 'interval of the last frame')
    alive = [r for r in frames[-1]['rows'] if r['ppid'] == own['pid']]
    t.equal(alive, [], 'rows of processes that ended seconds ago')


def the_screen_says_what_was_lost(t):
    text, own = flood(('-f', 'text', '--size=80x24'), 3)
    lost = [re.search(r'lost (\S+)', line)[1] for line in text.splitlines() if ' lost ' in line]
    t.note(f'{own["forks"]} processes; lost, frame by frame: {" ".join(lost)}')
    t.ok(len(lost) >= 5, 'the last line does not say lost N')
    t.equal(lost[0], '0', 'lost before the flood')
    t.ok(any(l.strip('0!~') for l in lost[1:]), 'the screen never says that something was lost')


live.main([
    a_kill_leaves_no_bpf_object,
    a_ring_that_overflows_is_accounted_for_exactly,
    what_was_lost_is_no_rate_and_no_ghost,
    the_screen_says_what_was_lost,
])
