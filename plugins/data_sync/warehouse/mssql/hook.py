"""The hook of a SQL Server warehouse: Airflow's ``mssql`` connection through Microsoft's driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.microsoft.mssql.hooks.mssql import MsSqlHook
from typing_extensions import override

from data_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow.sdk import Connection as AirflowConnection
    from mssql_python import Connection

APPLICATION = "DataSync"
"""How the server's administrators see the connection."""

LOGIN_TIMEOUT = 30
"""Seconds that a connection attempt may take unless the connection says otherwise."""

_KEYWORDS = {
    name.lower(): name
    for name in (
        "Encrypt", "TrustServerCertificate", "HostNameInCertificate", "ServerCertificate", "ServerSPN",
        "ApplicationIntent", "MultiSubnetFailover", "Authentication", "Trusted_Connection", "PacketSize",
        "ConnectRetryCount", "ConnectRetryInterval", "KeepAlive", "KeepAliveInterval", "IpAddressPreference",
    )
}  # fmt: skip
"""The keywords of a connection string that may stand in the connection's extra, in any case."""

_DEFAULTS = {
    "Encrypt": "yes",
    "TrustServerCertificate": "no",
    # The driver's bulk copy has failed with its own default, 4096. Above 8060 bytes the server takes the
    # packet's memory from outside its buffer pool, and nothing is faster for it.
    "PacketSize": "8000",
}
_PACKET_SIZES = range(512, 32768)
"""What TDS allows."""

_LARGEST_ENCRYPTED = 16355
"""Bytes. With larger ones the driver connects, and fails at the first statement longer than a TLS record."""

_UNENCRYPTED = frozenset({"no", "optional"})
_OTHER_EXTRAS = frozenset({"login_timeout", "sqlalchemy_scheme", "extra__mssql__extra"})
_TRUTH = {True: "yes", False: "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}
_FLAGS = frozenset({"Encrypt", "TrustServerCertificate", "MultiSubnetFailover", "Trusted_Connection"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class MssqlPythonHook(MsSqlHook):
    """Reads Airflow's ``mssql`` connections like :class:`MsSqlHook`; connects with ``mssql-python``.

    The connection's extra may name the driver's keywords (``Encrypt``, ``TrustServerCertificate``,
    ``Authentication`` …) and ``login_timeout`` in seconds. Encryption is on and the certificate is
    checked unless it says otherwise.

    All of Airflow's hook methods work through it. A statement's parameters are a sequence for ``?`` or
    a mapping for ``%(name)s``.

    :param query_timeout: seconds that a statement may take; 0 sets no limit
    """

    _placeholder = "?"

    def __init__(self, *args: Any, query_timeout: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query_timeout = query_timeout

    @classmethod
    def of(cls, connection: AirflowConnection, query_timeout: int = 0) -> MssqlPythonHook:
        """Return the hook of a connection that is at hand already."""
        return cls(mssql_conn_id=connection.conn_id, connection=connection, query_timeout=query_timeout)

    def get_conn(self) -> Connection:  # type: ignore[override]
        """Connect. The caller commits, and closes the connection.

        :raises ConfigurationError: the connection is incomplete or names what the driver does not know
        :raises mssql_python.Error: the server cannot be reached or refuses the login
        """
        import mssql_python

        # A pooled connection outlives its close(), and with it session locks and settings.
        mssql_python.pooling(enabled=False)
        connection = _connection_class()(self.connection_string, timeout=self.login_timeout)
        connection.timeout = self.query_timeout
        return cast("Connection", connection)

    @override
    def run(
        self,
        sql: str | Iterable[str],
        autocommit: bool = False,
        parameters: Iterable[Any] | Mapping[str, Any] | None = None,
        handler: Callable[[Any], Any] | None = None,
        split_statements: bool = False,
        return_last: bool = True,
    ) -> Any:
        """Run statements, each to its end; see :meth:`DbApiHook.run`.

        A text of several statements is one batch. The driver tells of an error in its second statement only
        when asked for the second result, and what nobody asked for is cut off when the cursor closes.
        The handler gets the first result that has rows.
        """
        descriptions = []

        def whole_batch(cursor: Any) -> Any:
            while handler and cursor.description is None and cursor.nextset():
                pass
            descriptions.append(cursor.description)
            result = self._make_common_data_structure(handler(cursor)) if handler else None
            while cursor.nextset():
                pass
            return result

        results = super().run(sql, autocommit, parameters, whole_batch, split_statements, return_last)
        if handler is None:
            self.descriptions = []
            return None
        self.descriptions = descriptions[-len(self.descriptions) :]
        return results

    @override
    def set_autocommit(self, conn: Connection, autocommit: bool) -> None:  # type: ignore[override]
        conn.autocommit = autocommit

    @override
    def get_autocommit(self, conn: Connection) -> bool:  # type: ignore[override]
        return bool(conn.autocommit)

    @override
    def _run_command(self, cur: Any, sql_statement: str, parameters: Any) -> None:
        # The driver takes anything but a tuple, list or dict for a single value.
        if isinstance(parameters, Mapping):
            parameters = dict(parameters)
        elif parameters is not None and not isinstance(parameters, str | bytes):
            parameters = tuple(parameters)
        super()._run_command(cur, sql_statement, parameters)

    @override
    def _make_common_data_structure(self, result: Any) -> Any:
        """Return the driver's rows as tuples, which Airflow can pass on between tasks."""
        from mssql_python import Row

        if isinstance(result, list):
            return [tuple(row) if isinstance(row, Row) else row for row in result]
        return tuple(result) if isinstance(result, Row) else result

    @property
    def login_timeout(self) -> int:
        """Seconds that a connection attempt may take."""
        value = self._extra().get("login_timeout", LOGIN_TIMEOUT)
        try:
            seconds = int(value)
        except (TypeError, ValueError):
            seconds = 0
        if seconds < 1:
            raise self._error(f"extra login_timeout is {value!r}; write a number of seconds such as 30")
        return seconds

    @property
    def connection_string(self) -> str:
        """The connection string, credentials included: keep it out of logs.

        :raises ConfigurationError: a part is missing, unknown or cannot be written in it
        """
        connection = self.connection
        if not connection.host:
            raise self._error("names no host; write the server's name, such as sql1 or sql1\\cache")
        if not (self.schema or connection.schema):
            # The login's default database may well be master.
            raise self._error("names no database; write it in the connection's field Schema or Database")
        named = {
            "Server": self._server(),
            "Database": self.schema or connection.schema,
            "UID": connection.login,
            "PWD": connection.password,
        }
        keywords = {**_DEFAULTS, **self._keywords()}
        self._check_packet_size(keywords)
        if connection.login and keywords.get("Trusted_Connection") == "yes":
            raise self._error("has both a login and Trusted_Connection; leave one of them out")
        parts = {name: value for name, value in {**named, **keywords}.items() if value not in (None, "")}
        return "".join(f"{name}={self._escaped(name, value)};" for name, value in parts.items())

    def _check_packet_size(self, keywords: Mapping[str, str]) -> None:
        value = keywords["PacketSize"]
        if not value.isdecimal() or int(value) not in _PACKET_SIZES:
            raise self._error(
                f"extra PacketSize is {value!r}; write a number of bytes such as 8000, or leave it out"
            )
        if int(value) > _LARGEST_ENCRYPTED and keywords["Encrypt"].lower() not in _UNENCRYPTED:
            raise self._error(
                f"extra PacketSize is {value}, but the driver cannot encrypt packets of more than "
                f"{_LARGEST_ENCRYPTED} bytes; write 8000, or leave it out"
            )

    def without_secrets(self, text: str) -> str:
        """Return a driver's message with the connection's password taken out of it."""
        password = self.connection.password
        return text.replace(password, "***") if password else text

    def _server(self) -> str:
        """Return ``host``, ``host,port`` or ``host\\instance``, whose port the server's browser tells."""
        host, port = str(self.connection.host), self.connection.port
        if port and "\\" in host:
            # With a port the instance's name says nothing; the driver would ask for both.
            host = host.partition("\\")[0]
        return f"{host},{port}" if port else host

    def _extra(self) -> Mapping[str, Any]:
        return {str(name).lower(): value for name, value in self.connection.extra_dejson.items()}

    def _keywords(self) -> dict[str, str]:
        found = {}
        for name, value in self._extra().items():
            short = name.replace(" ", "")
            if short in _KEYWORDS:
                keyword = _KEYWORDS[short]
                plain = value.lower() if isinstance(value, str) else value
                found[keyword] = _TRUTH.get(plain, str(value)) if keyword in _FLAGS else str(value)
            elif name not in _OTHER_EXTRAS:
                known = ", ".join(sorted([*_KEYWORDS.values(), "login_timeout"]))
                raise self._error(f"its extra has {name!r}, which SQL Server's driver does not take; "
                                  f"it takes {known}")  # fmt: skip
        return found

    def _escaped(self, name: str, value: Any) -> str:
        """Return a value in braces, a closing brace inside doubled: all else in it is then plain text."""
        text = str(value)
        if _CONTROL.search(text):
            raise self._error(f"its {name} has a control character; remove it")
        return "{" + text.replace("}", "}}") + "}"

    def _error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"connection {self.get_conn_id()!r}: {problem}")


def _connection_class() -> Any:
    """Return the driver's connection, with our application's name where the driver lets us set one.

    The driver writes ``APP=MSSQL-Python`` into every connection string and refuses another.
    """
    from mssql_python import Connection

    class NamedConnection(Connection):
        def _construct_connection_string(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, str]]:
            text, parameters = super()._construct_connection_string(*args, **kwargs)
            return re.sub(r"^(Driver=[^;]*;)APP=MSSQL-Python;", rf"\1APP={APPLICATION};", text), parameters

    return NamedConnection
