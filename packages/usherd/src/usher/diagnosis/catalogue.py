"""All known faults, by id."""

from collections.abc import Mapping
from typing import Final

from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import (
    build,
    databases,
    managers,
    network,
    node,
    orm,
    platforms,
    python,
    redis,
    system,
    tls,
    upstream,
    websocket,
)

CATALOGUE: Final[Mapping[str, Signature]] = {
    signature.id: signature
    for module in (
        databases, orm, redis, network, tls, system, node, build, python, upstream, websocket,
        managers, platforms,
    )
    for signature in module.SIGNATURES
}  # fmt: skip
