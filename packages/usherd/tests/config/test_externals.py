"""`externals` beside the apps, in both forms."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.config.load import Loaded
from usher.model.finding import Finding
from usher.model.spec import Dependency, External
from usher.model.target import CommandTarget, HttpTarget, SocketTarget, TcpTarget

APP = '[apps.api]\ncommand = "serve"\n'


def test_the_four_ways_of_asking(read: Callable[..., Any]) -> None:
    text = """
[externals.db]
tcp = "db:5432"
interval = "2s"
patience = "5m"
[externals.auth]
http = "http://auth:80/ready"
status = 204
timeout = "1s"
[externals.cache]
socket = "/run/cache.sock"
[externals.disk]
command = ["serve", "mounted"]
[apps.api]
command = "serve"
depends_on = { db = "ready", auth = "ready", cache = "ready", disk = "ready", page = "started" }
[apps.page]
command = "serve"
"""
    api, page = read(text).services
    assert api.depends_on == (Dependency("page", "started"),)
    assert api.externals == (
        External("db", TcpTarget("db:5432"), interval=2.0, patience=300.0),
        External("auth", HttpTarget("http://auth:80/ready", (204, 204)), timeout=1.0),
        External("cache", SocketTarget("/run/cache.sock")),
        External("disk", CommandTarget(("serve", "mounted"))),
    )
    assert page.externals == ()


def test_beside_the_apps_of_pm2s_form(load_text: Callable[..., Loaded]) -> None:
    text = """module.exports = {
  usher: { externals: { db: { tcp: 'db:5432' } } },
  apps: [{ name: 'api', script: 'app.js', usher: { depends_on: ['db'] } }],
}"""
    (api,) = load_text(text).plan.services
    assert api.externals == (External("db", TcpTarget("db:5432")),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[externals.db]\n" + APP, "tls, command, found none"),
        ('[externals.db]\ntcp = "db"\n' + APP, "cannot ask 'db': expected 'host:port'"),
        ('[externals.db]\nsocket = "x"\n' + APP, "cannot ask 'x': expected an absolute path"),
        ('[externals.db]\nhttp = "/x"\n' + APP, "expected 'http://host/path'"),
        ('[externals.db]\ntcp = "a:1"\nsocket = "/x"\n' + APP, "found tcp and socket"),
        (
            '[externals.db]\ntcp = "a:1"\nstatus = 200\n' + APP,
            "'status' belongs to 'http', not to 'tcp'",
        ),
        ('[externals.db]\ntpc = "a:1"\n' + APP, "unknown key 'tpc'"),
        ('[externals.api]\ntcp = "a:1"\n' + APP, "an app has this name already"),
        ("externals = 3\n" + APP, "expected a table"),
        (
            '[externals.db]\ntcp = "a:1"\n' + APP + 'depends_on = { db = "completed" }\n',
            "'db' is an external: it can only be 'ready'",
        ),
        (
            '[externals.db]\ntcp = "a:1"\n' + APP + 'depends_on = ["db"]\nrestart_with = ["db"]\n',
            "'db' is not among the dependencies",
        ),
    ],
)
def test_mistakes(read: Callable[..., list[Finding]], text: str, message: str) -> None:
    found = read(text)
    assert isinstance(found, list)
    assert any(message in each.message or message in each.hint for each in found), found
