# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python packages that the golden tests compare with, from this Python or from a virtual
environment in .venv/ of the source tree, which is made when it is not there. A script calls
need() before it imports them; exit code 77, with the reason on stdout, where they can't be
had."""
import fcntl
import importlib.util
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python3")
# module: what pip calls it, with the versions the tests were made with
PACKAGES = {
    "numpy": "numpy>=1.26,<3",
    "cv2": "opencv-python-headless>=4.9,<6",
    "onnxruntime": "onnxruntime>=1.20,<2",
}


def skip(reason):
    print(reason)
    sys.exit(77)


def run_quietly(command):
    """None, or the last line of what a failed command said."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "exit code %d" % done.returncode


def make_environment():
    """All packages at once, so that no script changes the environment another one runs in."""
    for command in (
        [sys.executable, "-m", "venv", "--clear", VENV],
        [PYTHON, "-m", "pip", "install", "--quiet", "--retries", "1"] + list(PACKAGES.values()),
    ):
        failed = run_quietly(command)
        if failed:
            skip("%s can't be installed: %s" % (" and ".join(PACKAGES.values()), failed))


def need(*modules):
    """Returns when all modules can be imported; else starts the script anew in the virtual
    environment. Tests run side by side: the lock lets one of them make it while the others wait."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    if os.path.abspath(sys.prefix) == VENV:
        skip("%s can't be imported from %s" % (" and ".join(modules), VENV))
    try:
        lock = open(VENV + ".lock", "w")
    except OSError as error:
        skip("no virtual environment can be made: %s" % error)
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if run_quietly([PYTHON, "-c", "import " + ", ".join(PACKAGES)]):
            make_environment()
    os.execv(PYTHON, [PYTHON] + sys.argv)
