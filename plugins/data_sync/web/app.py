"""The app that Airflow's API server mounts: health endpoint, page and the page's data."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from data_sync.errors import DataSyncError
from data_sync.health.judge import Status
from data_sync.orchestration.dag_id import dag_id_of
from data_sync.web.access import CurrentUser, OptionalUser, is_logged_in, readable_dags, requires_login
from data_sync.web.page_data import logged_update, page_data, visible_problems
from data_sync.web.snapshot import HealthReader, Snapshot
from data_sync.web.threads import SharedRead, Threads, TooSlow

LOGGER = logging.getLogger(__name__)

KEEP = timedelta(seconds=3)
"""How long what was read serves further requests."""

LIMIT = timedelta(seconds=8)
"""How long a request waits for the warehouse; its statements are cut off then, too."""

MOST_HISTORIES = 60
"""Tables in one request for histories."""

MOST_UPDATES = 50
"""Updates per table in one request for histories."""

_THREADS, _WAITING = 2, 20
_STATIC = Path(__file__).parent / "static"
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

T = TypeVar("T")


class StatusApp:
    """The routes and what they read.

    :param reader: reads health and history
    :param keep: how long what was read serves further requests
    :param limit: how long a request waits for it
    """

    def __init__(self, reader: HealthReader, keep: timedelta = KEEP, limit: timedelta = LIMIT) -> None:
        self._reader = reader
        self._snapshots = SharedRead(reader.snapshot, keep, limit)
        self._threads = Threads(_THREADS, _WAITING, limit)

    def build(self) -> FastAPI:
        """Return the app."""
        app = FastAPI(title="DataSync", docs_url=None, redoc_url=None, openapi_url=None)
        app.middleware("http")(_with_headers)
        app.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=2)
        login = [Depends(requires_login)]
        app.add_api_route("/", self.page)
        app.add_api_route("/health", self.health, methods=["GET", "HEAD"])
        app.add_api_route("/api/tables", self.tables, dependencies=login)
        app.add_api_route("/api/history", self.history, dependencies=login)
        app.mount("/static", StaticFiles(directory=_STATIC))
        return app

    async def page(self, request: Request) -> Response:
        """Serve the page; lead those without a login to Airflow's."""
        if await is_logged_in(request):
            return FileResponse(_STATIC / "index.html")
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"../api/v2/auth/login?{urlencode({'next': back})}")

    async def health(self, user: OptionalUser) -> Response:
        """Return the overall health: 200 when Healthy or Degraded, 503 when Unhealthy or unknown.

        The overall word for everybody; all of it for those who may see the page.
        """
        try:
            snapshot = await self._snapshots.get()
            body = {"status": snapshot.health.status.value}
            rendered = _rendered(body) if user is None else await self._threads.run(_health, user, snapshot)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is Unhealthy
            unknown = {"status": Status.UNHEALTHY.value}
            reason = _reason(error)
            return _json(_rendered(unknown if user is None else unknown | {"reason": reason}), 503)
        return _json(rendered, 503 if snapshot.health.status is Status.UNHEALTHY else 200)

    async def tables(self, user: CurrentUser) -> Response:
        """Return what the page shows of every table that the user may read."""
        snapshot = await _or_unavailable(self._snapshots.get())
        return _json(await _or_unavailable(self._threads.run(_tables, user, snapshot)))

    async def history(
        self,
        user: CurrentUser,
        table: Annotated[list[str], Query(max_length=MOST_HISTORIES)],
        updates: Annotated[int, Query(ge=1, le=MOST_UPDATES)] = 30,
    ) -> Response:
        """Return the latest updates of some tables, newest first."""
        snapshot = await _or_unavailable(self._snapshots.get())
        wanted = list(dict.fromkeys(table))
        return _json(await _or_unavailable(self._threads.run(self._history, user, snapshot, wanted, updates)))

    def _history(self, user: Any, snapshot: Snapshot, tables: list[str], updates: int) -> str:
        readable = set(_readable(user, snapshot))
        found = self._reader.history([name for name in tables if name in readable], updates)
        return _rendered({name: [logged_update(row) for row in rows] for name, rows in found.items()})


# These run on threads: with a thousand tables, rendering alone takes too long for the event loop.


def _health(user: Any, snapshot: Snapshot) -> str:
    names = _readable(user, snapshot)
    health = snapshot.health
    visible = {name: health.tables[name] for name in names}
    problems = tuple(visible_problems(snapshot, names))
    return _rendered(replace(health, tables=visible, problems=problems).as_dict())


def _tables(user: Any, snapshot: Snapshot) -> str:
    return _rendered(page_data(snapshot, _readable(user, snapshot)))


def _readable(user: Any, snapshot: Snapshot) -> list[str]:
    """Return the names of the tables whose DAGs the user may read."""
    dags = {name: dag_id_of(name) for name in snapshot.sources}
    readable = readable_dags(user, dags.values())
    return [name for name, dag in dags.items() if dag in readable]


def _rendered(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


async def _or_unavailable(waiting: Awaitable[T]) -> T:
    try:
        return await waiting
    except Exception as error:  # noqa: BLE001 - shown to the user and logged
        raise HTTPException(503, _reason(error), {"Cache-Control": "no-store"}) from None


def _reason(error: Exception) -> str:
    """Return the message of an error for a user; details that are not for users go to the log."""
    if isinstance(error, TooSlow):
        return f"the warehouse did not answer within {LIMIT.seconds} seconds"
    if isinstance(error, DataSyncError):
        LOGGER.warning("health cannot be read: %s", error)
        return str(error)
    LOGGER.error("health cannot be read", exc_info=error)
    return "an error of the status page itself; see the API server's log"


def _json(body: str, status: int = 200) -> Response:
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.update(_SECURITY)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def create_app() -> FastAPI:
    """Return the app over the configured warehouse."""
    return StatusApp(HealthReader(LIMIT)).build()
