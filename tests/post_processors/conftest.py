"""Post-processors run on the databases that the warehouse is tested on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from data_sync.settings.models import DataSource, ScheduleConfig
from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask

UPDATE = DataUpdateTask(
    table_name="Item",
    source_system="JDE",
    update_type=UpdateType.HOURLY,
    minimum_dt=datetime(2026, 3, 10, 9, 0, tzinfo=timezone.utc),
    maximum_dt=None,
    reference_dt=datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc),
    operation_id="0123456789abcdef",
)


@pytest.fixture
def update() -> DataUpdateTask:
    """An hourly update that read from nine o'clock."""
    return UPDATE


@pytest.fixture
def source() -> Callable[..., DataSource]:
    """Makes a data source that names a post-processor."""

    def make(post_processor: str | None = "sql", **post_process: Any) -> DataSource:
        return DataSource(
            table_name="Item",
            source_system="JDE",
            fetcher="sample",
            keys=("Id",),
            hourly=ScheduleConfig(interval=timedelta(hours=1)),
            post_processor=post_processor,
            post_process=post_process,
        )

    return make


@pytest.fixture
def script(tmp_path: Path, source: Callable[..., DataSource]) -> Callable[..., Any]:
    """Writes a SQL file and returns the post-processor that runs it."""
    from data_sync.post_processors.registry import make_post_processor

    def make(text: str | bytes, name: str = "after.sql", file: str | None = None) -> Any:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return make_post_processor(source(file=file or name), tmp_path)

    return make
