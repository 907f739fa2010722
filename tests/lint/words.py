#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No path of somebody's machine in the tree."""
import re

import project

# The folders of a developer's machine, as absolute paths.
MACHINE_PATH = re.compile(r"(?<![\w.$}/:-])/(?:home|root|work|Users|workspace)(?:/[\w.-]+|\b)")


def main():
    faults, checked = [], 0
    for path in project.files():
        try:
            source = project.text(path)
        except UnicodeDecodeError:
            continue
        if path == "tests/lint/words.py":
            continue
        checked += 1
        for number, line in enumerate(source.splitlines(), 1):
            match = MACHINE_PATH.search(line)
            if match:
                faults.append("%s:%d: path of a machine: %s" % (path, number, match.group()))
    project.finish(faults, checked)


if __name__ == "__main__":
    main()
