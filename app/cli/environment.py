"""The settings of the commands, read from the environment as by the service."""

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.cli.failing import Failure
from app.config import Settings


def settings() -> Settings:
    """The settings from the environment. Raises Failure, naming every invalid setting."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{str(found['loc'][0]).upper()}: {found['msg']}." for found in error.errors()]
        raise Failure(f"A setting in the environment is wrong. {' '.join(wrong)}") from None
    except SettingsError as error:  # a list that is not valid JSON
        raise Failure(f"A setting in the environment is wrong: {error}.") from None
