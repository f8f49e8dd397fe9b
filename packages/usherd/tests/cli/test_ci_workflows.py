"""The workflows of the how-to do what they are for: the right pair passes, the wrong one fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

SHOP = Path(__file__).parents[1] / "guard" / "situations" / "s1-three-files" / "right"
PAIRS = [("web", "webserver", 0), ("api", "apiserver", 0), ("api", "webserver", 2)]


@pytest.fixture
def workflows(project_root: Path) -> list[Any]:
    """Read the YAML blocks of the page: GitHub's, then GitLab's."""
    page = (project_root / "docs" / "how-to" / "usher-check-in-ci.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    return [YAML(typ="safe").load(block) for block in blocks]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "checkout"))


def run(command: str, checkout: Path, **variables: str) -> int:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(checkout.parent), **variables}
    words = ["bash", "-e", "-c", command]
    return subprocess.run(words, cwd=checkout, env=env, timeout=120, check=False).returncode


@pytest.mark.parametrize(("role", "kind", "code"), PAIRS)
def test_github(workflows: list[Any], checkout: Path, role: str, kind: str, code: int) -> None:
    steps = workflows[0]["jobs"]["check"]["steps"]
    check, report = [step for step in steps if "usher check" in step.get("run", "")]
    values = {"role": role, "file": f"ecosystem.config.{kind}.cjs"}

    def command(step: Any) -> str:
        return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: values[found[1]], step["run"])

    assert run(command(check), checkout) == code
    # The report is written in either case, for the step that uploads it.
    assert run(command(report), checkout) == 0
    assert '"version":"2.1.0"' in (checkout / "usher.sarif").read_text()


@pytest.mark.parametrize(("role", "kind", "code"), PAIRS)
def test_gitlab(workflows: list[Any], checkout: Path, role: str, kind: str, code: int) -> None:
    (command,) = workflows[1]["usher-check"]["script"]
    file = f"ecosystem.config.{kind}.cjs"
    assert run(command, checkout, ROLE=role, FILE=file) == code
    assert "<testsuites" in (checkout / "usher.xml").read_text()
