"""Where an app listens, against where it was declared to: spec/operations.md A.3.8 and A.3.12."""

import pytest

from usher.diagnosis.listening import BEGINS_WITHIN, Declared, Seen, judge
from usher.model.facts import Listener, Running

HOLDER = Running(17, "node old.js", "shop")
ANY, HERE = "0.0.0.0", "127.0.0.1"  # noqa: S104 (compared with, nothing is bound)


def seen(own: list[tuple[str, int]], others: list[tuple[str, int]], age: float) -> Seen:
    held = [Listener(port, host, (HOLDER,)) for host, port in others]
    return Seen(4711, age, [Listener(port, host) for host, port in own], held)


@pytest.mark.parametrize(
    ("declared", "own", "others", "age", "taken", "elsewhere"),
    [
        # as declared
        ([Declared(3000)], [(HERE, 3000)], [], 2, "", ""),
        ([Declared(3000, ANY)], [("::", 3000)], [], 2, "", ""),
        ([Declared(3000, "localhost")], [("::1", 3000)], [], 2, "", ""),
        ([Declared(3000, HERE)], [("::ffff:127.0.0.1", 3000)], [], 2, "", ""),
        ([Declared(3000), Declared(4000)], [(HERE, 4000)], [(ANY, 3000)], 99, "", ""),
        # not yet
        ([Declared(3000)], [], [], 99, "", ""),
        ([Declared(3000)], [(HERE, 9229)], [], BEGINS_WITHIN - 1, "", ""),
        # taken
        ([Declared(3000)], [], [(HERE, 3000)], 2, "4711 does not listen", ""),
        ([Declared(3000, HERE)], [], [("::", 3000)], 2, "4711 does not listen", ""),
        ([Declared(3000)], [(HERE, 3001)], [(ANY, 3000)], 99, f"listens on {HERE}:3001", ""),
        ([Declared(3000, "10.0.0.5")], [], [(HERE, 3000)], 2, "", ""),
        # elsewhere
        ([Declared(3000)], [("::1", 9)], [], BEGINS_WITHIN, "", "[::1]:9; declared is port 3000"),
        ([Declared(3000, ANY)], [(HERE, 3000)], [], 2, "", f"{HERE}:3000; declared is {ANY}:3000"),
        ([Declared(3000, HERE)], [(ANY, 3000)], [], 2, "", f"{ANY}:3000; declared is {HERE}:3000"),
    ],
)
def test_a3_08_a3_12_what_is_declared_against_what_listens(
    declared: list[Declared],
    own: list[tuple[str, int]],
    others: list[tuple[str, int]],
    age: float,
    taken: str,
    elsewhere: str,
) -> None:
    found = judge(declared, seen(own, others, age))
    assert found.listens is bool(own)
    assert (found.taken is not None, found.elsewhere is not None) == (bool(taken), bool(elsewhere))
    if found.taken is not None:
        assert found.taken.fault.id == "net.port_in_use"
        assert found.taken.text.startswith("port 3000 is taken by pid 17 of user 'shop': node old")
        assert taken in found.taken.text
    if found.elsewhere is not None:
        assert found.elsewhere.fault.id == "net.bind_mismatch"
        assert elsewhere in found.elsewhere.text


def test_a3_08_a_holder_of_ours_is_named_as_a_service_and_a_hidden_one_as_hidden() -> None:
    ours = Listener(3000, HERE, (Running(17, "node web.js", "shop", service="web"),))
    hidden = Listener(3000, HERE)
    told = [judge([Declared(3000)], Seen(1, 2, [], [each])).taken for each in (ours, hidden)]
    first, second = [each.text for each in told if each is not None]
    assert "pid 17 of user 'shop', service 'web' of usher: node web.js" in first
    assert "taken by a process of another user" in second
