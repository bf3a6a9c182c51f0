"""Rows from the processes of calls to the process of the server, over LiveKit's log channel.

As with the Prometheus figures: a logger that only the server's process listens to.
"""

from __future__ import annotations

import logging
from typing import Any

from agent.phone.history.writer import HistoryWriter

_FIELD = "call_history_row"
_log = logging.getLogger("agent.history")
_log.setLevel(logging.INFO)


def send(row: dict[str, Any]) -> None:
    """Hand a row to the server's process."""
    _log.info("call history", extra={_FIELD: row})


class _Receiver(logging.Handler):
    def __init__(self, writer: HistoryWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        row = getattr(record, _FIELD, None)
        if isinstance(row, dict):
            self._writer.add(row)


def receive(writer: HistoryWriter) -> None:
    """Write in this process what all calls send; called once, by the server."""
    _log.propagate = False
    if not any(isinstance(handler, _Receiver) for handler in _log.handlers):
        _log.addHandler(_Receiver(writer))
