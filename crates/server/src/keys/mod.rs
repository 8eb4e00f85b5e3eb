//! Who may do what: keys, their scopes, and the document they are kept in.
//!
//! A key is `mk_` and 32 random bytes in hexadecimal. At rest there is only its SHA-256: a token with 256 bits of
//! entropy cannot be guessed, so the slow, salted hash that passwords need would only cost every request time.
//! Looking a digest up in a table leaks nothing useful through time, because nobody can choose a digest.

mod bounds;
mod secured;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::http::HeaderMap;
use engine::Engine;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use types::{Millis, ShopId};
use utoipa::ToSchema;

use crate::Error;
use crate::error::ApiResult;
use bounds::Used;
pub(crate) use bounds::{Bounds, fits};
use secured::Halves;

const DOCUMENT: &str = "keys";
/// The second version has bounds, the third more of them: a program that does not know them must not read it. Those before are
/// read.
const VERSION: u32 = 3;

/// What a key opens; each scope includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Search, recommendations, and reading items.
    Search,
    /// Also items and events.
    Write,
    /// Also keys, settings and the log.
    Admin,
}

impl Scope {
    /// The scope's name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// A key as kept: everything but the key itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    /// `None` opens every shop and the routes above shops.
    pub(crate) shop: Option<String>,
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) created_ms: i64,
    /// What it is bound to.
    #[serde(flatten)]
    pub(crate) bounds: Bounds,
    sha256: String,
    /// What checks the keys that were made of a search key; see [`Halves`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    halves: Option<String>,
    /// Requests of this key that are being answered.
    #[serde(skip)]
    pub(crate) in_flight: Arc<AtomicUsize>,
    /// How it was used since the start.
    #[serde(skip)]
    pub(crate) used: Used,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    keys: Vec<Key>,
}

/// All keys of a process, by digest; changed rarely, read by every request.
#[derive(Default)]
pub(crate) struct Keys {
    by_digest: RwLock<HashMap<String, Arc<Key>>>,
    changing: Mutex<()>,
}

impl Keys {
    /// Reads the document, and adds `admin` for as long as the process runs.
    pub(crate) fn load(engine: &Engine, admin: Option<&str>) -> Result<Self, Error> {
        let keys = Self::default();
        if let Some(bytes) = engine.document(DOCUMENT)? {
            let document: Document = serde_json::from_slice(&bytes).map_err(|error| Error::Keys(error.to_string()))?;
            if !(1..=VERSION).contains(&document.version) {
                return Err(Error::Keys(format!("version {} where {VERSION} is known", document.version)));
            }
            let found = document.keys.into_iter().map(|key| (key.sha256.clone(), Arc::new(key)));
            keys.by_digest.write().extend(found);
        }
        if let Some(admin) = admin {
            keys.add_configured(admin);
        }
        Ok(keys)
    }

    /// The key behind a token.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Key>> {
        self.by_digest.read().get(&digest(token)).cloned()
    }

    /// The keys of a shop (`None`: the process-wide ones), oldest first.
    pub(crate) fn list(&self, shop: Option<&ShopId>) -> Vec<Arc<Key>> {
        let wanted = shop.map(ShopId::as_str);
        let mut keys: Vec<_> =
            self.by_digest.read().values().filter(|key| key.shop.as_deref() == wanted).cloned().collect();
        keys.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        keys
    }

    /// Makes a key, writes its digest to the engine's document, and returns it with the token that is shown this once.
    pub(crate) fn create(&self, engine: &Engine, new: NewKey<'_>, now: Millis) -> Result<(Arc<Key>, String), Error> {
        let token = format!("mk_{}", random_hex(32));
        let shop = new.shop.map(ShopId::as_str);
        let key =
            Key { name: new.name.to_owned(), bounds: new.bounds, ..Key::new(random_hex(8), shop, new.scope, &token) };
        let key = Arc::new(Key { created_ms: now.0, ..key });
        let added = Arc::clone(&key);
        self.change(engine, move |keys| {
            keys.insert(added.sha256.clone(), added);
            true
        })?;
        Ok((key, token))
    }

    /// Deletes a key of a shop (`None`: a process-wide one); `false` where there is none.
    pub(crate) fn delete(&self, engine: &Engine, shop: Option<&ShopId>, id: &str) -> Result<bool, Error> {
        let is_it = |key: &Key| key.shop.as_deref() == shop.map(ShopId::as_str) && key.id == id;
        self.delete_where(engine, |key| is_it(key) && !key.is_configured())
    }

    /// Changes what a process-wide key is called and bound to; `None` where there is none.
    pub(crate) fn update(&self, engine: &Engine, id: &str, new: NewKey<'_>) -> Result<Option<Arc<Key>>, Error> {
        let mut changed = None;
        self.change(engine, |keys| {
            let found = keys.values_mut().find(|key| key.shop.is_none() && key.id == id && !key.is_configured());
            let Some(key) = found else { return false };
            let halves = key.halves.clone().filter(|_| new.scope == Scope::Search);
            let name = new.name.to_owned();
            let used = Arc::new(key.used.bound_anew());
            *key = Arc::new(Key { name, scope: new.scope, bounds: new.bounds, halves, used, ..(**key).clone() });
            changed = Some(Arc::clone(key));
            true
        })?;
        Ok(changed)
    }

    /// Deletes all keys of a shop, so that a later shop of the same name does not inherit them.
    pub(crate) fn delete_shop(&self, engine: &Engine, shop: &ShopId) -> Result<bool, Error> {
        self.delete_where(engine, |key| key.shop.as_deref() == Some(shop.as_str()))
    }

    fn delete_where(&self, engine: &Engine, doomed: impl Fn(&Key) -> bool) -> Result<bool, Error> {
        self.change(engine, |keys| {
            let before = keys.len();
            keys.retain(|_, key| !doomed(key));
            keys.len() < before
        })
    }

    /// Changes a copy, writes it durably, then lets requests see it; one change at a time.
    fn change(
        &self,
        engine: &Engine,
        edit: impl FnOnce(&mut HashMap<String, Arc<Key>>) -> bool,
    ) -> Result<bool, Error> {
        let _one_at_a_time = self.changing.lock();
        let mut next = self.by_digest.read().clone();
        if !edit(&mut next) {
            return Ok(false);
        }
        let mut keys: Vec<Key> = next.values().filter(|key| !key.is_configured()).map(|key| (**key).clone()).collect();
        keys.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        let document = Document { version: VERSION, keys };
        let bytes = serde_json::to_vec_pretty(&document).map_err(|error| Error::Keys(error.to_string()))?;
        engine.put_document(DOCUMENT, &bytes)?;
        *self.by_digest.write() = next;
        Ok(true)
    }

    /// Adds the administrator's key of the configuration, which is never written down.
    pub(crate) fn add_configured(&self, token: &str) {
        self.insert_unwritten(CONFIGURED, None, Scope::Admin, token);
    }

    /// Adds the key for searches of the configuration, which is never written down.
    pub(crate) fn add_configured_search(&self, token: &str) {
        self.insert_unwritten(CONFIGURED_SEARCH, None, Scope::Search, token);
    }

    /// The search key that a key with restrictions was made of: `code` is the HMAC-SHA256 of them under it.
    pub(crate) fn parent(&self, restrictions: &str, code: &[u8; 32]) -> Option<Arc<Key>> {
        let is_parent = |key: &&Arc<Key>| {
            let halves = key.halves.as_deref().and_then(Halves::from_hex);
            halves.is_some_and(|halves| halves.verifies(restrictions.as_bytes(), code))
        };
        self.by_digest.read().values().find(is_parent).cloned()
    }

    /// Adds a key to this process alone.
    pub(crate) fn insert_unwritten(&self, id: &str, shop: Option<&str>, scope: Scope, token: &str) {
        // Whoever holds a configured key of any scope could always make keys with restrictions of it.
        let halves = Some(Halves::new(token).to_hex());
        let key = Arc::new(Key { halves, ..Key::new(id.to_owned(), shop, scope, token) });
        self.by_digest.write().insert(key.sha256.clone(), key);
    }
}

impl Key {
    /// A key that is bound to nothing, called by its id.
    fn new(id: String, shop: Option<&str>, scope: Scope, token: &str) -> Self {
        Self {
            name: id.clone(),
            id,
            shop: shop.map(str::to_owned),
            scope,
            created_ms: 0,
            bounds: Bounds::default(),
            sha256: digest(token),
            halves: (scope == Scope::Search).then(|| Halves::new(token).to_hex()),
            in_flight: Arc::default(),
            used: Used::default(),
        }
    }

    fn is_configured(&self) -> bool {
        self.id == CONFIGURED || self.id == CONFIGURED_SEARCH
    }

    /// Lets a request through that comes now with these headers, and counts it.
    pub(crate) fn admit(&self, headers: &HeaderMap, now: Millis) -> ApiResult<()> {
        self.bounds.admit(&self.used, headers, now)
    }

    /// Lets a request through that comes from this address, and counts it.
    pub(crate) fn admit_from(&self, address: Option<IpAddr>) -> ApiResult<()> {
        self.bounds.admit_from(&self.used, address)
    }
}

/// A key to be made.
pub(crate) struct NewKey<'a> {
    pub(crate) shop: Option<&'a ShopId>,
    pub(crate) name: &'a str,
    pub(crate) scope: Scope,
    pub(crate) bounds: Bounds,
}

/// Makes the process-wide administrator's key where none was ever made, and returns it: it is shown this once, only its
/// SHA-256 is kept. `None` where one exists already. For the first start of a server without a configured key.
///
/// # Errors
/// Where the keys cannot be read or written.
pub fn ensure_admin_key(engine: &Engine) -> Result<Option<String>, Error> {
    let keys = Keys::load(engine, None)?;
    if !keys.list(None).is_empty() {
        return Ok(None);
    }
    let new = NewKey { shop: None, name: "administrator", scope: Scope::Admin, bounds: Bounds::default() };
    let (_, token) = keys.create(engine, new, engine.clock().now())?;
    Ok(Some(token))
}

/// Id of the administrator's key that comes from the configuration.
const CONFIGURED: &str = "configured";
/// Id of the key for searches that comes from the configuration.
const CONFIGURED_SEARCH: &str = "configured-search";

/// `bytes` random bytes of the operating system, in hexadecimal.
///
/// # Panics
/// Where the operating system has no randomness to give: going on would make guessable keys.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = [0u8; 32];
    let buffer = &mut buffer[..bytes];
    getrandom::fill(buffer).expect("the operating system gives randomness");
    hex(buffer)
}

fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_digest_and_never_kept() {
        let keys = Keys::default();
        keys.add_configured("mk_secret");
        assert_eq!(keys.find("mk_secret").map(|key| key.scope), Some(Scope::Admin));
        assert!(keys.find("mk_other").is_none());
        let kept = serde_json::to_string(&*keys.list(None)[0]).unwrap();
        assert!(!kept.contains("mk_secret") && kept.contains(&digest("mk_secret")), "{kept}");
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn scopes_are_a_ladder() {
        assert!(Scope::Search < Scope::Write && Scope::Write < Scope::Admin);
        assert_ne!(random_hex(32), random_hex(32));
    }
}
