"""Parses the project's T-SQL with Microsoft's own parser; scripts/tsql.sh gives it the environment.

Usage: check.py FOLDER, where FOLDER holds the parser's DLL. The exit code is 1 when a statement has an error,
or when the parser accepts what it must not. With --starts before FOLDER it only starts the parser.

It reads all golden files for SQL Server and ``include/sql/mssql/``; where DATA_SYNC_TSQL_STATEMENTS names
a file that :mod:`tests.tsql.record` wrote, also the statements in it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LEVELS = (130, 140, 150)
"""Compatibility levels: SQL Server 2016, 2017 and 2019."""

OTHER_DIALECTS = {"db2", "oracle", "postgres"}
"""Folders of golden files that are not T-SQL."""

ASSEMBLY = "Microsoft.SqlServer.TransactSql.ScriptDom"

BROKEN = (
    "SELEC 1",
    "SELECT 1 FROM",
    "SELECT a FROM t WHERE (a = 1",
    "SELECT 'open",
    "UPDATE t SET a = 1 WHERE b = 2 LIMIT 1",
    "CREATE TABLE t (a int NULL NOT)",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",  # no semicolon at its end
    "ALTER TABLE t SWITCH s",
    "ALTER INDEX i ON t REBUILDS",
    "SELECT TOP 1 a FROM t ORDER",
    "SELECT %(name)d",
)
"""What the parser must refuse at every level."""

SOUND = (
    "SELECT 1;\nGO\nCREATE VIEW v AS SELECT a FROM t;\nGO",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE OUTPUT $action;",
    "ALTER TABLE t SWITCH TO s\nWITH (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1, ABORT_AFTER_WAIT = SELF))",
    "SELECT %(name)s, ? FROM [a?b] WHERE c = '%(name)s?' AND \"d?\" = %(other)s -- ?",
)
"""What it must accept at every level."""

SINCE = {
    140: "ALTER INDEX i ON t REBUILD WITH (ONLINE = ON, RESUMABLE = ON)",
    150: "CREATE INDEX i ON t (a) WITH (ONLINE = ON, RESUMABLE = ON)",
}
"""What it must accept from a level on, and refuse below it."""

Parser = Callable[[str], list[str]]
"""Returns the errors in a text, each with line and column."""

_TOKENS = re.compile(
    r"""(?P<plain>'(?:[^']|'')*' | \[(?:[^]]|\]\])*\] | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/)
        | %\((?P<name>\w+)\)s | (?P<mark>\?)""",
    re.VERBOSE | re.DOTALL,
)


def with_variables(sql: str) -> str:
    """Return a statement with variables in place of its parameters, as the driver sends it."""
    return _TOKENS.sub(lambda found: found["plain"] or f"@{found['name'] or 'P'}", sql)


def files() -> list[Path]:
    """Return the files to parse."""
    golden = [
        path
        for path in ROOT.glob("tests/**/golden/**/*.sql")
        if not OTHER_DIALECTS & set(path.relative_to(ROOT).parts)
    ]
    return sorted([*golden, *ROOT.glob("include/sql/mssql/**/*.sql")])


def script(path: Path) -> str:
    """Return a file's text; in a golden file a blank line after a semicolon begins the next batch."""
    text = path.read_text("utf-8")
    return re.sub(r";\n\n(?=\S)", ";\nGO\n", text) if "golden" in path.parts else text


def statements(path: Path) -> list[str]:
    """Return the distinct statements of a recording, in its order."""
    return list(dict.fromkeys(json.loads(line) for line in path.read_text("utf-8").splitlines()))


def parsers(folder: Path) -> dict[int, Parser]:
    """Start Microsoft's parser and return it for each level.

    :param folder: where its DLL is
    """
    import dotnetcore2
    from clr_loader import get_coreclr
    from pythonnet import set_runtime

    configuration = folder / "runtimeconfig.json"
    runtime = {
        "tfm": "netcoreapp3.1",
        "framework": {"name": "Microsoft.NETCore.App", "version": version("dotnetcore2")},
        # Otherwise .NET asks for ICU, a library of languages' rules, in a version that few have.
        "configProperties": {"System.Globalization.Invariant": True},
    }
    configuration.write_text(json.dumps({"runtimeOptions": runtime}))
    root = Path(next(iter(dotnetcore2.__path__))) / "bin"
    set_runtime(get_coreclr(runtime_config=str(configuration), dotnet_root=str(root)))
    import clr

    sys.path.append(str(folder))
    clr.AddReference(ASSEMBLY)
    from Microsoft.SqlServer.TransactSql import ScriptDom
    from System.IO import StringReader

    def parser(level: int) -> Parser:
        # True: double quotes are around names, as every driver has it.
        parse = getattr(ScriptDom, f"TSql{level}Parser")(True).Parse

        def errors(text: str) -> list[str]:
            tree, found = parse(StringReader(with_variables(text)), None)
            problems = [f"{error.Line}:{error.Column}: {error.Message}" for error in found]
            return problems or list(calls_without_exec(tree))

        return errors

    return {level: parser(level) for level in LEVELS}


def calls_without_exec(tree: Any) -> Iterator[str]:
    """Yield each batch that T-SQL reads as the call of a procedure because its first word is no keyword."""
    for batch in tree.Batches:
        first = batch.Statements[0]
        word = tree.ScriptTokenStream[first.FirstTokenIndex].Text
        if first.GetType().Name == "ExecuteStatement" and word.upper() not in {"EXEC", "EXECUTE"}:
            yield f"{first.StartLine}:{first.StartColumn}: {word} is no keyword"


def wrong_verdicts(found: dict[int, Parser]) -> Iterator[str]:
    """Yield where the parser errs about statements of which the truth is known."""
    for level, errors in found.items():
        for text in BROKEN:
            if not errors(text):
                yield f"level {level} accepts {text!r}"
        for text in SOUND:
            for error in errors(text):
                yield f"level {level} refuses {text!r}: {error}"
        for since, text in SINCE.items():
            if bool(errors(text)) == (level >= since):
                yield f"level {level} is wrong about {text!r}, which exists since {since}"


def errors_in(texts: dict[str, str], found: dict[int, Parser]) -> Iterator[str]:
    """Yield each error with where it is and the levels at which it is one."""
    for name, text in texts.items():
        levels: dict[str, list[int]] = {}
        for level, errors in found.items():
            for error in errors(text):
                levels.setdefault(error, []).append(level)
        for error, of in levels.items():
            yield f"{name}:{error} (levels {', '.join(map(str, of))})"


def main(folder: Path) -> int:
    """Parse everything and print the errors."""
    found = parsers(folder)
    wrong = list(wrong_verdicts(found))
    if wrong:
        print("tsql: the parser cannot be relied on", *wrong, sep="\n  ")
        return 1
    texts = {str(path.relative_to(ROOT)): script(path) for path in files()}
    number = len(texts)
    recording = os.environ.get("DATA_SYNC_TSQL_STATEMENTS")
    if recording:
        recorded = statements(Path(recording))
        texts |= {f"{recording}, {text!r}": text for text in recorded}
    errors = list(errors_in(texts, found))
    for error in errors:
        print(error)
    print(
        f"tsql: {number} files and {len(texts) - number} recorded statements at levels "
        f"{', '.join(map(str, LEVELS))}: {len(errors)} errors"
    )
    return 1 if errors or not number else 0


if __name__ == "__main__":
    if sys.argv[1] == "--starts":
        parsers(Path(sys.argv[2]))
    else:
        sys.exit(main(Path(sys.argv[1])))
