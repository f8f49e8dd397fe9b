"""The code map is true: every folder of the sources has its sentence, and no sentence is stale."""

import re
from pathlib import Path


def source_folders(root: Path) -> set[str]:
    folders: set[str] = set()
    for package in ("packages/usherd/src/usher", "packages/boxoffice/src/boxoffice"):
        for path in (root / package).rglob("*"):
            if path.is_dir() and path.name != "__pycache__" and any(path.iterdir()):
                folders.add(str(path.relative_to(root)))
        folders.add(package)
    return folders | {f"{name}" for name in ("benchmarks", "changes", "docs", "tests", "tools")}


def documented_folders(root: Path) -> set[str]:
    text = (root / "docs" / "architecture.md").read_text()
    return set(re.findall(r"^\| `([^`]+)/` \| .+ \|$", text, re.MULTILINE))


def test_code_map_names_every_folder(project_root: Path) -> None:
    assert documented_folders(project_root) == source_folders(project_root)
