"""The spool keeps what a fetch returned, in batches of the right size, and nothing half done."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_sync.errors import PermanentError, SchemaMismatch, TransientError
from data_sync.loading import spool as spool_module
from data_sync.loading.spool import NUMBERS_PER_PART, Batch, Spool
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN


def table(start: int, rows: int) -> pa.Table:
    return pa.table({"Id": pa.array(range(start, start + rows), pa.int64())})


def write(folder: Path, frames: Any, size: int = 10, try_number: int = 1) -> list[Batch]:
    return Spool(str(folder), size).write("Item", "0af1", try_number, frames)


def ids(folder: Path, batches: list[Batch], size: int = 10) -> list[list[int]]:
    return [Spool(str(folder), size).read(batch).read_all()["Id"].to_pylist() for batch in batches]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


@given(st.lists(st.integers(0, 25), min_size=1, max_size=8), st.integers(1, 12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_have_exactly_their_size_whatever_the_frames(
    tmp_path: Path, sizes: list[int], size: int
) -> None:
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    batches = write(
        tmp_path, iter([table(start, rows) for start, rows in zip(starts, sizes, strict=True)]), size
    )
    total = sum(sizes)
    assert [batch.rows for batch in batches] == (
        [size] * (total // size) + [total % size][: total % size]
    ) or [0]
    assert [one for part in ids(tmp_path, batches, size) for one in part] == list(range(total))


def test_rows_are_numbered_through_all_batches(tmp_path: Path) -> None:
    batches = write(tmp_path, iter([table(100, 25)]))
    spool = Spool(str(tmp_path), 10)
    assert [spool.read(batch).read_all()[ROW_NUMBER_COLUMN].to_pylist() for batch in batches] == [
        list(range(10)), list(range(10, 20)), list(range(20, 25)),
    ]  # fmt: skip


def test_no_rows_make_one_empty_batch_with_its_columns(tmp_path: Path) -> None:
    reader = pa.RecordBatchReader.from_batches(pa.schema([("Id", pa.int64())]), iter([]))
    batches = write(tmp_path, reader)
    assert [batch.rows for batch in batches] == [0]
    assert Spool(str(tmp_path), 10).read(batches[0]).schema.names == ["Id", ROW_NUMBER_COLUMN]


def test_text_lengths_survive(tmp_path: Path) -> None:
    field = pa.field("Id", pa.string(), metadata={"max_length": "7"})
    seen: list[pa.Schema] = []
    frames = iter([pa.table({"Id": ["x"]}, schema=pa.schema([field]))])
    Spool(str(tmp_path), 10).write("Item", "0af1", 1, frames, check=seen.append)
    assert seen[0].names == ["Id"]
    assert seen[0].field("Id").metadata == {b"max_length": b"7"}


def test_pandas_frames_keep_the_first_ones_types(tmp_path: Path) -> None:
    frames = [
        pd.DataFrame({"Id": [1, 2]}),
        pd.DataFrame({"Id": [3.0, None]}),
        pd.DataFrame({"Id": pd.array([4, None], "Int64")}),
    ]
    assert ids(tmp_path, write(tmp_path, iter(frames))) == [[1, 2, 3, None, 4, None]]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (pd.DataFrame({"Id": ["x"]}), "frame 1 of the fetch does not fit the types of the first"),
        (pd.DataFrame({"Id": [1], "More": [2]}), r"frame 1 .*missing \[\], added \['More'\]"),
        (pa.table({"Other": [1]}), r"missing \['Id'\], added \['Other'\]"),
    ],
)
def test_a_frame_unlike_the_first_stops_the_fetch_and_leaves_nothing(
    tmp_path: Path, second: Any, message: str
) -> None:
    with pytest.raises(SchemaMismatch, match=message):
        write(tmp_path, iter([pd.DataFrame({"Id": [1]}), second]))
    assert files(tmp_path) == []


@pytest.mark.parametrize(("frames", "message"), [([], "no frame"), (["x"], "a str")])
def test_what_is_no_frame_is_refused(tmp_path: Path, frames: list[Any], message: str) -> None:
    with pytest.raises(SchemaMismatch, match=message):
        write(tmp_path, iter(frames))


def test_an_error_of_the_source_leaves_nothing(tmp_path: Path) -> None:
    def frames() -> Iterator[pa.Table]:
        yield table(0, 25)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        write(tmp_path, frames())
    assert files(tmp_path) == []


def test_a_new_try_removes_what_the_last_one_left(tmp_path: Path) -> None:
    write(tmp_path, iter([table(0, 25)]), try_number=1)
    write(tmp_path, iter([table(0, 5)]), try_number=2)
    assert files(tmp_path) == ["Item/0af1/2/00000.parquet"]
    assert Spool(str(tmp_path), 10).operations() == [("Item", "0af1")]


def test_dropping_twice_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, iter([table(0, 5)]))
    Spool(str(tmp_path), 10).drop("Item", "0af1")
    Spool(str(tmp_path), 10).drop("Item", "0af1")
    assert Spool(str(tmp_path), 10).operations() == []


def test_more_batches_than_airflow_maps_are_refused_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "3")
    assert len(write(tmp_path, iter([table(0, 30)]))) == 3
    with pytest.raises(PermanentError, match=r"more than 3 batches of 10 rows.*batch_size of 40 or more"):
        write(tmp_path, iter([table(0, 31)]))


@pytest.mark.parametrize("harm", ["missing", "cut", "other"])
def test_a_batch_that_is_not_what_was_written_says_to_fetch_again(tmp_path: Path, harm: str) -> None:
    batch = write(tmp_path, iter([table(0, 5)]))[0]
    path = next(tmp_path.rglob("*.parquet"))
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    else:
        pq.write_table(table(0, 4), path)
    with pytest.raises(PermanentError, match="clear this run from its task 'fetch'"):
        Spool(str(tmp_path), 10).read(batch)


def test_row_groups_are_not_smaller_than_they_need_be(tmp_path: Path) -> None:
    small = (table(start, 1000) for start in range(0, 100_000, 1000))
    batch = write(tmp_path, small, size=1_000_000)[0]
    groups = pq.ParquetFile(next(tmp_path.rglob("*.parquet"))).metadata.num_row_groups
    assert (batch.rows, groups) == (100_000, 2)
    assert spool_module.ROW_GROUP * 2 > 100_000 > spool_module.ROW_GROUP


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to write any file beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_may_be_retried_and_leaves_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frames = (pa.table({"Id": random.integers(0, 2**62, 70_000)}) for _ in range(3))
    place = tmp_path / "spool"
    with largest_file(200_000), pytest.raises(TransientError) as error:
        write(place, frames, size=1_000_000)
    assert f"the spool {place.as_uri()} is full" in str(error.value)
    assert "MiB are free" in str(error.value)
    assert files(tmp_path) == []
    assert sum(batch.rows for batch in write(place, iter([table(0, 5)]))) == 5


def test_parts_are_written_side_by_side_and_numbered_apart(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), 2)
    first = spool.write("T", "op", 1, iter([table(0, 3)]), part=0)
    second = spool.write("T", "op", 1, iter([table(3, 3)]), part=1)
    assert [batch.number for batch in first] == [0, 1]
    assert [batch.number for batch in second] == [NUMBERS_PER_PART, NUMBERS_PER_PART + 1]
    again = spool.write("T", "op", 2, iter([table(9, 1)]), part=0)
    assert ids(tmp_path, [*again, *second], 2) == [[9], [3, 4], [5]]
    spool.drop("T", "op")
    assert spool.operations() == []
