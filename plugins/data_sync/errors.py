"""The errors that DataSync raises, sorted by what a retry would do about them.

Airflow's retry policy is built from :class:`PermanentError` and :class:`TransientError`, so the class
an error belongs to decides whether its task runs again by itself.
"""

from __future__ import annotations


class DataSyncError(Exception):
    """Base of all errors raised on purpose by this package.

    :ivar code: the database's own code of the error behind it, where there is one: PostgreSQL's SQLSTATE,
        SQL Server's number
    """

    code: str | int | None = None


class TransientError(DataSyncError):
    """Something outside failed in a way that often passes: a deadlock, a lost connection, a timeout."""


class PermanentError(DataSyncError):
    """A retry would fail the same way: wrong data, wrong configuration, missing permission."""


class ConfigurationError(PermanentError):
    """A setting is wrong. The message names file, field and value, and what to write instead."""


class LockTimeout(TransientError):
    """Another update of the same table holds its lock for longer than we wait."""


class SourceUnavailable(TransientError):
    """The source system could not be reached, or the connection to it broke."""


class WarehouseUnavailable(TransientError):
    """The warehouse could not be reached, or the connection to it broke."""


class SchemaMismatch(PermanentError):
    """Columns of the source and of the target table do not fit together."""


class ValueRejected(PermanentError):
    """A value of the source does not fit the target column. The message names column, row and value."""


class SuspiciousLoad(PermanentError):
    """A full load is so much smaller than the table it would replace that it was refused."""


class StaleLoad(PermanentError):
    """Newer data has been loaded since this load's reading began: it would take the table back in time."""


class BaselineBroken(PermanentError):
    """The target is not what the last update left, so that changes alone would leave it incomplete."""


class CountMismatch(TransientError):
    """A copy arrived with another number of rows than were sent."""
