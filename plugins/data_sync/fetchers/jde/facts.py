"""Reads from JD Edwards itself how many decimals its numbers have, to be kept with the settings.

Numbers other than amounts have the display decimals of their data item in the data dictionary; amounts
have those of their currency, which follows from the company.
https://docs.oracle.com/en/applications/jd-edwards/financials/9.2/eoamp/how-currency-decimals-are-managed.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError, ValueRejected
from data_sync.fetchers.columns import ColumnSpec
from data_sync.fetchers.jde.site import JdeFacts, JdeSite
from data_sync.fetchers.odbc.dialects import DIALECTS, literal

if TYPE_CHECKING:
    from data_sync.settings.models import SourceSystem

MOST_LISTED = 500
"""Values of one IN list; Oracle takes 1,000."""

_HEADER = """\
# Decimals of the source system {name}, read from its data dictionary (F9210), companies (F0010) and
# currencies (F0013) by "python -m data_sync jde-facts {name}"; run that again when these change.
"""


def read_facts(system: SourceSystem, site: JdeSite, columns: Iterable[ColumnSpec]) -> JdeFacts:
    """Return the decimals of the data items that column lists use, and those of companies and currencies.

    :param columns: the columns; only decimals among them matter
    :raises ConfigurationError: the site does not say where its data dictionary is
    :raises ValueRejected: the source holds something else than a number of decimals
    """
    decimals = [spec for spec in columns if spec.type == "decimal"]
    items = sorted({spec.source[0].upper() for spec in decimals})
    found: dict[str, int] = {}
    for start in range(0, len(items), MOST_LISTED):
        found |= _item_decimals(system, site, items[start : start + MOST_LISTED])
    amounts = _amount_decimals(system, site) if any(spec.by for spec in decimals) else {}
    return JdeFacts(decimals=found, amount_decimals=amounts)


def write_facts(path: Path, name: str, facts: JdeFacts) -> None:
    """Write a facts file, whole or not at all.

    :param name: the source system's name
    """
    import yaml

    text = _HEADER.format(name=name) + yaml.safe_dump(facts.model_dump(), sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(path.suffix + ".new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _item_decimals(system: SourceSystem, site: JdeSite, items: Sequence[str]) -> dict[str, int]:
    """Return the display decimals of data items; an item whose are blank has none."""
    if site.dictionary_owner is None:
        raise ConfigurationError(
            "site.dictionary_owner: is missing; write the schema or library of F9210, such as DD920"
        )
    listed = ", ".join(literal(item) for item in items)
    # Without the padding, as not every database ignores it.
    chosen = f"RTRIM(FRDTAI) IN ({listed})"
    rows = _rows(system, site, "F9210", ("FRDTAI", "FRCDEC"), site.dictionary_owner, chosen)
    return {item.upper(): _count("F9210", item, decimals) for item, decimals in rows}


def _amount_decimals(system: SourceSystem, site: JdeSite) -> dict[str, int]:
    """Return the decimals of every currency and company; {} where companies have no currency.

    Amounts then have the decimals of their data item.
    """
    currencies = {
        code: _count("F0013", code, decimals)
        for code, decimals in _rows(system, site, "F0013", ("CVCRCD", "CVCDEC"), site.owner)
    }
    companies = {
        company: currencies[currency]
        for company, currency in _rows(system, site, "F0010", ("CCCO", "CCCRCD"), site.owner)
        if currency in currencies
    }
    return {**currencies, **companies} if companies else {}


def _rows(
    system: SourceSystem, site: JdeSite, table: str, columns: tuple[str, str], owner: str, *conditions: str
) -> Iterator[tuple[str, str]]:
    """Yield two columns of a table as text without padding."""
    import pyarrow as pa

    from data_sync.fetchers.odbc.stream import stream

    query = DIALECTS[site.dialect].select(columns, site.qualified(table, owner), conditions)
    for batch in stream(system, query, max_text_size=256):
        first, second = (column.cast(pa.string()).to_pylist() for column in batch.columns)
        for one, other in zip(first, second, strict=True):
            yield (one or "").strip(), (other or "").strip()


def _count(table: str, of: str, text: str) -> int:
    try:
        # A driver may deliver a number as 2.0.
        return int(float(text or "0"))
    except ValueError:
        raise ValueRejected(
            f"{table}: {of!r} has the decimals {text!r}, which is no number; mend it in the source, or "
            "state it in the site's settings"
        ) from None
