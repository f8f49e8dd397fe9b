"""Mistakes in a file are told by codes, which never change, and point at their line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from usher.config.load import Choice, ConfigError, Loaded, load

APP = "module.exports = [{ name: 'api', script: 'app.js',\n%s }]"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("nothing.toml", None, ("config.unreadable", 0)),
        ("usher.toml", "[apps.api]\ncommand = \n", ("config.syntax", 2)),
        ("x.config.js", "module.exports = {\n  apps: [,,}\n", ("config.syntax", 2)),
        ("usher.toml", "[apps.api]\ncomand = 'x'\n", ("config.unknown_key", 2)),
        ("x.config.js", APP % "instanses: 2", ("config.unknown_key", 2)),
        ("usher.toml", "[apps.api]\ncommand = 'sh'\ninstances = 0\n", ("config.value", 3)),
        ("usher.toml", "[apps.api]\ncommand = 'no-such-program'\n", ("config.not_here", 2)),
        ("x.config.js", APP % "cwd: '/nowhere/at/all'", ("config.not_here", 2)),
        ("x.config.js", APP % "gid: 'www'", ("config.advice", 2)),
    ],
)
def test_a_mistake_has_its_code(
    tmp_path: Path, name: str, text: str | None, expected: tuple[str, int]
) -> None:
    (tmp_path / "app.js").write_text("")
    if text is not None:
        (tmp_path / name).write_text(text)
    try:
        found = load(tmp_path / name).findings
    except ConfigError as error:
        found = error.findings
    assert expected in [(finding.code, finding.line) for finding in found]


@pytest.mark.parametrize(
    ("name", "text"),
    [("usher.toml", "[apps.api]\ncommand = 'sh'\n"), ("x.config.js", APP % "instances: 2")],
)
def test_a_good_file_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.js").write_text("")
    (tmp_path / name).write_text(text)
    assert load(Path(name)).findings == ()


def test_for_another_host_nothing_has_to_be_here(tmp_path: Path) -> None:
    file = tmp_path / "x.config.js"
    file.write_text(
        "module.exports = [{ name: 'web', script: 'npm', args: 'run dev', cwd: '/srv/o4o/web',"
        " env_file: '/etc/o4o.env', instances: 0.5 }]"
    )
    with pytest.raises(ConfigError) as caught:
        load(file, Choice(elsewhere=True))
    # What is wrong everywhere still is.
    assert [finding.field for finding in caught.value.findings] == ["instances"]
    file.write_text(file.read_text().replace("0.5", "2"))
    (service,) = load(file, Choice(elsewhere=True)).plan.services
    assert service.argv[-2:] == ("run", "dev")
    assert service.cwd == "/srv/o4o/web"


def test_keys_know_their_lines(load_text: Callable[..., Loaded]) -> None:
    text = "module.exports = [\n{ name: 'api',\nscript: 'app.js',\nenv: {\nPORT: 3000 } }]"
    lines = load_text(text).lines["api"]
    assert (lines[""], lines["script"], lines["env"], lines["env.PORT"]) == (2, 3, 4, 5)
