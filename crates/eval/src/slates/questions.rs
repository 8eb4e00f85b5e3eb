use std::path::Path;

use engine::{OBJECTIVES_WINDOW, Progress, Shop};
use learn::slates::{Mix, attention};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use types::{ItemId, Millis, Row, Settings, Touch, well_known};

use super::facts::Facts;
use crate::recommend::{Case, Choice, Learnt, RecommendOptions, Split, answer, history};
use crate::search::{Judged, SearchOptions, evaluate_search, products};
use crate::{Error, Result, lines};

/// Ranked candidates with what is known to be right, and what is known of the items.
#[derive(Clone, Debug)]
pub struct Questions {
    pub(super) dataset: String,
    pub(super) ranker: String,
    pub(super) all: Vec<Question>,
    pub(super) facts: Facts,
}

/// One list to be ordered anew.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Items, best first.
    pub(super) candidates: Vec<usize>,
    /// Their relevance.
    pub(super) relevance: Vec<f32>,
    /// What attention they deserve.
    pub(super) merits: Vec<f32>,
    /// Their gains, by what was judged or wanted.
    pub(super) gains: Vec<f64>,
    /// Every gain there is to have.
    pub(super) judged: Vec<f64>,
    /// What the shopper's history is made of.
    pub(super) mix: Mix,
}

impl Questions {
    /// Recommendations on a folder, by a model of `eval recommend`. Relevance is the discount of a place.
    ///
    /// # Errors
    /// As [`evaluate_recommend`](crate::evaluate_recommend).
    pub fn recommended(dir: &Path, model: &str, options: &RecommendOptions) -> Result<Self> {
        let choice = one(model, options)?;
        let mut split = crate::recommend::split_of_folder(dir, options, &Settings::default())?;
        split.sample(options.cases);
        let mut facts = Facts::of(split.items.len());
        read_items(dir, &split, &mut facts)?;
        Self::of_split(&split, &choice, facts)
    }

    /// The same on a shop's own log; see [`evaluate_shop_time`](crate::evaluate_shop_time).
    ///
    /// # Errors
    /// As [`evaluate_shop_time`](crate::evaluate_shop_time).
    pub fn of_shop(shop: &Shop, moment: Option<Millis>, model: &str, options: &RecommendOptions) -> Result<Self> {
        let choice = one(model, options)?;
        let mut split = crate::recommend::split_of_shop(shop, moment)?;
        split.sample(options.cases);
        let mut facts = Facts::of(split.items.len());
        for (row, id) in split.items.iter() {
            let item = ItemId::new(&**id).ok().map(|id| shop.item(&id)).transpose()?.flatten();
            item.into_iter().for_each(|item| facts.set(row.index(), &item));
        }
        Self::of_split(&split, &choice, facts)
    }

    /// Searches on a folder of products, queries and judgements, by the engine that serves. Popularity is the number of
    /// ratings, where products tell it.
    ///
    /// # Errors
    /// As [`evaluate_search`].
    pub fn searched(dir: &Path, options: &SearchOptions, progress: &mut dyn FnMut(Progress) -> bool) -> Result<Self> {
        let judged = Judged::load(dir)?;
        let found = evaluate_search(dir, options, progress)?;
        let items = products(dir, &options.settings)?;
        let mut facts = Facts::of(items.len());
        let mut places: FxHashMap<ItemId, usize> = FxHashMap::default();
        for (at, item) in items.into_iter().enumerate() {
            facts.set(at, &item);
            facts.popularity[at] = item.number(well_known::RATING_COUNT).unwrap_or_default().max(0.0) as f32;
            places.insert(item.id, at);
        }
        let answers: FxHashMap<&str, _> = found.run.answers.iter().map(|answer| (&*answer.query, answer)).collect();
        let question = |query: &crate::JudgedQuery| {
            let answer = answers.get(&*query.id)?;
            let found = answer.items.iter().filter(|(id, _)| places.contains_key(id)).take(OBJECTIVES_WINDOW);
            let scores: Vec<f32> = found.clone().map(|(_, score)| *score).collect();
            let least = scores.iter().copied().fold(0.0, f32::min);
            Some(Question {
                candidates: found.clone().map(|(id, _)| places[id]).collect(),
                merits: scores.iter().map(|score| score - least).collect(),
                relevance: scores,
                gains: found.map(|(id, _)| query.gains.get(id).copied().unwrap_or(0.0)).collect(),
                judged: query.gains.values().copied().collect(),
                mix: Mix::default(),
            })
        };
        let relevant = judged.queries.iter().filter(|query| query.relevant() > 0);
        let all = relevant.filter_map(question).collect();
        Ok(Self { dataset: judged.dataset, ranker: found.report.method, all, facts })
    }

    /// What the data do not tell of any item or shopper, so that dials and measures that rest on it stand still.
    pub fn untold(&self) -> Vec<&'static str> {
        let Facts { categories, brands, sellers, popularity, .. } = &self.facts;
        let labels = [("categories", categories), ("brands", brands), ("sellers", sellers)];
        let mut untold: Vec<&str> =
            labels.iter().filter(|(_, labels)| labels.iter().all(Option::is_none)).map(|(name, _)| *name).collect();
        if popularity.iter().all(|popularity| *popularity == 0.0) {
            untold.push("popularity");
        }
        if self.all.iter().all(|question| question.mix == Mix::default()) {
            untold.push("shoppers' mixes of categories");
        }
        untold
    }

    fn of_split(split: &Split, choice: &Choice, mut facts: Facts) -> Result<Self> {
        let learnt = Learnt::from_split(split);
        let recommender = choice.learn_whole(&learnt)?;
        let mut wanted: Vec<FxHashSet<Row>> = vec![FxHashSet::default(); split.items.len()];
        for signal in split.training.iter().filter(|signal| signal.strength > 0.0) {
            if let Some(actor) = signal.actor.or(signal.session) {
                wanted[signal.item.index()].insert(actor);
            }
        }
        facts.popularity = wanted.iter().map(|actors| actors.len() as f32).collect();
        let question = |case: &Case| -> Result<Question> {
            let rows = answer(split, &learnt, recommender.as_ref(), case, OBJECTIVES_WINDOW);
            let relevance: Vec<f32> = (0..rows.len()).map(|place| attention(place) as f32).collect();
            let gain = |row: &Row| if case.relevant.binary_search(row).is_ok() { 1.0 } else { 0.0 };
            Ok(Question {
                gains: rows.iter().map(gain).collect(),
                candidates: rows.into_iter().map(Row::index).collect(),
                merits: relevance.clone(),
                relevance,
                judged: vec![1.0; case.relevant.len()],
                mix: mix(&facts, &history(&learnt, case))?,
            })
        };
        let all: Result<Vec<Question>> = split.cases.par_iter().map(question).collect();
        Ok(Self { dataset: split.dataset.clone(), ranker: choice.name.to_owned(), all: all?, facts })
    }
}

fn one(model: &str, options: &RecommendOptions) -> Result<Choice> {
    let choice = crate::recommend::choices(&[model], &options.chosen)?.into_iter().next();
    choice.ok_or_else(|| Error::Nothing(model.to_owned(), "no model"))
}

/// Categories of what a shopper touched, each touch once.
fn mix(facts: &Facts, history: &[Touch]) -> Result<Mix> {
    let categories = history.iter().filter_map(|touch| facts.categories[touch.item.index()]);
    Mix::new(&categories.map(|category| (category, 1.0)).collect::<Vec<(u32, f64)>>()).map_err(Error::Slates)
}

/// What `items.jsonl` says, where a folder has it; else the categories that its data bring with them.
fn read_items(dir: &Path, split: &Split, facts: &mut Facts) -> Result<()> {
    let Some(path) = lines::find(dir, "items.jsonl") else {
        for (row, category) in split.contents.categories.iter().enumerate() {
            let known = *category != learn::recommend::ItemContents::NO_CATEGORY;
            facts.label(row, known.then(|| category.to_string()).as_deref(), None, None);
        }
        return Ok(());
    };
    lines::each(&path, |_, line| {
        let wrong = || types::FieldError::new("item_invalid", "line", "an item document", line);
        let item: Value = serde_json::from_str(line).map_err(|_| wrong())?;
        let id = item.get("id").and_then(Value::as_str).ok_or_else(wrong)?;
        if let Some(row) = split.items.row(id) {
            let text = |name: &str| first_text(item.get(name).or_else(|| item.get("attributes")?.get(name))?);
            let category = text("category").or_else(|| text("categories"));
            let brand = text("brand");
            let seller = text("seller").or_else(|| brand.clone());
            facts.label(row.index(), category.as_deref(), brand.as_deref(), seller.as_deref());
        }
        Ok(())
    })
}

/// A text, the first of several, or a path with its steps.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(several) => match several.first()? {
            Value::Array(path) => Some(path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" > ")),
            first => first.as_str().map(str::to_owned),
        },
        _ => None,
    }
}
