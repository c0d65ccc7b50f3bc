"""What the tasks of a divided full load run: the source is read in parts, each staged when it is in.

So one part is copied into the warehouse while the source is read for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from data_sync.fetchers.partitions import Part
from data_sync.orchestration.run_context import current_task
from data_sync.orchestration.tasks import announce_fetched, running_step, table_sync


def plan_parts(table_name: str, **context: Any) -> list[dict[str, int | None]]:
    """Return the parts that the source is read in, which the next tasks are mapped over.

    They stay what they are when a part is read again, so that no row falls between two of them.
    """
    with running_step(context):
        return [part.to_dict() for part in table_sync(table_name).parts(current_task(context))]


def fetch_part(table_name: str, part: dict[str, int | None], **context: Any) -> list[dict[str, Any]]:
    """Read one part of the source into the spool and return its batches."""
    chosen = Part.from_dict(part)
    label_mapped_task(chosen.number)
    with running_step(context):
        fetched = table_sync(table_name).fetch(current_task(context), chosen)
    return announce_fetched(fetched, context)


def stage_part(table_name: str, batches: Sequence[dict[str, Any]], **context: Any) -> list[dict[str, Any]]:
    """Copy the batches of one part, one after the other, into staging tables of their own."""
    from data_sync.loading.spool import Batch

    label_mapped_task(context["ti"].map_index)
    task, try_number = current_task(context), context["ti"].try_number
    with running_step(context):
        sync = table_sync(table_name)
        return [asdict(sync.stage(task, Batch(**batch), try_number)) for batch in batches]


def label_mapped_task(number: int) -> None:
    """Name the mapped task in the UI after its part."""
    from airflow.sdk import get_current_context

    get_current_context()["part_number"] = number  # type: ignore[typeddict-unknown-key]
