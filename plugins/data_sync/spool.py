"""The spool: where fetched rows wait as Parquet files until they are in the warehouse."""

from __future__ import annotations

import errno
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from data_sync.errors import PermanentError, SchemaMismatch, TransientError
from data_sync.warehouse.base import ROW_NUMBER_COLUMN, Batch

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import ObjectStoragePath

    from data_sync.fetchers.base import Frames

LOGGER = logging.getLogger(__name__)

MAX_BATCHES = 1024
"""Airflow maps a task over at most this many batches (``[core] max_map_length``)."""

ROW_GROUP = 65_536
"""Rows that are held in memory at once, and that a reader gets at once."""

_PROGRESS_EVERY = 10.0


class Spool:
    """A folder or object store that holds batches.

    :param location: a folder or an object store URL such as ``s3://aws_default@bucket/spool``
    :param batch_size: rows per file
    """

    def __init__(self, location: str, batch_size: int) -> None:
        self.location = location
        self.batch_size = batch_size

    def write(
        self,
        table_name: str,
        operation_id: str,
        try_number: int,
        frames: Frames,
        *,
        check: Callable[[pa.Schema], None],
    ) -> list[Batch]:
        """Write a fetch as files of ``batch_size`` rows; at least one, though it may be empty.

        Files of earlier tries of the operation are removed first.

        :param frames: the rows; Arrow or pandas, all of one schema
        :param check: called with that schema before anything is written
        :raises PermanentError: there are more than :data:`MAX_BATCHES` batches
        :raises TransientError: the disk is full
        """
        batches = as_batches(frames)
        first = next(batches)
        check(first.schema)
        self.drop(table_name, operation_id)
        folder = self._folder(table_name, operation_id) / f"try-{try_number}"
        writer = _Writer(folder, self.batch_size, numbered(first.schema), table_name)
        try:
            writer.add(first)
            for batch in batches:
                writer.add(batch)
            return writer.finish()
        except OSError as error:
            writer.abandon()
            if error.errno != errno.ENOSPC:
                raise
            raise TransientError(
                f"the spool {self.location} is full{self._free_space()}; make room there"
            ) from error
        except BaseException:
            writer.abandon()
            raise

    def read(self, batch: Batch) -> pa.RecordBatchReader:
        """Return the rows of a batch, a row group at a time.

        :raises PermanentError: the file is gone
        """
        import pyarrow as pa
        import pyarrow.parquet as pq
        from airflow.sdk import ObjectStoragePath

        path = ObjectStoragePath(batch.uri)
        if not path.exists():
            raise PermanentError(
                f"{batch.uri} is gone: the spool of a finished update is removed; "
                "clear this run from its task 'fetch' to read the source again"
            )

        file = pq.ParquetFile(path.open("rb"))
        return pa.RecordBatchReader.from_batches(file.schema_arrow, _row_groups(file))

    def drop(self, table_name: str, operation_id: str) -> None:
        """Remove all files of an operation."""
        folder = self._folder(table_name, operation_id)
        if folder.exists():
            folder.rmdir(recursive=True)

    def _folder(self, table_name: str, operation_id: str) -> ObjectStoragePath:
        from airflow.sdk import ObjectStoragePath

        location = self.location if "://" in self.location else f"file://{self.location}"
        return ObjectStoragePath(location) / table_name / operation_id

    def _free_space(self) -> str:
        if "://" in self.location and not self.location.startswith("file://"):
            return ""
        free = shutil.disk_usage(self.location.removeprefix("file://")).free
        return f" ({free / 1024**2:,.0f} MiB free)"


class _Writer:
    """Cuts a stream of batches into files."""

    def __init__(
        self, folder: ObjectStoragePath, batch_size: int, schema: pa.Schema, table_name: str
    ) -> None:
        self.folder = folder
        self.batch_size = batch_size
        self.schema = schema
        self.table_name = table_name
        self.batches: list[Batch] = []
        self.rows = 0
        self._in_file = 0
        self._file: Any = None
        self._parquet: Any = None
        self._started = self._told = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, batch: pa.RecordBatch) -> None:
        """Write one batch, beginning a new file whenever one is full."""
        while batch.num_rows:
            if self._in_file == self.batch_size:
                self._close()
            room = min(self.batch_size - self._in_file, ROW_GROUP)
            self._write(batch.slice(0, room))
            batch = batch.slice(room)
        if time.monotonic() - self._told > _PROGRESS_EVERY:
            self._told = time.monotonic()
            rate = self.rows / (self._told - self._started)
            LOGGER.info("%s: %s rows read, %s rows/s", self.table_name, f"{self.rows:,}", f"{rate:,.0f}")

    def finish(self) -> list[Batch]:
        """Close the last file and return all batches."""
        if self._parquet is None and not self.batches:
            self._open()
        if self._parquet is not None:
            self._close()
        return self.batches

    def abandon(self) -> None:
        """Remove what was written."""
        for opened in (self._parquet, self._file):
            try:
                if opened is not None:
                    opened.close()
            except OSError:
                LOGGER.debug("closing an unfinished spool file failed", exc_info=True)
        self.folder.rmdir(recursive=True)

    def _write(self, batch: pa.RecordBatch) -> None:
        import pyarrow as pa

        if self._parquet is None:
            self._open()
        numbers = pa.array(range(self.rows, self.rows + batch.num_rows), pa.int64())
        self._parquet.write_batch(
            pa.record_batch([*batch.columns, numbers], schema=self.schema), row_group_size=ROW_GROUP
        )
        self.rows += batch.num_rows
        self._in_file += batch.num_rows

    def _open(self) -> None:
        import pyarrow.parquet as pq

        if len(self.batches) == MAX_BATCHES:
            raise PermanentError(
                f"more than {MAX_BATCHES} batches of {self.batch_size:,} rows; Airflow maps no more: "
                f"write a batch_size of at least {2 * self.batch_size:,}"
            )
        self._file = (self.folder / self._name()).open("wb")
        self._parquet = pq.ParquetWriter(self._file, self.schema, compression="zstd", compression_level=1)

    def _close(self) -> None:
        # Only a file that was closed whole is named in the result, so a partial one is never read.
        self._parquet.close()
        self._file.close()
        number = len(self.batches)
        self.batches.append(Batch(number, str(self.folder / self._name()), self._in_file))
        self._parquet = self._file = None
        self._in_file = 0

    def _name(self) -> str:
        return f"batch-{len(self.batches):05d}.parquet"


def _row_groups(file: Any) -> Iterator[pa.RecordBatch]:
    try:
        yield from file.iter_batches(ROW_GROUP)
    finally:
        file.close(force=True)


def numbered(schema: pa.Schema) -> pa.Schema:
    """Return a fetch's schema with the row number that every spooled batch carries.

    :raises SchemaMismatch: the fetch has a column of that name
    """
    import pyarrow as pa

    if ROW_NUMBER_COLUMN in schema.names:
        raise SchemaMismatch(f"the column name {ROW_NUMBER_COLUMN!r} is taken; rename it in the fetch")
    return schema.append(pa.field(ROW_NUMBER_COLUMN, pa.int64())).remove_metadata()


def as_batches(frames: Frames) -> Iterator[pa.RecordBatch]:
    """Return a fetch's frames as record batches of one schema, an empty one first if need be.

    :raises SchemaMismatch: a later frame does not fit the first one's columns
    """
    import pyarrow as pa

    if isinstance(frames, pa.RecordBatchReader):
        yield pa.RecordBatch.from_pylist([], schema=frames.schema)
        yield from frames
        return
    schema: pa.Schema | None = None
    for frame in frames:
        table = _as_table(frame, schema)
        if schema is None:
            schema = table.schema
            yield pa.RecordBatch.from_pylist([], schema=schema)
        yield from table.to_batches(max_chunksize=ROW_GROUP)
    if schema is None:
        raise SchemaMismatch(
            "the fetcher returned no frame; return an empty one, so that the columns are known"
        )


def _as_table(frame: Any, schema: pa.Schema | None) -> pa.Table:
    import pyarrow as pa

    try:
        if isinstance(frame, (pa.RecordBatch, pa.Table)):
            table = pa.table(frame) if isinstance(frame, pa.Table) else pa.Table.from_batches([frame])
            return table if schema is None or table.schema.equals(schema) else table.cast(schema)
        return pa.Table.from_pandas(frame, schema=schema, preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, KeyError, ValueError) as error:
        raise SchemaMismatch(f"a frame does not fit the columns of the first one: {error}") from error
