"""`pm2 serve`, and the same in files: a folder is served by an app of its own."""

import json
import time
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.process

PROJECT = {"site/index.html": "home", "site/a.txt": "text"}


@pytest.fixture
def site(pm2):
    """A command line whose project has something to serve."""
    for name, text in PROJECT.items():
        path = pm2.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return pm2


def fetch(port: int, path: str) -> tuple[int, str]:
    """Ask as soon as somebody listens."""
    deadline = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_folder(site, free_port) -> None:
    done = site(f"serve site {free_port} --spa")
    assert done.code == 0, done
    assert f"Serving {site.folder}/site on port {free_port}" in done.out
    assert fetch(free_port, "/a.txt") == (200, "text")
    assert fetch(free_port, "/any/where") == (200, "home")
    assert f" name: 'static-page-server-{free_port}'" in site("prettylist").out

    again = site(f"serve site {free_port}")
    assert again.code == 1
    assert "Error while trying to serve : Script already launched" in again.err


def test_a_login_whose_password_is_shown_nowhere(site, free_port) -> None:
    line = (
        f"serve site {free_port} --name docs --basic-auth-username ann --basic-auth-password s3cr3t"
    )
    assert site(line).code == 0
    assert fetch(free_port, "/a.txt")[0] == 401
    assert "s3cr3t" not in site("jlist").out + site("env 0").out + site("describe docs").out


def test_files(site, free_port) -> None:
    env = {"PM2_SERVE_PATH": "./site", "PM2_SERVE_PORT": free_port}
    asked = {"apps": [{"name": "docs", "script": "serve", "env": env}]}
    (site.folder / "served.json").write_text(json.dumps(asked))
    assert site("start served.json").code == 0
    assert fetch(free_port, "/") == (200, "home")
    assert site("delete served.json").code == 0

    asked = {"apps": [], "static": [{"path": "site", "port": free_port}]}
    (site.folder / "served.json").write_text(json.dumps(asked))
    assert site("start served.json").code == 0
    assert fetch(free_port, "/a.txt") == (200, "text")
