"""Available memory, the memory that comparisons need, and settings of glibc's allocator."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

# Measured as the peak of a worker process, all analyses on: 890 MiB with all networks loaded, 50 MiB more for work on
# reduced pictures, and per pixel of A and B together 14 bytes for photographs and up to 30 where both have alpha.
WORKER_BYTES = 1 << 30
BYTES_PER_PIXEL = 40

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h

CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available() -> int:
    """Bytes of memory of the machine, or the limit of its control group if that is lower."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [Path(file).read_text().strip() for file in CGROUPS if Path(file).is_file()]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def return_large_blocks() -> None:
    """Make this process return freed blocks of a MiB or more to the system immediately.

    By default glibc raises this threshold to the size of freed blocks (up to 32 MiB) and keeps some for each thread.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def share_free_blocks() -> None:
    """Make all threads of this process allocate from two arenas. To be called before the threads start.

    Otherwise each of sixteen arenas keeps its free blocks, and a process grows by 200 MiB over some comparisons. It is
    not slower, since large blocks are allocated from the system anyway.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def return_all() -> None:
    """Return all free memory, also between blocks in use, which takes some 5 ms after a large comparison."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
