"""Shows mistakes in the configuration as an Airflow DAG import error, while all other tables go on.

It defines no DAG. An error raised in data_sync.py would take every table's DAG down with it.
"""

from __future__ import annotations

from data_sync.errors import ConfigurationError
from data_sync.project import settings

if _problems := settings().problems:
    raise ConfigurationError("\n".join(_problem.text for _problem in _problems))
