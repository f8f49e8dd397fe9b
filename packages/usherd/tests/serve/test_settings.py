"""PM2's variables, read strictly."""

from pathlib import Path

import pytest

from usher.serve.settings import Settings, read

HERE = Path("/srv")


def test_defaults() -> None:
    assert read({}, HERE) == Settings(root=HERE)


def test_everything() -> None:
    env = {
        "PM2_SERVE_PATH": "site",
        "PM2_SERVE_PORT": "81",
        "PM2_SERVE_HOST": "::1",
        "PM2_SERVE_SPA": "true",
        "PM2_SERVE_HOMEPAGE": "/app.html",
        "PM2_SERVE_FTP": "true",
        "PM2_SERVE_BASIC_AUTH": "true",
        "PM2_SERVE_BASIC_AUTH_USERNAME": "ann",
        "PM2_SERVE_BASIC_AUTH_PASSWORD": "x",
    }
    assert read(env, HERE) == Settings(HERE / "site", "::1", 81, "/app.html", True, "ann", "x")


def test_off_is_off() -> None:
    env = {"PM2_SERVE_SPA": "false", "PM2_SERVE_BASIC_AUTH": "false", "PM2_SERVE_FTP": "0"}
    assert read(env, HERE) == Settings(root=HERE)


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"PM2_SERVE_PORT": "http"}, "cannot listen on port 'http'"),
        ({"PM2_SERVE_PORT": "65536"}, "cannot listen on port '65536'"),
        ({"PM2_SERVE_BASIC_AUTH": "true"}, "cannot ask for a login"),
    ],
)
def test_refused(env: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(env, HERE)
