"""What every command has at hand: its words, its voice, the daemon, and PM2's folder."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from usher.client import Client, NotRunningError, connect, ensure_running, usher_home, was_killed
from usher.client.beside import refuse
from usher.client.home import Places, pm2_home, pm2_places
from usher.pm2 import processes
from usher.pm2.parse import Words
from usher.pm2.processes import Process
from usher.pm2.voice import Voice


class Session:
    """One run of `usher pm2`. Everything of the outside is an argument."""

    def __init__(self, words: Words, voice: Voice, env: Mapping[str, str], cwd: Path) -> None:
        """Nothing is connected or started yet."""
        self.words = words
        self.voice = voice
        self.env = env
        self.cwd = cwd
        self._client: Client | None = None

    @property
    def home(self) -> Path:
        """Our own state folder."""
        return usher_home(env=self.env)

    @property
    def folder(self) -> Path:
        """PM2's folder: dump, settings, logs and pids are where its users expect them."""
        return pm2_home(self.env)

    @property
    def places(self) -> Places:
        """PM2's files, wherever its variables put them."""
        return pm2_places(self.env)

    @property
    def client(self) -> Client:
        """The daemon, started if need be: what PM2 does at every command. Raises UsherError."""
        if self._client is None:
            known = connect(str(self.home))
            try:
                known.ping()
            except NotRunningError:
                known = self._start()
            self._client = known
        return self._client

    @property
    def pid_file(self) -> Path:
        """Where scripts look for the pid of PM2's daemon; ours is the keeper's."""
        return self.places.pid

    def _start(self) -> Client:
        # A living PM2 keeps its folder to itself; our own state may lie in there.
        refuse((), writes=self.folder)
        self.voice.say(f"Spawning PM2 daemon with pm2_home={self.folder}")
        client = ensure_running(self.home)
        keeper = client.ping().keeper
        if keeper is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with suppress(OSError):  # a convenience for scripts
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.pid_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.fdopen(os.open(self.pid_file, flags, 0o600), "w") as file:
                    file.write(str(keeper.pid))
        self.voice.say("PM2 Successfully daemonized")
        return client

    @property
    def reader(self) -> Client:
        """The daemon for a command that only looks. Raises NotRunningError: nothing to see."""
        if self._client is not None or was_killed(self.home):
            return self.client
        known = connect(str(self.home))
        known.ping()
        return known

    @property
    def is_running(self) -> bool:
        """Whether there is a daemon already."""
        try:
            self.reader.ping()
        except NotRunningError:
            return False
        return True

    def processes(self) -> list[Process]:
        """Return the list; empty when nothing runs."""
        try:
            return processes.read(self.reader.jlist())
        except NotRunningError:
            return []

    def show_list(self, *, sort: str = "") -> None:
        """Print the table that PM2 prints after most commands."""
        color = str(int(self.voice.color))
        self.voice.show(self.view("list", color=color, columns=_columns(), sort=sort))

    def view(self, which: str, /, **query: str) -> str:
        """Return one of PM2's texts; that of an empty list when nothing runs."""
        try:
            return self.reader.pm2_view(which, query)
        except NotRunningError:
            return {"list": "", "mini": "", "pids": "\n", "ids": "[]\n"}.get(which, "[]\n")

    def done(self, each: Process, name: str = "") -> None:
        """Tell that an action on a process is done; `name`: what it is called from now on."""
        self.voice.say(f"[{name or each.name}]({each.pm_id}) ✓")

    def standard_input(self) -> str:
        """Read what was piped in, up to a size no list of apps has."""
        return sys.stdin.read(16 * 1024 * 1024)


def _columns() -> str:
    """Width of the terminal; wide where there is none, so that nothing is left out."""
    try:
        return str(os.get_terminal_size(1).columns or 80)
    except OSError:
        return "240"
