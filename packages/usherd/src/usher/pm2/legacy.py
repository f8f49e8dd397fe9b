"""Commands of PM2 that live on in another shape here."""

from usher.pm2.session import Session

_EXAMPLES = """\
pm2 start app.js                    start a script
pm2 start app.js -i 4 --name api    four processes that share a port
pm2 start ecosystem.config.js       start the apps of a file
pm2 reload api                      replace api without a gap
pm2 logs api                        follow its output
pm2 stop api; pm2 delete api        stop it; forget it
pm2 save; pm2 startup               bring everything back when the host starts
"""


def examples(session: Session) -> int:
    """Show how commands are used."""
    session.voice.answer(_EXAMPLES)
    return 0


def install(session: Session) -> int:
    """Accept the one module whose work usher does itself; others are not downloaded."""
    name = session.words.args[0]
    if name.partition("@")[0] == "pm2-logrotate":
        session.voice.say(
            "pm2-logrotate is built in: logs are rotated already; "
            "`pm2 set pm2-logrotate:max_size 10M` and its other keys work"
        )
        return 0
    session.voice.error(
        f"cannot install {name!r}: usher downloads and runs no modules",
        hint="write the program into your ecosystem file as an app of its own",
    )
    return 1


def uninstall(session: Session) -> int:
    """There are no modules; the built-in rotation stays."""
    name = session.words.args[0]
    session.voice.error(f"cannot uninstall {name!r}: usher has no modules")
    return 1


def trigger(session: Session) -> int:
    """No app declares actions to usher: say what PM2 says of an app that has none."""
    session.voice.complain("Not any process has received a command (offline or unexistent)")
    return 1
