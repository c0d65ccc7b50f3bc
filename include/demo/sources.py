"""The sample sources: a JD Edwards and a CMS database with rows that are the same at every start."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from demo.embedded_postgres import EmbeddedPostgres

SQL = Path(__file__).parent / "sql"
JDE_ZONE = ZoneInfo("America/Denver")
"""The zone in which the sample JDE stamps its rows."""

DEFAULT_ROWS = 200_000


@dataclass(frozen=True)
class Sizes:
    """Rows of each sample table.

    :param items: F4101
    :param orders: F4801
    :param movements: F4111
    :param inspections: MISDATA
    """

    items: int
    orders: int
    movements: int
    inspections: int

    @classmethod
    def of(cls, rows: int) -> Sizes:
        """Share out a total, most of it to the cardex; at least a hundred rows each."""
        items, orders, inspections = (max(100, rows * share // 100) for share in (5, 20, 15))
        return cls(items, orders, max(100, rows - items - orders - inspections), inspections)


def create(server: EmbeddedPostgres, rows: int = DEFAULT_ROWS) -> Sizes:
    """Create both databases anew and fill them.

    :param rows: rows of all tables together
    """
    sizes = Sizes.of(rows)
    now = datetime.now(timezone.utc)
    jde_now = now.astimezone(JDE_ZONE).replace(tzinfo=None)
    values = {"items": sizes.items, "orders": sizes.orders, "movements": sizes.movements, "now": jde_now}
    run_script(server, "jde", "jde.sql", {})
    run_script(server, "jde", "jde_rows.sql", values)
    run_script(server, "cms", "cms.sql", {})
    run_script(server, "cms", "cms_rows.sql", {"rows": sizes.inspections, "now": now.replace(tzinfo=None)})
    return sizes


def run_script(server: EmbeddedPostgres, database: str, name: str, values: dict[str, object]) -> None:
    """Run a file of statements against one of the sample databases, in one transaction."""
    server.create_database(database)
    text = (SQL / name).read_text(encoding="utf-8")
    with psycopg.connect(server.uri(database)) as connection:
        # Client-side binding: a script of many statements cannot have server-side parameters.
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(text.encode(), values or None)


def main() -> None:
    """Create the sample sources in the demo's server."""
    parser = argparse.ArgumentParser(prog="python -m demo.sources", description=__doc__)
    parser.add_argument("--state", type=Path, default=Path(".state"), help="the demo's state folder")
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS, help="rows of all tables together")
    arguments = parser.parse_args()
    server = EmbeddedPostgres(arguments.state / "postgres").start()
    print(create(server, arguments.rows))


if __name__ == "__main__":
    main()
