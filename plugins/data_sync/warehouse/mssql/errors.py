"""SQL Server's errors, sorted by what a retry would do about them."""

from __future__ import annotations

import re

from data_sync.errors import (
    DataSyncError,
    LockTimeout,
    PermanentError,
    TransientError,
    ValueRejected,
    WarehouseUnavailable,
)

_PATTERNS = {
    1205: r"was deadlocked on",
    1222: r"Lock request time out period exceeded",
    3960: r"Snapshot isolation transaction aborted due to update conflict",
    701: r"insufficient system memory",
    1204: r"cannot obtain a LOCK resource",
    8645: r"timeout occurred while waiting for memory resources",
    8672: r"MERGE statement attempted to UPDATE or DELETE the same row more than once",
    9002: r"transaction log for database .* is full",
    1105: r"Could not allocate space for object",
    241: r"Conversion failed when converting date",
    242: r"conversion of an? .* data type to an? .* data type resulted in an out-of-range value",
    245: r"Conversion failed when converting",
    220: r"Arithmetic overflow error for data type",
    8114: r"Error converting data type",
    8115: r"Arithmetic overflow error converting",
    2628: r"String or binary data would be truncated in table",
    8152: r"String or binary data would be truncated",
    515: r"Cannot insert the value NULL into column",
    2627: r"Violation of .* constraint",
    2601: r"Cannot insert duplicate key row in object",
    547: r"statement conflicted with the",
    18456: r"Login failed for user",
    596: r"Cannot continue the execution because the session is in the kill state",
    6005: r"SHUTDOWN is in progress",
    922: r"is being recovered",
    976: r"target database.*participating in an availability group",
    983: r"Unable to access availability database",
    40197: r"service has encountered an error processing your request",
    40501: r"service is currently busy",
    40613: r"is not currently available",
    10928: r"limit for the database is .* and has been reached",
    10929: r"minimum guarantee is .* maximum limit is",
    3906: r"Failed to update database .* because the database is read-only",
    49918: r"Not enough resources to process (the )?request",
    49919: r"Too many create or update operations in progress",
    49920: r"Too many operations in progress",
    10053: r"connection was aborted",
    10054: r"forcibly closed by the remote host|connection reset|Communication link failure|broken pipe",
}
"""The English text of each error: mssql-python passes on a message, but not its number.

Sessions are set to us_english, so these are the server's words whatever its language:
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

_UNAVAILABLE = frozenset({596, 922, 976, 983, 6005, 10053, 10054, 40197, 40501, 40613, 49918, 49919, 49920})
_PASSING = frozenset({701, 1105, 1204, 1205, 3906, 3960, 8645, 9002, 10928, 10929})
_BAD_VALUE = frozenset({220, 241, 242, 245, 515, 2628, 8114, 8115, 8152})

_CONSTRAINT_VIOLATED = 2627

REPEATED_KEYS = frozenset({2601, _CONSTRAINT_VIOLATED})
"""The errors of a key, or another unique value, that is there already."""

_NUMBER = re.compile(r"\bnumber:\s*(\d+)|\b(?:Msg|Error)\s*:?\s*(\d{3,5})\b")

# The drivers' own words: of ODBC for the SQLSTATE classes HYT00, HYT01, 08xxx and 40001, and of the bulk
# copy's core, which does not use ODBC.
_TIMED_OUT = re.compile(r"Timeout expired|timeout exhausted|Timeout Error|timed out", re.I)
_NOT_CONNECTED = re.compile(
    r"Client unable to establish connection|Communication link failure|Connection timeout expired|"
    r"Connection failure|Connection not open|Connection (?:is|has been) (?:closed|broken|dead)|"
    r"Server rejected the connection|TCP Provider|Login timeout expired|Connection reset|"
    r"Connection Error:|Connection closed:|IO error:|Broken pipe|unexpected end of file|early eof|"
    r"Connection refused|os error|Attention acknowledgment not received",
    re.I,
)
_SERIALIZATION = re.compile(r"Serialization failure", re.I)
_UNTRUSTED = re.compile(
    r"certificate verify failed|certificate chain|certificate validation failed|certificate has expired|"
    r"not trusted|SSL Provider.*certificate|invalid peer certificate",
    re.I,
)

# What the bulk copy refuses before the server sees it, and the driver's words for the SQLSTATE class 22,
# which hold for errors of the server that have no pattern above.
_REFUSED = re.compile(
    r"Non-finite float value|out of range for|out of SQL|overflow when scaling|Input decimal scale|"
    r"Driver Error: (?:String data, right-truncated|Numeric value out of range|Invalid datetime format|"
    r"Datetime field overflow|Invalid character value for cast specification)",
    re.I,
)

_ADVICE = {
    8672: "two staged rows have one key; use keys that identify a row",
    515: "a column that takes no NULL got one; fetch a value for it, or let the column take NULL",
    2627: "a key or another unique constraint of the target is repeated",
    2601: "a unique index of the target is repeated",
}


def error_number(message: str) -> int | None:
    """Return SQL Server's number of an error, None where its message is none that matters here."""
    stated = _NUMBER.search(message)
    if stated:
        return int(stated.group(1) or stated.group(2))
    for number, pattern in _PATTERNS.items():
        if re.search(pattern, message, re.I | re.S):
            return number
    return None


def error_code(message: str) -> int | None:
    """Return SQL Server's number of an error, as far as the message tells it.

    The driver calls some errors a violation of a constraint without the server's text. The violations by a
    NULL and by a reference have their texts, so that what is left is a repeated key.
    """
    number = error_number(message)
    if number is None and "Integrity constraint violation" in message:
        return _CONSTRAINT_VIOLATED
    return number


def to_data_sync_error(message: str) -> DataSyncError:
    """Return the error for a message of the driver: transient where a retry may succeed."""
    error = _error(message)
    error.code = error_code(message)
    return error


def _error(message: str) -> DataSyncError:
    number = error_number(message)
    text = f"SQL Server error {number}: {message}" if number else f"SQL Server: {message}"
    if number in _ADVICE:
        text = f"{text} ({_ADVICE[number]})"
    if number == 18456:
        return PermanentError(f"{text}; check login and password of the connection")
    if number == 1222:
        return LockTimeout(text)
    if number in _PASSING:
        return TransientError(text)
    if number in _BAD_VALUE:
        return ValueRejected(text)
    return _by_words(number, text)


def _by_words(number: int | None, text: str) -> DataSyncError:
    if number is None and _UNTRUSTED.search(text):
        return PermanentError(
            f"{text}; let this machine trust the server's certificate, or write in the connection's extra "
            "which one to expect (ServerCertificate, HostNameInCertificate)"
        )
    if number is None and _REFUSED.search(text):
        return ValueRejected(text)
    if number in _UNAVAILABLE or (number is None and _NOT_CONNECTED.search(text)):
        return WarehouseUnavailable(f"the warehouse could not be reached or closed the connection: {text}")
    if _SERIALIZATION.search(text) or (number is None and _TIMED_OUT.search(text)):
        return TransientError(text)
    return PermanentError(text)
