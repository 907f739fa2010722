# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lints share: the project's own files, and how a lint ends."""
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED_FOLDERS = (".git", "__pycache__", "subprojects")


def _walk():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS
                      and not name.startswith("build")
                      and not (name.startswith(".") and name != ".ci")]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def _git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout.decode()


def files(*suffixes):
    """Paths from the project's root, sorted: what git knows or would add, else all there is."""
    try:
        # An unpacked archive may lie in the build folder of a checkout, which git ignores.
        if _git("rev-parse", "--show-prefix").strip():
            raise OSError("the checkout's root is elsewhere")
        listing = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        found = [path for path in listing.split("\0") if path]
    except (OSError, subprocess.CalledProcessError):
        found = list(_walk())
    return sorted(path for path in set(found)
                  if os.path.isfile(os.path.join(ROOT, path))
                  and (not suffixes or path.endswith(suffixes)))


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read()


def finish(faults, checked):
    """Prints every fault; a lint that looked at nothing has failed too."""
    for fault in faults:
        print(fault)
    if checked == 0:
        print("nothing was checked")
    sys.exit(1 if faults or checked == 0 else 0)


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)
