"""Airflow's plugin: the health endpoint, and the status page in the navigation and on each DAG.

Every component of Airflow loads this module, tasks too, so nothing is imported until a request comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/data-sync"


class LazyApp:
    """An ASGI app that is built when its first request comes."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._app is None:
            from data_sync.web.app import create_app

            self._app = create_app()
        await self._app(scope, receive, send)


_APPS = [{"app": LazyApp(), "url_prefix": PREFIX, "name": "DataSync"}]

# Addresses are relative to Airflow's base URL, which may have a path of its own.
_VIEWS = [
    {
        "name": "DataSync",
        "href": "data-sync/",
        "destination": "nav",
        "url_route": "data-sync",
        "icon": "data-sync/static/icon.svg",
        "icon_dark_mode": "data-sync/static/icon-dark.svg",
        "nav_top_level": True,
    },
    {
        "name": "DataSync",
        "href": "data-sync/?dag={DAG_ID}",
        "destination": "dag",
        "url_route": "data-sync-table",
        "icon": "data-sync/static/icon.svg",
        "icon_dark_mode": "data-sync/static/icon-dark.svg",
    },
]


class DataSyncPlugin(AirflowPlugin):
    """What DataSync adds to Airflow's API server and UI."""

    name = "data_sync"
    fastapi_apps = _APPS
    external_views = _VIEWS
