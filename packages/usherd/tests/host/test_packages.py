"""What lies around an app: package.json, installed packages, builds, texts, certificates."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from usher.host import certificates, packages


def write(folder: Path, **content: Any) -> None:
    (folder / "package.json").write_text(json.dumps(content))


def test_a_package_is_read_from_the_nearest_folder_above(tmp_path: Path) -> None:
    write(tmp_path, scripts={"start": "node ."}, engines={"node": ">=20"})
    inside = tmp_path / "apps" / "web"
    inside.mkdir(parents=True)
    found = packages.package(str(inside))
    assert found is not None
    assert (found.folder, found.engines_node) == (str(tmp_path), ">=20")
    assert found.commands == (("start", "node ."),)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"scripts": [], "dependencies": 1}'])
def test_a_damaged_package_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text)
    found = packages.package(str(tmp_path))
    assert found is not None
    assert (found.commands, found.dependencies) == ((), ())


def test_what_is_not_installed(tmp_path: Path) -> None:
    write(tmp_path, dependencies={"pg": "8", "@nest/core": "10"}, devDependencies={"jest": "29"})
    (tmp_path / "node_modules" / "@nest" / "core").mkdir(parents=True)
    found = packages.package(str(tmp_path))
    assert found is not None
    assert found.missing == ("pg",)
    (tmp_path / ".pnp.cjs").write_text("")
    found = packages.package(str(tmp_path))
    assert found is not None
    assert found.missing == ()


def test_the_newest_source_and_the_build(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("src", "src/node_modules", "dist"):
        (tmp_path / name).mkdir()
    now = time.time()
    for age, name in enumerate(["src/node_modules/x.js", "src/a.ts", "src/b.ts", "dist/main.js"]):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (now - age * 60, now - age * 60))
    package = packages.package(str(tmp_path))
    assert package is not None
    assert package.newest_source == ""
    found = packages.with_sources(package)
    assert found.newest_source == str(tmp_path / "src" / "a.ts")
    built = packages.artefact(str(tmp_path), "dist/main.js")
    assert built.exists
    assert found.source_changed > built.changed
    assert not packages.artefact(str(tmp_path), "dist/other.js").exists


@pytest.mark.parametrize(
    ("name", "line", "found"),
    [
        ("src/app.module.ts", "    synchronize: true,", True),
        ("src/app.module.ts", "    // synchronize: true,", False),
        ("src/app.module.ts", "    synchronize: process.env.SYNC === '1',", False),
        ("src/config/database.config.ts", "synchronize: true", True),
        ("ormconfig.json", '  "synchronize": true', True),
        ("src/models/sequelize.js", "db.sync({ alter: true })", True),
        ("src/clock.ts", "synchronize: true", False),
        ("src/node_modules/typeorm.ts", "synchronize: true", False),
    ],
)
def test_lines_that_change_the_schema(tmp_path: Path, name: str, line: str, found: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"first\n{line}\n")
    assert [(each.file, each.line) for each in packages.synchronizes(str(tmp_path))] == (
        [(str(path), 2)] if found else []
    )


def test_texts_beside_an_app(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    for name in ("README.md", "docker-compose.prod.yml", "scripts/check.sh", "notes.txt", "a.js"):
        (tmp_path / name).write_text("x")
    names = {Path(text.path).name for text in packages.texts(str(tmp_path))}
    assert names == {"README.md", "docker-compose.prod.yml", "check.sh"}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize(("days", "form"), [(10, "PEM"), (20000, "PEM"), (10, "DER")])
def test_when_a_certificate_runs_out(tmp_path: Path, days: int, form: str) -> None:
    """20000 days are beyond 2049, where dates are written with four digits of the year."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"),
            *("-days", str(days), "-keyout", str(key), "-out", str(cert), "-outform", form),
        ],
        check=True,
        capture_output=True,
    )
    (found,) = certificates.certificates(["x", "--ssl-certfile", "cert.pem"], str(tmp_path), {})
    assert found.fault == ""
    assert found.not_after is not None
    assert abs(found.not_after - time.time() - days * 86400) < 3600
    (same,) = certificates.certificates(["x"], "/", {"TLS_CERT_FILE": str(cert)})
    assert (same.not_after, same.named_by) == (found.not_after, "TLS_CERT_FILE")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "no such file or directory"),
        (b"", "it is no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "it is no certificate"),
        (b"\x30\x82\xff\xff\x30", "it is no certificate"),
    ],
)
def test_what_is_no_certificate(tmp_path: Path, content: bytes | None, fault: str) -> None:
    if content is not None:
        (tmp_path / "x.pem").write_bytes(content)
    (found,) = certificates.certificates(["x", "--certfile=x.pem"], str(tmp_path), {})
    assert (found.not_after, found.fault) == (None, fault)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "src/app.ts",
            "import session from 'express-session'\nuse(session({\n  store: new RedisStore(),\n}))",
            ("store: new RedisStore()", 3),
        ),
        (
            "server.js",
            "const s = require('express-session')\ns({ store: new s.MemoryStore() })",
            ("store: new s.MemoryStore()", 2),
        ),
        ("src/app.js", "const s = require('express-session')\ns({ secret })", None),
        ("src/cart.js", "const cart = { store: new Map() }", None),
        ("node_modules/x/i.js", "require('express-session'); s({ store: x })", None),
    ],
)
def test_where_sessions_are_kept(
    tmp_path: Path, name: str, text: str, found: tuple[str, int] | None
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    seen = [(each.text, each.line) for each in packages.session_stores(str(tmp_path))]
    assert seen == ([found] if found else [])
