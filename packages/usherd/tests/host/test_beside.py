"""A living PM2, seen through a /proc of our own making, and what is in whose way."""

import os
from pathlib import Path
from typing import Any

import pytest

from usher.client import UsherError
from usher.client import beside as rule
from usher.host import beside
from usher.model.spec import Pm2View, ServiceSpec, SocketSpec, TcpAddress

LISTENS = "   1: 0100007F:{port:04X} 00000000:0000 0A 0 0 0 {uid} 0 {inode} 1 0 100 0 0 10 0\n"


class Proc:
    """A /proc with as much of a process as is looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "net").mkdir()
        (folder / "net" / "tcp").write_text("head\n")

    def process(
        self, pid: int, command: str, *, children: str = "", cwd: str = "/", **env: str
    ) -> None:
        entry = self.folder / str(pid)
        (entry / "task" / str(pid)).mkdir(parents=True)
        (entry / "fd").mkdir()
        (entry / "cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0" * 9)
        (entry / "environ").write_text("\0".join(f"{k}={v}" for k, v in env.items()) + "\0")
        (entry / "task" / str(pid) / "children").write_text(children)
        (entry / "cwd").symlink_to(cwd)

    def listens(self, pid: int, port: int) -> None:
        with (self.folder / "net" / "tcp").open("a") as table:
            table.write(LISTENS.format(port=port, uid=os.getuid(), inode=port * 10))
        (self.folder / str(pid) / "fd" / "5").symlink_to(f"socket:[{port * 10}]")


@pytest.fixture
def living(tmp_path: Path) -> list[beside.Living]:
    proc = Proc(tmp_path)
    title = "PM2 v7.0.4: God Daemon (/home/it/.pm2)"
    proc.process(10, title, children="11 12")
    proc.listens(10, 8000)
    script = "/srv/shop/work.py"
    proc.process(11, f"python {script}", cwd="/srv/shop", name="work", pm_exec_path=script)
    proc.listens(11, 9000)
    proc.process(12, "node /srv/shop/web.js", cwd="/srv/shop")
    proc.process(20, "vim PM2 v7.0.4: God Daemon (/home/it/.pm2)")
    return beside.find(tmp_path)


def test_it_is_found_by_its_title_with_its_apps(living: list[beside.Living]) -> None:
    (pm2,) = living
    assert (pm2.pid, pm2.home, pm2.ports) == (10, Path("/home/it/.pm2"), {8000})
    work, web = pm2.apps
    assert work == beside.App(
        11, "work", Path("/srv/shop/work.py"), Path("/srv/shop"), frozenset({9000})
    )
    assert (web.name, web.script) == ("", Path("/srv/shop/web.js"))


def test_the_pm2_of_another_user_is_not_ours(tmp_path: Path) -> None:
    Proc(tmp_path).process(10, "PM2 v7.0.4: God Daemon (/home/it/.pm2)")
    assert beside.find(tmp_path, uid=os.getuid() + 1) == []


def spec(**changes: Any) -> ServiceSpec:
    fields: dict[str, Any] = {"name": "x", "argv": ("run",), "cwd": "/other", **changes}
    return ServiceSpec(**fields)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (spec(pm2=Pm2View(script="/srv/shop/web.js"), cwd="/srv/shop"), "the same script"),
        (spec(pm2=Pm2View(script="/srv/shop/web.js"), cwd="/srv/blue"), None),
        (spec(name="work", cwd="/srv/shop"), "'work' from the same folder '/srv/shop' as pid 11"),
        (spec(name="work@2", label="work", cwd="/srv/shop"), "from the same folder"),
        (spec(name="work", cwd="/srv/blue"), None),
        (spec(cwd="/srv/shop"), None),
        (spec(env={"PORT": "9000"}), "pid 11 on the same port 9000"),
        (spec(env={"PORT": "8000"}), "listens on the same port 8000"),
        (spec(env={"PORT": "8001"}), None),
        (
            spec(sockets=(SocketSpec("http", TcpAddress("127.0.0.1", 8000)),)),
            "listens on the same port 8000",
        ),
        (spec(sockets=(SocketSpec("http", TcpAddress("127.0.0.1", 0)),)), None),
    ],
)
def test_the_same_app_is_one_of_its_script_name_and_folder_or_port(
    living: list[beside.Living], service: ServiceSpec, said: str | None
) -> None:
    found = beside.conflicts([service], living)
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_refusals_name_the_way_out(
    living: list[beside.Living], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule.beside, "find", lambda: living)
    rule.refuse([spec()], writes=Path("/elsewhere"))
    for services, writes in (([spec(env={"PORT": "8000"})], None), ([], Path("/home/it/.pm2"))):
        with pytest.raises(UsherError) as refused:
            rule.refuse(services, writes=writes)
        assert refused.value.exit_code == 2
        assert "usher adopt" in refused.value.hint
