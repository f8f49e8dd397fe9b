"""An app that needs what usher does not run: who waits, for how long, and what is said."""

import socket
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process


def test_an_external_is_waited_for_and_told(usher: Any) -> None:
    """Its socket is there later than the app: `start` says so, and it starts then."""
    path = usher.folder / "db.sock"
    usher.config(
        f'[externals.db]\nsocket = "{path}"\ninterval = "100ms"\npatience = "500ms"\n'
        '[apps.api]\ncommand = ["sleep", "1000"]\ndepends_on = ["db"]\n'
    )
    failed = usher("start", code=3)
    assert f"waiting for external db (cannot connect to {path}" in failed.stderr
    told = usher.services()["api"]
    assert told["status"] == "waiting"
    assert told["depends_on"] == {"db": "external"}
    assert "waiting for external db" in usher("describe", "api").stdout
    with socket.socket(socket.AF_UNIX) as database:
        database.bind(str(path))
        database.listen()
        until(usher.all_ready)
    path.unlink()
    (pid,) = usher.pids().values()
    usher("stop", "api")
    usher("start", "api", code=3)
    assert pid is not None
    assert usher.pids() == {("api", 0): None}
