"""The settings as the commands have them: from the environment, as the service has."""

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.cli.failing import Failure
from app.config import Settings


def settings() -> Settings:
    """The settings in force. One that is wrong ends the command, named."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{str(found['loc'][0]).upper()}: {found['msg']}." for found in error.errors()]
        raise Failure(f"A setting in the environment is wrong. {' '.join(wrong)}") from None
    except SettingsError as error:  # a list that is no JSON
        raise Failure(f"A setting in the environment is wrong: {error}.") from None
