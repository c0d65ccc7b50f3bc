"""Columns as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from data_sync.fetchers.columns import Columns, ColumnSpec

ADAPTER: TypeAdapter[Any] = TypeAdapter(Columns)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("DOCO integer", {"source": "DOCO", "type": "integer"}),
        ("ITM integer null", {"source": "ITM", "type": "integer", "keep_empty": False}),
        ("DL01 text(30)", {"source": "DL01", "type": "text", "length": 30}),
        ("DL01 text(30) keep", {"source": "DL01", "type": "text", "length": 30, "keep_empty": True}),
        ("UORG decimal(15, 3)", {"source": "UORG", "type": "decimal", "precision": 15, "scale": 3}),
        ("UPMJ+TDAY datetime", {"source": ["UPMJ", "TDAY"], "type": "datetime"}),
        ("STRT date clear", {"source": "STRT", "type": "date", "invalid": "clear"}),
        (
            "MCU text(12) right keep",
            {"source": "MCU", "type": "text", "length": 12, "right": True, "keep_empty": True},
        ),
        (
            "PAID decimal(15,2) null by KCO",
            {
                "source": "PAID",
                "type": "decimal",
                "precision": 15,
                "scale": 2,
                "keep_empty": False,
                "by": "KCO",
            },
        ),
        ('"Order + No" integer', {"source": ['"Order + No"'], "type": "integer"}),
        (
            "ITM integer null - item, short number - as JDE counts",
            {
                "source": "ITM",
                "type": "integer",
                "keep_empty": False,
                "meaning": "item, short number - as JDE counts",
            },
        ),
    ],
)
def test_the_short_form_says_the_same_as_the_long_one(short: str, long: dict[str, Any]) -> None:
    assert ADAPTER.validate_python({"Target": short})["Target"] == ColumnSpec.model_validate(long)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("DOCO", "is not a column"),
        ("DOCO number", "type"),
        ("DOCO integer(5)", "is not a column"),
        ("UORG decimal", "needs its digits"),
        ("UORG decimal(3,5)", "scale 5 is above precision 3"),
        ("UORG decimal(39,0)", "less than or equal to 38"),
        ("UPMJ+TDAY date", "takes one source column"),
        ("A+B+C datetime", "at most 2"),
        ("DO;DROP integer", "pattern"),
        ("DL01 text(0)", "greater than or equal to 1"),
        (5, "valid dictionary"),
        ("ITM integer null keep", "says the same thing twice"),
        ("ITM integer clear", "only dates and times are cleared"),
        ("MCU text right", r"text with a length"),
        ("DOCO integer right", "text with a length"),
        ("DOCO integer by CO", "only a decimal is an amount"),
        ("PAID decimal(15,2) by", "is not a column"),
        ('"Order" No" integer', "is not a column"),
    ],
)
def test_what_is_no_column_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ADAPTER.validate_python({"Target": wrong})
