"""Records the statements that a test session sends to SQL Server, for ``make tsql`` to parse.

DATA_SYNC_RECORD_TSQL names the file: one statement per line, as a JSON string, each statement once a process.
Statements that the server refuses are recorded too, since a server may lack what SQL Server has.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def record_if_asked() -> None:
    """Record from now on what this process sends, if the environment names a file."""
    if os.environ.get("DATA_SYNC_RECORD_TSQL"):
        from mssql_python.cursor import Cursor

        record(Cursor, Path(os.environ["DATA_SYNC_RECORD_TSQL"]))


def record(cursor_class: Any, file: Path) -> None:
    """Append what a class of cursors executes to a file, each statement once, before it is sent."""
    execute = cursor_class.execute
    seen: set[str] = set()

    def recording(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        if sql not in seen:
            seen.add(sql)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(sql) + "\n")
        return execute(self, sql, *args, **kwargs)

    cursor_class.execute = recording
