"""Which program is run: splitting of arguments, choice of interpreters, where scripts are found."""

from pathlib import Path

import pytest

from usher.config.pm2.program import Asked, Program, ProgramError, find, words


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("", ()),
        ("  a   b ", ("a", "b")),
        ("a \"b c\" 'd e'", ("a", "b c", "d e")),
        ('--f="g h" x=y', ('--f="g h"', "x=y")),
        ('-a a=b"c d"', ("-a", 'a=b"c', 'd"')),
        ('"open', ('"open',)),
        (["a b", 1, 2.0, True], ("a b", "1", "2", "true")),
    ],
)
def test_arguments_are_split_as_pm2_does(
    text: str | list[str | int | float | bool], split: tuple[str, ...]
) -> None:
    assert words(text) == split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold programs of many kinds, and a PATH with some interpreters."""
    for name in ("node", "bash", "python3", "ruby"):
        write(tmp_path / "bin" / name, "#!/bin/false\n", 0o755)
    write(tmp_path / "bin" / "tool", "\0ELF", 0o755)
    for version in ("v18.2.0", "v18.19.1", "v20.1.0", "v8.0.0", "vsomething"):
        write(tmp_path / "nvm" / "versions" / "node" / version / "bin" / "node", "", 0o755)
    return tmp_path


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def program(folder: Path, script: str, interpreter: str | None = None) -> Program:
    env = {"PATH": str(folder / "bin"), "HOME": str(folder), "NVM_DIR": str(folder / "nvm")}
    return find(Asked(script, "", interpreter, "", folder, env))


@pytest.mark.parametrize(
    ("name", "text", "mode", "interpreter"),
    [
        ("a.js", "", 0o644, "node"),
        ("a.mjs", "", 0o644, "node"),
        ("a.sh", "", 0o644, "bash"),
        ("a.py", "", 0o644, "python3"),
        ("a.rb", "", 0o644, "ruby"),
        ("a.ts", "", 0o644, "node"),
        ("a.txt", "text", 0o644, "node"),
        ("plain", "text", 0o644, "node"),
        ("js-tool", "#!/usr/bin/env node\n", 0o755, "node"),
        ("sh-tool", "#!/bin/sh\n", 0o755, "none"),
        ("sh-text", "#!/bin/sh\n", 0o644, "node"),
        ("program", "\0\1\2", 0o755, "none"),
    ],
)
def test_interpreter_by_suffix_else_by_content(
    folder: Path, name: str, text: str, mode: int, interpreter: str
) -> None:
    write(folder / name, text, mode)
    found = program(folder, name)
    assert found.interpreter == interpreter
    assert found.argv[-1] == str(folder / name)


def test_a_script_beside_wins_over_a_program_on_path(folder: Path) -> None:
    assert program(folder, "tool").script == str(folder / "bin" / "tool")
    write(folder / "tool", "\0own", 0o755)
    assert program(folder, "tool").script == str(folder / "tool")


def test_the_home_and_links_stay_as_written(folder: Path) -> None:
    write(folder / "real.js", "")
    (folder / "current.js").symlink_to(folder / "real.js")
    assert program(folder, "~/current.js").script == str(folder / "current.js")


@pytest.mark.parametrize(
    ("interpreter", "version"),
    [
        ("node@18", "v18.19.1"),
        ("node@18.2", "v18.2.0"),
        ("node@v20", "v20.1.0"),
        ("node@8", "v8.0.0"),
    ],
)
def test_an_installed_node_is_taken(folder: Path, interpreter: str, version: str) -> None:
    write(folder / "a.js", "")
    found = program(folder, "a.js", interpreter)
    assert found.argv[0] == str(folder / "nvm" / "versions" / "node" / version / "bin" / "node")
    assert found.interpreter == interpreter
    assert found.is_node


@pytest.mark.parametrize(
    ("script", "interpreter", "field", "said"),
    [
        ("none.js", None, "script", "cannot find the script "),
        ("./tool", None, "script", "cannot find the script "),
        ("a.js", "nope", "interpreter", "cannot find the interpreter 'nope' on PATH"),
        ("a.js", "./nope", "interpreter", "cannot run the interpreter "),
        ("a.js", "node@16", "interpreter", "cannot find Node 16 in "),
        ("a.php", None, "interpreter", "cannot find the interpreter 'php' on PATH"),
        ("a.js", "none", "script", "cannot run "),
    ],
)
def test_what_cannot_be_run(
    folder: Path, script: str, interpreter: str | None, field: str, said: str
) -> None:
    for name in ("a.js", "a.php"):
        write(folder / name, "")
    with pytest.raises(ProgramError) as caught:
        program(folder, script, interpreter)
    assert caught.value.field == field
    assert str(caught.value).startswith(said)
