"""What a command takes, and a process with its children, is seen after it was given back."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.peak_memory import CommandFailed, PeakMemory, family, resident, run

MB = 1_000_000
TAKE = "held = bytearray(200_000_000); del held"
# Starts a child, which takes the memory and gives it back when a line comes, then both stay.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=sys.stdin)
print(child.pid, flush=True)
child.wait()
"""
CHILD = f"""
for line in open(0):
    {TAKE}
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.child = int(process.stdout.readline())  # type: ignore[attr-defined]
        settle(process.pid)
        yield process
        assert process.stdin
        process.stdin.close()


def settle(pid: int) -> None:
    """Until the child has started, and holds what it holds at rest."""
    before = -1
    while before != (before := resident(pid)):
        time.sleep(0.3)


def take(process: subprocess.Popen[str]) -> None:
    """Have the child take the memory and give it back."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def waited_for(water: PeakMemory, least: int) -> int:
    late = time.monotonic() + 10
    while water.peak < least and time.monotonic() < late:
        time.sleep(0.02)
    return water.peak


def test_a_command_is_seen_without_what_this_process_holds() -> None:
    held = np.ones(400 * MB, np.uint8)
    taken = run([sys.executable, "-c", TAKE])
    assert held[-1] == 1
    assert 200 * MB < taken.memory < 240 * MB
    assert 0.01 < taken.seconds < 10


def test_a_command_that_fails_says_why() -> None:
    exits = [sys.executable, "-c", "import sys; print('it cannot'); sys.exit(3)"]
    with pytest.raises(CommandFailed, match="it cannot"):
        run(exits)
    assert run(exits, good=(0, 3)).seconds > 0
    with pytest.raises(CommandFailed):
        run(["/no/such/program"])


def test_a_child_is_of_the_family(parent: subprocess.Popen[str]) -> None:
    assert family(parent.pid) == [parent.pid, parent.child]  # type: ignore[attr-defined]


def test_the_peak_of_a_family_is_what_it_held_while_watched(parent: subprocess.Popen[str]) -> None:
    idle = resident(parent.pid)
    with PeakMemory(parent.pid) as water:
        assert water.peak < idle + 20 * MB
        take(parent)
        assert 195 * MB <= waited_for(water, idle + 195 * MB) - idle < 220 * MB
    settle(parent.pid)
    with PeakMemory(parent.pid) as later:
        assert later.peak < idle + 20 * MB


def test_where_no_mark_can_be_reset_it_is_sampled(
    parent: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    idle = resident(parent.pid)
    with PeakMemory(parent.pid) as water:
        for _ in range(20):
            take(parent)
        assert waited_for(water, idle + 190 * MB) > idle + 150 * MB
