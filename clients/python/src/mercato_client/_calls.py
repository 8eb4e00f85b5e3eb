"""What synchronous and asynchronous calls share: paths, bodies, answers, and when a call is repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from .errors import ApiError, MercatoError, NetworkError, TimeoutError, error_of

#: Routes that only answer, though they are asked with POST because the question is long.
ASKED_BY_POST = {
    "/v1/{shop}/search",
    "/v1/{shop}/recommend",
    "/v1/{shop}/explain",
    "/v1/{shop}/understand",
    "/v1/{shop}/pictures/search",
    "/v1/{shop}/ofrep/v1/evaluate/flags",
    "/v1/{shop}/ofrep/v1/evaluate/flags/{key}",
}

#: Statuses by which the server says that it did nothing yet and wants to be asked again.
AGAIN = {429, 503}


@dataclass(frozen=True)
class Options:
    """How a client is set up."""

    url: str
    key: str | None
    timeout: float
    retries: int
    backoff: float
    backoff_max: float
    random: Callable[[], float]

    def headers(self) -> dict[str, str]:
        """What every request says."""
        said = {"accept": "application/json"}
        return said if self.key is None else {**said, "authorization": f"Bearer {self.key}"}

    def wait(self, error: Exception, call: Call, attempt: int) -> float | None:
        """Seconds until the next attempt; `None` where there is none."""
        if attempt >= self.retries or not call.idempotent:
            return None
        is_refusal = isinstance(error, ApiError) and error.status in AGAIN
        if not is_refusal and not isinstance(error, (NetworkError, TimeoutError)):
            return None
        # Full jitter: clients that failed together do not come back together.
        jitter = self.random() * min(self.backoff_max, self.backoff * 2**attempt)
        asked = (error.retry_after or 0.0) if isinstance(error, ApiError) else 0.0
        return None if asked > self.backoff_max else asked + jitter


@dataclass(frozen=True)
class Call:
    """One request, not yet tied to a server."""

    method: str
    path: str
    path_parts: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, Any] | None = None
    #: A document; a picture's bytes where `content_type` is said.
    body: Any = None
    content_type: str = "application/json"
    #: Whether a second one changes nothing more, so that the call may be repeated.
    repeatable: bool | None = None

    @property
    def idempotent(self) -> bool:
        """Whether it may be repeated. What is posted to be kept counts twice, unless the caller knows better."""
        return self.repeatable if self.repeatable is not None else self.method != "POST" or self.path in ASKED_BY_POST

    def arguments(self, options: Options) -> dict[str, Any]:
        """What httpx is told."""
        headers = options.headers()
        content: bytes | None = None
        if self.body is not None:
            headers["content-type"] = self.content_type
            content = self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()
        return {
            "method": self.method,
            "url": options.url + filled(self.path, self.path_parts),
            "params": {name: text_of(value) for name, value in (self.query or {}).items() if value is not None} or None,
            "content": content,
            "headers": headers,
            "timeout": options.timeout,
        }


def text_of(value: object) -> str:
    """A value as it stands behind the `?`; lists are joined by commas."""
    if isinstance(value, (list, tuple)):
        return ",".join(text_of(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def filled(path: str, parts: Mapping[str, object]) -> str:
    """Puts what is said into the braces of a path."""

    def part(found: re.Match[str]) -> str:
        value = parts.get(found[1])
        # `.` and `..` would be taken for steps of the path, written in whatever way.
        if value is None or str(value) in ("", ".", ".."):
            raise ValueError(f"{path}: {value!r} cannot stand for {found[0]}")
        return quote(str(value), safe="")

    return re.sub(r"\{(\w+)\}", part, path)


def answer_of(response: httpx.Response) -> Any:
    """The document of an answer; `None` where there is none, a text where it is no JSON."""
    if not response.is_success:
        raise error_of(response)
    if not response.content:
        return None
    if "json" not in response.headers.get("content-type", ""):
        return response.text
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise NetworkError(f"no answer: {error}") from error


def error_from(error: httpx.HTTPError) -> MercatoError:
    """Our error for one of httpx."""
    if isinstance(error, httpx.TimeoutException):
        return TimeoutError("no answer in time")
    return NetworkError(f"no answer: {error}")
