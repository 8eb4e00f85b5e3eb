//! Items wanted by those who wanted the items of the history.

mod similarity;

use rayon::prelude::*;
use types::Row;

use self::similarity::Similarity;
use super::fit::tell;
use super::linear::{known_weights, shares};
use super::pairs::{Count, PairConfig, Pairs, Tally};
use super::sparse::keep_best;
use super::weighed::Weighing;
use super::{
    Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData, Watcher,
    sort_shares,
};
use crate::bytes::{Reader, Writer};
use crate::weighting::Weighting;

/// Item-to-item neighbours, in the direction of time.
pub(super) const METHOD: Method = Method {
    name: "neighbours",
    about: "items wanted before, with and after those of the history; the shares of a score are exact",
    parameters: &[
        Parameter {
            name: "similarity",
            about: "0 cosine, 1 Jaccard, 2 lift, 3 log-likelihood",
            default: 0.0,
            min: 0.0,
            max: 3.0,
            scale: Scale::Whole,
        },
        linear(
            "popularity",
            "share of a cosine's norm that is the neighbour's: more lowers popular ones",
            0.35,
            0.0,
            1.0,
        ),
        linear("shrinkage", "meetings at which a pair is believed by half", 2.0, 0.0, 1e3),
        Parameter {
            name: "window",
            about: "moments between two items of a pair at most",
            default: 20.0,
            min: 0.0,
            max: 1e3,
            scale: Scale::Whole,
        },
        linear("distance", "a pair is divided by the moments between to this power", 0.8, 0.0, 4.0),
        linear("backward", "weight of a pair against the direction of time", 0.5, 0.0, 2.0),
        linear("half-life-days", "days after which what happened counts half; 0 counts all alike", 0.0, 0.0, 3650.0),
        linear(
            "gap-half-life-days",
            "days between two items at which their pair counts half; 0: never",
            30.0,
            0.0,
            3650.0,
        ),
        linear(
            "user-exponent",
            "what a user says is divided by the length of the user's list to this power",
            0.5,
            0.0,
            2.0,
        ),
        Parameter {
            name: "links",
            about: "neighbours kept of each item; 8 bytes each",
            default: 256.0,
            min: 1.0,
            max: 1e5,
            scale: Scale::Whole,
        },
        Parameter {
            name: "items",
            about: "items of the history that speak, the last ones",
            default: 512.0,
            min: 1.0,
            max: 1e5,
            scale: Scale::Whole,
        },
        linear("place-exponent", "an item speaks less by the moments after it to this power", 1.0, 0.0, 8.0),
        linear("say-half-life-days", "days after which what an item says is halved; 0: never", 120.0, 0.0, 3650.0),
        linear("repeat", "what a share of users who come back for an item counts for it", 40.0, 0.0, 1e3),
        linear("popular", "by how many times its score the most popular item is raised", 0.5, 0.0, 1e3),
    ],
    trainer: |parameters| Box::new(NeighboursTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Neighbours::decode(bytes)?)),
};

const fn linear(name: &'static str, about: &'static str, default: f64, min: f64, max: f64) -> Parameter {
    Parameter { name, about, default, min, max, scale: Scale::Linear }
}

#[derive(Debug)]
struct NeighboursTrainer {
    weighting: Weighting,
    pairs: PairConfig,
    weighing: Weighing,
    links: usize,
    repeat: f32,
    popular: f32,
}

impl NeighboursTrainer {
    fn new(parameters: &Parameters) -> Self {
        let shrinkage = parameters.float("shrinkage");
        Self {
            weighting: match parameters.whole("similarity") {
                0 => Weighting::Cosine { popularity: parameters.float("popularity"), shrinkage },
                1 => Weighting::Jaccard { shrinkage },
                2 => Weighting::Lift { shrinkage },
                _ => Weighting::LogLikelihood,
            },
            pairs: PairConfig {
                window: parameters.whole("window"),
                distance: parameters.float("distance"),
                backward: parameters.float("backward"),
                half_life_days: parameters.float("half-life-days"),
                gap_half_life_days: parameters.float("gap-half-life-days"),
                user_exponent: parameters.float("user-exponent"),
            },
            weighing: Weighing {
                items: parameters.whole("items"),
                place_exponent: parameters.float("place-exponent"),
                half_life_days: parameters.float("say-half-life-days"),
            },
            links: parameters.whole("links"),
            repeat: parameters.float("repeat"),
            popular: parameters.float("popular"),
        }
    }
}

/// Items whose neighbours are counted between two reports of progress.
const BLOCK: usize = 2_048;
/// What popularity alone says, where the most popular item is 1: next to nothing, so that it only orders what the history
/// leaves open.
const POPULAR_ALONE: f32 = 1e-9;
/// Meetings at which an item's own rate of coming back is believed by half; the rest is the rate of all items.
const REPEAT_SHRINKAGE: f32 = 5.0;

impl Trainer for NeighboursTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (items, threads) = (data.interactions.items() as u64, rayon::current_num_threads() as u64);
        let links = items * (self.links as u64).min(items) * 16;
        Pairs::memory(data.interactions) + threads * items * 16 + links + 24 * items
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let pairs = Pairs::new(data.interactions, &self.pairs);
        let items = pairs.items();
        let totals: Vec<Count> = (0..items).into_par_iter().map(|item| pairs.total(item)).collect();
        let most = totals.iter().map(|total| total.mass).fold(f32::MIN_POSITIVE, f32::max);
        let popularity: Vec<f32> = totals.iter().map(|total| total.mass / most).collect();
        let similarity = Similarity::new(self.weighting, &totals);
        let (mut rows, mut repeats) = (Vec::with_capacity(items), Vec::with_capacity(items));
        for start in (0..items).step_by(BLOCK) {
            let end = (start + BLOCK).min(items);
            let counted: Vec<(Vec<(u32, f32)>, f32)> = (start..end)
                .into_par_iter()
                .map_init(|| Tally::new(items), |tally, item| self.neighbours(&pairs, &similarity, item, tally))
                .collect();
            for (row, repeat) in counted {
                rows.push(row);
                repeats.push(repeat);
            }
            tell(watcher, end as f64 / items as f64, None)?;
        }
        let mut links = Sparse::from_rows(items, rows);
        let raise: Vec<f32> = popularity.iter().map(|share| 1.0 + self.popular * share).collect();
        links.scale(&vec![1.0; items], &raise);
        let repeats = self.repeats(&repeats, &totals, &raise);
        Ok(Box::new(Neighbours { links, repeats, popularity, weighing: self.weighing }))
    }
}

impl NeighboursTrainer {
    /// The best links of an item, and the mass of its meetings with itself.
    fn neighbours(
        &self,
        pairs: &Pairs,
        similarity: &Similarity<'_>,
        item: usize,
        tally: &mut Tally,
    ) -> (Vec<(u32, f32)>, f32) {
        pairs.count(item, tally);
        // Most that an item met is far from the best: what cannot be among them is not kept.
        let (mut row, mut least, mut again) = (Vec::new(), 0.0, 0.0);
        tally.drain(|other, count| {
            if other as usize == item {
                again = count.mass;
            }
            if other as usize == item || count.mass <= 0.0 {
                return;
            }
            let similarity = similarity.of(item, other as usize, count);
            if similarity > least {
                row.push((other, similarity));
                if row.len() == 2 * self.links {
                    keep_best(&mut row, self.links);
                    least = row.iter().map(|(_, similarity)| *similarity).fold(f32::MAX, f32::min);
                }
            }
        });
        keep_best(&mut row, self.links);
        // Here, where others are counted beside it, rather than when rows become one matrix.
        row.sort_unstable_by_key(|(other, _)| *other);
        (row, again)
    }

    /// What each item says for itself: how often users come back for it, rare items as all items together.
    fn repeats(&self, again: &[f32], totals: &[Count], raise: &[f32]) -> Vec<f32> {
        let mass: f32 = totals.iter().map(|total| total.mass).sum();
        let mean = again.iter().map(|again| again.max(0.0)).sum::<f32>() / mass.max(f32::MIN_POSITIVE);
        let each = again.iter().zip(totals).zip(raise);
        each.map(|((again, total), raise)| {
            let believed = total.meetings / (total.meetings + REPEAT_SHRINKAGE);
            let own = again.max(0.0) / total.mass.max(f32::MIN_POSITIVE);
            self.repeat * raise * (believed * own + (1.0 - believed) * mean).min(1e3)
        })
        .collect()
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Neighbours {
    links: Sparse,
    /// What each item says for itself.
    repeats: Vec<f32>,
    /// Shares of the most popular item's mass.
    popularity: Vec<f32>,
    weighing: Weighing,
}

impl Neighbours {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let weighing =
            Weighing { items: input.small()? as usize, place_exponent: input.float()?, half_life_days: input.float()? };
        let (repeats, popularity, links) = (input.floats()?, input.floats()?, Sparse::read(&mut input)?);
        let items = links.rows();
        if links.columns() != items || repeats.len() != items || popularity.len() != items {
            return Err(input.fault("as many items in each part"));
        }
        input.end()?;
        Ok(Self { links, repeats, popularity, weighing })
    }
}

impl Model for Neighbours {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.links.rows()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        scores.iter_mut().zip(&self.popularity).for_each(|(score, share)| *score = POPULAR_ALONE * share);
        for (item, weight) in known_weights(&self.weighing, ask, self.items()) {
            self.links.add_row(item.index(), weight, scores);
            scores[item.index()] += weight * self.repeats[item.index()];
        }
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        let Some(popularity) = self.popularity.get(item.index()) else { return Vec::new() };
        let mut shares = shares(&known_weights(&self.weighing, ask, self.items()), |from| {
            let own = if from == item { self.repeats[item.index()] } else { 0.0 };
            self.links.value(from.index(), item.0) + own
        });
        let alone = Share { because: None, part: POPULAR_ALONE * popularity };
        shares.extend(Some(alone).filter(|share| share.part != 0.0));
        sort_shares(&mut shares);
        shares
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.number(self.weighing.items as u64);
        out.float(self.weighing.place_exponent);
        out.float(self.weighing.half_life_days);
        out.floats(&self.repeats);
        out.floats(&self.popularity);
        self.links.write(&mut out);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_method, history, signal, trained};
    use crate::recommend::{Interactions, ItemContents, train};
    use proptest::prelude::*;
    use types::{Millis, Signal};

    fn fitted(signals: &[Signal], chosen: &[(&str, f64)]) -> Box<dyn Model> {
        let mut parameters = Parameters::new(METHOD.parameters);
        chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
        let interactions = Interactions::from_signals(signals, 6);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        train(&METHOD, &parameters, &data, None, &mut ()).unwrap()
    }

    fn score(model: &dyn Model, items: &[u32], of: usize) -> f32 {
        let mut scores = vec![0.0; model.items()];
        model.score(&Ask { history: &history(items), now: history(&[0])[0].time }, &mut scores);
        scores[of]
    }

    #[test]
    fn follows_the_direction_of_time() {
        check_method(&METHOD);
        let model = trained(&METHOD, &[], &["phone case", "phone case", "phone case", "tea cup", "tea cup"]);
        assert_eq!(model.answer("phone").split(' ').next(), Some("case"));
        let (after, before) = (trained(&METHOD, &[("backward", 0.0)], &["a b", "a b"]), model.answer("case"));
        assert_eq!(before.split(' ').next(), Some("phone"), "backwards too, where nothing else is known");
        assert_eq!((after.answer("a").as_str(), after.answer("b").as_str()), ("b", "a"), "a only for its popularity");
    }

    #[test]
    fn every_similarity_prefers_the_sure_pair_to_the_popular_item() {
        let users = ["x a b", "x a b", "x a b", "x c", "x d", "x e", "x c d", "x e c", "x d"];
        for similarity in 0..4 {
            let chosen = [("similarity", f64::from(similarity)), ("popular", 0.0), ("popularity", 0.5)];
            let answer = trained(&METHOD, &chosen, &users).answer("b");
            assert_eq!(answer.split(' ').next(), Some("a"), "{similarity}: {answer}");
        }
    }

    #[test]
    fn dislikes_lower_at_learning_and_at_asking() {
        let mut signals: Vec<Signal> =
            (0..6).flat_map(|user| [signal(user, 0, 0), signal(user, 1, 1), signal(user, 2, 2)]).collect();
        let liked = fitted(&signals, &[]);
        signals[1].strength = -3.0;
        let disliked = fitted(&signals, &[]);
        assert!(score(disliked.as_ref(), &[0], 1) < score(liked.as_ref(), &[0], 1));
        let mut refused = history(&[0, 2]);
        refused[0].refused = true;
        let mut scores = vec![0.0; 6];
        liked.score(&Ask { history: &refused, now: refused[0].time }, &mut scores);
        assert!(scores[1] < score(liked.as_ref(), &[2], 1), "a refused item speaks against its neighbours");
    }

    #[test]
    fn what_is_bought_again_speaks_for_itself() {
        let again = trained(&METHOD, &[], &["milk milk milk", "milk milk", "lamp sofa", "lamp tea", "lamp"]);
        let (milk, lamp) = (again.items.row("milk").unwrap(), again.items.row("lamp").unwrap());
        let own = |item: Row| score(again.model.as_ref(), &[item.0], item.index());
        assert!(own(milk) > 2.0 * own(lamp), "{} {}", own(milk), own(lamp));
    }

    proptest! {
        #[test]
        fn shares_add_up(pairs in prop::collection::vec((0u32..5, 0u32..6), 1..60), asked in prop::collection::vec(0u32..7, 0..6)) {
            let signals: Vec<Signal> = (0..).zip(&pairs).map(|(minute, (user, item))| signal(*user, *item, minute)).collect();
            let model = fitted(&signals, &[]);
            let mut touches = history(&asked);
            touches.iter_mut().step_by(3).skip(1).for_each(|touch| touch.weight = -1.5);
            let ask = Ask { history: &touches, now: Millis(1_704_200_000_000) };
            let mut scores = vec![0.0; 6];
            model.score(&ask, &mut scores);
            for item in 0..6 {
                let shares = model.explain(&ask, Row(item));
                let sum: f32 = shares.iter().map(|share| share.part).sum();
                let largest = shares.iter().map(|share| share.part.abs()).fold(1e-12, f32::max);
                prop_assert!((sum - scores[item as usize]).abs() <= 1e-4 * largest, "{} {}", sum, scores[item as usize]);
            }
        }
    }
}
