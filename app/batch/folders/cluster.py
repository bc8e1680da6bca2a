"""Workers of a Dask cluster, through the executor of its client.

They and their scheduler need this program at the same version, and the folders at the same paths. Started with a
thread each, as `OPENCV_FOR_THREADS_NUM=1 dask worker tcp://… --nthreads 1 --nworkers -1`, they keep to a core each, as
local ones do.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from distributed import Client, KilledWorker

from app.batch.folders.local import CannotStart
from app.batch.folders.run import Workers
from app.evaluation.pipeline import code_fingerprint

CONNECT, WAIT = 10, 60  # seconds: for the scheduler to answer, for a first worker to come
# At most so many pairs travel together, for a way of milliseconds; fewer, where some workers would have no chunk.
LARGEST_CHUNK = 8
CHUNKS_EACH = 4


# It reports with a traceback what it raises anyway.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


@contextmanager
def cluster_workers(address: str, pairs: int, folders: list[Path]) -> Iterator[Workers]:
    """The workers of the cluster whose scheduler is at tcp://… or tls://…; certificates are Dask's own settings.

    pairs: how many there are. folders: what every worker must see.
    Raises CannotStart.
    """
    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CannotStart(f"there is no Dask scheduler at {address}: {error}.") from error
    with client:
        _check(client, address, folders)
        count = max(1, sum(client.nthreads().values()))  # one that just died is about to be replaced
        executor = client.get_executor(pure=False)  # or a pair that is done again would get its first answer
        chunk = min(LARGEST_CHUNK, max(1, pairs // (CHUNKS_EACH * count)))

        def start(_count: int) -> AbstractContextManager[Executor]:
            """The cluster starts workers itself, also in the place of one that died."""
            return nullcontext(executor)

        try:
            yield Workers(count, chunk, start, KilledWorker)
        finally:
            executor.shutdown(wait=False)


def _check(client: Client, address: str, folders: list[Path]) -> None:
    """Whether every worker would give the answers that a process here would give."""
    try:
        client.wait_for_workers(1, timeout=WAIT)
    except TimeoutError:
        raise CannotStart(f"the Dask cluster at {address} has no worker.") from None
    try:
        client.submit(code_fingerprint).result()  # through the scheduler, which unpacks what it passes on
        found = client.run(_seen, folders)
    except (ImportError, RuntimeError) as error:
        raise CannotStart(f"the scheduler or a worker at {address} does not have this program: {error}") from error
    for worker, (version, missing) in found.items():
        if missing:
            raise CannotStart(f"the worker at {worker} does not see {missing[0]}.")
        if version != code_fingerprint():
            raise CannotStart(f"the worker at {worker} runs another version of this program: {version}.")


def _seen(folders: list[Path]) -> tuple[str, list[Path]]:
    return code_fingerprint(), [folder for folder in folders if not folder.is_dir()]
