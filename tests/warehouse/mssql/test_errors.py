"""What becomes of SQL Server's errors: a retry where it helps, and words that say what to do."""

from __future__ import annotations

import pytest

from data_sync.errors import (
    LockTimeout,
    PermanentError,
    TransientError,
    ValueRejected,
    WarehouseUnavailable,
)
from data_sync.warehouse.mssql.errors import error_number, to_data_sync_error

ODBC = "Driver Error: {}; DDBC Error: [Microsoft][SQL Server]{}"
CORE = "bulk copy into staging.x: {}"

PASSING = [
    (
        "Serialization failure",
        "Transaction (Process ID 71) was deadlocked on lock resources with another one.",
    ),
    ("Timeout expired", "Query timeout expired"),
    ("General error", "There is insufficient system memory in resource pool 'default' to run this query."),
    ("Syntax error", "The transaction log for database 'cache' is full due to 'LOG_BACKUP'."),
    ("Syntax error", "Could not allocate space for object 'dbo.x' in database 'cache'."),
]

GONE = [
    ("Communication link failure", "TCP Provider: Error code 0x68"),
    ("Client unable to establish connection", "Login timeout expired"),
    ("Connection timeout expired", "Timeout error [258]."),
    ("General error", "Cannot continue the execution because the session is in the kill state."),
    ("Client unable to establish connection", "Database 'cache' on server 'x' is not currently available."),
]

FINAL = [
    ("Syntax error", "Incorrect syntax near 'x'."),
    ("Base table or view not found", "Invalid object name 'dbo.x'."),
    ("Syntax error", "The INSERT permission was denied on the object 'x', database 'c', schema 'dbo'."),
    ("Invalid authorization specification", "Login failed for user 'loader'."),
    ("Syntax error", "Cannot truncate table 'x' because it is being referenced by a FOREIGN KEY constraint."),
]

BAD_VALUES = [
    "Conversion failed when converting the nvarchar value 'x' to data type int.",
    "Conversion failed when converting date and/or time from character string.",
    "The conversion of a datetime2 data type to a datetime data type resulted in an out-of-range value.",
    "Arithmetic overflow error converting numeric to data type numeric.",
    "String or binary data would be truncated in table 'c.dbo.x', column 'Name'. Truncated value: 'abc'.",
    "Cannot insert the value NULL into column 'Name', table 'c.dbo.x'; column does not allow nulls.",
]


@pytest.mark.parametrize(
    "state",
    [
        "String data, right-truncated",
        "Numeric value out of range",
        "Datetime field overflow",
        "Invalid character value for cast specification",
    ],
)
def test_the_drivers_class_of_an_unknown_message_tells_a_bad_value(state):
    assert type(to_data_sync_error(ODBC.format(state, "Some new message."))) is ValueRejected


@pytest.mark.parametrize(("state", "text"), PASSING)
def test_what_passes_is_worth_a_retry(state, text):
    assert type(to_data_sync_error(ODBC.format(state, text))) is TransientError


@pytest.mark.parametrize(("state", "text"), GONE)
def test_a_lost_connection_is_worth_a_retry(state, text):
    assert type(to_data_sync_error(ODBC.format(state, text))) is WarehouseUnavailable


@pytest.mark.parametrize(("state", "text"), FINAL)
def test_what_stays_wrong_is_not_tried_again(state, text):
    assert type(to_data_sync_error(ODBC.format(state, text))) is PermanentError


@pytest.mark.parametrize("text", BAD_VALUES)
def test_a_value_that_does_not_fit_is_rejected(text):
    error = to_data_sync_error(ODBC.format("Syntax error or access violation", text))
    assert type(error) is ValueRejected
    assert text in str(error)


def test_a_lock_that_was_not_granted_in_time_is_worth_a_retry():
    text = ODBC.format("General error", "Lock request time out period exceeded.")
    assert type(to_data_sync_error(text)) is LockTimeout


def test_a_repeated_key_is_named_and_not_tried_again():
    text = (
        "Violation of PRIMARY KEY constraint 'PK_x'. Cannot insert duplicate key in object 'dbo.x'. "
        "The duplicate key value is (42, A)."
    )
    error = to_data_sync_error(ODBC.format("Integrity constraint violation", text))
    assert type(error) is PermanentError
    assert "PK_x" in str(error)
    assert "(42, A)" in str(error)
    assert error_number(str(error)) == 2627


def test_two_source_rows_for_one_target_row_are_not_tried_again():
    text = (
        "The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens when a "
        "target row matches more than one source row."
    )
    error = to_data_sync_error(ODBC.format("General error", text))
    assert type(error) is PermanentError
    assert str(error).startswith("SQL Server error 8672")
    assert "use keys that identify a row" in str(error)


def test_a_constraint_is_named():
    text = (
        'The MERGE statement conflicted with the CHECK constraint "CK_Quantity". The conflict occurred in …'
    )
    error = to_data_sync_error(ODBC.format("Integrity constraint violation", text))
    assert type(error) is PermanentError
    assert "CK_Quantity" in str(error)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sql Error: 1205: Class 13: State 51: Transaction was deadlocked on lock resources", TransientError),
        ("Sql Error: 2627: Class 14: State 1: Violation of PRIMARY KEY constraint", PermanentError),
        ("Sql Error: 8152: Class 16: State 13: String or binary data would be truncated.", ValueRejected),
        (
            "Bulk Copy Error: Bulk copy operation timed out after 60 seconds (1000 rows copied)",
            TransientError,
        ),
        ("Bulk Copy Error: Connection is broken: reset", WarehouseUnavailable),
        ("IO error: Connection reset by peer (os error 104)", WarehouseUnavailable),
        ("Timeout Error: login", TransientError),
        ("Usage Error: Non-finite float value (NaN) is not allowed in column 'Ratio'", ValueRejected),
        ("Usage Error: Timestamp out of SQL DATETIME2 range: days_since_year_one=-3", ValueRejected),
        ("Usage Error: Destination column 'x' not found", PermanentError),
    ],
)
def test_errors_of_the_bulk_copy_are_sorted_alike(text, kind):
    assert type(to_data_sync_error(CORE.format(text))) is kind


@pytest.mark.parametrize(
    "text",
    [
        "SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed certificate]",
        "TLS Error: invalid peer certificate: UnknownIssuer",
    ],
)
def test_a_certificate_that_is_not_trusted_stays_so(text):
    error = to_data_sync_error(ODBC.format("Client unable to establish connection", text))
    assert type(error) is PermanentError
    assert "ServerCertificate" in str(error)


def test_a_wrong_password_is_not_tried_again():
    error = to_data_sync_error(
        ODBC.format("Invalid authorization specification", "Login failed for user 'x'.")
    )
    assert "check login and password" in str(error)
