"""The shipped example of a post-processor at work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data_sync.post_processors.registry import make_post_processor


@pytest.mark.integration
def test_the_daily_count_is_written_once_a_day(lab, source, update, tmp_path):
    target = lab.table({"Id": "int"})
    counts = lab.table(
        {"TableName": "text10", "Day": "date", "NumberRows": "bigint"}, keys=("TableName", "Day")
    )
    settings = {"table": counts.table.name}
    made = source("data_sync_examples.daily_count.DailyCountPostProcessor", **settings)
    processor = make_post_processor(made, tmp_path)
    insert = f'INSERT INTO "{target.table.schema}"."{target.table.name}" VALUES'

    lab.execute(f"{insert} (1), (2)")
    processor.process(lab.warehouse, target, update)
    processor.process(lab.warehouse, target, update)
    lab.execute(f"{insert} (3)")
    processor.process(
        lab.warehouse, target, replace(update, reference_dt=update.reference_dt + timedelta(days=1))
    )

    found = [(row["TableName"], row["Day"], row["NumberRows"]) for row in lab.rows(counts)]
    day = update.reference_dt.date()
    assert sorted(found) == [("Item", day, 2), ("Item", day + timedelta(days=1), 3)]
