# SPDX-License-Identifier: LGPL-2.1-or-later
"""The virtual environment that peers.py runs runtimes in, and the network in their formats."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def last_line(output):
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def requirements():
    """Package to its line."""
    with open(os.path.join(HERE, "requirements.txt"), encoding="utf-8") as handle:
        lines = [line.strip() for line in handle]
    return {line.split("==")[0]: line for line in lines if line and not line.startswith("#")}


class Venv:
    """Packages of requirements.txt; those that are not to be had are in `missing`."""

    def __init__(self, folder, wheels):
        self.folder = folder
        self.wheels = wheels
        self.python = os.path.join(folder, "bin", "python3")
        self.missing = {}

    def make(self):
        """None, or why there is no virtual environment."""
        if os.path.exists(self.python):
            return None
        done = subprocess.run([sys.executable, "-m", "venv", self.folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode == 0:
            return None
        shutil.rmtree(self.folder, ignore_errors=True)
        return last_line(done.stdout)

    def has(self, line):
        name, version = line.split("==")
        code = "import importlib.metadata as m; assert m.version(%r) == %r" % (name, version)
        return subprocess.run([self.python, "-c", code], stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def install(self, package):
        line = requirements()[package]
        if package in self.missing or self.has(line):
            return
        command = [self.python, "-m", "pip", "install", "--quiet", line]
        if package == "pnnx":  # only its program is used, which needs nothing
            command.append("--no-deps")
        if self.wheels:
            command += ["--no-index", "--find-links", self.wheels]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        if done.returncode != 0:
            self.missing[package] = "pip can't install it: " + last_line(done.stdout)

    def reason(self, packages):
        """None, or why one of @packages is not here."""
        for package in packages:
            self.install(package)
            if package in self.missing:
                return "%s: %s" % (package, self.missing[package])
        return None

    def convert(self, model):
        """Writes what ncnn and PyTorch read beside @model. None, or why not."""
        code = "import os, importlib.util as u; print(os.path.join(os.path.dirname(" \
               "u.find_spec('pnnx').origin), 'pnnx'))"
        if os.path.exists(model.replace(".onnx", ".ncnn.bin")):
            return None
        found = subprocess.run([self.python, "-c", code], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False)
        if found.returncode != 0:
            return "pnnx is not there"
        command = [found.stdout.decode().strip(), model, "inputshape=[1,3,224,224]", "fp16=0"]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  cwd=os.path.dirname(model), check=False)
        except OSError as error:
            return "pnnx: %s" % error
        return None if done.returncode == 0 else "pnnx: " + last_line(done.stdout)
