"""What the client raises."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from .schemas import RowError


class MercatoError(Exception):
    """The base of all errors that the client raises."""


class ApiError(MercatoError):
    """The server said no."""

    def __init__(self, status: int, detail: dict[str, Any], trace_id: str | None, retry_after: float | None) -> None:
        self.status = status
        """The HTTP status."""
        self.code: str = detail["code"]
        """Stable and machine-readable; `/errors` of the server lists them."""
        self.message: str = detail.get("message") or self.code
        """The same in a sentence."""
        self.field: str | None = detail.get("field")
        """Path of the field at fault."""
        self.expected: str | None = detail.get("expected")
        """What would have been accepted."""
        self.got: str | None = detail.get("got")
        """What was found, shortened."""
        self.docs: str | None = detail.get("docs")
        """Where the code is described, on the server."""
        self.rows: list[RowError] = detail.get("rows") or []
        """Rows of a batch that were refused, the first 100."""
        self.rows_refused: int = detail.get("rows_refused") or 0
        """How many rows were refused in all."""
        self.trace_id = trace_id
        """Finds the request in the server's log."""
        self.retry_after = retry_after
        """Seconds after which the server wants to be asked again."""
        super().__init__(f"{self.message} ({self.code})")


class NetworkError(MercatoError):
    """No answer came: no connection, or one that broke."""


class TimeoutError(MercatoError):
    """No answer came in time."""


def error_of(response: httpx.Response) -> ApiError:
    """The error that an answer other than 2xx stands for."""
    retry_after = seconds_of(response.headers.get("retry-after"))
    return ApiError(response.status_code, _detail_of(response), response.headers.get("x-request-id"), retry_after)


def _detail_of(response: httpx.Response) -> dict[str, Any]:
    """Reads our envelope, or that of OFREP; what stands between client and server may answer in words of its own."""
    try:
        body = json.loads(response.content)
        if isinstance(body, dict) and "code" in body.get("error", {}):
            return dict(body["error"])
        if isinstance(body, dict) and "errorCode" in body:
            return {"code": body["errorCode"], "message": body.get("errorDetails")}
    except (ValueError, TypeError):
        pass  # Not JSON, so not from the server.
    return {"code": "unknown", "message": f"status {response.status_code}: {response.text[:200] or 'no body'}"}


def seconds_of(header: str | None, now: datetime | None = None) -> float | None:
    """`Retry-After` in seconds; it comes as a number of them or as a date."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (date - (now or datetime.now(timezone.utc))).total_seconds())
