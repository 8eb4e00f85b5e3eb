//! How much a shop is used, hour by hour: answers, what followed from them, what they earned, how long they took.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::FxHashSet;
use types::{Currency, Impression, Interaction, InteractionKind, Millis, Money};

use crate::Result;
use crate::bytes::{Reader, Writer};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 1;
/// Hours that are remembered: 400 days.
const HOURS_MAX: usize = 400 * 24;
/// Answers of which it is remembered that something followed, so that a second click does not count again.
const FOLLOWED_MAX: usize = 1 << 16;
/// Milliseconds up to which each class of durations reaches; longer ones are the last class.
const UP_TO_MS: [u32; 19] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048];
const CLASSES: usize = UP_TO_MS.len() + 1;

/// What happened in a span of time.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Activity {
    /// Searches, answered here or told by others.
    pub searches: u32,
    /// Those of the answered ones that found nothing.
    pub searches_empty: u32,
    /// Answered requests that were no searches.
    pub recommendations: u32,
    /// Answers that an item was clicked in, and that something was bought from, each counted once.
    pub answers_clicked: u32,
    /// See above.
    pub answers_bought: u32,
    /// Clicks, things put into carts, and lines bought.
    pub clicks: u32,
    /// See above.
    pub carts: u32,
    /// See above.
    pub purchases: u32,
    /// Answers of which a part failed.
    pub degraded: u32,
    /// What purchases brought, by currency, in units of it.
    pub revenue: Vec<(Currency, f64)>,
    /// Durations of answers by class.
    took: [u32; CLASSES],
}

/// The activity of a shop, folded event by event. Memory is bounded: 400 days of hours, and the last 65,536 answers that
/// something followed from.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    hours: BTreeMap<i64, Activity>,
    followed: FxHashSet<u64>,
    order: VecDeque<u64>,
}

impl Activity {
    /// All answers that were logged.
    pub fn answers(&self) -> u32 {
        self.took.iter().sum()
    }

    /// Milliseconds within which this share of the answers was made, 0 to 1, to the accuracy of the classes; `None` without any.
    pub fn took_ms(&self, share: f64) -> Option<u32> {
        let all = f64::from(self.answers());
        let mut seen = 0.0;
        let class = self.took.iter().position(|count| {
            seen += f64::from(*count);
            seen > 0.0 && seen >= share * all
        })?;
        Some(UP_TO_MS.get(class).copied().unwrap_or(2 * UP_TO_MS[UP_TO_MS.len() - 1]))
    }

    /// Adds what happened in another span.
    pub fn add(&mut self, other: &Self) {
        let sums = self.counts_mut().zip(other.counts());
        sums.for_each(|(own, other)| *own = own.saturating_add(other));
        other.revenue.iter().for_each(|(currency, units)| self.earn(*currency, *units));
    }

    fn earn(&mut self, currency: Currency, units: f64) {
        match self.revenue.iter_mut().find(|(own, _)| *own == currency) {
            Some((_, sum)) => *sum += units,
            None => self.revenue.push((currency, units)),
        }
    }
}

impl Traffic {
    /// Takes in an answer.
    pub fn answered(&mut self, time: Millis, impression: &Impression) {
        let Some(hour) = self.hour(time) else { return };
        match &impression.query {
            Some(_) => {
                hour.searches += 1;
                hour.searches_empty += u32::from(impression.shown.is_empty());
            }
            None => hour.recommendations += 1,
        }
        hour.degraded += u32::from(impression.evidence.parts_failed > 0);
        let took = impression.evidence.took_ms.unwrap_or(0);
        hour.took[UP_TO_MS.partition_point(|up_to| *up_to < took)] += 1;
    }

    /// Takes in what somebody did; `answer`: a hash of the answer that it follows from.
    pub fn done(&mut self, time: Millis, interaction: &Interaction, answer: Option<u64>) {
        use InteractionKind::{AddToCart, Click, Purchase, Search};
        let kind = &interaction.kind;
        let is_new = match (kind, answer) {
            (Click, Some(answer)) => self.follows(answer),
            // Another hash of the same answer, for the same set.
            (Purchase, Some(answer)) => self.follows(answer.rotate_left(32) ^ 1),
            _ => false,
        };
        let Some(hour) = self.hour(time) else { return };
        match kind {
            // One that names its answer was counted with it.
            Search if answer.is_none() => hour.searches += 1,
            Click => {
                hour.clicks += 1;
                hour.answers_clicked += u32::from(is_new);
            }
            AddToCart => hour.carts += 1,
            Purchase => {
                hour.purchases += 1;
                hour.answers_bought += u32::from(is_new);
                if let Some(Money { ten_thousandths, currency }) = interaction.value {
                    hour.earn(currency, ten_thousandths as f64 / 10_000.0);
                }
            }
            _ => {}
        }
    }

    /// The hours that begin within a span, each with when it begins; hours in which nothing happened are left out.
    pub fn hours(&self, from: Millis, until: Millis) -> impl Iterator<Item = (Millis, &Activity)> {
        let begins = |hour: i64| Millis(hour * Millis::HOUR);
        let first = from.0.div_euclid(Millis::HOUR) + i64::from(from.0.rem_euclid(Millis::HOUR) > 0);
        let hours = self.hours.range(first..).map(move |(hour, activity)| (begins(*hour), activity));
        hours.take_while(move |(begins, _)| *begins < until)
    }

    /// Bytes for a checkpoint.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.number(self.hours.len() as u64);
        for (hour, activity) in &self.hours {
            // Hours before 1970 are passed over when they come in.
            out.number(hour.unsigned_abs());
            activity.counts().into_iter().for_each(|count| out.number(u64::from(count)));
            out.number(activity.revenue.len() as u64);
            for (currency, units) in &activity.revenue {
                out.text(currency.as_str());
                out.double(*units);
            }
        }
        out.number(self.order.len() as u64);
        self.order.iter().for_each(|answer| out.number(*answer));
        out.0
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`Error::Version`](crate::Error::Version) for bytes of another version, [`Error::Corrupt`](crate::Error::Corrupt) for
    /// anything else that `encode` did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(crate::Error::Version { expected: VERSION, got: version });
        }
        let mut hours = BTreeMap::new();
        for _ in 0..input.count(CLASSES + 10)? {
            let hour = i64::try_from(input.number()?).map_err(|_| input.fault("an hour"))?;
            hours.insert(hour, read_activity(&mut input)?);
        }
        let order: VecDeque<u64> = (0..input.count(1)?).map(|_| input.number()).collect::<Result<_>>()?;
        input.end()?;
        Ok(Self { hours, followed: order.iter().copied().collect(), order })
    }

    fn hour(&mut self, time: Millis) -> Option<&mut Activity> {
        let hour = time.0.div_euclid(Millis::HOUR);
        if hour < 0 {
            return None;
        }
        if self.hours.len() >= HOURS_MAX && !self.hours.contains_key(&hour) {
            let (oldest, _) = self.hours.first_key_value()?;
            if hour < *oldest {
                return None;
            }
            self.hours.pop_first();
        }
        Some(self.hours.entry(hour).or_default())
    }

    /// Whether something follows from this answer for the first time, as far as is remembered.
    fn follows(&mut self, answer: u64) -> bool {
        if !self.followed.insert(answer) {
            return false;
        }
        self.order.push_back(answer);
        if self.order.len() > FOLLOWED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.followed.remove(&oldest);
        }
        true
    }
}

impl Activity {
    /// All that is counted, in the order of the bytes.
    fn counts_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        let own = [
            &mut self.searches,
            &mut self.searches_empty,
            &mut self.recommendations,
            &mut self.answers_clicked,
            &mut self.answers_bought,
            &mut self.clicks,
            &mut self.carts,
            &mut self.purchases,
            &mut self.degraded,
        ];
        own.into_iter().chain(&mut self.took)
    }

    fn counts(&self) -> Vec<u32> {
        self.clone().counts_mut().map(|count| *count).collect()
    }
}

fn read_activity(input: &mut Reader<'_>) -> Result<Activity> {
    let mut activity = Activity::default();
    for count in activity.counts_mut() {
        *count = input.small()?;
    }
    for _ in 0..input.count(12)? {
        let code = input.text()?;
        let currency = Currency::new(&code).map_err(|_| input.fault("a currency"))?;
        activity.revenue.push((currency, input.double()?));
    }
    Ok(activity)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use types::{Actor, QueryId, Shown, Surface};

    use super::*;

    fn answer(id: &str, took: u32, shown: usize) -> Impression {
        let mut impression = Impression {
            query_id: QueryId::new(id).unwrap(),
            actor: Actor::default(),
            surface: Surface::Search,
            query: Some(Arc::from("鞋")),
            shown: Vec::new(),
            ranker: Arc::from("r"),
            arms: Vec::new(),
            evidence: types::Evidence { took_ms: Some(took), ..types::Evidence::default() },
        };
        let shown = (0..shown).map(|at| Shown {
            item: types::ItemId::new(format!("i{at}")).unwrap(),
            position: at as u32 + 1,
            score: 1.0,
            propensity: 1.0,
            source: types::SourceId::new("words"),
        });
        impression.shown = shown.collect();
        impression
    }

    #[test]
    fn hours_count_what_happened_in_them() {
        let mut traffic = Traffic::default();
        let at = |hours: i64| Millis(hours * Millis::HOUR + 5);
        (0..100).for_each(|n| traffic.answered(at(2), &answer("q", n, usize::from(n > 0))));
        let did = |kind| Interaction::new(kind, Actor::default());
        for _ in 0..2 {
            traffic.done(at(3), &did(InteractionKind::Click), Some(7));
        }
        let euros = Money::new(12.5, Currency::new("EUR").unwrap()).unwrap();
        let bought = Interaction { value: Some(euros), ..did(InteractionKind::Purchase) };
        traffic.done(at(3), &bought, Some(7));
        traffic.done(Millis(-5), &bought, None);
        let hours: Vec<_> = traffic.hours(Millis(0), at(9)).collect();
        assert_eq!(hours.iter().map(|(begins, _)| begins.0 / Millis::HOUR).collect::<Vec<_>>(), [2, 3]);
        let (searched, followed) = (hours[0].1, hours[1].1);
        assert_eq!((searched.searches, searched.searches_empty, searched.answers()), (100, 1, 100));
        assert_eq!((searched.took_ms(0.5), searched.took_ms(0.99)), (Some(64), Some(128)));
        assert_eq!((followed.clicks, followed.answers_clicked, followed.answers_bought), (2, 1, 1));
        assert_eq!(followed.revenue, [(Currency::new("EUR").unwrap(), 12.5)]);
        assert_eq!(traffic.hours(at(2), at(3)).count(), 1, "an hour belongs to the span it begins in");
        let back = Traffic::decode(&traffic.encode()).unwrap();
        assert_eq!(back.encode(), traffic.encode());
        assert!(Traffic::decode(&[1, 9]).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let mut traffic = Traffic::default();
        let click = Interaction::new(InteractionKind::Click, Actor::default());
        (0..HOURS_MAX as i64 + 5).for_each(|hour| traffic.done(Millis(hour * Millis::HOUR), &click, None));
        assert_eq!(traffic.hours.len(), HOURS_MAX);
        traffic.done(Millis(0), &click, None);
        assert_eq!(traffic.hours.len(), HOURS_MAX, "what is older than all that is remembered is passed over");
        (0..FOLLOWED_MAX as u64 + 5).for_each(|answer| assert!(traffic.follows(answer)));
        assert_eq!((traffic.order.len(), traffic.followed.len()), (FOLLOWED_MAX, FOLLOWED_MAX));
    }
}
