#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cpu/cpus against /proc/stat and the kernel's own counts of migrations; the histograms of cpu/runqueue."""
import os
import threading
import time

import live
from live import Load, Probetop

FRAMES = 6
NS = 1_000_000_000
# /proc/stat is read after the pass over the tasks; its tick is stamped before.
LAG_NS = 150_000_000
MODES = ('usr', 'nice', 'sys', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest')
# The columns of /proc/stat, in order; guest is in user, guest_nice in nice.
STAT = ('user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice')
MOVES = 400


def read_stat():
    cpus = {}
    with open('/proc/stat') as f:
        for line in f:
            words = line.split()
            if not words[0].startswith('cpu') or words[0] == 'cpu':
                continue
            v = dict(zip(STAT, map(int, words[1:])))
            v['usr'] = v['user'] - v['guest']
            v['total'] = sum(v[k] for k in STAT[:8])
            v['guest'] += v['guest_nice']
            v['nice'] -= v['guest_nice']
            v['sys'] = v['system']
            cpus[int(words[0][3:])] = v
    return cpus


class StatLog(threading.Thread):
    """Reads /proc/stat all the time: what its counters were before and after any moment."""

    def __init__(self):
        super().__init__(daemon=True)
        self.samples = []
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            before = time.monotonic_ns()
            cpus = read_stat()
            self.samples.append((before, time.monotonic_ns(), cpus))
            time.sleep(0.01)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def before(self, ns):
        return [s for s in self.samples if s[1] <= ns][-1][2]

    def after(self, ns):
        return [s for s in self.samples if s[0] >= ns][0][2]


def bounds(log, frame, cpu, key):
    """What a counter of /proc/stat grew by, at least and at most, in the frame's window."""
    end = frame['mono_ns']
    begin = end - round(frame['interval_s'] * NS)
    least = log.before(end)[cpu][key] - log.after(begin + LAG_NS)[cpu][key]
    most = log.after(end + LAG_NS)[cpu][key] - log.before(begin - 1_000_000)[cpu][key]
    return max(least, 0), most


def rows_of(frame):
    return {row['cpu']: row for row in frame['rows']}


def shares_lie_between_readings_of_proc_stat(t):
    with StatLog() as log:
        time.sleep(0.2)
        with Load('spinners', '--nr', 1, '--cpu', 0, '--seconds', 60), \
             Probetop('-b', '-n', FRAMES, '-d', 1, '-f', 'json', '--view=cpus') as p:
            frames = p.frames()
            time.sleep(0.3)
    checked = 0
    for frame in frames:
        for cpu, row in rows_of(frame).items():
            if cpu < 0:
                continue
            least_all, most_all = bounds(log, frame, cpu, 'total')
            if least_all <= 0:
                continue
            for mode in MODES:
                least, most = bounds(log, frame, cpu, mode)
                # iowait and idle may step back: /proc/stat says so itself
                t.between(100 * least / most_all - 0.01, row[mode + '_pct'],
                          100 * max(most, 0) / least_all + 0.01, f'CPU {cpu} {mode}')
                checked += 1
            t.near(sum(row[m + '_pct'] for m in MODES), 100, 0.01, f'sum of the shares of CPU {cpu}')
    t.ok(checked >= FRAMES * len(MODES), f'only {checked} shares were checked')


def a_pinned_loop_fills_its_cpu_with_user_time(t):
    """A priority of -20 leaves an equal below 2 % of the CPU; what a hypervisor takes is not ours to give."""
    cpu = os.cpu_count() - 1
    with Load('spinners', '--nr', 1, '--cpu', cpu, '--nice', -20, '--seconds', 60):
        time.sleep(0.3)
        with Probetop('-b', '-n', 4, '-d', 1, '-f', 'json', '--view=cpus') as p:
            frames = p.frames()
    for frame in frames[1:]:
        row = rows_of(frame)[cpu]
        t.note(f'usr {row["usr_pct"]} steal {row["steal_pct"]} idle {row["idle_pct"]}')
        t.ok(row['usr_pct'] + row['steal_pct'] >= 93, f'user time of the pinned loop: {row}')
        t.near(row['busy_pct'], 100, 2, 'busy')
        t.ok(row['runq_len'] >= 1, 'the loop is in the queue')
        t.ok(rows_of(frame)[-1]['busy_pct'] >= 100 / os.cpu_count() - 2, 'the machine')


def own_migrations():
    with open('/proc/self/sched') as f:
        return int([line.split(':')[1] for line in f if 'nr_migrations' in line][0])


def move_between_cpus(times):
    """Goes to and fro between two CPUs. Returns how often the kernel says it moved."""
    allowed = sorted(os.sched_getaffinity(0))
    before = own_migrations()
    for i in range(times):
        os.sched_setaffinity(0, {allowed[i % 2]})
    moved = own_migrations() - before
    os.sched_setaffinity(0, set(allowed))
    return moved


def migrations_are_those_of_the_kernel(t):
    """
    Each move is out of one CPU and into another, so the sums agree but for what moves while the
    CPUs are read one after the other; and they are those of nr_migrations of all processes.
    """
    if len(os.sched_getaffinity(0)) < 2:
        t.skip('needs two CPUs')
    with Probetop('-b', '--total', '-d', 4, '-f', 'json', '--view=processes,cpus') as p:
        time.sleep(1.5)
        moved = move_between_cpus(MOVES)
        frames = p.frames()
    processes, cpus = (next(f for f in frames if f['view'] == v) for v in ('processes', 'cpus'))
    rows = [row for cpu, row in rows_of(cpus).items() if cpu >= 0]
    into, out = (sum(r[k] for r in rows) for k in ('migrations_in', 'migrations_out'))
    tasks = sum(r['migrations'] or 0 for r in processes['rows'])
    t.note(f'moved {moved}; in {into}, out {out}; of all processes {tasks}')
    t.ok(moved >= MOVES - 1, f'moved only {moved} times')
    t.near(into, out, 2 + 0.01 * into, 'out of one CPU, into another')
    for row in rows[:2]:
        t.ok(row['migrations_in'] >= moved // 2 - 1 and row['migrations_out'] >= moved // 2 - 1,
             f'half of the moves each way: {row}')
    # the pass reads the tasks a moment after the hooks, and tasks that it cannot see move too
    t.between(tasks - 5 - 0.05 * tasks, into, tasks + 20 + 0.1 * tasks, 'nr_migrations of all processes')
    all_row = rows_of(cpus)[-1]
    t.equal((all_row['migrations_in'], all_row['migrations_out']), (into, out), 'the row of all')


def histograms_count_each_switch(t):
    """Each dispatch of a task ends one wait or sleep and begins one run: the machine's counts agree."""
    with Load('pingpong', '--nr', 200000, '--seconds', 60), \
         Probetop('-b', '--total', '-d', 3, '-f', 'json', '--view=runqueue') as p:
        frames = p.frames()
    for frame in frames:
        n = {h['name']: sum(b[2] for b in h['buckets']) for h in frame['hist']}
        switches = sum(r['switches'] for r in frame['rows'])
        t.note(f'{n} switches {switches}')
        t.equal(sorted(n), ['off-CPU time', 'on-CPU time per dispatch', 'run-queue latency'], 'histograms')
        # CPUs are read one after the other while they switch
        t.ok(n['on-CPU time per dispatch'] <= switches + 20, 'no more runs than switches')
        # a task's first stretch since the probes began has no beginning
        t.near(n['on-CPU time per dispatch'], n['off-CPU time'], 50 + 0.05 * switches, 'runs and sleeps')
        for h in frame['hist']:
            last = max((b for b in h['buckets']), key=lambda b: b[0])
            t.ok(last[0] <= h['max_ns'] and (last[1] is None or h['max_ns'] < last[1]),
                 f'the maximum {h["max_ns"]} of {h["name"]} is in its last bucket {last}')


live.main([
    shares_lie_between_readings_of_proc_stat,
    a_pinned_loop_fills_its_cpu_with_user_time,
    migrations_are_those_of_the_kernel,
    histograms_count_each_switch,
])
