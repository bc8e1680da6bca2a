"""Run a command; print its exit code, seconds and own high-water mark of memory in bytes, as JSON.

    python -I -S bench/launch.py COMMAND...

A program of its own, and a small one: on Linux what a process holds before it executes another program counts to the
high-water mark of that, too (getrusage(2), ru_maxrss), so the mark of a child of a large process is never below that.
What the command prints goes to standard error.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Run, wait, say."""
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": process.returncode, "seconds": seconds, "memory": usage.ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
