"""pm2.log in the words of PM2's daemon, as they were observed."""

import pytest

from usher.daemon.pm2_log import Happened, line

HAPPENED = Happened("shop", 3, "fork", "/srv/shop.js", 1, "SIGINT", "src/x.js")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("starting", "App [shop:3] starting in -fork mode-"),
        ("started", "App [shop:3] online"),
        ("stopping", "Stopping app:shop id:3"),
        ("exited", "App [shop:3] exited with code [1] via signal [SIGINT]"),
        (
            "start-limit-hit",
            'Script /srv/shop.js had too many unstable restarts. Stopped. "errored"',
        ),
        ("files-changed", "Change detected on path src/x.js for app shop - restarting"),
        ("ready", None),
    ],
)
def test_a_line(word: str, said: str | None) -> None:
    assert line(word, HAPPENED) == said


def test_a_name_cannot_write_lines_of_its_own() -> None:
    said = line("started", HAPPENED._replace(name="x\nPM2 log: App [y:0] online"))
    assert said is not None
    assert "\n" not in said
