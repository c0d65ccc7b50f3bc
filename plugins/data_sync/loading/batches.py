"""What the steps of an update hand on to each other: which batches were fetched, and which are staged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from data_sync.errors import PermanentError
from data_sync.fetchers.partitions import Part
from data_sync.loading.spool import Batch


@dataclass(frozen=True)
class Fetched:
    """What one reading of the source brought.

    :param batches: the spooled batches, in the order they were read
    :param source_read_dt: when reading began. Aware, UTC.
    :param reading: the reading's number
    :param fingerprint: of the definition by which the source was read
    :param part: the partition that was read; None for all rows
    """

    batches: tuple[Batch, ...]
    source_read_dt: datetime
    reading: int
    fingerprint: str
    part: Part | None = None

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(batch.rows for batch in self.batches)

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for XCom; :meth:`from_dict` reads it back."""
        return {
            "batches": [asdict(batch) for batch in self.batches],
            "source_read_dt": self.source_read_dt.isoformat(),
            "reading": self.reading,
            "fingerprint": self.fingerprint,
            "part": self.part.to_dict() if self.part else None,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fetched:
        """Return what :meth:`to_dict` wrote."""
        return cls(
            tuple(Batch(**batch) for batch in values["batches"]),
            datetime.fromisoformat(values["source_read_dt"]),
            values["reading"],
            values["fingerprint"],
            Part.from_dict(values["part"]) if values["part"] else None,
        )


@dataclass(frozen=True)
class Staged:
    """One batch in the warehouse.

    :param number: the batch's number
    :param reading: the reading that its rows come from
    :param table: name of its staging table
    :param rows: rows in it
    """

    number: int
    reading: int
    table: str
    rows: int


def staged_batches(fetched: Sequence[Fetched], staged: Iterable[Staged]) -> list[Staged]:
    """Return the staging tables of exactly the batches that were fetched, in their order.

    Staging tables of other readings are left out: a cleared fetch may bring fewer batches than before, and
    what was staged of the former ones is still known.

    :raises PermanentError: a batch is not staged: its task was marked as success by hand, or was not run
        again after the source was read again
    """
    found = {(one.reading, one.number): one for one in staged}
    wanted = [(batch.reading, batch.number) for one in fetched for batch in one.batches]
    missing = [number for reading, number in wanted if (reading, number) not in found]
    if missing:
        named = ", ".join(str(number) for number in missing[:5]) + (" …" if len(missing) > 5 else "")
        raise PermanentError(
            f"{len(missing)} of the {len(wanted)} batches that were fetched are not staged (batch {named}); "
            "nothing was changed. A task that was marked as success by hand has staged nothing: clear the "
            "task that stages the batches ('stage' or 'bulk_copy') with downstream"
        )
    return [found[key] for key in wanted]
