//! Where a request comes from, and how many may come from there.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use types::FieldError;

use crate::app::App;
use crate::error::ApiError;

/// Addresses whose rates are known at once; beyond them all others share one rate, so that memory stays bounded.
const ADDRESSES_MAX: usize = 65_536;
/// So many seconds' requests may come at once: a page asks for several things together.
const BURST_SECONDS: u32 = 2;
/// A full table is swept of addresses that were quiet once in so many requests: a sweep reads all of it.
const SWEEP_EVERY: u32 = 4096;
/// What is asked for health by machines that ask often.
const UNLIMITED: [&str; 2] = ["/health", "/ready"];

/// The address at the other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Proxies that are believed where they say whom they speak for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxies {
    /// The header in which they say it, a list with the nearest last: `x-forwarded-for`.
    pub header: HeaderName,
    /// Where they are.
    pub trusted: Vec<Network>,
}

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or a single one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl FromStr for Network {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let wrong = || FieldError::new("value_invalid", "trusted_proxies", "addresses such as 10.0.0.0/8", text);
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse::<u8>().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, other, width) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (u128::from(own.to_bits()), u128::from(other.to_bits()), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let start = |bits: u128| bits.checked_shr(width - u32::from(self.bits)).unwrap_or(0);
        start(own) == start(other)
    }
}

impl Proxies {
    /// Whether this address is a proxy that is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// Who asks: read from the nearest proxy backwards, for as long as who said it is believed. What cannot be read is not
    /// believed, so that nobody chooses an address of his own.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let values: Vec<&str> = headers.get_all(&self.header).iter().filter_map(|value| value.to_str().ok()).collect();
        for said in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            if !self.trusts(client) {
                break;
            }
            let said = said.trim();
            let address = said.parse().or_else(|_| said.parse::<SocketAddr>().map(|address| address.ip()));
            let Ok(address) = address else { break };
            client = address;
        }
        client
    }
}

/// How many requests an address may send.
pub(crate) struct Rates {
    limiter: Limiter,
    clock: MonotonicClock,
    /// Requests counted while the table was full.
    crowded: AtomicU32,
}

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock>;

impl Rates {
    /// `None` where there is no limit.
    pub(crate) fn new(per_second: u32) -> Option<Self> {
        let rate = NonZeroU32::new(per_second)?;
        let quota =
            Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1)));
        Some(Self {
            limiter: RateLimiter::hashmap_with_clock(quota, MonotonicClock),
            clock: MonotonicClock,
            crowded: AtomicU32::new(0),
        })
    }

    /// Counts a request; says after how many seconds to come again where it is one too many.
    fn take(&self, address: IpAddr) -> Result<(), u32> {
        if self.limiter.len() >= ADDRESSES_MAX
            && self.crowded.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY)
        {
            self.limiter.retain_recent();
        }
        let is_full = self.limiter.len() >= ADDRESSES_MAX;
        let address = if is_full { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { counted_as(address) };
        let taken = self.limiter.check_key(&address);
        taken.map_err(|until| until.wait_time_from(self.clock.now()).as_secs().saturating_add(1) as u32)
    }
}

/// One household has many addresses of IPv6: they differ after 64 bits.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// Refuses what an address sends beyond its rate.
pub(crate) async fn limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    if let (Some(rates), Some(Peer(peer))) = (&app.rates, peer)
        && !UNLIMITED.contains(&request.uri().path())
    {
        let proxies = app.config.proxies.as_ref();
        let client = proxies.map_or(*peer, |proxies| proxies.client(*peer, request.headers()));
        if let Err(seconds) = rates.take(client) {
            let message = "this address sends more requests a second than it may";
            let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "address_rate_limited", message);
            return error.retry_after(seconds).into_response();
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_are_read_and_hold_their_addresses() {
        let holds = |network: &str, address: &str| network.parse::<Network>().unwrap().contains(ip(address));
        assert!(holds("10.0.0.0/8", "10.200.3.4") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.1.2.3", "10.1.2.3") && !holds("10.1.2.3", "10.1.2.4"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("fd00::/8", "fd12::1") && !holds("fd00::/8", "fe80::1") && holds("::/0", "::1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1"), "an address of IPv4 in the form of IPv6");
        for wrong in ["", "10.0.0.0/33", "::/129", "proxy", "10.0.0.0/-1", "10.0.0.0/"] {
            assert_eq!(wrong.parse::<Network>().unwrap_err().field, "trusted_proxies", "{wrong}");
        }
    }

    #[test]
    fn only_proxies_that_are_trusted_are_believed() {
        let header = HeaderName::from_static("x-forwarded-for");
        let trusted = vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let proxies = Proxies { header: header.clone(), trusted };
        let client = |peer: &str, said: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for said in said {
                headers.append(&header, HeaderValue::from_static(said));
            }
            proxies.client(ip(peer), &headers).to_string()
        };
        assert_eq!(client("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["6.6.6.6", "203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client("::1", &["6.6.6.6, nonsense"]), "::1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_rate_has_a_burst_and_addresses_do_not_share_it() {
        let rates = Rates::new(1).unwrap();
        assert_eq!((rates.take(ip("1.1.1.1")), rates.take(ip("1.1.1.1"))), (Ok(()), Ok(())));
        assert_eq!(rates.take(ip("1.1.1.1")), Err(1));
        assert_eq!(rates.take(ip("1.1.1.2")), Ok(()));
        assert_eq!((rates.take(ip("2001:db8::1")), rates.take(ip("2001:db8::2"))), (Ok(()), Ok(())));
        assert!(rates.take(ip("2001:db8::3")).is_err() && rates.take(ip("2001:db8:0:1::1")).is_ok());
        assert!(Rates::new(0).is_none());
    }
}
