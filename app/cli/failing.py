"""How commands end that do not end well: one line on standard error, and an exit code of its own."""

import os
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
from click.exceptions import Abort, Exit, NoArgsIsHelpError

ERROR, INTERRUPTED, UNREAD = 2, 130, 141  # the last two as shells tell SIGINT and SIGPIPE


class Failure(click.ClickException):
    """A command cannot do what it was asked to; the text tells the user why. Exit code 2."""

    exit_code = ERROR


class Commands(click.Group):
    """The commands under one roof.

    Click's own way would end a command with 1, which here says that the pictures differ, also when it was interrupted
    or nobody read what it printed; and with a traceback where a file cannot be read.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and end the process."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # where the locale has no ×, print ? instead of failing
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except Abort:
            code = _tell("Interrupted.", INTERRUPTED)
        except NoArgsIsHelpError as asked:
            asked.show()
            code = ERROR
        except click.ClickException as error:
            code = _tell(f"Error: {_worded(error)}", error.exit_code)
        except Exception as error:
            code = _tell(f"Error: {_bug(error)}", ERROR)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; where nobody reads on, as after `| head`, it ends as quietly as others do."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python would try to print what is left, and complain
            raise Exit(UNREAD) from None


def _tell(line: str, code: int) -> int:
    click.echo(line, err=True)
    return code


def _worded(error: click.ClickException) -> str:
    words = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx:
        words += f" See `{error.ctx.command_path} --help`."
    return words


def _bug(error: Exception) -> str:
    """What nobody foresaw, with the place: enough to find it, and no page of code on somebody's terminal."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).split())
    return f"something failed inside: {type(error).__name__}: {words} ({Path(place.filename).name}:{place.lineno})"
