"""A Python client of the socket: connects, says something, tells what came of it."""

import asyncio
import logging
import sys

from websockets.asyncio.client import connect

logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level="INFO")


async def main() -> None:
    """Send one message and take its echo."""
    async with connect(sys.argv[1]) as socket:
        await socket.send("hello")
        logging.info("got %s", await socket.recv())


asyncio.run(main())
