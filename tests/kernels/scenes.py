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
READS, READ_BYTES = 200, 4096
WRITES, WRITE_BYTES = 100, 8192
PAGES_BYTES = 6 << 20
LOOP_BYTES = 8 << 20
SECTOR = 512
CHARGED_SHARE = 0.95
# What load_files writes into its files before it begins: 1 MiB in blocks.
PREPARED = {'data': (256, 1 << 20), 'direct': (256, 1 << 20)}
KNOWN = ('write=2000 read=700 pread=300 pwrite=301 readv=40 writev=41 preadv=42 pwritev=43 preadv2=10 pwritev2=11 '
         'sendfile=20 splice=21 copy=22 direct=15 open=50 enoent=60 fsync=5 fdatasync=4')
NAMES, SOME_NAMES = 3000, 20

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


DISKS = '''
for d in /sys/block/nvme*; do
	case $(cat $d/device/serial) in
	raw*) raw=${d##*/} ;;
	ext4*) ext4=${d##*/} ;;
	esac
done
mkdir -p /mnt /loop
mount -t ext4 /dev/$ext4 /mnt
mkdir /mnt/some
'''

# Direct requests on one disk; files through the page cache on the other; on that a file as a loop device,
# with a filesystem. The kernel's own counts stand around and inside what is measured.
DISK = f'''{DISKS}
echo "raw $raw" >/tmp/names
echo "ext4 $ext4" >>/tmp/names
insmod /lib/loop.ko && truncate -s {LOOP_BYTES * 2} /mnt/image && losetup /dev/loop0 /mnt/image &&
	mke2fs /dev/loop0 >/dev/null && mount -t ext4 /dev/loop0 /loop && echo "loop loop0" >>/tmp/names
sync
cat /proc/diskstats >/tmp/disk0
{PROBETOP} --total -d 60 -f json --pane=disk --view=processes,devices -o /tmp/disks & top=$!
until grep -q link_type /proc/$top/fdinfo/*; do sleep 1; done
sleep 3
cat /proc/diskstats >/tmp/disk1
step reads load_disk read /dev/$raw {READS} {READ_BYTES}
step writes load_disk write /dev/$raw {WRITES} {WRITE_BYTES}
step pages load_pages pages write /mnt/some/known {PAGES_BYTES} 65536
[ -d /loop/lost+found ] && step looped load_pages looped write /loop/known {LOOP_BYTES} 65536
sync
cat /proc/diskstats >/tmp/disk2
kill -INT $top
wait $top
[ $? = 130 ] # by SIGINT, as asked
send sums /tmp/disks $?
cat /proc/diskstats >/tmp/disk3
send names /tmp/names 0
for i in 0 1 2 3; do
	send disk$i /tmp/disk$i 0
done
'''

# Every request of a command: what it wrote comes from a kernel thread, what it reads from itself.
FILES = f'''{DISKS}
cat >/tmp/inside <<'EOF'
load_pages pages write /mnt/some/known {PAGES_BYTES} 65536
sync
load_pages pages read /mnt/some/known {PAGES_BYTES} 65536
EOF
step files {PROBETOP} --total -f json --pane=disk --view=processes,events -N 100000 -o /tmp/events -- sh /tmp/inside
send sums /tmp/events 0
'''

# One load of files, counted by system calls, and in another boot by the functions of the VFS.
KNOWN_FILES = f'''{DISKS}
step known {PROBETOP} --rung=RUNGS --total -f json --pane=fs --view=processes,files -N 100000 -o /tmp/known -- \\
	load_files /mnt/some {KNOWN}
send sums /tmp/known 0
'''
BY_CALLS = KNOWN_FILES.replace('RUNGS', 'tp_btf')
BY_VFS = KNOWN_FILES.replace('RUNGS', 'tp_btf,fentry')

# Look-ups of names that do not exist: the filesystem is asked once, then the cache knows.
LOOKUPS = f'''{DISKS}
step names {PROBETOP} --total -f json --pane=fs --view=operations,caches,events -N 100000 -o /tmp/names -- \\
	load_names /mnt/some {NAMES}
send sums /tmp/names 0
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


def file_of(run, known):
    """The load's own row of a file, by its number."""
    rows = [r for r in view_of(run, 'files')['rows'] if r['comm'] == 'load_files' and r['inode'] == known['ino']]
    need(len(rows) == 1, f'{known["name"]}: {len(rows)} rows')
    return rows[0]


def files_exact(run):
    """Reads and writes of each file by its own count, by whatever calls; opens and fsyncs of the process."""
    own = objects(run, 'known')[-1]
    reason = view_of(run, 'files')['na'].get('reads')
    if reason:
        return f'n/a: {reason}'
    for known in own['files']:
        row, (writes, written) = file_of(run, known), PREPARED.get(known['name'], (0, 0))
        want = (known['reads'], known['read_bytes'], known['writes'] + writes, known['write_bytes'] + written, 0)
        got = tuple(row[k] for k in ('reads', 'read_bytes', 'writes', 'write_bytes', 'errors'))
        need(got == want, f'{known["name"]}: {got}, not {want}')
        need(row['lat_max_ns'] and row['lat_p99_ns'] <= row['lat_max_ns'], f'times of {row}')
        need(row['type'] == 'regular', f'type of {row}')
    return f'{sum(f["reads"] + f["writes"] for f in own["files"])} calls on {len(own["files"])} files'


def opens_exact(run):
    own, frame = objects(run, 'known')[-1]['ops'], view_of(run, 'processes')
    row, = rows_by(frame, 'comm', 'load_files')
    opened = own['open'] + len(objects(run, 'known')[-1]['files'])  # its own files, before it begins
    need((row['opens'], row['enoent']) == (opened, own['enoent']), f'{row["opens"]} opens, {row["enoent"]} failed; '
         f'not {opened}, {own["enoent"]}')
    if frame['na'].get('fsyncs'):
        return f'{row["opens"]}; fsyncs n/a: {frame["na"]["fsyncs"]}'
    need(row['fsyncs'] == own['fsync'], f'{row["fsyncs"]} fsyncs, not {own["fsync"]}')
    return f'{row["opens"]}, {row["fsyncs"]} fsyncs'


def by_vfs(run):
    """It is the functions that tell: what they do not know of is n/a."""
    reason = view_of(run, 'processes')['na'].get('metadata')
    need(reason and 'VFS' in reason, f'metadata: {reason}')
    return files_exact(run)


def lookups_exact(run):
    own, frame = objects(run, 'names')[-1], view_of(run, 'caches')
    row = next(r for r in frame['rows'] if r['comm'] == '[machine]')
    need(own['first'] == own['again'] == NAMES, f'the load itself: {own}')
    reason = frame['na'].get('lookups')
    need(not reason, f'n/a: {reason}')
    # What else it looks up: its program when it starts, the directory.
    for key, least in (('lookups', 2 * NAMES), ('slow_lookups', NAMES), ('lookup_misses', NAMES)):
        need(least <= row[key] <= least + SOME_NAMES, f'{key}: {row[key]}, not {least}')
    return f'{row["lookups"]}, {row["slow_lookups"]} slow, {row["lookup_misses"]} misses'


def operations_by_calls(run):
    """Beside the VFS, while a view of all operations is open."""
    rows = {r['op']: r for r in view_of(run, 'operations')['rows'] if r['type'] == 'file'}
    row = rows.get('getattr')
    need(row, f'no getattr, but {", ".join(rows)}')
    need(2 * NAMES <= row['count'] <= 2 * NAMES + SOME_NAMES and row['enoent'] >= 2 * NAMES, f'getattr: {row}')
    return f'{row["count"]} getattr, {row["enoent"]} failed'


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
    refused = [l.split()[0] for l in lines if l.split()[1:2] == ['refused']]
    need(not refused, f'refused: {", ".join(refused)}')
    return f'{len(lines)} lines'


def start_of_requests(run):
    """One of two hooks tells when a request began."""
    lines = [l.split()[:3] for l in run.outputs['check'].splitlines()]
    on = [probe for probe in ('io-start', 'io-getrq') if [probe, 'on', 'tp_btf'] in lines]
    need(len(on) == 1, f'on are {on}')
    return on[0]


def lockdown_works(run):
    """Under confidentiality lockdown the kernel refuses to load what reads its memory at will."""
    mode = run.outputs.get('mode', '')
    need('[confidentiality]' in mode, f'the guest is not locked down: {mode.strip()}')
    frames = objects(run, 'frames')
    rows = [r for r in frames[-1]['rows'] if r['oncpu_ns_per_s'] is not None]
    need(len(rows) > 10, f'only {len(rows)} rows with a time')
    return f'{len(rows)} rows'


def disk_names(run):
    return dict(line.split() for line in run.outputs['names'].splitlines())


def rows_by(frame, key, value):
    """A process has a row of its own where a tick saw it; those that none saw share one."""
    rows = [r for r in frame['rows'] if r[key] == value]
    need(rows, f'no row of {value}, but {[r[key] for r in frame["rows"]]}')
    return rows


def sums(rows, *keys):
    return tuple(sum(r[k] for r in rows) for k in keys)


def direct_exact(run):
    """200 reads and 100 writes, of the device and of who made them."""
    need(objects(run, 'reads') and objects(run, 'writes'), 'the load itself')
    want = (READS, WRITES, READS * READ_BYTES, WRITES * WRITE_BYTES)
    for view, key, value in (('devices', 'device', disk_names(run)['raw']), ('processes', 'comm', 'load_disk')):
        frame = view_of(run, view)
        rows = rows_by(frame, key, value)
        got = sums(rows, 'reads', 'writes', 'read_bytes', 'write_bytes')
        need(got == want, f'{view}: {got}, not {want}')
        missing = [k for k in frame['na'] if k.startswith(('queue', 'service', 'lat'))]
        need(not missing, f'{view}: n/a {missing}')
        for row in rows:
            need(row['queue_p99_ns'] is not None and row['service_p99_ns'], f'{view}: times of {row}')
    return f'{READS}+{WRITES}, service p99 {rows[0]["service_p99_ns"] // 1000} us'


def diskstats(text, name):
    """Reads, writes, bytes read, bytes written."""
    words = next(line.split() for line in text.splitlines() if line.split()[2] == name)
    return int(words[3]), int(words[7]), int(words[5]) * SECTOR, int(words[9]) * SECTOR


def devices_in_window(run):
    frame, said = view_of(run, 'devices'), []
    for what, name in disk_names(run).items():
        at = [diskstats(run.outputs[f'disk{i}'], name) for i in range(4)]
        row, = rows_by(frame, 'device', name)
        for i, key in enumerate(('reads', 'writes', 'read_bytes', 'write_bytes')):
            inside, outside = at[2][i] - at[1][i], at[3][i] - at[0][i]
            need(inside <= row[key] <= outside, f'{what} {key}: {row[key]}, not within {inside} and {outside}')
        said.append(f'{what} {row["reads"]}+{row["writes"]}')
    return ', '.join(said)


def charged(run, name, want):
    """A writer whose pages a kernel thread wrote: its own bytes, and some metadata at most."""
    row, = rows_by(view_of(run, 'processes'), 'comm', name)
    need(CHARGED_SHARE * want <= row['write_bytes'] <= want + (want >> 3), f'{name}: {row["write_bytes"]} of {want}')
    need(row['inferred_bytes'] >= CHARGED_SHARE * want, f'{name}: inferred {row["inferred_bytes"]}')
    return row


def writeback_charged(run):
    row = charged(run, 'pages', objects(run, 'pages')[0]['bytes'])
    need(row['device'] == disk_names(run)['ext4'], f'device {row["device"]}')
    return f'{row["write_bytes"]} of {PAGES_BYTES}'


def loop_charged_once(run):
    if 'loop' not in disk_names(run):
        return 'n/a: no loop device'
    row = charged(run, 'looped', objects(run, 'looped')[0]['bytes'])
    need(row['device'] == 'loop0', f'device {row["device"]}')
    below, = sums(rows_by(view_of(run, 'devices'), 'device', disk_names(run)['ext4']), 'write_bytes')
    need(below >= PAGES_BYTES + LOOP_BYTES, f'the disk below wrote {below}')
    rows = view_of(run, 'processes')['rows']
    others = sum(r['write_bytes'] for r in rows if r['comm'] not in ('pages', 'looped', 'load_disk'))
    need(others < LOOP_BYTES // 4, f'{others} bytes of {[r["comm"] for r in rows]}')
    return f'{row["write_bytes"]} of {LOOP_BYTES}, {below} below'


def files_named(run):
    """Each request of a command's file tells its name, whoever submitted it."""
    need(run.statuses.get('files') == 0, f'exit {run.statuses.get("files")}: {run.outputs.get("files.err", "")[-300:]}')
    rows = [r for r in view_of(run, 'events')['rows'] if r['ino'] and r['bytes']]
    need({r['comm'] for r in rows} <= {'pages', 'sh', 'sync'}, f'requests of {({r["comm"] for r in rows})}')
    names = set()
    for op, inferred in (('write', 'yes'), ('read', None)):
        mine = [r for r in rows if r['comm'] == 'pages' and r['op'] == op]
        total = sum(r['bytes'] for r in mine)
        need(total == PAGES_BYTES, f'{op}: {total} bytes in {len(mine)} requests, not {PAGES_BYTES}')
        need({r['inferred'] for r in mine} == {inferred}, f'{op}: inferred {({r["inferred"] for r in mine})}')
        names |= {r['file'] for r in mine}
    if names == {None}:
        return 'n/a: the inode only, before Linux 6.2'
    need(names == {'some/known'}, f'files {names}')
    return f'{len(rows)} requests'


class Scene:
    def __init__(self, steps, checks, append='', disks=False):
        self.steps, self.checks, self.append, self.disks = steps, checks, append, disks


# The order of the checks is that of the table.
SCENES = [
    Scene(LOADED, [('frames', frames_come), ('on-CPU', spinner_on_cpu), ('wait', wait_two_thirds),
                   ('blocked', blocked_and_idle), ('columns', columns_known),
                   ('losses', losses_add_up)]),
    Scene(COMMAND, [('switches', switches_exact)]),
    Scene(CALLS, [('calls', calls_exact)]),
    Scene(EVENTS, [('softirq', interrupts_in_window), ('slow', waits_are_listed),
                   ('ends', ends_are_told)]),
    Scene(DISK, [('direct', direct_exact), ('diskstats', devices_in_window), ('writeback', writeback_charged),
                 ('loop', loop_charged_once)], disks=True),
    Scene(FILES, [('files', files_named)], disks=True),
    Scene(BY_CALLS, [('by-calls', files_exact), ('opens', opens_exact)], disks=True),
    Scene(BY_VFS, [('by-vfs', by_vfs), ('vfs-opens', opens_exact)], disks=True),
    Scene(LOOKUPS, [('names', lookups_exact), ('getattr', operations_by_calls)], disks=True),
    Scene(CHECK, [('probes', probes_work), ('start', start_of_requests)]),
    Scene(LOCKED, [('lockdown', lockdown_works)], 'lockdown=confidentiality'),
]
