//! Pairs that share something rare, compared.

use std::hash::{Hash, Hasher};

use learn::duplicates::{Blocking, Pair, Relation};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHasher};
use text::pairs::{Axis, Comparison, Corpus, FEATURE_COUNT, FEATURES, Profile};
use types::Row;

use super::DuplicatePair;
use super::card::Card;
use super::judgements::{Fitted, Judgement};
use crate::core::Core;
use crate::inspection::{Running, pool};
use crate::{Result, pictures};

/// Pairs compared at a time; the profiles of their items are made for them and let go.
const PAIRS_AT_A_TIME: usize = 8_192;
/// Cosine from which on two pictures show the same.
const PICTURES_SAME: f32 = 0.98;
/// By how much the same picture multiplies the odds, and other barcodes divide them. Not measured: there are no judged
/// catalogues with pictures or barcodes; what the names tell is to outweigh them where it is clear.
const PICTURE_ODDS: f32 = 4.0;
const OTHER_BARCODE_ODDS: f32 = 0.1;
/// One catalogue writes names of siblings alike: where names share so much and yet either has words of its own, these
/// words are what the items differ in. So are those of a brand's own items.
const ALIKE_FROM: f32 = 0.75;
const SIBLING_ODDS: f32 = 0.1;
/// Variants share at least so much of their names when that in which they differ is left aside.
const VARIANTS_SHARE_MIN: f32 = 0.8;
/// Items with the same barcode are the same, but for slips of those who typed it.
const BARCODE_PROBABILITY: f32 = 0.97;
/// In one catalogue, items of which the names have the same words are the same product, or variants where these differ: in a
/// small one no word is rare enough for the matcher to say so.
const ONE_NAME_PROBABILITY: f32 = 0.9;
/// So many words make a name; what is left of `white tea, boxed` without its colour is none.
const NAME_TERMS_MIN: f32 = 2.0;
const CORE_TERMS_MIN: f32 = 3.0;
/// Pairs that are less likely than this are not kept.
const KEPT_FROM: f32 = 0.1;
/// Differing words told of a pair.
const WORDS_TOLD: usize = 6;

/// Cards with what is needed to compare them; places are places among the cards.
pub(super) struct Comparer<'a> {
    core: &'a Core,
    cards: &'a [Card],
    corpus: Corpus,
    places: FxHashMap<&'a str, u32>,
    pool: rayon::ThreadPool,
}

/// A pair that is likely enough to be kept.
pub(super) struct Found {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) relation: Relation,
    pub(super) probability: f32,
    pub(super) is_judged: bool,
    has_same_picture: bool,
}

/// Two places, and whether people said it is the same product.
pub(super) type JudgedPair = (u32, u32, bool);

/// Two places, and whether their pictures are the same.
type Candidate = (u32, u32, bool);

impl<'a> Comparer<'a> {
    pub(super) fn new(core: &'a Core, cards: &'a [Card]) -> Result<Self> {
        let places = cards.iter().enumerate().map(|(place, card)| (card.id.as_str(), place as u32)).collect();
        Ok(Self { core, cards, corpus: Corpus::new(cards.iter().map(|card| &*card.title)), places, pool: pool()? })
    }

    /// Pairs worth comparing, each once, the lesser place first: with rare words, barcodes or pictures in common.
    pub(super) fn candidates(&self) -> Result<Vec<Candidate>> {
        let keys = |card: &Card| {
            let mut keys = self.corpus.keys(&card.title);
            keys.extend(card.barcodes.iter().map(|code| (key_of(code), 1.0)));
            keys
        };
        let all: Vec<Vec<(u64, f32)>> = self.pool.install(|| self.cards.par_iter().map(keys).collect());
        let pairs = Blocking::default().pairs((0u32..).map(Row).zip(all));
        let mut candidates: Vec<Candidate> = pairs.into_iter().map(|(one, other)| (one.0, other.0, false)).collect();
        candidates.extend(self.pictured()?);
        // Of the same pair twice, the one that knows of the pictures is kept.
        candidates.sort_unstable_by_key(|(left, right, same)| (*left, *right, !same));
        candidates.dedup_by_key(|(left, right, _)| (*left, *right));
        Ok(candidates)
    }

    /// Pairs with the same picture: each of a group with the next.
    fn pictured(&self) -> Result<Vec<Candidate>> {
        if self.core.view.load().retrievers.pictures.is_none() {
            return Ok(Vec::new());
        }
        let groups = pictures::duplicates(self.core, PICTURES_SAME)?;
        let mut pairs = Vec::new();
        for group in groups {
            let mut places: Vec<u32> = group.iter().filter_map(|id| self.places.get(id.as_str()).copied()).collect();
            places.sort_unstable();
            pairs.extend(places.windows(2).map(|pair| (pair[0], pair[1], true)));
        }
        Ok(pairs)
    }

    /// Judgements of pairs that are still there.
    pub(super) fn judged(&self, judgements: &[Judgement]) -> Vec<JudgedPair> {
        let place = |id: &types::ItemId| self.places.get(id.as_str()).copied();
        let pair = |judgement: &Judgement| {
            let (left, right) = (place(&judgement.left)?, place(&judgement.right)?);
            Some((left.min(right), left.max(right), judgement.same?))
        };
        judgements.iter().filter_map(pair).collect()
    }

    /// Two items as the matcher reads them, with what was found by comparing them.
    pub(super) fn pair(&self, left: u32, right: u32) -> (Pair, Comparison) {
        let (one, other) = (self.profile(left), self.profile(right));
        self.pair_of((left, &one), (right, &other))
    }

    fn pair_of(&self, left: (u32, &Profile), right: (u32, &Profile)) -> (Pair, Comparison) {
        let comparison = self.corpus.compare(left.1, right.1, None);
        let pair = Pair {
            left: Row(left.0),
            right: Row(right.0),
            features: comparison.unsided().to_vec(),
            differing: comparison.differing_words().into_iter().map(Box::from).collect(),
        };
        (pair, comparison)
    }

    /// What is known of an item.
    pub(super) fn card(&self, place: u32) -> &Card {
        &self.cards[place as usize]
    }

    /// In what an item may differ from its variants.
    pub(super) fn axes(&self, place: u32) -> Vec<(Axis, Box<str>)> {
        self.profile(place).axes().map(|(axis, value)| (axis, Box::from(value))).collect()
    }

    fn profile(&self, place: u32) -> Profile {
        self.cards[place as usize].with_record(|record| self.corpus.profile(record))
    }

    /// Judges the candidates, and keeps those that are likely enough or were judged by people.
    pub(super) fn compare(
        &self,
        candidates: &[Candidate],
        matcher: &Fitted,
        judged: &[JudgedPair],
        running: &Running,
    ) -> Result<Vec<Found>> {
        let said: FxHashMap<(u32, u32), bool> =
            judged.iter().map(|(left, right, same)| ((*left, *right), *same)).collect();
        let known: rustc_hash::FxHashSet<(u32, u32)> =
            candidates.iter().map(|(left, right, _)| (*left, *right)).collect();
        // What people judged need share nothing rare.
        let others = judged.iter().filter(|(left, right, _)| !known.contains(&(*left, *right)));
        let all: Vec<Candidate> =
            candidates.iter().copied().chain(others.map(|(left, right, _)| (*left, *right, false))).collect();
        let (mut found, total) = (Vec::new(), self.cards.len());
        for (at, chunk) in all.chunks(PAIRS_AT_A_TIME).enumerate() {
            let done = total / 10 + (total - total / 10) * at * PAIRS_AT_A_TIME / all.len().max(1);
            running.at(done, total)?;
            let mut needed: Vec<u32> = chunk.iter().flat_map(|(left, right, _)| [*left, *right]).collect();
            needed.sort_unstable();
            needed.dedup();
            let judge = |(left, right, picture): &Candidate, profiles: &FxHashMap<u32, Profile>| {
                let (one, other) = (profiles.get(left)?, profiles.get(right)?);
                let (pair, comparison) = self.pair_of((*left, one), (*right, other));
                let found = self.judge(&pair, &comparison, matcher, *picture, said.get(&(*left, *right)).copied());
                (found.is_judged || found.probability >= KEPT_FROM).then_some(found)
            };
            found.extend(self.pool.install(|| {
                let profiles: FxHashMap<u32, Profile> =
                    needed.par_iter().map(|place| (*place, self.profile(*place))).collect();
                chunk.par_iter().filter_map(|candidate| judge(candidate, &profiles)).collect::<Vec<_>>()
            }));
        }
        Ok(found)
    }

    fn judge(
        &self,
        pair: &Pair,
        comparison: &Comparison,
        matcher: &Fitted,
        has_same_picture: bool,
        said: Option<bool>,
    ) -> Found {
        let core = comparison.core_unsided();
        let [left, right] = [pair.left.0, pair.right.0];
        let alone = match &core {
            Some(core) => matcher.matcher.judge_alone(core, &[]),
            None => matcher.matcher.judge_alone(&pair.features, &pair.differing),
        };
        let mut odds = self.sibling_odds(pair, comparison, core.as_ref());
        odds *= if has_same_picture { PICTURE_ODDS } else { 1.0 };
        let barcodes = self.barcodes(left, right);
        odds *= if barcodes == Some(false) { OTHER_BARCODE_ODDS } else { 1.0 };
        let mut probability = odds * alone / (1.0 - alone + odds * alone).max(f32::MIN_POSITIVE);
        if barcodes == Some(true) {
            probability = probability.max(BARCODE_PROBABILITY);
        }
        let is_one_name = match &core {
            Some(core) => are_one_name(core, CORE_TERMS_MIN),
            None => are_one_name(&pair.features, NAME_TERMS_MIN),
        };
        if barcodes != Some(false) && is_one_name {
            probability = probability.max(ONE_NAME_PROBABILITY);
        }
        let likely = match core.is_some() {
            true => Relation::Variant,
            false => Relation::Duplicate,
        };
        let (relation, probability) = match said {
            Some(true) => (likely, 1.0),
            Some(false) => (Relation::Different, 0.0),
            None if probability >= matcher.threshold() => (likely, probability),
            None => (Relation::Different, probability),
        };
        Found { left, right, relation, probability, is_judged: said.is_some(), has_same_picture }
    }

    /// By how much the odds change because both are of one catalogue.
    fn sibling_odds(&self, pair: &Pair, comparison: &Comparison, core: Option<&[f32; FEATURE_COUNT]>) -> f32 {
        // The lesser of both sides comes first.
        let have_both_own_words = |numbers: &[f32]| number(numbers, "differing_terms_left") > 0.0;
        let shared = |numbers: &[f32]| number(numbers, "coverage_all");
        if let Some(core) = core {
            let is_one_line = shared(core) >= VARIANTS_SHARE_MIN;
            return if is_one_line && !have_both_own_words(core) { 1.0 } else { SIBLING_ODDS };
        }
        let [one, other] = [pair.left.0, pair.right.0].map(|place| &self.cards[place as usize].brand);
        let is_one_brand = !one.is_empty() && one.to_lowercase() == other.to_lowercase();
        let is_one_article = comparison.feature("codes_shared").is_some_and(|shared| shared > 0.0)
            && comparison.feature("codes_conflict") != Some(1.0);
        let features = &pair.features;
        let are_siblings = have_both_own_words(features) && (shared(features) >= ALIKE_FROM || is_one_brand);
        if are_siblings && !is_one_article { SIBLING_ODDS } else { 1.0 }
    }

    /// Whether both have a barcode in common; `None` where either has none.
    fn barcodes(&self, left: u32, right: u32) -> Option<bool> {
        let [left, right] = [left, right].map(|place| &self.cards[place as usize].barcodes);
        let has_both = !left.is_empty() && !right.is_empty();
        has_both.then(|| left.iter().any(|code| right.contains(code)))
    }

    /// A pair in words.
    pub(super) fn told(&self, found: &Found) -> DuplicatePair {
        let [left, right] = [found.left, found.right].map(|place| &self.cards[place as usize]);
        let (_, comparison) = self.pair(found.left, found.right);
        let mut evidence = Vec::new();
        if found.is_judged {
            evidence.push("people said so".to_owned());
        }
        let shared = comparison.feature("coverage_all").unwrap_or_default();
        evidence.push(format!("{:.0} % of the names' weight is in both", 100.0 * shared));
        let words = comparison.differing_words();
        if !words.is_empty() {
            let more = if words.len() > WORDS_TOLD { ", …" } else { "" };
            evidence.push(format!("only one has: {}{more}", words[..words.len().min(WORDS_TOLD)].join(", ")));
        }
        for difference in &comparison.differences {
            let side = |values: &[Box<str>]| values.join(", ");
            let (one, other) = (side(&difference.left), side(&difference.right));
            evidence.push(format!("{}: {one} / {other}", difference.axis.name()));
        }
        if let (Some(one), Some(other)) = (left.price, right.price) {
            evidence.push(if one == other { format!("both cost {one}") } else { format!("prices: {one} / {other}") });
        }
        match self.barcodes(found.left, found.right) {
            Some(true) => evidence.push("the same barcode".to_owned()),
            Some(false) => evidence.push("other barcodes".to_owned()),
            None => {}
        }
        if found.has_same_picture {
            evidence.push("the same picture".to_owned());
        }
        DuplicatePair {
            left: left.id.clone(),
            right: right.id.clone(),
            relation: found.relation,
            probability: found.probability,
            evidence,
        }
    }
}

/// The number called `name` among those of a pair.
fn number(numbers: &[f32], name: &str) -> f32 {
    let at = FEATURES.iter().position(|feature| feature.name == name);
    at.and_then(|at| numbers.get(at)).copied().unwrap_or_default()
}

/// Whether the names have the same words, and enough of them.
fn are_one_name(numbers: &[f32], terms_min: f32) -> bool {
    // The lesser of both sides comes first.
    number(numbers, "differing_terms_right") == 0.0 && number(numbers, "terms_left") >= terms_min
}

fn key_of(code: &str) -> u64 {
    let mut hasher = FxHasher::default();
    ("barcode", code).hash(&mut hasher);
    hasher.finish()
}
