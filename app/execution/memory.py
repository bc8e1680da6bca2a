"""How much memory there is, and how much a comparison takes."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

# Measured as the peak of a worker process, all analyses on: 800 MiB with all networks loaded, 140 MiB more for work on
# reduced pictures, and per pixel of A and B together 14 bytes for photographs and up to 30 where both have alpha.
WORKER_BYTES = 1 << 30
BYTES_PER_PIXEL = 40

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h

CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available() -> int:
    """Bytes of the machine, or what its control group leaves of them."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [Path(file).read_text().strip() for file in CGROUPS if Path(file).is_file()]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def return_large_blocks() -> None:
    """Have this process give freed blocks of a MiB or more back at once.

    By itself glibc learns to keep blocks as large as were freed before (up to 32 MiB), some for each of many threads.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def share_free_blocks() -> None:
    """Have all threads of this process, and those to come, allocate from two arenas: to be called before they begin.

    Else each of sixteen keeps its own free blocks, and a process grows by 200 MiB over some comparisons. No slower, as
    large blocks come from the system anyway.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def return_all() -> None:
    """Give back what is free between blocks in use, too, which takes some 5 ms after a large comparison."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
