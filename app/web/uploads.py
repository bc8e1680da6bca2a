"""Uploaded pictures of a multipart form."""

import os
from dataclasses import dataclass
from hashlib import file_digest
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from flask import Request, current_app, request
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from app.evaluation.pipeline import PictureRejected
from app.store import Upload
from app.store.errors import storage_errors
from app.store.names import display_name
from app.vision.decoding.errors import UnsupportedFormat
from app.vision.decoding.header import SIGNATURE_BYTES, identify

MAX_IN_MEMORY = 64 * 1024  # bytes; larger files go to the disk


class InvalidUpload(Exception):
    """A picture is missing from the form; the text names the field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class FormParser(FormDataParser):
    """Werkzeug's parser, except that it refuses an unreadable form instead of treating it as empty."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        """Return stream, fields and files. Raises BadRequest, and StorageError if there is no space for a file."""
        self.silent = False
        try:
            with storage_errors():
                return super().parse(stream, mimetype, content_length, options)
        except ValueError:
            raise BadRequest("The body is not a readable multipart form.") from None


class FormRequest(Request):
    """A request that parses forms with FormParser and spools uploaded files to the disk."""

    form_data_parser_class = FormParser

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Parameters as of Werkzeug's request."""
        super().__init__(*args, **kwargs)
        self._streams: list[IO[bytes]] = []

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """An unnamed file in DATA_DIR: the default folder for temporary files is often in memory."""
        folder = current_app.extensions["image_diff"].settings.data_dir
        stream = SpooledTemporaryFile(MAX_IN_MEMORY, "rb+", dir=folder)  # noqa: SIM115 - close() closes it
        self._streams.append(cast(IO[bytes], stream))
        return self._streams[-1]

    def close(self) -> None:
        """Close the files, also those of a form that was refused while it was parsed, of which Werkzeug knows none."""
        super().close()
        for stream in self._streams:
            stream.close()


@dataclass(frozen=True)
class ReceivedFile:
    """An uploaded file. Its name is never used as a path, and its contents have not been checked."""

    name: str
    file: IO[bytes]

    def digest(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        found = file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]
        self.file.seek(0)
        return found

    def read(self) -> Upload:
        """Read the file into memory and close it. Can be called once."""
        with self.file:
            return Upload(self.name, self.file.read())


def received_file(field: str) -> ReceivedFile:
    """The file of a form field, of which only the first bytes are read.

    Raises InvalidUpload if there is none or more than one, or the file is empty, and PictureRejected if it is no
    picture by its first bytes: the service may delete pairs to make space for it.
    """
    files = request.files.getlist(field)
    if not files:
        raise InvalidUpload(field, f"the picture is missing. Send it as the file '{field}' of a multipart form.")
    if len(files) > 1:
        raise InvalidUpload(field, f"there are {len(files)} files of that name. Send one.")
    (file,) = files
    if not file.stream.seek(0, os.SEEK_END):
        raise InvalidUpload(field, f"{display_name(file.filename)} is empty.")
    name = display_name(file.filename)
    file.stream.seek(0)
    try:
        identify(file.stream.read(SIGNATURE_BYTES))
    except UnsupportedFormat as reason:
        raise PictureRejected(field, name, reason) from None
    file.stream.seek(0)
    return ReceivedFile(name, file.stream)


def received_pair() -> tuple[ReceivedFile, ReceivedFile]:
    """Both pictures of the form, as sent. Raises InvalidUpload and PictureRejected."""
    return received_file("a"), received_file("b")
