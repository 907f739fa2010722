#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines that a software driver would compile one after the other are compiled from both ends:
at a first start, with caches of this test's own, and no longer once they are in the cache.

usage: test_ahead.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT
"""
import json
import re
import sys

from kit import *

SAID = re.compile(r"compiled ahead: (\d+) of (\d+) pipelines$")


def tag(fixture, *options, **environment):
    """(tags, pipelines compiled ahead or None, of how many)"""
    caches = fixture.path("caches")
    code, out, err, _ = run(TAG, "--json", *options, fixture.png("red.png", RED), VIN_LOG="debug",
                            MESA_SHADER_CACHE_DIR=caches, VIN_CACHE_DIR=caches, **environment)
    equal(code, 0, "exit code (%s)" % " ".join(err))
    said = [match for match in map(SAID.search, err) if match]
    tags = json.loads(out)["tags"]
    if not said:
        return tags, None, 0
    equal(len(said), 1, "lines about compiling ahead")
    return tags, int(said[0].group(1)), int(said[0].group(2))


def test_first_start(fixture):
    need_device()
    first, n_cold, n = tag(fixture)
    if n_cold is None:
        raise Skip("no software driver of ours, or one processor")
    true(0 < n_cold <= n, "%d of %d pipelines compiled ahead at the first start" % (n_cold, n))
    for _ in range(5):  # the cache is told by the time it takes, which may be long if others run
        again, n_warm, n_again = tag(fixture)
        equal((n_again, again), (n, first), "pipelines and tags at a further start")
        if n_warm == 0:
            return
    raise AssertionError("%d pipelines compiled ahead though all are in the cache" % n_warm)


def test_no_cache(fixture):
    """Without a cache of the driver one is compiled, to see that, and no more."""
    need_device()
    _, n_ahead, n = tag(fixture, MESA_SHADER_CACHE_DISABLE="true")
    if n_ahead is None:
        raise Skip("no software driver of ours, or one processor")
    equal(n_ahead, 1, "of %d pipelines compiled ahead" % n)


def test_few(fixture):
    """A small model is not worth a second device."""
    need_device()
    tags, n_ahead, _ = tag(fixture, "--model", fixture.model)
    equal(n_ahead, None, "pipelines compiled ahead")
    true(len(tags) > 0, "no tags")


if __name__ == "__main__":
    sys.exit(main(globals()))
