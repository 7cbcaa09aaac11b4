#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the theme files as C, so that the binary needs none of them: embed.py OUT THEME..."""
import pathlib
import sys


def quoted(line):
    escaped = line.replace('\\', '\\\\').replace('"', '\\"')
    return f'\t "{escaped}\\n"'


def main(out, *paths):
    parts = ['/* Made by themes/embed.py. */', '#include "theme_names.h"', '',
             'const struct theme_file theme_files[] = {']
    for path in map(pathlib.Path, paths):
        lines = path.read_text(encoding='ascii').splitlines()
        parts += [f'\t{{"{path.stem}",'] + [quoted(line) for line in lines] + ['\t},']
    parts += ['\t{NULL, NULL},', '};', '']
    pathlib.Path(out).write_text('\n'.join(parts), encoding='ascii')


if __name__ == '__main__':
    main(*sys.argv[1:])
