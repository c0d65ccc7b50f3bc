"""The sample sources: a JD Edwards and a CMS database with rows that are the same at every start."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from demo.embedded_postgres import EmbeddedPostgres

SQL = Path(__file__).parent / "sql"
JDE_ZONE = ZoneInfo("America/Denver")
"""The zone in which the sample JDE stamps its rows."""

DEFAULT_ROWS = 200_000


JDE_TABLES = ("foundation", "inventory", "manufacturing", "work_orders")
"""The groups of JDE tables, each after those that its rows refer to."""


@dataclass(frozen=True)
class Sizes:
    """Rows of the sample tables; those of the others follow from these or are fixed.

    :param items: F4101; F4102 has twice as many, F3003 as many
    :param lots: F4108, at most as many as orders
    :param orders: F4801; F3111 has three times as many, F3112 twice
    :param movements: F4111
    :param addresses: F0101
    :param inspections: MISDATA
    """

    items: int
    lots: int
    orders: int
    movements: int
    addresses: int
    inspections: int

    @classmethod
    def of(cls, rows: int) -> Sizes:
        """Share out a total, half of it to the work orders; at least a hundred rows each."""
        shares = (3, 5, 8, 3, 8)
        items, lots, orders, addresses, inspections = (max(100, rows * share // 100) for share in shares)
        others = 4 * items + lots + 6 * orders + addresses + inspections
        return cls(items, lots, orders, max(100, rows - others), addresses, inspections)


def create(server: EmbeddedPostgres, rows: int = DEFAULT_ROWS) -> Sizes:
    """Create both databases anew and fill them.

    :param rows: rows of all tables together, about
    """
    sizes = Sizes.of(rows)
    now = datetime.now(timezone.utc)
    create_jde(server, sizes, now)
    run_script(server, "cms", "cms.sql", {})
    run_script(server, "cms", "cms_rows.sql", {"rows": sizes.inspections, "now": now.replace(tzinfo=None)})
    return sizes


def exist(server: EmbeddedPostgres) -> bool:
    """Return whether both databases are there; the CMS is filled last."""
    try:
        with psycopg.connect(server.uri("cms")) as connection:
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM misdata)").fetchall()[0][0])
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return False


def create_jde(server: EmbeddedPostgres, sizes: Sizes, now: datetime) -> None:
    """Create the sample JD Edwards anew and fill it.

    :param now: the instant with which the freshest rows are stamped. Aware.
    """
    values = {**asdict(sizes), "now": now.astimezone(JDE_ZONE).replace(tzinfo=None)}
    run_script(server, "jde", "jde/functions.sql", {})
    for group in JDE_TABLES:
        run_script(server, "jde", f"jde/tables/{group}.sql", {})
        run_script(server, "jde", f"jde/rows/{group}.sql", values)


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
