"""Pid files: whole, of the right process, and written through no link."""

from pathlib import Path

import pytest

from usher.model.spec import ServiceSpec
from usher.runtime import pid_files


@pytest.fixture
def spec(tmp_path: Path) -> ServiceSpec:
    return ServiceSpec(
        name="api", argv=("true",), cwd="/", pid_file=str(tmp_path / "run" / "api.pid")
    )


def test_each_instance_has_its_own(spec: ServiceSpec, tmp_path: Path) -> None:
    pid_files.write(spec, 3, 4711)
    pid_files.write(spec, 4, 4712)
    written = {file.name: file.read_text() for file in (tmp_path / "run").iterdir()}
    assert written == {"api-3.pid": "4711", "api-4.pid": "4712"}
    assert (tmp_path / "run" / "api-3.pid").stat().st_mode & 0o777 == 0o644


def test_what_a_link_leads_to_stays_as_it_is(spec: ServiceSpec, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "api-3.pid").symlink_to(precious)
    (tmp_path / "run" / "api-4.pid").hardlink_to(precious)
    pid_files.write(spec, 3, 4711)
    pid_files.write(spec, 4, 4711)
    assert precious.read_text() == "kept"
    assert (tmp_path / "run" / "api-3.pid").read_text() == "4711"


def test_only_the_file_that_names_the_process_is_removed(spec: ServiceSpec, tmp_path: Path) -> None:
    pid_files.write(spec, 3, 4712)
    pid_files.remove(spec, 3, 4711)
    assert (tmp_path / "run" / "api-3.pid").exists()
    pid_files.remove(spec, 3, 4712)
    assert not (tmp_path / "run" / "api-3.pid").exists()


def test_a_folder_that_cannot_be_made_stops_nothing(
    spec: ServiceSpec, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").write_text("a file")
    pid_files.write(spec, 3, 4711)
    assert "cannot write the pid file" in caplog.text
