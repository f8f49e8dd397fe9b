"""Commands for a fault of which there is only a log: of addresses, names and paths in its lines."""

import shlex

import pytest

from usher.diagnosis.anywhere import commands, search
from usher.diagnosis.catalogue import CATALOGUE


def told(fault: str, *lines: str) -> list[str]:
    return commands(CATALOGUE[fault], lines, "", 0)


@pytest.mark.parametrize(
    ("fault", "line", "wanted"),
    [
        (
            "db.connection_refused",
            "Error: connect ECONNREFUSED 127.0.0.1:5432",
            ["usher probe tcp://127.0.0.1:5432"],
        ),
        (
            "redis.connection_refused",
            "connect ECONNREFUSED ::1:6379",
            ["usher probe tcp://[::1]:6379"],
        ),
        (
            "net.connection_refused",
            "[cause]: Error: connect ECONNREFUSED 10.0.0.7:80",
            ["usher probe tcp://10.0.0.7:80"],
        ),
        (
            "net.port_in_use",
            "Error: listen EADDRINUSE: address already in use :::3000",
            ["ss -ltnp 'sport = :3000'"],
        ),
        ("dns.not_found", "Error: getaddrinfo ENOTFOUND db.invalid", ["getent hosts db.invalid"]),
        (
            "dns.not_found",
            'could not translate host name "db.internal" to address',
            ["getent hosts db.internal"],
        ),
        ("fs.no_space", "Error: ENOSPC: no space left on device, write", ["df -h", "df -i"]),
        (
            "fs.no_space",
            "OSError: [Errno 28] No space left on device: '/srv/app/up.tmp'",
            ["df -h /srv/app/up.tmp", "df -i /srv/app/up.tmp"],
        ),
        (
            "fs.permission",
            "Error: EACCES: permission denied, open '/etc/x'",
            ["namei -l /etc/x"],
        ),
        (
            "fs.not_found",
            "Error: ENOENT: no such file or directory, open '/nope/.env'",
            ["namei -l /nope/.env"],
        ),
        ("py.module_missing", "No module named 'a.b'", ["python3 -c 'import a.b'"]),
        ("py.missing_env", "KeyError: 'DATABASE_URL'", ['test -n "$DATABASE_URL" && echo set']),
        ("env.missing", "GEMINI_API_KEY is not set", ['test -n "$GEMINI_API_KEY" && echo set']),
        ("exec.command_missing", "Error: spawn nosuchbin ENOENT", ["command -v nosuchbin"]),
    ],
)
def test_the_command_is_made_of_what_the_line_names(
    fault: str, line: str, wanted: list[str]
) -> None:
    assert told(fault, line) == wanted


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("dns.not_found", "getaddrinfo ENOTFOUND $(reboot)"),
        ("dns.not_found", "getaddrinfo ENOTFOUND -x"),
        ("fs.permission", "EACCES: permission denied, open '/a;reboot'"),
        ("fs.permission", "EACCES: permission denied, open '/a b'"),
        ("py.missing_env", "KeyError: 'A`reboot`'"),
        ("py.module_missing", "No module named 'a;reboot'"),
        ("db.connection_refused", "connect ECONNREFUSED $(reboot):5432"),
    ],
)
def test_what_a_log_says_never_becomes_a_command(fault: str, line: str) -> None:
    assert not any("reboot" in each or " -x" in each for each in told(fault, line))


def test_what_a_path_holds_is_quoted() -> None:
    (command,) = told(
        "fs.not_found", "Error: ENOENT: no such file or directory, open '/a b/$(reboot)'"
    )
    assert shlex.split(command) == ["namei", "-l", "/a b/$(reboot)"]


def test_a_file_is_shown_around_its_line() -> None:
    assert commands(CATALOGUE["os.cannot_allocate"], ["MemoryError"], "/a b.log", 40)[-1] == (
        "sed -n 35,45p '/a b.log'"
    )
    assert search("/a b.log") == ["grep -inE 'error|fatal|exception' '/a b.log' | tail"]
    assert search("") == []


@pytest.mark.parametrize("fault", CATALOGUE)
def test_every_example_gives_commands_that_a_shell_can_read(fault: str) -> None:
    for each in commands(CATALOGUE[fault], [CATALOGUE[fault].example], "app.log", 1):
        assert shlex.split(each)
