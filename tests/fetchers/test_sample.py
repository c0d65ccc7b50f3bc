"""The computed source: the same rows at the same instant, and windows that lose no change."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.settings.models import DataSource, SourceSystem

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def rows(window: Window, **fetch: Any) -> dict[int, dict[str, Any]]:
    source = DataSource.model_validate(
        {"table_name": "T", "source_system": "S", "fetcher": "sample", "fetch": fetch, "keys": ["Id"],
         "daily": {"interval": "1d"}}
    )  # fmt: skip
    frames = make_fetcher(source, SourceSystem(pool="p"), Path()).fetch(window)
    assert isinstance(frames, pa.RecordBatchReader)
    return {row["Id"]: row for row in frames.read_all().to_pylist()}


def test_all_rows_come_and_are_the_same_again() -> None:
    first = rows(Window(None, NOW), rows=60_000)
    assert len(first) == 60_000
    assert first == rows(Window(None, NOW), rows=60_000)
    assert first != rows(Window(None, NOW), rows=60_000, seed=1)


def test_an_hour_changes_about_as_many_rows_as_asked_for() -> None:
    changed = rows(Window(NOW - timedelta(hours=1), NOW), rows=10_000, changes_per_hour=500)
    assert 400 < len(changed) < 600


@pytest.mark.parametrize("hours", [1, 24, 24 * 30])
def test_a_copy_and_the_changes_since_make_the_whole(hours: int) -> None:
    before = NOW - timedelta(hours=hours)
    copy = rows(Window(None, before), rows=2000)
    copy.update(rows(Window(before, NOW), rows=2000))
    assert copy == rows(Window(None, NOW), rows=2000)


def test_without_changes_no_row_is_newer_than_the_first_year() -> None:
    assert rows(Window(NOW - timedelta(days=365), NOW), rows=500, changes_per_hour=0) == {}
