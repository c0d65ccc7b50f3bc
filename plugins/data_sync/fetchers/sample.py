"""A fetcher that makes up its rows, so that a sync can be tried without any source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.settings.durations import Duration

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 50_000
"""Rows per batch."""

_EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)


class SampleFetchSettings(FetchSettings):
    """Settings of :class:`SampleFetcher`.

    :ivar rows: how many rows there are
    :ivar change_every: how often each row changes; the changes are spread evenly over that time
    :ivar as_of: the instant at which the rows are seen (ISO 8601); None means now
    """

    rows: int = Field(1000, ge=0)
    change_every: Duration = timedelta(days=1)
    as_of: datetime | None = None


class SampleFetcher(Fetcher):
    """Makes up rows with the columns Id, Name, Amount, Version and LastUpdateDT.

    The same settings and instant give the same rows; a window holds those that last changed in it.
    """

    Settings = SampleFetchSettings
    settings: SampleFetchSettings

    @override
    def fetch(self, window: Window) -> Iterator[pa.RecordBatch]:
        seen = self.settings.as_of or datetime.now(timezone.utc)
        seen = seen.replace(tzinfo=timezone.utc) if seen.tzinfo is None else seen
        now = min(seen, window.maximum_dt) if window.maximum_dt else seen
        for start in range(0, max(self.settings.rows, 1), CHUNK):
            yield self._rows(start, min(start + CHUNK, self.settings.rows), now, window.minimum_dt)

    def _rows(self, start: int, stop: int, now: datetime, minimum: datetime | None) -> pa.RecordBatch:
        import numpy as np
        import pyarrow as pa

        period = int(self.settings.change_every.total_seconds() * 1_000_000)
        ids = np.arange(start, stop, dtype=np.int64)
        elapsed = (now - _EPOCH) // timedelta(microseconds=1)
        offsets = ids * period // max(self.settings.rows, 1)
        versions = (elapsed - offsets) // period
        stamps = versions * period + offsets + int(_EPOCH.timestamp() * 1_000_000)
        if minimum is not None:
            changed = stamps >= int(minimum.timestamp() * 1_000_000)
            ids, versions, stamps = ids[changed], versions[changed], stamps[changed]
        # Unscaled cents: a 128-bit decimal is two 64-bit halves, the upper one the sign.
        cents = (ids * 7919 + versions * 31) % 10_000_000
        halves = np.column_stack([cents, np.zeros_like(cents)]).ravel()
        return pa.record_batch(
            {
                "Id": pa.array(ids),
                "Name": pa.array([f"Sample {number}" for number in ids.tolist()], pa.string()),
                "Amount": pa.Array.from_buffers(
                    pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(halves)]
                ),
                "Version": pa.array(versions),
                "LastUpdateDT": pa.array(stamps).cast(pa.timestamp("us", "UTC")),
            }
        )
