#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which classes vin-tag names: lists of labels, how many, from which score on, under which
activation; and networks whose scores are no numbers. Speaks TAP.

usage: test_choosing.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT
"""
import json
import sys

from kit import (BENCH, FAILED, INSPECT, RED, TAG, equal, good, main, need_device, one_error, run,
                 true, usage_error, write)

NAMES = ("n00000001 red", "n00000002 great white shark, white shark", "blue", "a*b", "other")


def tags(fixture, *options, err=None):
    """{index: score} of a red picture, and the stderr lines in err."""
    photo = fixture.png("red.png", RED)
    code, out, lines, _ = run(TAG, *fixture.named, "--json", "--top-k", "100", *options, photo)
    equal(code, 0, "exit code (%s)" % " | ".join(lines))
    if err is not None:
        err.extend(lines)
    found = json.loads(out)["tags"]
    scores = [tag["score"] for tag in found]
    equal(scores, sorted(scores, reverse=True), "scores, highest first")
    return {tag["index"]: tag["score"] for tag in found}


def five(fixture, *odd):
    fixture.make_model(5, *odd)
    write(fixture.labels, "\n".join(NAMES).encode())


def test_lists(fixture):
    need_device()
    five(fixture)
    everything = tags(fixture)
    equal(sorted(everything), [0, 1, 2, 3, 4], "all classes, fewer than top-k")
    for options, wanted in (
            (("--allow-labels", "blue"), [2]),
            (("--allow-labels", "great white shark\\, white shark, BLUE"), [1, 2]),
            (("--allow-labels", "great white shark, white shark; blue"), [1, 2]),
            (("--allow-labels", "*shark,4"), [1, 4]),
            (("--allow-labels", "a\\*b"), [3]),
            (("--allow-labels", "n00000002,n00000001"), [0, 1]),
            (("--deny-labels", "n00000001,3"), [1, 2, 4]),
            (("--allow-labels", "0,1,2", "--deny-labels", "red"), [1, 2]),
            (("--allow-labels", ""), [0, 1, 2, 3, 4])):
        found = tags(fixture, *options)
        equal(sorted(found), wanted, "classes with %r" % (options,))
        true(all(found[index] == everything[index] for index in found),
             "scores with %r stay what they are" % (options,))
    found = tags(fixture, "--deny-labels", "red", "--top-k", "2")
    rest = sorted((score for index, score in everything.items() if index != 0), reverse=True)
    equal(sorted(found.values(), reverse=True), rest[:2], "the best two of the rest")
    equal(tags(fixture, "--deny-labels", "red", "--threshold", "0.9"), {}, "below the threshold")


def test_wrong_lists(fixture):
    need_device()
    five(fixture)
    photo = fixture.png("red.png", RED)
    line = one_error(TAG, *fixture.named, "--allow-labels", "rde", photo, code=FAILED)
    true('allow-labels: "rde" is no label' in line and "like it: red" in line, line)
    line = one_error(TAG, *fixture.named, "--deny-labels", "*", photo, code=FAILED)
    true("leave none of the 5 classes" in line, line)
    line = one_error(TAG, *fixture.named, "--allow-labels", "\x1b[2Jgreat white shark", photo,
                     code=FAILED)
    true("\x1b" not in line and "\\x1b[2Jgreat white shark" in line, repr(line))
    line = one_error(BENCH, *fixture.named, "--allow-labels", "5", code=FAILED)
    true("index 5 is past the last class; 0 to 4" in line, line)


def test_activation(fixture):
    need_device()
    five(fixture, "logits")
    raw = tags(fixture)
    equal(len(raw), 5, "tags with scores below 0")
    true(raw[0] > 2, "an output as it is: %r" % raw)
    soft = tags(fixture, "--activation", "softmax")
    true(abs(sum(soft.values()) - 1) < 1e-5, "softmax adds up to 1: %r" % soft)
    each = tags(fixture, "--activation", "sigmoid")
    true(sum(each.values()) > 2 and max(each.values()) <= 1, "sigmoid: %r" % each)
    equal(tags(fixture, "--activation", "auto"), raw, "auto without a word in the sidecar")
    text = good(INSPECT, *fixture.named, "--activation", "sigmoid")
    true("activation sigmoid" in text and "prob_sigmoid" in text, text)
    line = usage_error(TAG, *fixture.named, "--activation", "tanh", "x.png")
    true("'tanh' is not auto, none, softmax or sigmoid" in line, line)


def test_no_numbers(fixture):
    need_device()
    five(fixture, "nan")
    lines = []
    equal(tags(fixture, err=lines), {}, "tags of a broken network")
    equal(len([line for line in lines if "not a number (NaN)" in line]), 1,
          "lines that say so (%s)" % " | ".join(lines))
    five(fixture, "nan", "logits")
    lines = []
    equal(sorted(tags(fixture, "--activation", "sigmoid", err=lines)), [0, 1, 2, 3],
          "tags where one class is broken")
    equal(len([line for line in lines if "gave 1 score not a number" in line]), 1,
          "lines that say so (%s)" % " | ".join(lines))
    lines = []
    equal(sorted(tags(fixture, "--activation", "sigmoid", "--deny-labels", "4", err=lines)),
          [0, 1, 2, 3], "tags without the class that is broken")
    equal(lines, [], "stderr when the broken class is not asked for")


def test_many_classes(fixture):
    need_device()
    fixture.make_model(100000)
    write(fixture.labels, "".join("thing %d\n" % i for i in range(100000)).encode())
    found = tags(fixture)
    equal(len(found), 100, "tags of 100,000 classes")
    true(max(found, key=found.get) == 0, "the best of them: %r" % found)
    chosen = tags(fixture, "--allow-labels", "thing 9999?")
    equal(sorted(chosen), list(range(99990, 100000)), "classes of a pattern")


if __name__ == "__main__":
    sys.exit(main(globals()))
