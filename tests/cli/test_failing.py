"""However a command ends: the exit code tells, and nobody sees a traceback."""

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
    ("error", "code", "told"),
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
def test_what_is_foreseen(error: BaseException, code: int, told: str) -> None:
    result = ended(error)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", told)


def test_what_nobody_foresaw_tells_its_place() -> None:
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


def test_no_command_is_answered_with_help() -> None:
    result = CliRunner().invoke(cli, [], prog_name="python -m app")
    assert result.exit_code == 2
    assert "compare " in result.stderr


def test_an_unknown_command_is_an_error() -> None:
    result = CliRunner().invoke(cli, ["compere"], prog_name="python -m app")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: No such command 'compere'.")
