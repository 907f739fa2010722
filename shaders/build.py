#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles one compute shader to SPIR-V for Vulkan 1.1, optimises and validates it."""
import argparse
import os
import re
import subprocess
import sys


def included_files(source, include_dir):
    """Files a shader includes, directly or not, for the depfile."""
    seen, todo = set(), [source]
    while todo:
        path = todo.pop()
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
        for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
            for base in (os.path.dirname(path), include_dir):
                found = os.path.join(base, name)
                if os.path.exists(found) and found not in seen:
                    seen.add(found)
                    todo.append(found)
                    break
    return sorted(seen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--style", choices=["glslang", "glslc"], required=True)
    parser.add_argument("--opt", default="")
    parser.add_argument("--val", default="")
    parser.add_argument("--include", required=True)
    parser.add_argument("--depfile", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("source")
    parser.add_argument("defines", nargs="*")
    args = parser.parse_args()

    defines = ["-D" + define for define in args.defines]
    raw = args.output + ".raw"
    if args.style == "glslang":
        command = [args.compiler, "--quiet", "-V", "--target-env", "vulkan1.1", "-S", "comp",
                   "-I" + args.include, *defines, "-o", raw, args.source]
    else:
        command = [args.compiler, "--target-env=vulkan1.1", "-fshader-stage=compute",
                   "-I" + args.include, *defines, "-o", raw, args.source]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.stderr.write(result.stdout)
        return result.returncode
    if args.opt:
        subprocess.run([args.opt, "-O", "--target-env=vulkan1.1", raw, "-o", args.output],
                       check=True)
        os.unlink(raw)
    else:
        os.replace(raw, args.output)
    if args.val:
        subprocess.run([args.val, "--target-env", "vulkan1.1", args.output], check=True)
    with open(args.depfile, "w", encoding="utf-8") as handle:
        needed = [args.source, *included_files(args.source, args.include)]
        handle.write(args.output + ": " + " ".join(needed) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
