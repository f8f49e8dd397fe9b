"""Generated documents are in step with the code; `just docs` puts them back."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = [
    "gen_boxoffice_routes",
    "gen_checks_reference",
    "gen_events_reference",
    "gen_faults_reference",
    "gen_http_reference",
    "gen_metrics_reference",
    "gen_state_diagram",
    "gen_view_lineage",
]


@pytest.mark.parametrize("tool", TOOLS)
def test_document_is_current(project_root: Path, tool: str) -> None:
    done = subprocess.run(
        [sys.executable, f"tools/{tool}.py", "--check"],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"run tools/{tool}.py\n{done.stdout}{done.stderr}"


def test_every_tool_is_checked(project_root: Path) -> None:
    assert sorted(path.stem for path in (project_root / "tools").glob("gen_*.py")) == TOOLS
