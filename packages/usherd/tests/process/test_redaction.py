"""Acceptance 4: two hundred generated secrets, and none of them in what usher says or writes."""

import json
import random
import string
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

NAMES = ("DB_PASSWORD", "API_KEY", "JWT_SECRET", "AUTH_TOKEN", "SMTP_PASS")


def generated() -> list[str]:
    rng = random.Random(4)  # noqa: S311 (the same in every run)
    letters = string.ascii_letters + string.digits + "-_.~!"
    return [
        rng.choice(string.ascii_letters)
        + "".join(rng.choices(letters, k=rng.randint(12, 30)))
        + "9x"
        for _ in range(200)
    ]


def printed(secrets: list[str]) -> list[str]:
    """Print half of them in ways that only rules can tell, the others bare: known by value."""
    forms = (
        "postgres://app:{}@db:5432/x", '{{"user":"u","password":"{}"}}', "DB_PASSWORD={} was used",
        "GET /cb?access_token={}&x=1", "Authorization: Bearer {}", "Cookie: sid={}; a=b",
        "Error: refused token: '{}'\\n    at connect (/srv/app.js:3:7)", "x-api-key: {}",
    )  # fmt: skip
    rules = [forms[at % len(forms)].format(each) for at, each in enumerate(secrets[:100])]
    return [*rules, *(f"    at Pool.<anonymous> ({each}) said {each}" for each in secrets[100:])]


COMMANDS = [
    ["list"], ["list", "--json"], ["jlist"], ["describe", "leaks"], ["describe", "leaks", "--json"],
    ["env", "leaks"], ["env", "leaks", "--json"], ["events"], ["events", "--json"],
    ["logs", "-n", "1000"], ["logs", "--json", "-n", "1000"], ["logs", "--raw", "-n", "1000"],
    ["history"], ["history", "--json"], ["audit"], ["audit", "--json"], ["undo", "--dry-run"],
    ["check"], ["check", "--json"], ["check", "--sarif"], ["check", "--junit"],
    ["start", "usher.toml", "--dry-run"], ["start", "usher.toml", "--dry-run", "--json"],
    ["start", "fails"], ["start", "fails", "--json"], ["monitor", "--once"],
    ["monitor", "--once", "--json"], ["budget"], ["budget", "--json"], ["role"], ["ping", "--json"],
    ["save"], ["monit", "--once"], ["pm2", "jlist"], ["pm2", "prettylist"],
    ["pm2", "describe", "leaks"], ["pm2", "env", "0"], ["pm2", "logs", "--nostream"],
]  # fmt: skip


def test_200_secrets_and_none_in_an_output_or_file(usher: Any) -> None:
    secrets = generated()
    usher.env["PM2_HOME"] = str(usher.folder / "pm2")
    text = Path(usher.folder, "lines.txt")
    text.write_text("\n".join([*printed(secrets), "all is printed", ""]).replace("\\n", "\n"))
    env = {f"{NAMES[at % 5]}_{at}": each for at, each in enumerate(secrets[100:])}
    lines = [f"{name} = {json.dumps(value)}" for name, value in env.items()]
    usher.config(
        "[apps.leaks]\n"
        'command = ["sh", "-c", "cat lines.txt; cat lines.txt >&2; sleep 1000", '
        f'"app", "--password", "{secrets[0]}"]\n'
        f"[apps.leaks.env]\n{chr(10).join(lines)}\n"
        "[apps.fails]\n"
        'command = ["sh", "-c", "cat lines.txt; exit 3"]\nrestart = "never"\nautostart = false\n'
    )
    usher("start", "usher.toml", "leaks")
    until(lambda: "all is printed" in usher("logs", "leaks", "-n", "5").stdout)
    leaked: list[tuple[str, str]] = []
    for words in COMMANDS:
        done = usher(*words, code=None)
        said = done.stdout + done.stderr
        assert "Traceback (most recent" not in said, words
        leaked += [(" ".join(words), each) for each in secrets if each in said]
    assert leaked == []
    shown = usher("logs", "leaks", "--raw", "-n", "1000").stdout
    assert "[redacted:env]" in shown
    assert "postgres://app:[redacted:url-password]@db:5432/x" in shown

    raw = (
        usher.home / "state" / "env",
        usher.home / "logs" / "leaks",
        usher.home / "logs" / "fails",
    )
    for path in [*usher.home.rglob("*"), *(usher.folder / "pm2").rglob("*")]:
        if not path.is_file() or path.is_symlink() or str(path).startswith(tuple(map(str, raw))):
            continue
        content = path.read_bytes()
        # A command line is needed to start again (as the environment is, design 2.6.5).
        started = path.name == "saved.json" or path.parent.name in ("state", "versions")
        sought = secrets[1:] if started else secrets
        assert [each for each in sought if each.encode() in content] == [], path


def test_redact_at_source_keeps_secrets_out_of_the_log_itself(usher: Any) -> None:
    secrets = generated()
    body = [f"MIIEvQIBADANBgkqhkiG9w0BAQEFAA{at:02}Q" * 2 for at in range(20)]
    key = ["-----BEGIN PRIVATE KEY-----", *body, "Zm9vYmFy", "-----END PRIVATE KEY-----"]
    benign = [f"GET /items/{at} 200 {at} ms" for at in range(500)]
    lines = "\n".join([*printed(secrets), *key, *benign, "all is printed", ""])
    Path(usher.folder, "lines.txt").write_text(lines.replace("\\n", "\n"))
    Path(usher.folder, "token").write_text("planted-from-file-7")
    env = {f"{NAMES[at % 5]}_{at}": each for at, each in enumerate(secrets[100:])}
    variables = [f"{name} = {json.dumps(value)}" for name, value in env.items()]
    usher.config(
        "[apps.leaks]\n"
        'command = ["sh", "-c", "cat lines.txt; echo $TOKEN; cat lines.txt >&2; sleep 1000"]\n'
        'log = { redact_at_source = true, max_size = "20K" }\n'
        'secrets.TOKEN = { file = "token" }\n'
        f"[apps.leaks.env]\n{chr(10).join(variables)}\n"
    )
    usher("start")

    def logged(name: str) -> list[str]:
        files = (usher.home / "logs").glob(f"{name}*")
        return [line for file in files for line in file.read_text().splitlines()]

    until(lambda: "all is printed" in logged("leaks-error.log"), 60)
    for name in ("leaks-out.log", "leaks-error.log"):
        text = "\n".join(logged(name))
        hidden = [*secrets, "planted-from-file-7", *key[1:-1]]
        assert [each for each in hidden if each in text] == []
        assert set(benign) <= set(logged(name))
    wanted = len(lines.replace("\\n", "\n").splitlines())
    assert (len(logged("leaks-out.log")), len(logged("leaks-error.log"))) == (wanted + 1, wanted)
    # A keeper that is replaced goes on masking: nothing of it is in a state that is written.
    for path in usher.home.rglob("*"):
        if path.is_file() and "env" not in path.parts:
            content = path.read_bytes()
            assert not any(each.encode() in content for each in secrets), path
