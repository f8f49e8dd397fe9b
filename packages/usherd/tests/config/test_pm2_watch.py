"""What is watched, and what `ignore_watch` takes out of it."""

import re
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from usher.config.pm2.watch import as_regex
from usher.model.spec import ServiceSpec

CWD = Path("/srv/app.one")


@pytest.mark.parametrize(
    ("pattern", "ignored", "kept"),
    [
        ("node_modules", ["node_modules/x.js", "lib/node_modules/y"], ["node_modules2/x"]),
        ("./tmp", ["tmp/a", "deep/tmp"], ["tmpx"]),
        ("tmp/", ["tmp/a"], ["tmpx/a"]),
        ("*.log", ["a.log", "logs/b.log"], ["a.logs", "alog"]),
        ("logs/*.log", ["logs/a.log"], ["a.log", "logs/deep/a.log"]),
        ("logs/**/*.log", ["logs/a.log", "logs/deep/er/a.log"], ["a.log"]),
        ("lib/**", ["lib/a", "lib/b/c"], ["library/a"]),
        ("file?.js", ["file1.js"], ["file.js", "file12.js"]),
        ("*.{log,tmp}", ["a.log", "b.tmp"], ["c.js"]),
        ("[ab].js", ["a.js", "b.js"], ["c.js"]),
        ("[!ab].js", ["c.js"], ["a.js"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_globs(pattern: str, ignored: list[str], kept: list[str]) -> None:
    regex = re.compile(as_regex(pattern, CWD))
    assert [name for name in ignored if not regex.search(str(CWD / name))] == []
    assert [name for name in kept if regex.search(str(CWD / name))] == []


@pytest.mark.parametrize(
    ("fields", "ignored", "kept"),
    [
        ("", [".env", "x/.cache/y", "node_modules/a.js", "logs/a", "a.log", ".git/x"], ["a.js"]),
        ("ignore_watch: ['tmp']", ["tmp/a", "node_modules/a.js", ".git/x"], [".env", "logs/a"]),
        ("ignore_watch: 'tmp'", ["tmp/a"], ["a.js"]),
        ("ignore_watch: [/\\.SWP$/i]", ["a.swp"], ["a.swpx"]),
        ("ignore_watch: [/(?<name>x)y/]", ["xy.js"], ["a.js"]),
    ],
)
def test_ignore_watch(
    pm2_app: Callable[..., ServiceSpec], fields: str, ignored: list[str], kept: list[str]
) -> None:
    app = pm2_app(f"watch: true, {fields}")
    assert app.watch is not None
    patterns = [re.compile(pattern) for pattern in app.watch.ignore]

    def is_ignored(name: str) -> bool:
        return any(pattern.search(str(PurePath(app.cwd) / name)) for pattern in patterns)

    assert [name for name in ignored if not is_ignored(name)] == []
    assert [name for name in kept if is_ignored(name)] == []


@pytest.mark.parametrize(
    ("fields", "paths", "delay"),
    [
        ("watch: true", ["{cwd}"], 0.3),
        ("watch: 'lib'", ["{cwd}/lib"], 0.3),
        ("watch: ['lib', '/etc/x'], watch_delay: 1000", ["{cwd}/lib", "/etc/x"], 1.0),
        ("watch: 'true'", ["{cwd}"], 0.3),
        ("usher: { watch: { paths: ['src'], delay: '2s' } }", ["{cwd}/src"], 2.0),
    ],
)
def test_what_is_watched(
    pm2_app: Callable[..., ServiceSpec], fields: str, paths: list[str], delay: float
) -> None:
    app = pm2_app(fields)
    assert app.watch is not None
    assert [path.replace(app.cwd, "{cwd}") for path in app.watch.paths] == paths
    assert app.watch.delay == delay


@pytest.mark.parametrize("fields", ["", "watch: false", "watch: 'false'", "watch: []"])
def test_nothing_is_watched(pm2_app: Callable[..., ServiceSpec], fields: str) -> None:
    assert pm2_app(fields).watch is None
