use std::time::Instant;

use types::{RecommendKind, Request, Rng};

use crate::load::{Schedule, Wall, closed_loop, open_loop};
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::shoppers::Shoppers;
use crate::stock::Stocked;
use crate::{Error, Result};

/// Events of a batch.
const BATCH: usize = 1_000;

/// Measures recommendations for shoppers with a history.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    // For-you needs no vectors.
    let options = &Options { encoders: options.encoders.clone().or_else(|| Some(Vec::new())), ..options.clone() };
    let stocked = Stocked::build(options, watch, report)?;
    remember(&stocked, options, watch, report)?;
    let stocked = stocked.restarted(0, report)?;
    report.add("shoppers and visits with state", stocked.shop.stats()?.actors as f64, "");
    let bench = Bench { shoppers: shoppers(&stocked, options), stocked: &stocked, options, watch };
    for kind in [RecommendKind::ForYou, RecommendKind::Popular, RecommendKind::RecentlyViewed] {
        bench.warm_up(kind)?;
        bench.closed(kind, 1, report)?;
    }
    bench.closed(RecommendKind::ForYou, options.answering_threads().max(2), report)?;
    bench.at_rate(RecommendKind::ForYou, report)?;
    report.memory("after the recommendations");
    Ok(())
}

fn shoppers<'a>(stocked: &'a Stocked, options: &Options) -> Shoppers<'a> {
    let (goods, now) = (&stocked.goods, stocked.now());
    Shoppers { goods, users: options.users, seed: options.seed, prefix: "history", run: 0, now }
}

/// Gives every shopper a history. One that a kept folder has already is not written again: the ids are the same.
fn remember(stocked: &Stocked, options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let shoppers = shoppers(stocked, options);
    let count = options.users.saturating_mul(options.deeds);
    let (begun, mut fresh) = (Instant::now(), 0);
    for first in (0..count).step_by(BATCH) {
        if first % (50 * BATCH) == 0 {
            watch.tell("writing histories", first, count)?;
        }
        fresh += stocked.shop.append(shoppers.deeds(first..count.min(first + BATCH))?)?.accepted;
    }
    if fresh > 0 {
        report.add("histories written", fresh as f64 / begun.elapsed().as_secs_f64(), "events/s");
    }
    Ok(())
}

struct Bench<'a> {
    shoppers: Shoppers<'a>,
    stocked: &'a Stocked,
    options: &'a Options,
    watch: &'a Watch<'a>,
}

impl Bench<'_> {
    fn answer(&self, kind: RecommendKind, number: usize, record: bool) -> Result<()> {
        let user = Rng::new(self.options.seed ^ (number as u64).rotate_left(16)).below(self.options.users);
        let mut request = Request::recommend(kind, self.shoppers.actor(user)?, self.stocked.now());
        request.record = record;
        let slate = self.stocked.shop.answer(&request)?;
        match slate.degraded.into_iter().next() {
            None => Ok(()),
            Some(degraded) => Err(Error::Degraded { part: degraded.part, reason: degraded.reason }),
        }
    }

    fn warm_up(&self, kind: RecommendKind) -> Result<()> {
        self.watch.tell(&format!("warming up: {}", kind.name()), 0, 1)?;
        (0..self.options.requests.min(1_000)).try_for_each(|number| self.answer(kind, number, false))
    }

    fn closed(&self, kind: RecommendKind, clients: usize, report: &mut Report) -> Result<()> {
        let plural = if clients == 1 { "client" } else { "clients" };
        let name = format!("{}, {clients} {plural}", kind.name());
        self.watch.tell(&name, 0, 1)?;
        let ask = |number| self.answer(kind, number, false);
        report.time(&name, &closed_loop(self.options.requests, clients, self.watch.stopped, &ask)?);
        Ok(())
    }

    fn at_rate(&self, kind: RecommendKind, report: &mut Report) -> Result<()> {
        let name = format!("{}, {} a second", kind.name(), self.options.rate);
        self.watch.tell(&name, 0, 1)?;
        let schedule = Schedule::new(self.options.rate, self.options.seconds);
        let workers = self.options.answering_threads();
        let ask = |number| self.answer(kind, number, true);
        report.time(&name, &open_loop(schedule, workers, &Wall::start(), self.watch.stopped, &ask)?);
        Ok(())
    }
}
