"""Files that are programs: what they may do, what they cannot, and what is said about it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from usher.config.javascript import evaluate as javascript
from usher.config.javascript.evaluate import EnvRead, Evaluated, Program, evaluate
from usher.model.finding import Finding

Run = Callable[..., "Evaluated | Finding"]


@pytest.fixture(params=["node", "embedded"])
def engine(request: pytest.FixtureRequest, node: str) -> str:
    return node if request.param == "node" else ""


@pytest.fixture
def run(tmp_path: Path, engine: str) -> Run:
    def evaluate_text(text: str, name: str = "x.config.js", **env: str) -> Evaluated | Finding:
        file = tmp_path / name
        file.write_text(text)
        caller = {"PATH": os.environ["PATH"], **env}
        return evaluate(Program(name, file, "module", text, caller, tmp_path), engine)

    return evaluate_text


def exported(found: Evaluated | Finding) -> object:
    assert isinstance(found, Evaluated), found
    return found.tree


def said(found: Evaluated | Finding) -> str:
    assert isinstance(found, Finding), found
    return str(found)


def test_what_json_does_not_know_travels_as_marks(run: Run) -> None:
    found = run(
        "module.exports = { r: /a\\/b/i, u: undefined, f() {}, n: null, d: new Date(0), big: 5n,"
        " l: [undefined, /x/], p: Promise.resolve(1) }"
    )
    assert exported(found) == {
        "r": {"$re": "a\\/b", "flags": "i"},
        "u": {"$undef": True},
        "f": {"$fn": "f"},
        "n": None,
        "d": "1970-01-01T00:00:00.000Z",
        "big": "5",
        "l": [{"$undef": True}, {"$re": "x", "flags": ""}],
        "p": {"$fn": "promise"},
    }


def test_nothing_that_is_printed_gets_into_the_answer(run: Run) -> None:
    text = "console.log('x'); process.stdout.write('{}'); console.error('y'); module.exports = 1"
    assert exported(run(text)) == 1


def test_it_runs_in_the_callers_folder_and_knows_its_own(run: Run, tmp_path: Path) -> None:
    text = "module.exports = [process.cwd(), __dirname, __filename]"
    assert exported(run(text)) == [str(tmp_path), str(tmp_path), str(tmp_path / "x.config.js")]


def test_variables_that_were_looked_at_are_known(run: Run) -> None:
    text = "const copy = { ...process.env }; module.exports = [process.env.ONE, process.env.TWO]"
    found = run(text, ONE="1", OTHER="2")
    assert exported(found) == ["1", {"$undef": True}]
    assert isinstance(found, Evaluated)
    assert found.reads == (EnvRead("ONE", was_set=True), EnvRead("TWO", was_set=False))


def test_what_it_puts_into_its_environment_is_told(run: Run) -> None:
    found = run(
        "process.env.NEW = 1; delete process.env.OLD; module.exports = 1", OLD="x", SAME="y"
    )
    assert isinstance(found, Evaluated)
    assert found.changed == {"NEW": "1", "OLD": None}


def test_modules_beside_it_can_be_required(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shared.js").write_text("exports.one = require('./data.json').one")
    (tmp_path / "data.json").write_text('{"one": 1}')
    text = "const { one } = require('./shared'); module.exports = { one }"
    assert exported(run(text)) == {"one": 1}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("export const apps = [{ name: 'named' }]", {"apps": [{"name": "named"}]}),
        ("export default { apps: [{ name: 'default' }] }", {"apps": [{"name": "default"}]}),
        (
            """import path from 'path'
import { join } from 'node:path'
export default [path.join('a', join('b', 'c'))]""",
            ["a/b/c"],
        ),
    ],
)
def test_es_modules(run: Run, text: str, tree: object) -> None:
    assert exported(run(text, "x.config.mjs")) == tree


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("module.exports = {\n  a: 1,\n  b: }\n", 3, "SyntaxError"),
        ("\n\nmodule.exports = { a: nope.b }", 3, "ReferenceError: nope is not defined"),
        ("null.x", 1, "TypeError"),
        ("\nthrow new Error('DATABASE_URL is needed')", 2, "DATABASE_URL is needed"),
        ("\nrequire('./nowhere')", 2, "Cannot find module './nowhere'"),
        ("throw 'plain'", 0, "plain"),
        ("const a = {}; a.a = a; module.exports = a", 0, "contains itself"),
    ],
)
def test_mistakes_are_told_with_their_line(run: Run, text: str, line: int, part: str) -> None:
    found = said(run(text))
    assert part in found
    assert found.startswith(
        f"x.config.js:{line}: cannot evaluate the file" if line else "x.config.js"
    )


def test_no_message_shows_source_or_values_of_the_environment(run: Run) -> None:
    for text in (
        "module.exports = { password: 'hunter2hunter2' ' }",
        "JSON.parse('hunter2hunter2')",
        "throw new Error('cannot reach ' + process.env.DATABASE)",
        "throw new Error('cannot reach postgres://me:hunter2hunter2@db/x')",
    ):
        assert "hunter2" not in said(run(text, DATABASE="hunter2hunter2"))


def test_an_endless_loop_ends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript, "TIME_LIMIT", 1.0)
    started = time.monotonic()
    assert "longer than 1 s" in said(run("while (true);"))
    assert time.monotonic() - started < 8


def test_a_large_answer_is_refused(run: Run) -> None:
    assert "more than 4 MiB" in said(run("module.exports = 'x'.repeat(5e6)"))


def test_memory_is_bounded(run: Run) -> None:
    found = said(run("const a = []; for (;;) a.push(new Array(1e6).fill(1));"))
    assert "memory" in found


def test_leaving_early_is_told(run: Run) -> None:
    assert "process.exit" in said(run("process.exit(0)"))


def test_an_absent_engine_is_told(tmp_path: Path) -> None:
    program = Program("x.config.js", tmp_path / "x.config.js", "module", "", {}, tmp_path)
    assert "cannot be run" in said(evaluate(program, "/nowhere/node"))


@pytest.fixture(params=[0, 50])
def descriptors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Node lets what it starts inherit descriptors above a gap, the one for the answer as well."""
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(request.param)]
    yield
    for fd in taken:
        os.close(fd)


@pytest.mark.usefixtures("descriptors")
def test_what_it_started_ends_with_it(tmp_path: Path, node: str) -> None:
    text = (
        "const child = require('child_process').spawn('sleep', ['300'], { stdio: 'ignore' });"
        "child.unref(); module.exports = child.pid"
    )
    file = tmp_path / "x.config.js"
    file.write_text(text)
    caller = {"PATH": os.environ["PATH"]}
    pid = exported(evaluate(Program("x", file, "module", text, caller, tmp_path), node))
    assert isinstance(pid, int)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/stat").exists() and _is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a file with its owner's rights")
def test_as_root_it_has_the_rights_of_its_owner(open_folder: Path, node: str) -> None:
    text = "module.exports = [process.getuid(), process.getgid(), process.getgroups()]"
    file = open_folder / "x.config.js"
    file.write_text(text)
    os.chown(file, 65534, 65534)
    caller = {"PATH": os.environ["PATH"]}
    found = evaluate(Program("x", file, "module", text, caller, open_folder), node)
    assert exported(found) == [65534, 65534, [65534]]


def test_embedded_says_what_needs_node(tmp_path: Path) -> None:
    file = tmp_path / "x.config.js"
    file.write_text("\nrequire('fs')")
    program = Program("x.config.js", file, "module", "", {}, tmp_path)
    found = said(evaluate(program, ""))
    assert found.startswith("x.config.js:2: cannot evaluate the file: cannot require 'fs' without")
