# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of documents share: the pages, their code blocks, and a folder in which the
commands of a page find what they name."""
import glob
import os
import re
import shutil
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
FENCE = re.compile(r"^( {0,3})```(\S*)[ ]*(.*)$")  # indented where it belongs to a list
# A stand-in for what a page calls googlenet: commands are tested here, not networks.
SIDECAR = """[vkinception]
dir=none
resize=stretch
channel-order=rgb
mean=0
scale=0.00392156862745098
"""


class Block:
    """A piece of code in a page: where, in what language, what stands behind the language."""

    def __init__(self, path, line, language, mark, text):
        self.path, self.line, self.language = path, line, language
        self.mark, self.text = mark, text

    @property
    def where(self):
        return "%s:%d" % (self.path, self.line)


def paths():
    """The pages, from the root of the project."""
    names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
    names += [os.path.relpath(path, ROOT)
              for path in glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)]
    return sorted(names)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read()


def fenced(path):
    """The blocks between ``` of a page; a block by indentation alone has no language, as has one
    that does not end."""
    found, start, before = [], None, ""
    for number, line in enumerate(read(path).splitlines(), 1):
        fence = FENCE.match(line)
        if fence and start is None:
            start, lines, indent = (number, fence.group(2), fence.group(3)), [], fence.group(1)
        elif fence:
            found.append(Block(path, *start, "\n".join(lines)))
            start = None
        elif start is not None:
            lines.append(line[len(indent):] if line.startswith(indent) else line)
        elif line.startswith("    ") and not before.strip():
            found.append(Block(path, number, "", "", line))
        before = line
    if start is not None:
        found.append(Block(path, start[0], "", "", "does not end"))
    return found


def head_comment(path):
    """The commands in a program's head comment: the lines that are indented there."""
    found = []
    for number, line in enumerate(read(path).split("*/")[0].splitlines(), 1):
        if line.startswith(" *     "):
            found.append((number, line[len(" *     "):]))
    if not found:
        return []
    return [Block(path, found[0][0], "sh", "", "\n".join(line for _, line in found))]


def manual_examples(path):
    """The commands between .EX and .EE of a manual page, without roff's spelling."""
    found = []
    for match in re.finditer(r"^\.EX\n(.*?)^\.EE$", read(path), re.S | re.M):
        text = match.group(1)
        for roff, plain in ((r"\-", "-"), (r"\(aq", "'"), (r"\&", ""), (r"\e", "\\")):
            text = text.replace(roff, plain)
        line = read(path)[:match.start()].count("\n") + 1
        found.append(Block(path, line, "sh", "", text))
    return found


def environment(build, folder):
    """Of a command: the tools, the elements and the library of this build, and nothing of the
    user's."""
    env = dict(os.environ)
    env["PATH"] = ":".join((os.path.join(build, "src", "tools"), env["PATH"],
                            os.path.join(folder, "stand-ins")))
    # Drivers keep compiled shaders in the user's cache, which makes this much shorter.
    env.setdefault("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    env["HOME"] = folder
    env.pop("XDG_DATA_HOME", None)
    env["GST_PLUGIN_PATH"] = os.path.join(build, "plugin")
    env["PKG_CONFIG_PATH"] = os.path.join(folder, "pkgconfig")
    env["LD_LIBRARY_PATH"] = os.path.join(build, "src")
    env["VIN_MODEL_PATH"] = os.path.join(folder, "models")
    env["VIN_SOURCE_MODELS"] = os.path.join(ROOT, "models")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        env.pop(name, None)
    return env


def write_pc_file(build, folder):
    """The file that will be installed, but of the headers and the library where they are now."""
    with open(os.path.join(build, "meson-private", "vkinception.pc"), encoding="utf-8") as handle:
        lines = [line for line in handle if not line.startswith(("Libs:", "Cflags:"))]
    os.mkdir(os.path.join(folder, "pkgconfig"))
    with open(os.path.join(folder, "pkgconfig", "vkinception.pc"), "w",
              encoding="utf-8") as handle:
        handle.writelines(lines)
        handle.write("Cflags: -I%s -I%s\n" % (os.path.join(ROOT, "include"),
                                              os.path.join(build, "include")))
        handle.write("Libs: -L%s -lvkinception\n" % os.path.join(build, "src"))


def furnish(build, folder, write_model):
    """What commands name: a film, a photo, models, the examples. Returns their environment."""
    env = environment(build, folder)
    write_pc_file(build, folder)
    models = os.path.join(folder, "models")
    os.mkdir(models)
    subprocess.run([write_model, os.path.join(models, "googlenet.onnx"), "1000"], check=True)
    with open(os.path.join(models, "googlenet.modelinfo"), "w", encoding="utf-8") as handle:
        handle.write(SIDECAR)
    for path in glob.glob(os.path.join(ROOT, "examples", "*")):
        shutil.copy(path, folder)
    # Graphviz is no package that the tests ask for.
    os.mkdir(os.path.join(folder, "stand-ins"))
    with open(os.path.join(folder, "stand-ins", "dot"), "w", encoding="utf-8") as handle:
        handle.write("#!/bin/sh\ngrep ^digraph\n")
    os.chmod(handle.name, 0o755)
    launch = ["gst-launch-1.0", "-q", "videotestsrc"]
    subprocess.run([*launch, "num-buffers=20", "!",
                    "video/x-raw,format=I420,width=160,height=120,framerate=10/1", "!",
                    "avenc_mpeg4", "!", "mp4mux", "!", "filesink", "location=movie.mp4"],
                   cwd=folder, env=env, check=True, timeout=60)
    subprocess.run([*launch, "num-buffers=1", "pattern=blue", "!",
                    "video/x-raw,width=1280,height=720", "!", "jpegenc", "!", "filesink",
                    "location=photo.jpg"], cwd=folder, env=env, check=True, timeout=60)
    os.mkdir(os.path.join(folder, "archive"))
    for name in ("movie.mp4", "photo.jpg"):
        shutil.copy(os.path.join(folder, name), os.path.join(folder, "archive"))
    return env
