#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes follow the arrows of ARCHITECTURE.md: a room sees only the rooms below it, Vulkan
stays out of the rooms that are tested without it, users see public headers only."""
import os
import re

import project

BELOW = {
    "base": set(),
    "graph": {"base"},
    "model": {"graph", "base"},
    "passes": {"graph", "base"},
    "vk": {"base"},
    "kernels": {"graph", "vk", "base"},
    "plan": {"kernels", "passes", "graph", "vk", "base"},
    "engine": {"plan", "kernels", "model", "passes", "graph", "vk", "base"},
}
NO_VULKAN = ("base", "graph", "model", "passes")
# Headers that are made or shared, and the rooms that may include them.
SPECIAL = {
    "shader_table.h": {"kernels", "plan"},
    "onnx.pb-c.h": {"model"},
    "builtin_models.h": {"model"},
    "config.h": set(BELOW) | {"plugin"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def check_room(path, room, quote, name):
    """The fault of one include in src/<room>/, or None."""
    if quote == "<":
        if name.startswith("vulkan/") and room in NO_VULKAN:
            return "%s: room '%s' must not see Vulkan" % (path, room)
        if re.match(r"gst/|json-glib/", name):
            return "%s: the library must not need %s" % (path, name)
        return None
    if name in SPECIAL:
        return None if room in SPECIAL[name] else "%s: %s is not for room '%s'" % (path, name, room)
    if "/" not in name:
        return '%s: "%s" carries no room' % (path, name)
    other = name.split("/")[0]
    if other == "abi":
        return None if room == "kernels" else "%s: abi/ is for kernels" % path
    if os.path.splitext(path)[0] == "src/plan/alias" and other not in ("base", "plan"):
        return "%s: a pure function, may not see '%s'" % (path, other)
    if other != room and other not in BELOW[room]:
        return "%s: arrow from '%s' to '%s' is not allowed" % (path, room, other)
    return None


def check_user(path, quote, name):
    """Plugin, tools and examples: public headers, and files beside them."""
    if quote == '"' and name != "config.h" and "/" in name:
        return "%s: may include public headers and its neighbours only, not %s" % (path, name)
    if quote == "<" and name.startswith("vulkan/"):
        return "%s: users of the library do not see Vulkan" % path
    return None


def check_public(path, quote, name):
    if quote == '"':
        return '%s: a public header includes <...>, not "%s"' % (path, name)
    if name.startswith("gst/") and not os.path.basename(path).startswith("gst-"):
        return "%s: GStreamer only in gst-*.h" % path
    if name.startswith("vulkan/") and os.path.basename(path) != "vulkan.h":
        return "%s: Vulkan only in vulkan.h" % path
    if name == "vkinception/vulkan.h":
        return "%s: vulkan.h is for who asks for it" % path
    return None


def check(path, quote, name):
    parts = path.split("/")
    if parts[0] == "src" and parts[1] in BELOW:
        return check_room(path, parts[1], quote, name)
    if parts[0] in ("plugin", "examples") or parts[:2] == ["src", "tools"]:
        return check_user(path, quote, name)
    if parts[0] == "include":
        return check_public(path, quote, name)
    if parts[0] == "src":
        return "%s: not in a room that is known" % path
    return None


def main():
    faults, checked, bases = [], 0, {}
    for path in project.files(".c", ".h", ".h.in"):
        for quote, name in INCLUDE.findall(project.text(path)):
            checked += 1
            fault = check(path, quote, name)
            if fault:
                faults.append(fault)
        if path.startswith("src/") and path.endswith(".c"):
            first = bases.setdefault(os.path.basename(path), path)
            if first != path:
                faults.append("%s: same name as %s" % (path, first))
    project.finish(faults, checked)


if __name__ == "__main__":
    main()
