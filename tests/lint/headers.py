#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every public header compiles alone, in C and in C++, without a warning.

usage: headers.py BUILD_ROOT CC [CXX]
"""
import os
import shlex
import subprocess
import sys
import tempfile

import project


def flags(*modules):
    """Compiler flags of pkg-config modules, or None where they are not installed."""
    result = subprocess.run(["pkg-config", "--cflags", *modules], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False)
    return shlex.split(result.stdout) if result.returncode == 0 else None


def compile_alone(compiler, header, cflags, build_root):
    """The compiler's complaint about a file that only includes the header, or None."""
    language = "c++" if compiler[1] else "c"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "alone." + ("cc" if compiler[1] else "c"))
        with open(source, "w", encoding="utf-8") as handle:
            handle.write("#include <vkinception/%s>\nint alone;\n" % header)
        standard = "-std=c++14" if compiler[1] else "-std=c11"
        includes = ["-I" + os.path.join(project.ROOT, "include"),
                    "-I" + os.path.join(build_root, "include")]
        result = subprocess.run(
            [*compiler[0], "-fsyntax-only", standard, "-Wall", "-Wextra", "-Werror",
             *includes, *cflags, source],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode == 0:
        return None
    return "%s does not compile alone in %s:\n%s" % (header, language, result.stdout)


def main():
    build_root = sys.argv[1]
    compilers = [(shlex.split(sys.argv[2]), False)]
    if len(sys.argv) > 3:
        compilers.append((shlex.split(sys.argv[3]), True))
    plain, gst = flags("glib-2.0"), flags("glib-2.0", "gstreamer-video-1.0")
    faults, checked = [], 0
    headers = [os.path.basename(path) for path in project.files(".h", ".h.in")
               if path.startswith("include/vkinception/")]
    for header in headers:
        header = header[:-3] if header.endswith(".in") else header
        cflags = gst if header.startswith("gst-") else plain
        if cflags is None:
            continue
        for compiler in compilers:
            checked += 1
            fault = compile_alone(compiler, header, cflags, build_root)
            if fault:
                faults.append(fault)
    if not faults and len(compilers) == 1:
        project.skip("no C++ compiler; fine in C")
    project.finish(faults, checked)


if __name__ == "__main__":
    main()
