#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scenarios of this folder, run by gst-validate-1.0, which looks at every pad's data flow. It
is a part of gst-devtools; Debian has no package of it. test_scenarios.c does the same without it.

usage: test_validate.py PLUGIN_FOLDER
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = "videotestsrc num-buffers=1000 ! video/x-raw,width=64,height=48,framerate=25/1"
PIPELINES = {
    "sink": SOURCE + " ! vulkaninception ! fakesink sync=true",
    "queues": SOURCE + " ! queue ! vulkaninception ! queue max-size-buffers=2 ! "
                       "fakesink sync=true",
}


def run(scenario, pipeline, environment):
    """What went wrong; an empty text if nothing did."""
    command = ["gst-validate-1.0", "--set-scenario", scenario] + pipeline.split()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, env=environment, check=False, timeout=120)
    except subprocess.TimeoutExpired as expired:
        return "no end after 120 s\n%s" % (expired.stdout or b"").decode(errors="replace")
    if done.returncode == 0:
        return ""
    return "exit code %d\n%s" % (done.returncode, done.stdout)


def main():
    plugins = sys.argv[1]
    scenarios = sorted(os.path.splitext(os.path.basename(path))[0]
                       for path in glob.glob(os.path.join(HERE, "*.scenario")))
    if not shutil.which("gst-validate-1.0"):
        print("1..0 # SKIP no gst-validate-1.0 (gst-devtools)")
        return 0
    print("1..%d" % (len(scenarios) * len(PIPELINES)))
    failed = False
    number = 0
    with tempfile.TemporaryDirectory(prefix="vin-validate-") as folder:
        environment = dict(os.environ, GST_PLUGIN_PATH=plugins,
                           GST_REGISTRY=os.path.join(folder, "registry.bin"),
                           GST_VALIDATE_SCENARIOS_PATH=HERE)
        for scenario in scenarios:
            for name, pipeline in PIPELINES.items():
                number += 1
                problem = run(scenario, pipeline, environment)
                failed |= bool(problem)
                for line in problem.splitlines():
                    print("# " + line)
                print("%s %d %s/%s" % ("not ok" if problem else "ok", number, scenario, name),
                      flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
