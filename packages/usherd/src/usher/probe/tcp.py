"""Is a connection accepted?"""

from usher.model.target import SocketTarget, TcpTarget
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch, connect, connect_unix


async def accepts(target: TcpTarget | SocketTarget, watch: Stopwatch) -> Answer:
    """Whether a connection is accepted. The caller sets the deadline."""
    try:
        if isinstance(target, SocketTarget):
            address = target.path
            stream = await connect_unix(target.path, watch)
        else:
            address = target.address
            host, _, port = address.rpartition(":")
            stream = await connect(host.strip("[]"), int(port), watch)
        async with stream:
            detail = f"{address} accepts connections"
            return Answer(ok=True, detail=detail, phases=watch.phases)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error), phases=watch.phases)
