use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::pairs::{PairConfig, Pairs, Tally};
use super::super::sparse::keep_best;
use super::super::{Ask, Interactions, Sparse};
use super::sessions::{Asked, Nearest, Sessions};
use crate::bytes::{Reader, Writer};

/// All that speaks for a next item.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Evidence {
    sessions: Sessions,
    nearest: Nearest,
    /// Item x item: how often the second came after the first, sooner counting more.
    after: Sparse,
    /// The same the other way round.
    before: Sparse,
    /// Sum of all that came after each item, plus a share for what was never seen to.
    totals: Vec<f32>,
    popular: Vec<f32>,
    popular_late: Vec<f32>,
}

/// Numbers that speak for or against an item, see [`candidates`].
pub(super) const FEATURES: usize = 17;

/// An item with what speaks for it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Candidate {
    pub(super) item: u32,
    pub(super) features: [f32; FEATURES],
}

/// How transitions are counted.
const TRANSITIONS: PairConfig = PairConfig {
    window: 12,
    distance: 1.0,
    backward: 0.0,
    half_life_days: 0.0,
    gap_half_life_days: 0.0,
    user_exponent: 0.0,
};
/// Items that follow one and are kept.
const LINKS: usize = 300;
/// What was never seen to follow an item, in steps seen.
const UNSEEN: f32 = 3.0;
/// What remains of an item's word after each moment.
const FADE: f32 = 0.8;
/// Added to shares before their logarithm is taken.
const SHARE_MIN: f32 = 1e-3;
/// What popularity alone says for the most popular item: next to nothing.
const POPULAR_ALONE: f32 = 1e-12;
/// Items of the history that speak.
const ASKED_MAX: usize = 200;

impl Evidence {
    /// Bytes that it takes for these interactions.
    pub(super) fn memory(interactions: &Interactions) -> u64 {
        let (items, threads) = (interactions.items() as u64, rayon::current_num_threads() as u64);
        let links = (items * LINKS as u64).min(interactions.len() as u64 * 2 * TRANSITIONS.window as u64);
        Sessions::memory(interactions) + Pairs::memory(interactions) + 24 * links + items * (24 + 8 * threads)
    }

    pub(super) fn new(interactions: &Interactions, sessions: Sessions, nearest: Nearest) -> Self {
        let pairs = Pairs::new(interactions, &TRANSITIONS);
        let items = pairs.items();
        let row = |tally: &mut Tally, item: usize| {
            let (mut row, mut total) = (Vec::new(), UNSEEN);
            pairs.count(item, tally);
            tally.drain(|other, count| {
                if count.mass > 0.0 {
                    total += count.mass;
                    row.push((other, count.mass));
                }
            });
            keep_best(&mut row, LINKS);
            (row, total)
        };
        let counted: Vec<(Vec<(u32, f32)>, f32)> =
            (0..items).into_par_iter().map_init(|| Tally::new(items), |tally, item| row(tally, item)).collect();
        let totals = counted.iter().map(|(_, total)| *total).collect();
        let after = Sparse::from_rows(items, counted.into_iter().map(|(row, _)| row));
        Self::with(sessions, nearest, after, totals)
    }

    fn with(sessions: Sessions, nearest: Nearest, after: Sparse, totals: Vec<f32>) -> Self {
        let (popular, popular_late) = sessions.popularity();
        Self { sessions, nearest, before: after.transpose(), after, totals, popular, popular_late }
    }

    pub(super) fn items(&self) -> usize {
        self.sessions.items()
    }

    /// What popularity alone says.
    pub(super) fn popular_alone(&self, scores: &mut [f32]) {
        let most = self.popular.iter().copied().fold(1.0, f32::max);
        scores.iter_mut().zip(&self.popular).for_each(|(score, count)| *score = POPULAR_ALONE * count / most);
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.floats(&self.totals);
        out.number(self.nearest.sessions as u64);
        out.number(self.nearest.last as u64);
        out.float(self.nearest.gap);
        out.float(self.nearest.rarity);
        self.after.write(out);
        self.sessions.write(out);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> crate::Result<Self> {
        let totals = input.floats()?;
        let nearest = Nearest {
            sessions: input.small()?.max(1) as usize,
            last: input.small()?.max(1) as usize,
            gap: input.float()?,
            rarity: input.float()?,
        };
        let after = Sparse::read(input)?;
        if after.rows() != totals.len() || after.columns() != totals.len() {
            return Err(input.fault("as many items in each part"));
        }
        let sessions = Sessions::read(input, totals.len())?;
        Ok(Self::with(sessions, nearest, after, totals))
    }
}

/// An item of the history that may be wanted again.
#[derive(Clone, Copy)]
struct Seen {
    place: usize,
    times: f32,
    days: f32,
}

/// Every item that anything speaks for, with what does: logarithms of the shares that the nearest sessions, what followed
/// the last moment's items, what followed any item and what came before any item say; of popularity, ever and lately; and
/// for an item of the history how often, how lately and among how many it was wanted. In order of items.
pub(super) fn candidates(evidence: &Evidence, ask: &Ask<'_>) -> Vec<Candidate> {
    let (asked, seen) = asked(evidence, ask);
    let (mut near, mut last, mut after, mut before) =
        (FxHashMap::default(), FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
    evidence.sessions.speak(&asked, &evidence.nearest, &mut near);
    for asked in &asked {
        let item = asked.item as usize;
        let share = asked.weight / evidence.totals[item];
        let faded = share * FADE.powi(asked.place.min(100) as i32);
        add(&mut after, evidence.after.row(item), faded);
        add(&mut before, evidence.before.row(item), faded);
        if asked.place == 0 {
            add(&mut last, evidence.after.row(item), share);
        }
    }
    let mut items: Vec<u32> =
        near.keys().chain(after.keys()).chain(before.keys()).chain(seen.keys()).copied().collect();
    items.sort_unstable();
    items.dedup();
    let refused: Vec<u32> = asked.iter().filter(|asked| asked.weight < 0.0).map(|asked| asked.item).collect();
    items.retain(|item| !refused.contains(item));
    let candidate = |item: u32| {
        let of = |map: &FxHashMap<u32, f32>| map.get(&item).copied().unwrap_or(0.0).max(0.0);
        let shares = [of(&near), of(&last), of(&after), of(&before)];
        Candidate { item, features: features(evidence, item, shares, seen.get(&item), seen.len()) }
    };
    items.into_iter().map(candidate).collect()
}

fn features(evidence: &Evidence, item: u32, shares: [f32; 4], seen: Option<&Seen>, known: usize) -> [f32; FEATURES] {
    let [near, last, after, before] = shares.map(|share| (share + SHARE_MIN).ln());
    let (popular, late) = (evidence.popular[item as usize], evidence.popular_late[item as usize]);
    let mut features = [0.0; FEATURES];
    features[..8].copy_from_slice(&[
        near,
        last,
        after,
        before,
        popular.ln_1p(),
        (late + 0.1).ln(),
        shares[0],
        shares[1],
    ]);
    if let Some(seen) = seen {
        features[8..].copy_from_slice(&[
            1.0,
            near,
            after,
            seen.times.ln(),
            (seen.place as f32).ln_1p(),
            f32::from(u8::from(seen.place == 0)),
            (known as f32).ln(),
            seen.days.ln_1p(),
            seen.times.ln() * seen.days.ln_1p(),
        ]);
    }
    features
}

/// The history as sessions are asked with it, and its items that may be wanted again.
fn asked(evidence: &Evidence, ask: &Ask<'_>) -> (Vec<Asked>, FxHashMap<u32, Seen>) {
    let (mut asked, mut seen) = (Vec::new(), FxHashMap::default());
    let mut place = 0;
    let known = ask.history.iter().filter(|touch| touch.item.index() < evidence.items() && touch.weight.is_finite());
    let known: Vec<_> = known.filter(|touch| touch.weight != 0.0 || touch.refused).take(ASKED_MAX).collect();
    for (index, touch) in known.iter().enumerate() {
        place += usize::from(index > 0 && known[index - 1].time != touch.time);
        let against = touch.refused || touch.weight < 0.0;
        let weight = if against { -1.0 } else { 1.0 };
        asked.push(Asked { item: touch.item.0, weight, place });
        if !against {
            let days = touch.time.days_until(ask.now).max(0.0) as f32;
            seen.insert(touch.item.0, Seen { place, times: f32::from(touch.purchases.max(1)), days });
        }
    }
    (asked, seen)
}

fn add(said: &mut FxHashMap<u32, f32>, (items, values): (&[u32], &[f32]), weight: f32) {
    for (item, value) in items.iter().zip(values) {
        *said.entry(*item).or_default() += weight * value;
    }
}
