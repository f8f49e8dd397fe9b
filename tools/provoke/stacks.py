"""The stacks that faults are provoked in: how each is started, and whose versions matter."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from stage import APP, BROKER, URL

PYTHON: Final = str(APP / ".venv/bin/python")
_UPLOADS: Final = APP / "uploads"


class Stack(NamedTuple):
    """A way to build a service."""

    name: str
    command: tuple[str, ...]
    port: int
    packages: tuple[str, ...]
    """Whose versions are told; those of Node come from npm, the others from pip."""
    node: bool = True
    needs: Mapping[str, str] = {}
    """Variables that it does not start without."""
    lazy: bool = False
    """It asks its database only when a request needs it."""
    cwd: Path = APP

    @property
    def env(self) -> dict[str, str]:
        """Everything it needs to be well."""
        return {"PORT": str(self.port), "UPLOAD_DIR": str(_UPLOADS), **self.needs}


_DATABASE: Final = {"DATABASE_URL": URL}
_GUNICORN: Final = ("-m", "gunicorn", "--access-logfile", "-", "--timeout", "5", "-b")
_NEXT: Final = APP / "next"

STACKS: Final = {
    stack.name: stack
    for stack in (
        Stack(
            "nest",
            ("node", "nest.mjs"),
            3000,
            ("@nestjs/core", "@nestjs/typeorm", "typeorm", "pg"),
            needs={**_DATABASE, "JWT_SECRET": "x" * 32},
        ),
        Stack(
            "next",
            ("node", str(APP / "node_modules/next/dist/bin/next"), "start", "-H", "127.0.0.1"),
            3000,
            ("next", "react", "pg"),
            needs={**_DATABASE, "AUTH_SECRET": "x" * 32},
            lazy=True,
            cwd=_NEXT,
        ),
        Stack(
            "express",
            ("node", "express.mjs"),
            3000,
            ("express", "pg", "pino"),
            needs=_DATABASE,
            lazy=True,
        ),
        Stack(
            "prisma",
            ("node", "prisma.mjs"),
            4000,
            ("@prisma/client", "@prisma/adapter-pg", "express"),
            needs=_DATABASE,
            lazy=True,
        ),
        Stack(
            "sequelize",
            ("node", "sequelize.mjs"),
            5000,
            ("sequelize", "pg", "express"),
            needs=_DATABASE,
        ),
        Stack(
            "django",
            (PYTHON, *_GUNICORN, "127.0.0.1:8000", "django_app:application"),
            8000,
            ("django", "django-environ", "psycopg", "gunicorn"),
            node=False,
            needs={**_DATABASE, "SECRET_KEY": "x" * 50},
            lazy=True,
        ),
        Stack(
            "fastapi",
            (PYTHON, "-m", "uvicorn", "fastapi_app:app", "--port", "8000"),
            8000,
            ("fastapi", "uvicorn", "sqlalchemy", "asyncpg", "pydantic-settings"),
            node=False,
            needs={**_DATABASE, "JWT_SECRET": "x" * 32},
        ),
        Stack(
            "flask",
            (PYTHON, *_GUNICORN, "127.0.0.1:5000", "flask_app:app"),
            5000,
            ("flask", "flask-sqlalchemy", "sqlalchemy", "psycopg", "gunicorn"),
            node=False,
            needs=_DATABASE,
            lazy=True,
        ),
        Stack(
            "celery",
            (PYTHON, "-m", "celery", "-A", "celery_app", "worker", "-n", "worker@web-1",
             "--concurrency", "1", "-l", "INFO"),
            5555,
            ("celery", "redis", "kombu"),
            node=False,
            needs={"CELERY_BROKER_URL": BROKER, "C_FORCE_ROOT": "1"},
        ),
        Stack("plain", ("node", "plain.mjs"), 3000, ("pg", "ws"), needs=_DATABASE),
    )
}  # fmt: skip
