use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use types::{
    Actor, Comparison, Event, EventBody, EventId, Filter, Interaction, InteractionKind, ItemPatch, Literal,
    RecommendKind, Request, RetrievalMethod, Texts, UserId, Value, well_known,
};

use crate::load::Latencies;
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::shoppers::Shoppers;
use crate::stock::Stocked;
use crate::{Error, Result};

/// Events a second that come in meanwhile.
const BACKGROUND_RATE: usize = 2_000;
/// An update not found after so long counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures how soon changes show, while other events come in: new words of an item in searches, its new price in
/// filters, and a shopper's deed in what is recommended next.
pub(crate) fn measure(
    stocked: &Stocked,
    options: &Options,
    watch: &Watch<'_>,
    report: &mut Report,
    run: u64,
) -> Result<()> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let background = scope.spawn(|| write_on(stocked, options, &done, run));
        let measured = measure_beside(stocked, options, watch, report, run);
        done.store(true, Ordering::Relaxed);
        match background.join() {
            Ok(written) => measured.and(written),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Appends small batches at an even rate until told to stop.
fn write_on(stocked: &Stocked, options: &Options, done: &AtomicBool, run: u64) -> Result<()> {
    const BATCH: usize = 100;
    let (goods, seed, now) = (&stocked.goods, options.seed ^ run.rotate_left(32), stocked.now());
    let shoppers = Shoppers { goods, users: options.users, seed, prefix: "background", run, now };
    let begun = Instant::now();
    let mut batch = 0;
    while !done.load(Ordering::Relaxed) {
        stocked.shop.append(shoppers.deeds(batch * BATCH..(batch + 1) * BATCH)?)?;
        batch += 1;
        let due = Duration::from_secs_f64((batch * BATCH) as f64 / BACKGROUND_RATE as f64);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    Ok(())
}

fn measure_beside(
    stocked: &Stocked,
    options: &Options,
    watch: &Watch<'_>,
    report: &mut Report,
    run: u64,
) -> Result<()> {
    let (mut acknowledged, mut searchable) = (Latencies::new(), Latencies::new());
    let (mut price_missed, mut deed_missed) = (0u32, 0u32);
    let begun = Instant::now();
    for number in 0..options.updates {
        watch.tell("waiting for updates", number, options.updates)?;
        let update = Update::new(stocked, number, run)?;
        let sent = Instant::now();
        stocked.shop.append(update.events.clone())?;
        acknowledged.record(sent.elapsed());
        price_missed += u32::from(!update.price_shows(stocked)?);
        deed_missed += u32::from(!update.deed_shows(stocked)?);
        while !update.words_show(stocked)? {
            watch.go_on()?;
            if sent.elapsed() > PATIENCE {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        searchable.record(sent.elapsed());
    }
    acknowledged.elapsed = begun.elapsed();
    searchable.elapsed = begun.elapsed();
    report.time("item update to acknowledgement", &acknowledged);
    report.time("item update to searchable by its new words", &searchable);
    report.add("prices that the next search did not reflect", f64::from(price_missed), "");
    report.add("deeds that the next recommendation did not reflect", f64::from(deed_missed), "");
    report.remark(format!("updates were made while {BACKGROUND_RATE} other events a second came in"));
    Ok(())
}

/// One item with a new title and price, and one shopper who looked at it.
struct Update {
    events: Vec<Event>,
    item: types::ItemId,
    word: String,
    price: f64,
    actor: Actor,
}

impl Update {
    fn new(stocked: &Stocked, number: usize, run: u64) -> Result<Self> {
        let item = stocked.goods.id(number * 7919 % stocked.goods.len())?;
        // Only letters, lest the word be taken apart.
        let letters: String = format!("{run}").bytes().chain(format!("{number:05}").bytes()).map(letter).collect();
        let word = format!("zz{letters}");
        let price = 10_000.0 + number as f64;
        let mut patch = ItemPatch::new(item.clone());
        patch.set(well_known::TITLE, Some(Value::Text(Texts::guessed(format!("{word} 新品 fresh arrival")))))?;
        let money = types::Money::new(price, types::Currency::new("USD")?)?;
        patch.set(well_known::PRICE, Some(Value::Money(money)))?;
        patch.available = Some(true);
        patch.stock = Some(Some(1));
        let actor = Actor { user: Some(UserId::new(format!("witness-{run}-{number}"))?), ..Actor::default() };
        let mut look = Interaction::new(InteractionKind::View, actor.clone());
        look.item = Some(item.clone());
        let now = stocked.now();
        let event = |what: &str, body| -> Result<Event> {
            Ok(Event { id: EventId::new(format!("{what}-{run}-{number}"))?, time: now, body })
        };
        let events = vec![event("patch", EventBody::ItemPatched(patch))?, event("look", EventBody::Interaction(look))?];
        Ok(Self { events, item, word, price, actor })
    }

    /// Whether a search with a filter on the new price finds the item.
    fn price_shows(&self, stocked: &Stocked) -> Result<bool> {
        let is = |attribute: &str, value| Filter::Compare {
            attribute: Arc::from(attribute),
            comparison: Comparison::Equal,
            value,
        };
        let mut request = Request::search("", stocked.now());
        request.filter = Some(Filter::And(vec![
            is(well_known::PRICE, Literal::Number(self.price)),
            is(well_known::ID, Literal::Text(self.item.shared())),
        ]));
        self.is_found(stocked, request)
    }

    /// Whether what the shopper looked at is what was looked at last.
    fn deed_shows(&self, stocked: &Stocked) -> Result<bool> {
        self.is_found(stocked, Request::recommend(RecommendKind::RecentlyViewed, self.actor.clone(), stocked.now()))
    }

    fn words_show(&self, stocked: &Stocked) -> Result<bool> {
        let mut request = Request::search(&self.word, stocked.now());
        request.retrieval.method = RetrievalMethod::Lexical;
        self.is_found(stocked, request)
    }

    fn is_found(&self, stocked: &Stocked, mut request: Request) -> Result<bool> {
        request.record = false;
        let slate = stocked.shop.answer(&request)?;
        match slate.degraded.into_iter().next() {
            None => Ok(slate.items.iter().any(|shown| shown.item.id == self.item)),
            Some(degraded) => Err(Error::Degraded { part: degraded.part, reason: degraded.reason }),
        }
    }
}

/// A digit as a letter.
fn letter(digit: u8) -> char {
    char::from(b'a' + digit.saturating_sub(b'0').min(25))
}
