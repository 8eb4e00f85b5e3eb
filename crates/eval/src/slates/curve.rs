use learn::slates::{
    Attention, AttentionConfig, Cap, FairTable, Labels, Likeness, List, Mix, Reordered, SlateError, attention, balance,
    calibrate, caps, discount, dpp, fair, long_tail, measures, mmr, quantiles,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use types::{FieldError, Millis};

use super::facts::Facts;
use super::questions::{Question, Questions};
use crate::recommend::spread;
use crate::{Error, Result, metrics};

/// A way to order slates anew whose price is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dial {
    /// Less of what is popular.
    Popularity,
    /// The shopper's own mix of categories.
    Calibration,
    /// Variety, by maximal marginal relevance.
    Mmr,
    /// Variety, by a determinantal point process.
    Dpp,
    /// Exposure balanced between sellers, over all questions one after the other.
    Exposure,
    /// A least share of the long tail.
    LongTail,
    /// The long tail as a group protected by FA*IR.
    Protected,
    /// A cap on brands, else categories, among ten places: at 1 one of each.
    Cap,
}

impl Dial {
    /// Every dial.
    pub const ALL: [Self; 8] = [
        Self::Popularity,
        Self::Calibration,
        Self::Mmr,
        Self::Dpp,
        Self::Exposure,
        Self::LongTail,
        Self::Protected,
        Self::Cap,
    ];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Calibration => "calibration",
            Self::Mmr => "mmr",
            Self::Dpp => "dpp",
            Self::Exposure => "exposure",
            Self::LongTail => "long-tail",
            Self::Protected => "protected",
            Self::Cap => "cap",
        }
    }

    /// Reads a stable name.
    ///
    /// # Errors
    /// A [`FieldError`] with code `unknown_dial`.
    pub fn from_name(name: &str) -> std::result::Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|dial| dial.name() == name);
        let names = Self::ALL.map(Self::name).join(", ");
        found.ok_or_else(|| FieldError::new("unknown_dial", "dial", format!("one of {names}"), name))
    }

    /// What it is turned for, as a name and the value of a point.
    pub fn gained(self, point: &SlatePoint) -> (&'static str, f64) {
        match self {
            Self::Popularity | Self::LongTail | Self::Protected => ("long-tail share@10", point.tail_share),
            Self::Calibration => ("divergence@10", point.divergence),
            Self::Mmr | Self::Dpp | Self::Cap => ("variety@10", point.variety),
            Self::Exposure => ("misplaced exposure", point.misplaced),
        }
    }
}

/// What slates are like at one setting of a dial: over all questions, of the first ten places.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SlatePoint {
    /// The dial.
    pub dial: f64,
    /// What it costs.
    pub ndcg: f64,
    /// The share of what is relevant that is among the ten.
    pub recall: f64,
    /// Mean unlikeness of two items by category and brand.
    pub variety: f64,
    /// How far categories lie from the shopper's own mix (Kullback-Leibler); 0 where no mixes are known.
    pub divergence: f64,
    /// Share of all attention that would have to go to other sellers, by what relevance deserves.
    pub misplaced: f64,
    /// Share of places that show the long tail: items outside those that have four fifths of all demand.
    pub tail_share: f64,
    /// How unevenly items are shown, 0 to 1.
    pub gini: f64,
    /// Share of items that are shown to anyone.
    pub coverage: f64,
}

/// The curve of one dial.
#[derive(Clone, Debug)]
pub struct SlateCurve {
    /// The data.
    pub dataset: String,
    /// Who ranked the candidates.
    pub ranker: String,
    /// The dial.
    pub dial: Dial,
    /// Questions asked.
    pub questions: usize,
    /// One for each setting, rising.
    pub points: Vec<SlatePoint>,
}

impl SlateCurve {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let point = |point: &SlatePoint| {
            json!({
                "dial": point.dial, "ndcg@10": point.ndcg, "recall@10": point.recall, "variety@10": point.variety,
                "divergence@10": point.divergence, "misplaced_exposure": point.misplaced,
                "long_tail_share@10": point.tail_share, "gini@10": point.gini, "coverage@10": point.coverage,
            })
        };
        json!({
            "dataset": self.dataset, "ranker": self.ranker, "dial": self.dial.name(), "questions": self.questions,
            "points": self.points.iter().map(point).collect::<Vec<_>>(),
        })
    }
}

/// Places of a slate that are looked at.
const CUT: usize = 10;
/// What the most wanted items have of all demand.
const HEAD: f64 = 0.8;
/// How often a slate drawn with the group's share fails FA*IR's test.
const SIGNIFICANCE: f64 = 0.1;

pub(super) fn curve(questions: &Questions, dial: Dial, steps: usize) -> Result<SlateCurve> {
    let ground = Ground::of(&questions.facts)?;
    let settings = (0..=steps.max(1)).map(|step| step as f64 / steps.max(1) as f64);
    let points: Result<Vec<SlatePoint>> = settings.map(|setting| point(questions, &ground, dial, setting)).collect();
    Ok(SlateCurve {
        dataset: questions.dataset.clone(),
        ranker: questions.ranker.clone(),
        dial,
        questions: questions.all.len(),
        points: points?,
    })
}

/// What is known of all items before any question.
struct Ground {
    quantiles: Vec<f32>,
    is_tail: Vec<bool>,
}

impl Ground {
    fn of(facts: &Facts) -> Result<Self> {
        let quantiles = quantiles(&facts.popularity).map_err(Error::Slates)?;
        Ok(Self { quantiles, is_tail: measures::long_tail(&facts.popularity, HEAD).map_err(Error::Slates)? })
    }
}

fn point(questions: &Questions, ground: &Ground, dial: Dial, setting: f64) -> Result<SlatePoint> {
    let reordered: std::result::Result<Vec<Reordered>, SlateError> = match dial {
        Dial::Exposure => balanced(questions, setting),
        _ => {
            // The same for all lists: it depends on the dial alone.
            let longest = questions.all.iter().map(|question| question.candidates.len()).max().unwrap_or_default();
            let share = if dial == Dial::Protected { setting } else { 0.0 };
            let table = FairTable::adjusted(longest, share, SIGNIFICANCE).map_err(Error::Slates)?;
            let turn = |question: &Question| turned(questions, question, ground, &table, dial, setting);
            questions.all.par_iter().map(turn).collect()
        }
    };
    Ok(measured(questions, ground, setting, &reordered.map_err(Error::Slates)?))
}

fn turned(
    questions: &Questions,
    question: &Question,
    ground: &Ground,
    table: &FairTable,
    dial: Dial,
    setting: f64,
) -> std::result::Result<Reordered, SlateError> {
    let facts = &questions.facts;
    let list = List::new(&question.relevance, &[])?;
    let of = |values: &[Option<u32>]| question.candidates.iter().map(|item| values[*item]).collect::<Vec<_>>();
    match dial {
        Dial::Popularity => {
            let quantiles: Vec<f32> = question.candidates.iter().map(|item| ground.quantiles[*item]).collect();
            discount(&list, &quantiles, setting)
        }
        Dial::Calibration => {
            let categories: Vec<Vec<u32>> =
                of(&facts.categories).into_iter().map(|category| category.into_iter().collect()).collect();
            calibrate(&list, &categories, &question.mix, setting)
        }
        Dial::Mmr => mmr(&list, &Likeness::labels(&labels(facts, question)), 4, setting),
        Dial::Dpp => dpp(&list, &Likeness::labels(&labels(facts, question)), CUT, setting),
        Dial::LongTail | Dial::Protected => {
            let is_tail: Vec<bool> = question.candidates.iter().map(|item| ground.is_tail[*item]).collect();
            if dial == Dial::LongTail { long_tail(&list, &is_tail, setting) } else { fair(&list, &is_tail, table) }
        }
        Dial::Cap => {
            let has_brands = facts.brands.iter().any(Option::is_some);
            let labels = of(if has_brands { &facts.brands } else { &facts.categories });
            caps(&list, &[Cap { labels: &labels, most: 1, among: CUT }], setting).map(|capped| capped.reordered)
        }
        Dial::Exposure => unreachable!("balanced over all questions together"),
    }
}

fn labels(facts: &Facts, question: &Question) -> Vec<Labels> {
    let label = |item: &usize| Labels { category: facts.categories[*item], brand: facts.brands[*item] };
    question.candidates.iter().map(label).collect()
}

/// One question after the other, as in a shop: what one slate does not give, later ones may.
fn balanced(questions: &Questions, setting: f64) -> std::result::Result<Vec<Reordered>, SlateError> {
    let mut known = Attention::new(AttentionConfig { sellers_max: usize::MAX >> 8, half_life: i64::MAX });
    let turn = |question: &Question| {
        let sellers: Vec<Option<u32>> = question.candidates.iter().map(|item| questions.facts.sellers[*item]).collect();
        let list = List::new(&question.relevance, &[])?;
        let reordered = balance(&list, &sellers, &question.merits, CUT, &known, Millis(0), setting)?;
        let shown = &reordered.order[..reordered.order.len().min(CUT)];
        let places: Vec<usize> = (0..shown.len()).collect();
        let of: Vec<Option<u32>> = shown.iter().map(|at| sellers[*at]).collect();
        let merits: Vec<f32> = shown.iter().map(|at| question.merits[*at]).collect();
        known.record(Millis(0), &of, &places, &merits)?;
        Ok(reordered)
    };
    questions.all.iter().map(turn).collect()
}

fn measured(questions: &Questions, ground: &Ground, setting: f64, reordered: &[Reordered]) -> SlatePoint {
    let mut point = SlatePoint { dial: setting, ..SlatePoint::default() };
    let (mut exposures, mut lists) = (BTreeMap::new(), Vec::new());
    let count = questions.all.len().max(1) as f64;
    let (mut mixes, mut divergence) = (0, 0.0);
    for (question, Reordered { order, .. }) in questions.all.iter().zip(reordered) {
        let shown = &order[..order.len().min(CUT)];
        let gains: Vec<f64> = shown.iter().map(|at| question.gains[*at]).collect();
        let relevant = question.judged.iter().filter(|gain| **gain > 0.0).count();
        point.ndcg += metrics::ndcg(&gains, &question.judged, CUT) / count;
        point.recall += metrics::recall(&gains, relevant, CUT) / count;
        let labels = labels(&questions.facts, question);
        point.variety += measures::variety(shown, &Likeness::labels(&labels)) / count;
        let items: Vec<usize> = shown.iter().map(|at| question.candidates[*at]).collect();
        let tail = items.iter().filter(|item| ground.is_tail[**item]).count();
        point.tail_share += tail as f64 / (items.len().max(1) as f64 * count);
        if question.mix != Mix::default() {
            let mut categories = BTreeMap::new();
            items.iter().filter_map(|item| questions.facts.categories[*item]).for_each(|category| {
                *categories.entry(category).or_insert(0.0) += 1.0;
            });
            divergence += question.mix.divergence(&categories, items.len());
            mixes += 1;
        }
        expose(&mut exposures, questions, question, shown);
        lists.push(items.iter().map(|item| types::Row(*item as u32)).collect::<Vec<types::Row>>());
    }
    point.divergence = divergence / f64::from(mixes.max(1));
    point.misplaced = measures::misplaced(&exposures);
    (point.coverage, point.gini) = spread(lists.iter().map(Vec::as_slice), questions.facts.popularity.len());
    point
}

/// What sellers get by the places shown, and what they deserve of it by the merit of all their candidates.
fn expose(
    exposures: &mut BTreeMap<u32, measures::Exposure>,
    questions: &Questions,
    question: &Question,
    shown: &[usize],
) {
    let given: f64 = (0..shown.len()).map(attention).sum();
    let merit: f64 = question.merits.iter().map(|merit| f64::from(*merit)).sum();
    let seller = |at: usize| questions.facts.sellers[question.candidates[at]];
    for (at, own) in question.merits.iter().enumerate().filter(|_| merit > 0.0) {
        let Some(seller) = seller(at) else { continue };
        exposures.entry(seller).or_default().deserved += given * f64::from(*own) / merit;
    }
    for (place, at) in shown.iter().enumerate() {
        let Some(seller) = seller(*at) else { continue };
        exposures.entry(seller).or_default().received += attention(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    /// Lists of 60 items by falling relevance, of which a few are relevant; the first sellers, brands and popular items lead.
    fn questions() -> Questions {
        let mut rng = Rng::new(3);
        let mut facts = Facts::of(200);
        for item in 0..200 {
            let name = |kinds: usize| (item / (200 / kinds)).to_string();
            facts.label(item, Some(&name(8)), Some(&name(20)), Some(&name(10)));
            facts.popularity[item] = (200 - item) as f32;
        }
        let question = |_| {
            let mut candidates: Vec<usize> = (0..200).collect();
            rng.shuffle(&mut candidates);
            candidates.truncate(60);
            // Popular items rank high, with some noise.
            candidates.sort_by_cached_key(|item| item + rng.below(60));
            let relevance: Vec<f32> = (0..60).map(|place| attention(place) as f32).collect();
            let gains: Vec<f64> =
                (0..60).map(|place| f64::from(u8::from(rng.unit() < 0.5 / (1.0 + place as f64)))).collect();
            let mix = Mix::new(&[(rng.below(8) as u32 * 3, 1.0), (rng.below(8) as u32 * 3, 1.0)]).unwrap();
            Question { candidates, merits: relevance.clone(), relevance, judged: vec![1.0; 3], gains, mix }
        };
        let all = (0..40).map(question).collect();
        Questions { dataset: "made".to_owned(), ranker: "popular".to_owned(), all, facts }
    }

    #[test]
    fn every_dial_trades_relevance_for_what_it_is_turned_for() {
        let questions = questions();
        for dial in Dial::ALL {
            let SlateCurve { points, .. } = curve(&questions, dial, 5).unwrap();
            let (none, full) = (&points[0], &points[5]);
            assert_eq!((points.len(), none.dial, full.dial), (6, 0.0, 1.0));
            assert!(full.ndcg <= none.ndcg, "{dial:?} {none:?} {full:?}");
            let (before, after) = (dial.gained(none).1, dial.gained(full).1);
            match dial {
                Dial::Calibration | Dial::Exposure => assert!(after < before, "{dial:?} {before} {after}"),
                _ => assert!(after > before, "{dial:?} {before} {after}"),
            }
        }
    }

    #[test]
    fn all_dials_begin_at_the_same_place() {
        let questions = questions();
        let starts: Vec<SlatePoint> = Dial::ALL.map(|dial| curve(&questions, dial, 1).unwrap().points[0]).to_vec();
        assert!(starts.windows(2).all(|pair| pair[0] == pair[1]), "{starts:?}");
    }
}
