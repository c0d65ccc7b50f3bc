"""Waits for locks that shut readers out, without letting the readers queue for long.

Whoever waits for such a lock holds up every reader that comes later. So each try waits for
:data:`SHORT_WAIT` only, and the readers get their turn before the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from data_sync.errors import LockTimeout

SHORT_WAIT = timedelta(seconds=2)
"""How long readers may queue behind a lock before it is given up and tried again."""

PAUSE = timedelta(seconds=3)
"""How long the readers that queued get before the next try."""


def until_granted(attempt: Callable[[], object], wait: timedelta) -> None:
    """Try until the locks are granted.

    :param attempt: waits for :data:`SHORT_WAIT` at most, and can be made again after a LockTimeout
    :param wait: how long to go on trying
    :raises LockTimeout: that of the last try, when they were not granted in all that time
    """
    until = time.monotonic() + wait.total_seconds()
    while True:
        try:
            attempt()
        except LockTimeout:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE.total_seconds())
        else:
            return
