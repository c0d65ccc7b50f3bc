"""The spool: where fetched rows wait as Parquet batches between the source and the warehouse."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_sync.errors import PermanentError, TransientError
from data_sync.loading.frames import numbered_batches
from data_sync.loading.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import ObjectStoragePath

    from data_sync.fetchers.base import Frames

LOGGER = logging.getLogger(__name__)

ROW_GROUP = 65_536
"""Rows that are held in memory before they are written together."""

ROW_GROUP_BYTES = 32 * 1024 * 1024
"""Wide rows are written earlier than :data:`ROW_GROUP`."""

NUMBERS_PER_PART = 100_000
"""The batches of the second part of a divided fetch are numbered from here; no part has so many."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Batch:
    """A spooled Parquet file of at most ``batch_size`` rows.

    :param number: position in the fetch, counted from 0
    :param uri: where the file is, readable through ``ObjectStoragePath``
    :param rows: rows in the file
    :param reading: the reading that the rows come from; see :class:`data_sync.warehouse.interface.Reading`
    """

    number: int
    uri: str
    rows: int
    reading: int = 0


class Spool:
    """Keeps the batches of each operation in ``{location}/{table}/{operation}/[{part}/]{reading}/``.

    A batch counts once :meth:`write` has returned it: what a killed reading left behind has another number
    in its path, is never read, and goes with a later reading or with :meth:`drop`.

    :param location: a folder, or the URL of an object store such as ``s3://connection@bucket/spool``
    :param batch_size: rows per batch
    """

    def __init__(self, location: str | None, batch_size: int) -> None:
        if not location:
            raise PermanentError("the spool has no place; write spool in the options, or set DATA_SYNC_SPOOL")
        self.location = location if "://" in location else Path(location).expanduser().absolute().as_uri()
        self.batch_size = batch_size

    def _path(self, *parts: str) -> ObjectStoragePath:
        from airflow.sdk import ObjectStoragePath

        path = ObjectStoragePath(self.location)
        return path.joinpath(*parts) if parts else path

    def _folder(self, table_name: str, operation_id: str, part: int | None) -> ObjectStoragePath:
        folder = self._path(table_name, operation_id)
        return folder if part is None else folder / f"part{part:05d}"

    # -- writing ----------------------------------------------------------------------------------

    def write(
        self,
        table_name: str,
        operation_id: str,
        reading: int,
        frames: Frames,
        check: Callable[[pa.Schema], None] | None = None,
        part: int | None = None,
    ) -> list[Batch]:
        """Write the frames as batches of exactly ``batch_size`` rows, the last one smaller.

        At least one batch is written. Each has :data:`ROW_NUMBER_COLUMN` added. What earlier readings for
        the operation, or for its partition, wrote is removed first; what a later one writes is left alone, so
        that a process that was taken for dead does no harm.

        :param reading: the reading's number, greater than that of any reading before
        :param frames: Arrow batches or tables, or pandas frames; read once, a few held at a time
        :param check: called with the schema before the first row is written; may raise to stop
        :param part: which part of a divided fetch these are; parts may be written side by side
        :raises SchemaMismatch: a frame does not fit the first one
        :raises TransientError: the spool is full
        :raises PermanentError: more batches than Airflow can map
        """
        self._drop_earlier(table_name, operation_id, part, reading)
        folder = self._folder(table_name, operation_id, part) / str(reading)
        schema, rows = numbered_batches(frames)
        if check is not None:
            check(schema.remove(schema.get_field_index(schema.names[-1])))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return self._write_batches(folder, schema, rows, (part or 0) * NUMBERS_PER_PART, reading)
        except BaseException as error:
            with suppress(Exception):
                _remove(folder)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise self._full(error) from error
            raise

    def _write_batches(
        self,
        folder: ObjectStoragePath,
        schema: pa.Schema,
        rows: Iterator[pa.RecordBatch],
        first: int,
        reading: int,
    ) -> list[Batch]:
        limit = most_batches()
        progress = Progress(LOGGER, "fetched")
        pieces = _Pieces(rows)
        batches: list[Batch] = []
        while not batches or pieces.more():
            if len(batches) == limit:
                raise PermanentError(
                    f"the fetch has more than {limit:,} batches of {self.batch_size:,} rows, which is as "
                    "many as Airflow maps (core.max_map_length); write a batch_size of "
                    f"{self.batch_size * 4:,} or more"
                )
            path = folder / f"{len(batches):05d}.parquet"
            written = self._write_file(path, schema, pieces, progress)
            batches.append(Batch(first + len(batches), str(path), written, reading))
        progress.done()
        return batches

    def _write_file(
        self, path: ObjectStoragePath, schema: pa.Schema, pieces: _Pieces, progress: Progress
    ) -> int:
        import pyarrow as pa
        import pyarrow.parquet as pq

        written = 0
        with (
            path.open("wb") as file,  # type: ignore[no-untyped-call]
            pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as out,
        ):
            while written < self.batch_size and pieces.more():
                group = pieces.take(min(ROW_GROUP, self.batch_size - written))
                out.write_table(pa.Table.from_batches(group, schema))
                rows = sum(piece.num_rows for piece in group)
                written += rows
                progress.add(rows)
        return written

    def _full(self, error: OSError) -> TransientError:
        free = ""
        if self.location.startswith("file://"):
            with suppress(OSError):
                usage = shutil.disk_usage(self._nearest_folder())
                free = f"; {usage.free / 2**20:,.0f} MiB of {usage.total / 2**20:,.0f} MiB are free"
        return TransientError(
            f"the spool {self.location} is full ({error.strerror}){free}; make room, or name another place "
            "in the option spool or in DATA_SYNC_SPOOL"
        )

    def _nearest_folder(self) -> Path:
        folder = Path(self._path().path)
        while not folder.exists():
            folder = folder.parent
        return folder

    # -- reading and dropping ---------------------------------------------------------------------

    def read(self, batch: Batch) -> pa.RecordBatchReader:
        """Return a batch's rows as a stream.

        :raises PermanentError: the file is missing, damaged, or not what :meth:`write` returned
        """
        import pyarrow as pa
        import pyarrow.parquet as pq
        from airflow.sdk import ObjectStoragePath

        try:
            file = ObjectStoragePath(batch.uri).open("rb")  # type: ignore[no-untyped-call]
            parquet = pq.ParquetFile(file)
        except (FileNotFoundError, pa.ArrowInvalid) as error:
            raise PermanentError(
                f"the spooled batch {batch.uri} is missing or damaged ({error}); "
                "clear this run from its task 'fetch' to read the source again"
            ) from None
        if parquet.metadata.num_rows != batch.rows:
            file.close()
            raise PermanentError(
                f"the spooled batch {batch.uri} holds {parquet.metadata.num_rows:,} rows, "
                f"not {batch.rows:,}; clear this run from its task 'fetch' to read the source again"
            )

        def rows() -> Iterator[pa.RecordBatch]:
            with file:
                yield from parquet.iter_batches(ROW_GROUP)

        return pa.RecordBatchReader.from_batches(parquet.schema_arrow, rows())

    def drop(self, table_name: str, operation_id: str, part: int | None = None) -> None:
        """Remove all batches of one operation, or of one of its parts; does nothing when there are none."""
        _remove(self._folder(table_name, operation_id, part))

    def _drop_earlier(self, table_name: str, operation_id: str, part: int | None, reading: int) -> None:
        folder = self._folder(table_name, operation_id, part)
        if not folder.exists():
            return
        for earlier in list(folder.iterdir()):
            if earlier.name.isdigit() and int(earlier.name) < reading:
                _remove(earlier)

    def operations_of(self, table_name: str) -> list[str]:
        """Return the ids of the operations of which something of a table is in the spool, sorted."""
        folder = self._path(table_name)
        return sorted(one.name for one in folder.iterdir()) if folder.exists() else []

    def operations(self) -> list[tuple[str, str]]:
        """Return the table name and operation id of everything in the spool, sorted."""
        root = self._path()
        if not root.exists():
            return []
        tables = [table for table in root.iterdir() if table.is_dir()]
        return sorted((table.name, one.name) for table in tables for one in table.iterdir())


def _remove(folder: ObjectStoragePath) -> None:
    """Remove a folder with all that is in it; does nothing where there is none."""
    with suppress(FileNotFoundError):  # somebody else was faster
        if folder.exists():
            folder.rmdir(recursive=True)


class _Pieces:
    """Record batches that can be taken in portions of any number of rows."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._current: Any = None

    def more(self) -> bool:
        """Whether any row is left; reads ahead by one batch at most."""
        while self._current is None or self._current.num_rows == 0:
            self._current = next(self._batches, None)
            if self._current is None:
                return False
        return True

    def take(self, rows: int) -> list[pa.RecordBatch]:
        """Return the next batches, ``rows`` rows together, fewer when they are wide or at the end."""
        taken, size = [], 0
        while rows > 0 and size < ROW_GROUP_BYTES and self.more():
            piece = self._current.slice(0, rows)
            self._current = self._current.slice(piece.num_rows)
            taken.append(piece)
            rows -= piece.num_rows
            size += piece.nbytes
        return taken


def most_batches() -> int:
    """Return how many batches Airflow maps tasks over."""
    from airflow.providers.common.compat.sdk import conf

    return int(conf.getint("core", "max_map_length", fallback=1024))
