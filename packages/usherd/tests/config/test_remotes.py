"""`remotes` beside the apps, in both forms."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.config.load import Loaded
from usher.model.spec import (
    ProbeSpec,
    RecoveryLimits,
    RecoveryStep,
    SecretSpec,
    Wake,
)
from usher.model.target import CommandTarget, HttpTarget, TcpTarget, WebSocketTarget

TEXT = """
[remotes.database]
probes.accepts = { tcp = "db:5432", interval = "10s", fail = 5 }

[remotes.backend]
depends_on = ["database"]
env = { SERVICE = "srv-1" }
secrets.KEY = { file = "/etc/usher/render.key" }
limits = { gap = "30s", count = 2 }
wake = { within = "90s", status = [502, 503] }

[remotes.backend.probes]
health = { http = "https://api.example/health", expect = "ok" }
session = { ws = "wss://api.example/ws", scope = "edge" }

[[remotes.backend.recover]]
after = "5m"
http = "https://platform.example/services/${SERVICE}/restart"
headers = { Authorization = "Bearer ${KEY}" }

[[remotes.backend.recover]]
name = "suspend"
command = ["true"]
next_after = "30s"

[[remotes.backend.recover]]
command = "true now"
verify = "5m"
"""


def test_a_file_of_nothing_but_remotes(read: Callable[..., Any]) -> None:
    plan = read(TEXT)
    assert plan.services == ()
    database, backend = plan.remotes
    assert database.probes == (
        ProbeSpec("accepts", TcpTarget("db:5432"), interval=10, timeout=5, failures=5),
    )
    health, session = backend.probes
    assert health.target == HttpTarget("https://api.example/health", expect=("ok",))
    assert (health.scope, health.interval, health.timeout) == ("self", 30, 5)
    assert (session.target, session.scope) == (WebSocketTarget("wss://api.example/ws"), "edge")
    restart = HttpTarget(
        "https://platform.example/services/${SERVICE}/restart",
        status=(200, 299),
        method="POST",
        headers=(("Authorization", "Bearer ${KEY}"),),
    )
    assert backend.recover == (
        RecoveryStep("restart", restart, after=300),
        RecoveryStep("suspend", CommandTarget(("true",)), next_after=30),
        RecoveryStep("true", CommandTarget(("true", "now")), verify=300),
    )
    assert backend.depends_on == ("database",)
    assert backend.limits == RecoveryLimits(gap=30, count=2)
    assert backend.wake == Wake(90, (502, 503))
    assert backend.env["SERVICE"] == "srv-1"
    assert backend.secrets == (SecretSpec("KEY", "file", ("/etc/usher/render.key",)),)
    assert backend.origin.endswith(":5")


def test_who_is_asked_says_whom_a_failure_accuses(read: Callable[..., Any]) -> None:
    """No restart of a backend renews a certificate, or brings its name or its database back."""
    (backend,) = read("""
[remotes.backend.probes]
page = { http = "https://api.example/" }
session = { ws = "wss://api.example/ws" }
port = { tcp = "api.example:443" }
look = { command = "true" }
certificate = { tls = "api.example:443" }
name = { dns = "api.example" }
database = { postgres = "db.example:5432" }
cache = { redis = "cache.example:6379", scope = "self" }
""").remotes
    assert {each.name: each.scope for each in backend.probes} == {
        "page": "self",
        "session": "self",
        "port": "self",
        "look": "self",
        "certificate": "edge",
        "name": "dependency",
        "database": "dependency",
        "cache": "self",
    }


def test_a_database_that_is_the_remote_accuses_itself(read: Callable[..., Any]) -> None:
    (database,) = read("""
[remotes.database.probes]
port = { tcp = "db.example:5432" }
answers = { postgres = "db.example:5432" }
certificate = { tls = "db.example:5432" }
""").remotes
    assert [each.scope for each in database.probes] == ["self", "self", "edge"]


def test_beside_the_apps_of_pm2s_form(load_text: Callable[..., Loaded]) -> None:
    text = """module.exports = {
  usher: { remotes: { db: { probes: { tcp: { tcp: 'db:5432' } } } } },
  apps: [{ name: 'api', script: 'app.js' }],
}
"""
    plan = load_text(text, "ecosystem.config.js").plan
    assert [each.name for each in plan.services] == ["api"]
    assert [each.name for each in plan.remotes] == ["db"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("depends_on = ['databas']", "no remote is called 'databas'"),
        ("depends_on = ['db']", "it would depend on itself"),
        ("probes = {}", "there is no probe"),
        ("probes.x = { listen = true }", "only an app of ours can be asked by listen"),
        ("probes.x = { http = '/health' }", "expected 'http://host/path'"),
        ("recover = [{ name = 'x' }]", "expected one of http and command"),
        ("recover = [{ command = 'true', body = 'x' }]", "'body' belongs to 'http'"),
        ("recover = [{ command = 'true', next_after = '1s' }]", "no step follows this one"),
        ("interval = '1s'", "unknown key 'interval'"),
    ],
)
def test_mistakes(more: str, message: str, read: Callable[..., Any]) -> None:
    text = f"[remotes.db]\n{more}\n"
    if "probes" not in more:
        text += "probes.tcp = { tcp = 'db:5432' }\n"
    assert message in "\n".join(map(str, read(text)))


def test_an_app_of_the_same_name(read: Callable[..., Any]) -> None:
    text = "[apps.db]\ncommand = 'serve'\n[remotes.db]\nprobes.tcp = { tcp = 'db:5432' }\n"
    assert "an app has this name already" in str(read(text)[0])
