#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scripts around the project: counting of tests, printing of tags, mistakes of a user.
Speaks TAP.

usage: test_scripts.py SOURCE_ROOT
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]


def run(*command, stdin=""):
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def equal(have, want, what):
    if have != want:
        raise AssertionError("%s: %r, not %r" % (what, have, want))


def summarize(*tests):
    """Exit code and stdout of the summary of these (name, result, stdout)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as log:
        for name, result, stdout in tests:
            log.write(json.dumps({"name": name, "result": result, "stdout": stdout}) + "\n")
        log.flush()
        code, out, _ = run(sys.executable, os.path.join(ROOT, "tests/summary.py"), log.name)
    return code, out.splitlines()


def test_summary_counts_subtests():
    tap = "1..3\nok 1 /a/b\nok 2 /a/c # SKIP no driver\nok 3 /a/d\n"
    code, lines = summarize(("unit / a", "OK", tap), ("lint / b", "OK", ""),
                            ("lint / c", "SKIP", "skipped: no spirv-dis\n"))
    equal(code, 0, "exit code")
    equal(lines[-1], "3 passed, 0 failed, 2 skipped", "last line")
    equal(lines[0], "skipped: unit / a /a/c: no driver", "a skipped sub-test")
    equal("no spirv-dis" in lines[1], True, "reason of a skipped program")


def test_summary_sees_failures():
    code, lines = summarize(("a", "FAIL", "1..2\nok 1 x\nnot ok 2 y\n"), ("b", "TIMEOUT", ""))
    equal(code, 1, "exit code")
    equal(lines[-1], "1 passed, 2 failed, 0 skipped", "last line")
    code, lines = summarize(("a", "ERROR", "1..2\nok 1 x\n"))
    equal((code, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"), "a program that died")
    code, lines = summarize()
    equal((code, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"), "no test at all")


def test_print_tags():
    def line(frame, seconds, label):
        return json.dumps({"frame": frame, "running_time": int(seconds * 1e9), "model": "m",
                           "tags": [{"label": label, "score": 0.5}]})
    lines = [line(0, 0.0, "cat"), line(1, 0.5, "hat"), line(2, 1.0, "dog"), line(3, 1.5, "fog")]
    code, out, _ = run(sys.executable, os.path.join(ROOT, "scripts/print-tags.py"),
                       stdin="\n".join(lines) + "\n")
    equal(code, 0, "exit code")
    shown = out.splitlines()
    equal(["cat" in shown[0], "dog" in shown[1]], [True, True], "one line a second")
    equal(shown[2].split(":")[0], "4 frames", "the last line")
    equal(len(shown), 3, "lines")
    code, _, err = run(sys.executable, os.path.join(ROOT, "scripts/print-tags.py"))
    equal((code, err.count("\n")), (1, 1), "exit code and error lines without a frame")


def test_tag_video_mistakes():
    script = os.path.join(ROOT, "examples/tag-video.sh")
    code, out, _ = run(script, "--help")
    equal((code, "--model" in out), (0, True), "--help")
    for arguments in (("--no-such-option",), ("--model",), ("/no/such/file.mp4",),
                      ("file:///a", "file:///b")):
        code, out, err = run(script, *arguments)
        equal((code, out, err.count("\n")), (1, "", 1), "of " + " ".join(arguments))


def coverage(least, *files):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as summary:
        json.dump({"files": [{"filename": name, "line_covered": covered, "line_total": total}
                             for name, covered, total in files]}, summary)
        summary.flush()
        code, out, _ = run(sys.executable, os.path.join(ROOT, "scripts/coverage.py"),
                           summary.name, str(least))
    return code, out.splitlines()


def test_coverage_marks():
    files = ("src/a/x.c", 90, 100), ("src/a/y.c", 0, 0), ("plugin/z.c", 80, 100)
    code, lines = coverage(85, *files)
    equal((code, lines[-1]), (0, "85.0 % of 200 lines, at least 85 %"), "at the mark")
    equal(lines[:2], [" 80.0 %     80 of   100  plugin", " 90.0 %     90 of   100  src/a"],
          "lines of folders")
    code, lines = coverage(86, *files)
    equal((code, lines[-1]), (1, "85.0 % of 200 lines, not 86 %"), "below the mark")
    equal(coverage(85)[0], 1, "exit code when nothing was counted")


def test_build_script_mistakes():
    matrix = os.path.join(ROOT, "scripts/ci-matrix.sh")
    code, out, _ = run(matrix, "--list")
    equal((code, "sanitizers" in out.split()), (0, True), "--list")
    for script, arguments in ((matrix, ()), (matrix, ("no-such-cell",)), (matrix, ("--fast",)),
                              (os.path.join(ROOT, "scripts/coverage.sh"), ("--least", "x")),
                              (os.path.join(ROOT, "scripts/coverage.sh"), ("--fast",))):
        code, out, err = run(script, *arguments)
        equal((code, out, err.count("\n")), (2, "", 1), "of " + " ".join((script, *arguments)))


def main():
    tests = [(name[5:], test) for name, test in sorted(globals().items())
             if name.startswith("test_")]
    failed = False
    print("1..%d" % len(tests))
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print("ok %d %s" % (number, name))
        except Exception as error:  # whatever it is, the rest of the tests go on
            failed = True
            print("not ok %d %s\n# %s: %s" % (number, name, type(error).__name__, error))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
