use rustc_hash::FxHashMap;
use types::Millis;

use super::SlateError;
use super::error::{amounts, length};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// What a place of a list, from 0, is looked at, in views of the first: `1 / log2(2 + place)` (Järvelin and Kekäläinen 2002;
/// used for exposure by Singh and Joachims 2018).
pub fn attention(place: usize) -> f64 {
    1.0 / (place as f64 + 2.0).log2()
}

/// How much attention each item of a list deserves: of what its places get together, a part in proportion to its merit
/// (Biega, Gummadi and Weikum 2018, SIGIR, "Equity of attention", definition 1); equal parts where nothing has merit.
///
/// # Errors
/// Where a merit is not finite or below 0, or there are fewer or more places.
pub fn deserved(merits: &[f32], places: &[usize]) -> std::result::Result<Vec<f64>, SlateError> {
    length("places", places.len(), merits.len())?;
    amounts("merits", merits)?;
    let total: f64 = places.iter().map(|place| attention(*place)).sum();
    let sum: f64 = merits.iter().map(|merit| f64::from(*merit)).sum();
    let part = |merit: &f32| if sum > 0.0 { f64::from(*merit) / sum } else { 1.0 / merits.len() as f64 };
    Ok(merits.iter().map(|merit| total * part(merit)).collect())
}

/// How much is kept, and for how long.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AttentionConfig {
    /// Sellers that are remembered, from 1. Beyond them those leave with which least has happened lately: the least sum of
    /// attention received and deserved, faded to the present.
    pub sellers_max: usize,
    /// Time after which attention counts half, in milliseconds.
    pub half_life: i64,
}

impl Default for AttentionConfig {
    fn default() -> Self {
        Self { sellers_max: 10_000, half_life: 7 * 24 * 60 * 60 * 1_000 }
    }
}

/// Attention that a seller had and should have had, in views of a first place.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Credit {
    /// By the places its items were shown at.
    pub received: f64,
    /// By its items' merit.
    pub deserved: f64,
}

impl Credit {
    /// What it should have had beside what it had: above 0 it is owed attention.
    pub fn owed(&self) -> f64 {
        self.deserved - self.received
    }

    fn faded(self, factor: f64) -> Self {
        Self { received: self.received * factor, deserved: self.deserved * factor }
    }
}

/// Remembers how much attention each seller had and deserved over many lists, fading, so that fairness that one list has no
/// room for is made up for in later ones (Biega, Gummadi and Weikum 2018). Takes at most 48 bytes a seller, and an eighth more
/// sellers than configured.
#[derive(Clone, PartialEq, Debug)]
pub struct Attention {
    config: AttentionConfig,
    /// What a seller's credit was at a time.
    credits: FxHashMap<u32, (Credit, Millis)>,
    latest: Millis,
}

const VERSION: u8 = 1;

impl Attention {
    /// Nothing has been shown yet.
    pub fn new(config: AttentionConfig) -> Self {
        let config = AttentionConfig { sellers_max: config.sellers_max.max(1), half_life: config.half_life.max(1) };
        Self { config, credits: FxHashMap::default(), latest: Millis(0) }
    }

    /// A list was shown: of each item the seller, the place from 0, and the merit. Items without a seller have their part of
    /// the attention, which is nobody's. A list that came late counts what it would count by now.
    ///
    /// # Errors
    /// Where a merit is not finite or below 0; then nothing is changed.
    pub fn record(
        &mut self,
        time: Millis,
        sellers: &[Option<u32>],
        places: &[usize],
        merits: &[f32],
    ) -> std::result::Result<(), SlateError> {
        length("sellers", sellers.len(), merits.len())?;
        let deserved = deserved(merits, places)?;
        self.latest = self.latest.max(time);
        for ((seller, place), deserved) in sellers.iter().zip(places).zip(deserved) {
            let Some(seller) = seller else { continue };
            let now = Credit { received: attention(*place), deserved };
            let (credit, at) = self.credits.entry(*seller).or_insert((Credit::default(), time));
            let latest = (*at).max(time);
            let (before, added) =
                (credit.faded(self.config.fade(*at, latest)), now.faded(self.config.fade(time, latest)));
            let both =
                Credit { received: before.received + added.received, deserved: before.deserved + added.deserved };
            (*credit, *at) = (both, latest);
        }
        self.prune();
        Ok(())
    }

    /// A seller's credit at a time; nothing for one that is not remembered.
    pub fn credit(&self, seller: u32, now: Millis) -> Credit {
        self.credits.get(&seller).map_or(Credit::default(), |(credit, at)| credit.faded(self.config.fade(*at, now)))
    }

    /// Every seller that is remembered, in order, with its credit at a time.
    pub fn credits(&self, now: Millis) -> Vec<(u32, Credit)> {
        let mut all: Vec<(u32, Credit)> =
            self.credits.keys().map(|seller| (*seller, self.credit(*seller, now))).collect();
        all.sort_unstable_by_key(|(seller, _)| *seller);
        all
    }

    /// Takes a seller out, as where it is deleted.
    pub fn forget(&mut self, seller: u32) {
        self.credits.remove(&seller);
    }

    fn prune(&mut self) {
        if self.credits.len() <= self.config.sellers_max + self.config.sellers_max / 8 {
            return;
        }
        let mut weights: Vec<(f64, u32)> = self
            .credits(self.latest)
            .into_iter()
            .map(|(seller, credit)| (credit.received + credit.deserved, seller))
            .collect();
        weights.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, seller) in &weights[self.config.sellers_max..] {
            self.credits.remove(seller);
        }
    }

    /// As bytes, the same for the same content.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.number(self.config.sellers_max as u64);
        writer.number(self.config.half_life as u64);
        writer.number(self.latest.0 as u64);
        writer.number(self.credits.len() as u64);
        let mut sellers: Vec<(&u32, &(Credit, Millis))> = self.credits.iter().collect();
        sellers.sort_unstable_by_key(|(seller, _)| **seller);
        for (seller, (credit, at)) in sellers {
            writer.number(u64::from(*seller));
            writer.number(credit.received.to_bits());
            writer.number(credit.deserved.to_bits());
            writer.number(at.0 as u64);
        }
        writer.0
    }

    /// From what [`Attention::to_bytes`] gave.
    ///
    /// # Errors
    /// Where the bytes are of another version, cut short or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let got = reader.byte()?;
        if got != VERSION {
            return Err(Error::Version { expected: VERSION, got });
        }
        let sellers_max = usize::try_from(reader.number()?).ok().filter(|max| *max > 0);
        let sellers_max = sellers_max.ok_or_else(|| reader.fault("how many sellers"))?;
        let half_life = reader.number()? as i64;
        if half_life < 1 {
            return Err(reader.fault("a half-life above 0"));
        }
        let latest = Millis(reader.number()? as i64);
        let mut credits = FxHashMap::default();
        for _ in 0..reader.count(4)? {
            let seller = reader.small()?;
            let credit = Credit { received: amount(&mut reader)?, deserved: amount(&mut reader)? };
            if credits.insert(seller, (credit, Millis(reader.number()? as i64))).is_some() {
                return Err(reader.fault("each seller once"));
            }
        }
        reader.end()?;
        Ok(Self { config: AttentionConfig { sellers_max, half_life }, credits, latest })
    }
}

impl AttentionConfig {
    /// What attention of an earlier time counts at a later one; 1 where time runs backwards.
    fn fade(&self, from: Millis, to: Millis) -> f64 {
        (-(to.0.saturating_sub(from.0).max(0) as f64) / self.half_life as f64).exp2()
    }
}

fn amount(reader: &mut Reader<'_>) -> Result<f64> {
    let amount = f64::from_bits(reader.number()?);
    if amount.is_finite() && amount >= 0.0 { Ok(amount) } else { Err(reader.fault("attention of at least 0")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: AttentionConfig = AttentionConfig { sellers_max: 8, half_life: 1_000 };

    #[test]
    fn by_hand() {
        let mut attention = Attention::new(SMALL);
        attention.record(Millis(0), &[Some(1), None, Some(2)], &[0, 1, 2], &[1.0, 1.0, 2.0]).unwrap();
        let total = 1.0 + 1.0 / 3f64.log2() + 0.5;
        let first = attention.credit(1, Millis(0));
        assert!((first.received - 1.0).abs() < 1e-12 && (first.deserved - total / 4.0).abs() < 1e-12);
        assert!((attention.credit(2, Millis(0)).owed() - (total / 2.0 - 0.5)).abs() < 1e-12);
        assert!((attention.credit(1, Millis(2_000)).received - 0.25).abs() < 1e-12);
        assert_eq!(attention.credit(7, Millis(0)), Credit::default());
        // A list a half-life late counts half.
        attention.record(Millis(1_000), &[Some(1)], &[0], &[1.0]).unwrap();
        attention.record(Millis(0), &[Some(1)], &[0], &[1.0]).unwrap();
        assert!((attention.credit(1, Millis(1_000)).received - 2.0).abs() < 1e-12);
        let before = attention.clone();
        assert!(attention.record(Millis(9), &[Some(1)], &[0], &[f32::NAN]).is_err());
        assert!(attention.record(Millis(9), &[Some(1)], &[0], &[-1.0]).is_err());
        assert!(attention.record(Millis(9), &[Some(1)], &[], &[1.0]).is_err());
        assert_eq!(attention, before);
        attention.forget(1);
        assert_eq!(attention.credits(Millis(0)).len(), 1);
        assert_eq!(deserved(&[0.0, 0.0], &[0, 0]).unwrap(), [1.0, 1.0]);
    }

    #[test]
    fn the_busiest_stay() {
        let mut attention = Attention::new(SMALL);
        for turn in 0..100i64 {
            for seller in 0..40 {
                let busy = if seller < 4 { 0 } else { 50 };
                attention.record(Millis(turn), &[Some(seller)], &[busy], &[1.0]).unwrap();
                assert!(attention.credits.len() <= 9);
            }
        }
        let kept: Vec<u32> = attention.credits(Millis(100)).iter().map(|(seller, _)| *seller).collect();
        assert!([0, 1, 2, 3].iter().all(|seller| kept.contains(seller)), "{kept:?}");
    }

    proptest! {
        #[test]
        fn bytes_come_back(shown in prop::collection::vec((0i64..9_000, 0u32..30, 0usize..50, 0f32..9.0), 0..60)) {
            let mut attention = Attention::new(SMALL);
            for (time, seller, place, merit) in shown {
                attention.record(Millis(time), &[Some(seller), Some(seller + 1)], &[place, 0], &[merit, 1.0]).unwrap();
            }
            let bytes = attention.to_bytes();
            let back = Attention::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&back, &attention);
            prop_assert_eq!(back.to_bytes(), bytes.clone());
            for cut in 0..bytes.len() {
                prop_assert!(Attention::from_bytes(&bytes[..cut]).is_err());
            }
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Attention::from_bytes(&bytes);
        }
    }
}
