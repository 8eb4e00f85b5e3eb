"""Every part of the client against a real server, in English and Chinese."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from conftest import Server

from mercato_client import ApiError, AsyncMercato, Mercato, NetworkError, Shop
from mercato_client.schemas import Event, Item

ITEMS: list[Item] = [
    {"id": "boots-1", "title": "Waterproof hiking boots", "brand": "Nordtal", "price": {"amount": 89.9, "currency": "EUR"}},
    {"id": "boots-2", "title": "Leather winter boots", "brand": "Kappl", "price": {"amount": 129, "currency": "EUR"}},
    {"id": "裙-1", "title": "红色连衣裙", "brand": "小雅", "price": {"amount": 45, "currency": "EUR"}},
    {"id": "裙-2", "title": {"zh": "蓝色半身裙", "en": "Blue skirt"}, "brand": "小雅"},
]


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Mercato]:
    with Mercato(server.url, server.key) as client:
        yield client


@pytest.fixture(scope="module")
def shop(client: Mercato) -> Shop:
    client.shops.create({"id": "gifts", "settings": {"encoders": []}})
    shop = client.shop("gifts")
    assert shop.items.put_many(ITEMS)["accepted"] == 4
    # Words of new items are searchable within a second.
    deadline = time.monotonic() + 10
    while shop.search({"query": "红色连衣裙"})["total"] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    return shop


def test_the_server_is_ready_and_has_the_shop(client: Mercato, shop: Shop) -> None:
    assert client.ready()["status"] == "ready"
    assert [one["id"] for one in client.shops.list()["shops"]] == ["gifts"]
    assert client.shops.get("gifts")["id"] == "gifts"


def test_searches_find_english_and_chinese(shop: Shop) -> None:
    boots = shop.search({"query": "hiking boots", "facets": ["brand"], "limit": 5})
    assert boots["items"][0]["id"] == "boots-1"
    assert boots["facets"][0]["attribute"] == "brand"
    assert shop.search({"query": "红色连衣裙"})["items"][0]["id"] == "裙-1"
    cheap = shop.search({"query": "boots", "filter": "price < 100"})
    assert [item["id"] for item in cheap["items"]] == ["boots-1"]


def test_items_are_read_changed_and_deleted(shop: Shop) -> None:
    assert shop.items.get("裙-1").get("title") == "红色连衣裙"
    assert shop.items.put("hat-1", {"title": "Felt hat"})["accepted"] == 1
    shop.items.patch("hat-1", {"price": {"amount": 20, "currency": "EUR"}})
    price = shop.items.get("hat-1").get("price")
    assert price and price["amount"] == 20
    shop.items.batch([{"patch": {"id": "hat-1", "price": None}}, {"put": {"id": "hat-2", "title": "草帽"}}])
    assert {item.get("id") for item in shop.items.all()} == {"boots-1", "boots-2", "hat-1", "hat-2", "裙-1", "裙-2"}
    assert len(shop.items.list({"limit": 2})["items"]) == 2
    shop.items.delete("hat-1")
    shop.items.delete("hat-2")
    with pytest.raises(ApiError) as caught:
        shop.items.get("hat-1")
    assert caught.value.status == 404


def test_events_are_taken_once_and_a_user_is_forgotten(shop: Shop) -> None:
    slate = shop.search({"query": "连衣裙", "user": "小红"})
    click: Event = {"event_id": "c-1", "type": "click", "item": "裙-1", "query_id": slate["query_id"], "user": "小红"}
    first = shop.events.append([click])
    assert (first["accepted"], first["duplicates"]) == (1, 0)
    second = shop.events.append([click])
    assert (second["accepted"], second["duplicates"]) == (0, 1)
    call = {"type": "track", "messageId": "m-1", "anonymousId": "a-1", "event": "Product Viewed"}
    told = shop.events.append_as("segment", [{**call, "properties": {"product_id": "boots-1"}}])
    assert told.get("format") == "segment"
    assert len(shop.events.log({"limit": 1000})["events"]) > 4
    assert shop.erase_user("小红")["accepted"] == 1


def test_recommendations_suggestions_readings_and_explanations(shop: Shop) -> None:
    shop.events.append([{"type": "view", "item": "boots-1", "user": "ann"}, {"type": "view", "item": "boots-2", "user": "ann"}])
    assert shop.recommend({"kind": "popular", "limit": 3})["items"]
    assert isinstance(shop.suggest({"q": "boo"})["suggestions"], list)
    assert shop.understand({"query": "红色连衣裙"})["language"] == "zh"
    assert shop.explain({"item": "boots-1", "search": {"query": "boots"}})
    assert isinstance(shop.queries(), dict)
    assert isinstance(shop.reviews(), dict)
    assert isinstance(shop.items.reviews("boots-1"), dict)


def test_settings_and_synonyms(shop: Shop) -> None:
    assert shop.settings.set({**shop.settings.get(), "diversity": 0.25}).get("diversity") == 0.25
    synonyms = shop.synonyms()
    assert shop.set_synonyms(synonyms) == synonyms


def test_experiments_are_flags_over_ofrep(shop: Shop) -> None:
    arms = [{"name": "control"}, {"name": "varied", "changes": {"diversity": 0.5}}]
    assert shop.experiments.start({"id": "variety", "arms": arms})["id"] == "variety"
    assert len(shop.experiments.list()["experiments"]) == 1
    flag = shop.flags.get("variety", {"targetingKey": "小红"})
    assert flag["variant"] in ("control", "varied")
    assert shop.flags.all({"targetingKey": "小红"})["flags"][0]["variant"] == flag["variant"]
    with pytest.raises(ApiError) as caught:
        shop.flags.get("nothing", {"targetingKey": "a"})
    assert (caught.value.status, caught.value.code) == (404, "FLAG_NOT_FOUND")
    assert shop.experiments.report("variety")
    assert shop.experiments.stop("variety", {}).get("ended")


def test_a_key_opens_what_its_scope_says(server: Server, shop: Shop) -> None:
    made = shop.keys.create({"name": "storefront 店面", "scope": "search"})
    with Mercato(server.url, made["key"]) as other:
        front = other.shop("gifts")
        assert front.search({"query": "boots"})["total"] > 0
        with pytest.raises(ApiError) as caught:
            front.items.delete("boots-1")
        assert (caught.value.status, caught.value.code) == (403, "key_scope")
        assert made["id"] in [one["id"] for one in shop.keys.list()["keys"]]
        shop.keys.delete(made["id"])
        with pytest.raises(ApiError) as caught:
            front.search({})
        assert (caught.value.status, caught.value.code) == (401, "key_unknown")


def test_errors_carry_the_envelope(client: Mercato, shop: Shop) -> None:
    with pytest.raises(ApiError) as caught:
        shop.search({"query": "boots", "limit": 0})
    error = caught.value
    assert (error.status, error.code, error.field, error.got) == (422, "limit_out_of_range", "limit", "0")
    assert error.expected == "1 to 1000" and error.docs == "/errors#limit_out_of_range" and error.trace_id
    with pytest.raises(ApiError) as caught:
        shop.events.append([{"type": "view", "item": "a"}, {"type": "vieew"}])
    assert (caught.value.code, caught.value.rows_refused, caught.value.rows[0]["row"]) == ("rows_refused", 1, 2)
    with pytest.raises(ApiError) as caught:
        client.shop("nothing").search({"query": "x"})
    assert (caught.value.status, caught.value.code) == (404, "unknown_shop")


def test_every_other_route_is_reached_by_its_path(client: Mercato, shop: Shop) -> None:
    assert client.request("get", "/v1/{shop}/stats", path_parts={"shop": "gifts"})["items"] == 4
    assert "mercato_items" in client.request("get", "/metrics")


def test_a_server_that_is_not_there_is_a_network_error() -> None:
    with Mercato("http://127.0.0.1:1", retries=1, backoff=0.001) as nobody, pytest.raises(NetworkError):
        nobody.ready()


def test_all_of_it_works_asynchronously(server: Server, shop: Shop) -> None:
    async def ask() -> None:
        async with AsyncMercato(server.url, server.key) as mercato:
            gifts = mercato.shop("gifts")
            dress, boots = await asyncio.gather(gifts.search({"query": "红色连衣裙"}), gifts.search({"query": "boots"}))
            assert dress["items"][0]["id"] == "裙-1" and boots["total"] == 2
            assert len([item async for item in gifts.items.all()]) == 4
            with pytest.raises(ApiError):
                await gifts.search({"limit": 0})

    asyncio.run(ask())
