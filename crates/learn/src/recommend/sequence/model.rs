//! The trained model: networks, and counts beside them.

use types::Touch;

use super::dense::{dot, wide};
use super::network::{Network, seconds};
use crate::bytes::{Reader, Writer};
use crate::recommend::{Ask, Model, method};

/// A score is the mean of what the networks say, plus what was counted.
#[derive(Debug)]
pub(super) struct Sequence {
    /// At least one, all for the same items.
    pub(super) networks: Vec<Network>,
    pub(super) counts: Option<Counts>,
}

/// A model that counts which items follow which: it knows pairs that a network has no room for, as an interpolated language
/// model does (Khandelwal et al. 2020, "Generalization through memorization", ICLR).
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) model: Box<dyn Model>,
    /// What its best item has, where a network's best has a cosine of at most 1.
    pub(super) weight: f32,
}

impl Counts {
    /// The method that counts.
    pub(super) const METHOD: &'static str = "neighbours";

    fn add(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        let mut counted = vec![0.0f32; scores.len()];
        self.model.score(ask, &mut counted);
        let most = counted.iter().fold(0.0f32, |most, count| most.max(count.abs()));
        if most > 0.0 {
            let factor = self.weight / most;
            scores.iter_mut().zip(&counted).for_each(|(score, count)| *score += factor * count);
        }
    }
}

impl Sequence {
    /// By how much an item turned down lowers one just like it, where the best cosine is 1.
    const REFUSED: f32 = 0.5;

    /// Reads what [`Model::encode`] wrote.
    pub(super) fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let networks =
            (0..input.count(1)?).map(|_| Network::read(&mut input)).collect::<crate::Result<Vec<Network>>>()?;
        let weight = input.float()?;
        let counts = match weight {
            0.0 => None,
            weight => {
                let method = method(Counts::METHOD).map_err(|_| input.fault("a method that counts"))?;
                Some(Counts { model: (method.decode)(input.bytes()?)?, weight })
            }
        };
        input.end()?;
        let items = networks.first().map(Network::items);
        let others = networks.iter().map(Network::items).chain(counts.iter().map(|counts| counts.model.items()));
        if items.is_none() || !others.map(Some).all(|others| others == items) {
            return Err(input.fault("networks for the same items"));
        }
        Ok(Self { networks, counts })
    }
}

impl Model for Sequence {
    fn name(&self) -> &'static str {
        super::METHOD.name
    }

    fn items(&self) -> usize {
        self.networks[0].items()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        scores.fill(0.0);
        let known = || ask.history.iter().filter(|touch| touch.item.index() < self.items());
        let length = self.networks[0].length();
        let mut liked: Vec<&Touch> = known().filter(|touch| touch.weight > 0.0).take(length).collect();
        liked.reverse();
        let items: Vec<u32> = liked.iter().map(|touch| touch.item.0).collect();
        let times: Vec<i64> = liked.iter().map(|touch| seconds(touch.time)).collect();
        let share = 1.0 / self.networks.len() as f32;
        for network in &self.networks {
            if !items.is_empty() {
                let taste = network.taste(&items, &times);
                wide(
                    #[inline(always)]
                    || add_dots(scores, &taste, &network.vectors, |cosine| share * cosine),
                );
            }
            for touch in known().filter(|touch| touch.weight < 0.0).take(length) {
                let strength = -touch.weight.max(-1e6);
                let part = -share * Self::REFUSED * strength / (1.0 + strength);
                wide(
                    #[inline(always)]
                    || {
                        add_dots(scores, network.vector(touch.item.0), &network.vectors, |cosine| {
                            part * cosine.max(0.0)
                        })
                    },
                );
            }
        }
        if let Some(counts) = &self.counts {
            counts.add(ask, scores);
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.number(self.networks.len() as u64);
        self.networks.iter().for_each(|network| network.write(&mut out));
        out.float(self.counts.as_ref().map_or(0.0, |counts| counts.weight));
        self.counts.iter().for_each(|counts| out.bytes(&counts.model.encode()));
        out.0
    }
}

/// Adds what is made of the inner product of each row with one.
#[inline(always)]
fn add_dots(scores: &mut [f32], with: &[f32], rows: &[f32], change: impl Fn(f32) -> f32) {
    for (score, row) in scores.iter_mut().zip(rows.chunks_exact(with.len())) {
        *score += change(dot(with, row));
    }
}
