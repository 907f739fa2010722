#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of at most 500 lines, functions of at most 80, lines of at most 100 columns."""
import ast
import re

import project

MAX_FILE, MAX_FUNCTION, MAX_COLUMNS = 500, 80, 100
# Files that are one table may be longer: path, and why.
LONG_FILES = {
}
# Where a line may be wider: path, and why.
WIDE_FILES = {
}


def braced_functions(lines):
    """(line number, length) of functions whose braces stand alone in the first column, as in
    our C, GLSL and shell."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start + 1
            start = None


def python_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def functions(path, source, lines):
    if path.endswith(".py") or re.match(r"#!.*python", lines[0] if lines else ""):
        return python_functions(source)
    return braced_functions(lines)


def is_source(path):
    return (path.endswith((".c", ".h", ".in", ".py", ".sh", ".comp", ".glsl", "meson.build"))
            or path in (".ci/run", "models/fetch"))


def main():
    faults, checked = [], 0
    for path in filter(is_source, project.files()):
        source = project.text(path)
        lines = source.splitlines()
        checked += 1
        if len(lines) > MAX_FILE and path not in LONG_FILES:
            faults.append("%s: %d lines, at most %d" % (path, len(lines), MAX_FILE))
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS and path not in WIDE_FILES:
                faults.append("%s:%d: %d columns, at most %d"
                              % (path, number, len(line), MAX_COLUMNS))
        for number, length in functions(path, source, lines):
            if length > MAX_FUNCTION:
                faults.append("%s:%d: a function of %d lines, at most %d"
                              % (path, number, length, MAX_FUNCTION))
    project.finish(faults, checked)


if __name__ == "__main__":
    main()
