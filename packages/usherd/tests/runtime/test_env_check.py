"""What is told of the variables of an app in trouble."""

from collections.abc import Iterable

import pytest

from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.runtime.env_check import EnvCheck

KEY = ev.Key("api", 1, 2)


class Home:
    """One instance; both the office and the stream of events."""

    def __init__(self, pid: int | None, differing: list[str]) -> None:
        self._pid = pid
        self._differing = differing
        self.told: list[tuple[str, str, str, int]] = []

    def spec_of(self, key: ev.Key) -> ServiceSpec | None:
        return ServiceSpec("api", ("x",), "/")

    def live_pid(self, key: ev.Key) -> int | None:
        return self._pid

    def of(self, spec: ServiceSpec, pids: Iterable[int]) -> list[str]:
        assert [*pids] == [self._pid]
        return self._differing

    def note(self, event: str, detail: str, now: ev.Now, service: str, slot: int) -> None:
        self.told.append((event, detail, service, slot))


@pytest.mark.parametrize(
    ("pid", "differing", "said"),
    [
        (7, ["DB_HOST", "PORT"], "not as in the definition and its files: DB_HOST, PORT"),
        (7, [], "its variables are those of its definition and files"),
        (None, [], "nothing runs whose variables could be compared"),
    ],
)
def test_a3_15_the_variables_of_an_app_in_trouble_are_compared(
    pid: int | None, differing: list[str], said: str
) -> None:
    home = Home(pid, differing)
    EnvCheck(home, home, home).look(KEY)
    assert home.told == [("env-checked", said, "api", 2)]
