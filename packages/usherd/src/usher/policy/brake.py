"""The global brake: when most of what is watched fails at once, it is not each of them.

Then the host, the network or something all of them share is at fault, and restarting everything
would only add to it (usher.md D6). So nothing is done for a while; after that they are helped one
at a time, and the first that recovers proves that helping helps.
"""

from collections.abc import Sequence

TOGETHER = 60.0
"""Seconds within which failures count as having the same cause."""

AT_LEAST = 3
"""Of fewer, "most" says nothing."""

PATIENCE = 300.0
"""Seconds that nothing is done after the last of them failed."""


def reason(troubles: Sequence[float], *, watched: int, now: float, helped: str) -> str:
    """Say why nothing must be done now; empty: the brake is not on.

    `troubles` are the instants since which something fails, `watched` how much is watched, and
    `helped` names what is being helped already, if anything is.
    """
    newest = max(troubles, default=0.0)
    together = [since for since in troubles if since >= newest - TOGETHER]
    if len(together) < AT_LEAST or 2 * len(together) <= watched:
        return ""
    words = f"{len(together)} of {watched} failed within {TOGETHER:g} s"
    if now < newest + PATIENCE:
        return f"{words}: that is the host or the network, so nothing is done for each yet"
    return f"{words}, and {helped} is helped first" if helped else ""
