"""Where the data lies, decided from the environment alone."""

from pathlib import Path

import pytest

from boxoffice.database.home import LONGEST_SOCKET_PATH, Home, locate_home, socket_folder


@pytest.mark.parametrize(
    ("environ", "uid", "expected"),
    [
        ({}, 0, "/var/lib/boxoffice"),
        ({"XDG_DATA_HOME": "/data"}, 0, "/var/lib/boxoffice"),
        ({"XDG_DATA_HOME": "/data"}, 1000, "/data/boxoffice"),
        ({"BOXOFFICE_HOME": "/srv/box"}, 0, "/srv/box"),
        ({"BOXOFFICE_HOME": "/srv/box", "XDG_DATA_HOME": "/data"}, 1000, "/srv/box"),
        ({"BOXOFFICE_HOME": ""}, 0, "/var/lib/boxoffice"),
    ],
)
def test_home_is_named_or_belongs_to_the_user(
    environ: dict[str, str], uid: int, expected: str
) -> None:
    assert locate_home(environ, uid).root == Path(expected)


def test_home_of_a_user_without_settings_is_in_their_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/kim")
    assert locate_home({}, 1000).root == Path("/home/kim/.local/share/boxoffice")


def test_relative_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate_home({"BOXOFFICE_HOME": "./.boxoffice"}, 0).root == tmp_path / ".boxoffice"


@pytest.mark.parametrize(
    ("uid", "environ", "parent"),
    [(0, {"XDG_RUNTIME_DIR": "/run/user/0"}, "/run"), (1000, {"XDG_RUNTIME_DIR": "/r"}, "/r")],
)
def test_socket_moves_only_where_the_kernel_would_refuse_its_path(
    uid: int, environ: dict[str, str], parent: str
) -> None:
    overhead = len("/run/.s.PGSQL.65535.lock")
    longest = Home(Path("/" + "x" * (LONGEST_SOCKET_PATH - overhead - 1)))
    too_long = Home(Path("/" + "x" * (LONGEST_SOCKET_PATH - overhead)))
    assert socket_folder(longest, environ, uid) == longest.root / "run"
    assert socket_folder(too_long, environ, uid).parent == Path(parent)


def test_socket_path_is_counted_in_bytes_not_characters() -> None:
    home = Home(Path("/" + "한" * 30))
    assert socket_folder(home, {"XDG_RUNTIME_DIR": "/r"}, 1000).parent == Path("/r")


def test_two_homes_never_share_a_short_socket_folder() -> None:
    first, second = (Home(Path("/" + letter * 200)) for letter in "ab")
    assert socket_folder(first, {}, 0) != socket_folder(second, {}, 0)


def test_unfinished_cluster_is_no_other_major(tmp_path: Path) -> None:
    for name in ("postgres-17", "postgres-18", "postgres-18.unfinished"):
        (tmp_path / name).mkdir()
    assert Home(tmp_path).other_majors() == [tmp_path / "postgres-17"]
