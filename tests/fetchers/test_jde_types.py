"""JD Edwards' values, compared with the standard library's calendar, zones and decimals."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sync.errors import ValueRejected
from data_sync.fetchers.columns import ColumnSpec, read_column
from data_sync.fetchers.jde_types import jde_column

UTC = ZoneInfo("UTC")
ZONES = ["UTC", "America/Chicago", "America/Denver", "Europe/Berlin", "Australia/Lord_Howe"]


def convert(short: str, *arrays: pa.Array, zone: str = "UTC", is_key: bool = False) -> pa.Array:
    spec = ColumnSpec.model_validate(read_column(short))
    return jde_column("Target", arrays, spec, ZoneInfo(zone), is_key=is_key)


def cyyddd(day: date) -> int:
    return int(f"{day.year // 100 - 19}{day:%y%j}")


def all_days() -> list[date]:
    return [
        date(1900, 1, 1) + timedelta(days=number)
        for number in range((date(2101, 1, 1) - date(1900, 1, 1)).days)
    ]


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.decimal128(19, 0)])
def test_every_day_from_1900_to_2100_however_the_driver_delivers_it(kind: pa.DataType) -> None:
    days = all_days()
    numbers = pa.array([cyyddd(day) for day in days]).cast(kind)
    assert convert("TRDJ date", numbers).to_pylist() == days


def test_every_second_of_a_day() -> None:
    seconds = [datetime(2026, 1, 1) + timedelta(seconds=second) for second in range(86_400)]
    numbers = pa.array([int(f"{second:%H%M%S}") for second in seconds])
    assert convert("TDAY time", numbers).to_pylist() == [second.time() for second in seconds]


@pytest.mark.parametrize(
    "nothing", [pa.array([0]), pa.array([None], pa.int64()), pa.array(["  "]), pa.array([0.0])]
)
def test_zero_and_blank_are_no_date(nothing: pa.Array) -> None:
    assert convert("TRDJ date", nothing).to_pylist() == [None]


def test_zero_is_midnight_unless_the_column_makes_it_null() -> None:
    assert convert("TDAY time", pa.array([0])).to_pylist() == [time(0, 0)]
    assert convert("TDAY time null", pa.array([0])).to_pylist() == [None]


@pytest.mark.parametrize("wrong", [125366, 124367, 126000, 126999, -126001, 1])
def test_a_number_that_is_no_date_is_refused_or_cleared(wrong: int) -> None:
    numbers = pa.array([126001, wrong])
    if wrong == 1:  # 1900-01-01
        assert convert("TRDJ date", numbers).to_pylist()[1] == date(1900, 1, 1)
        return
    with pytest.raises(ValueRejected, match=rf"'Target': '{wrong}' is not a date of the form CYYDDD"):
        convert("TRDJ date", numbers)
    spec = ColumnSpec(source=("TRDJ",), type="date", invalid="clear")
    assert jde_column("Target", [numbers], spec, UTC, is_key=False).to_pylist() == [date(2026, 1, 1), None]


@pytest.mark.parametrize("wrong", [240000, 236000, 235960, -1])
def test_a_number_that_is_no_time_is_refused(wrong: int) -> None:
    with pytest.raises(ValueRejected, match="is not a time of the form HHMMSS"):
        convert("TDAY time", pa.array([wrong]))


def test_text_that_is_no_number_is_refused_as_a_date() -> None:
    with pytest.raises(ValueRejected, match="'12A327' is not a whole number"):
        convert("TRDJ date", pa.array(["126327", "12A327"]))


# -- instants -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_two_years_becomes_the_earlier_instant_its_clock_showed(zone: str) -> None:
    walls = [datetime(2025, 1, 1) + timedelta(minutes=30 * step) for step in range(2 * 365 * 48)]
    found = convert(
        "UPMJ+TDAY datetime",
        pa.array([cyyddd(wall.date()) for wall in walls]),
        pa.array([int(f"{wall:%H%M%S}") for wall in walls]),
        zone=zone,
    ).to_pylist()
    for wall, instant in zip(walls, found, strict=True):
        shown = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc)
        exists = shown.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
        if exists:
            assert instant == shown, wall
        else:  # skipped: the instant of the change, which lies at most the skipped hour before
            assert timedelta(0) <= shown - instant < timedelta(hours=1), wall
            change = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            assert change > wall, wall


@pytest.mark.parametrize("zone", ZONES)
def test_a_later_stamp_never_becomes_an_earlier_instant(zone: str) -> None:
    walls = [datetime(2026, 1, 1) + timedelta(minutes=15 * step) for step in range(365 * 96)]
    found = convert(
        "UPMJ+TDAY datetime",
        pa.array([cyyddd(wall.date()) for wall in walls]),
        pa.array([int(f"{wall:%H%M%S}") for wall in walls]),
        zone=zone,
    ).to_pylist()
    assert found == sorted(found)


def test_no_date_is_no_instant_whatever_the_time() -> None:
    assert convert("UPMJ+TDAY datetime", pa.array([0]), pa.array([120000])).to_pylist() == [None]


# -- numbers --------------------------------------------------------------------------------------


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1), st.integers(0, 15))
@settings(deadline=None)
def test_implied_decimals_are_exact(numbers: list[int], scale: int) -> None:
    expected = [Decimal(number).scaleb(-scale) for number in numbers]
    for array in (pa.array(numbers), pa.array([str(number) for number in numbers])):
        assert convert(f"UORG decimal(15,{scale})", array).to_pylist() == expected


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1))
@settings(deadline=None)
def test_floats_that_hold_integers_become_these_integers(numbers: list[int]) -> None:
    assert convert("DOCO integer", pa.array([float(number) for number in numbers])).to_pylist() == numbers


@pytest.mark.parametrize("wrong", [pa.array([1.0, 1.5]), pa.array(["1", "1.5"]), pa.array([1.0, 2.0**60])])
def test_a_number_that_is_not_whole_or_not_exact_is_refused(wrong: pa.Array) -> None:
    with pytest.raises(ValueRejected, match="column 'Target': '1"):
        convert("DOCO integer", wrong)
    with pytest.raises(ValueRejected, match="column 'Target': '1"):
        convert("UORG decimal(15,2)", wrong)


def test_a_decimal_with_more_digits_than_declared_is_refused() -> None:
    with pytest.raises(ValueRejected, match=r"'10000.0' does not fit decimal\(5,1\)"):
        convert("UORG decimal(5,1)", pa.array([1, 100_000]))


def test_slices_are_converted_from_their_own_offset() -> None:
    numbers = pa.array([1, 2, 3, 4]).slice(2)
    assert convert("UORG decimal(15,1)", numbers).to_pylist() == [Decimal("0.3"), Decimal("0.4")]


def test_zero_is_kept_unless_the_column_makes_it_null() -> None:
    zero = pa.array([0, 1])
    assert convert("ITM integer", zero).to_pylist() == [0, 1]
    assert convert("ITM integer null", zero).to_pylist() == [None, 1]
    assert convert("UORG decimal(15,2) null", zero).to_pylist() == [None, Decimal("0.01")]


# -- text -----------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12))
@settings(deadline=None)
def test_text_loses_its_padding_on_either_side(text: str) -> None:
    wanted = text.strip(" ")
    for padded in (text.ljust(20), text.rjust(20)):
        assert convert("MCU text(20) keep", pa.array([padded])).to_pylist() == [wanted]


def test_blank_text_is_null_but_in_keys_and_where_it_is_kept() -> None:
    blank = pa.array([" " * 12])
    assert convert("MCU text(12)", blank).to_pylist() == [None]
    assert convert("MCU text(12) keep", blank).to_pylist() == [""]
    assert convert("MCU text(12)", blank, is_key=True).to_pylist() == [""]


def test_text_longer_than_declared_is_refused() -> None:
    with pytest.raises(ValueRejected, match=r"has 4 characters, more than text\(3\)"):
        convert("MCU text(3)", pa.array(["abc ", "abcd"]))
