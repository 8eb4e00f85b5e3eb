use std::sync::Arc;

use features::{Config, ItemFacts, Scope, State};
use learn::recommend::{
    Ask, Interactions, ItemContents, Known, METHODS, Method, Model, Parameters, Repeats, TrainingData, Watcher, train,
};
use learn::{ForYou, ForYouConfig, Neighbours, NeighboursConfig};
use rustc_hash::FxHashMap;
use types::{FieldError, Millis, Rng, Row, Touch};

use super::data::{Order, Split};

/// Answers questions after having learnt. The history comes last touched first; the answer best first, at most `limit`
/// items, without one twice.
pub trait Recommender: Sync {
    /// The items for a history at `now`.
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row>;
}

/// Makes a recommender from what was learnt.
type Maker = for<'a> fn(&'a Learnt) -> Box<dyn Recommender + 'a>;

/// What needs no training, by name: chance, and what serving folds event by event.
const LIVE: &[(&str, Maker)] = &[
    ("random", |learnt| Box::new(Chance(learnt.items))),
    ("for-you", |learnt| Box::new(Blend { learnt, for_you: ForYou::new(learnt.for_you.clone()) })),
];

/// What serving does live on a page about items, by name; trained methods have the same names elsewhere.
const LIVE_PAGES: &[(&str, Maker)] =
    &[("similar", |learnt| Box::new(Nearest(learnt))), ("bought-together", |learnt| Box::new(Together(learnt)))];

/// What a training may take, and who looks on.
pub(super) struct Within<'a> {
    /// Bytes; `None` sets no limit.
    pub(super) memory: Option<u64>,
    pub(super) watcher: &'a mut dyn Watcher,
}

/// A model to evaluate.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub name: &'static str,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// Folded live, as serving does.
    Live(Maker),
    /// Trained on the training part.
    Trained(&'static Method, Parameters),
}

impl Choice {
    /// The model called `name`, with hyper-parameters other than the defaults.
    ///
    /// # Errors
    /// A [`FieldError`] with code `unknown_model` that lists the models there are, or about a parameter.
    pub fn new(name: &str, chosen: &[(String, f64)]) -> Result<Self, FieldError> {
        if let Some(method) = METHODS.iter().find(|method| method.name == name) {
            let mut parameters = Parameters::new(method.parameters);
            chosen.iter().try_for_each(|(name, value)| parameters.set(name, *value))?;
            return Ok(Self { name: method.name, way: Way::Trained(method, parameters) });
        }
        let Some((name, maker)) = LIVE.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> =
                METHODS.iter().map(|method| method.name).chain(LIVE.iter().map(|live| live.0)).collect();
            return Err(FieldError::new("unknown_model", "model", format!("one of {}", known.join(", ")), name));
        };
        chosen.iter().try_for_each(|(name, value)| Parameters::new(&[]).set(name, *value))?;
        Ok(Self { name, way: Way::Live(*maker) })
    }

    /// A trained method with these hyper-parameters.
    pub(super) fn of(method: &'static Method, parameters: Parameters) -> Self {
        Self { name: method.name, way: Way::Trained(method, parameters) }
    }

    /// What a shop without a trained model does for a kind of recommendation, by its name; `for-you` where it has no way of
    /// its own.
    pub(super) fn live(kind: &str) -> Self {
        let pages = LIVE_PAGES.iter().find(|(known, _)| *known == kind);
        let for_you = || LIVE.iter().find(|(known, _)| *known == "for-you");
        let (name, maker) = pages.or_else(for_you).copied().expect("`for-you` is in the list");
        Self { name, way: Way::Live(maker) }
    }

    /// The method and hyper-parameters behind it; `None` for what is learnt live.
    pub(super) fn trained(&self) -> Option<(&'static Method, &Parameters)> {
        match &self.way {
            Way::Live(_) => None,
            Way::Trained(method, parameters) => Some((method, parameters)),
        }
    }

    /// Learns from the training part, without limits and with nobody looking on.
    ///
    /// # Errors
    /// Where training fails.
    pub(crate) fn learn_whole<'a>(&self, learnt: &'a Learnt) -> crate::Result<Box<dyn Recommender + 'a>> {
        Ok(self.learn(learnt, Within { memory: None, watcher: &mut () })?.0)
    }

    /// Learns from the training part; remarks say what that took, where it took a training, and what it found.
    ///
    /// # Errors
    /// Where training fails or is stopped.
    pub(super) fn learn<'a>(
        &self,
        learnt: &'a Learnt,
        Within { memory, watcher }: Within<'_>,
    ) -> crate::Result<(Box<dyn Recommender + 'a>, Vec<String>)> {
        match &self.way {
            Way::Live(maker) => Ok((maker(learnt), Vec::new())),
            Way::Trained(method, parameters) => {
                let began = std::time::Instant::now();
                let data = TrainingData { interactions: &learnt.interactions, items: &learnt.contents, seed: 1 };
                let model = train(method, parameters, &data, memory, watcher)
                    .map_err(|error| crate::Error::Training(method.name.to_owned(), error))?;
                let seconds = began.elapsed().as_secs_f64();
                let chosen: Vec<String> = parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let remark = format!("{} trained in {seconds:.1} s ({})", method.name, chosen.join(", "));
                let remarks = [remark].into_iter().chain(model.remarks()).collect();
                Ok((Box::new(Trained { model, repeats: learnt.repeats.as_ref() }), remarks))
            }
        }
    }
}

/// What serving derives from a log, derived from the training part: the same states, folded the same way.
pub struct Learnt {
    state: State,
    neighbours: Neighbours,
    for_you: ForYouConfig,
    items: usize,
    pub(super) interactions: Interactions,
    contents: Arc<ItemContents>,
    /// What is bought again, and when; `None` where the protocol says what may be recommended.
    repeats: Option<Repeats>,
}

impl Learnt {
    /// Folds the training part of a split.
    pub fn from_split(split: &Split) -> Self {
        let mut state = State::new(Config::default());
        let mut neighbours = Neighbours::new(neighbours(split.order));
        let start = split.training.first().map_or(Millis(0), |signal| signal.time);
        for (row, _) in split.items.iter() {
            state.set_item(row, facts(start));
        }
        for signal in &split.training {
            state.fold(signal);
            neighbours.fold(signal);
        }
        let items = split.items.len();
        let interactions = Interactions::from_signals(&split.training, items);
        let contents = Arc::clone(&split.contents);
        // In a shop's own log a model answers as it would serve.
        let repeats = (split.order == Order::Times).then(|| Repeats::fit(&interactions, &contents.categories));
        Self { state, neighbours, for_you: for_you(split.order), items, interactions, contents, repeats }
    }

    /// What is known of an actor, last touched first.
    pub fn history(&self, actor: Row) -> Vec<Touch> {
        self.state.history(actor)
    }

    /// Lets trainings see the interactions of a share of the users alone; what is folded live stays as it is.
    pub(super) fn learn_from(&mut self, split: &Split, share: f64) {
        // Multiplicative hashing (Knuth 1973, section 6.4): the same users each time, whatever their numbers mean.
        let is_in = |row: Row| f64::from(row.0.wrapping_mul(2_654_435_769)) < share * f64::from(u32::MAX);
        let user = |signal: &&types::Signal| signal.actor.or(signal.session).is_some_and(is_in);
        let signals = split.training.iter().filter(|signal| share >= 1.0 || user(signal));
        self.interactions = Interactions::from_signals(signals, self.items);
    }

    fn popular(&self, now: Millis, limit: usize) -> Vec<(Row, f32)> {
        self.state.popular(Scope::Shop, now, limit.min(self.items))
    }
}

/// The parameters of "for you": those of a shop, but in a set, where nothing is last, all items speak alike.
fn for_you(order: Order) -> ForYouConfig {
    let serving = ForYouConfig::default();
    match order {
        Order::Times | Order::Sequence => serving,
        Order::Unknown => ForYouConfig { items: usize::MAX, place_exponent: 0.0, ..serving },
    }
}

/// The parameters of neighbours: those of a shop, but in a set every item is met by every other one, near or far.
fn neighbours(order: Order) -> NeighboursConfig {
    let serving = NeighboursConfig::default();
    match order {
        Order::Times | Order::Sequence => serving,
        Order::Unknown => NeighboursConfig {
            window: 512,
            links: 256,
            forward_weight: 1.0,
            backward_weight: 1.0,
            decay_in_visit: false,
            ..serving
        },
    }
}

/// An item of which nothing is known but that it may be sold.
fn facts(first_seen: Millis) -> ItemFacts {
    ItemFacts {
        price: None,
        categories: Vec::new().into(),
        brand: None,
        group: None,
        rating: None,
        rating_count: 0,
        first_seen,
        buyable: true,
        list_price: None,
        stock: None,
        margin: None,
        text_quality: 0.0,
    }
}

/// A trained model.
struct Trained<'a> {
    model: Box<dyn Model>,
    repeats: Option<&'a Repeats>,
}

impl Recommender for Trained<'_> {
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row> {
        let known = self.repeats.map_or_else(Known::default, |repeats| Known::of(history, repeats, now));
        let best = self.model.recommend(&Ask { history, now }, limit, &|row| known.is_open(row));
        best.into_iter().map(|(item, _)| item).collect()
    }
}

/// Items by chance, others for each history: what any figure is to be compared with.
struct Chance(usize);

impl Recommender for Chance {
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row> {
        let first = history.first().map_or(0, |touch| u64::from(touch.item.0) + 1);
        let mut items: Vec<Row> = (0..self.0 as u32).map(Row).collect();
        Rng::new(now.0 as u64 ^ (first << 40) ^ ((history.len() as u64) << 20)).shuffle(&mut items);
        items.truncate(limit);
        items
    }
}

/// Neighbours of the items touched last, each speaking alike: what a page without "for you" would show.
struct Nearest<'a>(&'a Learnt);

impl Recommender for Nearest<'_> {
    fn recommend(&self, history: &[Touch], _now: Millis, limit: usize) -> Vec<Row> {
        /// Items that speak.
        const LAST: usize = 16;
        let mut scores: FxHashMap<Row, f32> = FxHashMap::default();
        for touch in history.iter().filter(|touch| touch.weight > 0.0).take(LAST) {
            for (item, score) in self.0.neighbours.similar(touch.item, limit) {
                *scores.entry(item).or_default() += score;
            }
        }
        let mut best: Vec<(Row, f32)> = scores.into_iter().collect();
        best.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.into_iter().take(limit).map(|(item, _)| item).collect()
    }
}

/// What was bought together with the items of the history.
struct Together<'a>(&'a Learnt);

impl Recommender for Together<'_> {
    fn recommend(&self, history: &[Touch], _now: Millis, limit: usize) -> Vec<Row> {
        let seeds: Vec<Row> = history.iter().map(|touch| touch.item).collect();
        self.0.neighbours.bought_together(&seeds, limit).into_iter().map(|(item, _)| item).collect()
    }
}

/// The shop's "for you".
struct Blend<'a> {
    learnt: &'a Learnt,
    for_you: ForYou,
}

impl Recommender for Blend<'_> {
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row> {
        let popular = self.learnt.popular(now, ForYou::POPULAR);
        let best = self.for_you.recommend(&self.learnt.neighbours, history, &popular, now, limit);
        best.into_iter().map(|recommended| recommended.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_model_is_told_the_known_ones() {
        let error = Choice::new("magic", &[]).unwrap_err().to_string();
        assert!(
            error.starts_with("`model`: expected one of popular,") && error.ends_with("for-you, got magic"),
            "{error}"
        );
        let error = Choice::new("for-you", &[("decay".to_owned(), 1.0)]).unwrap_err().to_string();
        assert_eq!(error, "`parameter`: expected no parameter, got decay");
    }
}
