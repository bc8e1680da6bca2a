"""Every setting once: its default, its meaning, its check. Read from the environment when the service starts."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.execution.memory import WORKER_BYTES, available
from app.vision.networks.weights import Weights

MEBIBYTE = 1024 * 1024

# Like .venv, what the service writes lies in the checkout unless told otherwise; absolute, whatever the working folder.
VAR = Path(__file__).resolve().parent.parent / "var"
AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]


def _key(key: SecretStr) -> SecretStr:
    """What may follow `Bearer` (RFC 6750), and is too long to be guessed."""
    if not re.fullmatch("[A-Za-z0-9._~+/-]{16,}=*", key.get_secret_value()):
        raise ValueError("a key has 16 characters or more, all of them letters, digits or . _ ~ + / -")
    return key


def _listed(value: Any, about: ValidationInfo) -> Any:
    """Text as a list: JSON, or with commas between. A list of nothing is refused: no list would mean anything goes."""
    if not isinstance(value, str):
        return value
    parts = json.loads(value) if value.startswith("[") else [part.strip() for part in value.split(",") if part.strip()]
    if not parts:
        raise ValueError(f"{str(about.field_name).upper()} lists nothing; leave it out where that is meant")
    return parts


Listed = (NoDecode, BeforeValidator(_listed))
Keys = Annotated[tuple[Annotated[SecretStr, AfterValidator(_key)], ...], *Listed]
Names = Annotated[tuple[str, ...], *Listed]


def _rate(value: str) -> str:
    if value:
        parse_many(value)
    return value


Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseSettings):
    """The service's settings. An environment variable of the same name, in capitals, sets each."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    data_dir: AbsolutePath = Field(
        VAR / "data", description="Folder of the stored pictures, the database and the secret."
    )
    database_url: str = Field("", description="SQLAlchemy URL of the database. Default: SQLite in DATA_DIR.")
    secret_key: str = Field("", description="Key that signs cookies. Default: made once and kept in DATA_DIR.")
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only: set it wherever HTTPS is used.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies' X-Forwarded-* headers to believe."
    )
    trusted_hosts: Names = Field(
        (),
        description="Host names that requests may be for, beside this machine's own; `.example.org` has all below it. "
        "A comma-separated or a JSON list. Default: any.",
    )
    api_keys: Keys = Field(
        (),
        description="Keys that the API demands, a comma-separated or a JSON list. Default: none, anybody may use it.",
    )

    max_body: int = Field(64 * MEBIBYTE, gt=0, description="Bytes of one request.")
    max_form_parts: int = Field(20, gt=0, description="Parts of one form.")
    max_form_memory: int = Field(256 * 1024, gt=0, description="Bytes of one form field that is not a file.")
    max_pixels: int = Field(50_000_000, gt=0, description="Pixels of one picture, by its header, before decoding.")
    deadline: float = Field(60, gt=0, description="Seconds that one evaluation may take.")
    max_running: int = Field(os.cpu_count() or 1, gt=0, description="Evaluations at once, in a process each.")
    max_waiting: int = Field(16, ge=0, description="Evaluations that wait for a place.")
    max_memory: int = Field(
        0,
        ge=0,
        description="Bytes for the pixels of all evaluations at once; what needs more by itself runs alone. "
        "Default: three quarters of the memory there is, less 1 GiB for each process.",
    )
    header_timeout: float = Field(10, gt=0, description="Seconds that the head of a request may take to come.")
    transfer_timeout: float = Field(
        30,
        gt=0,
        description="Seconds that a client may be behind MIN_RATE, as it sends a body or reads an answer. "
        "Where many do, one second.",
    )
    min_rate: float = Field(32 * 1024, gt=0, description="Bytes a second that a client is to send or read.")
    rate_limit: Rate = Field(
        "", description='Uploads and evaluations that each client may ask for, as in "60/minute". Default: any number.'
    )

    log_format: Literal["json", "text"] | None = Field(
        None, description="Log lines for programs or for people. Default: text on a terminal, else JSON."
    )
    metrics: bool = Field(False, description="Show counts for Prometheus at /metrics, to whoever asks.")

    retention_days: int = Field(
        0, ge=0, le=36_500, description="Days after which `python -m app sweep` deletes a pair. 0: it keeps all."
    )

    cache_dir: AbsolutePath = Field(
        VAR / "cache", description="Folder of what was measured before and can be measured anew: features of pictures."
    )
    tfhub_cache_dir: AbsolutePath = Field(VAR / "tfhub", description="Folder of the MobileNet weights.")
    classification_handles: tuple[str, ...] = Field(
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5",
            "https://www.kaggle.com/models/google/mobilenet-v2/TensorFlow2/100-224-classification/2",
        ),
        description="TensorFlow Hub handles of the classifier, tried in order; a JSON list.",
    )
    feature_handles: tuple[str, ...] = Field(
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5",
            "https://www.kaggle.com/models/google/mobilenet-v2/TensorFlow2/100-224-feature-vector/2",
        ),
        description="TensorFlow Hub handles of the embedding, tried in order; a JSON list.",
    )

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'image-diff.sqlite'}"

    @property
    def memory(self) -> int:
        """The bound in force for the pixels of all evaluations at once, in bytes."""
        return self.max_memory or max(0, available() * 3 // 4 - self.max_running * WORKER_BYTES)

    @property
    def weights(self) -> Weights:
        """Which MobileNet weights to use, from where."""
        return Weights(self.classification_handles, self.feature_handles, self.tfhub_cache_dir)

    def secret(self) -> str:
        """The cookie key in force. All workers share the one kept in DATA_DIR; the first to link it wins."""
        if self.secret_key:
            return self.secret_key
        kept = self.data_dir / "secret"
        if not kept.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            draft = self.data_dir / f".secret-{secrets.token_hex(8)}"
            try:
                draft.touch(mode=0o600)
                draft.write_text(secrets.token_urlsafe(32))
                kept.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink(missing_ok=True)
        return kept.read_text()
