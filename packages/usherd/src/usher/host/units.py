"""The text that starts usher at boot, for each init system, and the commands that install it.

Only systemd's is installed and checked by us; the others are printed for people to look at.
"""

import shlex
from collections.abc import Callable
from glob import escape as escape_glob
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from usher.host.boot import Boot, service_name
from usher.keeper.startup import ENDED_AS_ASKED

SYSTEMD_FOLDER: Final = Path("/etc/systemd/system")

_STOP_TIME: Final = 90
"""Seconds for all apps to stop when the host goes down."""


def systemd(boot: Boot) -> str:
    """Return the unit.

    - Type=notify: the keeper says READY=1 when its daemon has said hello; no pid file, no race.
    - NotifyAccess=all: a keeper that the daemon had to start says that it is the MAINPID now.
    - KillMode=process: a stop reaches the keeper only, which has the apps stopped in their order.
    - RestartKillSignal=SIGKILL: `systemctl restart` replaces the keeper and leaves every app alone,
      by the promise that a killed keeper harms nothing. `systemctl reload` is `usher update`.
    - Restart=always within 0.1 s: whatever ends the keeper, it comes back and adopts (the daemon
      waits 1 s for it). An end by `usher kill` was asked for and is told by its exit status.
    - No WatchdogSec: a watchdog would be a timer of its own in a program that has none while idle,
      and its cure, killing the keeper, would be worse than the disease; the keeper watches the
      daemon, and the daemon the keeper's answers.
    """
    command = " ".join(_systemd_word(word) for word in boot.argv)
    update = " ".join(_systemd_word(word) for word in boot.update_argv)
    return f"""\
[Unit]
Description=usher of {boot.user}: keeps services running
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=60
StartLimitBurst=30

[Service]
Type=notify
NotifyAccess=all
User={boot.user}
Group={boot.group}
WorkingDirectory=~
UMask=0077
Environment={_systemd_word(f"PATH={boot.path}")}
Environment={_systemd_word(f"USHER_HOME={boot.usher_home}")}
ExecStart={command}
ExecReload={update}
KillMode=process
RestartKillSignal=SIGKILL
Restart=always
RestartSec=100ms
RestartPreventExitStatus={ENDED_AS_ASKED}
SuccessExitStatus={ENDED_AS_ASKED}
TimeoutStartSec=60
TimeoutStopSec={_STOP_TIME}
LimitNOFILE=1048576
OOMScoreAdjust=-500
Delegate=yes

[Install]
WantedBy=multi-user.target
"""


def _systemd_word(word: str) -> str:
    """Quote one word: systemd expands % and $ and reads C escapes within quotes."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def openrc(boot: Boot) -> str:
    """Return an init script for openrc-run."""
    command, *words = boot.argv
    arguments = " ".join(shlex.quote(word) for word in words)
    return f"""\
#!/sbin/openrc-run
description="usher of {boot.user}"
supervisor=supervise-daemon
command={shlex.quote(command)}
command_args={shlex.quote(arguments)}
command_user={shlex.quote(f"{boot.user}:{boot.group}")}
umask=0077
retry="TERM/{_STOP_TIME}/KILL/5"
export PATH={shlex.quote(boot.path)}
export USHER_HOME={shlex.quote(str(boot.usher_home))}

depend() {{
    need net
}}
"""


def sysv(boot: Boot) -> str:
    """Return an init script for hosts without any supervision of their own."""
    command, *words = boot.argv
    arguments = " ".join(shlex.quote(word) for word in words if word != "--foreground")
    return f"""\
#!/bin/sh
### BEGIN INIT INFO
# Provides:          {boot.service}
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: usher of {boot.user}
### END INIT INFO
PATH={shlex.quote(boot.path)}
USHER_HOME={shlex.quote(str(boot.usher_home))}
export PATH USHER_HOME
umask 077
PIDFILE="$USHER_HOME/keeper.pid"
case "$1" in
  start)
    start-stop-daemon --start --background --chuid {shlex.quote(f"{boot.user}:{boot.group}")} \\
      --startas {shlex.quote(command)} -- {arguments}
    ;;
  stop)
    [ -r "$PIDFILE" ] && read -r pid rest <"$PIDFILE" && kill -TERM "$pid"
    ;;
  restart|force-reload)
    "$0" stop
    sleep 2
    "$0" start
    ;;
  *)
    echo "usage: $0 start|stop|restart" >&2
    exit 1
    ;;
esac
"""


def launchd(boot: Boot) -> str:
    """Return a property list; usher itself supervises on Linux only."""
    words = "\n".join(f"    <string>{escape(word)}</string>" for word in boot.argv)
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{boot.service}</string>
  <key>UserName</key><string>{boot.user}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key><string>{escape(boot.path)}</string>
    <key>USHER_HOME</key><string>{escape(str(boot.usher_home))}</string>
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><true/>
  <key>AbandonProcessGroup</key><true/>
</dict>
</plist>
"""


def runit(boot: Boot) -> str:
    """Return a run script."""
    command = " ".join(shlex.quote(word) for word in boot.argv)
    return f"""\
#!/bin/sh
PATH={shlex.quote(boot.path)}
USHER_HOME={shlex.quote(str(boot.usher_home))}
export PATH USHER_HOME
umask 077
exec chpst -u {shlex.quote(boot.user)} {command}
"""


TEXTS: Final[dict[str, Callable[[Boot], str]]] = {
    "systemd": systemd,
    "openrc": openrc,
    "sysv": sysv,
    "launchd": launchd,
    "runit": runit,
}
"""Init system -> its text."""


def target(kind: str, user: str) -> Path:
    """Return where the text of an init system belongs. Raises BootError for such a user."""
    name = service_name(user)
    return {
        "systemd": SYSTEMD_FOLDER / f"{name}.service",
        "openrc": Path("/etc/init.d") / name,
        "sysv": Path("/etc/init.d") / name,
        "launchd": Path("/Library/LaunchDaemons") / f"{name}.plist",
        "runit": Path("/etc/sv") / name / "run",
    }[kind]


def enabling(kind: str, user: str) -> list[str]:
    """Return the commands that a person types, as root, once the text is in its place."""
    name, file = service_name(user), target(kind, user)
    return {
        "systemd": ["systemctl daemon-reload", f"systemctl enable --now {name}"],
        "openrc": [f"chmod 755 {file}", f"rc-update add {name}", f"rc-service {name} start"],
        "sysv": [f"chmod 755 {file}", f"update-rc.d {name} defaults", f"{file} start"],
        "launchd": [f"launchctl bootstrap system {file}"],
        "runit": [f"chmod 755 {file}", f"ln -s {file.parent} /etc/service/"],
    }[kind]


def links(kind: str, file: Path) -> list[str]:
    """Return patterns of paths, of which one is there when the text at `file` is enabled."""
    name = file.stem
    return {
        "systemd": [f"{escape_glob(str(file.parent))}/multi-user.target.wants/{file.name}"],
        "openrc": [f"/etc/runlevels/*/{name}"],
        "sysv": [f"/etc/rc[2-5].d/S[0-9][0-9]{name}"],
        "launchd": [escape_glob(str(file))],
        "runit": [
            f"{folder}/{file.parent.name}"
            for folder in ("/etc/service", "/var/service", "/etc/runit/runsvdir/default")
        ],
    }[kind]


def disabling(kind: str, user: str) -> list[str]:
    """Return the commands that undo `enabling`; apps go on until `usher kill`."""
    name, file = service_name(user), target(kind, user)
    return {
        "systemd": [f"systemctl disable {name}", f"rm {file}", "systemctl daemon-reload"],
        "openrc": [f"rc-update del {name}", f"rm {file}"],
        "sysv": [f"update-rc.d -f {name} remove", f"rm {file}"],
        "launchd": [f"launchctl bootout system/{name}", f"rm {file}"],
        "runit": [f"rm /etc/service/{name}", f"rm -r {file.parent}"],
    }[kind]
