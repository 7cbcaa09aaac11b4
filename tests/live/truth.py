# SPDX-License-Identifier: GPL-2.0-or-later
"""What probetop said beside what the load counted itself. Pure: no process, no clock.

Frames are probetop's JSON objects, stamps the load's [mono_ns, cpu_ns, nvcsw, nivcsw]. Every
check returns a list of sentences, empty when all is right.
"""
import bisect
import json

NS = 1_000_000_000


def objects(text):
    """The JSON objects of a text, one a line."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class Series:
    """CPU time of a busy loop as it wrote it down: a straight line between two stamps."""

    def __init__(self, load):
        self.pid = load['pid']
        self.stamps = load['stamps']
        self.times = [s[0] for s in self.stamps]

    def covers(self, begin_ns, end_ns):
        return self.times[0] <= begin_ns and end_ns <= self.times[-1]

    def at(self, mono_ns):
        """CPU time in ns that it had had at `mono_ns`."""
        right = min(max(bisect.bisect(self.times, mono_ns), 1), len(self.times) - 1)
        (t0, c0), (t1, c1) = self.stamps[right - 1][:2], self.stamps[right][:2]
        return c0 + (c1 - c0) * (mono_ns - t0) / (t1 - t0)

    def oncpu_ns(self, begin_ns, end_ns):
        return self.at(end_ns) - self.at(begin_ns)


def windows(frames):
    """Yields (begin_ns, end_ns, frame): a frame's interval ends at its own clock."""
    for before, frame in zip(frames, frames[1:]):
        yield before['mono_ns'], frame['mono_ns'], frame


def row_of(frame, pid):
    for row in frame['rows']:
        if row['pid'] == pid:
            return row
    return None


def place_of(frame, pid):
    """The place of a process in the order in which the frame has it, from 1."""
    return next((i for i, r in enumerate(frame['rows'], 1) if r['pid'] == pid), None)


def place_errors(frame, pid, key):
    """In the first five rows of a sort by `key`, unless five others have more of it."""
    row, place = row_of(frame, pid), place_of(frame, pid)
    if not row or row[key] is None:
        return [f'{pid} has no row or no {key}']
    more = sum(r[key] is not None and r[key] > row[key] for r in frame['rows'])
    if place <= max(5, more + 1):
        return []
    return [f'{pid} is at place {place} by {key}, and only {more} have more']


def oncpu_errors(frames, series, share):
    """Each covered interval: on-CPU time within `share` of the interval from the loop's own."""
    errors, seen = [], 0
    for begin_ns, end_ns, frame in windows(frames):
        if not series.covers(begin_ns, end_ns):
            continue
        row = row_of(frame, series.pid)
        if not row or row['oncpu_ns_per_s'] is None:
            errors.append(f'{series.pid} has no row or no on-CPU time')
            continue
        seen += 1
        wall_ns = end_ns - begin_ns
        ours = row['oncpu_ns_per_s'] * wall_ns / NS
        own = series.oncpu_ns(begin_ns, end_ns)
        if abs(ours - own) > share * max(own, wall_ns / 10):
            errors.append(f'{series.pid}: on-CPU {ours / 1e6:.2f} ms, itself {own / 1e6:.2f} ms '
                          f'({(ours - own) / own * 100:+.2f} %)')
    if not seen:
        errors.append(f'no whole interval of {series.pid} was seen')
    return errors


def wait_share(rows):
    """wait / (on + wait) of rows together; None where a part is unknown."""
    on = [r['oncpu_ns_per_s'] for r in rows]
    wait = [r['runq_wait_ns_per_s'] for r in rows]
    if None in on + wait or not rows or not sum(on) + sum(wait):
        return None
    return sum(wait) / (sum(on) + sum(wait))


def own_share(series, begin_ns, end_ns):
    """A loop never sleeps: what it lacks of the wall time is its wait."""
    return 1 - series.oncpu_ns(begin_ns, end_ns) / (end_ns - begin_ns)


def shares(frames, all_series):
    """
    Wait shares of loops per covered interval: lists of (ours, the loop's own), the first for all
    together, then one for each.
    """
    found = []
    for begin_ns, end_ns, frame in windows(frames):
        if not all(s.covers(begin_ns, end_ns) for s in all_series):
            continue
        rows = [row_of(frame, s.pid) for s in all_series]
        own = [own_share(s, begin_ns, end_ns) for s in all_series]
        each = [(wait_share([r] if r else []), o) for r, o in zip(rows, own)]
        found.append([(wait_share([r for r in rows if r]), sum(own) / len(own))] + each)
    return found


def loss_sums(frame):
    """The loss counters of all panes together."""
    sums = {}
    for lost in frame['lost'].values():
        for key, value in lost.items():
            sums[key] = sums.get(key, 0) + (value or 0)
    return sums


def loss_errors(frame):
    """The identity, for each pane of one frame."""
    errors = []
    for pane, lost in frame['lost'].items():
        if lost['seen'] != lost['submitted'] + lost['full']:
            errors.append(f'{pane}: seen {lost["seen"]} is not submitted {lost["submitted"]} '
                          f'+ full {lost["full"]}')
        if lost['received'] != lost['submitted']:
            errors.append(f'{pane}: received {lost["received"]} of {lost["submitted"]} submitted')
    return errors


def unknown_columns(frame, pids):
    """Columns that are null in each of the rows of `pids` and are not n/a with a reason."""
    rows = [r for r in frame['rows'] if r['pid'] in pids]
    keys = [c['key'] for c in frame['columns']]
    return [k for k in keys if k not in frame['na'] and all(r.get(k) is None for r in rows)]


def time_sum_errors(frame, pids, tolerance):
    """oncpu + runq_wait + blocked + idle = interval, for processes of one thread each."""
    parts = ('oncpu_ns_per_s', 'runq_wait_ns_per_s', 'blocked_ns_per_s', 'idle_ns_per_s')
    errors = []
    for pid in pids:
        row = row_of(frame, pid)
        values = [row[p] for p in parts] if row else [None]
        if None in values or abs(sum(values) - NS) > tolerance * NS:
            errors.append(f'{pid}: {dict(zip(parts, values))} is not one second')
    return errors
