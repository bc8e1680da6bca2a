"""Errors of the commands: one line on standard error and an exit code."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import click
from click.exceptions import Abort, Exit, NoArgsIsHelpError

from app.logs import describe_exception

ERROR, INTERRUPTED, BROKEN_PIPE = 2, 130, 141  # the last two as shells report SIGINT and SIGPIPE


class Failure(click.ClickException):
    """A command failed. The text tells the user why. Exit code 2."""

    exit_code = ERROR


class Commands(click.Group):
    """The group of all commands, with its own error handling.

    Click would exit with 1 after an interrupt or a broken pipe, which here means that the pictures differ, and print a
    traceback if a file cannot be read.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and end the process."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a locale without × prints ? instead of failing
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # but keep it ignored, as in background jobs
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except Abort:
            code = _print_error("Interrupted.", INTERRUPTED)
        except NoArgsIsHelpError as usage:
            usage.show()
            code = ERROR
        except click.ClickException as error:
            code = _print_error(f"Error: {_message(error)}", error.exit_code)
        except OSError as error:
            code = _print_error(f"Error: {error.filename or 'standard output'}: {error.strerror or error}.", ERROR)
        except Exception as error:
            code = _print_error(f"Error: something failed inside: {describe_exception(error)}", ERROR)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and exit without a message if the reader closes the pipe, as `head` does."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python flushes stdout at exit and complains
            raise Exit(BROKEN_PIPE) from None


@contextmanager
def exit_on_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once, without cleanup: otherwise Python waits for all threads."""
    previous = signal.getsignal(signal.SIGINT)
    if previous is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _print_error(line: str, code: int) -> int:
    """Print a line, with ? for unprintable characters of file names, and return the code."""
    click.echo("".join(character if character.isprintable() else "?" for character in line), err=True)
    return code


def _message(error: click.ClickException) -> str:
    text = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx:
        text += f" See `{error.ctx.command_path} --help`."
    return text
