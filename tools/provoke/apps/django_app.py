"""Django in one file, with psycopg; Gunicorn serves it."""

import os

import deeds
import django
import environ
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

env = environ.Env()
settings.configure(
    DEBUG=False,
    SECRET_KEY=env("SECRET_KEY"),
    DATABASES={"default": env.db("DATABASE_URL")},
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{levelname} {asctime} {name} {message}", "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    },
)
django.setup()


def orders(_request: HttpRequest) -> JsonResponse:
    """Ask the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return JsonResponse({"orders": cursor.fetchall()})


def crash(_request: HttpRequest) -> HttpResponse:
    """Use what a query did not find."""
    order = None
    return HttpResponse(order.seats)


def deed(name: str):
    """Make a view of a deed."""

    def view(_request: HttpRequest) -> HttpResponse:
        getattr(deeds, name)()
        return HttpResponse("ok")

    return path(name, view)


urlpatterns = [
    path("", lambda _request: HttpResponse("ok")),
    path("orders", orders),
    path("crash", crash),
    *map(deed, ("hang", "leak", "upload")),
]
application = WSGIHandler()
os.environ.setdefault("TZ", "UTC")
