"""The calls, asynchronous. `tools/generate.py` makes `_client.py` of this file."""

from __future__ import annotations

import asyncio
import random as chance
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, cast
from uuid import uuid4

import httpx

from . import schemas as s
from ._calls import Call, Options, answer_of, error_from
from .errors import MercatoError


class AsyncMercato:
    """A server. `shop` has what one shop answers; `request` reaches every route.

    `timeout` is the number of seconds that may pass without a connection, or without a part of the answer. `retries` are attempts
    after the first one. The wait before the first of them is random between 0 and `backoff` seconds, doubled each time up to
    `backoff_max`; where the server asks for a longer one, its error is raised. `http` is a client of httpx to use instead of an
    own one; it is not closed with this one.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: float = 0.1,
        backoff_max: float = 10.0,
        http: httpx.AsyncClient | None = None,
        random: Callable[[], float] = chance.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._options = Options(url.rstrip("/"), key, timeout, retries, backoff, backoff_max, random)
        self._http = http or httpx.AsyncClient()
        self._is_own = http is None
        self._sleep = sleep
        self.shops = AsyncShops(self)

    async def __aenter__(self) -> AsyncMercato:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._is_own:
            await self._http.aclose()

    def with_options(self, *, timeout: float | None = None, retries: int | None = None) -> AsyncMercato:
        """The same client with other limits; both share their connections."""
        other = AsyncMercato(self._options.url, http=self._http, sleep=self._sleep)
        timeout = self._options.timeout if timeout is None else timeout
        other._options = replace(
            self._options, timeout=timeout, retries=self._options.retries if retries is None else retries
        )
        return other

    def shop(self, id: str) -> AsyncShop:
        """One shop of the server. Nothing is asked yet."""
        return AsyncShop(self, id)

    async def ready(self) -> s.StatusAnswer:
        """Whether the server is up and all its shops are open."""
        return cast(s.StatusAnswer, await self.send(Call("GET", "/ready")))

    async def request(
        self,
        method: str,
        path: str,
        *,
        path_parts: Mapping[str, object] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        idempotent: bool | None = None,
    ) -> Any:
        """Any route. `idempotent` says that a repeated POST does no harm."""
        return await self.send(Call(method.upper(), path, path_parts or {}, query, body, repeatable=idempotent))

    async def send(self, call: Call) -> Any:
        """Sends a call, and repeats it where that is safe."""
        attempt = 0
        while True:
            try:
                return await self._attempt(call)
            except MercatoError as error:
                wait = self._options.wait(error, call, attempt)
                if wait is None:
                    raise
            await self._sleep(wait)
            attempt += 1

    async def _attempt(self, call: Call) -> Any:
        try:
            response = await self._http.request(**call.arguments(self._options))
        except httpx.HTTPError as error:
            raise error_from(error) from error
        return answer_of(response)


class AsyncShops:
    """The shops of a server; needs the administrator's key."""

    def __init__(self, server: AsyncMercato) -> None:
        self._server = server

    async def list(self) -> s.ShopPage:
        return cast(s.ShopPage, await self._server.send(Call("GET", "/v1/shops")))

    async def create(self, body: s.ShopBody) -> s.ShopAnswer:
        return cast(s.ShopAnswer, await self._server.send(Call("POST", "/v1/shops", body=body)))

    async def get(self, shop: str) -> s.ShopAnswer:
        return cast(s.ShopAnswer, await self._server.send(Call("GET", "/v1/shops/{shop}", {"shop": shop})))

    async def delete(self, shop: str) -> None:
        """Deletes a shop with everything it has."""
        await self._server.send(Call("DELETE", "/v1/shops/{shop}", {"shop": shop}))


class AsyncShop:
    """One shop."""

    def __init__(self, server: AsyncMercato, id: str) -> None:
        self.id = id
        self._server = server
        self._path = {"shop": id}
        self.items = AsyncItems(server, id)
        self.events = AsyncEvents(server, id)
        self.settings = AsyncSettings(server, id)
        self.keys = AsyncKeys(server, id)
        self.experiments = AsyncExperiments(server, id)
        self.flags = AsyncFlags(server, id)

    async def search(self, body: s.SearchBody) -> s.SlateAnswer:
        return cast(s.SlateAnswer, await self._server.send(Call("POST", "/v1/{shop}/search", self._path, body=body)))

    async def recommend(self, body: s.RecommendBody) -> s.SlateAnswer:
        return cast(s.SlateAnswer, await self._server.send(Call("POST", "/v1/{shop}/recommend", self._path, body=body)))

    async def suggest(self, query: s.SuggestQuery) -> s.SuggestAnswer:
        """What may be wanted after the first letters."""
        return cast(s.SuggestAnswer, await self._server.send(Call("GET", "/v1/{shop}/suggest", self._path, query)))

    async def understand(self, body: s.UnderstandBody) -> s.ReadingAnswer:
        """How a query is read, step by step."""
        return cast(s.ReadingAnswer, await self._server.send(Call("POST", "/v1/{shop}/understand", self._path, body=body)))

    async def explain(self, body: s.ExplainBody) -> s.ExplainAnswer:
        """Where an item stands in an answer, and why."""
        return cast(s.ExplainAnswer, await self._server.send(Call("POST", "/v1/{shop}/explain", self._path, body=body)))

    async def search_pictures(self, body: s.SearchBody) -> s.SlateAnswer:
        """Items whose pictures are like the one in the body."""
        call = Call("POST", "/v1/{shop}/pictures/search", self._path, body=body)
        return cast(s.SlateAnswer, await self._server.send(call))

    async def queries(self, query: s.QueriesQuery | None = None) -> s.QueriesAnswer:
        """Queries that find nothing, with what may mend them."""
        return cast(s.QueriesAnswer, await self._server.send(Call("GET", "/v1/{shop}/queries", self._path, query)))

    async def synonyms(self) -> s.SynonymsBody:
        return cast(s.SynonymsBody, await self._server.send(Call("GET", "/v1/{shop}/synonyms", self._path)))

    async def set_synonyms(self, body: s.SynonymsBody) -> s.SynonymsBody:
        return cast(s.SynonymsBody, await self._server.send(Call("PUT", "/v1/{shop}/synonyms", self._path, body=body)))

    async def reviews(self, query: s.ReviewsQuery | None = None) -> s.ReviewsAnswer:
        """What reviews say of the shop, a brand or a category."""
        return cast(s.ReviewsAnswer, await self._server.send(Call("GET", "/v1/{shop}/reviews", self._path, query)))

    async def stats(self) -> s.StatsAnswer:
        return cast(s.StatsAnswer, await self._server.send(Call("GET", "/v1/{shop}/stats", self._path)))

    async def erase_user(self, user: str) -> s.BatchAnswer:
        """Forgets a user: state and events."""
        call = Call("DELETE", "/v1/{shop}/users/{user}", {**self._path, "user": user})
        return cast(s.BatchAnswer, await self._server.send(call))


class AsyncItems:
    """The catalogue of a shop."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def list(self, query: s.ItemsQuery | None = None) -> s.ItemPage:
        """A page of the catalogue, in order of id."""
        return cast(s.ItemPage, await self._server.send(Call("GET", "/v1/{shop}/items", self._path, query)))

    async def all(self) -> AsyncIterator[s.Item]:
        """The whole catalogue, page by page."""
        query: s.ItemsQuery = {"limit": 1000}
        while True:
            page = await self.list(query)
            for item in page["items"]:
                yield item
            after = page.get("next")
            if after is None:
                return
            query = {"limit": 1000, "after": after}

    async def get(self, item: str) -> s.Item:
        return cast(s.Item, await self._server.send(Call("GET", "/v1/{shop}/items/{item}", self._of(item))))

    async def put(self, item: str, body: s.Item) -> s.BatchAnswer:
        """Puts an item in, whole."""
        return cast(s.BatchAnswer, await self._server.send(Call("PUT", "/v1/{shop}/items/{item}", self._of(item), body=body)))

    async def put_many(self, body: Sequence[s.Item]) -> s.BatchAnswer:
        """Puts items in, whole; one refused row refuses all."""
        call = Call("POST", "/v1/{shop}/items", self._path, body=body, repeatable=True)
        return cast(s.BatchAnswer, await self._server.send(call))

    async def patch(self, item: str, body: s.ItemPatch) -> s.BatchAnswer:
        """Changes what is named; `None` removes."""
        call = Call("PATCH", "/v1/{shop}/items/{item}", self._of(item), body=body)
        return cast(s.BatchAnswer, await self._server.send(call))

    async def delete(self, item: str) -> s.BatchAnswer:
        return cast(s.BatchAnswer, await self._server.send(Call("DELETE", "/v1/{shop}/items/{item}", self._of(item))))

    async def batch(self, body: Sequence[s.ItemOperation]) -> s.BatchAnswer:
        """Puts, patches and deletes in one batch."""
        call = Call("POST", "/v1/{shop}/items:batch", self._path, body=body, repeatable=True)
        return cast(s.BatchAnswer, await self._server.send(call))

    async def set_picture(self, item: str, picture: bytes, content_type: str) -> s.BatchAnswer:
        """Sets an item's picture: the bytes of a file of type `image/jpeg`, `image/png` or `image/webp`."""
        path = "/v1/{shop}/items/{item}/picture"
        call = Call("POST", path, self._of(item), body=picture, content_type=content_type, repeatable=True)
        return cast(s.BatchAnswer, await self._server.send(call))

    async def reviews(self, item: str, query: s.ItemsReviewsQuery | None = None) -> s.ReviewsAnswer:
        call = Call("GET", "/v1/{shop}/items/{item}/reviews", self._of(item), query)
        return cast(s.ReviewsAnswer, await self._server.send(call))

    def _of(self, item: str) -> dict[str, str]:
        return {**self._path, "item": item}


class AsyncEvents:
    """What happened in a shop."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def append(self, events: Sequence[s.Event]) -> s.EventsAnswer:
        """Appends events; they are durable when the answer comes.

        An event without an `event_id` gets a random one here, so that a repetition counts once.
        """
        named = [{**event, "event_id": event.get("event_id") or str(uuid4())} for event in events]
        return await self._post(named, {})

    async def append_as(
        self, format: str, documents: Sequence[Mapping[str, Any]], *, currency: str | None = None
    ) -> s.EventsAnswer:
        """Appends events as others write them, such as `segment`. Their ids are made from the documents."""
        return await self._post(documents, {"format": format, "currency": currency})

    async def log(self, query: s.LogQuery | None = None) -> s.LogPage:
        """Events of the log, from a position on."""
        return cast(s.LogPage, await self._server.send(Call("GET", "/v1/{shop}/log", self._path, query)))

    async def _post(self, documents: Sequence[Mapping[str, Any]], query: Mapping[str, Any]) -> s.EventsAnswer:
        call = Call("POST", "/v1/{shop}/events", self._path, query, documents, repeatable=True)
        return cast(s.EventsAnswer, await self._server.send(call))


class AsyncSettings:
    """What a shop decides about itself."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def get(self) -> s.Settings:
        return cast(s.Settings, await self._server.send(Call("GET", "/v1/{shop}/settings", self._path)))

    async def set(self, body: s.Settings) -> s.Settings:
        """Puts settings in force, whole: what is not said gets its default."""
        return cast(s.Settings, await self._server.send(Call("PUT", "/v1/{shop}/settings", self._path, body=body)))


class AsyncKeys:
    """The keys of a shop."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def list(self) -> s.KeyPage:
        return cast(s.KeyPage, await self._server.send(Call("GET", "/v1/{shop}/keys", self._path)))

    async def create(self, body: s.KeyBody) -> s.KeyMade:
        """Makes a key, which is shown this once."""
        return cast(s.KeyMade, await self._server.send(Call("POST", "/v1/{shop}/keys", self._path, body=body)))

    async def delete(self, key: str) -> None:
        await self._server.send(Call("DELETE", "/v1/{shop}/keys/{key}", {**self._path, "key": key}))


class AsyncExperiments:
    """The experiments of a shop."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def list(self) -> s.ExperimentsAnswer:
        return cast(s.ExperimentsAnswer, await self._server.send(Call("GET", "/v1/{shop}/experiments", self._path)))

    async def start(self, body: Mapping[str, Any]) -> s.Experiment:
        """Starts an experiment: at least its `id` and two `arms`."""
        return cast(s.Experiment, await self._server.send(Call("POST", "/v1/{shop}/experiments", self._path, body=body)))

    async def get(self, experiment: str) -> s.Experiment:
        call = Call("GET", "/v1/{shop}/experiments/{experiment}", self._of(experiment))
        return cast(s.Experiment, await self._server.send(call))

    async def change(self, experiment: str, body: s.ExperimentChangeBody) -> s.Experiment:
        call = Call("PATCH", "/v1/{shop}/experiments/{experiment}", self._of(experiment), body=body)
        return cast(s.Experiment, await self._server.send(call))

    async def stop(self, experiment: str, body: s.ExperimentStopBody) -> s.Experiment:
        call = Call("POST", "/v1/{shop}/experiments/{experiment}/stop", self._of(experiment), body=body)
        return cast(s.Experiment, await self._server.send(call))

    async def report(self, experiment: str) -> s.ExperimentReportAnswer:
        call = Call("GET", "/v1/{shop}/experiments/{experiment}/report", self._of(experiment))
        return cast(s.ExperimentReportAnswer, await self._server.send(call))

    def _of(self, experiment: str) -> dict[str, str]:
        return {**self._path, "experiment": experiment}


class AsyncFlags:
    """Experiments as front ends read them, over OFREP. `targetingKey` of the context names the visitor."""

    def __init__(self, server: AsyncMercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    async def all(self, context: Mapping[str, Any]) -> s.EvaluationsAnswer:
        call = Call("POST", "/v1/{shop}/ofrep/v1/evaluate/flags", self._path, body={"context": context})
        return cast(s.EvaluationsAnswer, await self._server.send(call))

    async def get(self, key: str, context: Mapping[str, Any]) -> s.EvaluationAnswer:
        path = {**self._path, "key": key}
        call = Call("POST", "/v1/{shop}/ofrep/v1/evaluate/flags/{key}", path, body={"context": context})
        return cast(s.EvaluationAnswer, await self._server.send(call))
