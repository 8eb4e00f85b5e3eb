//! How many requests may come from somewhere.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Addresses whose rates are known at once; beyond them all others share one rate, so that memory stays bounded.
const ADDRESSES_MAX: usize = 65_536;
/// So many seconds' requests may come at once: a page asks for several things together.
const BURST_SECONDS: u32 = 2;
/// A full table is swept of addresses that were quiet once in so many requests: a sweep reads all of it.
const SWEEP_EVERY: u32 = 4096;
/// What is asked for health by machines that ask often.
const UNLIMITED: [&str; 2] = ["/health", "/ready"];
/// Where a request is counted that comes from nowhere in particular.
pub(crate) const ANYWHERE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// How many requests an address may send.
#[derive(Debug)]
pub(crate) struct Rates {
    limiter: Limiter,
    clock: MonotonicClock,
    /// Requests counted while the table was full.
    crowded: AtomicU32,
}

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock>;

impl Rates {
    /// So many a second and some at once; `None` where there is no limit.
    pub(crate) fn per_second(requests: u32) -> Option<Self> {
        let rate = NonZeroU32::new(requests)?;
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
        Some(Self::new(Quota::per_second(rate).allow_burst(burst)))
    }

    /// So many a minute, which may come at once; `None` where there is no limit.
    pub(crate) fn per_minute(requests: u32) -> Option<Self> {
        NonZeroU32::new(requests).map(|rate| Self::new(Quota::per_minute(rate)))
    }

    /// So many an hour, which may come at once; `None` where there is no limit.
    pub(crate) fn per_hour(requests: u32) -> Option<Self> {
        NonZeroU32::new(requests).map(|rate| Self::new(Quota::per_hour(rate)))
    }

    fn new(quota: Quota) -> Self {
        let limiter = RateLimiter::hashmap_with_clock(quota, MonotonicClock);
        Self { limiter, clock: MonotonicClock, crowded: AtomicU32::new(0) }
    }

    /// Counts a request; says after how many seconds to come again where it is one too many.
    fn take(&self, address: IpAddr) -> Result<(), u32> {
        if self.limiter.len() >= ADDRESSES_MAX
            && self.crowded.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY)
        {
            self.limiter.retain_recent();
        }
        let is_full = self.limiter.len() >= ADDRESSES_MAX;
        let address = if is_full { ANYWHERE } else { counted_as(address) };
        let taken = self.limiter.check_key(&address);
        taken.map_err(|until| until.wait_time_from(self.clock.now()).as_secs().saturating_add(1) as u32)
    }

    /// Counts a request; where it is one too many, refuses it with this code and message, and says when to come again.
    pub(crate) fn admit(&self, address: IpAddr, code: &'static str, message: &str) -> ApiResult<()> {
        let refused =
            |seconds| ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, message.to_owned()).retry_after(seconds);
        self.take(address).map_err(refused)
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
    let client = app.client(request.headers(), request.extensions());
    if let (Some(rates), Some(client)) = (&app.rates, client)
        && !UNLIMITED.contains(&request.uri().path())
        && let Err(error) =
            rates.admit(client, "address_rate_limited", "this address sends more requests a second than it may")
    {
        return error.into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_has_a_burst_and_addresses_do_not_share_it() {
        let rates = Rates::per_second(1).unwrap();
        assert_eq!((rates.take(ip("1.1.1.1")), rates.take(ip("1.1.1.1"))), (Ok(()), Ok(())));
        assert_eq!(rates.take(ip("1.1.1.1")), Err(1));
        assert_eq!(rates.take(ip("1.1.1.2")), Ok(()));
        assert_eq!((rates.take(ip("2001:db8::1")), rates.take(ip("2001:db8::2"))), (Ok(()), Ok(())));
        assert!(rates.take(ip("2001:db8::3")).is_err() && rates.take(ip("2001:db8:0:1::1")).is_ok());
        assert!(Rates::per_second(0).is_none());
    }

    #[test]
    fn the_requests_of_an_hour_may_come_at_once() {
        let rates = Rates::per_hour(3).unwrap();
        assert!((0..3).all(|_| rates.take(ANYWHERE).is_ok()));
        let refused = rates.admit(ANYWHERE, "too_many_requests", "no").unwrap_err();
        assert_eq!((refused.code, rates.take(ANYWHERE).is_err_and(|wait| wait > 1100)), ("too_many_requests", true));
    }
}
