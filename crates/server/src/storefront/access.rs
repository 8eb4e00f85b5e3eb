//! Who calls: keys in headers or in the address, as storefronts' clients send them, and keys that a shop's own server made of
//! one of its keys and restrictions.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::error::{Answer, Refused};
use super::params::from_address;
use crate::app::App;
use crate::auth::Pass;
use crate::config::Access;
use crate::keys::Scope;

/// A caller who was let in.
pub(crate) struct Caller {
    _pass: Pass,
    scope: Scope,
    /// The only shop that its key opens.
    shop: Option<String>,
    /// What a key made of another is restricted to.
    restrictions: Map<String, Value>,
}

impl App {
    /// Lets a caller in, or says why not.
    pub(crate) fn admit_storefront(&self, headers: &HeaderMap, address: Option<&str>) -> Answer<Caller> {
        let wrong = || Refused::forbidden("Invalid Application-ID or API key");
        let named = |name: &str| {
            let header = headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let pairs = form_urlencoded::parse(address.unwrap_or_default().as_bytes());
            header
                .or_else(|| pairs.into_owned().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value))
        };
        let token = named("x-algolia-api-key").filter(|token| !token.is_empty());
        if matches!(self.config.access, Access::Open) {
            return Ok(Caller { _pass: Pass::free(), scope: Scope::Admin, shop: None, restrictions: Map::new() });
        }
        named("x-algolia-application-id").filter(|id| !id.is_empty()).ok_or_else(wrong)?;
        let token = token.ok_or_else(wrong)?;
        if let Some(key) = self.keys.find(&token) {
            let pass = self.pass(&key)?;
            return Ok(Caller { _pass: pass, scope: key.scope, shop: key.shop.clone(), restrictions: Map::new() });
        }
        let (parent, restrictions) = self.secured(&token).ok_or_else(wrong)?;
        let restrictions = from_address(&restrictions);
        let until = restrictions.get("validUntil").and_then(Value::as_f64);
        if until.is_some_and(|until| until < self.clock.now().0 as f64 / 1000.0) {
            return Err(Refused::forbidden("The provided API key is no longer valid: \"validUntil\" has passed"));
        }
        let pass = self.pass(&parent)?;
        Ok(Caller { _pass: pass, scope: Scope::Search, shop: parent.shop.clone(), restrictions })
    }

    /// The key that a secured key was made of, and its restrictions: base 64 of the restrictions behind their HMAC-SHA256
    /// under the parent key, in hexadecimal.
    fn secured(&self, token: &str) -> Option<(std::sync::Arc<crate::keys::Key>, String)> {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (digest, restrictions) = text.split_at_checked(64)?;
        let digest: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(digest.get(at..at + 2)?, 16).ok()).collect::<Option<_>>()?;
        let is_parent = |parent: &str| {
            let mac = Hmac::<Sha256>::new_from_slice(parent.as_bytes());
            mac.is_ok_and(|mac| mac.chain_update(restrictions.as_bytes()).verify_slice(&digest).is_ok())
        };
        let parent = self.keys.parents().into_iter().find(|(parent, _)| is_parent(parent))?;
        Some((parent.1, restrictions.to_owned()))
    }
}

impl Caller {
    /// Lets the caller do what needs `scope` on an index.
    pub(crate) fn needs(&self, scope: Scope, index: &str) -> Answer<()> {
        if self.scope < scope {
            return Err(Refused::forbidden("Method not allowed with this API key"));
        }
        let only = self.restrictions.get("restrictIndices").and_then(super::params::texts);
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => index.starts_with(start),
            None => pattern == index,
        };
        if only.is_some_and(|only| !only.iter().any(fits)) {
            return Err(Refused::forbidden("Index not allowed with this API key"));
        }
        match &self.shop {
            // A replica's name begins with that of its shop as a rule; its shop is checked where it is found.
            Some(shop) if scope > Scope::Search && index != shop => {
                Err(Refused::forbidden("Index not allowed with this API key"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the key opens the shop behind an index.
    pub(crate) fn opens(&self, shop: &str) -> Answer<()> {
        match &self.shop {
            Some(own) if own != shop => Err(Refused::forbidden("Index not allowed with this API key")),
            _ => Ok(()),
        }
    }

    /// What the key says of every search: filters are added to the caller's, all else stands in the place of the caller's.
    pub(crate) fn restrict(&self, asked: &mut Map<String, Value>) {
        for (name, value) in &self.restrictions {
            match (name.as_str(), value.as_str()) {
                ("validUntil" | "restrictIndices" | "restrictSources", _) => {}
                ("filters", Some(own)) => {
                    let theirs = asked.get("filters").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
                    let both = theirs.map_or_else(|| own.to_owned(), |theirs| format!("({theirs}) AND ({own})"));
                    asked.insert("filters".to_owned(), Value::from(both));
                }
                _ => {
                    asked.insert(name.clone(), value.clone());
                }
            }
        }
    }
}
