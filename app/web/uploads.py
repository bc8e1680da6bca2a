"""Pictures out of a multipart form."""

import os
from dataclasses import dataclass
from hashlib import file_digest
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from flask import Request, current_app, request
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from app.store import Upload
from app.store.errors import storage_errors
from app.store.names import display_name

SMALL = 64 * 1024


class InvalidUpload(Exception):
    """A picture is missing from the form; the text names the field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class FormParser(FormDataParser):
    """Werkzeug's parser, but a form that it cannot read is refused: it would be taken for one without fields."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        """Stream, fields and files. Raises BadRequest, and StorageError where a large file has no room on its way."""
        self.silent = False
        try:
            with storage_errors():
                return super().parse(stream, mimetype, content_length, options)
        except ValueError:
            raise BadRequest("The body is not a readable multipart form.") from None


class FormRequest(Request):
    """A request whose form is read so, and which lies on the disk rather than in memory while it comes and waits."""

    form_data_parser_class = FormParser

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """A file without a name, where there is room for uploads: where temporary files go is often memory."""
        folder = current_app.extensions["image_diff"].settings.data_dir
        return cast(IO[bytes], SpooledTemporaryFile(SMALL, "rb+", dir=folder))


@dataclass(frozen=True)
class ReceivedFile:
    """A picture that has come: a name that is only ever data, and a file of which nothing is known yet."""

    name: str
    file: IO[bytes]

    def digest(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        found = file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]
        self.file.seek(0)
        return found

    def read(self) -> Upload:
        """It, in memory; once."""
        with self.file:
            return Upload(self.name, self.file.read())


def received_file(field: str) -> ReceivedFile:
    """The file of a form field. Raises InvalidUpload where there is none, more than one, or it is empty."""
    files = request.files.getlist(field)
    if not files:
        raise InvalidUpload(field, f"the picture is missing. Send it as the file '{field}' of a multipart form.")
    if len(files) > 1:
        raise InvalidUpload(field, f"there are {len(files)} files of that name. Send one.")
    (file,) = files
    if not file.stream.seek(0, os.SEEK_END):
        raise InvalidUpload(field, f"{display_name(file.filename)} is empty.")
    file.stream.seek(0)
    return ReceivedFile(display_name(file.filename), file.stream)


def received_pair() -> tuple[ReceivedFile, ReceivedFile]:
    """Both pictures of the form, as sent. Raises InvalidUpload."""
    return received_file("a"), received_file("b")
