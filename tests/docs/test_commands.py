#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every block of code in the documents is what it says: shell is run, in a folder with a small
film, a photo and a model; JSON and INI are read; C is compiled. A block that cannot be run here
says why: ```sh skip: REASON. The commands of the elements' own comments are among those of
docs/elements/, which is made from them; those of examples and manual pages are run too. Speaks TAP.

usage: test_commands.py BUILD_ROOT WRITE_MODEL CC
"""
import configparser
import json
import os
import shlex
import subprocess
import sys
import tempfile

import pages

BUILD, WRITE_MODEL = map(os.path.abspath, sys.argv[1:3])
CC = shlex.split(sys.argv[3])
SECONDS = 60  # a command of a page takes less
MARK = "skip: "
# What a piece of C may use without declaring it.
C_BEFORE = """#include <vkinception/vkinception.h>
void piece(VinModelParams params, VinFrame frame);
void piece(VinModelParams params, VinFrame frame)
{
    GError *error = NULL;
    VinModel *model;
    VinDevice *device;
    VinEngine *engine;
    VinStream *stream;
    VinResult result;
"""


def check_text(_block, _folder):
    """A drawing, or what a program prints."""


def check_json(block, _folder):
    decoder, text = json.JSONDecoder(), block.text.strip()
    while text:
        _, end = decoder.raw_decode(text)
        text = text[end:].strip()


def check_ini(block, _folder):
    configparser.ConfigParser(interpolation=None).read_string(block.text)


def flags(folder, *modules):
    return shlex.split(subprocess.run(["pkg-config", "--cflags", *modules],
                                      env=pages.environment(BUILD, folder), check=True,
                                      stdout=subprocess.PIPE, text=True).stdout)


def check_c(block, folder):
    source = C_BEFORE + block.text + "\n}\n"
    done = subprocess.run([*CC, "-Wall", "-Werror", "-fsyntax-only", "-x", "c", "-",
                           *flags(folder, "vkinception")], input=source, text=True,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


def check_sh(block, folder):
    with tempfile.TemporaryDirectory(dir=folder) as work:
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if path != work and os.path.isfile(path):
                os.symlink(path, os.path.join(work, name))
        done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", block.text], cwd=work,
                              env=pages.environment(BUILD, folder), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError("exit code %d of\n%s\n%s"
                             % (done.returncode, block.text, done.stdout[-2000:]))


CHECKS = {"sh": check_sh, "json": check_json, "ini": check_ini, "c": check_c, "text": check_text}


def check(block, folder, has_device):
    """The reason why it is skipped, or None; a fault is raised."""
    if block.language not in CHECKS:
        raise AssertionError("%r is no language of %s; every block says its own after ```"
                             % (block.language, ", ".join(sorted(CHECKS))))
    if block.mark:
        if not block.mark.startswith(MARK) or len(block.mark) < len(MARK) + 8:
            raise AssertionError("%r is not '%sREASON'" % (block.mark, MARK))
        return block.mark[len(MARK):]
    if block.language == "sh" and not has_device:
        return "no Vulkan device"
    CHECKS[block.language](block, folder)
    return None


def main():
    blocks = [block for path in pages.paths() for block in pages.fenced(path)]
    for name in sorted(os.listdir(os.path.join(pages.ROOT, "examples"))):
        if name.endswith(".c"):
            blocks += pages.head_comment(os.path.join("examples", name))
    for name in sorted(os.listdir(os.path.join(pages.ROOT, "man"))):
        if name.endswith(".1"):
            blocks += pages.manual_examples(os.path.join("man", name))
    if len(blocks) < 10:
        print("Bail out! only %d blocks of code found" % len(blocks))
        return 1
    failed = False
    print("1..%d" % len(blocks))
    with tempfile.TemporaryDirectory() as folder:
        env = pages.furnish(BUILD, folder, WRITE_MODEL)
        has_device = subprocess.run(["vin-inspect", "--devices"], env=env, check=False,
                                    stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL).returncode == 0
        for number, block in enumerate(blocks, 1):
            try:
                reason = check(block, folder, has_device)
                skipped = " # SKIP " + reason if reason else ""
                print("ok %d %s%s" % (number, block.where, skipped), flush=True)
            except Exception as error:  # whatever it is, the rest of the blocks go on
                failed = True
                print("not ok %d %s" % (number, block.where))
                print("# " + "\n# ".join(str(error).splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
