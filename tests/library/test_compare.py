"""Values that are the same though two drivers deliver them differently."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from demo.compare import digest

UTC = timezone.utc


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (5, Decimal("5.000")),
        (100, Decimal("100.00")),
        (0, Decimal("-0.00")),
        (2.5, Decimal("2.5000")),
        (Decimal("0.1000000000000000"), Decimal("0.100")),
        (datetime(2026, 1, 1, 7), datetime(2026, 1, 1, 7, tzinfo=UTC)),
        (datetime(2026, 1, 1, 7, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-7)))),
    ],
)
def test_the_same_value_in_two_forms_is_equal(one, other):
    assert digest((one,)) == digest((other,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (5, Decimal("5.001")),
        (5, "5"),
        (None, ""),
        (None, 0),
        (1, True),
        ("a ", "a"),
        (date(2026, 1, 1), datetime(2026, 1, 1)),
        (datetime(2026, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 1)),
    ],
)
def test_values_that_differ_are_not(one, other):
    assert digest((one,)) != digest((other,))
