"""The writer lock of a table: an application lock of SQL Server."""

from __future__ import annotations

from typing import Literal

from data_sync.warehouse.base import TableName

RESULTS = {
    -1: "timed out",
    -2: "cancelled",
    -3: "deadlock victim",
    -999: "wrong parameter",
}
"""What sp_getapplock returns when it grants nothing.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
"""


def resource(table: TableName) -> str:
    """Return the name under which a table is locked; the case of its name makes no difference."""
    return f"data_sync:{table.schema}.{table.name}".lower()[:255]


def acquire(owner: Literal["Session", "Transaction"]) -> str:
    """Take a lock and select as ``result`` what became of that. Parameters: resource, wait in ms."""
    return (
        "SET NOCOUNT ON;\nDECLARE @result int;\n"
        "EXEC @result = sp_getapplock @Resource = %(resource)s, @LockMode = 'Exclusive', "
        f"@LockOwner = '{owner}', @LockTimeout = %(wait)s;\n"
        "SET NOCOUNT OFF;\nSELECT @result AS result;"
    )


def release() -> str:
    """Release a session's lock. Parameters: resource."""
    return (
        "SET NOCOUNT ON;\nDECLARE @result int;\n"
        "EXEC @result = sp_releaseapplock @Resource = %(resource)s, @LockOwner = 'Session';\n"
        "SET NOCOUNT OFF;\nSELECT @result AS result;"
    )
