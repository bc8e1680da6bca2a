"""High-water marks: how much memory a command took, and a process with all that descend from it."""

import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_SECONDS = 0.01


class CommandFailed(Exception):
    """The command ended with a code that is not one of those that mean success; the text is the last that it said."""


@dataclass(frozen=True)
class Ended:
    """What a command took, from its start to its end: seconds, and bytes at its peak."""

    seconds: float
    memory: int


def run(command: Sequence[str], good: tuple[int, ...] = (0,)) -> Ended:
    """Run a command in the checkout. Raises CommandFailed unless its exit code is a good one."""
    launch = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), *command]
    done = subprocess.run(launch, cwd=ROOT, capture_output=True, text=True)
    reported = json.loads(done.stdout or '{"code": null}')
    if reported["code"] not in good:
        raise CommandFailed((done.stderr.strip().splitlines() or [f"exit code {reported['code']}"])[-1])
    return Ended(reported["seconds"], reported["memory"])


def resident(pid: int) -> int:
    """Bytes of memory that a process and all that descend from it hold now, what they share counted in each."""
    return _total(pid, "VmRSS")


class PeakMemory:
    """While it is entered, `peak` is the most bytes that a process and all that descend from it have held since.

    Each one's own mark is reset, and they are summed: no less than what they held together at any time, and more where
    they peaked one after the other. Where Linux does not let us reset, the sum of what they hold is sampled.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._sampled = 0
        self._left = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        try:
            for member in family(self._pid):
                with suppress(FileNotFoundError, ProcessLookupError):
                    Path(f"/proc/{member}/clear_refs").write_text("5")
        except OSError:
            self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    @property
    def peak(self) -> int:
        """Bytes."""
        return self._sampled if self._sampler.ident else _total(self._pid, "VmHWM")

    def _sample(self) -> None:
        while not self._left.wait(SAMPLE_SECONDS):
            self._sampled = max(self._sampled, resident(self._pid))


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process and all that descend from it have taken so far."""
    ticks = 0
    for member in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = stat.read_text().rpartition(")")[2].split()[1]  # the name before it may hold anything
            children[int(parent)].append(int(stat.parent.name))
    members = [pid]
    for member in members:  # which grows meanwhile
        members += children[member]
    return members


def _total(pid: int, field: str) -> int:
    return sum(_bytes(member, field) for member in family(pid))


def _bytes(pid: int, field: str) -> int:
    """Of one process; 0 once it has ended."""
    with suppress(OSError):
        if found := re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE):
            return int(found[1]) * 1024
    return 0
