"""Keeps the connections to the database open: a simulation makes thousands of short transactions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql.dbapi as adbc
import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class _Kept(psycopg.Connection[Any]):
    """A connection that stays open after its block."""

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind:
            self.rollback()
        else:
            self.commit()
        _idle.append(self)


class _KeptCopy:
    """A connection for copies that stays open when it is closed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.cursor, self.commit, self.rollback = connection.cursor, connection.commit, connection.rollback

    def close(self) -> None:
        self._connection.rollback()
        _copies.append(self)


_idle: list[_Kept] = []
_copies: list[_KeptCopy] = []


@contextmanager
def kept_connections(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let transactions share connections that stay open; each still has one of its own while it lasts."""
    connect = adbc.connect
    with patch.context() as changed:
        changed.setattr(
            psycopg,
            "connect",
            lambda dsn, **more: _idle.pop() if _idle else _Kept.connect(dsn, prepare_threshold=None, **more),
        )
        changed.setattr(adbc, "connect", lambda dsn: _copies.pop() if _copies else _KeptCopy(connect(dsn)))
        yield
        while _idle:
            _idle.pop().close()
        while _copies:
            _copies.pop()._connection.close()
