"""Never run: what must type-check, and what must not."""

from mercato_client import AsyncMercato, Mercato


def typed(mercato: Mercato) -> None:
    shop = mercato.shop("gifts")
    slate = shop.search({"query": "boots", "facets": ["brand"], "sort": ["price:desc"], "limit": 5})
    total: int = slate["total"]
    name: str = slate["items"][0]["id"]
    print(total, name)
    shop.search({"limit": "5"})  # type: ignore[typeddict-item]
    shop.search({"querry": "boots"})  # type: ignore[typeddict-unknown-key]
    slate["results"]  # type: ignore[typeddict-item]
    shop.events.append([{"item": "a"}])  # type: ignore[typeddict-item]
    shop.items.put("a", {"title": {"zh": "登山鞋", "en": "Hiking boots"}})
    shop.suggest({"q": "靴"})


async def typed_too(mercato: AsyncMercato) -> None:
    async for item in mercato.shop("gifts").items.all():
        print(item.get("title"))
    made = await mercato.shop("gifts").keys.create({"name": "a", "scope": "search"})
    key: str = made["key"]
    print(key)
    await mercato.shop("gifts").keys.create({"name": "a", "scope": "all"})  # type: ignore[typeddict-item]
