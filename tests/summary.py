#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts tests from meson's testlog.json files.

A program that speaks TAP counts as its sub-tests, any other as one test. Names the failed
and the skipped ones with their reasons; the last line is "N passed, N failed, N skipped".
"""
import json
import re
import sys

TAP = re.compile(r"^(not )?ok\b\s*\d*\s*-?\s*(.*?)\s*(?:#\s*(SKIP|TODO)\b\s*(.*))?$", re.I)
PLAN_SKIP = re.compile(r"^1\.\.0\s*(?:#\s*SKIP\w*\s*(.*))?$", re.I)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def tap_results(stdout):
    """(kind, name, reason) of each sub-test, kind one of passed, failed, skipped."""
    for line in stdout.splitlines():
        match = TAP.match(line)
        if match is None:
            continue
        bad, name, directive, reason = match.groups()
        directive = (directive or "").upper()
        if directive == "SKIP":
            yield "skipped", name, reason or "no reason given"
        elif bad and directive != "TODO":
            yield "failed", name, ""
        else:
            yield "passed", name, ""


def results(test):
    """Everything one entry of the log says; a bad end adds a failure of its own."""
    stdout = test.get("stdout") or ""
    found = list(tap_results(stdout))
    good = test["result"] in ("OK", "EXPECTEDFAIL", "SKIP")
    if found:
        if not good and not any(kind == "failed" for kind, _, _ in found):
            found.append(("failed", "the program itself", test["result"]))
        return found
    if test["result"] == "SKIP":
        plan = next((m.group(1) for m in map(PLAN_SKIP.match, stdout.splitlines()) if m), None)
        return [("skipped", "", re.sub(r"^skipped: ", "", plan or last_line(stdout)))]
    return [("passed" if good else "failed", "", "" if good else test["result"])]


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as log:
            for line in log:
                test = json.loads(line)
                for kind, name, reason in results(test):
                    counts[kind] += 1
                    if kind != "passed":
                        where = " ".join(filter(None, (test["name"], name)))
                        print("%s: %s%s" % (kind, where, ": " + reason if reason else ""))
    if sum(counts.values()) == 0:
        print("no test ran", file=sys.stderr)
        counts["failed"] = 1
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
