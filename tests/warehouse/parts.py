"""A typical target for the tests of staging, merging and publishing."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName

if TYPE_CHECKING:
    from tests.databases.lab import Lab


class Parts:
    """A typical target: a two-part key, text, a quantity and a change stamp."""

    SCHEMA = pa.schema(
        [
            ("Id", pa.int64()),
            ("Code", pa.string()),
            ("Name", pa.string()),
            ("Quantity", pa.decimal128(15, 4)),
            ("Changed", pa.timestamp("us", "UTC")),
            (ROW_NUMBER_COLUMN, pa.int64()),
        ]
    )

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.target = lab.table(
            {"Id": "bigint", "Code": "text10", "Name": "text10", "Quantity": "decimal", "Changed": "stamp"},
            ("Id", "Code"),
            "Changed",
        )
        self.unstamped = replace(self.target, last_update_column=None)

    @staticmethod
    def rows(*rows: tuple[Any, ...], first: int = 0) -> pa.Table:
        """Return (id, code, name, day of January 2020 or None) as a fetched batch."""
        ids, codes, texts, days = zip(*rows, strict=True) if rows else ((), (), (), ())
        stamps = [day and datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(days=day - 1) for day in days]
        numbers = range(first, first + len(rows))
        return pa.table([ids, codes, texts, [None] * len(rows), stamps, numbers], schema=Parts.SCHEMA)

    def held(self) -> list[tuple[int, str, str | None, float | None]]:
        """Return the target's rows as :meth:`rows` takes them."""
        epoch = datetime(2020, 1, 1, tzinfo=timezone.utc)
        return [
            (
                row["Id"],
                row["Code"].rstrip(),
                row["Name"],
                None if row["Changed"] is None else 1 + (row["Changed"] - epoch) / timedelta(days=1),
            )
            for row in self.lab.rows(self.target)
        ]

    def sync(self, *rows: tuple[Any, ...], stamped: bool = True) -> Any:
        """Stage and merge rows as one batch and return the counts."""
        target = self.target if stamped else self.unstamped
        staging = TableName(self.lab.options.staging_schema, f"Staging{uuid.uuid4().hex}")
        table = self.rows(*rows)
        self.lab.warehouse.stage(target, staging, table.to_reader(), len(table), dedupe=True)
        return self.lab.merge(target, staging)

    def stage(self, *rows: tuple[Any, ...], batch: int = 0, first: int = 0, dedupe: bool = True) -> TableName:
        """Stage rows as one batch of the target's current operation."""
        return self.lab.stage(self.target, self.rows(*rows, first=first), batch, dedupe=dedupe)
