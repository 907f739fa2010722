#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/elements/NAME.md for each element of the plugin: the text from the comment
SECTION:element-NAME in plugin/, pads and properties from the element itself. Run by
`ninja -C build element-pages`; with --check nothing is written, and a page that is out of date is
an error.

usage: element_pages.py DESCRIBE_ELEMENT PLUGIN_FILE [--check]
"""
import difflib
import glob
import json
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
FOLDER = os.path.join(ROOT, "docs", "elements")
SECTION = re.compile(r"^/\*\*\n \* SECTION:element-(\S+)\n(.*?)^ \*/$", re.S | re.M)
TAG = re.compile(r"^@(\w+): (.*)$")
CODE = re.compile(r"\|\[(?:<!--\s*(.*?)\s*-->)?\n(.*?)\n\]\|[ ]?", re.S)
TYPES = {"gchararray": "text", "gboolean": "true or false", "GstStructure": "structure"}
STATES = {"never": "read only", "PLAYING": "any time", "PAUSED": "up to PAUSED",
          "READY": "up to READY", None: ""}


class PageError(Exception):
    """What is wrong with the sources of a page."""


def sections():
    """name -> (tags of the comment, its text), of every element."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "plugin", "*.c"))):
        with open(path, encoding="utf-8") as handle:
            for name, comment in SECTION.findall(handle.read()):
                lines = [re.sub(r"^ \* ?", "", line) for line in comment.splitlines()]
                tags = dict(TAG.match(line).groups() for line in lines if TAG.match(line))
                text = "\n".join(line for line in lines if not TAG.match(line)).strip()
                found[name] = (tags, text)
    return found


def code_block(match):
    """|[<!-- language="json" skip: why -->...]| as a fenced block; shell where it says nothing."""
    marks, code = match.group(1) or "", match.group(2)
    language = re.match(r'language="(\w+)"\s*', marks)
    info = marks[language.end():] if language else marks
    words = (language.group(1) if language else "sh") + (" " + info if info else "")
    return "\n```%s\n%s\n```\n\n" % (words, code)


def to_markdown(text):
    parts, last = [], 0
    for match in CODE.finditer(text):
        parts += [re.sub(r"#([A-Z]\w+)", r"`\1`", text[last:match.start()]), code_block(match)]
        last = match.end()
    parts.append(re.sub(r"#([A-Z]\w+)", r"`\1`", text[last:]))
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).strip()


def cell(text):
    return (text or "").replace("|", "\\|")


def values_text(values):
    whole = re.fullmatch(r"\[ (\S+), (\S+) \]", values[0])
    if whole is None:
        return ", ".join("`%s`" % value for value in values)
    return "any" if whole.group(1) == "0/1" else "%s to %s" % whole.groups()


def caps_lines(caps):
    lines = []
    for entry in caps:
        if entry["fields"].get("format") == ["DMA_DRM"]:
            continue  # from GStreamer 1.24 on only: told in the text
        memory = "" if entry["memory"] == "memory:SystemMemory" else " (%s)" % entry["memory"]
        lines.append("  - `%s`%s" % (entry["media"], memory))
        lines += ["    - %s: %s" % (field, values_text(values))
                  for field, values in entry["fields"].items()]
    return lines


def pads_lines(pads):
    lines, seen = [], {}
    for pad in pads:
        caps = caps_lines(pad["caps"])
        words = "`%s` (%s)" % (pad["name"], pad["direction"])
        if not caps:
            lines.append("- %s: anything" % words)
        elif str(caps) in seen:
            lines.append("- %s: the same as `%s`" % (words, seen[str(caps)]))
        else:
            lines += ["- %s:" % words, *caps]
        seen.setdefault(str(caps), pad["name"])
    return lines


def value_text(entry):
    if entry["default"] is None:
        return "" if entry["settable"] == "never" else "unset"
    return "`%s`" % entry["default"]


def type_text(entry):
    if entry["choices"]:
        return "one of " + ", ".join("`%s`" % choice["nick"] for choice in entry["choices"])
    if entry["min"] is not None:
        kind = "number" if entry["type"] == "gdouble" else "whole number"
        return "%s, %s to %s" % (kind, entry["min"], entry["max"])
    return TYPES.get(entry["type"], entry["type"])


def property_rows(entries):
    lines = ["| property | value | default | may be set | meaning |",
             "| --- | --- | --- | --- | --- |"]
    lines += ["| `%s` | %s | %s | %s | %s |" % (
        entry["name"], cell(type_text(entry)), value_text(entry),
        STATES[entry["settable"]], cell(entry["blurb"])) for entry in entries]
    for entry in (entry for entry in entries if entry["choices"]):
        lines += ["", "Values of `%s`:" % entry["name"], ""]
        lines += ["- `%s`: %s" % (choice["nick"], choice["name"]) for choice in entry["choices"]]
    return lines


def page(element, tags, text):
    own = [entry for entry in element["properties"] if entry["owner"] == element["type"]]
    inherited = [entry for entry in element["properties"] if entry["owner"] != element["type"]]
    lines = ["<!-- Made by `ninja -C build element-pages` from plugin/: do not edit. -->",
             "# " + element["name"], "",
             "%s: %s. Class %s." % (element["long-name"], tags["short_description"],
                                    element["class"]), "", to_markdown(text), "", "## Pads", ""]
    lines += pads_lines(element["pads"])
    lines += ["", "## Properties", "", *property_rows(own)]
    if inherited:
        lines += ["", "Inherited, but with another default: "
                  + ", ".join("`%s=%s`" % (entry["name"], entry["default"]) for entry in inherited)
                  + "."]
    return "\n".join(lines) + "\n"


def describe(program, plugin, name):
    done = subprocess.run([program, plugin, name], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def check(path, text):
    """What to say of a page that is not as it should be, or None."""
    have = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as handle:
            have = handle.read()
    if have == text:
        return None
    diff = difflib.unified_diff(have.splitlines(), text.splitlines(), "committed", "code", "", "",
                                1, "")
    return "%s is out of date: ninja -C build element-pages\n%s" % (path, "\n".join(diff))


def main():
    describer, plugin = map(os.path.abspath, sys.argv[1:3])
    only_check = sys.argv[3:] == ["--check"]
    pages = {}
    for name, (tags, text) in sections().items():
        if "title" not in tags or "short_description" not in tags:
            raise PageError("SECTION:element-%s has no @title or @short_description" % name)
        pages[os.path.join(FOLDER, name + ".md")] = page(describe(describer, plugin, name), tags,
                                                         text)
    if not pages:
        raise PageError("no comment SECTION:element-NAME in plugin/")
    faults = ["%s is of no element" % path for path in glob.glob(os.path.join(FOLDER, "*"))
              if path not in pages]
    for path, text in pages.items():
        if only_check:
            faults += filter(None, [check(path, text)])
        else:
            os.makedirs(FOLDER, exist_ok=True)
            with open(path, "w", encoding="utf-8") as handle:
                handle.write(text)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PageError as problem:
        sys.exit(str(problem))
