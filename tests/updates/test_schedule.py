"""When an update is due, and from when it reads: a test for each sentence of the rules."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from data_sync.errors import ConfigurationError
from data_sync.settings.models import DataSource
from data_sync.settings.update_type import UpdateType
from data_sync.updates.schedule import History, LastUpdate, Run, RunKind, due_at
from data_sync.updates.schedule import decide as decide_by_history

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MASS, DAILY, HOURLY = UpdateType
ALL = {"mass": "7d", "daily": "1d", "hourly": "1h"}


def decide(table, log, asked, multiplier, **more):
    """Decide by what the log holds; the target is what it was unless ``more`` says otherwise."""
    return decide_by_history(table, History(log, **more), asked, multiplier)


def source(schedules=ALL, disabled=(), is_enabled=True, **mass):
    configured = {name: {"interval": interval} for name, interval in schedules.items()}
    for name in disabled:
        configured[name]["is_enabled"] = False
    if mass:
        configured["mass"] |= mass
    return DataSource.model_validate(
        {
            "table_name": "WorkOrder",
            "source_system": "JDE",
            "fetcher": "sample",
            "keys": ["OrderNumber"],
            "is_enabled": is_enabled,
            **configured,
        }
    )


def last(update_type, ago, read_after=timedelta(0)):
    """An update whose run's time is ``ago`` before now and that began to read ``read_after`` later."""
    return LastUpdate(update_type, NOW - ago, NOW - ago + read_after)


def run(kind=RunKind.SCHEDULED, **fields):
    return Run(reference_dt=NOW, kind=kind, **fields)


def chosen(log, table=None, **fields):
    return decide(table or source(), log, run(**fields), 3).update_type


class TestWhatIsDue:
    @pytest.mark.parametrize(
        ("ago", "expected"),
        [(HOUR - MINUTE, None), (HOUR, HOURLY), (HOUR + MINUTE, HOURLY)],
    )
    def test_a_type_is_due_when_none_of_it_lies_after_now_less_its_interval(self, ago, expected):
        assert chosen([last(MASS, 2 * DAY), last(DAILY, HOUR * 5), last(HOURLY, ago)]) is expected

    def test_lateness_of_the_last_read_does_not_delay_the_next_run(self):
        assert chosen([last(MASS, DAY * 2), last(DAILY, HOUR, read_after=MINUTE)]) is HOURLY

    def test_a_mass_resets_daily_and_hourly(self):
        assert chosen([last(MASS, 30 * MINUTE), last(DAILY, 3 * DAY), last(HOURLY, 3 * DAY)]) is None

    def test_a_daily_resets_hourly(self):
        assert chosen([last(MASS, 3 * DAY), last(DAILY, 30 * MINUTE), last(HOURLY, 5 * HOUR)]) is None

    def test_an_hourly_resets_neither_daily_nor_mass(self):
        assert chosen([last(MASS, 3 * DAY), last(DAILY, 2 * DAY), last(HOURLY, MINUTE)]) is DAILY
        assert chosen([last(MASS, 8 * DAY), last(DAILY, MINUTE), last(HOURLY, MINUTE)]) is MASS

    def test_mass_goes_before_daily_before_hourly(self):
        late = [last(MASS, 8 * DAY), last(DAILY, 8 * DAY), last(HOURLY, 8 * DAY)]
        assert chosen(late) is MASS
        assert chosen(late, source(disabled=["mass"])) is DAILY
        assert chosen(late, source(disabled=["mass", "daily"])) is HOURLY

    def test_a_type_that_was_disabled_still_resets_the_lower_ones(self):
        assert chosen([last(MASS, MINUTE)], source(disabled=["mass"])) is None

    def test_a_type_that_is_enabled_later_is_due_though_lower_ones_ran(self):
        assert chosen([last(HOURLY, MINUTE)], source({"mass": "7d", "hourly": "1h"})) is MASS

    def test_nothing_due_says_when_what_will_be(self):
        decision = decide(source(), [last(MASS, 30 * MINUTE)], run(), 3)
        assert decision.reason == (
            "Nothing is due at 2026-03-10 12:00:00 UTC; next: Mass from 2026-03-17 11:30:00 UTC (every 1w), "
            "Daily from 2026-03-11 11:30:00 UTC (every 1d), Hourly from 2026-03-10 12:30:00 UTC (every 1h)."
        )

    def test_due_at_tells_the_reference_time_from_which_a_type_is_due(self):
        log = [last(MASS, 2 * HOUR), last(HOURLY, 3 * HOUR)]
        assert due_at(source(), log, HOURLY) == NOW - HOUR
        assert due_at(source(), [last(HOURLY, HOUR)], DAILY) is None


class TestDisabled:
    def test_a_disabled_source_is_never_due(self):
        decision = decide(source(is_enabled=False), [], run(), 3)
        assert (decision.update_type, decision.advances_watermark) == (None, False)
        assert "is_enabled is false" in decision.reason

    def test_nor_is_one_whose_schedules_are_all_disabled(self):
        assert chosen([], source(disabled=["mass", "daily", "hourly"])) is None

    @pytest.mark.parametrize("kind", [RunKind.MANUAL, RunKind.CLEARED, RunKind.BACKFILL])
    def test_a_person_who_runs_a_disabled_source_is_refused(self, kind):
        with pytest.raises(
            ConfigurationError, match="WorkOrder: the data source is disabled; set is_enabled"
        ):
            decide(source(is_enabled=False), [], run(kind, data_interval=(NOW - DAY, NOW)), 3)

    @pytest.mark.parametrize("kind", [RunKind.MANUAL, RunKind.CLEARED, RunKind.BACKFILL])
    def test_and_so_is_one_who_runs_a_source_without_enabled_schedules(self, kind):
        with pytest.raises(ConfigurationError, match="no schedule is enabled"):
            decide(source(disabled=ALL), [], run(kind, data_interval=(NOW - DAY, NOW)), 3)


class TestFirstSync:
    @pytest.mark.parametrize(
        ("schedules", "expected"),
        [(ALL, MASS), ({"daily": "1d", "hourly": "1h"}, DAILY), ({"hourly": "1h"}, HOURLY)],
    )
    def test_the_highest_enabled_type_reads_everything(self, schedules, expected):
        decision = decide(source(schedules), [], run(), 3)
        assert (decision.update_type, decision.minimum_dt, decision.maximum_dt) == (expected, None, None)
        assert decision.advances_watermark

    def test_a_manual_hourly_reads_everything_when_nothing_was_synced_yet(self):
        assert decide(source(), [], run(RunKind.MANUAL, requested_type=HOURLY), 3).minimum_dt is None


class TestMinimum:
    def test_mass_has_none(self):
        decision = decide(source(), [last(MASS, 8 * DAY), last(DAILY, HOUR)], run(), 3)
        assert (decision.update_type, decision.minimum_dt) == (MASS, None)

    def test_daily_reads_from_the_start_of_the_latest_mass_or_daily_less_the_lookback(self):
        log = [last(MASS, 3 * DAY), last(DAILY, 2 * DAY, read_after=7 * MINUTE), last(HOURLY, HOUR)]
        decision = decide(source(), log, run(), 3)
        assert (decision.update_type, decision.minimum_dt) == (DAILY, NOW - 2 * DAY + 7 * MINUTE - 3 * DAY)

    def test_hourly_too_reads_from_the_latest_mass_or_daily_so_that_a_lost_hour_is_read_again(self):
        log = [last(MASS, 3 * DAY), last(DAILY, 5 * HOUR, read_after=MINUTE), last(HOURLY, HOUR)]
        decision = decide(source(), log, run(), 3)
        assert (decision.update_type, decision.minimum_dt) == (HOURLY, NOW - 5 * HOUR + MINUTE - 3 * HOUR)
        assert decision.reason == (
            "Hourly is due since 2026-03-10 12:00:00 UTC (every 1h). Reads rows changed since "
            "2026-03-10 04:01:00 UTC: 3 x 1h before the last Daily began to read."
        )

    def test_the_latest_of_mass_and_daily_counts(self):
        log = [last(MASS, 2 * HOUR), last(DAILY, 5 * HOUR)]
        assert decide(source(), log, run(), 1).minimum_dt == NOW - 3 * HOUR

    def test_without_mass_and_daily_the_latest_hourly_counts(self):
        log = [last(HOURLY, 2 * HOUR, read_after=MINUTE)]
        assert decide(source({"hourly": "1h"}), log, run(), 3).minimum_dt == NOW - 5 * HOUR + MINUTE

    def test_the_lookback_is_that_of_the_chosen_type(self):
        log = [last(MASS, 2 * DAY), last(HOURLY, HOUR)]
        assert decide(source(), log, run(), 2).minimum_dt == NOW - 2 * DAY - 2 * DAY
        hourly = run(RunKind.MANUAL, requested_type=HOURLY)
        assert decide(source(), log, hourly, 2).minimum_dt == NOW - 2 * DAY - 2 * HOUR

    def test_the_lookback_multiplier_may_be_a_fraction_or_zero(self):
        log = [last(DAILY, 2 * HOUR)]
        table = source({"daily": "1d", "hourly": "1h"})
        assert decide(table, log, run(), 0.5).minimum_dt == NOW - 2.5 * HOUR
        assert decide(table, log, run(), 0).minimum_dt == NOW - 2 * HOUR

    def test_a_read_in_the_log_from_after_the_run_is_taken_as_the_runs_time(self):
        ahead = LastUpdate(DAILY, NOW - 2 * HOUR, NOW + 5 * DAY)
        decision = decide(source({"daily": "1d", "hourly": "1h"}), [ahead], run(), 3)
        assert decision.minimum_dt == NOW - 3 * HOUR
        assert "before this run's time" in decision.reason

    def test_it_is_utc_whatever_zone_the_log_is_in(self):
        denver = timezone(-7 * HOUR)
        log = [LastUpdate(DAILY, NOW - 2 * HOUR, (NOW - 2 * HOUR).astimezone(denver))]
        decision = decide(source({"daily": "1d", "hourly": "1h"}), log, run(), 3)
        assert decision.minimum_dt.tzinfo is timezone.utc
        assert decision.minimum_dt == NOW - 5 * HOUR


class TestManual:
    FRESH = (last(MASS, DAY), last(DAILY, 10 * MINUTE), last(HOURLY, 5 * MINUTE))

    @pytest.mark.parametrize("kind", [RunKind.MANUAL, RunKind.CLEARED])
    def test_auto_runs_the_finest_enabled_type_when_nothing_is_due(self, kind):
        assert chosen(self.FRESH, kind=kind) is HOURLY
        assert chosen(self.FRESH, source(disabled=["hourly"]), kind=kind) is DAILY

    @pytest.mark.parametrize("kind", [RunKind.MANUAL, RunKind.CLEARED])
    def test_auto_runs_what_is_due(self, kind):
        assert chosen([last(MASS, 8 * DAY)], kind=kind) is MASS

    @pytest.mark.parametrize("update_type", list(UpdateType))
    def test_a_requested_type_runs_due_or_not(self, update_type):
        decision = decide(source(), self.FRESH, run(RunKind.MANUAL, requested_type=update_type), 3)
        assert decision.update_type is update_type
        assert decision.advances_watermark
        assert decision.reason.startswith(f"{update_type.value} was asked for.")

    @pytest.mark.parametrize("table", [source({"mass": "7d", "hourly": "1h"}), source(disabled=["daily"])])
    def test_a_requested_type_that_is_not_enabled_is_refused(self, table):
        expected = "WorkOrder: update_type 'daily' is not configured and enabled .* choose auto, mass, hourly"
        with pytest.raises(ConfigurationError, match=expected):
            decide(table, [], run(RunKind.MANUAL, requested_type=DAILY), 3)


class TestRequestedMinimum:
    LOG = (last(MASS, DAY), last(DAILY, 2 * HOUR))
    AUTOMATIC = NOW - 5 * HOUR

    def decide(self, minimum, log=LOG, table=None, update_type=HOURLY):
        asked = run(RunKind.MANUAL, requested_type=update_type, minimum_dt=minimum)
        return decide(table or source(), log, asked, 3)

    @pytest.mark.parametrize(("shift", "advances"), [(-DAY, True), (timedelta(0), True), (MINUTE, False)])
    def test_it_replaces_the_automatic_one_and_moves_the_watermark_unless_later(self, shift, advances):
        decision = self.decide(self.AUTOMATIC + shift)
        assert decision.minimum_dt == self.AUTOMATIC + shift
        assert decision.advances_watermark is advances

    def test_it_does_not_move_the_watermark_when_nothing_was_ever_synced(self):
        decision = self.decide(NOW - 900 * DAY, log=())
        assert not decision.advances_watermark
        assert "By itself it would read everything" in decision.reason

    def test_with_a_merging_mass_it_is_a_partial_read_and_does_not_move_the_watermark(self):
        decision = self.decide(NOW - DAY, update_type=MASS)
        assert (decision.update_type, decision.minimum_dt) == (MASS, NOW - DAY)
        assert not decision.advances_watermark

    def test_with_a_mass_that_replaces_the_table_it_would_lose_rows_and_is_refused(self):
        with pytest.raises(ConfigurationError, match="would lose rows; leave minimum_dt out"):
            self.decide(NOW - DAY, table=source(prepurge_data=True), update_type=MASS)

    def test_also_when_auto_chooses_that_mass(self):
        with pytest.raises(ConfigurationError, match="would lose rows"):
            self.decide(NOW - DAY, log=(), table=source(prepurge_data=True), update_type=None)

    def test_one_in_the_future_is_refused(self):
        with pytest.raises(ConfigurationError, match="lies after the run's time, 2026-03-10 12:00:00 UTC"):
            self.decide(NOW + MINUTE)


class TestBackfill:
    def decide(self, length, table=None, **fields):
        asked = Run(NOW, RunKind.BACKFILL, (NOW - 30 * DAY, NOW - 30 * DAY + length), **fields)
        return decide(table or source(), [last(MASS, HOUR)], asked, 3)

    def test_the_window_is_the_data_interval_less_the_lookback_with_an_upper_bound(self):
        decision = self.decide(DAY)
        assert decision.update_type is DAILY
        assert decision.minimum_dt == NOW - 33 * DAY
        assert decision.maximum_dt == NOW - 29 * DAY

    def test_it_never_moves_the_watermark(self):
        assert not self.decide(DAY).advances_watermark
        assert not self.decide(DAY, requested_type=MASS).advances_watermark

    @pytest.mark.parametrize(
        ("length", "disabled", "expected"),
        [
            (DAY, [], DAILY),
            (DAY - MINUTE, [], HOURLY),
            (15 * MINUTE, [], HOURLY),
            (DAY, ["daily"], HOURLY),
            (15 * MINUTE, ["hourly"], DAILY),
        ],
    )
    def test_the_intervals_length_chooses_between_daily_and_hourly(self, length, disabled, expected):
        assert self.decide(length, source(disabled=disabled)).update_type is expected

    def test_it_runs_whatever_the_log_says(self):
        asked = Run(NOW, RunKind.BACKFILL, (NOW - DAY, NOW))
        assert decide(source(), [last(DAILY, timedelta(0))], asked, 3).update_type is DAILY

    def test_the_lookback_is_that_of_the_chosen_type(self):
        assert self.decide(DAY, requested_type=HOURLY).minimum_dt == NOW - 30 * DAY - 3 * HOUR

    def test_mass_runs_only_when_asked_and_then_reads_everything(self):
        decision = self.decide(DAY, requested_type=MASS)
        assert (decision.update_type, decision.minimum_dt, decision.maximum_dt) == (MASS, None, None)
        with pytest.raises(
            ConfigurationError, match="only mass is enabled, which a backfill runs when asked"
        ):
            self.decide(DAY, source({"mass": "7d"}))

    def test_a_minimum_is_refused_because_the_interval_is_the_window(self):
        with pytest.raises(ConfigurationError, match="leave minimum_dt and maximum_dt out"):
            self.decide(DAY, minimum_dt=NOW - DAY)

    def test_one_without_a_data_interval_is_refused(self):
        with pytest.raises(ConfigurationError, match="needs a data interval"):
            decide(source(), [], Run(NOW, RunKind.BACKFILL), 3)
