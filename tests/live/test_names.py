#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes with hostile names and arguments are shown as text in every format."""
import csv
import io
import re
import unicodedata

import live
import truth
from live import Load, Probetop

NAMES_NR = 13
SGR = re.compile(r'\x1b\[[0-9;]*m')
# C0 but newline, DEL and C1; format characters (bidi, zero width), surrogates, private use.
FORBIDDEN = ('Cc', 'Cf', 'Cs', 'Co', 'Cn')

FORMATS = [
    ('text', ('-f', 'text', '--size=200x50')),
    ('text narrow', ('-f', 'text', '--size=40x40')),
    ('text ASCII', ('-f', 'text', '--size=200x50', '--no-unicode')),
    ('ansi', ('-f', 'ansi', '--size=200x50')),
    ('json', ('-f', 'json')),
    ('csv', ('-f', 'csv')),
]


def hostile(text):
    """The characters of a text that must not be there."""
    return sorted({hex(ord(c)) for c in text
                   if c != '\n' and unicodedata.category(c) in FORBIDDEN})


def decoded(t, output, what):
    try:
        return output.decode('utf-8')
    except UnicodeDecodeError as error:
        t.ok(False, f'{what} is not UTF-8: {error}')


def strings(value):
    """All strings in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def frames_of(options, pids):
    with Probetop('-b', '-n', 2, '-d', '500ms', '--view=processes', '--show-args',
                  '-p', ','.join(map(str, pids)), *options) as p:
        return p.finish()


def in_format(options):
    def case(t):
        with Load('names', '--seconds', 30) as load:
            names = load.lines(NAMES_NR)
            pids = [n['pid'] for n in names]
            text = decoded(t, frames_of(options, pids), 'the output')
            load.end()
        t.equal(hostile(SGR.sub('', text) if 'ansi' in options else text), [],
                'characters that no terminal should get')
        for pid in pids:
            t.ok(re.search(rf'\b{pid}\b', text), f'process {pid} is not shown')
        if '--no-unicode' in options:
            t.ok(text.isascii(), 'not ASCII')
        if 'json' in options:
            for obj in truth.objects(text):
                found = sorted({c for s in strings(obj) for c in hostile(s) or ('\n' in s) * ['\\n']})
                t.equal(found, [], 'characters inside JSON strings')
                rows = {r['pid']: r for r in obj['rows']}
                t.equal(len({rows[p]['comm'] for p in pids}), len(pids), 'different names')
        if 'csv' in options:
            widths = {len(row) for row in csv.reader(io.StringIO(text))}
            t.equal(len(widths), 1, f'fields in a line: {widths}')
    return case


def plain_parts_of_a_name_stay_readable(t):
    want = {'ESC sequence': 'red', 'bidi override': 'evil', 'invalid bytes': 'bad',
            'wide and combining': '\u6f22', 'quotes': 'a"b'}
    with Load('names', '--seconds', 30) as load:
        names = load.lines(NAMES_NR)
        output = frames_of(('-f', 'json'), [n['pid'] for n in names])
        load.end()
    rows = {r['pid']: r for r in truth.objects(output.decode())[-1]['rows']}
    for name in names:
        if name['what'] in want:
            t.contains(rows[name['pid']]['comm'], want[name['what']], name['what'])


live.main([(f'hostile names are text in {name}', in_format(options)) for name, options in FORMATS]
          + [plain_parts_of_a_name_stay_readable])
