"""Flask with Flask-SQLAlchemy; Gunicorn serves it."""

import logging
import os
from functools import partial

import deeds
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

logging.basicConfig(format="[%(asctime)s] %(levelname)s in %(module)s: %(message)s", level="INFO")
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace(
    "postgresql:", "postgresql+psycopg:"
)
db = SQLAlchemy(app)


@app.get("/")
def root() -> str:
    """Answer."""
    return "ok"


@app.get("/orders")
def orders() -> str:
    """Ask the database."""
    return str(db.session.execute(text("SELECT 1")).scalar_one())


@app.get("/crash")
def crash() -> str:
    """Look for what a customer may leave out."""
    form: dict[str, int] = {"row": 3}
    return str(form["seat"])


for name in ("hang", "leak", "upload"):
    app.add_url_rule(f"/{name}", name, partial(getattr(deeds, name)))
