"""What DataSync asks of a warehouse, whichever database it is.

The tasks speak to this interface only. Two databases implement it: SQL Server (``mssql``) and
PostgreSQL (``postgres``). Every method may be called again after a crash at any point of itself and
must then leave the same result as one undisturbed call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
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
class Batch:
    """A spooled Parquet file of at most ``batch_size`` rows.

    :param number: position in the fetch, counted from 0
    :param uri: where the file is, readable through ``ObjectStoragePath``
    :param rows: rows in the file
    """

    number: int
    uri: str
    rows: int


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
    def lock(self, table: TableName) -> AbstractContextManager[None]:
        """Hold the table's writer lock on a session of its own for the length of the ``with`` block.

        Released by the server when the process dies. :raises LockTimeout: after ``lock_timeout``.
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
    def merge(self, target: Target, staging: TableName) -> Counts:
        """Merge one deduped staging table into the target, in one transaction, once only.

        That the staging table is done, and its counts, are recorded in the same transaction; a later
        call for the same staging table changes nothing and returns the recorded counts. A row whose
        stamp is older than the target's (NULL being oldest) is left out, unless that lies in the future,
        a row equal in every column is not written; both count as ``unchanged``.
        The caller holds :meth:`lock`.
        """

    # -- full load --------------------------------------------------------------------------------

    @abstractmethod
    def publish(self, target: Target, staging: Sequence[TableName]) -> Counts:
        """Replace the target's contents by the staging tables' (not yet deduped) rows, atomically.

        The rows are deduped over all staging tables by the rule of :meth:`stage`. Indexes,
        constraints, grants, triggers and dependent views survive; readers see the old contents or the
        new, never less, and wait for an instant at most. Recorded as done like :meth:`merge`, under the
        first staging table's name. The caller holds :meth:`lock`.
        """

    @abstractmethod
    def empty(self, target: Target, operation: str) -> None:
        """Begin a ``truncate`` load: disable the secondary indexes and empty the table.

        The disabled indexes are remembered in the warehouse until :meth:`rebuild_indexes` has rebuilt
        them. ``operation`` becomes the table's current load: batches of any other are refused.
        Where TRUNCATE is not possible it deletes instead and says so in the log.
        The caller holds :meth:`lock`.
        """

    @abstractmethod
    def copy_into(
        self, target: Target, operation: str, number: int, reader: pa.RecordBatchReader, rows: int
    ) -> int:
        """Copy batch ``number`` of a ``truncate`` load straight into the target, once only.

        A call for a batch that is already in returns its count and copies nothing.
        :returns: rows copied
        :raises PermanentError: ``operation`` is not the table's current load, or a key is repeated
        """

    @abstractmethod
    def rebuild_indexes(self, target: Target) -> list[str]:
        """Rebuild the indexes that :meth:`empty` disabled and forget them; return their names.

        Does nothing for a table that has none remembered. The caller holds :meth:`lock`.
        """

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
