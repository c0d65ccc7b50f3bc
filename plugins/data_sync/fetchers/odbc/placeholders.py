"""Named placeholders in SQL, turned into those that drivers know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*'            # text
    | "(?:[^"]|"")*"          # a quoted name
    | --[^\n]*                # a comment to the end of the line
    | /\*.*?\*/               # a comment
    | ::                      # PostgreSQL's cast
    | (?<![\w:]):(?P<name>[A-Za-z_]\w*)
    | (?P<marker>\?)
    """,
    re.VERBOSE | re.DOTALL,
)

_COMMENTS = {"--", "/*"}


def check_placeholders(sql: str, known: tuple[str, ...]) -> None:
    """Check that the SQL only names known placeholders.

    :raises ValueError: it names another one, or holds a bare ``?``
    """
    for match in _TOKEN.finditer(sql):
        if match["marker"]:
            raise ValueError(
                f"holds a bare '?', for which there is no value; write one of {_listed(known)} instead"
            )
        if match["name"] and match["name"] not in known:
            near = get_close_matches(match["name"], known, n=1)
            hint = f"did you mean ':{near[0]}'?" if near else f"write one of {_listed(known)}"
            raise ValueError(f"':{match['name']}' is not a known value; {hint}")


def bind(sql: str, values: Mapping[str, str | None]) -> tuple[str, list[str | None]]:
    """Return the SQL with ``?`` for each ``:name``, and the values in their order.

    Nothing is replaced inside text, quoted names and comments.
    """
    bound: list[str | None] = []

    def marker(match: re.Match[str]) -> str:
        if not match["name"]:
            return match[0]
        bound.append(values[match["name"]])
        return "?"

    return _TOKEN.sub(marker, sql), bound


def pyformat(sql: str) -> tuple[str, set[str]]:
    """Return the SQL with ``%(name)s`` for each ``:name`` and all other percent signs doubled; and the names.

    Nothing is replaced inside text, quoted names and comments.
    """
    names: set[str] = set()

    def marker(match: re.Match[str]) -> str:
        if not match["name"]:
            return match[0]
        names.add(match["name"])
        return f"%({match['name']})s"

    return _TOKEN.sub(marker, sql.replace("%", "%%")), names


def without_end(sql: str) -> str:
    """Return the SQL without the semicolons, comments and blanks at its end.

    Drivers write more behind a query: psqlODBC, which reads through a cursor, would write it into a
    comment, and SQLite's refuses anything behind a semicolon.
    """
    blanked = _TOKEN.sub(lambda match: (" " if match[0][:2] in _COMMENTS else "x") * len(match[0]), sql)
    return sql[: len(blanked.rstrip("; \t\r\n"))]


def _listed(known: tuple[str, ...]) -> str:
    return ", ".join(f":{name}" for name in known)
