"""What the warehouse records of a target: its baseline, the batches that are in, the disabled indexes.

Everything here happens inside the transaction that changes the target, so that record and contents agree
whatever dies when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timezone
from typing import Any

from data_sync.errors import BaselineBroken, CountMismatch, StaleLoad
from data_sync.warehouse import bookkeeping_sql as sql
from data_sync.warehouse import messages
from data_sync.warehouse.definition import difference
from data_sync.warehouse.interface import Baseline, Counts, Load, Session, TableName

WHOLE_LOAD = -1
"""The batch number under which a load as a whole is recorded."""

UNFINISHED = "the last full load did not finish"
CREATED_ANEW = "the target was created anew since the last update"
NO_BASELINE = "no full load of the target is recorded"
EMPTIED = "the target is empty though the last update left rows in it"
EMPTIED_SINCE = "the target was emptied since the last full load"

_NOTHING = Baseline(None, False, {}, False, 0, 0, None, None, None)


class Bookkeeping:
    """The records of one target, inside a transaction.

    :param session: the transaction
    :param log_schema: where the records are kept
    :param table: the target
    """

    def __init__(self, session: Session, log_schema: str, table: TableName) -> None:
        self._session = session
        self._schema = log_schema
        self._table = table
        self._named = {"schema": table.schema, "name": table.name}

    # -- baseline ---------------------------------------------------------------------------------

    def baseline(self) -> Baseline | None:
        """Return what the last load recorded; None when there was none."""
        found = self._session.rows(sql.baseline(self._schema), self._named)
        return _baseline(found[0]) if found else None

    def next_reading(self) -> int:
        """Return the number of a reading that begins now."""
        if not self._session.execute(sql.add_reading(self._schema), self._named):
            self._write(_NOTHING, last_reading=1, is_new=True)
            return 1
        return int(self._session.rows(sql.last_reading(self._schema), self._named)[0]["LastReading"])

    def check(
        self,
        load: Load,
        identity: str | None,
        *,
        holds_rows: bool,
        has_stamps: bool = False,
        replaces: bool = False,
    ) -> None:
        """Check that a load may change the target.

        :param identity: the physical table
        :param holds_rows: whether the target holds rows before the load
        :param has_stamps: whether the target keeps the newer of two rows by their stamps
        :param replaces: whether the load replaces the contents, whatever they are
        :raises StaleLoad: newer data has been loaded since the load's reading began
        :raises BaselineBroken: the load holds changes alone, and what they belong on top of is not there
        """
        held = self.baseline()
        if held is not None and _is_stale(load, held, has_stamps=has_stamps):
            raise StaleLoad(
                f"{self._table}: newer data has been loaded since this load was read (by operation "
                f"{held.operation_id}, read from {_shown(held.read_from_dt)}); nothing was changed. There is "
                "nothing to save here: clear this run from its task 'fetch' to read the source again, or "
                "leave it"
            )
        if replaces:
            return
        reason = None
        if held is not None and held.loading not in (None, load.token):
            reason = UNFINISHED
        elif load.needs_baseline:
            reason = why_incomplete(held, identity, holds_rows=holds_rows)
        if reason is None and held is not None and held.is_complete and not load.completes:
            # Rows of two definitions would lie side by side, unnoticed once the change is undone.
            reason = difference(held.definition, load.definition) if load.definition else None
        if reason:
            raise BaselineBroken(
                f"{self._table}: {reason}, so the changes alone would leave it incomplete; nothing was "
                "changed. The next check runs the update that makes it complete; to hurry, trigger the DAG"
            )
        if held is not None and held.is_complete and held.held_rows and not holds_rows and not load.completes:
            # A few rows, such as a backfill's, would hide that the others are gone.
            self._write(replace(held, is_complete=False), last_reading=load.reading, is_new=False)

    def complete(self, load: Load, identity: str | None, counts: Counts, *, holds_rows: bool) -> None:
        """Record that a load is in, and move the target's baseline.

        :param identity: the physical table that holds the rows
        :param counts: what the load did as a whole
        :param holds_rows: whether the target holds rows now
        """
        self.record(load, WHOLE_LOAD, counts)
        held = self.baseline()
        new = held or _NOTHING
        if load.reading > new.reading:
            new = replace(
                new,
                reading=load.reading,
                read_from_dt=load.read_from_dt,
                operation_id=load.operation_id,
            )
        if load.is_full:
            new = replace(new, full_reading=max(new.full_reading, load.reading))
        if load.completes:
            new = replace(new, identity=identity, definition=load.definition, is_complete=True, loading=None)
        new = replace(new, held_rows=holds_rows)
        self._write(new, last_reading=load.reading, is_new=held is None)

    def load_batch(
        self,
        load: Load,
        number: int,
        merge: Callable[[], Counts],
        found: Callable[[], tuple[str | None, bool]],
        *,
        has_stamps: bool,
        is_last: bool,
    ) -> Counts:
        """Load a batch unless it is in, and record that; with the last one the load is complete.

        :param merge: brings the batch into the target
        :param found: returns the physical table, and whether it holds rows
        :param has_stamps: whether the target keeps the newer of two rows by their stamps
        :returns: what the batch did, now or when it was loaded before
        :raises StaleLoad: as :meth:`check`
        :raises BaselineBroken: as :meth:`check`
        """
        counts = self.loaded(load, number)
        if counts is None:
            identity, holds_rows = found()
            self.check(load, identity, holds_rows=holds_rows, has_stamps=has_stamps)
            counts = merge()
            self.record(load, number, counts)
        if is_last and self.loaded(load) is None:
            identity, holds_rows = found()
            self.complete(load, identity, self.total(load), holds_rows=holds_rows)
        return counts

    def finish_truncate(
        self, load: Load, rows: int, count: Callable[[], int], identity: Callable[[], str | None]
    ) -> Counts:
        """Make the target complete once all rows of a truncate load are in.

        :param rows: rows that the batches hold together
        :param count: counts the target's rows
        :param identity: returns the physical table
        :raises CountMismatch: other rows have been copied, or the target holds another number of them
        :raises PermanentError: the load is not the target's current one
        """
        done = self.loaded(load)
        if done is not None:
            return done
        self.check_current(load)
        counts = self.check_copied(load, rows)
        held = count()
        if held != rows:
            raise messages.other_rows(self._table, held, rows)
        self.complete(load, identity(), counts, holds_rows=held > 0)
        return counts

    def begin_truncate(self, load: Load, identity: str | None) -> None:
        """Make a truncate load the target's current one: until it ends the target is incomplete."""
        self._session.execute(sql.forget_batches(self._schema), self._load(load))
        held = self.baseline()
        new = replace(
            held or _NOTHING, identity=identity, held_rows=False, is_complete=False, loading=load.token
        )
        self._write(new, last_reading=load.reading, is_new=held is None)

    def check_current(self, load: Load) -> None:
        """Check that a truncate load is the target's current one.

        :raises PermanentError: it is not
        """
        held = self.baseline()
        current = held.loading if held else None
        if current != load.token:
            raise messages.emptied_since(self._table, current)

    def check_copied(self, load: Load, rows: int) -> Counts:
        """Check that the batches of a truncate load are all in, and return what they did.

        :param rows: rows that the batches hold together
        :raises CountMismatch: other than ``rows`` rows have been copied
        """
        counts = self.total(load)
        if counts.staged != rows:
            raise CountMismatch(
                f"{self._table}: {counts.staged:,} of the load's {rows:,} rows have been copied; clear the "
                "task that copies the batches ('bulk_copy')"
            )
        return counts

    def _write(self, new: Baseline, *, last_reading: int, is_new: bool) -> None:
        values = {
            **self._named,
            "Identity": new.identity,
            "HeldRows": new.held_rows,
            "Definition": json.dumps(dict(new.definition), ensure_ascii=False) if new.definition else None,
            "IsComplete": new.is_complete,
            "Reading": new.reading,
            "FullReading": new.full_reading,
            "ReadFromDT": None if new.read_from_dt is None else self._session.stamp(new.read_from_dt),
            "OperationId": new.operation_id,
            "LoadingOperation": new.loading,
            "ChangedDT": self._now(),
        }
        if is_new:
            self._session.execute(sql.add_baseline(self._schema), {**values, "LastReading": last_reading})
        else:
            self._session.execute(sql.change_baseline(self._schema), values)

    # -- batches ----------------------------------------------------------------------------------

    def loaded(self, load: Load, number: int = WHOLE_LOAD) -> Counts | None:
        """Return what a batch did, or the load as a whole; None when it is not in."""
        found = self._session.rows(sql.loaded_batch(self._schema), {**self._load(load), "batch": number})
        return _counts(found[0]) if found else None

    def record(self, load: Load, number: int, counts: Counts) -> None:
        """Record in this transaction what a batch did."""
        figures = {name.capitalize(): value for name, value in asdict(counts).items()}
        values = {**self._load(load), "batch": number, "now": self._now(), **figures}
        self._session.execute(sql.record_batch(self._schema), values)

    def total(self, load: Load) -> Counts:
        """Return what the batches of a load that are in did together."""
        return _counts(self._session.rows(sql.loaded_batches(self._schema), self._load(load))[0])

    # -- indexes ----------------------------------------------------------------------------------

    def remember_index(self, index: str, definition: str | None = None) -> None:
        """Remember an index about to be disabled."""
        self.forget_index(index)
        values = {**self._named, "index": index, "definition": definition, "now": self._now()}
        self._session.execute(sql.remember_index(self._schema), values)

    def forget_index(self, index: str) -> None:
        """Forget a remembered index."""
        self._session.execute(sql.forget_index(self._schema), {**self._named, "index": index})

    def remembered_indexes(self) -> list[dict[str, Any]]:
        """Return name and definition of the remembered indexes, by name."""
        found = self._session.rows(sql.remembered_indexes(self._schema), self._named)
        return [{"name": row["IndexName"], "definition": row["Definition"]} for row in found]

    def _load(self, load: Load) -> dict[str, Any]:
        return {"operation": load.operation_id, "reading": load.reading, **self._named}

    def _now(self) -> datetime:
        return self._session.stamp(datetime.now(timezone.utc))


def all_baselines(session: Session, log_schema: str) -> dict[TableName, Baseline]:
    """Return the baselines of all targets."""
    found = session.rows(sql.all_baselines(log_schema))
    return {TableName(row["TableSchema"], row["TableName"]): _baseline(row) for row in found}


def _is_stale(load: Load, held: Baseline, *, has_stamps: bool) -> bool:
    """Return whether a load would take the target back in time.

    A merge of changes by their stamps would not: an older row loses against a newer one. But it would
    bring back what a full load has deleted since.
    """
    if load.oldest_reading >= held.reading or load.reading == held.reading:
        return False
    harmless = has_stamps and not load.is_full and load.oldest_reading >= held.full_reading
    return not harmless


def why_incomplete(held: Baseline | None, identity: str | None, *, holds_rows: bool) -> str | None:
    """Return why a target is not what its last full load and the updates after it left; None when it is.

    :param held: what the last load recorded
    :param identity: the physical table that is there now
    :param holds_rows: whether it holds rows now
    """
    if held is None or not held.full_reading:
        return NO_BASELINE
    if not held.is_complete:
        return UNFINISHED if held.loading else EMPTIED_SINCE
    if held.identity != identity:
        return CREATED_ANEW
    return EMPTIED if held.held_rows and not holds_rows else None


def _counts(row: Mapping[str, Any]) -> Counts:
    return Counts(**{name.lower(): int(row[name]) for name in sql.COUNTS})


def _baseline(row: Mapping[str, Any]) -> Baseline:
    read_from = row["ReadFromDT"]
    if read_from is not None and read_from.tzinfo is None:
        read_from = read_from.replace(tzinfo=timezone.utc)
    return Baseline(
        identity=row["Identity"],
        held_rows=bool(row["HeldRows"]),
        definition=json.loads(row["Definition"]) if row["Definition"] else {},
        is_complete=bool(row["IsComplete"]),
        reading=int(row["Reading"]),
        full_reading=int(row["FullReading"]),
        read_from_dt=read_from,
        operation_id=row["OperationId"],
        loading=row["LoadingOperation"],
    )


def _shown(instant: datetime | None) -> str:
    return f"{instant.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC" if instant else "an unknown time"
