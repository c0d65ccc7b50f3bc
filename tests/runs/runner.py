"""Runs DAGs in a process of its own: reads a request per line, writes an answer per line.

Airflow keeps its settings for the life of a process, so the tests' own process stays free of them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ANSWER = "ANSWER "


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Import the DAG files anew and run one DAG in this process.

    :param request: ``dag_id``, ``conf`` and ``environment``, which holds for this run only
    """
    from airflow.dag_processing.dagbag import DagBag

    from data_sync.project import settings

    settings.cache_clear()
    before = dict(os.environ)
    os.environ.update(request["environment"])
    try:
        folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        bag = DagBag(folder, bundle_path=folder, bundle_name="dags-folder")
        if request["dag_id"] not in bag.dags:
            return {"state": "missing", "tasks": {}, "run_id": "", "import_errors": bag.import_errors}
        run = bag.dags[request["dag_id"]].test(run_conf=request["conf"])
        tasks = {
            ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]": [ti.state, ti.try_number]
            for ti in run.get_task_instances()
        }
        return {"state": run.state, "tasks": tasks, "run_id": run.run_id, "import_errors": bag.import_errors}
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    from airflow.utils.db import initdb

    initdb()
    print(f"{ANSWER}ready", flush=True)
    for line in sys.stdin:
        print(ANSWER + json.dumps(answer(json.loads(line)), default=str), flush=True)
