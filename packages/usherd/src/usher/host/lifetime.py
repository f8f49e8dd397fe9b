"""What would end a keeper that is started here: the end of a login, a job or another service.

A keeper stays in the control group of whoever started it, and systemd ends groups as a whole. One
that systemd starts itself (`usher startup`) has a group of its own.
"""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CI_VARIABLES: Final = {
    "GITHUB_ACTIONS": "GitHub Actions",
    "GITLAB_CI": "GitLab CI",
    "JENKINS_URL": "Jenkins",
    "BUILDKITE": "Buildkite",
    "TEAMCITY_VERSION": "TeamCity",
    "CI": "CI",
}
"""Variables that CI systems set in their jobs, `CI` being what nearly all of them have."""

SPARING: Final = ("ssh.service", "sshd.service", "cron.service", "crond.service")
"""Units with KillMode=process: what was started by their logins and jobs outlives them."""

OWN: Final = "usher-"
"""How the units begin that `usher startup` writes: they have KillMode=process, too."""

ADVICE: Final = "`usher startup` gives usher a service of its own"

_LINGERING: Final = Path("/var/lib/systemd/linger")


def end_of_keeper(pid: int | None = None) -> str:
    """Return one sentence for people, or nothing where a keeper may live on.

    `pid`: of a keeper that runs; without one it is about a keeper that would be started here.
    """
    process = "self" if pid is None else str(pid)
    try:
        user = pwd.getpwuid(Path("/proc", process).stat().st_uid).pw_name
        groups = Path("/proc", process, "cgroup").read_text()
    except (KeyError, OSError):  # no such user, no /proc: a container, which has its own ways
        user, groups = "", ""
    return sentence(groups, os.environ if pid is None else {}, user, _LINGERING)


def sentence(groups: str, env: Mapping[str, str], user: str, lingering: Path) -> str:
    """Read `groups` (/proc/self/cgroup); `lingering` holds a file for each user that lingers."""
    job = next((name for variable, name in CI_VARIABLES.items() if env.get(variable)), "")
    if job:
        return f"this is a {job} job: usher and its apps may be killed when it ends; {ADVICE}"
    units = _units(groups)
    if "user.slice" in units:
        return _at_logout(units, user, lingering)
    service = next((unit for unit in units if unit.endswith(".service")), "")
    spared = service in SPARING or service.startswith(OWN)
    if service and not spared and "system.slice" in units:
        return f"usher and its apps are ended together with {service!r}; {ADVICE}"
    return ""


def _at_logout(units: list[str], user: str, lingering: Path) -> str:
    if units[-1].startswith("session-"):
        # logind ends it only with KillUserProcesses=yes: what is the default differs by system.
        return f"a logout may end usher and its apps (KillUserProcesses of logind); {ADVICE}"
    if (lingering / user).exists():
        return ""
    return (
        f"the last logout of {user!r} ends usher and its apps: "
        f"run `loginctl enable-linger`, or {ADVICE}"
    )


def _units(groups: str) -> list[str]:
    """Parts of our path in systemd's tree, from above: that of version 2, else the named one."""
    found: dict[str, str] = {}
    for line in groups.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        found[controllers] = path
    path = found.get("name=systemd") or found.get("", "")
    return [part for part in path.split("/") if part] or [""]
