"""Interpreters read scripts and execute nothing; where they cannot, nothing is held against one."""

import os
import shutil
from pathlib import Path

import pytest

from usher.host import interpreters

PATH = {"PATH": os.environ["PATH"]}
NODE = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


@pytest.mark.parametrize(
    ("program", "name", "text", "fault", "line"),
    [
        ("python3", "a.py", "x = 1\n", "", 0),
        ("python3", "a.py", "x = 1\nx = (\n", "SyntaxError: '(' was never closed", 2),
        ("bash", "a.sh", "echo x\n", "", 0),
        ("bash", "a.sh", "if true; then\necho x\n", "syntax error", 0),
        pytest.param("node", "a.js", "let x = 1;\n", "", 0, marks=NODE),
        pytest.param("node", "a.js", "let a = 1;\nlet x = ;\n", "SyntaxError: ", 2, marks=NODE),
        pytest.param("node", "a.mjs", "import x from 'nowhere';\n", "", 0, marks=NODE),
    ],
)
def test_a_script_is_read(
    tmp_path: Path, program: str, name: str, text: str, fault: str, line: int
) -> None:
    script = tmp_path / name
    script.write_text(text)
    said = interpreters.check([program, name], str(tmp_path), PATH, version=False)
    assert said is not None
    assert fault in said.fault
    assert bool(said.fault) == bool(fault)
    if line:
        assert (said.line, said.file) == (line, str(script))


def test_nothing_is_executed(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for program, name, text in [
        ("python3", "a.py", f"open({str(ran)!r}, 'w')\n"),
        ("bash", "a.sh", f"touch {ran}\n"),
        ("node", "a.js", f"require('fs').writeFileSync({str(ran)!r}, 'x')\n"),
    ]:
        (tmp_path / name).write_text(text)
        (tmp_path / "hook.cjs").write_text(f"require('fs').writeFileSync({str(ran)!r}, 'x')\n")
        env = {**PATH, "NODE_OPTIONS": f"--require {tmp_path}/hook.cjs"}
        interpreters.check([program, name], str(tmp_path), env)
    assert not ran.exists()
    assert not (tmp_path / "__pycache__").exists()


@pytest.mark.parametrize(
    "argv",
    [
        ["no-such-interpreter", "a.js"],
        ["python3", "-m", "http.server"],
        ["python3", "missing.py"],
        ["sleep", "10"],
        [],
    ],
)
def test_what_is_not_known_is_not_judged(tmp_path: Path, argv: list[str]) -> None:
    assert interpreters.check(argv, str(tmp_path), PATH) is None


@NODE
def test_node_says_its_version_and_leaves_other_languages_alone(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("type X = number;\n")
    (tmp_path / "b.js").write_text("const x = <div/>;\n")
    for argv in (["node", "a.ts"], ["node", "-r", "x/register", "b.js"]):
        said = interpreters.check(argv, str(tmp_path), PATH)
        assert said is None or (said.fault == "" and said.node.count(".") == 2)


def test_an_interpreter_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bash"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    (tmp_path / "a.sh").write_text("echo x\n")
    monkeypatch.setattr(interpreters, "TIME_LIMIT", 0.2)
    env = {"PATH": f"{tmp_path}:{PATH['PATH']}"}
    said = interpreters.check(["bash", "a.sh"], str(tmp_path), env)
    assert said is not None
    assert said.fault == ""
