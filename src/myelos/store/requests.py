"""A command as a file or another program asks for it, before anybody knows whether they may."""

from __future__ import annotations

from typing import Any

from myelos.acts import Code, Note
from myelos.shapes import value
from myelos.times import Instant


@value
class Order:
    """What is to be recorded: the name and version of a command, and its data."""

    name: str
    version: int
    data: dict[str, Any]


@value
class Request:
    """``id``: one for every time somebody means to do something. ``at``: when it was done. ``order``: name,
    version and data. ``role``, ``site`` and ``why`` may be given once for many. Who asks is not in it."""

    id: Code
    at: Instant
    order: Order
    role: Code | None = None
    site: Code | None = None
    why: Note = ""


@value
class Addressed:
    """Where a command goes: the name of a trial, and the command's own id."""

    trial: Code
    command: Code
