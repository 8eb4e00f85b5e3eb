//! Who calls: keys in headers or in the address, as storefronts' clients send them, and keys that a shop's own server made of
//! one of its keys and restrictions.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::error::{Answer, Refused};
use super::params::{NARROWS, add_filter, from_address, texts};
use crate::address::Network;
use crate::app::App;
use crate::auth::Pass;
use crate::config::Access;
use crate::keys::{Key, Scope, fits};

/// Restrictions that are not about what is searched.
pub(super) const OF_KEYS: [&str; 3] = ["validUntil", "restrictIndices", "restrictSources"];

/// A caller who was let in.
pub(crate) struct Caller {
    pub(super) pass: Pass,
    scope: Scope,
    /// What its key says of every search, and what a key made of another is restricted to beside.
    restrictions: Map<String, Value>,
}

impl App {
    /// Lets a caller in, or says why not.
    pub(crate) fn admit_storefront(&self, parts: &Parts) -> Answer<Caller> {
        let wrong = || Refused::forbidden("Invalid Application-ID or API key");
        let (headers, address) = (&parts.headers, parts.uri.query());
        let token = storefront_token(headers, address);
        if matches!(self.config.access, Access::Open) {
            return Ok(Caller { pass: Pass::free(), scope: Scope::Admin, restrictions: Map::new() });
        }
        told(headers, address, "x-algolia-application-id").ok_or_else(wrong)?;
        let token = token.ok_or_else(wrong)?;
        let client = self.client(headers, &parts.extensions);
        let admit = |key: &Arc<Key>| -> Answer<(Pass, Map<String, Value>)> {
            let pass = self.pass(key, headers)?;
            key.admit_from(client)?;
            Ok((pass, from_address(&key.bounds.parameters)))
        };
        if let Some(key) = self.keys.find(&token) {
            let (pass, restrictions) = admit(&key)?;
            return Ok(Caller { scope: key.scope, pass, restrictions });
        }
        let (parent, restrictions) = self.secured(&token).ok_or_else(wrong)?;
        let mut restrictions = from_address(&restrictions);
        if let Some(sources) = restrictions.remove("restrictSources") {
            is_from(client, &sources)?;
        }
        let until = restrictions.get("validUntil").and_then(Value::as_f64);
        if until.is_some_and(|until| until < self.clock.now().0 as f64 / 1000.0) {
            return Err(Refused::forbidden("The provided API key is no longer valid: \"validUntil\" has passed"));
        }
        let (pass, own) = admit(&parent)?;
        say(&mut restrictions, &own);
        Ok(Caller { pass, scope: Scope::Search, restrictions })
    }

    /// The key that a secured key was made of, and its restrictions: base 64 of the restrictions behind their HMAC-SHA256
    /// under the parent key, in hexadecimal.
    fn secured(&self, token: &str) -> Option<(Arc<Key>, String)> {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (digest, restrictions) = text.split_at_checked(64)?;
        let code: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(digest.get(at..at + 2)?, 16).ok()).collect::<Option<_>>()?;
        let parent = self.keys.parent(restrictions, &code.try_into().ok()?)?;
        Some((parent, restrictions.to_owned()))
    }
}

/// The key that a storefront's client sends.
pub(crate) fn storefront_token(headers: &HeaderMap, address: Option<&str>) -> Option<String> {
    told(headers, address, "x-algolia-api-key")
}

/// What a client says in a header, or in the address where it must not send headers of its own.
fn told(headers: &HeaderMap, address: Option<&str>, name: &str) -> Option<String> {
    let header = headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let pairs = form_urlencoded::parse(address.unwrap_or_default().as_bytes());
    let own = || pairs.into_owned().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    header.or_else(own).filter(|value| !value.is_empty())
}

/// Lets those in who come from one of these networks, told as a list or with commas between them. What cannot be read opens
/// nothing.
fn is_from(client: Option<IpAddr>, sources: &Value) -> Answer<()> {
    let sources = texts(sources).unwrap_or_default();
    let networks = sources.iter().flat_map(|networks| networks.split(',')).map(|network| network.trim().parse());
    let networks: Vec<Network> = networks.collect::<Result<_, _>>().map_err(|_| {
        Refused::forbidden("restrictSources: expected addresses such as 192.0.2.0/24, with commas between them")
    })?;
    match client.is_some_and(|client| networks.iter().any(|network| network.contains(client))) {
        true => Ok(()),
        false => Err(Refused::forbidden("This API key cannot be used from this address")),
    }
}

/// Says `own` of a search: filters are added to those there are, all else stands in the place of what was said.
fn say(asked: &mut Map<String, Value>, own: &Map<String, Value>) {
    // One way to say where things must be makes another one void.
    let places = ["insideBoundingBox", "insidePolygon", "aroundLatLng", "aroundRadius", "minimumAroundRadius"];
    if places.iter().any(|name| own.contains_key(*name)) {
        asked.retain(|name, _| !places.contains(&name.as_str()));
    }
    for (name, value) in own {
        match (name.as_str(), value.as_str()) {
            ("filters", Some(filter)) => add_filter(asked, filter),
            _ => drop(asked.insert(name.clone(), value.clone())),
        }
    }
}

fn not_allowed() -> Refused {
    Refused::forbidden("Method not allowed with this API key")
}

fn no_such_index() -> Refused {
    Refused::forbidden("Index not allowed with this API key")
}

impl Caller {
    /// The only shop that its key opens.
    fn shop(&self) -> Option<&str> {
        self.pass.key()?.shop.as_deref()
    }

    /// What its key names that it may do; nothing where it may do all of its scope.
    fn actions(&self) -> &[String] {
        self.pass.key().map_or(&[], |key| &key.bounds.actions)
    }

    /// Lets the caller do what needs `scope` on an index.
    pub(crate) fn needs(&self, scope: Scope, index: &str) -> Answer<()> {
        if self.scope < scope {
            return Err(not_allowed());
        }
        let only = self.restrictions.get("restrictIndices").and_then(texts);
        let is_fit = |pattern: &String| fits(pattern, index);
        let is_bound = self.pass.key().is_some_and(|key| !key.bounds.opens(index));
        if is_bound || only.is_some_and(|only| !only.iter().any(is_fit)) {
            return Err(no_such_index());
        }
        match self.shop() {
            // A replica's name begins with that of its shop as a rule; its shop is checked where it is found.
            Some(shop) if scope > Scope::Search && index != shop => Err(no_such_index()),
            _ => Ok(()),
        }
    }

    /// Lets the caller do what is named so in a key's list of actions.
    pub(super) fn may(&self, actions: &[&str]) -> Answer<()> {
        let own = self.actions();
        match own.is_empty() || actions.iter().all(|action| own.iter().any(|own| own == action)) {
            true => Ok(()),
            false => Err(not_allowed()),
        }
    }

    /// Whether the caller is shown the attributes that are hidden from shoppers.
    pub(super) fn sees_hidden(&self) -> bool {
        let actions = self.actions();
        let is_named = actions.iter().any(|action| action == "seeUnretrievableAttributes");
        is_named || (actions.is_empty() && self.scope > Scope::Search)
    }

    /// Lets the caller make and delete keys: the administrator of the process alone.
    pub(super) fn manages_keys(&self) -> Answer<()> {
        let is_bound = self.shop().is_some() || self.pass.key().is_some_and(|key| !key.bounds.indices.is_empty());
        match self.scope == Scope::Admin && !is_bound && self.restrictions.is_empty() {
            true => Ok(()),
            false => Err(not_allowed()),
        }
    }

    /// Checks that the key opens the shop behind an index.
    pub(crate) fn opens(&self, shop: &str) -> Answer<()> {
        match self.shop() {
            Some(own) if own != shop => Err(no_such_index()),
            _ => Ok(()),
        }
    }

    /// Lets the caller read records by their ids, which no filter of a key can narrow.
    pub(crate) fn reads_all(&self) -> Answer<()> {
        match NARROWS.iter().find(|name| self.restrictions.contains_key(**name)) {
            Some(name) => {
                Err(Refused::forbidden(format!("a key with {name} searches; it cannot read records by their ids")))
            }
            None => Ok(()),
        }
    }

    /// Says what the key says of every search.
    pub(crate) fn restrict(&self, asked: &mut Map<String, Value>) {
        let of_searches = self.restrictions.iter().filter(|(name, _)| !OF_KEYS.contains(&name.as_str()));
        say(asked, &of_searches.map(|(name, value)| (name.clone(), value.clone())).collect());
    }

    /// Hits of one answer at most.
    pub(crate) fn hits_max(&self) -> Option<usize> {
        self.pass.key()?.bounds.hits_max
    }
}
