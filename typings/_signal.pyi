# What usher.keeper.child takes from the C half of `signal`, which the type stubs leave out.

from collections.abc import Iterable

SIGKILL: int
SIGSTOP: int
SIG_BLOCK: int
SIG_SETMASK: int
SIG_DFL: int

def valid_signals() -> set[int]: ...
def signal(signalnum: int, handler: int, /) -> object: ...
def pthread_sigmask(how: int, mask: Iterable[int], /) -> set[int]: ...
