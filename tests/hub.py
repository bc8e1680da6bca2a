"""A stand-in for tfhub.dev on this machine, and what it serves."""

import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# A body; a status without one; or None: the connection is taken, and no answer ever comes.
Answer = bytes | int | None
COMPRESSED = "?tf-hub-format=compressed"


class Short(bytes):
    """A body that breaks off: one byte more was promised."""


@contextmanager
def hub(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Serve answers by path, query included. Yields the address of the root, without a slash at its end."""
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path, 404)
            if answer is None:
                closing.wait()
                return
            body = answer if isinstance(answer, bytes) else b""
            self.send_response(200 if body else int(answer))
            self.send_header("Content-Length", str(len(body) + isinstance(body, Short)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_message: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            closing.set()
            server.shutdown()


def packed(folder: Path) -> bytes:
    """A SavedModel as tfhub.dev sends it: tar.gz, the paths relative to the model."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return buffer.getvalue()


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Any tar.gz at all."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
