"""The data dictionary: what every target column holds and which source column it comes from, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from data_sync.fetchers.registry import make_fetcher
from data_sync.settings.durations import format_duration
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.fetchers.base import Fetcher
    from data_sync.fetchers.columns import ColumnSpec
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource

_INTRODUCTION = """\
# Data dictionary

Generated from `include/data_sources/` by `python -m data_sync dictionary`; change the YAML, not this page.

Numbers that JD Edwards stores without their point have it in the target: *scale* is the number of implied
decimals that the shipped column lists assume and a site may override; an amount *by* a company column has its
company's decimals where the site states them. *NULL* tells which values of the source become NULL; dates of
zero and, in JD Edwards, blank text outside keys always do. Stamps are in UTC.
"""


def dictionary(settings: Settings) -> str:
    """Return the page for all valid data sources, sorted by source system and table."""
    sources = sorted(settings.sources.values(), key=lambda source: (source.source_system, source.table_name))
    parts = [_INTRODUCTION, _contents(sources, settings)]
    for source in sources:
        system = settings.options.source_systems[source.source_system]
        parts.append(_table(source, make_fetcher(source, system, settings.include)))
    return "\n".join(parts)


def _contents(sources: Iterable[DataSource], settings: Settings) -> str:
    rows = []
    for source in sources:
        system = settings.options.source_systems[source.source_system]
        table = _source_table(make_fetcher(source, system, settings.include))
        link = f"[{source.table_name}](#{source.table_name.lower()})"
        rows.append((link, source.source_system, table, ", ".join(source.keys)))
    return _markdown(("Table", "System", "Source table", "Keys"), rows)


def _table(source: DataSource, fetcher: Fetcher) -> str:
    lines = [f"## {source.table_name}", "", source.description, ""]
    lines.append(f"- Source: {source.source_system} {_source_table(fetcher)}".rstrip())
    lines.append(f"- Keys: {', '.join(source.keys)}")
    lines.append(f"- Last change: {source.last_update_column or 'not known to the source'}")
    lines.append(f"- Schedules: {_schedules(source)}")
    columns = columns_of(fetcher)
    if columns:
        rows = [
            (name, _origin(fetcher, spec), type_of(spec), _scale(spec), _null(spec), spec.meaning)
            for name, spec in columns.items()
        ]
        lines += ["", _markdown(("Column", "Source column", "Type", "Scale", "NULL", "Meaning"), rows)]
    return "\n".join([*lines, ""]).rstrip() + "\n"


def columns_of(fetcher: Fetcher) -> Mapping[str, ColumnSpec]:
    """Return the target columns that the fetcher's configuration declares; none when it declares none."""
    declared = getattr(fetcher, "columns", None) or getattr(fetcher.settings, "columns", None)
    return declared or {}


def type_of(spec: ColumnSpec) -> str:
    """Return a column's type as the short form writes it."""
    if spec.type == "text":
        return f"text({spec.length})" if spec.length else "text"
    if spec.type != "decimal":
        return spec.type
    return f"decimal({spec.precision},{spec.scale})" + (f" by {spec.by}" if spec.by else "")


def _source_table(fetcher: Fetcher) -> str:
    return str(getattr(fetcher.settings, "table", ""))


def _origin(fetcher: Fetcher, spec: ColumnSpec) -> str:
    table, prefix = _source_table(fetcher), getattr(fetcher.settings, "prefix", "")
    return " + ".join(f"{table}.{prefix}{item}".lstrip(".") for item in spec.source)


def _scale(spec: ColumnSpec) -> str:
    return str(spec.scale) if spec.type == "decimal" else ""


def _null(spec: ColumnSpec) -> str:
    empty = "blank" if spec.type == "text" else "0"
    return {None: "", True: f"{empty} kept", False: empty}[spec.keep_empty]


def _schedules(source: DataSource) -> str:
    enabled = ((kind.value, source.schedule(kind)) for kind in UpdateType)
    return ", ".join(f"{name} every {format_duration(config.interval)}" for name, config in enabled if config)


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
