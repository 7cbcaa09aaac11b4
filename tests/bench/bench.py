#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What probetop costs, beside htop and top (and btop where it is installed) in the same run.

usage: bench.py PROBETOP BUILD_TEST_DIR [--quick] [screen | pingpong | storms | disk | calls | stream]...

Each monitor has a pty of 120x40 and refreshes once a second; they take turns, and a figure is
the median of its runs. A goal is a ratio inside one run: compare no figure with another run's.
"""
import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import calls
import disk
import storms
from monitor import COLS, ROWS, BenchError, Monitor, status_bytes
from probes import bpf_cost, held, pingpong
from table import Row, print_table

WORKERS = 6  # processes that work a little, at every level but 0
SETTLE_S = 1.0
MB = 1 << 20

# processes added: runs of a whole session, runs of start and quit only
FULL = {0: (3, 2), 100: (2, 1), 1000: (2, 1), 5000: (3, 2)}
QUICK = {0: (1, 0), 1000: (1, 0)}


def monitors(program, quick):
    """The monitors in order, those that are installed."""
    rows = [('probetop', [program, '-d', '1', '--no-config']),
            ('htop', ['htop', '-d', '10']),
            ('top', ['top', '-d', '1']),
            ('btop', ['btop'])]
    return {name: argv for name, argv in rows if shutil.which(argv[0]) and not (quick and name == 'btop')}


def note(text):
    if sys.stderr.isatty():
        sys.stderr.write(f'\r\x1b[K{text}')
        sys.stderr.flush()


class Bench:
    def __init__(self, program, tools, home, quick):
        self.program, self.tools, self.home, self.quick = program, tools, home, quick
        self.monitors = monitors(program, quick)
        self.levels = QUICK if quick else FULL
        self.refreshes = 3 if quick else 4
        self.rows = []

    def start_only(self, argv):
        with Monitor(argv, self.home) as m:
            m.run(0.6)
            m.wait_paint()
            return {'first_ms': m.first_frame_ms(), 'quit_ms': m.quit_ms()}

    def session(self, argv):
        with Monitor(argv, self.home) as m:
            m.run(SETTLE_S)
            figures = m.window(self.refreshes)
            figures.update(first_ms=m.first_frame_ms(), rss=status_bytes(m.pid, 'VmRSS'),
                           peak=status_bytes(m.pid, 'VmHWM'), quit_ms=m.quit_ms())
            return figures

    def level(self, processes, whole_nr, start_nr):
        """{monitor: {figure: median}} with so many processes added."""
        ends = (min(self.levels), max(self.levels))
        runs = {name: [] for name in self.monitors if name != 'btop' or processes in ends}
        todo = [self.session] * whole_nr + [self.start_only] * start_nr
        for nr, run in enumerate(todo, 1):
            for name in runs:
                note(f'+{processes} processes, run {nr}/{len(todo)}: {name}')
                runs[name].append(run(self.monitors[name]))
        result = {name: {key: statistics.median(r[key] for r in rs if key in r) for key in rs[0]}
                  for name, rs in runs.items()}
        if processes in ends:
            note(f'+{processes} processes: BPF')
            result['probetop'].update(bpf_cost(self.tools, self.monitors['probetop'], self.home, self.refreshes))
        if processes == ends[1] and not self.quick:
            note(f'+{processes} processes: --no-bpf')
            result['no-bpf'] = self.session([*self.monitors['probetop'], '--no-bpf'])
        return result

    def screen(self):
        found = {}
        for processes, (whole_nr, start_nr) in self.levels.items():
            with contextlib.ExitStack() as stack:
                if processes:
                    stack.enter_context(held([self.tools['sleepers'], str(processes), str(WORKERS)]))
                    time.sleep(0.5)
                found[processes] = self.level(processes, whole_nr, start_nr)
        self.rows += screen_rows(found)

    def pingpong(self):
        modules = [] if self.quick else ['cpu']
        rivals = {name: lambda argv=argv: Monitor(argv, self.home)
                  for name, argv in self.monitors.items() if name != 'probetop'}
        slower, empty = pingpong(self.tools, self.program, modules, rivals, 2 if self.quick else 5, note)
        self.rows += [
            Row('ping-pong alone', '{:,.0f}/s', {'probetop': empty}),
            Row('ping-pong, empty programs on the hooks', '{:.2f}x', {'probetop': slower['floor']}),
            Row('ping-pong, all modules', '{:.2f}x', {'probetop': slower['all'], **{n: slower[n] for n in rivals}},
                'G3', [('1.40x alone', 1.40), ('1.20x empty', 1.20 * slower['floor'])])]
        self.rows += [Row(f'ping-pong, --modules={m}', '{:.2f}x', {'probetop': slower[m]}, 'G3',
                          [('1.12x alone', 1.12)] if m == 'cpu' else []) for m in modules]

    def calls(self):
        self.rows += calls.rows(self.tools, self.program, self.home, 2 if self.quick else 5, note)

    def storms(self):
        self.rows += storms.rows(self.tools, self.program, self.home, 2 if self.quick else 5, note)

    def disk(self):
        self.rows += disk.rows(self.tools, self.program, self.home, 2 if self.quick else 9, note)

    def stream(self):
        """Recording, replay and folding: synthetic records, then probetop's own recording."""
        note('records')
        out = subprocess.run([self.tools['fold'], '5000', '10' if self.quick else '60'], check=True,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
        f = json.loads(out)
        self.rows += [
            Row('record written', '{:.0f} ns', {'probetop': f['write_ns']}),
            Row('record read back', '{:.0f} ns', {'probetop': f['read_ns']}),
            Row('record folded', '{:.0f} ns', {'probetop': f['fold_ns']}),
            Row('snapshot, 5,000 processes', '{:.2f} ms', {'probetop': f['publish_ms']}),
            Row('recording, bytes per record', '{:.1f}', {'probetop': f['file_bytes'] / f['records']})]
        self.replay()

    def replay(self):
        path = os.path.join(self.home, 'bench.ptr')
        ticks = 2 if self.quick else 10
        base = [self.program, '-b', '--no-config', '-f', 'json', '-o', '/dev/null']
        note('recording')
        with held([self.tools['sleepers'], '1000', str(WORKERS)]):
            subprocess.run([*base, '-n', str(ticks), '--record=' + path], check=True,
                           stdin=subprocess.DEVNULL)
        began = time.monotonic()
        subprocess.run([*base, '--replay=' + path], check=True, stdin=subprocess.DEVNULL)
        self.rows += [
            Row('recording, +1,000: bytes per s', '{:.0f}', {'probetop': os.path.getsize(path) / ticks}),
            Row('replay, +1,000: JSON frames per s', '{:.0f}', {'probetop': ticks / (time.monotonic() - began)})]


def over(found, level, name, key, factor=1.0):
    """A bound from a rival's figure; None where the rival was not measured."""
    rival = found[level].get(name)
    return rival[key] * factor if rival else None


def per_monitor(figures, key):
    return {name: f[key] for name, f in figures.items() if name != 'no-bpf' and key in f}


def cpu_row(found, level):
    goals = []
    if level == 0:
        goals = [('htop/2', over(found, 0, 'htop', 'cpu_ms', 1 / 2)), ('top', over(found, 0, 'top', 'cpu_ms'))]
    elif level == 5000:
        goals = [('htop/25', over(found, level, 'htop', 'cpu_ms', 1 / 25)),
                 ('btop/15', over(found, level, 'btop', 'cpu_ms', 1 / 15))]
    return Row(f'CPU ms per refresh, +{level:,}', '{:.2f}', per_monitor(found[level], 'cpu_ms'),
               'G7' if level == 0 else 'G6', goals)


def cost_rows(found):
    """CPU and BPF time."""
    low, high = min(found), max(found)
    rows = [cpu_row(found, level) for level in found]
    slope_us = {name: 1e3 * (found[high][name]['cpu_ms'] - found[low][name]['cpu_ms']) / (high - low)
                for name in found[low] if name in found[high]}
    rows += [Row('CPU us per process added', '{:.2f}', slope_us, 'G6', [('1 us', 1.0)])]
    if 'no-bpf' in found[high]:
        rows.append(Row(f'CPU ms per refresh, --no-bpf, +{high:,}', '{:.2f}',
                        {**per_monitor(found[high], 'cpu_ms'), 'probetop': found[high]['no-bpf']['cpu_ms']},
                        'G6', [('htop/2', over(found, high, 'htop', 'cpu_ms', 1 / 2))]))
    for level in (low, high):
        rows += [Row(f'pass over the tasks, +{level:,}', '{:.2f} ms',
                     {'probetop': found[level]['probetop']['pass_ms']}),
                 Row(f'BPF on hooks per s, +{level:,}', '{:.2f} ms',
                     {'probetop': found[level]['probetop']['hooks_ms']})]
    idle = per_monitor(found[low], 'cpu_ms')
    idle['probetop'] += found[low]['probetop']['hooks_ms']
    rows.append(Row('CPU and BPF ms per refresh, idle', '{:.2f}', idle, 'G13',
                    [('htop', over(found, low, 'htop', 'cpu_ms'))]))
    return rows


def screen_rows(found):
    low, high = min(found), max(found)
    busy = min(level for level in found if level)
    rows = cost_rows(found)
    for level in found:
        goals = {low: [('btop', over(found, level, 'btop', 'first_ms'))], 5000: [('50 ms', 50.0)]}
        rows.append(Row(f'first frame, +{level:,}', '{:.0f} ms', per_monitor(found[level], 'first_ms'),
                        'G9', goals.get(level, [])))
    for level in (low, busy):
        rows.append(Row(f'bytes per refresh, +{level:,}', '{:.0f}', per_monitor(found[level], 'bytes'), 'G8', [
            ('htop', over(found, level, 'htop', 'bytes')), ('top/4', over(found, level, 'top', 'bytes', 1 / 4)),
            ('btop/10', over(found, level, 'btop', 'bytes', 1 / 10))]))
    for level in found:
        rows.append(Row(f'q to gone, +{level:,}', '{:.0f} ms', per_monitor(found[level], 'quit_ms'),
                        'G11', [('50 ms', 50.0)]))
    for level in (low, high):
        rss, peak = (per_monitor(found[level], key) for key in ('rss', 'peak'))
        rows += [Row(f'RSS, +{level:,}', '{:.1f} MB', {n: v / MB for n, v in rss.items()}, 'G12', [('8 MB', 8.0)]),
                 Row(f'peak RSS, +{level:,}', '{:.1f} MB', {n: v / MB for n, v in peak.items()}, 'G12',
                     [('16 MB', 16.0)])]
    maps = found[high]['probetop']['map_bytes'] / MB
    rows.append(Row('BPF maps, without task storage', '{:.1f} MB', {'probetop': maps}, 'G12', [('8 MB', 8.0)]))
    return rows


def find_tools(build):
    tools = {name: os.path.join(build, 'tests', 'bench', name)
             for name in ('sleepers', 'getppid', 'pingpong', 'storms', 'bpfhold', 'fold', 'thousand')}
    for path in tools.values():
        if not os.access(path, os.X_OK):
            raise BenchError(f'{path} is missing. Build the tests: ninja -C {build}')
    return tools


def machine():
    model = 'unknown processor'
    with open('/proc/cpuinfo', encoding='utf-8', errors='replace') as f:
        for line in f:
            if line.startswith('model name'):
                model = line.split(':', 1)[1].strip()
                break
    return (f'{time.strftime("%d %b %Y")}  {os.cpu_count()} CPUs ({model})  Linux {platform.release()}  '
            f'load {os.getloadavg()[0]:.2f}  {COLS}x{ROWS}, 1 s')


def end_on_signal(number, _frame):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('probetop')
    parser.add_argument('build')
    parser.add_argument('names', nargs='*', metavar='screen|pingpong|storms|disk|calls|stream')
    parser.add_argument('--quick', action='store_true', help='under a minute, fewer levels and runs')
    options = parser.parse_args()
    parts = ['screen', 'pingpong', 'storms', 'disk', 'calls', 'stream']
    for name in options.names:
        if name not in parts:
            parser.error(f'{name}: no such part. They are: {", ".join(parts)}')
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_on_signal)
    began = time.monotonic()
    print(machine(), flush=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix='probetop-bench.') as home:
        bench = Bench(os.path.abspath(options.probetop), find_tools(options.build), home, options.quick)
        write_btop_config(home)
        for name in parts:
            if options.names and name not in options.names:
                continue
            try:
                getattr(bench, name)()
            except (BenchError, OSError, subprocess.CalledProcessError) as e:
                failed.append(f'{name}: {e}')
    note('')
    print_table(bench.rows, [n for n in bench.monitors])
    print(f'{time.monotonic() - began:.0f} s')
    for text in failed:
        print('not measured:', text)
    return 1 if failed else 0


def write_btop_config(home):
    os.makedirs(os.path.join(home, '.config', 'btop'))
    with open(os.path.join(home, '.config', 'btop', 'btop.conf'), 'w', encoding='ascii') as f:
        f.write('update_ms = 1000\n')


if __name__ == '__main__':
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f'bench: {error}')
