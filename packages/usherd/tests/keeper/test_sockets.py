"""Sockets held by the keeper: passed on, queued, steered, handed back."""

import contextlib
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import steering
from usher.keeper.sockets import Sockets

pytestmark = pytest.mark.process

LOOPBACK = {"host": "127.0.0.1", "port": 0}


def hold(daemon: Any, key: str, **fields: Any) -> tuple[dict[str, Any], socket.socket]:
    asked = {"type": "stream", "address": LOOPBACK, "backlog": 16, "reuse_port": False, "mode": 0}
    reply, fds = daemon.ask_fds("socket", key=key, **{**asked, **fields})
    return reply, socket.socket(fileno=fds[0])


def connect(address: dict[str, Any]) -> socket.socket:
    return socket.create_connection((address["host"], address["port"]), timeout=5)


def test_a_service_gets_its_sockets_by_number_and_by_placeholder(house: Any) -> None:
    code = (
        "import os, socket, sys\n"
        "given = [socket.socket(fileno=fd) for fd in (3, 4)]\n"
        "print(os.environ['LISTEN_FDS'], os.environ['LISTEN_FDNAMES'], sys.argv[1:],"
        " os.environ['LISTEN_PID'] == str(os.getpid()),"
        " [each.getsockname()[1] for each in given], os.get_blocking(3))\n"
    )
    house.keeper()
    daemon = house.daemon()
    ports = []
    for key in ("one", "two"):
        reply, held = hold(daemon, key)
        ports.append(reply["address"]["port"])
        held.close()
    spec = house.spec(sys.executable, "-c", code, "{fd}", "--fd={fd:web}", "{other}")
    spec["sockets"] = [{"key": "one", "name": "http"}, {"key": "two", "name": "web"}]
    daemon.start("a", spec)
    daemon.wait("exited", run="a")
    expected = f"2 http:web ['3', '--fd=4', '{{other}}'] True {ports} True\n"
    assert house.text() == expected, house.text("err.log")


def test_clients_queue_while_no_service_runs(house: Any) -> None:
    code = "import socket; s = socket.socket(fileno=3).accept()[0]; s.sendall(b'served'); s.close()"
    house.keeper()
    daemon = house.daemon()
    reply, held = hold(daemon, "web")
    held.close()
    spec = house.spec(sys.executable, "-c", code, sockets=[{"key": "web", "name": "web"}])
    with connect(reply["address"]) as early, connect(reply["address"]) as late:
        for run, client in (("a", early), ("b", late)):
            daemon.start(run, spec)
            assert client.recv(100) == b"served"
            daemon.wait("exited", run=run)


def test_holding_is_idempotent_and_closing_stops_listening(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    first, one = hold(daemon, "web")
    second, two = hold(daemon, "web")
    assert first["address"] == second["address"]
    daemon.ask("close-socket", key="web")
    with one, two, pytest.raises(ConnectionRefusedError):
        connect(first["address"])  # although duplicates of it are still open here


def test_unix_sockets_get_their_mode_and_a_stale_file_is_replaced(house: Any, refused: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    for kind in ("stream", "dgram"):
        path = house.home / kind
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(path))
        sock.close()  # the file stays
        _, held = hold(daemon, kind, type=kind, address={"path": str(path)}, mode=0o660)
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(refused) as caught:
            hold(daemon, "other", type=kind, address={"path": str(path)}, mode=0o600)
        assert caught.value.reply["errno"] == 98  # in use: it answers
        held.close()
        daemon.ask("close-socket", key=kind)
        assert not path.exists()


@pytest.mark.parametrize("host", ["example.org", "", "1.2.3"])
def test_only_numeric_hosts_are_bound(house: Any, refused: Any, host: str) -> None:
    house.keeper()
    daemon = house.daemon()
    if not host:
        reply, held = hold(daemon, "web", address={"host": host, "port": 0})
        held.close()
        assert reply["address"]["host"] == "0.0.0.0"  # noqa: S104
        return
    with pytest.raises(refused, match="not a numeric address"):
        hold(daemon, "web", address={"host": host, "port": 0})


def served_by(members: list[socket.socket], address: dict[str, Any], clients: int) -> list[int]:
    """Connect `clients` times; return how many connections each member got."""
    counts = [0] * len(members)
    with contextlib.ExitStack() as stack:
        for _ in range(clients):
            stack.enter_context(connect(address))
        for number, member in enumerate(members):
            member.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    member.accept()[0].close()
                    counts[number] += 1
    return counts


def test_steering_takes_new_connections_away(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    reply, first = hold(daemon, "0", reuse_port=True, backlog=200)
    address = reply["address"]
    members = [first]
    members += [hold(daemon, key, reuse_port=True, address=address, backlog=200)[1] for key in "12"]
    keys = ["0", "1", "2"]
    assert served_by(members, address, 30) == [30, 0, 0], "nobody may be there for the others yet"
    daemon.ask("steer", keys=keys, keep=keys)
    assert all(served_by(members, address, 90))
    daemon.ask("steer", keys=keys, keep=["0", "2"])
    counts = served_by(members, address, 60)
    assert counts[1] == 0
    assert counts[0] > 0
    assert counts[2] > 0
    # Closing the first moves the last into its place in the kernel's array.
    daemon.ask("close-socket", key="0")
    assert served_by(members[1:], address, 60) == [0, 60]
    daemon.ask("steer", keys=["1", "2"], keep=["1", "2"])
    assert all(served_by(members[1:], address, 60))
    for member in members:
        member.close()


@pytest.mark.parametrize("key", ["0", "1"])
def test_no_connection_goes_astray_while_a_socket_is_closed(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Until the next choice takes effect, the kernel has other places than the last one meant."""
    sockets = Sockets()
    asked = {"type": "stream", "address": LOOPBACK, "backlog": 200, "reuse_port": True, "mode": 0}
    address = sockets.hold(asked | {"key": "0"}).record["address"]
    for other in "123":
        sockets.hold(asked | {"key": other, "address": address})
    sockets.steer([*"0123"], ["2", "3"])  # 0 and 1 have no process any more
    members = [each.socket for each in sockets.all() if each.record["key"] != key]
    counts: list[int] = []
    choose = steering.steer

    def late(member: socket.socket, keep: list[int]) -> None:
        if gone.fileno() < 0:
            counts.extend(served_by(members, address, 60))
        choose(member, keep)

    gone = sockets[key].socket
    monkeypatch.setattr(steering, "steer", late)
    sockets.close(key)
    assert counts[0] == 0
    assert sum(counts) == 60
    for member in members:
        member.close()


def test_a_new_keeper_gets_sockets_and_runs_back(house: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    reply, held = hold(daemon, "web", reuse_port=True)
    held.close()
    daemon.hello()  # hands out duplicates with their records
    with connect(reply["address"]) as waiting:
        keeper.kill()
        keeper.wait()
        house.keeper()
        successor = house.daemon()
        successor.held, daemon.held = daemon.held, []
        successor.hand_back()
        assert successor.hello()["sockets"] == ["web"]
        code = "import socket; socket.socket(fileno=3).accept()[0].sendall(b'served')"
        spec = house.spec(sys.executable, "-c", code, sockets=[{"key": "web", "name": "web"}])
        successor.start("a", spec)
        assert waiting.recv(100) == b"served"


@pytest.mark.parametrize(
    ("closed", "before", "after"),
    [(0, [1, 2, 3], [1, 2, 0]), (1, [0, 2, 3], [0, 2, 1]), (3, [0, 1, 2], [0, 1, 2]), (0, [], [])],
)
def test_the_order_follows_the_kernels_array(
    closed: int, before: list[int], after: list[int]
) -> None:
    records = [{"order": order} for order in before]
    steering.closed(closed, records)
    assert [record["order"] for record in records] == after


def test_the_keepers_socket_is_private_and_may_have_a_long_home(tmp_path: Path, house: Any) -> None:
    from usher.keeper import paths

    house.home = tmp_path / ("long" * 30)
    house.home.mkdir()
    house.keeper()
    house.daemon()
    path = Path(paths.keeper_socket(str(house.home)))
    assert len(os.fsencode(path)) <= 107
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    path.unlink()
    path.parent.rmdir()
