"""A stand-in for tfhub.dev on this machine, and what it serves."""

import io
import ssl
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# A body; the address of a redirect; a status; or None: the connection is taken, and no answer ever comes.
Answer = bytes | str | int | None
COMPRESSED = "?tf-hub-format=compressed"


class Short(bytes):
    """A body that breaks off: one byte more was promised."""


@contextmanager
def hub(answers: Mapping[str, Answer], certificate: Path | None = None) -> Iterator[str]:
    """Serve answers by path, query included. Yields the address of the root, without a slash at its end.

    certificate: a PEM file with the key as well, for https.
    """
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path, 404)
            if answer is None:
                closing.wait()
                return
            body = answer if isinstance(answer, bytes) else b""
            self.send_response(302 if isinstance(answer, str) else 200 if body else int(answer))
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.send_header("Content-Length", str(len(body) + isinstance(body, Short)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever only looks whether the server answers does not read
                self.wfile.write(body)

        def log_message(self, *_message: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        finally:
            closing.set()
            server.shutdown()


def packed(folder: Path) -> bytes:
    """A SavedModel as tfhub.dev sends it: tar.gz, the paths relative to the model."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return buffer.getvalue()


def digest_of(model: bytes) -> str:
    """The digest of a model that consists of a saved_model.pb with this content."""
    return sha256(f"{sha256(model).hexdigest()}  saved_model.pb\n".encode()).hexdigest()


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Any tar.gz at all."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
