"""Flask with SQLAlchemy, by Flask-SQLAlchemy: a model, a session a request, a commit a write."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, g, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

from limit import COLUMNS, scrypt

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.path.abspath(os.environ['DATABASE'])}"
db = SQLAlchemy(app)


@event.listens_for(Engine, "connect")
def pragmas(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


class Task(db.Model):
    __tablename__ = "task"
    name = db.Column(db.Text, primary_key=True)
    owner, creation, modified, modified_by = (db.Column(db.Text) for _ in range(4))
    docstatus, idx, points = (db.Column(db.Integer) for _ in range(3))
    subject, status, priority, description = (db.Column(db.Text) for _ in range(4))

    def as_dict(self) -> dict[str, Any]:
        return {column: getattr(self, column) for column in COLUMNS}


class User(db.Model):
    __tablename__ = "user"
    name = db.Column(db.Text, primary_key=True)
    password, api_key, api_secret = (db.Column(db.Text) for _ in range(3))


class Session(db.Model):
    __tablename__ = "session"
    sid = db.Column(db.Text, primary_key=True)
    user, created = (db.Column(db.Text) for _ in range(2))


@app.before_request
def authenticate() -> None:
    if request.path == "/login":
        return
    key, _, secret = request.headers.get("Authorization", "").removeprefix("token ").partition(":")
    known = db.session.execute(db.select(User).where(User.api_key == key)).scalar_one_or_none()
    if known is None or not secrets.compare_digest(known.api_secret, hashlib.sha256(secret.encode()).hexdigest()):
        abort(401)
    g.user = known.name


@app.get("/task/<name>")
def get(name: str) -> Response:
    return jsonify(data=db.get_or_404(Task, name).as_dict())


@app.get("/task")
def list_() -> Response:
    query = (
        db.select(Task.name, Task.subject, Task.status, Task.modified)
        .where(Task.status == request.args["status"])
        .order_by(Task.modified.desc())
    )
    return jsonify(
        data=[dict(row) for row in db.session.execute(query.limit(request.args.get("limit", 20, int))).mappings()]
    )


@app.post("/task")
def create() -> Response:
    now = str(datetime.now())
    task = Task(
        name=secrets.token_hex(5),
        owner=g.user,
        modified_by=g.user,
        creation=now,
        modified=now,
        docstatus=0,
        idx=0,
        **request.get_json(),
    )
    db.session.add(task)
    db.session.commit()
    return jsonify(data=task.as_dict())


@app.put("/task/<name>")
def update(name: str) -> Response:
    task = db.get_or_404(Task, name)
    for column, value in {**request.get_json(), "modified": str(datetime.now()), "modified_by": g.user}.items():
        setattr(task, column, value)
    db.session.commit()
    return jsonify(data=task.as_dict())


@app.post("/login")
def login() -> Response:
    sent = request.get_json()
    known = db.session.get(User, sent["usr"])
    if known is None or not secrets.compare_digest(known.password, scrypt(sent["pwd"])):
        abort(401)
    session = Session(sid=secrets.token_hex(), user=known.name, created=str(datetime.now()))
    db.session.add(session)
    db.session.commit()
    return jsonify(sid=session.sid)
