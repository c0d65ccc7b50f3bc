"""Runs the command line: ``python -m data_sync``."""

import os
import sys

from data_sync.cli import main

# Lets Airflow look for connections in its metadata database too, as its own commands do. Outside of tasks
# and of Airflow's components it looks into the environment and the secrets backend alone
# (ensure_secrets_backend_loaded in airflow/sdk/execution_time/supervisor.py).
os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")

sys.exit(main())
