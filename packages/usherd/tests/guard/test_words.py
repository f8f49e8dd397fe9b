"""What an app's words and variables say: programs behind launchers, ports, versions, switches."""

from typing import Any

import msgspec
import pytest

from usher.guard import command_line
from usher.guard.checks import commands, files, mode, ports, programs
from usher.guard.definition import Definition
from usher.guard.versions import satisfies
from usher.model.facts import Package, PlainFile, Source, TextFile
from usher.model.spec import ServiceSpec, SocketSpec, TcpAddress


def app(argv: str, **fields: Any) -> Definition:
    spec = ServiceSpec("api", tuple(argv.split()), "/srv/api")
    sources = fields.pop("sources", {})
    return Definition(msgspec.structs.replace(spec, **fields), "x.config.js", {"": 1}, sources)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("next start -p 3000", [3000]),
        ("node_modules/.bin/next start --port 3000", [3000]),
        ("gunicorn --bind 0.0.0.0:8000 app:app", [8000]),
        ("gunicorn -b 0.0.0.0:8000 app:app", [8000]),
        ("uvicorn app:app --port=8001", [8001]),
        ("node server.js 3000", []),
        ("node -p 1+1", []),
        ("serve -p", []),
        ("serve -p 99999", []),
        ("ssh -p x host", []),
    ],
)
def test_ports_of_words(argv: str, expected: list[int]) -> None:
    assert [word.port for word in command_line.ports(tuple(argv.split()))] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"env": {"PORT": "3000"}}, [3000]),
        ({"env": {"PORT": "3000"}, "sources": {"PORT": "shell"}}, []),
        ({"env": {"PORT": "3000"}, "instances": 3, "increment_var": "PORT"}, [3000, 3001, 3002]),
        ({"env": {"PORT": "named"}}, []),
        ({"env": {"PORT": "0"}}, []),
        ({"sockets": (SocketSpec("http", TcpAddress("127.0.0.1", 80)),)}, [80]),
        ({"sockets": (SocketSpec("http", TcpAddress("127.0.0.1", 0)),)}, []),
    ],
)
def test_ports_that_an_app_wants(fields: dict[str, Any], expected: list[int]) -> None:
    assert [each.port for each in ports.wanted(app("node a.js", **fields))] == expected


@pytest.mark.parametrize(
    ("argv", "script"),
    [
        (("npm", "run", "dev"), "dev"),
        (("npm", "--prefix", "x", "run", "dev"), ""),
        (("/usr/bin/npm", "run-script", "build"), "build"),
        (("pnpm", "start"), "start"),
        (("yarn", "add", "x"), ""),
        (("bash", "-c", "cd /srv && npm run dev"), "dev"),
        (("node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "run", "dev"), "dev"),
        (("node", "run", "dev"), ""),
    ],
)
def test_scripts_of_package_json(argv: tuple[str, ...], script: str) -> None:
    assert command_line.npm_script(argv) == script


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("npm run dev", "npm run dev"),
        ("npm run serve", "npm run serve (vite)"),
        ("next dev -p 3000", "next dev"),
        ("npx next dev", "next dev"),
        ("node node_modules/.bin/next dev", "next dev"),
        ("vite", "vite"),
        ("vite --host", "vite"),
        ("vite dev", "vite dev"),
        ("nodemon src/index.js", "nodemon"),
        ("ts-node-dev src/index.ts", "ts-node-dev"),
        ("node --inspect server.js", "--inspect"),
        ("node --watch server.js", "--watch"),
        ("uvicorn app:app --reload", "--reload"),
        ("flask run --port 5000", "flask run"),
        ("python manage.py runserver", "manage.py runserver"),
        ("nest start --watch", "nest start"),
        ("npm run start", ""),
        ("next start", ""),
        ("vite preview", ""),
        ("node dist/main.js", ""),
        ("node develop.js", ""),
        ("gunicorn app:app", ""),
        ("uvicorn app:app", ""),
        ("node server.js dev", ""),
    ],
)
def test_a1_16_dev_commands_under_production(argv: str, said: str) -> None:
    package = Package("/srv/api", (("dev", "next dev"), ("serve", "vite"), ("start", "node .")))
    judged = [
        mode.judge(
            [app(argv, env={"NODE_ENV": environment})],
            packages={"api": package},
            folders={},
            sources={},
        )
        for environment in ("production", "")
    ]
    found = [f for f in judged[0] if f.code == "guard.dev_command_in_production"]
    assert [f.message for f in found] == (
        [f"{said!r} is for development, and NODE_ENV is 'production'"] if said else []
    )
    assert [f.severity for f in found] == ["warning"] * len(found)
    assert judged[1] == []


@pytest.mark.parametrize(
    ("env", "file", "env_name", "role", "evidence"),
    [
        ({"NODE_ENV": "production"}, "x.js", "", "", "NODE_ENV is 'production'"),
        ({"MODE": "PROD"}, "x.js", "", "", "MODE is 'PROD'"),
        ({}, "/etc/ecosystem.production.config.js", "", "", "the file is called"),
        ({}, "x.js", "production", "", "--env is 'production'"),
        ({}, "x.js", "", "web", "the role of the host is 'web'"),
        ({}, "x.js", "", "staging", ""),
        ({"NODE_ENV": "development"}, "products.config.js", "", "", ""),
        ({}, "x.js", "", "", ""),
    ],
)
def test_what_makes_production_evident(
    env: dict[str, str], file: str, env_name: str, role: str, evidence: str
) -> None:
    about = app("node a.js", env=env)._replace(file=file)
    found = mode.production(about, env_name, role)
    assert found.startswith(evidence)
    assert bool(found) == bool(evidence)


STORE = Source("src/app.ts", 12, "store: new RedisStore(client)")
MEMORY = Source("src/app.ts", 12, "store: new session.MemoryStore()")


@pytest.mark.parametrize(
    ("dependencies", "stores", "instances", "told"),
    [
        (("express-session",), (), 2, True),
        (("@fastify/session",), (), 2, True),
        (("express-session",), (), 1, False),
        (("express-session", "connect-redis"), (), 2, False),
        (("express-session", "connect-pg-simple"), (), 2, False),
        (("express-session", "express-mysql-session"), (), 2, False),
        (("express-session", "session-file-store"), (), 2, False),
        (("express-session", "@quixo3/prisma-session-store"), (), 2, False),
        # Named like a store, and none.
        (("express-session", "connect-flash"), (), 2, True),
        (("express-session", "cookie-session"), (), 2, True),
        # What its source says counts more than what is installed.
        (("express-session",), (STORE,), 2, False),
        (("express-session", "connect-redis"), (MEMORY,), 2, True),
        (("cookie-session",), (), 2, False),
        (("express",), (MEMORY,), 2, False),
    ],
)
def test_sessions_in_memory_of_several_instances(
    dependencies: tuple[str, ...], stores: tuple[Source, ...], instances: int, told: bool
) -> None:
    spec = ServiceSpec("api", ("node", "app.js"), "/srv", instances=instances, channel="cluster")
    found = mode.judge(
        [Definition(spec)],
        packages={"api": Package("/srv", dependencies=dependencies)},
        folders={},
        sources={},
        stores={"api": stores},
    )
    said = [each for each in found if each.code == "mode.cluster_state"]
    assert bool(said) == told
    if told and stores:
        assert "src/app.ts:12" in said[0].message


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("20.11.1", ">=18", True),
        ("16.0.0", ">=18", False),
        ("20.11.1", ">=18 <21", True),
        ("21.0.0", ">=18 <21", False),
        ("20.11.1", "^20.0.0", True),
        ("21.0.0", "^20.0.0", False),
        ("0.2.5", "^0.2.3", True),
        ("0.3.0", "^0.2.3", False),
        ("20.2.9", "~20.2", True),
        ("20.3.0", "~20.2", False),
        ("18.4.0", "18.x || 20.x", True),
        ("19.0.0", "18.x || 20.x", False),
        ("20.1.0", "20", True),
        ("19.9.9", "18 - 20", True),
        ("20.9.9", "18 - 20", True),
        ("21.0.0", "18 - 20", False),
        ("20.0.0", ">20", False),
        ("21.0.0", ">20", True),
        ("20.9.0", "<=20", True),
        ("20.9.0", "*", True),
        ("20.9.0", "", True),
        ("20.9.0", "v20.9.0", True),
        ("20.9.0", "lts/iron", None),
        ("20.9.0", ">=18 or so", None),
        ("unknown", ">=18", None),
    ],
)
def test_versions(version: str, wanted: str, expected: bool | None) -> None:
    assert satisfies(version, wanted) is expected


@pytest.mark.parametrize(
    ("argv", "built"),
    [
        ("next start", ".next/BUILD_ID"),
        ("npm run start", ".next/BUILD_ID"),
        ("node dist/main.js", "dist/main.js"),
        ("node /srv/api/dist/main.js", "dist/main.js"),
        ("node node_modules/x/dist/cli.js", ""),
        ("node server.js", ""),
        ("next dev", ""),
    ],
)
def test_what_a_build_has_to_leave(argv: str, built: str) -> None:
    package = Package("/srv/api", (("start", "next start"),))
    assert programs.built_by(app(argv), package) == built


@pytest.mark.parametrize(
    ("env", "port"),
    [
        ({"DB_HOST": "localhost", "DB_PORT": "1377"}, 1377),
        ({"DB_PORT": "1377"}, 1377),
        ({"DB_HOST": "db.internal", "DB_PORT": "1377"}, None),
        ({"DATABASE_URL": "postgres://me:pass@127.0.0.1:1377/sales"}, 1377),
        ({"DATABASE_URL": "postgres://me:pass@db.internal:1377/sales"}, None),
        ({"DATABASE_URL": "postgres://localhost/sales"}, None),
        ({}, None),
    ],
)
def test_where_the_database_is(env: dict[str, str], port: int | None) -> None:
    found = commands.database_port(app("node a.js", env=env))
    assert (found and found.port) == port


@pytest.mark.parametrize(
    ("name", "line", "differs"),
    [
        ("README.md", "psql -h localhost -p 5432 sales", True),
        ("README.md", "pg_dump --port=5432 sales > x.sql", True),
        ("README.md", "pg_dump --port=1377 sales > x.sql", False),
        ("README.md", "docker compose exec db psql -p 5432", False),
        ("README.md", "ssh -p 5432 host", False),
        ("README.md", "psql sales", False),
        ("docker-compose.yml", '      - "5432:5432"', True),
        ("docker-compose.yml", '      - "1377:5432"', False),
        ("docker-compose.yml", '      - "127.0.0.1:1377:5432"', False),
        ("docker-compose.yml", '      - "6379:6379"', False),
        ("deploy.sh", "docker run -d -p 5432:5432 postgres:15", True),
    ],
)
def test_commands_for_a_database(name: str, line: str, differs: bool) -> None:
    about = app("node a.js", env={"DB_PORT": "1377"})
    found = commands.judge([about], [TextFile(f"/srv/api/{name}", f"first line\n{line}\n")])
    assert [finding.code for finding in found] == ["db.port_differs"] * differs
    assert all(f"{name}:2 says 5432" in finding.message for finding in found)


@pytest.mark.parametrize(
    ("kind", "access", "shared", "codes"),
    [
        ("config", 0o644, True, []),
        ("config", 0o664, True, ["config.writable"]),
        ("config", 0o664, False, []),
        ("config", 0o666, False, ["config.writable"]),
        ("env", 0o600, True, []),
        ("env", 0o640, True, []),
        ("env", 0o644, True, ["file.env_readable"]),
        ("env", 0o666, True, ["file.env_writable", "file.env_readable"]),
        ("log", 0o644, True, []),
        ("log", 0o662, True, ["file.log_writable"]),
        ("state", 0o700, True, []),
        ("state", 0o750, True, ["file.state_open"]),
    ],
)
def test_a1_17_modes(kind: str, access: int, shared: bool, codes: list[str]) -> None:
    file = PlainFile("/srv/api/x", kind, access, "me", group_is_shared=shared)
    assert [finding.code for finding in files.judge_modes([file])] == codes
