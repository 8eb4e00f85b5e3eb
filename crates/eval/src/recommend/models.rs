use features::{Config, ItemFacts, Scope, State};
use learn::recommend::{Ask, Interactions, ItemContents, METHODS, Method, Model, Parameters, TrainingData, train};
use learn::{ForYou, ForYouConfig, Neighbours, NeighboursConfig};
use types::{FieldError, Millis, Row, Touch};

use super::data::{Order, Split};

/// Answers questions after having learnt. The history comes last touched first; the answer best first, at most `limit`
/// items, without one twice.
pub trait Recommender: Sync {
    /// The items for a history at `now`.
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row>;
}

/// Makes a recommender from what was learnt.
type Maker = for<'a> fn(&'a Learnt) -> Box<dyn Recommender + 'a>;

/// What serving folds event by event, by name.
const LIVE: &[(&str, Maker)] =
    &[("for-you", |learnt| Box::new(Blend { learnt, for_you: ForYou::new(learnt.for_you.clone()) }))];

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

    /// Learns from the training part; a remark says what that took, where it took a training.
    ///
    /// # Errors
    /// Where training fails.
    pub(super) fn learn<'a>(&self, learnt: &'a Learnt) -> crate::Result<(Box<dyn Recommender + 'a>, Option<String>)> {
        match &self.way {
            Way::Live(maker) => Ok((maker(learnt), None)),
            Way::Trained(method, parameters) => {
                let began = std::time::Instant::now();
                let data = TrainingData { interactions: &learnt.interactions, items: &learnt.contents, seed: 1 };
                let model = train(method, parameters, &data, None, &mut ())
                    .map_err(|error| crate::Error::Training(method.name.to_owned(), error))?;
                let seconds = began.elapsed().as_secs_f64();
                let chosen: Vec<String> = parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let remark = format!("{} trained in {seconds:.1} s ({})", method.name, chosen.join(", "));
                Ok((Box::new(Trained(model)), Some(remark)))
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
    interactions: Interactions,
    contents: ItemContents,
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
        let contents = ItemContents::default();
        Self { state, neighbours, for_you: for_you(split.order), items, interactions, contents }
    }

    /// What is known of an actor, last touched first.
    pub fn history(&self, actor: Row) -> Vec<Touch> {
        self.state.history(actor)
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
    }
}

/// A model of the registry.
struct Trained(Box<dyn Model>);

impl Recommender for Trained {
    fn recommend(&self, history: &[Touch], now: Millis, limit: usize) -> Vec<Row> {
        let best = self.0.recommend(&Ask { history, now }, limit, &|_| true);
        best.into_iter().map(|(item, _)| item).collect()
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
