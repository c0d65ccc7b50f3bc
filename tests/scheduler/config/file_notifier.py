"""A notifier that appends what it is told to the file ALERTS_FILE, a line of JSON each."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from airflow.sdk import BaseNotifier


class FileNotifier(BaseNotifier):
    template_fields = ("subject", "message")

    def __init__(self, subject: str, message: str) -> None:
        super().__init__()
        self.subject = subject
        self.message = message

    def notify(self, context: Any) -> None:
        with Path(os.environ["ALERTS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"subject": self.subject, "message": self.message}) + "\n")
