# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs in a guest, and what must come out. One boot per scene, and in it one start of
probetop: attaching again and again is what kills guests under TCG.

TCG is noisy: a virtual CPU is a thread of the host, and when that is held back the guest's clock
runs on. What the program read and the clock it read it at then lie some milliseconds further
apart, so shares of time have a wider tolerance than in the live tests; counts have none.
"""
import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'live'))

import truth  # noqa: E402

TIME_SHARE = 0.05
WAIT_TOLERANCE = 0.05
FRAMES = 4
ROUNDS = 2000
WAITS = 20
WAIT_NS = 30_000_000
SLOW_NS = 10_000_000
CLOCK_NS = 2_000_000

PROBETOP = 'probetop --no-config'

LOADED = f'''
load spin --cpu 0 --seconds 100 >/tmp/spin & spin=$!
load spinners --nr 3 --cpu 1 --nice -20 --seconds 100 >/tmp/spinners & spinners=$!
load blocked --seconds 100 >/tmp/blocked & blocked=$!
sleep 1
step frames {PROBETOP} -b -n {FRAMES} -d 1 -f json --view=processes
kill $spin $spinners $blocked
for load in spin spinners blocked; do
	eval "wait \\$$load"
	send $load /tmp/$load $?
done
'''

COMMAND = f'''
step command {PROBETOP} --total -f json --view=processes -o /tmp/total -- \\
	load pingpong --nr {ROUNDS} --threads 4 --seconds 1
send total /tmp/total 0
'''

CHECK = f'''
step check {PROBETOP} --check
'''

LOCKED = f'''
mount -t securityfs security /sys/kernel/security
step mode cat /sys/kernel/security/lockdown
step frames {PROBETOP} -b -n 2 -d 1 -f json --view=processes
'''


CALLS = f'''
step calls {PROBETOP} --total -f json --view=syscalls -o /tmp/sums -- load_calls known
send sums /tmp/sums 0
'''

# The kernel's own counts just inside the window and just outside.
EVENTS = f'''
cat >/tmp/inside <<'EOF'
cat /proc/softirqs >/tmp/soft1
load_events waits {WAITS} {WAIT_NS}
load_events ends
cat /proc/softirqs >/tmp/soft2
EOF
cat /proc/softirqs >/tmp/soft0
step events {PROBETOP} --total -f json --view=interrupts,events -N 100000 -o /tmp/events -- sh /tmp/inside
cat /proc/softirqs >/tmp/soft3
send sums /tmp/events 0
for i in 0 1 2 3; do
	send soft$i /tmp/soft$i 0
done
'''


class Wrong(Exception):
    """A check does not hold; the text says what came."""


def need(holds, text):
    if not holds:
        raise Wrong(text)


def objects(run, name):
    """What a step printed as JSON. A step that failed is quoted."""
    need(name in run.outputs, f'{name}: no answer ({run.last_words()})')
    if run.statuses[name]:
        words = run.outputs.get(name + '.err', run.outputs[name]).strip().splitlines()
        raise Wrong(f'{name}: exit {run.statuses[name]}: ' + ' / '.join(words[-3:]))
    try:
        return truth.objects(run.outputs[name])
    except json.JSONDecodeError as error:
        raise Wrong(f'{name}: not JSON: {error}') from error


def frames_of(run):
    frames = objects(run, 'frames')
    need(len(frames) == FRAMES, f'{len(frames)} frames of {FRAMES}')
    return frames


def series_of(run, name):
    return [truth.Series(o) for o in objects(run, name)]


def frames_come(run):
    frames = frames_of(run)
    release = run.outputs['boot'].strip()
    need(frames[0]['kernel'].endswith(release), f'kernel {frames[0]["kernel"]}, not {release}')
    return f'{len(frames)} frames, {len(frames[-1]["rows"])} rows'


def spinner_on_cpu(run):
    frames, series = frames_of(run), series_of(run, 'spin')[0]
    errors = truth.oncpu_errors(frames, series, TIME_SHARE)
    need(not errors, '; '.join(errors))
    return f'+- {TIME_SHARE:.0%}'


def wait_two_thirds(run):
    found = truth.shares(frames_of(run), series_of(run, 'spinners'))
    need(found, 'no whole interval was seen')
    for ours, theirs in (interval[0] for interval in found):
        need(ours is not None, 'the wait share is not known')
        need(abs(ours - theirs) <= WAIT_TOLERANCE, f'{ours:.3f}, by the loops {theirs:.3f}')
        need(abs(ours - 2 / 3) <= WAIT_TOLERANCE, f'{ours:.3f} is not 2/3')
    return ' '.join(f'{interval[0][0]:.3f}' for interval in found)


def check_stay(frame, way):
    """One that waits in a known way; where its class is n/a, the sum of all its waits is known."""
    row = truth.row_of(frame, way['pid'])
    need(row, f'{way["name"]} has no row')
    key = way['kind'] + '_ns_per_s'
    key = 'offcpu_ns_per_s' if key in frame['na'] else key
    want = way['threads'] * truth.NS
    need(row[key] is not None and abs(row[key] - want) <= want * TIME_SHARE,
         f'{way["name"]}: {key} {row[key]}, not {want}')


def blocked_and_idle(run):
    frames = frames_of(run)
    for frame in frames[1:]:
        for way in objects(run, 'blocked'):
            check_stay(frame, way)
    reason = frames[-1]['na'].get('blocked_ns_per_s')
    return f'n/a: {reason}' if reason else 'each interval'


def columns_known(run):
    frame = frames_of(run)[-1]
    pids = [s.pid for s in series_of(run, 'spin') + series_of(run, 'spinners')]
    missing = [k for k in truth.unknown_columns(frame, pids) if k != 'blocked_since_ns']
    need(not missing, f'null without a reason: {", ".join(missing)}')
    need(all(frame['na'].values()), 'n/a without a reason')
    return f'{len(frame["columns"])} columns' + (f', n/a {", ".join(frame["na"])}' if frame['na']
                                                 else '')


def losses_add_up(run):
    frames = frames_of(run)
    errors = [e for f in frames for e in truth.loss_errors(f)]
    need(not errors, '; '.join(errors))
    last = truth.loss_sums(frames[-1])
    return f'{last["received"]} records, {last["full"]} lost'


def switches_exact(run):
    """The report comes after the end: leaving is one voluntary switch that nobody sees of himself."""
    players = [o for o in objects(run, 'command') if o['when'] == 'done']
    frame = objects(run, 'total')[-1]
    said = []
    for player in players:
        row = truth.row_of(frame, player['pid'])
        need(row, f'{player["pid"]} has no row')
        own, own_forced = player['stamps'][2][2:]
        # A round is one switch: asleep in the read, or put off the CPU by the one just woken.
        need(own + own_forced >= ROUNDS, f'the load itself counts {own} and {own_forced} switches')
        need(row['vcsw'] == own + 1, f'voluntary {row["vcsw"]}, itself {own} and 1 to leave')
        need(own_forced <= row['ivcsw'] <= own_forced + 2,
             f'involuntary {row["ivcsw"]}, itself {own_forced}')
        said.append(f'{row["vcsw"]}+{row["ivcsw"]}')
    need(len(said) == 2, f'{len(said)} players')
    return ' '.join(said)


def view_of(run, view):
    return next(o for o in objects(run, 'sums') if o.get('view') == view)


def calls_exact(run):
    """100,000 writes and the line that says so, 1,000 opens that fail, 20 fsync."""
    own, frame = objects(run, 'calls')[-1], view_of(run, 'syscalls')
    if frame['na'].get('count'):
        return f'n/a: {frame["na"]["count"]}'
    rows = {r['name']: r for r in frame['rows']}
    need(own['failed'] == 1000, f'the load itself: {own}')
    for name, count, errors, errno in (('write', 100001, 0, None), ('fsync', 20, 0, None),
                                       ('openat', None, 1000, 'ENOENT')):
        row = rows.get(name)
        need(row, f'no row of {name}, but of {", ".join(rows)}')
        need(count is None or row['count'] == count, f'{name}: {row["count"]}, not {count}')
        need((row['errors'], row['top_errno']) == (errors, errno),
             f'{name}: {row["errors"]} errors, {row["top_errno"]}')
        need(row['timed'] == row['count'] and row['time_ns'] > 0, f'times of {row}')
    return f'{len(rows)} calls'


def softirqs_of(text):
    """{vector: sum over CPUs}"""
    lines = [l.split() for l in text.splitlines() if ':' in l]
    return {words[0][:-1]: sum(map(int, words[1:])) for words in lines}


def interrupts_in_window(run):
    soft = [softirqs_of(run.outputs[f'soft{i}']) for i in range(4)]
    rows = {r['label']: r for r in view_of(run, 'interrupts')['rows'] if r['type'] == 'soft'}
    said = []
    for vector in soft[0]:
        inside, outside = soft[2][vector] - soft[1][vector], soft[3][vector] - soft[0][vector]
        ours = rows[vector]['count'] if vector in rows else 0
        need(inside <= ours <= outside, f'{vector}: {ours}, not within {inside} and {outside}')
        need(ours == 0 or rows[vector]['time_ns'] > 0, f'{vector}: no time')
        said += [f'{vector} {ours}'] if ours else []
    need(len(said) >= 3, f'too few vectors: {said}')
    return ' '.join(said)


def waits_are_listed(run):
    """Each wait behind the hog, by the load's own clock."""
    own = [o for o in objects(run, 'events') if 'released_ns' in o]
    rows = [r for r in view_of(run, 'events')['rows']
            if r['kind'] == 'slow' and own and r['pid'] == own[0]['waiter']]
    need(len(own) == WAITS, f'{len(own)} waits were made')
    if view_of(run, 'events')['na'].get('latency_ns'):
        return f'n/a: {view_of(run, "events")["na"]["latency_ns"]}'
    hogs = short = 0
    for wait in own:
        # The run queue's clock and the load's are set side by side now and then only.
        found = [r for r in rows if wait['before_ns'] <= r['ts_ns'] <= wait['ran_ns'] + CLOCK_NS
                 and r['latency_ns'] >= SLOW_NS]
        near = [(r['ts_ns'] - wait['released_ns'], r['latency_ns']) for r in rows
                if abs(r['ts_ns'] - wait['released_ns']) < WAIT_NS]
        need(len(found) == 1, f'{len(found)} rows of the wait {wait}, of {len(rows)}; '
             f'(ended after its release, waited): {near}')
        hogs += found[0]['by_tgid'] == wait['hog']
        short += found[0]['latency_ns'] < wait['released_ns'] - wait['after_ns'] - CLOCK_NS
    # The scheduler's clock is no clock under TCG: it stands for some ms when the host takes a CPU.
    need(short <= WAITS / 4, f'{short} of {WAITS} are too short')
    # Others with a right to that CPU may come in between, and are then named.
    need(hogs >= WAITS / 4, f'only {hogs} of {WAITS} name who had the CPU')
    return f'{len(own)} of {len(rows)}, {hogs} name the hog'


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f'signal {number}'


def ends_are_told(run):
    own = [o for o in objects(run, 'events') if 'way' in o]
    rows = {r['pid']: r for r in view_of(run, 'events')['rows'] if r['kind'] == 'exit'}
    need(len(own) == 10, f'{len(own)} ends')
    for end in own:
        row, status = rows.get(end['pid']), end['status']
        need(row, f'the end of {end["pid"]} ({end["way"]}) is not listed')
        want = (None, signal_name(status & 127)) if status & 127 else (status >> 8, None)
        need((row['code'], row['signal']) == want, f'{end["way"]}: {row["code"]} {row["signal"]}, '
             f'not {want}')
    return f'{len(own)} of {len(rows)}'


def probes_work(run):
    need(run.statuses.get('check') == 0, f'exit {run.statuses.get("check")}: '
         f'{run.outputs.get("check.err", run.last_words()).strip()}')
    lines = [l for l in run.outputs['check'].splitlines() if l.strip()]
    need(len(lines) > 3, f'only {len(lines)} lines')
    return f'{len(lines)} lines'


def lockdown_works(run):
    """Under confidentiality lockdown the kernel refuses to load what reads its memory at will."""
    mode = run.outputs.get('mode', '')
    need('[confidentiality]' in mode, f'the guest is not locked down: {mode.strip()}')
    frames = objects(run, 'frames')
    rows = [r for r in frames[-1]['rows'] if r['oncpu_ns_per_s'] is not None]
    need(len(rows) > 10, f'only {len(rows)} rows with a time')
    return f'{len(rows)} rows'


class Scene:
    def __init__(self, steps, checks, append=''):
        self.steps, self.checks, self.append = steps, checks, append


# The order of the checks is that of the table.
SCENES = [
    Scene(LOADED, [('frames', frames_come), ('on-CPU', spinner_on_cpu), ('wait', wait_two_thirds),
                   ('blocked', blocked_and_idle), ('columns', columns_known),
                   ('losses', losses_add_up)]),
    Scene(COMMAND, [('switches', switches_exact)]),
    Scene(CALLS, [('calls', calls_exact)]),
    Scene(EVENTS, [('softirq', interrupts_in_window), ('slow', waits_are_listed),
                   ('ends', ends_are_told)]),
    Scene(CHECK, [('probes', probes_work)]),
    Scene(LOCKED, [('lockdown', lockdown_works)], 'lockdown=confidentiality'),
]
