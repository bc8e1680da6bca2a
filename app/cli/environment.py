"""The settings as the commands have them: from the environment, as the service has."""

from pydantic import ValidationError

from app.cli.failing import Failure
from app.config import Settings


def settings() -> Settings:
    """The settings in force. One that is wrong ends the command, named."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, found['loc'])).upper()}: {found['msg']}" for found in error.errors()]
        raise Failure(f"wrong settings in the environment: {'; '.join(wrong)}.") from None
    except ValueError as error:  # a list that is no JSON
        raise Failure(f"wrong settings in the environment: {error}.") from None
