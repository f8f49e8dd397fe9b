"""Switches of the whole test run."""

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.usher_home", "tests.node_programs", "tests.postgresql"]

pytest.register_assert_rewrite("tests.imaginary_host")

ROOT = Path(__file__).parent

DESCRIPTORS_LEFT = 30
"""Descriptors that a module may leave open: caches of libraries, objects not yet collected."""


# How fast an example is says something of the machine, not of us.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """A thread that a test left blocked would keep the run from ending, without a word."""
    limit = time.monotonic() + 10
    main = threading.main_thread()
    threads = [each for each in threading.enumerate() if each is not main and not each.daemon]
    for thread in threads:
        thread.join(max(0.0, limit - time.monotonic()))
    left = [thread.name for thread in threads if thread.is_alive()]
    if left:
        print(f"threads that tests left behind: {', '.join(left)}", flush=True)
        os._exit(pytest.ExitCode.TESTS_FAILED)


@pytest.fixture(scope="module", autouse=True)
def no_descriptor_leak() -> Iterator[None]:
    """What a module leaves open makes the tests after it fail, far from the cause."""
    before = len(_descriptors())
    yield
    left = len(_descriptors()) - before
    if left > DESCRIPTORS_LEFT:
        pytest.fail(f"its tests left {left} descriptors open", pytrace=False)


@pytest.fixture
def descriptors_end() -> Iterator[None]:
    """For tests of what is killed: then the kernel closes what the victim had open."""
    before = set(_descriptors())
    yield
    for fd in set(_descriptors()) - before:
        with contextlib.suppress(OSError):  # the folder's own, while it was read
            os.close(fd)


def _descriptors() -> list[int]:
    return [int(each.name) for each in Path("/proc/self/fd").iterdir()]


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """The test's temporary folder, for tests that act as another user too.

    pytest closes the folders above it to others; a worker of a parallel run has one more of them.
    """
    for folder in (tmp_path, *tmp_path.parents):
        if Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder of the golden sets; it lies beside the checkout."""
    return Path(os.environ.get("GOLDEN", ROOT.parent / "shared" / "golden"))


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT
