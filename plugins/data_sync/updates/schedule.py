"""Decides which update of a table is due and from when it reads.

Pure: no clock, no database, no Airflow. :func:`decide` is the only place where this is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError
from data_sync.settings.durations import format_duration
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, ScheduleConfig


CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clocks of two machines may be apart before what one of them logged is no longer believed."""


class RunKind(str, Enum):
    """Why a DAG run exists."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    CLEARED = "cleared"
    BACKFILL = "backfill"

    @property
    def asked_for(self) -> bool:
        """Whether a person wants a sync now, due or not."""
        return self is not RunKind.SCHEDULED


@dataclass(frozen=True)
class LastUpdate:
    """The latest successful update of one type that moved the watermark. Instants are aware.

    :param update_type: its type
    :param reference_dt: the reference time of its run, by which "due" is judged
    :param source_read_dt: when it began to read the source, from which later updates read on
    """

    update_type: UpdateType
    reference_dt: datetime
    source_read_dt: datetime


@dataclass(frozen=True)
class Run:
    """The DAG run that asks. Instants are aware.

    :param reference_dt: the run's own "now": the end of its data interval, or when it was asked for
    :param kind: why the run exists; a scheduled run that was cleared as a whole is ``CLEARED``
    :param data_interval: start and end of the run's data interval; a backfill must have one
    :param requested_type: the type that a person asked for; None chooses by the log
    :param minimum_dt: where a person wants the read to begin; None computes it
    :param maximum_dt: where a person wants it to end; None has no upper bound
    """

    reference_dt: datetime
    kind: RunKind = RunKind.SCHEDULED
    data_interval: tuple[datetime, datetime] | None = None
    requested_type: UpdateType | None = None
    minimum_dt: datetime | None = None
    maximum_dt: datetime | None = None


@dataclass(frozen=True)
class History:
    """What happened to a table so far.

    :param last: the latest successful updates that moved the watermark, without the asking run's own
    :param broken: why changes cannot be built on what the target holds, in words; None when they can
    :param lookback: the longest lookback that an earlier update promised and that is still to be kept: a
        row may be committed that long after its stamp
    :param backing_off: until when and why nothing is tried, after failures that a retry cannot cure; None
        when nothing stands in the way
    """

    last: Sequence[LastUpdate] = ()
    broken: str | None = None
    lookback: timedelta = timedelta(0)
    backing_off: BackOff | None = None


@dataclass(frozen=True)
class BackOff:
    """A pause after failures that a retry cannot cure.

    :param until: when the next try is due. Aware.
    :param failures: how many there were in a row
    """

    until: datetime
    failures: int


@dataclass(frozen=True)
class Decision:
    """What a run does.

    :param update_type: the update to run; None when nothing is due
    :param minimum_dt: read rows changed at or after this instant; None has no lower bound. UTC.
    :param maximum_dt: read rows changed before this instant; None has no upper bound. UTC.
    :param advances_watermark: whether success moves the point that later updates read from
    :param reason: why this type and from when, or why nothing
    :param lookback: how long after its stamp a row may be committed and is still read, as configured
    """

    update_type: UpdateType | None
    minimum_dt: datetime | None
    maximum_dt: datetime | None
    advances_watermark: bool
    reason: str
    lookback: timedelta = timedelta(0)


def decide(source: DataSource, history: History, run: Run, lookback_multiplier: float) -> Decision:
    """Decide which update a run performs, and its window.

    :param source: the table's configuration
    :param history: what happened to the table so far
    :param run: the run that asks
    :param lookback_multiplier: how many intervals before the last update's read this one begins
    :raises ConfigurationError: what was asked for cannot be done: the source or the type is disabled,
        or the requested window makes no sense
    """
    refusal = _refusal(source, run)
    if refusal:
        raise ConfigurationError(f"{source.table_name}: {refusal}")
    if not source.is_enabled or not _enabled(source):
        setting = "no schedule is enabled" if source.is_enabled else "is_enabled is false"
        return Decision(None, None, None, False, f"Nothing is due: {setting} in the configuration.")
    if run.kind is RunKind.BACKFILL:
        return _backfill(source, run, lookback_multiplier)
    update_type, why = _choose(source, history, run)
    if update_type is None:
        return Decision(None, None, None, False, why)
    decision = _window(source, history, run, update_type, why, lookback_multiplier)
    return replace(decision, lookback=longest_lookback(source, lookback_multiplier))


def due_at(source: DataSource, last: Iterable[LastUpdate], update_type: UpdateType) -> datetime | None:
    """Return the reference time from which a type is due.

    :returns: one interval after the latest reference time of that type or a higher one; None when there
        has been none, so that it is due now
    :raises ConfigurationError: the type is not enabled
    """
    higher = _at_least(update_type)
    references = [update.reference_dt for update in last if update.update_type in higher]
    return max(references) + _schedule(source, update_type).interval if references else None


def longest_lookback(source: DataSource, lookback_multiplier: float) -> timedelta:
    """Return how long after its stamp a row may be committed and is still read, by one type or another."""
    schedules = [source.schedule(kind) for kind in (UpdateType.DAILY, UpdateType.HOURLY)]
    return max((one.interval * lookback_multiplier for one in schedules if one), default=timedelta(0))


def _choose(source: DataSource, history: History, run: Run) -> tuple[UpdateType | None, str]:
    """Return the type to run and why: the one asked for, the highest due, or the finest if a person asks."""
    if run.requested_type is not None:
        return run.requested_type, f"{run.requested_type.value} was asked for."
    chosen, why = _due(source, history, run)
    pause = history.backing_off
    if chosen is not None and pause is not None and not run.kind.asked_for and pause.until > run.reference_dt:
        return None, (
            f"{why} But the last {pause.failures} updates failed in a way that a retry does not cure, so the "
            f"next try waits until {_show(pause.until)}; to try at once, trigger the DAG."
        )
    return chosen, why


def _due(source: DataSource, history: History, run: Run) -> tuple[UpdateType | None, str]:
    enabled, last = _enabled(source), history.last
    if history.broken and last:
        rebuilding = enabled[0] if enabled[0] is UpdateType.MASS else enabled[-1]
        return rebuilding, f"{rebuilding.value} is due at once: {history.broken}."
    waiting = []
    for update_type in enabled:
        due = due_at(source, last, update_type)
        interval = format_duration(_schedule(source, update_type).interval)
        if due is None:
            return update_type, f"{update_type.value} is due: there has been none yet, nor a higher type."
        if due <= run.reference_dt:
            return update_type, f"{update_type.value} is due since {_show(due)} (every {interval})."
        waiting.append(f"{update_type.value} from {_show(due)} (every {interval})")
    nothing = f"Nothing is due at {_show(run.reference_dt)}; next: {', '.join(waiting)}."
    if run.kind.asked_for:
        return enabled[-1], f"{nothing} A person asked, so the finest type runs: {enabled[-1].value}."
    return None, nothing


def _window(
    source: DataSource,
    history: History,
    run: Run,
    update_type: UpdateType,
    why: str,
    lookback_multiplier: float,
) -> Decision:
    automatic, since = _automatic_minimum(source, history, run, update_type, lookback_multiplier)
    if run.minimum_dt is None:
        return Decision(update_type, automatic, None, True, f"{why} {since}")
    if source.load_method(update_type) is not LoadMethod.MERGE:
        raise ConfigurationError(
            f"{source.table_name}: a mass update with prepurge_data replaces the whole table, so with "
            "minimum_dt it would lose rows; leave minimum_dt out, or choose daily or hourly"
        )
    minimum = run.minimum_dt.astimezone(timezone.utc)
    if run.maximum_dt is not None:
        maximum = run.maximum_dt.astimezone(timezone.utc)
        asked = (
            f"Reads rows changed from {_show(minimum)} to {_show(maximum)}, as asked for. Later updates do "
            "not build on this one."
        )
        return Decision(update_type, minimum, maximum, False, f"{why} {asked}")
    advances = automatic is not None and minimum <= automatic
    asked = f"Reads rows changed since {_show(minimum)}, as asked for."
    if not advances:
        by_itself = f"since {_show(automatic)}" if automatic else "everything"
        asked += f" By itself it would read {by_itself}, so later updates do not build on this one."
    return Decision(update_type, minimum, None, advances, f"{why} {asked}")


def _automatic_minimum(
    source: DataSource,
    history: History,
    run: Run,
    update_type: UpdateType,
    lookback_multiplier: float,
) -> tuple[datetime | None, str]:
    """Return from when an update reads by itself, and the sentence that says so.

    Counted from the latest Mass or Daily even for Hourly, so that a lost hour is read again; from the
    latest Hourly only when there has been neither.
    """
    if update_type is UpdateType.MASS:
        return None, "Reads everything."
    full = [update for update in history.last if update.update_type is not UpdateType.HOURLY]
    base = max(full or history.last, key=lambda update: update.source_read_dt, default=None)
    if base is None:
        return None, "Reads everything, because no update has succeeded yet."
    if history.broken:
        return None, f"Reads everything, because {history.broken}."
    interval = _schedule(source, update_type).interval
    lookback, shown = interval * lookback_multiplier, f"{lookback_multiplier:g} x {format_duration(interval)}"
    if lookback == longest_lookback(source, lookback_multiplier) and history.lookback > lookback:
        # No other type reads back as far as an earlier configuration promised.
        lookback = history.lookback
        shown = f"{format_duration(lookback)}, as promised by an earlier configuration,"
    # Runs that are cleared late, and clocks that disagree, leave reads in the log from after this run.
    begin = min(base.source_read_dt, run.reference_dt).astimezone(timezone.utc)
    minimum = _before(begin, lookback)
    place = f"the last {base.update_type.value} began to read"
    if begin < base.source_read_dt:
        place = f"this run's time, which is before {place}"
    return minimum, f"Reads rows changed since {_show(minimum)}: {shown} before {place}."


def _before(instant: datetime, lookback: timedelta) -> datetime:
    """Return the instant that lies so long before another one, or the calendar's first."""
    try:
        return instant - lookback
    except OverflowError:
        return datetime.min.replace(tzinfo=timezone.utc)


def _backfill(source: DataSource, run: Run, lookback_multiplier: float) -> Decision:
    """Return the update of a past window; it never counts as the latest."""
    if run.data_interval is None:
        raise ConfigurationError(f"{source.table_name}: a backfill run needs a data interval; give it dates")
    start, end = (instant.astimezone(timezone.utc) for instant in run.data_interval)
    if run.requested_type is UpdateType.MASS:
        return Decision(
            UpdateType.MASS, None, None, False, "A backfill by Mass was asked for. Reads everything."
        )
    update_type = run.requested_type or _backfill_type(source, end - start)
    interval = _schedule(source, update_type).interval
    minimum = _before(start, interval * lookback_multiplier)
    reason = (
        f"A backfill of {_show(start)} to {_show(end)}, by {update_type.value}. Reads rows changed since "
        f"{_show(minimum)}, {lookback_multiplier:g} x {format_duration(interval)} before it. "
        "Later updates do not build on it."
    )
    return Decision(update_type, minimum, end, False, reason)


def _backfill_type(source: DataSource, length: timedelta) -> UpdateType:
    daily, hourly = source.schedule(UpdateType.DAILY), source.schedule(UpdateType.HOURLY)
    if daily is not None and (length >= daily.interval or hourly is None):
        return UpdateType.DAILY
    return UpdateType.HOURLY


def _refusal(source: DataSource, run: Run) -> str | None:
    """Return why what was asked for cannot be done, or None."""
    asked, enabled = run.requested_type, _enabled(source)
    if asked is not None and asked not in enabled:
        known = ", ".join(["auto", *(update_type.group_id for update_type in enabled)])
        return f"update_type {asked.group_id!r} is not configured and enabled for this table; choose {known}"
    if run.kind.asked_for and not source.is_enabled:
        return "the data source is disabled; set is_enabled: true in its configuration to run it"
    if run.kind.asked_for and not enabled:
        return "no schedule is enabled; enable mass, daily or hourly in its configuration to run it"
    if run.kind is RunKind.BACKFILL:
        return _backfill_refusal(run, enabled)
    if run.maximum_dt is not None and run.minimum_dt is None:
        return "maximum_dt ends the span that minimum_dt begins; write both"
    if run.maximum_dt is not None and run.minimum_dt is not None and run.maximum_dt <= run.minimum_dt:
        return (
            f"maximum_dt {_show(run.maximum_dt)} does not lie after minimum_dt {_show(run.minimum_dt)}; "
            "choose a later one"
        )
    if run.minimum_dt is not None and run.minimum_dt > run.reference_dt:
        return (
            f"minimum_dt {_show(run.minimum_dt)} lies after the run's time, {_show(run.reference_dt)}; "
            "choose an earlier one"
        )
    return None


def _backfill_refusal(run: Run, enabled: list[UpdateType]) -> str | None:
    if run.minimum_dt is not None or run.maximum_dt is not None:
        return (
            "a backfill reads its own data interval; leave minimum_dt and maximum_dt out, or trigger a "
            "manual run"
        )
    if enabled == [UpdateType.MASS] and run.requested_type is None:
        return "only mass is enabled, which a backfill runs when asked; set update_type to mass"
    return None


def _enabled(source: DataSource) -> list[UpdateType]:
    """Return the enabled types, highest first."""
    return [update_type for update_type in UpdateType if source.schedule(update_type) is not None]


def _at_least(update_type: UpdateType) -> list[UpdateType]:
    """Return the type and those above it."""
    ranked = list(UpdateType)
    return ranked[: ranked.index(update_type) + 1]


def _schedule(source: DataSource, update_type: UpdateType) -> ScheduleConfig:
    schedule = source.schedule(update_type)
    if schedule is None:
        raise ConfigurationError(f"{source.table_name}: {update_type.group_id} is not configured and enabled")
    return schedule


def _show(instant: datetime) -> str:
    return f"{instant.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
