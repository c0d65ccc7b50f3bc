"""What DataSync asks of a warehouse, whichever database it is.

The tasks speak to this interface only. Two databases implement it: SQL Server (``mssql``) and
PostgreSQL (``postgres``). Every method may be called again after a crash at any point of itself and
must then leave the same result as one undisturbed call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.warehouse.migration import Change

ROW_NUMBER_COLUMN = "DataSyncRow"
"""Added to every fetched batch: the row's position in the fetch, a 64-bit integer counted from 0.

It breaks ties in the dedupe: of two rows with one key and one stamp, the one read later wins.
"""


@dataclass(frozen=True)
class TableName:
    """A schema-qualified table. Parts are raw names; rendering quotes them."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Column:
    """A column of a table in the warehouse.

    :param name: raw name
    :param sql_type: the type as DDL would write it, such as ``nvarchar(40)`` or ``numeric(15,4)``
    :param arrow_type: what a batch must hold so that the copy needs no conversion by the server
    :param nullable: whether NULL may be stored
    :param max_length: the longest text or binary that fits; None when unbounded or not text
    :param length_unit: what ``max_length`` counts
    :param writable: False for identity and computed columns, which loads leave alone
    :param has_default: whether the server fills the column when a load does not name it
    :param collation: the collation of a text column, where it differs from the default of staging
    :param has_equality: whether the database can tell two values of its type apart; otherwise they are
        compared as text
    """

    name: str
    sql_type: str
    arrow_type: pa.DataType
    nullable: bool = True
    max_length: int | None = None
    length_unit: Literal["characters", "utf16", "bytes"] = "characters"
    writable: bool = True
    has_default: bool = False
    collation: str | None = None
    has_equality: bool = True


@dataclass(frozen=True)
class Target:
    """The table to keep in step.

    :param table: where the rows go
    :param keys: the columns that identify a row, at least one
    :param last_update_column: the column that holds a row's change stamp; None when there is none
    """

    table: TableName
    keys: tuple[str, ...]
    last_update_column: str | None = None


@dataclass(frozen=True)
class Counts:
    """What a load did to the target, in rows. ``staged`` counts rows after the dedupe."""

    staged: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    def __add__(self, other: Counts) -> Counts:
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Baseline:
    """What the target held after the last load, as the warehouse recorded it in that load's transaction.

    :param identity: the physical table that was loaded; see :class:`TargetState`
    :param held_rows: whether the load left rows in it
    :param definition: what was read and how, as text by part; empty before the first full load
    :param is_complete: False from the moment a full load begins to empty the table until it has ended
    :param reading: the reading whose rows are the newest in the target; 0 before the first load
    :param full_reading: the latest reading of a full load; 0 before the first one
    :param read_from_dt: when that newest reading began. Aware, UTC; None before the first load.
    :param operation_id: the update that brought the newest rows
    :param loading: the truncate load that has emptied the table and not ended; None when there is none
    """

    identity: str | None
    held_rows: bool
    definition: Mapping[str, str]
    is_complete: bool
    reading: int
    full_reading: int
    read_from_dt: datetime | None
    operation_id: str | None
    loading: str | None


@dataclass(frozen=True)
class TargetState:
    """A target as it is now, with what the warehouse recorded of it.

    :param identity: names the physical table: a table that is dropped and created anew has another one.
        None when there is no such table.
    :param holds_rows: whether it holds a row
    :param baseline: what the last load recorded; None when there was none
    """

    identity: str | None
    holds_rows: bool
    baseline: Baseline | None


@dataclass(frozen=True)
class Reading:
    """The begin of one reading of the source.

    :param number: grows with every reading of a target, so that the later of two is known without a clock
    :param columns: the target's columns; empty when the table does not exist
    :param baseline: what the last load recorded; None when there was none
    """

    number: int
    columns: list[Column]
    baseline: Baseline | None


@dataclass(frozen=True)
class Load:
    """One load of a target, as the warehouse's records know it.

    :param operation_id: the update that it belongs to
    :param reading: the reading that its rows come from; the latest, where partitions were read one by one
    :param oldest_reading: the oldest of them; the same where there is one
    :param read_from_dt: when the oldest reading began. Aware, UTC.
    :param definition: what was read and how, as text by part
    :param is_full: whether the rows are all that the source held
    :param completes: whether the target is complete once they are loaded
    :param needs_baseline: whether the rows are changes since the last update, and so mean something only on
        top of what that update left
    """

    operation_id: str
    reading: int
    oldest_reading: int
    read_from_dt: datetime
    definition: Mapping[str, str] = field(default_factory=dict)
    is_full: bool = False
    completes: bool = False
    needs_baseline: bool = False

    @property
    def token(self) -> str:
        """What a truncate load is called while it is under way."""
        return f"{self.operation_id}:{self.reading}"


class Session(ABC):
    """One open transaction. Errors arrive translated into :mod:`data_sync.errors`."""

    @abstractmethod
    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Run one statement with ``%(name)s`` parameters and return the number of rows it touched."""

    @abstractmethod
    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one query and return its rows by column name. For small results only."""

    @abstractmethod
    def stamp(self, instant: datetime) -> datetime:
        """Return an aware instant as the package's own tables hold it."""


class Warehouse(ABC):
    """A database that holds target tables, staging tables and the DataUpdate log.

    :ivar dialect: ``postgres`` or ``mssql``; also names the folder of dialect-specific SQL files
    :ivar staging_schema: where staging tables live
    :ivar log_schema: where DataUpdate and the package's own tables live
    :ivar ignores_case: whether names that differ in case alone are one name to the database
    """

    dialect: str
    ignores_case: bool
    staging_schema: str
    log_schema: str

    # -- sessions ---------------------------------------------------------------------------------

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Session]:
        """Open a connection and a transaction on it; commit on success, roll back on any error."""

    @abstractmethod
    def lock(self, name: TableName) -> AbstractContextManager[None]:
        """Hold a lock by name on a session of its own for the length of the ``with`` block.

        Released by the server when the process dies. The writer lock of a table is another matter: the
        loads take it inside the transaction that writes, so that it cannot be lost before the commit.

        :raises LockTimeout: somebody else has held it for ``lock_timeout``
        """

    # -- set-up -----------------------------------------------------------------------------------

    @abstractmethod
    def installing(self) -> AbstractContextManager[Session]:
        """Open a transaction that no other installation runs beside."""

    @abstractmethod
    def schema_exists(self) -> str:
        """Return the query that counts the schemas of a name. Parameters: name."""

    @abstractmethod
    def create_schemas(self, session: Session, schemas: Sequence[str]) -> None:
        """Create those schemas that are missing."""

    @abstractmethod
    def render(self, change: Change) -> list[str]:
        """Return the statements of a change to the package's own tables, to be run one by one.

        They may be run again: what is there already is left alone.
        """

    @abstractmethod
    def columns(self, table: TableName) -> list[Column]:
        """Return the table's columns in order. Empty when there is no such table."""

    @abstractmethod
    def states(self, tables: Sequence[TableName]) -> list[TargetState]:
        """Return targets as they are now, with their baselines, in one transaction."""

    @abstractmethod
    def start_reading(self, table: TableName) -> Reading:
        """Give the next reading of a target its number, before the source is asked.

        :raises SchemaMismatch: the target is a view or another kind of table that cannot be loaded
        """

    @abstractmethod
    def create_table(self, target: Target, schema: pa.Schema) -> None:
        """Create the target from a fetch's Arrow schema, its keys NOT NULL and the primary key.

        Text columns take their length from the field's metadata ``max_length`` where it is given.
        Does nothing when the table exists. Creates the table's schema when missing.
        """

    # -- staging and merge ------------------------------------------------------------------------

    @abstractmethod
    def stage(
        self,
        target: Target,
        staging: TableName,
        reader: pa.RecordBatchReader,
        rows: int,
        *,
        dedupe: bool,
    ) -> int:
        """Copy a batch into a new staging table ``staging``, dropping an older one of that name.

        Only the reader's columns that exist in the target are created, all nullable, with the target's
        types and collations, plus :data:`ROW_NUMBER_COLUMN`. Afterwards the server's count must equal
        ``rows``, and no key may be NULL. With ``dedupe``, ``staging`` holds at the end one row per key,
        picked in the database by ROW_NUMBER over the keys ordered by stamp descending (NULL last) and
        row number descending. How the others go (a second table, or deleted in place) is for the
        database to choose.

        :returns: rows in ``staging``
        :raises ValueRejected: a value does not fit its column, or a key is NULL
        :raises CountMismatch: other than ``rows`` rows arrived
        """

    @abstractmethod
    def merge(self, target: Target, load: Load, number: int, staging: TableName, *, is_last: bool) -> Counts:
        """Merge one deduped staging table into the target, in one transaction, once only.

        That the batch is in, and its counts, are recorded in the same transaction; a later call for the
        same reading and batch changes nothing and returns the recorded counts. A row whose stamp is older
        than the target's (NULL being oldest) is left out, unless that lies in the future; a row equal in
        every column is not written; both count as ``unchanged``.

        :param number: the batch's number in the load
        :param is_last: whether the load is done with it, which moves the baseline
        :raises StaleLoad: newer data has been loaded since the load's reading began
        :raises BaselineBroken: the load holds changes alone, and what they belong on top of is not there
        """

    # -- full load --------------------------------------------------------------------------------

    @abstractmethod
    def publish(
        self,
        target: Target,
        load: Load,
        staging: Sequence[TableName],
        *,
        delete_missing: bool = True,
        minimum_percent: int = 0,
    ) -> Counts:
        """Make the target hold the staging tables' (not yet deduped) rows, atomically, once only.

        The rows are deduped over all staging tables by the rule of :meth:`stage`, and win over the target's
        whatever their stamps. Indexes, constraints, grants, triggers and dependent views survive; readers
        see the old contents or the new, never less, and wait for an instant at most. Recorded like
        :meth:`merge`.

        :param delete_missing: whether rows that the load does not hold are deleted from the target
        :param minimum_percent: refuse a load with fewer rows than this share of the target's
        :raises StaleLoad: newer data has been loaded since the load's reading began
        :raises SuspiciousLoad: the load is too small
        """

    @abstractmethod
    def empty(self, target: Target, load: Load, rows: int, *, minimum_percent: int = 0) -> None:
        """Begin a ``truncate`` load: disable the secondary indexes and empty the table.

        The disabled indexes are remembered in the warehouse until they are rebuilt. The load becomes the
        table's current one, and the table is incomplete until :meth:`finish`: batches of any other load are
        refused. Where TRUNCATE is not possible it deletes instead and says so in the log.

        :param rows: rows that the load will bring
        :param minimum_percent: refuse a load with fewer rows than this share of the target's
        :raises StaleLoad: newer data has been loaded since the load's reading began
        :raises SuspiciousLoad: the load is too small
        """

    @abstractmethod
    def copy_into(
        self, target: Target, load: Load, number: int, reader: pa.RecordBatchReader, rows: int
    ) -> int:
        """Copy batch ``number`` of a ``truncate`` load straight into the target, once only.

        A call for a batch that is already in returns its count and copies nothing.

        :returns: rows copied
        :raises PermanentError: the load is not the table's current one, or a key is repeated
        """

    @abstractmethod
    def finish(self, target: Target, load: Load, rows: int) -> Counts:
        """End a ``truncate`` load: check the count, and make the target complete.

        :param rows: rows that the load's batches hold together
        :raises CountMismatch: the target holds another number of rows
        :raises PermanentError: the load is not the table's current one
        """

    @abstractmethod
    def rebuild_indexes(self, target: Target) -> list[str]:
        """Rebuild the indexes that :meth:`empty` disabled and forget them; return their names.

        Does nothing for a table that has none remembered, or whose load is under way by another process.
        """

    @abstractmethod
    def loaded(self, target: Target, load: Load) -> Counts | None:
        """Return what a load did as a whole; None when it has not been loaded to its end."""

    # -- housekeeping -----------------------------------------------------------------------------

    @abstractmethod
    def count(self, table: TableName) -> int:
        """Return the exact number of rows of a table."""

    @abstractmethod
    def staging_tables(self, prefix: str = "") -> list[str]:
        """Return the names in the staging schema that start with ``prefix`` to the database."""

    @abstractmethod
    def drop_staging(self, prefix: str) -> list[str]:
        """Drop the staging tables whose names start with ``prefix`` and return them."""
