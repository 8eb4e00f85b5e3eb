"""What is repeated, when and how often: against a transport that does as it is told, without waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from mercato_client import ApiError, AsyncMercato, Mercato, NetworkError, TimeoutError
from mercato_client.errors import seconds_of

Answer = Callable[[httpx.Request], httpx.Response]


def fine(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"items": [], "total": 0})


def refusal(status: int, **headers: str) -> Answer:
    body = {"error": {"code": "overloaded", "message": "busy", "docs": "/errors#overloaded"}}
    return lambda request: httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


class Fake:
    """A client whose server gives these answers in turn; notes requests and waits. Synchronous and asynchronous calls must do
    the same, so each test runs with both."""

    def __init__(self, is_async: bool, answers: list[Answer], **options: Any) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.answers = answers
        self.is_async = is_async
        options = {"url": "http://shop.test/", "random": lambda: 0.5, **options}
        transport = httpx.MockTransport(self.answer)
        if is_async:
            self.client: Any = AsyncMercato(**options, http=httpx.AsyncClient(transport=transport), sleep=self.async_sleep)
        else:
            self.client = Mercato(**options, http=httpx.Client(transport=transport), sleep=self.waits.append)
        self.gifts = self.client.shop("gifts")

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)

    async def async_sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def run(self, call: Callable[[], Any]) -> Any:
        """What a call comes to."""
        if not self.is_async:
            return call()

        async def awaited() -> Any:
            return await call()

        return asyncio.run(awaited())


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def fake(request: pytest.FixtureRequest) -> Callable[..., Fake]:
    return lambda answers, **options: Fake(request.param, answers, **options)


def test_network_errors_timeouts_429_and_503_are_tried_again_with_backoff_and_full_jitter(fake: Callable[..., Fake]) -> None:
    one = fake([broken, refusal(429), slow, refusal(503), fine], retries=4)
    assert one.run(lambda: one.gifts.search({"query": "x"}))["total"] == 0
    assert one.waits == [0.05, 0.1, 0.2, 0.4]


def test_the_wait_is_between_nothing_and_its_bound(fake: Callable[..., Fake]) -> None:
    for chance, expected in ((0.0, [0.0, 0.0, 0.0]), (0.5, [0.05, 0.1, 0.125])):
        one = fake([broken], random=lambda chance=chance: chance, backoff_max=0.25)
        with pytest.raises(NetworkError):
            one.run(lambda: one.gifts.search({}))
        assert one.waits == expected


def test_retry_after_is_waited_for_and_jitter_comes_on_top(fake: Callable[..., Fake]) -> None:
    one = fake([refusal(429, retry_after="2"), fine])
    one.run(lambda: one.gifts.search({}))
    assert one.waits == [2.05]


def test_a_wait_that_is_too_long_is_the_callers_to_decide_about(fake: Callable[..., Fake]) -> None:
    one = fake([refusal(503, retry_after="3600")])
    with pytest.raises(ApiError) as caught:
        one.run(lambda: one.gifts.search({}))
    assert (caught.value.retry_after, len(one.requests)) == (3600.0, 1)


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
    assert seconds_of("Mon, 23 Nov 2026 12:00:30 GMT", now) == 30.0
    assert seconds_of("Mon, 23 Nov 2026 11:00:00 GMT", now) == 0.0
    assert seconds_of("soon", now) is None
    assert seconds_of(None, now) is None


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500])
def test_what_is_refused_for_good_is_not_tried_again(fake: Callable[..., Fake], status: int) -> None:
    one = fake([refusal(status)])
    with pytest.raises(ApiError) as caught:
        one.run(lambda: one.gifts.search({}))
    assert (caught.value.status, caught.value.code, len(one.requests)) == (status, "overloaded", 1)


def test_what_would_count_twice_is_sent_once(fake: Callable[..., Fake]) -> None:
    for call in (
        lambda one: one.client.shops.create({"id": "toys"}),
        lambda one: one.gifts.keys.create({"name": "a", "scope": "search"}),
        lambda one: one.client.request("post", "/v1/{shop}/events", path_parts={"shop": "gifts"}, body={"type": "search"}),
    ):
        one = fake([broken])
        with pytest.raises(NetworkError):
            one.run(lambda one=one, call=call: call(one))
        assert len(one.requests) == 1


def test_events_are_named_before_they_are_sent(fake: Callable[..., Fake]) -> None:
    one = fake([broken, fine])
    one.run(lambda: one.gifts.events.append([{"type": "view", "item": "a"}, {"type": "view", "item": "b", "event_id": "mine"}]))
    first, second = (json.loads(request.content) for request in one.requests)
    assert first == second
    assert len(first[0]["event_id"]) == 36 and first[1]["event_id"] == "mine"


def test_one_call_may_have_limits_of_its_own(fake: Callable[..., Fake]) -> None:
    one = fake([slow])
    with pytest.raises(TimeoutError):
        one.run(lambda: one.client.with_options(retries=1, timeout=0.5).shop("gifts").search({}))
    assert len(one.requests) == 2
    assert one.requests[0].extensions["timeout"]["read"] == 0.5


def test_what_others_answer_in_between_is_told_too(fake: Callable[..., Fake]) -> None:
    one = fake([lambda request: httpx.Response(502, text="<h1>Bad gateway</h1>")])
    with pytest.raises(ApiError, match="Bad gateway") as caught:
        one.run(lambda: one.gifts.search({}))
    assert caught.value.code == "unknown"
    cut = fake([lambda request: httpx.Response(200, text='{"items": [', headers={"content-type": "application/json"})], retries=0)
    with pytest.raises(NetworkError):
        cut.run(lambda: cut.gifts.search({}))


def test_ids_are_escaped_in_paths_and_never_become_steps_of_them(fake: Callable[..., Fake]) -> None:
    one = fake([fine])
    one.run(lambda: one.gifts.items.get("裙/1?#"))
    assert one.requests[0].url.raw_path == b"/v1/gifts/items/%E8%A3%99%2F1%3F%23"
    for name in ("", ".", ".."):
        with pytest.raises(ValueError):
            one.run(lambda name=name: one.gifts.items.get(name))
