"""The options and data sources, typed and validated."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from data_sync.settings.check_interval import CheckInterval
from data_sync.settings.durations import Duration
from data_sync.settings.identifiers import Identifier, TableIdentifier
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.time_zones import TimeZone

if TYPE_CHECKING:
    from typing_extensions import Self

    from data_sync.settings.update_type import UpdateType

AirflowId = Annotated[str, StringConstraints(pattern=r"^[\w.:/-]+$", max_length=250)]
"""The id of a connection or the name of a pool in Airflow."""

_MASS_ONLY = ("prepurge_data", "reindex_data", "load", "minimum_rows_percent")


class Strict(BaseModel):
    """Base of all settings: unknown fields are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScheduleConfig(Strict):
    """One of a data source's three schedules.

    :ivar is_enabled: whether this update type runs at all
    :ivar interval: how old the last such update may become
    :ivar prepurge_data: Mass only: replace the table's contents instead of merging into them
    :ivar reindex_data: Mass with ``load: truncate`` only: rebuild the indexes afterwards
    :ivar load: Mass with ``prepurge_data`` only: ``swap`` loads beside the table and replaces its
        contents at once; ``truncate`` empties the table first and loads straight into it
    :ivar minimum_rows_percent: Mass with ``prepurge_data`` only: refuse a load with fewer rows than this
        share of what the table holds; 0 accepts anything
    """

    is_enabled: bool = True
    interval: Duration
    prepurge_data: bool = False
    reindex_data: bool = True
    load: Literal["swap", "truncate"] = "swap"
    minimum_rows_percent: int = Field(50, ge=0, le=100)


class SourceSystem(Strict):
    """A system that rows come from.

    :ivar connection: id of the Airflow connection to read through; None for sources without one
    :ivar pool: Airflow pool that caps concurrent reads
    :ivar time_zone: IANA name of the zone in which the source writes its stamps
    :ivar query_timeout: how long the source may take to answer a query
    :ivar login_timeout: how long a connection attempt may take
    :ivar site: facts of the site that the system's fetcher understands, such as the JDE owner
    """

    connection: AirflowId | None = None
    pool: AirflowId
    time_zone: TimeZone = "UTC"
    query_timeout: Duration = timedelta(hours=2)
    login_timeout: Duration = timedelta(seconds=30)
    site: dict[str, Any] = Field(default_factory=dict)


class WarehouseOptions(Strict):
    """Where the tables are kept.

    :ivar connection: id of the Airflow connection; its type (``mssql`` or ``postgres``) decides how
    :ivar pool: Airflow pool that caps concurrent work in the warehouse
    :ivar target_schema: schema of the target tables, unless a data source names another
    :ivar staging_schema: schema of the staging tables; nothing else should live there
    :ivar log_schema: schema of DataUpdate and the package's own tables
    :ivar uri: ``mssql://host:port/database``: names the tables' Airflow assets
    :ivar lock_timeout: how long to wait for another update of the same table
    :ivar statement_timeout: how long one statement may take
    """

    connection: AirflowId = "warehouse"
    pool: AirflowId = "data_sync_warehouse"
    target_schema: Identifier = "dbo"
    staging_schema: Identifier = "staging"
    log_schema: Identifier = "data_sync"
    uri: str = "mssql://warehouse:1433/cache"
    lock_timeout: Duration = timedelta(minutes=30)
    statement_timeout: Duration = timedelta(hours=4)

    @field_validator("uri")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        parts = urlsplit(value)
        if "@" in parts.netloc:
            raise ValueError("must not hold credentials; write mssql://host:port/database")
        path = parts.path.strip("/")
        if not re.fullmatch(r"mssql|postgres(ql)?", parts.scheme) or not parts.hostname or not path:
            raise ValueError(f"{value!r} does not name a database; write one such as mssql://host:1433/cache")
        return value

    @model_validator(mode="after")
    def _staging_is_apart(self) -> Self:
        if self.staging_schema.casefold() in {self.target_schema.casefold(), self.log_schema.casefold()}:
            raise ValueError(
                f"staging_schema {self.staging_schema!r} holds other tables too; write a schema of its own"
            )
        return self


class NotifierOptions(Strict):
    """One way to tell people.

    :ivar notifier: dotted path of an Airflow notifier, such as
        ``airflow.providers.smtp.notifications.smtp.SmtpNotifier``
    :ivar arguments: what it is made with; ``{{ alert.subject }}`` and ``{{ alert.message }}`` are the text.
        Credentials belong into the notifier's connection.
    """

    notifier: str = Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    arguments: dict[str, Any] = Field(default_factory=dict)


class AlertOptions(Strict):
    """Who is told when a table's sync breaks, is late, or works again.

    :ivar notifiers: the ways to tell; none means that nobody is told
    """

    notifiers: tuple[NotifierOptions, ...] = ()


def _without_mass_fields(schema: dict[str, Any]) -> None:
    schema["not"] = {"anyOf": [{"required": [name]} for name in _MASS_ONLY]}


class DataSource(Strict):
    """One table to keep in step.

    :ivar table_name: the target table; unique over all data sources
    :ivar target_schema: its schema; None means the warehouse's default
    :ivar source_system: key of one of the options' ``source_systems``
    :ivar fetcher: ``jde``, ``sql``, ``cms``, ``sample`` or the dotted path of a Fetcher class
    :ivar fetch: the fetcher's own settings
    :ivar keys: the columns that identify a row
    :ivar last_update_column: the column with a row's change stamp; None when the source has none
    :ivar create_table: create the target table when it is missing
    :ivar allow_empty: accept a full read that returns no row; without it such a load is refused, like any
        suspicious one
    :ivar post_processor: ``sql`` or the dotted path of a PostProcessor class; None for none
    :ivar post_process: the post-processor's own settings
    :ivar is_enabled: whether the table is synced at all
    :ivar mass: full loads; None for none
    :ivar daily: reads of what changed since the last Mass or Daily; None for none
    :ivar hourly: the same in between, more often; None for none
    :ivar deadline: how long after it was due a run is called late; None means the shortest interval
    :ivar description: what the table holds, in a sentence or two; shown in the DAG's documentation
    :ivar owner: who is called when it fails
    :ivar tags: more tags for the DAG
    """

    table_name: TableIdentifier
    target_schema: Identifier | None = None
    source_system: str
    fetcher: str
    fetch: dict[str, Any] = Field(default_factory=dict)
    keys: tuple[Identifier, ...] = Field(json_schema_extra={"minItems": 1})
    last_update_column: Identifier | None = None
    create_table: bool = False
    allow_empty: bool = False
    post_processor: str | None = None
    post_process: dict[str, Any] = Field(default_factory=dict)
    is_enabled: bool = True
    mass: ScheduleConfig | None = None
    daily: ScheduleConfig | None = Field(None, json_schema_extra=_without_mass_fields)
    hourly: ScheduleConfig | None = Field(None, json_schema_extra=_without_mass_fields)
    deadline: Duration | None = None
    description: str = ""
    owner: str = "data-sync"
    tags: tuple[str, ...] = ()

    @field_validator("keys")
    @classmethod
    def _keys_identify(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if not keys:
            raise ValueError(
                "no column is named; write the columns that identify a row, such as [OrderNumber]"
            )
        seen: set[str] = set()
        for key in keys:
            if key.casefold() in seen:
                raise ValueError(f"{key!r} is named twice; write each key column once")
            seen.add(key.casefold())
        return keys

    @field_validator("daily", "hourly")
    @classmethod
    def _mass_fields_are_mass_only(cls, value: ScheduleConfig | None) -> ScheduleConfig | None:
        wrong = [name for name in _MASS_ONLY if value is not None and name in value.model_fields_set]
        if wrong:
            raise ValueError(f"{', '.join(wrong)} only apply to a full load; write them under mass")
        return value

    @model_validator(mode="after")
    def _has_a_schedule(self) -> Self:
        if self.mass is None and self.daily is None and self.hourly is None:
            raise ValueError("has no schedule; write at least one of mass, daily and hourly with an interval")
        return self

    def schedule(self, update_type: UpdateType) -> ScheduleConfig | None:
        """Return the schedule of a type when it is configured and enabled, else None."""
        config: ScheduleConfig | None = getattr(self, update_type.group_id)
        return config if config is not None and config.is_enabled else None

    def load_method(self, update_type: UpdateType) -> LoadMethod:
        """Return how an update of a type is loaded."""
        mass = self.mass
        if update_type.group_id != "mass" or mass is None or not mass.prepurge_data:
            return LoadMethod.MERGE
        return LoadMethod(mass.load)


class DataSyncOptions(Strict):
    """What holds for all data sources.

    :ivar check_interval: how often a DAG looks for due updates: a duration or a cron expression
    :ivar max_degree_of_parallelism: slots of the warehouse pool, which ``apply-settings`` gives it
    :ivar batch_size: rows per batch, each with its own staging table
    :ivar bulk_copy_batch_size: rows per round trip or commit inside a bulk copy
    :ivar lookback_multiplier: how many intervals before the last update's start a read begins
    :ivar purge_retention_days: how long log rows are kept
    :ivar leftovers_retention_days: how long staging tables and spooled files of a failed update are kept
    :ivar spool: folder or object store URL for fetched batches; None means a folder in AIRFLOW_HOME
    :ivar retries: how often a task that failed for a passing reason runs again
    :ivar retry_delay: how long to wait before that
    :ivar alerts: who is told of failures
    :ivar warehouse: where the tables are kept
    :ivar source_systems: the systems that rows come from, by the name that data sources use
    """

    check_interval: CheckInterval = timedelta(minutes=15)
    max_degree_of_parallelism: int = Field(4, ge=1)
    batch_size: int = Field(1_000_000, ge=1)
    bulk_copy_batch_size: int = Field(100_000, ge=1)
    lookback_multiplier: float = Field(3, ge=0, le=100, allow_inf_nan=False)
    purge_retention_days: int = Field(90, ge=1)
    leftovers_retention_days: int = Field(7, ge=0)
    spool: str | None = Field(None, min_length=1)
    retries: int = Field(2, ge=0)
    retry_delay: Duration = timedelta(minutes=1)
    alerts: AlertOptions = AlertOptions()
    warehouse: WarehouseOptions = WarehouseOptions()
    source_systems: dict[str, SourceSystem] = Field(default_factory=dict)
