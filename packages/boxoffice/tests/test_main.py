"""The command line as a whole."""

import subprocess
import sys

import pytest

from boxoffice.main import COMMANDS, build_parser, load_command, main


def test_summary_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"    {name}" in printed for name in COMMANDS)


def test_summary_needs_no_driver_and_no_web_server() -> None:
    script = (
        "import sys; from boxoffice.main import build_parser; build_parser().format_help();"
        "print([m for m in ('sqlalchemy', 'fastapi', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_summaries_are_the_ones_of_the_commands() -> None:
    lazy = build_parser().format_help()
    loaded = build_parser(*(load_command(name) for name in COMMANDS)).format_help()
    assert lazy == loaded


@pytest.mark.parametrize("words", [[], ["nonsense"], ["serve", "--port", "x"], ["database", "-z"]])
def test_wrong_usage_is_exit_code_1(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: int | str | None = main(words)
    except SystemExit as end:
        code = end.code
    assert code == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err
