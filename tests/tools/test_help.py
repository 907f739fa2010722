#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--help, the manual pages and the programs agree: the same options, with the same letters,
arguments and defaults, and the defaults are those in force.

usage: test_help.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT MAN_FOLDER
"""
import json
import os
import re
import shlex
import shutil
import sys

from kit import *

MAN = os.path.abspath(sys.argv[5])
HELP_LINE = re.compile(r"^  (?:(-\w), )?(--[\w-]+)(?:=(\S+))?(?:\s+(\S.*))?$")
MAN_HEAD = re.compile(r"^(?:(-\w), )?(--[\w-]+)(?:=(\S+))?$")


def default_of(text, pattern):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def options_of_help(tool):
    """{long name: (letter, argument, default)}"""
    found = {}
    for line in good(tool, "--help", COLUMNS="80").splitlines():
        match = HELP_LINE.match(line)
        if match:
            letter, name, argument, text = match.groups()
            found[name] = (letter, argument,
                           default_of(text or "", r"\(default: (.*?)\)"))
    return found


def man_page(tool):
    with open(os.path.join(MAN, os.path.basename(tool) + ".1"), encoding="utf-8") as handle:
        return handle.read()


def plain(line):
    """A line of the page's source as it is read."""
    line = re.sub(r"^\.(B|I|BR|RB|RI|IR|BI|IB) (.*)$",
                  lambda match: (" " if len(match.group(1)) == 1 else "").join(
                      shlex.split(match.group(2).replace("\\", "\\\\"))), line)
    return re.sub(r"\\f.", "", line).replace("\\-", "-")


def section(page, name):
    """Source lines below a heading."""
    return re.split(r"^\.SH .*$", page.split(".SH %s\n" % name, 1)[1], flags=re.M)[0].splitlines()


def options_of_man(tool):
    found = {}
    lines = section(man_page(tool), "OPTIONS")
    heads = [i + 1 for i, line in enumerate(lines) if line == ".TP"] + [len(lines) + 1]
    for head, end in zip(heads, heads[1:]):
        match = MAN_HEAD.match(plain(lines[head]))
        true(match, "%s: no option: %r" % (tool, lines[head]))
        letter, name, argument = match.groups()
        text = " ".join(plain(line) for line in lines[head + 1:end - 1])
        true(name not in found, "%s: %s twice" % (tool, name))
        true(len(text) > 8, "%s: nothing is said of %s" % (tool, name))
        found[name] = (letter, argument, default_of(text, r"Default: (.+?)\.(?=\s|$)"))
    return found


def test_help_and_man_agree(fixture):
    for tool in TOOLS:
        have, want = options_of_help(tool), options_of_man(tool)
        true(len(have) > 7, "options of %s --help: %r" % (tool, have))
        for name in sorted(set(have) | set(want)):
            equal(have.get(name, "missing in --help"), want.get(name, "missing in the manual"),
                  "%s %s: letter, argument and default" % (os.path.basename(tool), name))


def test_letters_are_one_option(fixture):
    for tool in TOOLS:
        letters = [letter for letter, _, _ in options_of_help(tool).values() if letter]
        equal(sorted(letters), sorted(set(letters)), "letters of " + tool)


def test_exit_codes_in_man(fixture):
    """The codes that the tests beside this one see are those that each page lists."""
    want = {TAG: ["0", "1", "2", "3", "130", "143"], BENCH: ["0", "2", "3"],
            INSPECT: ["0", "2", "3"]}
    for tool in TOOLS:
        lines = section(man_page(tool), "EXIT STATUS")
        codes = [plain(lines[i + 1]) for i, line in enumerate(lines) if line == ".TP"]
        equal(", ".join(codes).split(", "), want[tool], "exit codes of " + tool)


def test_pages_are_sound(fixture):
    if not shutil.which("mandoc"):
        raise Skip("no mandoc")
    for tool in TOOLS:
        page = os.path.join(MAN, os.path.basename(tool) + ".1")
        code, out, _, _ = run("mandoc", "-T", "lint", "-W", "warning", page)
        faults = [line for line in out.splitlines() if "missing date" not in line]
        equal(faults, [], "mandoc on " + page)
        equal(code <= 2, True, "exit code of mandoc")


def test_version(fixture):
    for tool in TOOLS:
        equal(re.sub(r"\d+\.\d+\.\d+", "V", good(tool, "--version")),
              os.path.basename(tool) + " V\n", "--version")


def told_defaults(tool):
    """As arguments: every default that is a plain value."""
    return ["%s=%s" % (name, default) for name, (_, _, default) in options_of_help(tool).items()
            if default is not None and re.fullmatch(r"[\w.]+", default)]


def test_defaults_are_in_force(fixture):
    need_device()
    fixture.make_model(9)  # more classes than labels that are printed
    photo = fixture.png("red.png", RED)
    arguments = told_defaults(TAG)
    true(len(arguments) >= 2, "defaults told by vin-tag: %r" % arguments)
    equal(good(TAG, "--model", fixture.model, photo, *arguments),
          good(TAG, "--model", fixture.model, photo), "vin-tag with " + " ".join(arguments))
    true("," in good(TAG, "--model", fixture.model, photo), "labels")
    arguments = told_defaults(BENCH)
    true(len(arguments) >= 4, "defaults told by vin-bench: %r" % arguments)
    told, real = (json.loads(good(BENCH, "--model", fixture.model, "--json", *extra))
                  for extra in (arguments, ()))
    for member in ("frames", "width", "height", "format"):
        equal(told[member], real[member], "%s with %s" % (member, " ".join(arguments)))


if __name__ == "__main__":
    sys.exit(main(globals()))
