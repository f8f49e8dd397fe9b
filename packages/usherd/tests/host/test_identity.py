"""What the host says, and which role file only root or usher itself can have written."""

import json
import os
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from usher.host import caller, identity, programs
from usher.model.guard import Evidence, Source
from usher.model.spec import Pm2View, ServiceSpec, SocketSpec, TcpAddress


def look(kind: str, name: str = "", key: str = "", **env: str) -> Evidence:
    (found,) = identity.look([Source(kind, name, key)], env)  # pyright: ignore[reportArgumentType]
    return found


def test_variables_and_the_name_of_the_host() -> None:
    assert look("env", "KIND", KIND="api").values == ("api",)
    assert look("env", "KIND", KIND="").absent
    assert look("env", "KIND").absent
    assert look("hostname").values == (socket.gethostname(),)


def test_addresses_are_real_ones_and_not_loopback() -> None:
    found = look("address").values
    assert all(not ip_address(one).is_loopback for one in found)


@pytest.mark.parametrize(
    ("mode", "pinned"),
    [(0o644, True), (0o600, True), (0o400, True), (0o664, False), (0o646, False), (0o666, False)],
)
def test_a1_04_a_role_file_is_pinned_by_owner_and_mode(
    tmp_path: Path, mode: int, pinned: bool
) -> None:
    path = tmp_path / "role"
    path.write_text(" api \n")
    path.chmod(mode)
    assert look("file", str(path)) == Evidence(Source("file", str(path)), ("api",), pinned=pinned)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file away")
def test_a1_04_a_role_file_of_another_user_is_not_pinned(tmp_path: Path) -> None:
    path = tmp_path / "role"
    path.write_text("api")
    os.chown(path, 12345, -1)
    assert not look("file", str(path)).pinned


def test_a1_04_a_role_file_is_not_pinned_where_anybody_may_replace_it(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "role").write_text("api")
    folder.chmod(0o777)
    assert not look("file", str(folder / "role")).pinned
    folder.chmod(0o1777)  # as /tmp: only its owner may replace it
    assert look("file", str(folder / "role")).pinned


def test_what_is_there_and_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert look("file", str(tmp_path / "none")).absent
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, said in {
        "folder": "no regular file",
        "pipe": "no regular file",
        "empty": "says nothing",
        "bytes": "no text",
    }.items():
        assert said in look("file", str(tmp_path / name)).fault, name


def test_tags_of_a_cloud(tmp_path: Path) -> None:
    path = tmp_path / "meta.json"
    path.write_text(json.dumps({"ds": {"tags": {"role": "web", "n": 3, "all": ["a", "b"]}}}))
    assert look("tag", str(path), "ds.tags.role").values == ("web",)
    assert look("tag", str(path), "ds.tags.n").values == ("3",)
    assert look("tag", str(path), "ds.tags.all").values == ("a", "b")
    assert look("tag", str(path), "ds.tags.none").fault == "says nothing"
    assert look("tag", str(path), "ds").fault == "says nothing"
    path.write_text("no JSON")
    assert look("tag", str(path), "ds.tags.role").fault


def test_who_asks_is_told_by_the_process_that_does() -> None:
    found = caller.look(os.getpid(), os.getuid())
    assert found.user
    assert found.program
    assert caller.look(2**22 + 1, 54321) == caller.Caller(54321)


@pytest.mark.parametrize(
    ("argv", "script", "args"),
    [
        (("node", "main.js", "--x"), "main.js", ("--x",)),
        (("/usr/bin/env", "main.js"), "main.js", ()),
        (("npm", "run", "dev"), "npm", ("run", "dev")),
        (("bash", "-c", "npm run dev"), "bash", ("-c", "npm run dev")),
    ],
)
def test_what_a_definition_runs(
    argv: tuple[str, ...], script: str, args: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "main.js").write_text("")
    app = programs.app_of(ServiceSpec("a", argv, str(tmp_path)), {})
    assert (app.script, app.args) == (
        str(tmp_path / script) if script == "main.js" else script, args
    )  # fmt: skip


def test_links_are_resolved_and_ports_found_wherever_they_are_said(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "main.js").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    spec = ServiceSpec(
        "a",
        ("node", "main.js", "--port=3002", "-p", "3003"),
        str(tmp_path / "link"),
        label="A",
        role="web",
        sockets=(SocketSpec("http", TcpAddress("127.0.0.1", 3004)),),
        pm2=Pm2View(script=str(tmp_path / "link" / "main.js"), args=("--port=3002",)),
        origin=f"{tmp_path}/a:b.json:12",
    )
    app = programs.app_of(spec, {"PORT": "3001"})
    assert (app.script, app.cwd) == (f"{tmp_path}/real/main.js", f"{tmp_path}/real")
    assert sorted(app.ports) == [3001, 3002, 3003, 3004]
    assert (app.file, app.label, app.role) == (f"{tmp_path}/a:b.json", "A", "web")
