"""Errors of commands have an exit code and no traceback."""

import click
import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.cli.failing import Commands, Failure


def ended(error: BaseException) -> Result:
    @click.group(cls=Commands)
    def commands() -> None: ...

    @commands.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(commands, ["fail"], prog_name="app")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (Failure("It cannot be done."), 2, "Error: It cannot be done.\n"),
        (Failure("two\nlines"), 2, "Error: two lines\n"),
        (Failure("\x1b[31m\udcff\u202e.png"), 2, "Error: ?[31m??.png\n"),
        (click.UsageError("Not so."), 2, "Error: Not so. See `app fail --help`.\n"),
        (OSError(28, "No space left on device"), 2, "Error: standard output: No space left on device.\n"),
        (PermissionError(13, "Permission denied", "here.png"), 2, "Error: here.png: Permission denied.\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
    ],
)
def test_expected_errors(error: BaseException, code: int, message: str) -> None:
    result = ended(error)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


def test_an_unexpected_error_names_its_source_line() -> None:
    result = ended(ZeroDivisionError("division\nby zero"))
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "Error: something failed inside: ZeroDivisionError: division by zero (test_failing.py:"
    )
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("asked", [["--help"], ["-h"], ["compare", "--help"], ["sweep", "-h"], ["serve", "-h"]])
def test_help(asked: list[str]) -> None:
    result = CliRunner().invoke(cli, asked, prog_name="python -m app")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: python -m app ")


def test_without_a_command_help_is_shown() -> None:
    result = CliRunner().invoke(cli, [], prog_name="python -m app")
    assert result.exit_code == 2
    assert "compare " in result.stderr


def test_an_unknown_command_is_an_error() -> None:
    result = CliRunner().invoke(cli, ["compere"], prog_name="python -m app")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: No such command 'compere'.")
