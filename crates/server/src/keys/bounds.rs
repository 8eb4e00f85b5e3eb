//! What a key is bound to beside its scope: a time, pages, indices, and how often it may ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::{HeaderMap, StatusCode, header};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use types::{FieldError, Millis};

use crate::error::{ApiError, ApiResult};

/// Patterns of one kind that a key may have, and bytes of one.
const PATTERNS_MAX: usize = 100;
const PATTERN_BYTES_MAX: usize = 500;
/// Requests a minute that can be asked for at most.
const PER_MINUTE_MAX: u32 = 1_000_000;

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
    /// What it may do, in the words of the storefront protocol; where there are any, it opens that protocol alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<String>,
}

/// What a process remembers of the use of a key.
#[derive(Default, Debug)]
pub(crate) struct Use {
    /// When it was used last, in milliseconds since 1970; 0 where it was not since the start.
    last_ms: AtomicI64,
    /// Requests it may still make, as of a moment.
    left: Mutex<Option<(f64, Millis)>>,
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
        match self.per_minute {
            Some(wrong) if !(1..=PER_MINUTE_MAX).contains(&wrong) => {
                let expected = format!("1 to {PER_MINUTE_MAX} requests");
                Err(FieldError::new("number_out_of_range", "per_minute", expected, wrong.to_string()))
            }
            _ => Ok(()),
        }
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
        match self.per_minute.and_then(|per_minute| used.wait(per_minute, now)) {
            None => Ok(()),
            Some(seconds) => {
                let message = format!("the key makes more than {} requests a minute", self.per_minute.unwrap_or(0));
                let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
                Err(error.retry_after(seconds))
            }
        }
    }
}

impl Use {
    /// When the key was used last; `None` where it was not since the start.
    pub(crate) fn last(&self) -> Option<Millis> {
        Some(Millis(self.last_ms.load(Ordering::Relaxed))).filter(|last| last.0 > 0)
    }

    /// Takes one request out of a bucket that holds those of a minute and fills evenly (token bucket, ITU-T I.371); where it is
    /// empty, seconds until there is one again.
    fn wait(&self, per_minute: u32, now: Millis) -> Option<u32> {
        let (most, a_milli) = (f64::from(per_minute), f64::from(per_minute) / 60_000.0);
        let mut left = self.left.lock();
        let (count, since) = left.unwrap_or((most, now));
        let count = (count + (now.0 - since.0).max(0) as f64 * a_milli).min(most);
        let lacking = 1.0 - count;
        *left = Some((if lacking > 0.0 { count } else { count - 1.0 }, now));
        (lacking > 0.0).then(|| (lacking / a_milli / 1000.0).ceil() as u32)
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
    fn a_bucket_empties_and_fills() {
        let (used, bounds) = (Use::default(), Bounds { per_minute: Some(60), ..Bounds::default() });
        let ask = |at: i64| bounds.admit(&used, &HeaderMap::new(), Millis(at)).is_ok();
        assert!((0..60).all(|_| ask(1_000)) && !ask(1_000));
        assert!(!ask(1_999) && ask(2_000) && !ask(2_000));
        assert_eq!(used.last(), Some(Millis(2_000)));
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
