"""usher runs boxoffice with the project's own usher.toml, as the README says."""

import http.client
import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process


class House:
    """The whole of usher.toml, running on a port of its own."""

    def __init__(self, usher: Any, port: int) -> None:
        self.usher = usher
        self.port = port

    def page(self, path: str = "/?lang=en", timeout: float = 30) -> str:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.read().decode()

    def api_pid(self, slot: int) -> int:
        return self.usher.pids()["api", slot]

    def told(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.usher.events("api") if each["event"] == event]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def house(usher: Any, project_root: Path) -> Iterator[House]:
    port = free_port()
    written = (project_root / "usher.toml").read_text()
    assert "127.0.0.1:8000" in written
    usher.config(written.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    usher.env["BOXOFFICE_HOME"] = str(usher.folder / "boxoffice")
    started = usher("start")
    assert f"127.0.0.1:{port}" in started.stdout
    yield House(usher, port)
    usher("kill")


class Visitors(threading.Thread):
    """Asks for the page without pause; remembers what went wrong and when."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.leave = threading.Event()
        self.answered = 0
        self.faults: list[tuple[float, str]] = []

    def run(self) -> None:
        while not self.leave.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answered += 1
                else:
                    self.faults.append((time.monotonic(), f"status {answer.status}"))
            except OSError as error:
                self.faults.append((time.monotonic(), repr(error)))
            finally:
                connection.close()


def test_everything_comes_up_from_nothing(house: House) -> None:
    page = house.page()
    assert "<table" in page
    assert "<svg" in page
    services = house.usher.services()
    assert {name: each["ready"] for name, each in services.items() if name != "season"} == {
        "database": 1,
        "api": 2,
    }
    assert services["season"]["instances"][0]["phase"] == "exited"


def test_visitors_notice_no_kill_but_that_of_their_own_server(
    house: House, until: Callable[..., Any]
) -> None:
    visitors = [Visitors(house.port) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    until(lambda: all(visitor.answered for visitor in visitors), 30)

    killed = house.api_pid(0)
    os.kill(killed, signal.SIGKILL)
    at = time.monotonic()
    until(lambda: house.usher.pids()["api", 0] not in (None, killed), 30)
    until(house.usher.all_up, 30)
    for ours in ("daemon", "keeper"):
        before, pid = house.usher.pids(), house.usher.ping()[ours]["pid"]
        os.kill(pid, signal.SIGKILL)
        until(
            lambda ours=ours, pid=pid: (found := house.usher.ping()[ours]) and found["pid"] != pid,
            30,
        )
        until(house.usher.all_up, 30)
        assert house.usher.pids() == before

    for visitor in visitors:
        visitor.leave.set()
        visitor.join(60)
    # Only what was on its way through the killed process itself may have failed.
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert [fault for fault in faults if fault[0] - at > 2] == []
    assert len(faults) <= len(visitors)


def test_a_stopped_server_is_noticed_continued_and_verified(
    house: House, until: Callable[..., Any]
) -> None:
    os.kill(house.api_pid(1), signal.SIGSTOP)
    until(lambda: house.told("recovered"), 60)
    story = [each["event"] for each in house.usher.events("api") if each["slot"] == 1]
    # A busy host may fail a single question before; the story begins with the hang.
    wanted = ["unhealthy", "evidence", "continued", "recovered"]
    assert "probe-failing" in story[: story.index("unhealthy")]
    assert [event for event in story if event in wanted] == wanted
    assert house.page()


@pytest.mark.debian
def test_a_person_looks_at_the_season_and_changes_the_language(house: House) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 844})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(request.url))
        page.goto(f"http://127.0.0.1:{house.port}/?lang=ko")
        assert page.get_by_role("heading", level=1).inner_text() == "시즌 현황"
        assert page.get_by_role("row").count() > 5
        page.get_by_role("link", name="English").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Season overview"
        assert page.locator("svg").first.is_visible()
        # A phone shows the page without scrolling sideways.
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert faults == []
