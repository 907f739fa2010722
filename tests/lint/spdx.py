#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every source file names its licence in its first three lines."""
import project

TAG = "SPDX-License-Identifier: LGPL-2.1-or-later"
SUFFIXES = (".c", ".h", ".h.in", ".py", ".sh", ".comp", ".glsl", ".proto", ".supp", ".modelinfo",
            "meson.build", "meson_options.txt", "packages.txt", ".yml")
NAMES = (".ci/run", "Containerfile", "debian/rules", "debian/tests/build-example",
         "debian/tests/readme-pipeline", "models/fetch")


def main():
    faults, checked = [], 0
    for path in project.files():
        if not path.endswith(SUFFIXES) and path not in NAMES:
            continue
        checked += 1
        if TAG not in "\n".join(project.text(path).splitlines()[:3]):
            faults.append("%s: no '%s' in its first three lines" % (path, TAG))
    project.finish(faults, checked)


if __name__ == "__main__":
    main()
