"""The rules by which a table's health is judged, and the sentences that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from data_sync.health.status import Cause, Due, RunFacts, Status
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log_history import LoggedUpdate, TableLog
from data_sync.updates.schedule import CLOCKS_DIFFER, LastUpdate, due_at

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource

REPEATED = 2
"""Failures in a row from which a table is Unhealthy."""

TIME_TO_START = timedelta(minutes=5)
"""How long an update may take from its check until its row is in the log."""

LONGEST_WAIT = timedelta(hours=1)
"""How long an overdue update may wait to start, however rare the checks are, before that is no progress."""

_STUCK_FACTOR = 3
_NEVER_STUCK_BEFORE = timedelta(hours=1)


def dues(source: DataSource, log: TableLog, now: datetime) -> list[Due]:
    """Return when each enabled type is due, by the same rule as the branch, the soonest first.

    Empty when the table is disabled or nothing has succeeded yet that a type could count from.

    :param now: the present, aware: what a clock that was ahead has logged as later is not counted
    """
    if not source.is_enabled:
        return []
    last = [one for one in log.last_updates if one.reference_dt <= now + CLOCKS_DIFFER]
    found = [(kind, due_at(source, last, kind)) for kind in UpdateType if source.schedule(kind)]
    return sorted((Due(kind, at) for kind, at in found if at is not None), key=lambda due: due.at)


def checks_after(check_interval: timedelta | str, due: datetime) -> tuple[datetime, datetime]:
    """Return the latest instants of the first and the second check that can find an update due.

    :param check_interval: a duration, whose checks may fall at any phase, or a cron expression in UTC
    """
    if isinstance(check_interval, timedelta):
        return due + check_interval, due + 2 * check_interval
    from croniter import croniter

    # A check at the due instant itself finds it; croniter returns instants after the one it is given.
    ticks = croniter(check_interval, due.astimezone(timezone.utc) - timedelta(seconds=1))
    return ticks.get_next(datetime), ticks.get_next(datetime)


@dataclass(frozen=True)
class Case:
    """Everything that is known of one table, and the rules that judge it."""

    source: DataSource
    log: TableLog
    now: datetime
    check_interval: timedelta | str
    facts: RunFacts
    dues: list[Due]
    broken: str | None = None

    @property
    def due(self) -> Due | None:
        """What is due first."""
        return self.dues[0] if self.dues else None

    @property
    def interrupted(self) -> bool:
        """Whether the log's running row belongs to a run that has ended."""
        return self.log.running is not None and self.facts.logged_run_is_live is False

    @property
    def running(self) -> LoggedUpdate | None:
        """The update that runs, as far as anybody knows."""
        return None if self.interrupted else self.log.running

    def expected_by(self) -> datetime:
        """When the due update ought to have started."""
        assert self.due is not None  # noqa: S101 - only asked of tables that were synced
        return checks_after(self.check_interval, self.due.at)[0] + TIME_TO_START

    def given_up_by(self, due: Due) -> datetime:
        """When an overdue update that has not started counts as making no progress."""
        first, second = checks_after(self.check_interval, due.at)
        return min(max(second, first + TIME_TO_START), first + LONGEST_WAIT)

    def verdict(self) -> tuple[Status, Cause, str]:
        """Return the status, its cause and the sentence for people."""
        off = _why_disabled(self.source)
        if off:
            return Status.HEALTHY, Cause.DISABLED, off
        failures = self.log.failures + self.interrupted
        if failures >= REPEATED:
            return Status.UNHEALTHY, Cause.FAILED, self._failing(failures)
        if self.interrupted and self.log.running:
            kind = self.log.running.update_type.value
            text = f"{kind} was interrupted: its run ended without closing it{self._lateness()}."
            return self._at_least_degraded(), Cause.INTERRUPTED, text
        stuck = self._stuck()
        if stuck:
            return Status.UNHEALTHY, Cause.STUCK, stuck
        if failures:
            return self._at_least_degraded(), Cause.FAILED, self._failing(failures)
        if self.broken:
            what = f"{self.broken[:1].upper()}{self.broken[1:]}"
            text = f"{what}: the update that makes it complete is due at once"
            return self._incomplete(), Cause.INCOMPLETE, f"{text}{self._lateness() or self._progress()}."
        ahead = [one for one in self.log.last_updates if one.reference_dt > self.now + CLOCKS_DIFFER]
        if ahead:
            return self._at_least_degraded(), Cause.OVERDUE, _clock_ahead(ahead[0])
        if self.due is None:
            return self._never_synced()
        if self.now > self.expected_by():
            status = self._at_least_degraded()
            return status, Cause.OVERDUE, f"{self._lateness().removeprefix('; ')}."
        return Status.HEALTHY, Cause.ON_TIME, self._on_time()

    def _on_time(self) -> str:
        if self.running:
            return f"On time; {_running(self.running, self.now)}."
        assert self.due is not None  # noqa: S101
        if self.due.at <= self.now:
            return f"On time; {self.due.update_type.value} is due and starts at the next check."
        return f"On time; {self.due.update_type.value} is due in {span(self.due.at - self.now)}."

    def _never_synced(self) -> tuple[Status, Cause, str]:
        if self.log.last:
            text = "No update of an enabled type has succeeded yet."
        elif self.running:
            text = f"Never synced yet; {_running(self.running, self.now)}."
        elif self.facts.has_active_run:
            text = "Never synced yet; a run of its DAG is starting."
        else:
            text = f"Never synced, and nothing is running{self._paused()}."
        return self._at_least_degraded(), Cause.NEVER_SYNCED, text

    def _incomplete(self) -> Status:
        """Return Degraded while a table that is known to be wrong is worked on, else Unhealthy."""
        return Status.DEGRADED if self.running or self.facts.has_active_run else Status.UNHEALTHY

    def _progress(self) -> str:
        if self.running:
            return f"; {_running(self.running, self.now)}"
        return self._paused()

    def _at_least_degraded(self) -> Status:
        """Return Degraded while an overdue or unsynced table makes progress, else Unhealthy."""
        if self.running or self.facts.has_active_run:
            return Status.DEGRADED
        success = self.log.last_success
        if success is None or success.end_dt is None or not self.dues:
            return Status.UNHEALTHY
        missed = [due for due in self.dues if due.at >= success.end_dt and self.now > self.given_up_by(due)]
        return Status.UNHEALTHY if missed else Status.DEGRADED

    def _lateness(self) -> str:
        """Return a clause on how long the table is overdue and what is done about it, if it is."""
        if self.due is None or self.now <= self.expected_by():
            return ""
        text = f"; {self.due.update_type.value} is overdue by {span(self.now - self.due.at)}"
        if self.running:
            return f"{text} and still progressing: {_running(self.running, self.now)}"
        if self.facts.has_active_run:
            return f"{text}; a run of its DAG is under way"
        return f"{text}, and nothing is running{self._paused()}"

    def _paused(self) -> str:
        return "; its DAG is paused" if self.facts.is_paused else ""

    def _failing(self, failures: int) -> str:
        times = f"{failures} failures in a row" if failures > 1 else "The last update failed"
        since = self.log.failing_since
        text = f"{times}, since {span(self.now - since)} ago" if since and failures > 1 else times
        last = self.log.last_failure
        if last and last.error:
            text += f": {first_line(last.error)}"
        if self.running:
            text += f"; {_running(self.running, self.now)}, trying again"
            return _sentence(text)
        return _sentence(text + (self._lateness() or self._paused()))

    def _stuck(self) -> str | None:
        """Return why the running update looks stuck, or None: much longer than its type took last time."""
        update = self.running
        if update is None:
            return None
        took = self.now - update.start_dt
        before = self.log.last.get(update.update_type)
        schedule = self.source.schedule(update.update_type)
        if before is not None and before.duration is not None:
            limit, usual = _STUCK_FACTOR * before.duration, f"the last one took {span(before.duration)}"
        else:
            limit = schedule.interval if schedule else timedelta(days=1)
            usual = f"longer than its interval of {span(limit)}"
        if took <= max(limit, _NEVER_STUCK_BEFORE):
            return None
        return f"{_running(update, self.now)} ({usual}): it may be stuck, or its process is gone."


def span(value: timedelta) -> str:
    """Return a span of time for people, in its two largest units: ``2d 3h``, ``5m``, ``40s``."""
    seconds = max(0, int(value.total_seconds()))
    parts: list[str] = []
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or (letter == "s" and not parts):
            parts.append(f"{count}{letter}")
    # Seconds say nothing beside hours.
    return " ".join(part for part in parts[:2] if not (part.endswith("s") and len(parts) > 1))


def first_line(error: str, longest: int = 200) -> str:
    """Return the first line of an error, cut to a length and without its full stop."""
    line = error.strip().splitlines()[0].rstrip(".") if error.strip() else ""
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _sentence(text: str) -> str:
    """Return the text with a full stop, unless it ends where something was cut off."""
    return text if text.endswith("…") else f"{text}."


def _why_disabled(source: DataSource) -> str | None:
    if not source.is_enabled:
        return "Disabled: is_enabled is false in the configuration."
    if not any(source.schedule(kind) for kind in UpdateType):
        return "Disabled: no schedule is enabled in the configuration."
    return None


def _clock_ahead(update: LastUpdate) -> str:
    kind, at = update.update_type.value, update.reference_dt.astimezone(timezone.utc)
    return (
        f"The last {kind} was logged as of {at:%Y-%m-%d %H:%M} UTC, which is still to come: a clock was "
        "ahead. It is not counted, and the table is due."
    )


def _running(update: LoggedUpdate, now: datetime) -> str:
    return f"{update.update_type.value} has been running for {span(now - update.start_dt)}"
