#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion in bash: the file is sourced and its function called as bash calls it.

usage: test_completion.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT COMPLETION_FILE
"""
import os
import re
import shutil
import sys

from kit import *

FILE = os.path.abspath(sys.argv[5])
# As bash's readline does: the words of the line, the last one under the cursor.
SCRIPT = """
source "$0" && cd "$1" && shift || exit 9
function=$(complete -p "${1##*/}") || exit 9
function=${function#*-F } function=${function%% *}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def need_bash():
    if not shutil.which("bash"):
        raise Skip("no bash")


def complete(fixture, *words, **environment):
    """What is offered for the last of these words."""
    code, out, err, _ = run("bash", "--norc", "-c", SCRIPT, FILE, fixture.folder, *words,
                            VIN_MODEL_PATH=fixture.folder, **environment)
    equal((code, err), (0, []), "exit code and errors for %r" % (words,))
    return [word for word in out.split("\n") if word]


def test_options(fixture):
    for tool in TOOLS:
        names = re.findall(r"^  (?:-\w, )?(--[\w-]+=?)", good(tool, "--help"), flags=re.M)
        letters = re.findall(r"^  (-\w), ", good(tool, "--help"), flags=re.M)
        equal(sorted(complete(fixture, tool, "--")), sorted(names), "long options of " + tool)
        equal(sorted(complete(fixture, tool, "-")), sorted(names + letters), "all of " + tool)
    equal(complete(fixture, TAG, "a.png", "--thr"), ["--threshold="], "one option with a value")
    equal(complete(fixture, TAG, "--vers"), ["--version"], "one option without")
    equal(complete(fixture, TAG, "--no-such"), [], "no option")


def test_models(fixture):
    shutil.copy(fixture.model, fixture.path("two words.onnx"))
    for words in (("--model", ""), ("-m", ""), ("--model", "="), ("-m", "=")):
        offered = complete(fixture, TAG, *words)
        true({"signal", "tiny", "two words", "tiny.onnx"} <= set(offered),
             "models after %r: %r" % (words, offered))
        true("labels.txt" not in offered, "no other file: %r" % offered)
    equal(complete(fixture, BENCH, "--model", "=", "two"), ["two words", "two words.onnx"],
          "behind the equals sign")
    true("tiny" in complete(fixture, INSPECT, "ti"), "a model as vin-inspect's argument")
    equal(complete(fixture, BENCH, "ti"), [], "vin-bench takes no argument")


def test_files(fixture):
    fixture.png("holiday 1.png", RED)
    os.mkdir(fixture.path("holidays"))
    for words in ((), ("--json",), ("--output",), ("-o",), ("--labels", "="), ("-F",),
                  ("--top-k", "=", "3")):
        equal(sorted(complete(fixture, TAG, *words, "holi")), ["holiday 1.png", "holidays"],
              "files after %r" % (words,))
    equal(complete(fixture, TAG, "--top-k", "ti"), [], "a number is expected")


def test_values(fixture):
    equal(complete(fixture, TAG, "--format", ""), ["text", "json", "csv"], "forms of output")
    equal(complete(fixture, TAG, "-f", "c"), ["csv"], "one form")
    for option in ("--format", "--activation"):
        values = complete(fixture, TAG, option, "=")
        true(len(values) > 2, "values of %s: %r" % (option, values))
        for value in values:
            line = usage_error(TAG, option, value, "--top-k", "0", "x.jpg")
            true("--top-k" in line, "%s %s is taken: %s" % (option, value, line))
    equal(complete(fixture, BENCH, "--format", ""), good(INSPECT, "--formats").split(),
          "pixel formats")
    equal(complete(fixture, TAG, "--heads", "a"), ["all"], "heads")
    need_device()
    devices = re.findall(r"^(\d+): ", good(INSPECT, "--devices"), flags=re.M)
    equal(complete(fixture, TAG, "--device", ""), devices, "devices")


def test_tool_on_the_path(fixture):
    """Typed without a folder, the tools are those of PATH."""
    path = os.path.dirname(TAG) + ":" + os.environ["PATH"]
    true("tiny" in complete(fixture, "vin-tag", "--model", "t", PATH=path), "models")
    equal(complete(fixture, "vin-tag", "--vers", PATH=path), ["--version"], "options")


if __name__ == "__main__":
    sys.exit(main(globals(), need_bash))
