"""Client of the Mercato search and recommendation server: `Mercato`, and `AsyncMercato` for asyncio."""

from . import schemas
from ._async_client import AsyncMercato, AsyncShop
from ._client import Mercato, Shop
from .errors import ApiError, MercatoError, NetworkError, TimeoutError

__all__ = [
    "ApiError",
    "AsyncMercato",
    "AsyncShop",
    "Mercato",
    "MercatoError",
    "NetworkError",
    "Shop",
    "TimeoutError",
    "schemas",
]
