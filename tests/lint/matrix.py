#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The build matrix is whole: the workflow runs exactly the cells of scripts/ci-matrix.sh, and
every option of meson_options.txt has in one of them the value that is not its default: off, or on
where it is off by itself."""
import re
import subprocess
import os

import project

SCRIPT, WORKFLOW = "scripts/ci-matrix.sh", ".github/workflows/ci.yml"
OPTION = re.compile(r"^option\('([\w-]+)', type: '(\w+)', value: '?(\w+)'?", re.M)
# (type, default): the other value
OTHER = {("feature", "auto"): "disabled", ("boolean", "true"): "false",
         ("boolean", "false"): "true"}


def workflow_cells():
    found = re.search(r"^( +)cell:\n((?:\1 +- [\w-]+\n)+)", project.text(WORKFLOW), re.M)
    return re.findall(r"- ([\w-]+)", found.group(2)) if found else []


def main():
    cells = subprocess.run([os.path.join(project.ROOT, SCRIPT), "--list"],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    run, script = workflow_cells(), project.text(SCRIPT)
    faults = ["%s runs no cell %s" % (WORKFLOW, cell) for cell in cells if cell not in run]
    faults += ["%s runs %s, which %s has not" % (WORKFLOW, cell, SCRIPT)
               for cell in run if cell not in cells]
    options = OPTION.findall(project.text("meson_options.txt"))
    for name, kind, default in options:
        other = OTHER.get((kind, default))
        if other is None:
            faults.append("option %s, %s %s: which is the other?" % (name, kind, default))
        elif "-D%s=%s" % (name, other) not in script:
            faults.append("no cell of %s has -D%s=%s" % (SCRIPT, name, other))
    if len(options) != project.text("meson_options.txt").count("option("):
        faults.append("meson_options.txt has an option that is not read here")
    project.finish(faults, min(len(cells), len(options)))


if __name__ == "__main__":
    main()
