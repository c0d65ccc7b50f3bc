"""Applies an ``airflow_settings.yaml``, in the Astro CLI's format, to a plain Airflow.

Works on Airflow's metadata database, so it runs from the command line, never inside a task. Applying
the same file again changes nothing. Values never appear in what it returns or raises.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from data_sync.errors import ConfigurationError
from data_sync.settings.load import ROOT
from data_sync.settings.problems import dotted
from data_sync.settings.source_files import label
from data_sync.settings.yaml_file import YamlFile, read_yaml

if TYPE_CHECKING:
    from airflow.models import Connection
    from sqlalchemy.orm import Session

    from data_sync.settings.models import DataSyncOptions

_COMPARED = ("conn_type", "host", "schema", "login", "password", "port", "extra")
_WAREHOUSE_POOL = "Concurrent loads into the warehouse (max_degree_of_parallelism)"


class _Settings(BaseModel):
    # Passwords and schemas made of digits are numbers to YAML.
    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True
    )


class ConnectionSettings(_Settings):
    """A connection; give either ``conn_uri`` or the parts."""

    conn_id: str | None = None
    conn_type: str | None = None
    conn_host: str | None = None
    conn_schema: str | None = None
    conn_login: str | None = None
    conn_password: str | None = None
    conn_port: int | None = None
    conn_uri: str | None = None
    conn_extra: str | dict[str, Any] | None = None


class PoolSettings(_Settings):
    """A pool and its number of slots; -1 is no limit."""

    pool_name: str | None = None
    pool_slot: int = Field(1, ge=-1)
    pool_description: str | None = None


class VariableSettings(_Settings):
    """A variable; anything but text is stored as JSON."""

    variable_name: str | None = None
    variable_value: Any = None


class AirflowSettings(_Settings):
    """What stands under ``airflow:``. Entries without a name, as in Astro's template, do nothing."""

    connections: tuple[ConnectionSettings, ...] = ()
    pools: tuple[PoolSettings, ...] = ()
    variables: tuple[VariableSettings, ...] = ()

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return () if value is None else value


def read_airflow_settings(path: Path, options: DataSyncOptions) -> AirflowSettings:
    """Read the file, and add the warehouse's pool with ``max_degree_of_parallelism`` slots.

    :raises ConfigurationError: the file is missing or wrong, or gives that pool another number of slots; the
        message names fields, never credentials
    """
    file = read_yaml(path, label(path, ROOT))
    if not isinstance(file.data, dict) or list(file.data) != ["airflow"]:
        raise ConfigurationError(f"{file.label}: write everything under one key, airflow:")
    try:
        return _with_warehouse_pool(AirflowSettings.model_validate(file.data["airflow"] or {}), options, file)
    except ValidationError as error:
        messages = []
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            where = ("airflow", *detail["loc"])
            messages.append(f"{file.place(where)}, {dotted(where)}: {detail['msg']}")
        raise ConfigurationError("\n".join(messages)) from None


def _with_warehouse_pool(
    settings: AirflowSettings, options: DataSyncOptions, file: YamlFile
) -> AirflowSettings:
    name, slots = options.warehouse.pool, options.max_degree_of_parallelism
    listed = [number for number, pool in enumerate(settings.pools) if pool.pool_name == name]
    for number in listed:
        written = settings.pools[number].pool_slot
        if written != slots:
            where = ("airflow", "pools", number, "pool_slot")
            raise ConfigurationError(
                f"{file.place(where)}, {dotted(where)}: {name} is the warehouse's pool, whose slots are "
                f"max_degree_of_parallelism, {slots}; write {slots} here as well, or change "
                "max_degree_of_parallelism"
            )
    if listed:
        return settings
    added = PoolSettings(pool_name=name, pool_slot=slots, pool_description=_WAREHOUSE_POOL)
    return settings.model_copy(update={"pools": (*settings.pools, added)})


def apply_airflow_settings(settings: AirflowSettings) -> list[str]:
    """Create and update connections, pools and variables, in one transaction.

    What the environment provides (``AIRFLOW_CONN_…``, ``AIRFLOW_VAR_…``) is left alone, since Airflow
    would look there first.

    :returns: a line for each entry: what it is and whether it was created, updated or unchanged
    :raises ConfigurationError: a connection cannot be built from its settings
    """
    from airflow.utils.session import create_session

    with create_session() as session:
        return [
            *_connections(session, settings.connections),
            *_pools(session, settings.pools),
            *_variables(session, settings.variables),
        ]


def _connections(session: Session, wanted: tuple[ConnectionSettings, ...]) -> Iterator[str]:
    from airflow.models import Connection
    from sqlalchemy import select

    for settings in wanted:
        if not settings.conn_id:
            continue
        if f"AIRFLOW_CONN_{settings.conn_id.upper()}" in os.environ:
            yield f"connection {settings.conn_id}: left to the environment"
            continue
        new = _connection(settings)
        old = session.scalar(select(Connection).where(Connection.conn_id == settings.conn_id))
        if old is None:
            session.add(new)
            yield f"connection {settings.conn_id}: created"
            continue
        changed = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
        for name in changed:
            setattr(old, name, getattr(new, name))
        yield f"connection {settings.conn_id}: {'updated' if changed else 'unchanged'}"


def _connection(settings: ConnectionSettings) -> Connection:
    from airflow.models import Connection

    try:
        if settings.conn_uri:
            return Connection(conn_id=settings.conn_id, uri=settings.conn_uri)
        if not settings.conn_type:
            raise ConfigurationError(f"connection {settings.conn_id}: write conn_type or conn_uri")
        return Connection(
            conn_id=settings.conn_id,
            conn_type=settings.conn_type,
            host=settings.conn_host,
            schema=settings.conn_schema,
            login=settings.conn_login,
            password=settings.conn_password,
            port=settings.conn_port,
            extra=settings.conn_extra or None,
        )
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - Airflow's own messages may quote the URI with its password
        raise ConfigurationError(
            f"connection {settings.conn_id}: Airflow refuses it ({type(error).__name__}); "
            "check conn_uri, or write conn_type and the other parts"
        ) from None


def _pools(session: Session, wanted: tuple[PoolSettings, ...]) -> Iterator[str]:
    from airflow.models import Pool
    from sqlalchemy import select

    for settings in wanted:
        if not settings.pool_name:
            continue
        description = settings.pool_description or ""
        pool = session.scalar(select(Pool).where(Pool.pool == settings.pool_name))
        if pool is None:
            session.add(
                Pool(
                    pool=settings.pool_name,
                    slots=settings.pool_slot,
                    description=description,
                    include_deferred=False,
                )
            )
            yield f"pool {settings.pool_name}: created"
        elif (pool.slots, pool.description) == (settings.pool_slot, description):
            yield f"pool {settings.pool_name}: unchanged"
        else:
            pool.slots, pool.description = settings.pool_slot, description
            yield f"pool {settings.pool_name}: updated"


def _variables(session: Session, wanted: tuple[VariableSettings, ...]) -> Iterator[str]:
    from airflow.models import Variable
    from sqlalchemy import select

    for settings in wanted:
        name, value = settings.variable_name, settings.variable_value
        if not name:
            continue
        if f"AIRFLOW_VAR_{name.upper()}" in os.environ:
            yield f"variable {name}: left to the environment"
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        variable = session.scalar(select(Variable).where(Variable.key == name))
        if variable is None:
            session.add(Variable(key=name, val=text))  # type: ignore[no-untyped-call]
            yield f"variable {name}: created"
        elif variable.get_val() == text:
            yield f"variable {name}: unchanged"
        else:
            variable.set_val(text)
            yield f"variable {name}: updated"
