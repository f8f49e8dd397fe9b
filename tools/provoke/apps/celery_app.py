"""A Celery worker on Redis."""

import os

import deeds
from celery import Celery

app = Celery(
    "shop", broker=os.environ["CELERY_BROKER_URL"], backend=os.environ["CELERY_BROKER_URL"]
)
app.conf.broker_connection_retry_on_startup = True


@app.task(name="shop.tasks.add")
def add(first: int, second: int) -> int:
    """Add."""
    return first + second


@app.task(name="shop.tasks.summarise")
def crash() -> int:
    """Add up what is missing."""
    return deeds.total([{"seats": 2}, {}])


@app.task(name="shop.tasks.render")
def hang() -> None:
    """Never end."""
    deeds.hang()


@app.task(name="shop.tasks.import_all")
def leak() -> None:
    """Take all memory."""
    deeds.leak()


@app.task(name="shop.tasks.store_poster")
def upload() -> None:
    """Fill the disk."""
    deeds.upload()
