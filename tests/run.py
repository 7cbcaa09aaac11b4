#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the suites, reads their TAP, and ends with one line: N passed, N failed, N skipped."""
import concurrent.futures
import glob
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build")
PROGRAM = os.path.join(BUILD, "test", "src", "app", "probetop")
SAN_PROGRAM = os.path.join(BUILD, "san", "src", "app", "probetop")
STATIC = os.path.join(BUILD, "static", "src", "app", "probetop")
PYTHON = "/usr/bin/python3"
FUZZ_SECONDS = 8
# Programs of these neither measure time nor look at the whole host: as many at once as there are CPUs.
TOGETHER = {"unit", "unit-san", "golden", "golden-san", "fuzz"}

TAP = re.compile(r"^(ok|not ok)\b\s*\d*\s*(?:-\s*)?(.*?)(?:\s*#\s*(SKIP|TODO)\b\s*(.*))?$", re.I)


def programs(pattern):
    return [p for p in sorted(glob.glob(os.path.join(BUILD, pattern)))
            if os.access(p, os.X_OK) and os.path.isfile(p)]


def scripts(pattern):
    return sorted(glob.glob(os.path.join(TOP, "tests", pattern)))


def suites():
    """Yields (suite, label, command, time limit in s, is it TAP)."""
    for build in ("test", "san"):
        for p in programs(build + "/tests/unit/test_*"):
            yield "unit" if build == "test" else "unit-san", os.path.basename(p), [p], 120, True
    for suite, program in (("golden", PROGRAM), ("golden-san", SAN_PROGRAM)):
        build = os.path.dirname(os.path.dirname(os.path.dirname(program)))
        yield suite, "golden", [PYTHON, os.path.join(TOP, "tests/golden/run.py"), program,
                                os.path.join(build, "tests")], 300, True
    for p in programs("fuzz/tests/fuzz/fuzz_*"):
        yield "fuzz", os.path.basename(p), [p, "-max_total_time=%d" % FUZZ_SECONDS, "-rss_limit_mb=2048",
                                            "-verbosity=0", "-print_final_stats=0",
                                            "-artifact_prefix=%s/" % os.path.dirname(p)], 120, False
    for p in programs("test/tests/bpf/test_*"):
        yield "bpf", os.path.basename(p), [p, os.path.join(BUILD, "test", "bpf", "probetop.bpf.o")], 300, True
    for suite in ("bpf", "live", "term"):
        for p in scripts(suite + "/test_*.py"):
            yield suite, os.path.basename(p), [PYTHON, p, PROGRAM, os.path.join(BUILD, "test")], 600, True
    yield "kernels", "kernels", [os.path.join(TOP, "tests/kernels/run"), STATIC], 900, True


def run(command, limit):
    """Runs one program; returns its output and exit status (None: out of time)."""
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1",
               ASAN_OPTIONS="detect_leaks=1:abort_on_error=1", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    with tempfile.TemporaryFile() as out:  # no pipe: a load left behind would hold it open
        try:
            p = subprocess.Popen(command, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as e:
            return str(e), 127
        try:
            status = p.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(p.pid, signal.SIGKILL)  # it led its own session: what it left goes with it
        except ProcessLookupError:
            pass
        p.wait()
        out.seek(0)
        return out.read().decode("utf-8", "backslashreplace"), status


def judge(label, output, status, tap):
    """Returns [(verdict, name)]: what TAP says, and a failure where the program itself failed."""
    if not tap:
        return [("ok" if status == 0 else "not ok", label)]
    results = []
    for line in output.splitlines():
        m = TAP.match(line.strip())
        if not m:
            continue
        verdict = m.group(1)
        name = "%s: %s" % (label, m.group(2))
        if m.group(3) and m.group(3).upper() == "SKIP":
            verdict, name = "skip", name + " (" + (m.group(4) or "no reason given") + ")"
        results.append((verdict, name))
    if not results:
        results.append(("not ok", "%s: printed no test" % label))
    if status is None:
        results.append(("not ok", "%s: out of time" % label))
    elif status != 0 and not any(v == "not ok" for v, _ in results):
        results.append(("not ok", "%s: ended with status %s" % (label, status)))
    return results


def run_timed(job):
    start = time.monotonic()
    output, status = run(job[2], job[3])
    return job, output, status, time.monotonic() - start


def run_all(jobs):
    """Yields what run_timed() returns, in the order of the jobs."""
    for together, group in itertools.groupby(jobs, key=lambda job: job[0] in TOGETHER):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() if together else 1) as pool:
            yield from pool.map(run_timed, group)


def main():
    wanted = sys.argv[1:]
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    skips, fails = [], []
    jobs = [job for job in suites() if not wanted or job[0] in wanted or job[1] in wanted]
    for (suite, label, _, _, tap), output, status, seconds in run_all(jobs):
        results = judge(label, output, status, tap)
        for verdict, name in results:
            counts[verdict] += 1
            (fails if verdict == "not ok" else skips if verdict == "skip" else []).append(suite + " " + name)
        bad = any(v == "not ok" for v, _ in results)
        print("%-10s %-22s %3d tests %6.1f s%s" % (suite, label, len(results), seconds,
                                                  "  FAILED" if bad else ""), flush=True)
        if bad:
            print("\n".join("    " + line for line in output.splitlines()[-80:]), flush=True)
    for s in skips:
        print("skipped: " + s)
    for f in fails:
        print("failed: " + f)
    print("%d passed, %d failed, %d skipped" % (counts["ok"], counts["not ok"], counts["skip"]), flush=True)
    return 1 if counts["not ok"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
