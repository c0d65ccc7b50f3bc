"""The hook that reads a source system over ODBC."""

from __future__ import annotations

from airflow.providers.odbc.hooks.odbc import OdbcHook
from typing_extensions import override

_NOT_ODBC = {"driver", "dsn", "connect_kwargs", "sqlalchemy_scheme", "placeholder"}


class OdbcSourceHook(OdbcHook):
    """Airflow's ODBC hook, with values in the connection string escaped.

    Airflow's own leaves ``;`` and ``}`` in a password as they are, and the driver then reads a part of
    the password as another setting.
    """

    @property
    @override
    def odbc_connection_string(self) -> str:
        """The connection string; every value in braces, as ODBC asks for special characters."""
        connection = self.connection
        parts = {
            "DRIVER": self.driver if self.connection_extra_lower.get("driver") or self._driver else None,
            "DSN": self.dsn,
            "SERVER": connection.host,
            "PORT": connection.port,
            "DATABASE": self.database,
            "UID": connection.login,
            "PWD": connection.password,
        }
        parts |= {key: value for key, value in self.connection_extra.items() if key.lower() not in _NOT_ODBC}
        return "".join(f"{key}={braced(value)};" for key, value in parts.items() if value not in (None, ""))


def braced(value: object) -> str:
    """Return a value for an ODBC connection string; plain words stay as they are.

    https://learn.microsoft.com/sql/odbc/reference/syntax/sqldriverconnect-function
    """
    text = str(value)
    if text.replace("_", "").replace(".", "").replace("-", "").isalnum():
        return text
    return "{" + text.replace("}", "}}") + "}"
