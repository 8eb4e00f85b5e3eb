//! What a key is bound to beside its scope: a time, pages, indices, and how often it may ask.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use types::{FieldError, Millis};

use crate::error::{ApiError, ApiResult};
use crate::rates::{ANYWHERE, Rates};

/// Patterns of one kind that a key may have, and bytes of one.
const PATTERNS_MAX: usize = 100;
const PATTERN_BYTES_MAX: usize = 500;
/// Requests of a minute or an hour that can be asked for at most.
const REQUESTS_MAX: u32 = 1_000_000;
/// Bytes of the parameters that a key may add.
const PARAMETERS_BYTES_MAX: usize = 2000;

/// What a key is bound to; what is not said binds nothing.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Bounds {
    /// From when on it opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_ms: Option<i64>,
    /// Pages that may send it, as patterns with `*`; a browser tells the page, or its origin, with each request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) referers: Vec<String>,
    /// Shops and indices that it opens, as patterns with `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) indices: Vec<String>,
    /// Requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_minute: Option<u32>,
    /// Requests an hour from one address; of the storefront protocol, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_address_hour: Option<u32>,
    /// Hits of one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hits_max: Option<usize>,
    /// What is said of every search, as in an address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) parameters: String,
    /// What it may do, in the words of the storefront protocol; where there are any, it opens that protocol alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<String>,
}

/// What a process remembers of the use of a key.
#[derive(Default, Debug)]
pub(crate) struct Use {
    /// When it was used last, in milliseconds since 1970; 0 where it was not since the start.
    last_ms: AtomicI64,
    /// Its requests, from anywhere; nothing inside where they are not bounded.
    rate: OnceLock<Option<Rates>>,
    /// Its requests by address.
    rates: OnceLock<Option<Rates>>,
}

impl Bounds {
    /// Refuses what cannot be kept.
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        for (name, patterns) in [("referers", &self.referers), ("indices", &self.indices)] {
            if patterns.len() > PATTERNS_MAX {
                let expected = format!("at most {PATTERNS_MAX} patterns");
                return Err(FieldError::new("too_many_values", name, expected, patterns.len().to_string()));
            }
            let is_wrong = |pattern: &&String| pattern.is_empty() || pattern.len() > PATTERN_BYTES_MAX;
            if let Some(wrong) = patterns.iter().find(is_wrong) {
                let expected = format!("patterns of 1 to {PATTERN_BYTES_MAX} bytes, such as `https://shop.example/*`");
                return Err(FieldError::new("value_invalid", name, expected, wrong));
            }
        }
        for (name, requests) in [("per_minute", self.per_minute), ("maxQueriesPerIPPerHour", self.per_address_hour)] {
            if let Some(wrong) = requests.filter(|requests| !(1..=REQUESTS_MAX).contains(requests)) {
                let expected = format!("1 to {REQUESTS_MAX} requests");
                return Err(FieldError::new("number_out_of_range", name, expected, wrong.to_string()));
            }
        }
        if self.parameters.len() > PARAMETERS_BYTES_MAX {
            let expected = format!("at most {PARAMETERS_BYTES_MAX} bytes");
            return Err(FieldError::new(
                "value_invalid",
                "queryParameters",
                expected,
                self.parameters.len().to_string(),
            ));
        }
        Ok(())
    }

    /// Whether it opens a shop or an index of this name.
    pub(crate) fn opens(&self, index: &str) -> bool {
        self.indices.is_empty() || self.indices.iter().any(|pattern| fits(pattern, index))
    }

    /// Lets a request through that comes now with these headers, and counts it.
    pub(crate) fn admit(&self, used: &Use, headers: &HeaderMap, now: Millis) -> ApiResult<()> {
        if self.expires_ms.is_some_and(|expires| expires <= now.0) {
            return Err(ApiError::unauthenticated("key_expired", "the key's time has passed"));
        }
        if !self.referers.is_empty() && !pages(headers).any(|page| self.referers.iter().any(|own| is_page(own, page))) {
            return Err(ApiError::forbidden("key_wrong_page", "the key cannot be used from this page"));
        }
        used.last_ms.store(now.0, Ordering::Relaxed);
        let rate = used.rate.get_or_init(|| self.per_minute.and_then(Rates::per_minute));
        rate.as_ref().map_or(Ok(()), |rate| {
            let message = format!("the key makes more than {} requests a minute", self.per_minute.unwrap_or(0));
            rate.admit(ANYWHERE, "too_many_requests", &message)
        })
    }

    /// Lets a request through that comes from this address, and counts it.
    pub(crate) fn admit_from(&self, used: &Use, address: Option<IpAddr>) -> ApiResult<()> {
        let rates = used.rates.get_or_init(|| self.per_address_hour.and_then(Rates::per_hour));
        rates.as_ref().map_or(Ok(()), |rates| {
            let most = self.per_address_hour.unwrap_or(0);
            let message = format!("this address makes more than {most} requests an hour with the key");
            rates.admit(address.unwrap_or(ANYWHERE), "too_many_requests", &message)
        })
    }
}

impl Use {
    /// The use of a key that is bound to something else from now on: rates begin anew.
    pub(crate) fn bound_anew(&self) -> Self {
        Self { last_ms: AtomicI64::new(self.last_ms.load(Ordering::Relaxed)), ..Self::default() }
    }

    /// When the key was used last; `None` where it was not since the start.
    pub(crate) fn last(&self) -> Option<Millis> {
        Some(Millis(self.last_ms.load(Ordering::Relaxed))).filter(|last| last.0 > 0)
    }
}

/// The page that a browser says a request is from, and its origin.
fn pages(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    [header::REFERER, header::ORIGIN].into_iter().filter_map(|name| headers.get(name)?.to_str().ok())
}

/// Whether a page is one of a pattern. Browsers tell of a page of another site its origin alone, which is enough where the
/// pattern begins with it.
fn is_page(pattern: &str, page: &str) -> bool {
    let with_path = || fits(pattern, &format!("{}/", page.trim_end_matches('/')));
    fits(pattern, page) || (page.splitn(4, '/').count() <= 3 && with_path())
}

/// Whether a text is of a pattern in which `*` stands for anything.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Shared by the copies of a key.
pub(crate) type Used = Arc<Use>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_what_they_say() {
        let all =
            |pattern: &str, texts: &[&str]| -> Vec<bool> { texts.iter().map(|text| fits(pattern, text)).collect() };
        assert_eq!(all("goods", &["goods", "goods2", ""]), [true, false, false]);
        assert_eq!(all("goods*", &["goods", "goods_price_asc", "good"]), [true, true, false]);
        assert_eq!(all("*.shop.example/*", &["https://www.shop.example/a", "https://shop.example/a"]), [true, false]);
        assert_eq!(all("a*b*a", &["aba", "ab", "abxa", "a"]), [true, false, true, false]);
        assert_eq!(all("a*a", &["a", "aa"]), [false, true]);
        assert!(is_page("https://shop.example/*", "https://shop.example"));
        assert!(!is_page("https://shop.example/a/*", "https://shop.example"));
        assert!(!is_page("https://shop.example/*", "https://shop.example.evil.test"));
    }

    #[test]
    fn a_key_asks_so_often_and_no_more() {
        let (used, bounds) =
            (Use::default(), Bounds { per_minute: Some(2), per_address_hour: Some(1), ..Bounds::default() });
        let ask = || bounds.admit(&used, &HeaderMap::new(), Millis(7));
        assert!(ask().is_ok() && ask().is_ok() && ask().is_err_and(|error| error.code == "too_many_requests"));
        assert_eq!(used.last(), Some(Millis(7)));
        let from = |address: &str| bounds.admit_from(&used, address.parse().ok()).is_ok();
        assert_eq!([from("1.1.1.1"), from("1.1.1.1"), from("1.1.1.2")], [true, false, true]);
        let anew = used.bound_anew();
        assert_eq!((anew.last(), bounds.admit(&anew, &HeaderMap::new(), Millis(8)).is_ok()), (used.last(), true));
    }

    #[test]
    fn keys_end_and_belong_to_pages() {
        let bounds = Bounds {
            expires_ms: Some(10),
            referers: vec!["https://shop.example/*".into()],
            indices: vec!["鞋*".into()],
            ..Bounds::default()
        };
        let from = |name, page: &'static str| HeaderMap::from_iter([(name, page.parse().unwrap())]);
        let ask =
            |headers: &HeaderMap, at| bounds.admit(&Use::default(), headers, Millis(at)).map_err(|error| error.code);
        assert_eq!(ask(&from(header::REFERER, "https://shop.example/a?b"), 9), Ok(()));
        assert_eq!(ask(&from(header::ORIGIN, "https://shop.example"), 9), Ok(()));
        assert_eq!(ask(&from(header::ORIGIN, "https://other.example"), 9), Err("key_wrong_page"));
        assert_eq!(ask(&HeaderMap::new(), 9), Err("key_wrong_page"));
        assert_eq!(ask(&from(header::ORIGIN, "https://shop.example"), 10), Err("key_expired"));
        assert!(bounds.opens("鞋店") && !bounds.opens("帽店"));
    }
}
