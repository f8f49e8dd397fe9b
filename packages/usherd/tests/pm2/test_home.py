"""Which folder is meant, for usher's state and for PM2's files."""

from pathlib import Path

import pytest

from usher.client.home import pm2_home, usher_home

HOME = Path.home()

STATE = [
    (None, {}, HOME / ".usher"),
    (None, {"PM2_HOME": "/srv/pm2"}, Path("/srv/pm2/usher")),
    (None, {"PM2_HOME": "/srv/pm2", "USHER_HOME": "/srv/usher"}, Path("/srv/usher")),
    ("/given", {"PM2_HOME": "/srv/pm2", "USHER_HOME": "/srv/usher"}, Path("/given")),
    (None, {"PM2_HOME": "~/pm2"}, HOME / "pm2/usher"),
    (None, {"USHER_HOME": ""}, HOME / ".usher"),
]


@pytest.mark.parametrize(("given", "env", "expected"), STATE)
def test_state(given: str | None, env: dict[str, str], expected: Path) -> None:
    assert usher_home(given, env) == expected


def test_pm2s_folder() -> None:
    assert pm2_home({}) == HOME / ".pm2"
    assert pm2_home({"PM2_HOME": "/srv/pm2"}) == Path("/srv/pm2")
