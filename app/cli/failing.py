"""How commands end that do not end well: one line on standard error, and an exit code of its own."""

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
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
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # not where it is ignored, as in the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except Abort:
            code = _tell("Interrupted.", INTERRUPTED)
        except NoArgsIsHelpError as asked:
            asked.show()
            code = ERROR
        except click.ClickException as error:
            code = _tell(f"Error: {_worded(error)}", error.exit_code)
        except OSError as error:
            code = _tell(f"Error: {error.filename or 'standard output'}: {error.strerror or error}.", ERROR)
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


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process there and then, where nothing is to be put in order: else threads are waited for."""
    kept = signal.getsignal(signal.SIGINT)
    if kept is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)


def _tell(line: str, code: int) -> int:
    """One line, whatever a file name in it holds."""
    click.echo("".join(character if character.isprintable() else "?" for character in line), err=True)
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
