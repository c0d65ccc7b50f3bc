"""How sessions on SQL Server are prepared and locks answered, and what becomes of a copy that fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data_sync.errors import LockTimeout, PermanentError, TransientError, ValueRejected
from data_sync.warehouse.interface import Session, TableName
from data_sync.warehouse.mssql import lock as mssql_lock
from data_sync.warehouse.mssql.session import copy_error, milliseconds, seconds


@pytest.mark.parametrize(
    ("duration", "whole_seconds", "thousandths"),
    [(timedelta(hours=4), 14400, 14_400_000), (timedelta(seconds=1.2), 2, 1200), (timedelta(0), 1, 1)],
)
def test_no_limit_becomes_no_limit_at_all(duration, whole_seconds, thousandths):
    assert (seconds(duration), milliseconds(duration)) == (whole_seconds, thousandths)


class PanicException(BaseException):
    """What the native core of the driver raises: its class cannot be imported."""


def test_a_panic_of_the_driver_is_a_failed_copy():
    error = copy_error(PanicException("dest is out of bounds"), [], "bulk copy into x: dest is out of bounds")
    assert type(error) is TransientError
    assert "dest is out of bounds" in str(error)


def test_an_error_of_the_reader_arrives_as_it_was_raised():
    bad = ValueRejected("column 'Name', row 7")
    assert copy_error(RuntimeError("C stream: column 'Name', row 7"), [bad], "text") is bad


def test_an_error_of_the_server_is_sorted():
    error = copy_error(RuntimeError("x"), [], "Sql Error: 1205: Class 13: State 51: deadlocked")
    assert type(error) is TransientError


def test_an_interruption_goes_on():
    interrupted = KeyboardInterrupt()
    assert copy_error(interrupted, [], "text") is interrupted


class Answering(Session):
    """A session whose lock requests get one answer."""

    def __init__(self, result):
        self.result = result
        self.asked = None

    def execute(self, sql, params=None):
        raise NotImplementedError

    def stamp(self, instant):
        raise NotImplementedError

    def rows(self, sql, params=None):
        self.asked = params
        return [{"result": self.result}]


@pytest.mark.parametrize("result", [0, 1])
def test_a_lock_is_granted_at_once_or_after_a_wait(result):
    session = Answering(result)
    mssql_lock.take(session, "data_sync:dbo.x", timedelta(seconds=3), "another update of dbo.x")
    assert session.asked == {"resource": "data_sync:dbo.x", "wait": 3000}


@pytest.mark.parametrize(
    ("result", "kind", "message"),
    [
        (-1, LockTimeout, "another update of dbo.x has held the lock"),
        (-2, TransientError, "cancelled"),
        (-3, TransientError, "deadlock"),
        (-999, PermanentError, "-999"),
    ],
)
def test_a_lock_that_is_not_granted_is_an_error(result, kind, message):
    with pytest.raises(kind, match=message) as caught:
        mssql_lock.take(Answering(result), "name", timedelta(seconds=3), "another update of dbo.x")
    assert type(caught.value) is kind


def test_the_case_of_a_tables_name_makes_no_second_lock():
    assert mssql_lock.resource(TableName("dbo", "Item")) == mssql_lock.resource(TableName("DBO", "ITEM"))


def test_a_locks_name_fits_the_server():
    assert len(mssql_lock.resource(TableName("s" * 128, "t" * 128))) == 255
