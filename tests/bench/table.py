# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench's table: figure, one column per monitor, ratio to htop, goal, met or not."""
import dataclasses


@dataclasses.dataclass
class Row:
    figure: str
    form: str                # a format of one number, its unit included
    values: dict             # monitor: number
    goal: str = ''           # the goal's number
    bounds: list = dataclasses.field(default_factory=list)  # (words, number or None: not measured)

    def met(self):
        """True, False, or None where nothing could be compared."""
        known = [bound for _, bound in self.bounds if bound is not None]
        value = self.values.get('probetop')
        return all(value <= bound for bound in known) if known and value is not None else None

    def ratio(self):
        mine, other = self.values.get('probetop'), self.values.get('htop')
        return f'{other / mine:.1f}' if mine and other is not None else ''

    def goal_words(self):
        known = [words for words, bound in self.bounds if bound is not None]
        return f'{self.goal} <= {", ".join(known)}' if known else ''

    def cells(self, monitors):
        verdict = {True: 'yes', False: 'NO', None: ''}[self.met()]
        values = [self.form.format(self.values[m]) if m in self.values else '-' for m in monitors]
        return [self.figure, *values, self.ratio(), self.goal_words(), verdict]


def print_table(rows, monitors):
    lines = [['figure', *monitors, 'htop/our', 'goal', 'met']] + [r.cells(monitors) for r in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    numbers = range(1, len(monitors) + 2)
    for line in lines:
        print('  '.join(cell.rjust(w) if i in numbers else cell.ljust(w)
                        for i, (cell, w) in enumerate(zip(line, widths))).rstrip())
    verdicts = [r.met() for r in rows]
    print(f'{verdicts.count(True)} goals met, {verdicts.count(False)} missed')
