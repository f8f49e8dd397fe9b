"""`${NAME}` in URL, headers and body of a question: filled in where it is sent, stored nowhere."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from usher.model.target import HttpTarget, Target, WebSocketTarget
from usher.probe.answer import UnansweredError

_PLACE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def places(target: Target) -> frozenset[str]:
    """Return the names of the variables that a question stands open for."""
    return frozenset(name for text in _texts(target) for name in _PLACE.findall(text))


def filled(target: Target, environment: Mapping[str, str]) -> Target:
    """Put in the values; raises UnansweredError, which names variables and no value."""
    if not places(target):
        return target

    def fill(text: str) -> str:
        return _PLACE.sub(lambda found: _value(found[1], environment), text)

    match target:
        case HttpTarget():
            headers = tuple((name, fill(value)) for name, value in target.headers)
            return msgspec.structs.replace(
                target, url=fill(target.url), headers=headers, body=fill(target.body)
            )
        case WebSocketTarget():
            headers = tuple((name, fill(value)) for name, value in target.headers)
            return msgspec.structs.replace(target, url=fill(target.url), headers=headers)
        case _:
            return target


def _texts(target: Target) -> tuple[str, ...]:
    match target:
        case HttpTarget(url=url, headers=headers, body=body):
            return (url, body, *(value for _, value in headers))
        case WebSocketTarget(url=url, headers=headers):
            return (url, *(value for _, value in headers))
        case _:
            return ()


def _value(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise UnansweredError(f"variable {name} is not set")
    if not (value.isascii() and value.isprintable()):
        # Whoever encodes the header would refuse it, and show its value.
        raise UnansweredError(
            f"variable {name} holds what cannot be sent: a line break, or no ASCII"
        )
    return value
