"""The fetcher that needs no source: rows that are computed, and change as time goes by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pydantic import Field

from data_sync.fetchers.base import Fetcher, FetchSettings, Window

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.fetchers.base import Frames

ROWS_PER_BATCH = 50_000
EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
"""When the first of the computed changes lies."""

_HOUR_US = 3_600_000_000
_CATEGORIES = ("Assembly", "Casting", "Fastener", "Gasket", "Housing", "Seal", "Shaft", "Valve")


class SampleFetchSettings(FetchSettings):
    """What stands under ``fetch:`` for computed rows.

    :ivar rows: rows in the table
    :ivar changes_per_hour: how many of them change each hour, one after the other; 0 changes none
    :ivar seed: another seed gives other values
    """

    rows: int = Field(1000, ge=0, le=10**10)
    changes_per_hour: float = Field(100, ge=0, allow_inf_nan=False)
    seed: int = Field(0, ge=0, lt=2**63)


class SampleFetcher(Fetcher):
    """Computes the columns Id, Name, Category, Quantity, Price, OrderDate, IsActive and LastUpdateDT.

    The same settings give the same rows at any given instant: each row changes in turn, at times that
    follow from its id alone, so a sync and a later full read agree.
    """

    Settings = SampleFetchSettings
    settings: SampleFetchSettings

    def fetch(self, window: Window) -> Frames:
        """Return the rows whose latest change before the window's end, or now, lies in the window."""
        import pyarrow as pa

        schema = pa.schema(
            [
                pa.field("Id", pa.int64()),
                pa.field("Name", pa.string(), metadata={"max_length": "40"}),
                pa.field("Category", pa.string(), metadata={"max_length": "20"}),
                pa.field("Quantity", pa.decimal128(15, 3)),
                pa.field("Price", pa.decimal128(15, 2)),
                pa.field("OrderDate", pa.date32()),
                pa.field("IsActive", pa.bool_()),
                pa.field("LastUpdateDT", pa.timestamp("us", "UTC")),
            ]
        )
        return pa.RecordBatchReader.from_batches(schema, self._batches(window, schema))

    def _batches(self, window: Window, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import numpy as np

        until = microseconds(window.maximum_dt or datetime.now(timezone.utc))
        for start in range(0, self.settings.rows, ROWS_PER_BATCH):
            ids = np.arange(start, min(start + ROWS_PER_BATCH, self.settings.rows), dtype=np.int64)
            version, stamp = self._changes(ids, until)
            wanted = (stamp < until) | (window.maximum_dt is None)
            if window.minimum_dt is not None:
                wanted &= stamp >= microseconds(window.minimum_dt)
            if wanted.any():
                yield self._rows(ids[wanted], version[wanted], stamp[wanted], schema)

    def _changes(self, ids: Any, until: int) -> tuple[Any, Any]:
        """Return each row's version before an instant, and when it got it, in microseconds since EPOCH.

        A cycle is the time in which every row changes once; a row's place in it follows from its id.
        """
        import numpy as np

        rate = self.settings.changes_per_hour
        cycle = max(1, int(self.settings.rows / rate * _HOUR_US)) if rate else 365 * 24 * _HOUR_US
        place = (mixed(ids, self.settings.seed) % np.uint64(cycle)).astype(np.int64)
        if not rate:
            return np.zeros_like(ids), place
        version = np.maximum((until - 1 - place) // cycle, 0)
        return version, place + version * cycle

    def _rows(self, ids: Any, version: Any, stamp: Any, schema: pa.Schema) -> pa.RecordBatch:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        noise = mixed(ids * 31 + version, self.settings.seed + 1)
        number = (noise % np.uint64(10_000_000)).astype(np.int64)
        names = pc.binary_join_element_wise("Sample", pa.array(ids).cast(pa.string()), " ")
        arrays = [
            pa.array(ids),
            pc.binary_join_element_wise(names, pa.array(version).cast(pa.string()), " v"),
            pa.array(_CATEGORIES).take(pa.array((noise >> np.uint64(40)) % np.uint64(len(_CATEGORIES)))),
            scaled(number, 15, 3),
            scaled(number * 7 % 1_000_000, 15, 2),
            pa.array((18_262 + number % 2000).astype(np.int32)).cast(pa.date32()),
            pa.array(number % 5 != 0),
            pa.array(stamp + microseconds_since_1970(EPOCH)).cast(pa.timestamp("us", "UTC")),
        ]
        return pa.record_batch(arrays, schema=schema)


def microseconds_since_1970(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    delta = instant - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since :data:`EPOCH`."""
    return microseconds_since_1970(instant) - microseconds_since_1970(EPOCH)


def mixed(values: Any, seed: int) -> Any:
    """Return well-mixed 64-bit numbers for integers (SplitMix64's finaliser)."""
    import numpy as np

    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(seed % 2**64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def scaled(numbers: Any, precision: int, scale: int) -> pa.Array:
    """Return integers as decimals whose last ``scale`` digits stand behind the point."""
    import pyarrow as pa

    whole = pa.array(numbers).cast(pa.decimal128(38, 0))
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(whole), whole.buffers()).cast(
        pa.decimal128(precision, scale)
    )
