"""Pictures out of a multipart form."""

import unicodedata
from typing import IO, Any

from flask import Request, request
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from app.store import Upload
from app.store.errors import storage_errors

LONGEST_NAME = 200


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
    """A request whose form is read so."""

    form_data_parser_class = FormParser


def uploaded(field: str) -> Upload:
    """The file of a form field. Raises InvalidUpload where there is none, more than one, or it is empty."""
    files = request.files.getlist(field)
    if not files:
        raise InvalidUpload(field, f"the picture is missing. Send it as the file '{field}' of a multipart form.")
    if len(files) > 1:
        raise InvalidUpload(field, f"there are {len(files)} files of that name. Send one.")
    (file,) = files
    data = file.stream.read()
    if not data:
        raise InvalidUpload(field, f"{display_name(file.filename)} is empty.")
    return Upload(display_name(file.filename), data)


def uploaded_pair() -> tuple[Upload, Upload]:
    """Both pictures of the form, as sent. Raises InvalidUpload."""
    return uploaded("a"), uploaded("b")


def display_name(sent: str | None) -> str:
    """A client's file name as something to show: the last path component, without what could mislead a reader.

    Control and format characters (bidi overrides among them) go; so does all beyond 200 characters.
    """
    last = (sent or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    return shown.strip()[:LONGEST_NAME] or "unnamed"
