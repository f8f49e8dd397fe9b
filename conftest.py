"""Switches of the whole test run."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.usher_home"]

ROOT = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--debian",
        action="store_true",
        help="also run tests that need Debian packages (.ci/run installs them)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--debian"):
        return
    skip = pytest.mark.skip(reason="needs Debian packages: run with --debian")
    for item in items:
        if "debian" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder of the golden sets; it lies beside the checkout."""
    return Path(os.environ.get("GOLDEN", ROOT.parent / "shared" / "golden"))


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT
