use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use engine::Shop;
use types::ShopId;

use crate::app::App;
use crate::config::Access;
use crate::error::{ApiError, ApiResult};
use crate::keys::{Key, Scope};
use crate::storefront::storefront_token;

/// Leave to do something, held while the request is answered; it counts against its key's limit.
pub(crate) struct Pass {
    key: Option<Arc<Key>>,
}

impl Pass {
    /// Leave where no key is asked for.
    pub(crate) fn free() -> Self {
        Self { key: None }
    }

    /// Refuses what needs more than the key opens.
    pub(crate) fn needs(&self, scope: Scope) -> ApiResult<()> {
        self.key.as_ref().map_or(Ok(()), |key| check_scope(key, scope))
    }

    /// The key it was given for; `None` where no key is asked for.
    pub(crate) fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            key.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl App {
    /// Lets a request through to a shop's route, or says why not. Whether the shop exists is looked up later, so that
    /// a stranger cannot find out which shops there are.
    pub(crate) fn admit(&self, headers: &HeaderMap, shop: &ShopId, scope: Scope) -> ApiResult<Pass> {
        self.admit_key(headers, |key| match &key.shop {
            Some(own) if own != shop.as_str() => {
                Err(ApiError::forbidden("key_wrong_shop", "the key belongs to another shop"))
            }
            _ if !key.bounds.opens(shop.as_str()) => {
                Err(ApiError::forbidden("key_wrong_shop", "the key does not open this shop"))
            }
            _ => check_scope(key, scope),
        })
    }

    /// Lets a request through to a route above all shops: only the process-wide administrator's key opens it.
    pub(crate) fn admit_administrator(&self, headers: &HeaderMap) -> ApiResult<Pass> {
        self.admit_key(headers, |key| match &key.shop {
            Some(_) => Err(ApiError::forbidden("key_scope", "only the administrator's key opens this route")),
            None if !key.bounds.indices.is_empty() => {
                Err(ApiError::forbidden("key_scope", "a key of some indices does not open this route"))
            }
            None => check_scope(key, Scope::Admin),
        })
    }

    /// The shop of a request that was let through.
    pub(crate) fn shop(&self, id: &ShopId) -> ApiResult<Arc<Shop>> {
        let shop = self.engine.shop(id.as_str())?;
        self.saw(id.as_str());
        Ok(shop)
    }

    /// Remembers that there is such a shop.
    pub(crate) fn saw(&self, shop: &str) {
        if !self.seen.read().contains(shop) {
            self.seen.write().insert(shop.to_owned());
        }
    }

    fn admit_key(&self, headers: &HeaderMap, check: impl FnOnce(&Key) -> ApiResult<()>) -> ApiResult<Pass> {
        if matches!(self.config.access, Access::Open) {
            return Ok(Pass::free());
        }
        self.admit_token(headers, token(headers)?, check)
    }

    /// Lets a page through that says a key of the shop behind the `?`, because a beacon has no headers. Any scope will do: what may
    /// come in this way is what shoppers did and were shown, and the key stands in the page for everybody to read.
    pub(crate) fn admit_page(&self, headers: &HeaderMap, token: &str, shop: &ShopId) -> ApiResult<Pass> {
        if matches!(self.config.access, Access::Open) {
            return Ok(Pass::free());
        }
        self.admit_token(headers, token, |key| match &key.shop {
            Some(own) if own == shop.as_str() => Ok(()),
            _ => Err(ApiError::forbidden("key_wrong_shop", "the key of a page must be one of its shop")),
        })
    }

    fn admit_token(
        &self,
        headers: &HeaderMap,
        token: &str,
        check: impl FnOnce(&Key) -> ApiResult<()>,
    ) -> ApiResult<Pass> {
        let key = self.keys.find(token).ok_or_else(|| ApiError::unauthenticated("key_unknown", "no such key"))?;
        if !key.bounds.actions.is_empty() {
            let message = "the key was made by the storefront protocol, for what it names there";
            return Err(ApiError::forbidden("key_scope", message));
        }
        check(&key)?;
        self.pass(&key, headers)
    }

    /// Lets a tracker through that sends a key of a shop as its write key, and tells the shop. Where keys are not asked for,
    /// the write key is the shop's name.
    pub(crate) fn admit_tracker(&self, headers: &HeaderMap, write_key: Option<&str>) -> ApiResult<(ShopId, Pass)> {
        let write_key = write_key.filter(|key| !key.is_empty()).ok_or_else(|| {
            let message = "send a key of the shop as write key: the user name of `Authorization: Basic`, or `writeKey`";
            ApiError::unauthenticated("key_missing", message)
        })?;
        if matches!(self.config.access, Access::Open) {
            return Ok((ShopId::new(write_key)?, Pass::free()));
        }
        let key = self.keys.find(write_key).ok_or_else(|| ApiError::unauthenticated("key_unknown", "no such key"))?;
        let shop = key.shop.as_ref().ok_or_else(|| {
            ApiError::forbidden("key_wrong_shop", "the write key must be a key of one shop, which it names")
        })?;
        Ok((ShopId::new(shop)?, self.pass(&key, headers)?))
    }

    /// The key that a request of either API sends; `None` where it sends none that is known.
    pub(crate) fn key_of(&self, headers: &HeaderMap, address: Option<&str>) -> Option<Arc<Key>> {
        let native = token(headers).ok().and_then(|token| self.keys.find(token));
        native.or_else(|| self.keys.find(&storefront_token(headers, address)?))
    }

    /// The shop that a request's key belongs to; where that tells none, the only shop there is.
    pub(crate) fn shop_of_key(&self, headers: &HeaderMap) -> ApiResult<ShopId> {
        let key = match self.config.access {
            Access::Open => None,
            Access::Keys { .. } => {
                let key = self.keys.find(token(headers)?);
                Some(key.ok_or_else(|| ApiError::unauthenticated("key_unknown", "no such key"))?)
            }
        };
        if let Some(shop) = key.and_then(|key| key.shop.clone()) {
            return Ok(ShopId::new(shop)?);
        }
        match &self.engine.shops()[..] {
            [only] => Ok(only.clone()),
            several => {
                let message =
                    format!("there are {} shops and the key belongs to none: name one, /v1/SHOP/mcp", several.len());
                Err(ApiError::malformed("shop_missing", message))
            }
        }
    }

    /// Leave for a key, unless it is bound to something else or asks too much.
    pub(crate) fn pass(&self, key: &Arc<Key>, headers: &HeaderMap) -> ApiResult<Pass> {
        key.admit(headers, self.clock.now())?;
        let pass = Pass { key: Some(Arc::clone(key)) };
        let others = key.in_flight.fetch_add(1, Ordering::Relaxed);
        let most = self.config.limits.per_key;
        if most > 0 && others >= most {
            let message = format!("this key has {others} requests in flight, the most it may have");
            let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
            return Err(ApiError::new(status, "too_many_requests", message).retry_after(1));
        }
        Ok(pass)
    }
}

/// The user name of `Authorization: Basic`; `None` where there is none.
pub(crate) fn basic_user(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, packed) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(packed.trim()).ok()?;
    String::from_utf8(pair).ok()?.split(':').next().map(str::to_owned)
}

fn check_scope(key: &Key, needed: Scope) -> ApiResult<()> {
    if key.scope >= needed {
        return Ok(());
    }
    let message = format!("the key's scope is `{}`; this route needs `{}`", key.scope.name(), needed.name());
    Err(ApiError::forbidden("key_scope", message))
}

fn token(headers: &HeaderMap) -> ApiResult<&str> {
    let missing = || {
        ApiError::unauthenticated("key_missing", "send a key as `Authorization: Bearer mk_...` or `X-Api-Key: mk_...`")
    };
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
        return if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) };
    }
    headers.get("x-api-key").and_then(|value| value.to_str().ok()).map(str::trim).ok_or_else(missing)
}
