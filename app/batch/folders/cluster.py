"""Workers of a Dask cluster, through the executor of its client.

The workers and their scheduler need the same version of this program, and the folders at the same paths. Started as
`OPENCV_FOR_THREADS_NUM=1 dask worker tcp://… --nthreads 1 --nworkers -1`, each worker uses one core, as local ones do.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from distributed import Client, KilledWorker

from app.batch.folders.local import CannotStart
from app.batch.folders.run import Workers
from app.evaluation.pipeline import code_fingerprint

SCHEDULER_SECONDS, WORKER_SECONDS = 10, 60  # waiting for the scheduler to answer, and for a first worker
MAX_CHUNK = 8  # pairs sent together, to save round trips of milliseconds
CHUNKS_PER_WORKER = 4  # at least, so that no worker is idle


# It logs a traceback of the exceptions that it also raises.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


@contextmanager
def cluster_workers(address: str, pairs: int, folders: list[Path]) -> Iterator[Workers]:
    """The workers of a cluster. address: of the scheduler, tcp://… or tls://…; Dask's settings name the certificates.

    pairs: the number of pairs. folders: must exist on every worker. Raises CannotStart.
    """
    try:
        client = Client(address, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CannotStart(f"there is no Dask scheduler at {address}: {error}.") from error
    with client:
        _check(client, address, folders)
        count = max(1, sum(client.nthreads().values()))  # 0 while a dead worker is being replaced
        executor = client.get_executor(pure=False)  # otherwise a repeated pair would get its first result
        chunk = min(MAX_CHUNK, max(1, pairs // (CHUNKS_PER_WORKER * count)))
        try:
            # The one executor again, because the cluster itself starts workers and replaces dead ones.
            yield Workers(count, chunk, lambda: nullcontext(executor), KilledWorker)
        finally:
            executor.shutdown(wait=False)


def _check(client: Client, address: str, folders: list[Path]) -> None:
    """Raise CannotStart unless every worker runs this version of the program and sees the folders."""
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        raise CannotStart(f"the Dask cluster at {address} has no worker.") from None
    try:
        client.submit(code_fingerprint).result()  # goes through the scheduler, which unpickles it
        found = client.run(_state, folders)
    except (ImportError, RuntimeError) as error:
        raise CannotStart(f"the scheduler or a worker at {address} does not have this program: {error}") from error
    for worker, (version, missing) in found.items():
        if missing:
            raise CannotStart(f"the worker at {worker} does not see {missing[0]}.")
        if version != code_fingerprint():
            raise CannotStart(f"the worker at {worker} runs another version of this program: {version}.")


def _state(folders: list[Path]) -> tuple[str, list[Path]]:
    return code_fingerprint(), [folder for folder in folders if not folder.is_dir()]
