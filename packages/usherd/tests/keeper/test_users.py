"""Who a service runs as: exactly that user with its groups, its limits, and no way back."""

import grp
import os
import pwd
from typing import Any

import pytest

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


def status(text: str) -> dict[str, list[str]]:
    lines = (line.partition(":")[::2] for line in text.splitlines() if ":" in line)
    return {name: value.split() for name, value in lines}


def test_a_service_gets_the_groups_of_its_user_and_no_rights_beyond(house: Any) -> None:
    """PM2 keeps the groups of root in cluster mode and drops the user's in fork mode."""
    ours = os.getgroups()
    os.setgroups([*ours, grp.getgrnam("adm").gr_gid])
    try:
        house.keeper()
    finally:
        os.setgroups(ours)
    daemon = house.daemon()
    nobody = pwd.getpwnam("nobody")
    extra = grp.getgrnam("mail").gr_gid
    spec = house.spec("/usr/bin/env", "cat", "/proc/self/status") | {
        "uid": nobody.pw_uid,
        "gid": nobody.pw_gid,
        "groups": [nobody.pw_gid, extra],
        "cwd": "/",
    }
    daemon.start("home:a:1.0:1", spec)
    assert daemon.wait("exited", run="home:a:1.0:1")["status"] == {"code": 0}
    seen = status(house.text())
    assert seen["Uid"] == [str(nobody.pw_uid)] * 4
    assert seen["Gid"] == [str(nobody.pw_gid)] * 4
    assert seen["Groups"] == sorted([str(nobody.pw_gid), str(extra)], key=int)
    assert seen["NoNewPrivs"] == ["1"]
    assert int(seen["CapEff"][0], 16) == 0


def test_limits_are_set_by_name(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/cat", "/proc/self/limits") | {"rlimits": {"core": 0, "stack": 1 << 23}}
    daemon.start("home:a:1.0:1", spec)
    daemon.wait("exited", run="home:a:1.0:1")
    lines = {line[:25].strip(): line[25:].split() for line in house.text().splitlines()}
    assert lines["Max core file size"][:2] == ["0", "0"]
    assert lines["Max stack size"][:2] == [str(1 << 23)] * 2


def test_an_unknown_limit_is_refused(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/true") | {"rlimits": {"colour": 1}}
    with pytest.raises(AssertionError, match="no limit 'colour'"):
        daemon.ask("spawn", run="home:a:1.0:1", spec=spec)
