"""The command `usher`: decides by the first words how much of it has to be loaded.

The only module that knows both sides: the daemon, and the command line that talks to it.
"""

import sys

from usher.cli import hot

_FOREGROUND = ("pm2-runtime", "pm2-docker", "pm2-dev")


def main() -> int:
    """Run the command line of this process and return its exit code."""
    argv = sys.argv[1:]
    if argv[:1] == ["daemon"]:
        return _daemon(argv[1:])
    code = hot.run(argv)
    if code is not None:
        return code
    if argv[:1] == ["pm2"]:
        from usher.pm2 import main as pm2

        return pm2.main(argv[1:])
    if argv and argv[0] in _FOREGROUND:
        from usher.pm2 import runtime

        return runtime.main(argv[0], argv[1:])
    from usher.cli import app

    return app.main(argv)


def _daemon(argv: list[str]) -> int:
    """Be the daemon of a home. The keeper calls this; people call `usher start`."""
    from argparse import ArgumentParser

    # asyncio and hashlib would load OpenSSL (6 MiB) and do without: we speak on Unix sockets, and
    # it is helpers that speak to the world outside. msgspec prefers typing_extensions (10 ms) to
    # typing, which has all that it needs.
    for module in ("ssl", "_hashlib", "typing_extensions"):
        sys.modules[module] = None  # pyright: ignore[reportArgumentType] (documented: no such module)
    from usher.daemon import app

    parser = ArgumentParser(prog="usher daemon", allow_abbrev=False)
    parser.add_argument("--home", required=True)
    parser.add_argument(
        "--safe", action="store_true", help="adopt and answer, do nothing by itself"
    )
    parser.add_argument(
        "--again", action="store_true", help="finish what an earlier daemon of this keeper began"
    )
    options = parser.parse_args(argv)
    return app.run(options.home, safe=options.safe, again=options.again)


if __name__ == "__main__":
    sys.exit(main())
