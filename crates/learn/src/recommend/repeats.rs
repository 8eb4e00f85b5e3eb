//! What is bought again, and when.

use rustc_hash::FxHashMap;
use types::{Millis, Row, Touch};

use super::{Interaction, Interactions, ItemContents};
use crate::bytes::{Reader, Writer};

/// How likely each item is bought again by who bought it, and after how long: the share of its buyers that came back for it
/// and the log-normal spread of the times between (Bhagat et al. 2018, "Buy it again: modeling repeat purchase
/// recommendations", KDD: repeat customer probability and aggregate time distribution). Items with few buyers are judged by
/// their category, and categories with few by the shop, so that a shop of things bought once hides what was bought from its
/// first day on and one of consumables learns to show it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Repeats {
    items: Vec<Habit>,
}

/// What is known of an item's repeats.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Habit {
    rate: f32,
    /// Mean and deviation of the logarithm of days between.
    mean: f32,
    deviation: f32,
}

/// Sums over buyers.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    buyers: f64,
    repeaters: f64,
    gaps: f64,
    log_days: f64,
    log_days_squared: f64,
}

/// Buyers that count as much as what is known from above: category or shop.
const PRIOR_BUYERS: f64 = 3.0;
/// Gaps that do.
const PRIOR_GAPS: f64 = 5.0;
/// Before any purchase: one buyer in a hundred comes back, after a month, most between ten days and three months.
const FIRST: Habit = Habit { rate: 0.01, mean: 3.4, deviation: 1.0 };

impl Repeats {
    /// From this rate on an item may be recommended to who bought it: an item drawn by any recommender is wanted far less
    /// often than one time in twenty.
    pub const RATE_MIN: f32 = 0.05;

    /// Learns from purchases; `categories` as in [`ItemContents`], or empty. Buyings at one moment or in one visit are one.
    pub fn fit(data: &Interactions, categories: &[u32]) -> Self {
        let category = |item: usize| categories.get(item).copied().unwrap_or(ItemContents::NO_CATEGORY);
        let mut items = vec![Tally::default(); data.items()];
        let mut moments: FxHashMap<Row, Vec<&Interaction>> = FxHashMap::default();
        for list in data.iter() {
            moments.clear();
            for entry in list.iter().filter(|entry| entry.bought && entry.weight > 0.0) {
                let of_item = moments.entry(entry.item).or_default();
                if of_item.last().is_none_or(|last| !is_one_purchase(last, entry)) {
                    of_item.push(entry);
                }
            }
            for (item, moments) in &moments {
                items[item.index()].add(moments);
            }
        }
        let mut shop = Tally::default();
        let mut of_categories: FxHashMap<u32, Tally> = FxHashMap::default();
        for (item, tally) in items.iter().enumerate() {
            shop.join(tally);
            of_categories.entry(category(item)).or_default().join(tally);
        }
        let shop = shop.habit(FIRST);
        let of_categories: FxHashMap<u32, Habit> =
            of_categories.into_iter().map(|(category, tally)| (category, tally.habit(shop))).collect();
        let habit = |(item, tally): (usize, &Tally)| tally.habit(of_categories[&category(item)]);
        Self { items: items.iter().enumerate().map(habit).collect() }
    }

    /// The share of an item's buyers that buy it again; that of nothing for an item that came after training.
    pub fn rate(&self, item: Row) -> f32 {
        self.habit(item).rate
    }

    /// Days between two purchases of an item, the middle of them.
    pub fn interval_days(&self, item: Row) -> f32 {
        self.habit(item).mean.exp()
    }

    /// The chance that who bought an item so many days ago wants it now, or was to have wanted it before: the rate by the
    /// share of intervals that are over.
    pub fn due(&self, item: Row, days: f32) -> f32 {
        let habit = self.habit(item);
        let place = (days.max(1e-3).ln() - habit.mean) / habit.deviation;
        // The logistic curve nearest to the normal one (Bowling et al. 2009, JIEM 2).
        let over = 1.0 / (1.0 + (-1.5976 * place - 0.070_56 * place.powi(3)).exp());
        habit.rate * if over.is_nan() { 0.0 } else { over }
    }

    /// Whether an item of a history may be recommended at `now`: not where it was refused; where it was bought, only if
    /// such are bought again and the soonest tenth of intervals is over.
    pub fn is_open(&self, touch: &Touch, now: Millis) -> bool {
        if touch.refused || touch.weight < 0.0 {
            return false;
        }
        if touch.purchases == 0 {
            return true;
        }
        let days = touch.time.days_until(now).max(0.0) as f32;
        self.rate(touch.item) >= Self::RATE_MIN && self.due(touch.item, days) >= 0.1 * self.rate(touch.item)
    }

    fn habit(&self, item: Row) -> Habit {
        self.items.get(item.index()).copied().unwrap_or(FIRST)
    }

    /// Bytes for the artefact registry, read again by [`Repeats::decode`].
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let numbers: Vec<f32> = self.items.iter().flat_map(|h| [h.rate, h.mean, h.deviation]).collect();
        out.floats(&numbers);
        out.0
    }

    /// Reads what [`Repeats::encode`] wrote.
    ///
    /// # Errors
    /// Where the bytes are not that.
    pub fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let numbers = input.floats()?;
        input.end()?;
        let habit = |n: &[f32]| match n {
            [rate, mean, deviation] if *deviation > 0.0 => {
                Ok(Habit { rate: *rate, mean: *mean, deviation: *deviation })
            }
            _ => Err(input.fault("a rate, a mean and a deviation an item")),
        };
        Ok(Self { items: numbers.chunks(3).map(habit).collect::<crate::Result<Vec<Habit>>>()? })
    }
}

/// Whether an item bought twice was bought at once: at one moment, or in one visit.
fn is_one_purchase(one: &Interaction, two: &Interaction) -> bool {
    one.time == two.time || one.session.is_some() && one.session == two.session
}

impl Tally {
    /// A buyer, by the moments at which it was bought.
    fn add(&mut self, moments: &[&Interaction]) {
        self.buyers += 1.0;
        self.repeaters += f64::from(u8::from(moments.len() > 1));
        // A regular customer shows the rhythm often enough with a few gaps; more would drown the others.
        for pair in moments.windows(2).take(5) {
            let days = pair[0].time.days_until(pair[1].time).max(0.01);
            self.gaps += 1.0;
            self.log_days += days.ln();
            self.log_days_squared += days.ln().powi(2);
        }
    }

    fn join(&mut self, other: &Self) {
        self.buyers += other.buyers;
        self.repeaters += other.repeaters;
        self.gaps += other.gaps;
        self.log_days += other.log_days;
        self.log_days_squared += other.log_days_squared;
    }

    /// What it shows, drawn towards what is known from above as by so many more buyers and gaps.
    fn habit(&self, above: Habit) -> Habit {
        let (mean, deviation) = (f64::from(above.mean), f64::from(above.deviation));
        let rate = (self.repeaters + PRIOR_BUYERS * f64::from(above.rate)) / (self.buyers + PRIOR_BUYERS);
        let count = self.gaps + PRIOR_GAPS;
        let own_mean = (self.log_days + PRIOR_GAPS * mean) / count;
        let squares = self.log_days_squared + PRIOR_GAPS * (mean * mean + deviation * deviation);
        let variance = (squares / count - own_mean * own_mean).max(0.01);
        Habit { rate: rate as f32, mean: own_mean as f32, deviation: variance.sqrt() as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{history, signal};
    use types::{InteractionKind, Signal};

    const DAY: i64 = 24 * 60;

    fn bought(user: u32, item: u32, day: i64) -> Signal {
        Signal {
            kind: InteractionKind::Purchase,
            session: Some(Row(1_000 * user + day as u32)),
            ..signal(user, item, day * DAY)
        }
    }

    /// Tea (item 0) is bought about every 20 days, a lamp (item 1) once; item 2 is another tea nobody bought.
    fn repeats() -> Repeats {
        let tea = (0..100).flat_map(|user| (0..4).map(move |k| bought(user, 0, i64::from(k * 20 + (user * k) % 5))));
        let signals: Vec<Signal> = tea.chain((0..100).map(|user| bought(user, 1, 3))).collect();
        Repeats::fit(&Interactions::from_signals(&signals, 3), &[7, 8, 7])
    }

    fn touch(item: u32, purchases: u16) -> Touch {
        Touch { purchases, ..history(&[item])[0] }
    }

    #[test]
    fn tea_comes_back_and_lamps_do_not() {
        let repeats = repeats();
        assert!(repeats.rate(Row(0)) > 0.9 && repeats.rate(Row(1)) < 0.05, "{repeats:?}");
        assert!((repeats.interval_days(Row(0)) - 20.0).abs() < 3.0);
        // What nobody bought is judged by its category.
        assert!(repeats.rate(Row(2)) > 0.8);
        assert!(repeats.due(Row(0), 2.0) < 0.1 && repeats.due(Row(0), 40.0) > 0.8);
        let tea = touch(0, 1);
        let later = |days: i64| Millis(tea.time.0 + days * Millis::DAY);
        assert!(!repeats.is_open(&tea, later(1)) && repeats.is_open(&tea, later(20)));
        assert!(!repeats.is_open(&touch(1, 1), later(100)) && repeats.is_open(&touch(1, 0), later(1)));
        assert!(!repeats.is_open(&Touch { refused: true, ..tea }, later(20)));
        assert_eq!(Repeats::decode(&repeats.encode()).unwrap(), repeats);
        assert!(Repeats::decode(&[1, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn one_visit_is_one_purchase_and_nothing_is_known_of_nothing() {
        let twice = [bought(0, 0, 1), Signal { time: Millis(bought(0, 0, 1).time.0 + 60_000), ..bought(0, 0, 1) }];
        let once = Repeats::fit(&Interactions::from_signals(&twice, 1), &[]);
        assert!(once.rate(Row(0)) < 0.02);
        let nothing = Repeats::fit(&Interactions::default(), &[]);
        assert!(!nothing.is_open(&touch(5, 1), Millis(i64::MAX / 2)) && nothing.due(Row(5), f32::NAN).is_finite());
    }
}
