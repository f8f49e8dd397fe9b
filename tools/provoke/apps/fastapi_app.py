"""FastAPI with SQLAlchemy over asyncpg; Uvicorn serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import deeds
from fastapi import FastAPI, WebSocket
from pydantic_settings import BaseSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


class Settings(BaseSettings):
    """What the app needs."""

    database_url: str
    jwt_secret: str


settings = Settings()
engine = create_async_engine(settings.database_url.replace("postgresql:", "postgresql+asyncpg:"))


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Ask the database before anything is served."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def root() -> str:
    """Answer."""
    return "ok"


@app.get("/orders")
async def orders() -> int:
    """Ask the database."""
    async with engine.connect() as connection:
        return (await connection.execute(text("SELECT 1"))).scalar_one()


@app.get("/crash")
async def crash() -> int:
    """Add up what is missing."""
    return deeds.total([{"seats": 2}, {}])


@app.get("/hang")
async def hang() -> None:
    """Block the loop."""
    deeds.hang()


@app.get("/leak")
async def leak() -> None:
    """Take all memory."""
    deeds.leak()


@app.get("/upload")
async def upload() -> None:
    """Fill the disk."""
    deeds.upload()


@app.websocket("/ws")
async def echo(socket: WebSocket) -> None:
    """Send back what came."""
    await socket.accept()
    async for message in socket.iter_text():
        await socket.send_text(message)
