# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP for the Python tests: cases are functions, a failure is an exception.

    import tap

    def zero_is_a_number(t):
        t.equal(fmt(0), '0')

    if __name__ == '__main__':
        tap.main([zero_is_a_number])

A case fails with its first failed check, with any exception, and when it checks nothing.
A case's name is its function's, underscores as spaces; give (name, function) to name it apart.
"""
import sys
import time
import traceback


class Fail(Exception):
    """A check did not hold; the text says what was expected and what came."""


class Skip(Exception):
    """The case cannot run here; the text says what is missing."""


class Case:
    def __init__(self):
        self.checks_nr = 0

    def ok(self, holds, what):
        self.checks_nr += 1
        if not holds:
            raise Fail(what)

    def equal(self, got, want, what='value'):
        self.ok(got == want, f'{what}: got {got!r}, want {want!r}')

    def near(self, got, want, tolerance, what='value'):
        """`tolerance` is absolute, in the unit of the two values."""
        self.ok(got is not None and abs(got - want) <= tolerance,
                f'{what}: got {got}, want {want} +- {tolerance}')

    def between(self, low, got, high, what='value'):
        """The window rule: counter read just inside <= ours <= counter read just outside."""
        self.ok(got is not None and low <= got <= high, f'{what}: got {got}, want {low}..{high}')

    def contains(self, text, part, what='text'):
        self.ok(part in text, f'{what}: {part!r} is not in {text[:400]!r}')

    def note(self, text):
        note(text)

    def skip(self, why):
        raise Skip(why)


def note(text):
    for line in str(text).splitlines():
        print('#', line, flush=True)


def outcome(function):
    """Runs a case once. Returns ('ok', ''), ('skip', why) or ('not ok', what went wrong)."""
    case = Case()
    try:
        function(case)
        if not case.checks_nr:
            raise Fail('the case checked nothing')
    except Skip as skip:
        return 'skip', str(skip)
    except Fail as fail:
        return 'not ok', str(fail)
    except Exception:  # a broken case is a failed case, and the rest still run
        return 'not ok', traceback.format_exc()
    return 'ok', ''


def run_case(number, name, function, tries=1):
    """Runs a case until it does not fail, at most `tries` times, and prints its line. Returns 'ok', 'not ok' or 'skip'."""
    began = time.monotonic()
    for attempt in range(1, tries + 1):
        result, why = outcome(function)
        if result != 'not ok' or attempt == tries:
            break
        note(f'attempt {attempt} of {tries} failed: {why}')
    if result == 'ok':
        print(f'ok {number} - {name} # {time.monotonic() - began:.1f} s', flush=True)
    elif result == 'skip':
        print(f'ok {number} - {name} # SKIP {why}', flush=True)
    else:
        print(f'not ok {number} - {name}', flush=True)
        note(why)
    return result


def run(cases, only=(), tries=1):
    """Runs the cases whose name contains one of `only` (all without). Returns how many failed."""
    rows = [c if isinstance(c, tuple) else (c.__name__.replace('_', ' '), c) for c in cases]
    rows = [(n, f) for n, f in rows if not only or any(part in n for part in only)]
    if not rows:
        print(f'Bail out! no case has {" or ".join(only)} in its name', flush=True)
        return 1
    print(f'1..{len(rows)}', flush=True)
    return sum(run_case(i, n, f, tries) == 'not ok' for i, (n, f) in enumerate(rows, 1))


def skip_all(why):
    print(f'1..0 # SKIP {why}', flush=True)
    sys.exit(0)


def main(cases, only=(), tries=1):
    sys.exit(1 if run(cases, only, tries) else 0)
