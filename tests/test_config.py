from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import Settings


def test_environment_variables_set_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MAX_PIXELS", "1000")
    monkeypatch.setenv("DEADLINE", "")
    settings = Settings()
    assert settings.data_dir == tmp_path
    assert settings.max_pixels == 1000
    assert settings.deadline == 60, "an empty variable means the default"
    assert settings.database == f"sqlite:///{tmp_path}/image-diff.sqlite"


def test_a_database_url_replaces_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/diff")
    assert Settings().database == "postgresql://db/diff"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_PIXELS", "0"),
        ("DEADLINE", "soon"),
        ("TRUSTED_PROXIES", "-1"),
        ("RETENTION_DAYS", "-1"),
        ("SECRET_KEY", "of fewer than 32 characters ..."),
        ("SHARE_REPORTS", "maybe"),
        ("MAX_STORAGE", "-1"),
        ("SWEEP_WHEN_FULL", "maybe"),
    ],
)
def test_the_error_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_the_secret_is_generated_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: settings.secret(), range(32)))
    assert len(secrets) == 1
    assert len(secrets.pop()) > 40
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret"]
    assert (settings.data_dir / "secret").stat().st_mode & 0o777 == 0o600


def test_a_given_secret_is_not_stored(tmp_path: Path) -> None:
    given = "a key of at least 32 characters ..."
    assert Settings(data_dir=tmp_path, secret_key=given).secret() == given
    assert list(tmp_path.iterdir()) == []


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())
