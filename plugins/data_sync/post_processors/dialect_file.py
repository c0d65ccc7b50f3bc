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
        paths = list(dict.fromkeys(self.path(dialect) for dialect in DIALECTS))
        if not any(path.is_file() for path in paths):
            raise ConfigurationError(
                f"{field}: there is no {paths[0]}; "
                "write the name of an existing SQL file, relative to include/"
            )

    def path(self, dialect: str) -> Path:
        """Return the file for a kind of warehouse."""
        return self.base / self.name.replace("{dialect}", dialect)

    def read(self, dialect: str) -> str:
        """Return the text for a kind of warehouse.

        :raises ConfigurationError: it cannot be read
        """
        path = self.path(dialect)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise ConfigurationError(
                f"{path} cannot be read: {reason}; write the SQL for this warehouse into it"
            ) from None
