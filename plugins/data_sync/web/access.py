"""Who asks, and what they may see: Airflow's own login and permissions decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, get_user, requires_access_view
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.utils import get_authorization_scheme_param

CurrentUser = GetUserDep
"""A parameter that holds who asks; refuses those without a login (401)."""

requires_login = requires_access_view(AccessView.PLUGINS)
"""Dependency that refuses those without a login (401) and without the permission to see plugins (403)."""


async def user_or_none(request: Request) -> BaseUser | None:
    """Return who asks, if they are logged in and may see plugins; None for everybody else.

    :raises HTTPException: a bearer token was sent that is not, or no longer, valid
    """
    bearer = _bearer(request)
    try:
        user: BaseUser = await get_user(request, None, bearer)
    except HTTPException:
        if bearer is not None:
            raise
        return None
    return user if get_auth_manager().is_authorized_view(access_view=AccessView.PLUGINS, user=user) else None


async def is_logged_in(request: Request) -> bool:
    """Return whether somebody is logged in who may see plugins.

    :raises HTTPException: somebody is logged in who may not
    """
    try:
        user = await get_user(request, None, _bearer(request))
    except HTTPException:
        return False
    requires_login(request, user)
    return True


OptionalUser = Annotated[BaseUser | None, Depends(user_or_none)]
"""A parameter that holds who asks, or None; see :func:`user_or_none`."""


def readable_dags(user: Any, dag_ids: Iterable[str]) -> set[str]:
    """Return which DAGs a user may read; asks Airflow's metadata, so it belongs on a thread.

    DAGs that Airflow does not know, such as those of disabled tables, are judged by their ids alone.
    """
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    manager, wanted = get_auth_manager(), set(dag_ids)
    with create_session() as session:
        known = wanted.intersection(session.scalars(select(DagModel.dag_id)))
    readable = manager.get_authorized_dag_ids(user=user, method="GET") & known
    return readable | manager.filter_authorized_dag_ids(dag_ids=wanted - known, user=user, method="GET")


def _bearer(request: Request) -> HTTPAuthorizationCredentials | None:
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if scheme and token else None
