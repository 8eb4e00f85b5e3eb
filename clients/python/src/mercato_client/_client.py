"""The calls, synchronous. Made by `tools/generate.py`; not to be changed by hand."""

from __future__ import annotations

import time
import random as chance
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, cast
from uuid import uuid4

import httpx

from . import schemas as s
from ._calls import Call, Options, answer_of, error_from
from .errors import MercatoError


class Mercato:
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
        http: httpx.Client | None = None,
        random: Callable[[], float] = chance.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = Options(url.rstrip("/"), key, timeout, retries, backoff, backoff_max, random)
        self._http = http or httpx.Client()
        self._is_own = http is None
        self._sleep = sleep
        self.shops = Shops(self)

    def __enter__(self) -> Mercato:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        if self._is_own:
            self._http.close()

    def with_options(self, *, timeout: float | None = None, retries: int | None = None) -> Mercato:
        """The same client with other limits; both share their connections."""
        other = Mercato(self._options.url, http=self._http, sleep=self._sleep)
        timeout = self._options.timeout if timeout is None else timeout
        other._options = replace(
            self._options, timeout=timeout, retries=self._options.retries if retries is None else retries
        )
        return other

    def shop(self, id: str) -> Shop:
        """One shop of the server. Nothing is asked yet."""
        return Shop(self, id)

    def ready(self) -> s.StatusAnswer:
        """Whether the server is up and all its shops are open."""
        return cast(s.StatusAnswer, self.send(Call("GET", "/ready")))

    def request(
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
        return self.send(Call(method.upper(), path, path_parts or {}, query, body, repeatable=idempotent))

    def send(self, call: Call) -> Any:
        """Sends a call, and repeats it where that is safe."""
        attempt = 0
        while True:
            try:
                return self._attempt(call)
            except MercatoError as error:
                wait = self._options.wait(error, call, attempt)
                if wait is None:
                    raise
            self._sleep(wait)
            attempt += 1

    def _attempt(self, call: Call) -> Any:
        try:
            response = self._http.request(**call.arguments(self._options))
        except httpx.HTTPError as error:
            raise error_from(error) from error
        return answer_of(response)


class Shops:
    """The shops of a server; needs the administrator's key."""

    def __init__(self, server: Mercato) -> None:
        self._server = server

    def list(self) -> s.ShopPage:
        return cast(s.ShopPage, self._server.send(Call("GET", "/v1/shops")))

    def create(self, body: s.ShopBody) -> s.ShopAnswer:
        return cast(s.ShopAnswer, self._server.send(Call("POST", "/v1/shops", body=body)))

    def get(self, shop: str) -> s.ShopAnswer:
        return cast(s.ShopAnswer, self._server.send(Call("GET", "/v1/shops/{shop}", {"shop": shop})))

    def delete(self, shop: str) -> None:
        """Deletes a shop with everything it has."""
        self._server.send(Call("DELETE", "/v1/shops/{shop}", {"shop": shop}))


class Shop:
    """One shop."""

    def __init__(self, server: Mercato, id: str) -> None:
        self.id = id
        self._server = server
        self._path = {"shop": id}
        self.items = Items(server, id)
        self.events = Events(server, id)
        self.settings = Settings(server, id)
        self.keys = Keys(server, id)
        self.experiments = Experiments(server, id)
        self.flags = Flags(server, id)

    def search(self, body: s.SearchBody) -> s.SlateAnswer:
        return cast(s.SlateAnswer, self._server.send(Call("POST", "/v1/{shop}/search", self._path, body=body)))

    def recommend(self, body: s.RecommendBody) -> s.SlateAnswer:
        return cast(s.SlateAnswer, self._server.send(Call("POST", "/v1/{shop}/recommend", self._path, body=body)))

    def suggest(self, query: s.SuggestQuery) -> s.SuggestAnswer:
        """What may be wanted after the first letters."""
        return cast(s.SuggestAnswer, self._server.send(Call("GET", "/v1/{shop}/suggest", self._path, query)))

    def understand(self, body: s.UnderstandBody) -> s.ReadingAnswer:
        """How a query is read, step by step."""
        return cast(s.ReadingAnswer, self._server.send(Call("POST", "/v1/{shop}/understand", self._path, body=body)))

    def explain(self, body: s.ExplainBody) -> s.ExplainAnswer:
        """Where an item stands in an answer, and why."""
        return cast(s.ExplainAnswer, self._server.send(Call("POST", "/v1/{shop}/explain", self._path, body=body)))

    def search_pictures(self, body: s.SearchBody) -> s.SlateAnswer:
        """Items whose pictures are like the one in the body."""
        call = Call("POST", "/v1/{shop}/pictures/search", self._path, body=body)
        return cast(s.SlateAnswer, self._server.send(call))

    def queries(self, query: s.QueriesQuery | None = None) -> s.QueriesAnswer:
        """Queries that find nothing, with what may mend them."""
        return cast(s.QueriesAnswer, self._server.send(Call("GET", "/v1/{shop}/queries", self._path, query)))

    def synonyms(self) -> s.SynonymsBody:
        return cast(s.SynonymsBody, self._server.send(Call("GET", "/v1/{shop}/synonyms", self._path)))

    def set_synonyms(self, body: s.SynonymsBody) -> s.SynonymsBody:
        return cast(s.SynonymsBody, self._server.send(Call("PUT", "/v1/{shop}/synonyms", self._path, body=body)))

    def reviews(self, query: s.ReviewsQuery | None = None) -> s.ReviewsAnswer:
        """What reviews say of the shop, a brand or a category."""
        return cast(s.ReviewsAnswer, self._server.send(Call("GET", "/v1/{shop}/reviews", self._path, query)))

    def stats(self) -> s.StatsAnswer:
        return cast(s.StatsAnswer, self._server.send(Call("GET", "/v1/{shop}/stats", self._path)))

    def erase_user(self, user: str) -> s.BatchAnswer:
        """Forgets a user: state and events."""
        call = Call("DELETE", "/v1/{shop}/users/{user}", {**self._path, "user": user})
        return cast(s.BatchAnswer, self._server.send(call))


class Items:
    """The catalogue of a shop."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def list(self, query: s.ItemsQuery | None = None) -> s.ItemPage:
        """A page of the catalogue, in order of id."""
        return cast(s.ItemPage, self._server.send(Call("GET", "/v1/{shop}/items", self._path, query)))

    def all(self) -> Iterator[s.Item]:
        """The whole catalogue, page by page."""
        query: s.ItemsQuery = {"limit": 1000}
        while True:
            page = self.list(query)
            for item in page["items"]:
                yield item
            after = page.get("next")
            if after is None:
                return
            query = {"limit": 1000, "after": after}

    def get(self, item: str) -> s.Item:
        return cast(s.Item, self._server.send(Call("GET", "/v1/{shop}/items/{item}", self._of(item))))

    def put(self, item: str, body: s.Item) -> s.BatchAnswer:
        """Puts an item in, whole."""
        return cast(s.BatchAnswer, self._server.send(Call("PUT", "/v1/{shop}/items/{item}", self._of(item), body=body)))

    def put_many(self, body: Sequence[s.Item]) -> s.BatchAnswer:
        """Puts items in, whole; one refused row refuses all."""
        call = Call("POST", "/v1/{shop}/items", self._path, body=body, repeatable=True)
        return cast(s.BatchAnswer, self._server.send(call))

    def patch(self, item: str, body: s.ItemPatch) -> s.BatchAnswer:
        """Changes what is named; `None` removes."""
        call = Call("PATCH", "/v1/{shop}/items/{item}", self._of(item), body=body)
        return cast(s.BatchAnswer, self._server.send(call))

    def delete(self, item: str) -> s.BatchAnswer:
        return cast(s.BatchAnswer, self._server.send(Call("DELETE", "/v1/{shop}/items/{item}", self._of(item))))

    def batch(self, body: Sequence[s.ItemOperation]) -> s.BatchAnswer:
        """Puts, patches and deletes in one batch."""
        call = Call("POST", "/v1/{shop}/items:batch", self._path, body=body, repeatable=True)
        return cast(s.BatchAnswer, self._server.send(call))

    def set_picture(self, item: str, picture: bytes, content_type: str) -> s.BatchAnswer:
        """Sets an item's picture: the bytes of a file of type `image/jpeg`, `image/png` or `image/webp`."""
        path = "/v1/{shop}/items/{item}/picture"
        call = Call("POST", path, self._of(item), body=picture, content_type=content_type, repeatable=True)
        return cast(s.BatchAnswer, self._server.send(call))

    def reviews(self, item: str, query: s.ItemsReviewsQuery | None = None) -> s.ReviewsAnswer:
        call = Call("GET", "/v1/{shop}/items/{item}/reviews", self._of(item), query)
        return cast(s.ReviewsAnswer, self._server.send(call))

    def _of(self, item: str) -> dict[str, str]:
        return {**self._path, "item": item}


class Events:
    """What happened in a shop."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def append(self, events: Sequence[s.Event]) -> s.EventsAnswer:
        """Appends events; they are durable when the answer comes.

        An event without an `event_id` gets a random one here, so that a repetition counts once.
        """
        named = [{**event, "event_id": event.get("event_id") or str(uuid4())} for event in events]
        return self._post(named, {})

    def append_as(
        self, format: str, documents: Sequence[Mapping[str, Any]], *, currency: str | None = None
    ) -> s.EventsAnswer:
        """Appends events as others write them, such as `segment`. Their ids are made from the documents."""
        return self._post(documents, {"format": format, "currency": currency})

    def log(self, query: s.LogQuery | None = None) -> s.LogPage:
        """Events of the log, from a position on."""
        return cast(s.LogPage, self._server.send(Call("GET", "/v1/{shop}/log", self._path, query)))

    def _post(self, documents: Sequence[Mapping[str, Any]], query: Mapping[str, Any]) -> s.EventsAnswer:
        call = Call("POST", "/v1/{shop}/events", self._path, query, documents, repeatable=True)
        return cast(s.EventsAnswer, self._server.send(call))


class Settings:
    """What a shop decides about itself."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def get(self) -> s.Settings:
        return cast(s.Settings, self._server.send(Call("GET", "/v1/{shop}/settings", self._path)))

    def set(self, body: s.Settings) -> s.Settings:
        """Puts settings in force, whole: what is not said gets its default."""
        return cast(s.Settings, self._server.send(Call("PUT", "/v1/{shop}/settings", self._path, body=body)))


class Keys:
    """The keys of a shop."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def list(self) -> s.KeyPage:
        return cast(s.KeyPage, self._server.send(Call("GET", "/v1/{shop}/keys", self._path)))

    def create(self, body: s.KeyBody) -> s.KeyMade:
        """Makes a key, which is shown this once."""
        return cast(s.KeyMade, self._server.send(Call("POST", "/v1/{shop}/keys", self._path, body=body)))

    def delete(self, key: str) -> None:
        self._server.send(Call("DELETE", "/v1/{shop}/keys/{key}", {**self._path, "key": key}))


class Experiments:
    """The experiments of a shop."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def list(self) -> s.ExperimentsAnswer:
        return cast(s.ExperimentsAnswer, self._server.send(Call("GET", "/v1/{shop}/experiments", self._path)))

    def start(self, body: Mapping[str, Any]) -> s.Experiment:
        """Starts an experiment: at least its `id` and two `arms`."""
        return cast(s.Experiment, self._server.send(Call("POST", "/v1/{shop}/experiments", self._path, body=body)))

    def get(self, experiment: str) -> s.Experiment:
        call = Call("GET", "/v1/{shop}/experiments/{experiment}", self._of(experiment))
        return cast(s.Experiment, self._server.send(call))

    def change(self, experiment: str, body: s.ExperimentChangeBody) -> s.Experiment:
        call = Call("PATCH", "/v1/{shop}/experiments/{experiment}", self._of(experiment), body=body)
        return cast(s.Experiment, self._server.send(call))

    def stop(self, experiment: str, body: s.ExperimentStopBody) -> s.Experiment:
        call = Call("POST", "/v1/{shop}/experiments/{experiment}/stop", self._of(experiment), body=body)
        return cast(s.Experiment, self._server.send(call))

    def report(self, experiment: str) -> s.ExperimentReportAnswer:
        call = Call("GET", "/v1/{shop}/experiments/{experiment}/report", self._of(experiment))
        return cast(s.ExperimentReportAnswer, self._server.send(call))

    def _of(self, experiment: str) -> dict[str, str]:
        return {**self._path, "experiment": experiment}


class Flags:
    """Experiments as front ends read them, over OFREP. `targetingKey` of the context names the visitor."""

    def __init__(self, server: Mercato, shop: str) -> None:
        self._server = server
        self._path = {"shop": shop}

    def all(self, context: Mapping[str, Any]) -> s.EvaluationsAnswer:
        call = Call("POST", "/v1/{shop}/ofrep/v1/evaluate/flags", self._path, body={"context": context})
        return cast(s.EvaluationsAnswer, self._server.send(call))

    def get(self, key: str, context: Mapping[str, Any]) -> s.EvaluationAnswer:
        path = {**self._path, "key": key}
        call = Call("POST", "/v1/{shop}/ofrep/v1/evaluate/flags/{key}", path, body={"context": context})
        return cast(s.EvaluationAnswer, self._server.send(call))
