"""Running what the documentation shows, as its reader does."""

import os
import subprocess
import sys
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

NODE = compute_driver_executable()[0]

RUNNERS = {
    "sh": ("bash", "-euo", "pipefail"),
    "python": (sys.executable, "-W", "error"),
    "js": (NODE,),  # a fresh machine has no other
}
SUFFIXES = {"sh": "sh", "python": "py", "js": "mjs"}


def run(language: str, source: str, folder: Path, **variables: str) -> str:
    """Run a program in a folder; what it prints. A warning on its standard error is a failure, too."""
    file = folder / f"example.{SUFFIXES[language]}"
    file.write_text(source)
    done = execute([*RUNNERS[language], str(file)], folder, **variables)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert language == "sh" or not done.stderr, done.stderr  # where curl says what it tries again
    return done.stdout


def execute(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with further environment variables, for two minutes at most."""
    environment = {**os.environ, **variables}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
