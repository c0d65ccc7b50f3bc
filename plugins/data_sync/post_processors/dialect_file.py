"""A SQL file that may be written once per kind of warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data_sync.errors import ConfigurationError

DIALECTS = ("mssql", "postgres")


@dataclass(frozen=True)
class DialectFile:
    """A SQL file below ``include/``.

    :param base: the folder that ``name`` starts from
    :param name: the file; ``{dialect}`` in it becomes ``mssql`` or ``postgres``
    """

    base: Path
    name: str

    def check(self, field: str) -> None:
        """Check that the file exists, for at least one dialect.

        A site with one kind of warehouse writes one file; the other is not missed.

        :param field: the setting that names the file, for the message
        :raises ConfigurationError: there is no such file
        """
        if not self.written():
            raise ConfigurationError(
                f"{field}: there is no {self.path(DIALECTS[0])}; "
                "write the name of an existing SQL file, relative to include/"
            )

    def written(self) -> list[str]:
        """Return the kinds of warehouse that there is a file for."""
        return [dialect for dialect in DIALECTS if self.path(dialect).is_file()]

    def path(self, dialect: str) -> Path:
        """Return the file for a kind of warehouse."""
        return self.base / self.name.replace("{dialect}", dialect)

    def read(self, dialect: str) -> str:
        """Return the text for a kind of warehouse.

        :raises ConfigurationError: it cannot be read
        """
        path = self.path(dialect)
        try:
            # SQL Server's tools begin their files with a byte order mark.
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise ConfigurationError(
                f"{path} cannot be read: {reason}; write the SQL for this warehouse into it"
            ) from None
