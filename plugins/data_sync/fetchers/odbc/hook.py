"""The hook of an ODBC source: Airflow's ``odbc`` connection as a safely escaped connection string."""

from __future__ import annotations

import re
from typing import Any

from airflow.providers.odbc.hooks.odbc import OdbcHook

from data_sync.errors import ConfigurationError

APPLICATION = "DataSync"
"""How the source's administrators see the connection, where the driver can tell them."""

_NOT_KEYWORDS = frozenset({"driver", "dsn", "connect_kwargs", "sqlalchemy_scheme", "placeholder"})
_KEYWORD = re.compile(r"[A-Za-z][A-Za-z0-9_ .-]*")
_SPECIAL = re.compile(r"[;{}]|^[\s=]|\s$")
"""What ends or changes a value; other characters stay bare, as psqlODBC keeps most braces it is given."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_PSQLODBC = {
    # It reads a whole result into memory unless it declares a cursor.
    "UseDeclareFetch": "1",
    "Fetch": "25000",
    "pqopt": f"application_name={APPLICATION}",
    # So that a server that knows this setting (14 or later) ends the query of a killed task, and does not
    # work on for nobody: it looks every so many milliseconds whether its client is still there.
    "ConnSettings": "SELECT set_config(name, '2000', false) FROM pg_settings "
    "WHERE name = 'client_connection_check_interval'",
}
_DRIVER_DEFAULTS = {
    "postgres": _PSQLODBC,
    "psqlodbc": _PSQLODBC,
    "sql server": {"APP": APPLICATION, "ApplicationIntent": "ReadOnly"},
}
"""Keywords for drivers whose name contains the key, unless the connection says otherwise."""


class OdbcSourceHook(OdbcHook):
    """Reads Airflow's ``odbc`` connections like :class:`OdbcHook`, and escapes every value.

    Anything in the connection's extra, other than ``driver`` and ``dsn``, becomes a keyword of the
    connection string. ``driver`` counts only where Airflow's ``[providers.odbc] allow_driver_in_extra``
    is set.
    """

    @property
    def driver(self) -> str | None:
        """The driver's name, None when a DSN names it.

        :raises ConfigurationError: the connection names a driver that Airflow may not take from it
        """
        from airflow.providers.common.compat.sdk import conf

        named = self.connection_extra_lower.get("driver")
        if named and not conf.getboolean("providers.odbc", "allow_driver_in_extra", fallback=False):
            if self._driver or self.default_driver or self.dsn:
                named = None
            else:
                raise ConfigurationError(
                    f"connection {self.get_conn_id()!r}: its extra names the driver {named!r}, but Airflow's "
                    "[providers.odbc] allow_driver_in_extra is not set; set it to True, or use a dsn"
                )
        chosen: str | None = named or self._driver or self.default_driver
        return chosen.strip().removeprefix("{").removesuffix("}").strip() if chosen else None

    @property
    def odbc_connection_string(self) -> str:
        """The connection string, credentials included: keep it out of logs.

        :raises ConfigurationError: a part cannot be written in a connection string
        """
        parts = self._keywords()
        return "".join(f"{name}={self._escaped(name, value)};" for name, value in parts.items())

    def without_secrets(self, text: str) -> str:
        """Return a driver's message with the connection's password taken out of it."""
        password = self.connection.password
        return text.replace(password, "***") if password else text

    def _keywords(self) -> dict[str, Any]:
        connection = self.connection
        if not (self.driver or self.dsn):
            raise ConfigurationError(
                f"connection {self.get_conn_id()!r}: names neither driver nor dsn; write one in its extra"
            )
        named = {
            "DRIVER": self.driver,
            "DSN": self.dsn,
            "SERVER": connection.host,
            "PORT": connection.port,
            "DATABASE": self.database,
            "UID": connection.login,
            "PWD": connection.password,
        }
        keywords = {name: value for name, value in named.items() if value not in (None, "")}
        extra = {k: v for k, v in self.connection_extra.items() if k.lower() not in _NOT_KEYWORDS}
        taken = {name.lower() for name in (*keywords, *extra)}
        for family, defaults in _DRIVER_DEFAULTS.items():
            if family in (self.driver or "").lower():
                keywords |= {name: value for name, value in defaults.items() if name.lower() not in taken}
        return keywords | extra

    def _escaped(self, name: str, value: Any) -> str:
        """Return a value as a connection string takes it, in braces where a character needs them.

        A closing brace inside is doubled: https://learn.microsoft.com/sql/odbc (SQLDriverConnect).
        """
        text = str(value)
        if not _KEYWORD.fullmatch(name) or _CONTROL.search(text):
            raise ConfigurationError(
                f"connection {self.get_conn_id()!r}: {name!r} or its value cannot stand in an ODBC "
                "connection string; remove control characters, and write keywords of letters, digits and _"
            )
        if name == "DRIVER" or _SPECIAL.search(text):
            return "{" + text.replace("}", "}}") + "}"
        return text
