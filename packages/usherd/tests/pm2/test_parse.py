"""PM2's command line, word by word. Expectations were recorded from the program itself."""

import re

import pytest

from usher.pm2.commands import COMMANDS, find
from usher.pm2.options import OPTIONS
from usher.pm2.parse import UsageError, parse

GIVEN = {
    "start a.js": {},
    "start a.js --name x": {"name": "x"},
    "start a.js --name=x": {"name": "x"},
    "start a.js -n x -i 2": {"name": "x", "instances": "2"},
    "start a.js -i -1": {"instances": "-1"},
    "start a.js -i max -f": {"instances": "max", "force": True},
    "start a.js -fn x": {"force": True, "name": "x"},
    "start a.js -i4": {"instances": "4"},
    "start a.js -i=4": {"instances": "4"},
    "-s start a.js": {"silent": True},
    "--name x start a.js": {"name": "x"},
    "start a.js --watch": {"watch": True},
    "start a.js --watch --name x": {"watch": True, "name": "x"},
    "start a.js --watch src": {"watch": "src"},
    "start a.js --watch --name x -l": {"watch": True, "name": "x", "log": True},
    "start a.js --no-autorestart --no-daemon": {"no-autorestart": True, "no-daemon": True},
    "start a.js -a": {"update-env": True},
    "start a.js -x --interpreter python3": {"execute-command": True, "interpreter": "python3"},
    "start a.js -- --name y -i 3": {},
    "logs a.js --lines 3 --nostream --raw": {"lines": "3", "nostream": True, "raw": True},
}


@pytest.mark.parametrize("line", GIVEN)
def test_options_stand_anywhere(line: str) -> None:
    words = parse(line.split())

    assert words.given == GIVEN[line]
    assert words.args == ("a.js",)
    assert words.command is not None


def test_scaling_takes_a_negative_number() -> None:
    assert parse(["scale", "app", "-2"]).args == ("app", "-2")


def test_words_after_two_dashes_belong_to_the_script() -> None:
    words = parse(["start", "a.js", "--", "--name", "y", "--", "z"])

    assert words.script_args == ("--name", "y", "--", "z")


def test_a_value_may_look_like_a_command() -> None:
    words = parse(["--name", "stop", "start", "a.js"])

    assert (words.name, words.value("name")) == ("start", "stop")


def test_a_single_dash_is_a_word_and_means_standard_input() -> None:
    assert parse(["start", "-"]).args == ("-",)


def test_no_words_are_no_command() -> None:
    words = parse([])

    assert (words.name, words.command) == ("", None)


def test_an_unknown_command_is_kept_as_it_was_written() -> None:
    words = parse(["strat", "a.js"])

    assert (words.name, words.command) == ("strat", None)


WRONG = {
    "start a.js --badopt": "unknown option `--badopt'",
    "start b -2": "unknown option `-2'",
    "start a.js -fz": "unknown option `-z'",
    "start a.js --name": "option `-n --name <name>' argument missing",
    "list --lines 3": "unknown option `--lines'",
    "stop": "missing required argument `id|name|namespace|all|json|stdin'",
    "delete": "missing required argument `name|id|namespace|script|all|json|stdin'",
    "sendSignal": "missing required argument `signal'",
    "scale b": "missing required argument `number'",
    # --watch takes the next word, so no target is left.
    "restart --watch child": "missing required argument `id|name|namespace|all|json|stdin'",
}


@pytest.mark.parametrize("line", WRONG)
def test_mistakes_are_told_in_pm2s_words(line: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(WRONG[line])}$"):
        parse(line.split())


def test_help_of_a_command_needs_no_arguments() -> None:
    assert parse(["stop", "--help"]).flag("help")


def test_every_name_stands_once() -> None:
    names = [name for command in COMMANDS for name in command.names]
    flags = [flag for option in OPTIONS for flag in (option.long, option.short) if flag]

    assert len(names) == len(set(names))
    assert len(flags) == len(set(flags))


def test_every_command_is_answered_or_names_another_way() -> None:
    neither = [each.name for each in COMMANDS if bool(each.handler) == bool(each.instead)]

    assert neither == []
    assert find("ls") is find("list")
