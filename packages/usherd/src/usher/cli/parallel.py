"""The same call for several things at once, in threads that hold up nobody's end.

The threads of an executor are waited for when the interpreter ends; a check that was refused
already, or is late, must end at once.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(call: Callable[[T], R], items: Iterable[T], *, at_once: int = 32) -> list[R]:
    """Return what the calls return, in the order of the items. Raises what the first one raised."""
    given = list(items)
    left = deque(enumerate(given))
    done: dict[int, R] = {}
    failed: dict[int, BaseException] = {}

    def work() -> None:
        while left:
            try:
                at, item = left.popleft()
            except IndexError:
                return  # another thread was faster
            try:
                done[at] = call(item)
            except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
                failed[at] = error

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(at_once, len(given)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at in sorted(failed):
        raise failed[at]
    return [done[at] for at in range(len(given))]
