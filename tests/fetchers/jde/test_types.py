"""JD Edwards' values, compared with the standard library's calendar, zones and decimals."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sync.errors import ValueRejected
from data_sync.fetchers.columns import ColumnSpec, read_column
from data_sync.fetchers.jde.types import jde_column

UTC = ZoneInfo("UTC")
ZONES = ["UTC", "America/Chicago", "America/Denver", "Europe/Berlin", "Australia/Lord_Howe"]


def convert(short: str, *arrays: pa.Array, zone: str = "UTC", **more: Any) -> pa.Array:
    spec = ColumnSpec.model_validate(read_column(short))
    return jde_column("Target", arrays, spec, ZoneInfo(zone), **more)


def cyyddd(day: date) -> int:
    return int(f"{day.year // 100 - 19}{day:%y%j}")


@cache
def all_days() -> tuple[list[date], pa.Array]:
    """Return every day from 1900 to 2100, and as JD Edwards writes them."""
    days = [
        date(1900, 1, 1) + timedelta(days=number)
        for number in range((date(2101, 1, 1) - date(1900, 1, 1)).days)
    ]
    return days, pa.array([cyyddd(day) for day in days])


@cache
def all_half_hours() -> tuple[list[datetime], pa.Array, pa.Array]:
    """Return every half hour of two years, and its date and time as JD Edwards writes them."""
    walls = [datetime(2025, 1, 1) + timedelta(minutes=30 * step) for step in range(2 * 365 * 48)]
    dates = pa.array([cyyddd(wall.date()) for wall in walls])
    return walls, dates, pa.array([int(f"{wall:%H%M%S}") for wall in walls])


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.decimal128(19, 0)])
def test_every_day_from_1900_to_2100_however_the_driver_delivers_it(kind: pa.DataType) -> None:
    days, numbers = all_days()
    assert convert("TRDJ date", numbers.cast(kind)).to_pylist() == days


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
    assert convert("TRDJ date clear", numbers).to_pylist() == [date(2026, 1, 1), None]


@pytest.mark.parametrize("wrong", [240000, 236000, 235960, -1])
def test_a_number_that_is_no_time_is_refused(wrong: int) -> None:
    with pytest.raises(ValueRejected, match="is not a time of the form HHMMSS"):
        convert("TDAY time", pa.array([wrong]))


def test_text_that_is_no_number_is_refused_as_a_date() -> None:
    with pytest.raises(ValueRejected, match="'12A327' is not a whole number"):
        convert("TRDJ date", pa.array(["126327", "12A327"]))


@pytest.mark.parametrize("kind", ["date", "time"])
def test_text_that_is_no_number_can_be_cleared(kind: str) -> None:
    column = pa.array(["1001", "garbage", "", None, "12.5"] * 1000)
    found = convert(f"TRDJ {kind} clear", column).to_pylist()
    valid = {"date": date(1901, 1, 1), "time": time(0, 10, 1)}[kind]
    assert found == [valid, None, None, None, None] * 1000


def test_a_cleared_time_leaves_its_day_standing() -> None:
    days, times = pa.array(["126327", "x", "126327"]), pa.array(["x", "93005", "93005"])
    assert convert("UPMJ+TDAY datetime clear", days, times).to_pylist() == [
        datetime(2026, 11, 23, tzinfo=timezone.utc),
        None,
        datetime(2026, 11, 23, 9, 30, 5, tzinfo=timezone.utc),
    ]


# -- instants -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_two_years_becomes_the_earlier_instant_its_clock_showed(zone: str) -> None:
    walls, dates, times = all_half_hours()
    found = convert("UPMJ+TDAY datetime", dates, times, zone=zone).to_pylist()
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
    _, dates, times = all_half_hours()
    found = convert("UPMJ+TDAY datetime", dates, times, zone=zone)
    assert pc.all(pc.less_equal(found[:-1], found[1:])).as_py()


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


# -- amounts --------------------------------------------------------------------------------------

SITE = {"00001": 2, "00070": 0, "00071": 3}


@given(
    st.lists(
        st.tuples(st.integers(-(10**14) + 1, 10**14 - 1), st.sampled_from(sorted(SITE))),
        min_size=1,
        max_size=60,
    )
)
@settings(deadline=None)
def test_an_amount_has_the_decimals_of_its_company(rows: list[tuple[int, str]]) -> None:
    numbers = pa.array([number for number, _ in rows])
    companies = pa.array([company.ljust(8) for _, company in rows])
    found = convert("PAID decimal(18,3) by KCO", numbers, companies, amount_decimals=SITE).to_pylist()
    assert found == [Decimal(number).scaleb(-SITE[company]) for number, company in rows]


def test_an_amount_of_an_unlisted_company_is_refused_unless_it_is_zero() -> None:
    numbers, companies = pa.array([100, 0, None]), pa.array(["00001", "00099", "00098"])
    found = convert("PAID decimal(15,2) by KCO", numbers, companies, amount_decimals={"00001": 2})
    assert found.to_pylist() == [Decimal("1.00"), Decimal("0.00"), None]
    with pytest.raises(
        ValueRejected, match=r"'Target': '7' is an amount of KCO '00099'.*site.amount_decimals"
    ):
        convert("PAID decimal(15,2) by KCO", pa.array([7]), pa.array(["00099"]), amount_decimals={"00001": 2})


def test_all_others_can_be_given_their_decimals() -> None:
    found = convert(
        "PAID decimal(15,2) by KCO", pa.array([100, 100]), pa.array(["00070", None]),
        amount_decimals={"00070": 0, "*": 2},
    )  # fmt: skip
    assert found.to_pylist() == [Decimal("100.00"), Decimal("1.00")]


def test_where_a_site_states_no_decimals_the_declared_ones_hold() -> None:
    assert convert("PAID decimal(15,2) by KCO", pa.array([100]), pa.array(["00070"])).to_pylist() == [
        Decimal("1.00")
    ]


def test_an_amount_with_more_decimals_than_declared_is_refused() -> None:
    with pytest.raises(ValueRejected, match=r"'1.234' does not fit decimal\(15,2\)"):
        convert("PAID decimal(15,2) by KCO", pa.array([1234]), pa.array(["00071"]), amount_decimals=SITE)


def test_zero_amounts_become_null_where_asked_for() -> None:
    found = convert(
        "PAID decimal(15,2) null by KCO", pa.array([0, 5]), pa.array(["00001"] * 2), amount_decimals=SITE
    )
    assert found.to_pylist() == [None, Decimal("0.05")]


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
