"""Settings of a data source that do nothing beside its others: each is a slip, and none goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

from data_sync.settings.load_method import LoadMethod
from data_sync.settings.models import DataSource
from data_sync.settings.problems import WithoutEffect
from data_sync.settings.update_type import UpdateType


def without_effect(source: DataSource) -> Iterator[WithoutEffect]:
    """Yield each setting that is written and does nothing, with what to write instead."""
    yield from _of_mass(source)
    if source.fetch.get("partition_by"):
        yield from _partition_by(source)
    if source.post_process and source.post_processor is None:
        text = "has no effect without a post-processor; write post_processor as well, or leave it out"
        yield WithoutEffect(("post_process",), text)


def _of_mass(source: DataSource) -> Iterator[WithoutEffect]:
    mass, method = source.mass, source.load_method(UpdateType.MASS)
    written = mass.model_fields_set if mass is not None else frozenset()
    if method is LoadMethod.MERGE:
        also = "write prepurge_data: true as well, or leave it out"
        if mass is not None and "load" in written:
            what = "empties the table" if mass.load == "truncate" else "replaces the table's contents"
            text = f"{mass.load!r} {what}, but this Mass merges; {also}"
            yield WithoutEffect(("mass", "load"), text)
        if "minimum_rows_percent" in written:
            text = f"has no effect on a Mass that merges, since that deletes no row; {also}"
            yield WithoutEffect(("mass", "minimum_rows_percent"), text)
    if method is not LoadMethod.TRUNCATE and "reindex_data" in written:
        this = "a Mass that merges" if method is LoadMethod.MERGE else "load: swap"
        text = f"has no effect with {this}, which leaves no index to rebuild; leave it out"
        yield WithoutEffect(("mass", "reindex_data"), text)


def _partition_by(source: DataSource) -> Iterator[WithoutEffect]:
    path = ("fetch", "partition_by")
    if source.mass is None:
        text = "has no effect without a Mass, since changed rows are read whole; write mass, or leave it out"
        yield WithoutEffect(path, text)
    elif source.load_method(UpdateType.MASS) is LoadMethod.TRUNCATE:
        text = "has no effect with load: truncate, whose source is read whole; write swap, or leave it out"
        yield WithoutEffect(path, text)
