"""The reference pages name exactly what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from usher.api.exit_codes import ExitCode
from usher.cli.parser import COMMANDS, build
from usher.config import schema
from usher.config.pm2.fields import ALIASES

REFERENCE = Path(__file__).parents[4] / "docs" / "reference"


def sections(page: str, level: str) -> dict[str, str]:
    """Return the text under each heading of a level."""
    parts = re.split(rf"^{level} (.+)\n", (REFERENCE / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def first_cells(text: str) -> Iterator[str]:
    """Yield the first cell of each row of the tables in a text, without their heads."""
    for row in re.findall(r"^\| (.+?) \|", text, flags=re.MULTILINE):
        if row not in ("Key", "Option", "Code"):
            yield row


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("An app", schema.App),
        ("questions", schema.Asking),
        ("ready", schema.Ready),
        ("probes", schema.Probe),
        ("externals", schema.External),
        ("remotes", schema.Remote),
        ("remotes.recover", schema.Step),
        ("remotes.limits", schema.Limits),
        ("remotes.wake", schema.Wake),
        ("restart", schema.Restart),
        ("stop", schema.Stop),
        ("sockets", schema.Socket),
        ("log", schema.Log),
        ("user", schema.User),
        ("rollout", schema.Rollout),
        ("secrets.NAME", schema.Secret),
        ("env_contract.NAME", schema.VariableNeed),
        ("pool", schema.Pool),
        ("pool.server", schema.Server),
        ("memory", schema.Memory),
        ("watch", schema.Watch),
    ],
)
def test_every_key_of_a_file_is_documented(heading: str, table: type[schema.Table]) -> None:
    keys = [cell.strip("`") for cell in first_cells(sections("configuration.md", "##")[heading])]
    own = set(table.__struct_encode_fields__)
    if table is not schema.Asking and issubclass(table, schema.Asking):
        own -= set(schema.Asking.__struct_encode_fields__)  # they stand under "questions"
    assert sorted(keys) == sorted(own)


def test_every_field_of_pm2s_files_is_documented_with_its_names() -> None:
    page = (REFERENCE / "ecosystem-files.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", page, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(schema.Pm2App.__struct_encode_fields__)
    written = {alias: name for name, cell in rows for alias in re.findall(r"`(\w+)`", cell)}
    assert written == ALIASES


def test_every_exit_code_is_documented() -> None:
    page = (REFERENCE / "exit-codes.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([a-z-]+) \|", page, flags=re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [
        (code.value, code.name.lower().replace("_", "-")) for code in ExitCode
    ]


def test_every_command_and_option_is_documented() -> None:
    documented = sections("cli.md", "###")
    assert list(documented) == [entry.name for entry in COMMANDS]
    common = {"-h", "--help", "--home", "--json"}
    for entry in COMMANDS:
        text = documented[entry.name]
        assert f"`usher {entry.name}" in text
        assert all(f"`{alias}`" in text for alias in entry.aliases)
        parser = build([entry])._subparsers
        assert parser is not None
        choices = parser._group_actions[0].choices
        assert isinstance(choices, dict)
        options = {
            option for action in choices[entry.name]._actions for option in action.option_strings
        }
        listed = {
            word.split()[0] for cell in first_cells(text) for word in re.findall(r"`(-.+?)`", cell)
        }
        assert listed == options - common, entry.name
