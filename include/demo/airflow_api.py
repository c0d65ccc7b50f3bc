"""A small client of Airflow's REST API: what a person does in the UI."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

_FINAL = {"success", "failed"}


class AirflowApi:
    """Calls the API as one user.

    :param url: where Airflow answers
    :param user: the user's name
    :param password: and password
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._client = httpx.Client(base_url=url, timeout=60)
        self._token = ""

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """Call ``/api/v2`` and return the answer; logs in when the token is missing or old.

        :raises RuntimeError: the API refused; the message holds its words
        """
        if not self._token:
            self._log_in()
        answer = self._request(method, path, arguments)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._log_in()
            answer = self._request(method, path, arguments)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:1000]}")
        return answer.json() if answer.content else None

    def _request(self, method: str, path: str, arguments: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._client.request(method, f"/api/v2{path}", headers=headers, **arguments)

    def _log_in(self) -> None:
        answer = self._client.post("/auth/token", json=self._login)
        answer.raise_for_status()
        self._token = answer.json()["access_token"]

    def dags(self) -> list[dict[str, Any]]:
        """Return all DAGs."""
        found: list[dict[str, Any]] = self.call("GET", "/dags", params={"limit": 1000})["dags"]
        return found

    def import_errors(self) -> list[dict[str, Any]]:
        """Return the DAG files that could not be imported, with the reason."""
        found: list[dict[str, Any]] = self.call("GET", "/importErrors")["import_errors"]
        return found

    def unpause(self, dag_id: str, *, paused: bool = False) -> None:
        """Let the scheduler start a DAG, or stop it from doing so."""
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    def trigger(
        self, dag_id: str, conf: Mapping[str, Any] | None = None, logical_date: str | None = None
    ) -> str:
        """Start a manual run and return its id.

        :param logical_date: ISO 8601; None, as from the UI's *Trigger*, gives the run none
        """
        body: dict[str, Any] = {"logical_date": logical_date, "conf": dict(conf or {})}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return a DAG's runs, oldest first."""
        parameters: dict[str, Any] = {"order_by": "run_after", "limit": 1000}
        found: list[dict[str, Any]] = self.call("GET", f"/dags/{dag_id}/dagRuns", params=parameters)[
            "dag_runs"
        ]
        return found

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return one run."""
        found: dict[str, Any] = self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")
        return found

    def wait(self, dag_id: str, run_id: str, timeout: float = 300) -> str:
        """Wait until a run has ended and return its state.

        :raises TimeoutError: it has not ended after ``timeout`` seconds
        """
        deadline = time.monotonic() + timeout
        while (state := self.run(dag_id, run_id)["state"]) not in _FINAL:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dag_id} {run_id} is still {state}: {self.states(dag_id, run_id)}")
            time.sleep(0.5)
        return str(state)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return a run's task instances."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = self.call("GET", path, params={"limit": 1000})["task_instances"]
        return found

    def states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """Return the state of each task instance, a mapped one as ``task[index]``."""
        return {
            task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else ""): task["state"]
            for task in self.tasks(dag_id, run_id)
        }

    def clear(self, dag_id: str, run_id: str, task_ids: Sequence[str] = (), **options: Any) -> None:
        """Clear tasks of a run with downstream; without names, those that failed."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "include_downstream": True,
            "reset_dag_runs": True,
            "only_failed": not task_ids,
            **({"task_ids": list(task_ids)} if task_ids else {}),
            **options,
        }
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", json=body)

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1) -> str:
        """Return the log of one try of a task as text."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        answer = self.call("GET", path, params={"map_index": map_index, "full_content": True})
        return "\n".join(log_text(line) for line in answer["content"] if isinstance(line, dict))

    def backfill(self, dag_id: str, start: str, end: str, conf: Mapping[str, Any] | None = None) -> int:
        """Start a backfill of a span of time (ISO 8601) and return its id."""
        body = {
            "dag_id": dag_id,
            "from_date": start,
            "to_date": end,
            "dag_run_conf": dict(conf or {}),
            "max_active_runs": 1,
            "reprocess_behavior": "completed",
        }
        return int(self.call("POST", "/backfills", json=body)["id"])


def log_text(line: Mapping[str, Any]) -> str:
    """Return one line of a task's log, with the messages of the exceptions that belong to it."""
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in line.get("error_detail") or []]
    return "\n".join([str(line.get("event", "")), *errors])
