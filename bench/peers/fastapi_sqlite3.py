"""FastAPI with raw sqlite3: async functions that ask the database in place, models for what is sent, plain JSON for what is answered."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from limit import COLUMNS, GET, INSERT, scrypt

database = sqlite3.connect(os.environ["DATABASE"], timeout=10, isolation_level=None)
database.row_factory = sqlite3.Row
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")


class Task(BaseModel):
    subject: str | None = None
    status: str | None = None
    priority: str | None = None
    points: int | None = None
    description: str | None = None


class Login(BaseModel):
    usr: str
    pwd: str


async def user(authorization: Annotated[str, Header()] = "") -> str:
    key, _, secret = authorization.removeprefix("token ").partition(":")
    known = database.execute("SELECT name, api_secret FROM user WHERE api_key = ?", (key,)).fetchone()
    if known is None or not secrets.compare_digest(known["api_secret"], hashlib.sha256(secret.encode()).hexdigest()):
        raise HTTPException(401)
    return str(known["name"])


User = Annotated[str, Depends(user)]
app = FastAPI()


def answer(name: str) -> JSONResponse:
    row = database.execute(GET, (name,)).fetchone()
    if row is None:
        raise HTTPException(404)
    return JSONResponse({"data": dict(row)})


@app.get("/task/{name}")
async def get(name: str, user: User) -> JSONResponse:
    return answer(name)


@app.get("/task")
async def list_(status: str, user: User, limit: int = 20) -> JSONResponse:
    rows = database.execute(
        "SELECT name, subject, status, modified FROM task WHERE status = ? ORDER BY modified DESC LIMIT ?",
        (status, limit),
    )
    return JSONResponse({"data": [dict(row) for row in rows]})


@app.post("/task")
async def create(task: Task, user: User) -> JSONResponse:
    now, name = str(datetime.now()), secrets.token_hex(5)
    values: dict[str, Any] = {
        **task.model_dump(),
        "name": name,
        "owner": user,
        "modified_by": user,
        "creation": now,
        "modified": now,
        "docstatus": 0,
        "idx": 0,
    }
    database.execute(INSERT, [values[column] for column in COLUMNS])
    return answer(name)


@app.put("/task/{name}")
async def update(name: str, task: Task, user: User) -> JSONResponse:
    values = {**task.model_dump(exclude_unset=True), "modified": str(datetime.now()), "modified_by": user}
    database.execute(
        f"UPDATE task SET {', '.join(f'{column} = ?' for column in values)} WHERE name = ?", (*values.values(), name)
    )
    return answer(name)


@app.post("/login")
def login(sent: Login) -> JSONResponse:
    with sqlite3.connect(
        os.environ["DATABASE"], timeout=10
    ) as own:  # a plain function, on a thread: the hash takes long
        known = own.execute("SELECT password FROM user WHERE name = ?", (sent.usr,)).fetchone()
        if known is None or not secrets.compare_digest(known[0], scrypt(sent.pwd)):
            raise HTTPException(401)
        sid = secrets.token_hex()
        own.execute("INSERT INTO session VALUES (?, ?, ?)", (sid, sent.usr, str(datetime.now())))
    own.close()
    return JSONResponse({"sid": sid})
