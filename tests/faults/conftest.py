"""Which faults can be brought about here."""

import subprocess
import tempfile
from pathlib import Path

FULL_DISK = "test_disk.py"


def _mounts() -> bool:
    """Whether this process may mount a small file system, as root may where nothing forbids it."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return mounted.returncode == 0


# Left out, and reported above the results, rather than skipped: nothing that a checkout could mend is missing.
collect_ignore = [] if _mounts() else [FULL_DISK]


def pytest_report_header() -> list[str]:
    """Say what is left out."""
    return [f"{Path(__file__).parent.name}/{name} is left out: nothing can be mounted here" for name in collect_ignore]
