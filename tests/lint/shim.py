#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every Vulkan function that the library calls and that can fail has its like in the shim, so that
tests/faults makes it fail.

usage: shim.py LIBRARY SHIM COMPILER
"""
import re
import subprocess
import sys

import project

FALLIBLE = re.compile(r"\bVkResult\s+(vk[A-Z]\w+)\s*\(")


def symbols(path, which):
    lines = subprocess.run(["nm", "-D", which, path], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines if line.strip()}
    return {name for name in names if name.startswith("vk")}


def fallible(compiler):
    source = subprocess.run(compiler.split() + ["-E", "-"], input="#include <vulkan/vulkan.h>\n",
                            stdout=subprocess.PIPE, text=True, check=True).stdout
    return set(FALLIBLE.findall(source))


def main():
    called = symbols(sys.argv[1], "--undefined-only")
    shimmed = symbols(sys.argv[2], "--defined-only")
    wanted = called & fallible(sys.argv[3])
    project.finish(["%s can fail and is not in tests/faults/shim*.c" % name
                    for name in sorted(wanted - shimmed)], len(wanted))


if __name__ == "__main__":
    main()
