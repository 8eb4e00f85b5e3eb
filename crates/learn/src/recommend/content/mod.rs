//! What items are, mapped to who wants them, so that new items are recommended too.

mod design;
mod mapping;

use types::Row;

use self::design::{Design, Rows};
use self::mapping::{Mapping, Scores, affinities};
use super::fit::tell;
use super::{
    Ask, FitError, ItemContents, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData,
    Watcher, sort_shares,
};
use crate::bytes::{Reader, Writer};

/// What items are, mapped to who wants them.
pub(super) const METHOD: Method = Method {
    name: "content",
    about: "scores items by their text and attributes: new ones as those like them, known ones more and more by who wants them",
    parameters: &[
        Parameter {
            name: "mapping",
            about: "1 learns who wants which contents; 0 takes contents like those of the history",
            default: 1.0,
            min: 0.0,
            max: 1.0,
            scale: Scale::Switch,
        },
        Parameter {
            name: "few-shot",
            about: "users after which an item is judged half by them and half by its contents",
            default: 3.0,
            min: 0.01,
            max: 1_000.0,
            scale: Scale::Log,
        },
        Parameter {
            name: "shrinkage",
            about: "how much items of few users are distrusted",
            default: 5.0,
            min: 0.0,
            max: 1_000.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "likeness",
            about: "what contents like those of the history count beside the mapping",
            default: 0.1,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "boost",
            about: "what new items are raised by against known ones",
            default: 1.0,
            min: 0.1,
            max: 10.0,
            scale: Scale::Log,
        },
    ],
    trainer: |parameters| Box::new(ContentTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Content::decode(bytes)?)),
};

#[derive(Debug)]
struct ContentTrainer {
    maps: bool,
    few_shot: f32,
    shrinkage: f32,
    likeness: f32,
    boost: f32,
}

impl ContentTrainer {
    fn new(parameters: &Parameters) -> Self {
        let [few_shot, shrinkage, likeness, boost] =
            ["few-shot", "shrinkage", "likeness", "boost"].map(|name| parameters.float(name));
        Self { maps: parameters.is_on("mapping"), few_shot, shrinkage, likeness, boost }
    }
}

impl Trainer for ContentTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let items = data.interactions.items();
        let Some(design) = Design::of(data.items, items) else { return 0 };
        let rows = 4 * items * data.items.dims + 8 * data.items.attributes.len();
        // Neighbours are held twice while they are put together; products of four chunks lie beside their sum.
        let pairs = 16 * data.interactions.len() + 2 * 8 * 100 * items;
        let square = design.width() * design.width();
        let threads = rayon::current_num_threads();
        (rows + pairs + square * (8 * 3 + 4 * 5) + 4 * items * threads * 2) as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let items = data.interactions.items();
        let nothing = || FitError::Nothing { expected: "texts or attributes of items" };
        let design = Design::of(data.items, items).ok_or_else(nothing)?;
        let rows = design.rows(data.items, items);
        let mut content = Content {
            design,
            rows,
            affinities: Sparse::from_rows(items, (0..items).map(|_| Vec::new())),
            trusts: vec![0.0; items],
            mapping: None,
            likeness: 1.0,
            boost: 1.0,
        };
        if self.maps {
            let (affinities, counts) = affinities(data.interactions, self.shrinkage, watcher)?;
            content.affinities = affinities;
            content.trusts = counts.into_iter().map(|count| count / (count + self.few_shot)).collect();
            content.likeness = self.likeness;
            content.boost = self.boost;
            let examples = content.examples(data);
            content.mapping = Some(Mapping::fit(&content.rows, &content.trusts, &examples, data.seed, watcher)?);
        }
        tell(watcher, 1.0, None)?;
        Ok(Box::new(content))
    }
}

/// What an item of the history says: the one touched last most.
const PLACE_EXPONENT: f32 = 0.5;
/// Items of the history that speak, the last ones.
const SPEAKERS: usize = 100;

/// Scores known items by the users they share with the history's, new ones by their contents, and those between by both:
/// `score(j) = t_j (S'u)_j + (1 - t_j) boost x_j · z(u)`, with `u` what the history says, `S` the affinities, `x_j` the
/// contents of item j, `t_j = n_j / (n_j + few-shot)` for `n_j` users, and `z(u)` from the mapping of `S'u` and the contents
/// of the history. Linear in `u`, so parts add up.
#[derive(Clone, PartialEq, Debug)]
struct Content {
    design: Design,
    rows: Rows,
    affinities: Sparse,
    trusts: Vec<f32>,
    /// `None`: contents alone.
    mapping: Option<Mapping>,
    likeness: f32,
    boost: f32,
}

/// What a history says: scores of known items, and what is multiplied with contents.
struct Said {
    known: Scores,
    wanted: Vec<f32>,
}

impl Content {
    /// Items of the history that are known here, with what each says.
    fn speakers(&self, ask: &Ask<'_>) -> Vec<(usize, f32)> {
        let (mut place, mut speakers) = (0usize, Vec::new());
        for (at, touch) in ask.history.iter().take(SPEAKERS).enumerate() {
            // What was touched at one moment shares a place, because its order means nothing.
            place += usize::from(at > 0 && ask.history[at - 1].time != touch.time);
            let says = if touch.refused { -touch.weight.abs() } else { touch.weight };
            if touch.item.index() < self.rows.items() && says.is_finite() {
                speakers.push((touch.item.index(), says.clamp(-1.0, 1.0) / (1.0 + place as f32).powf(PLACE_EXPONENT)));
            }
        }
        speakers
    }

    fn known(&self, speakers: &[(usize, f32)]) -> Scores {
        let mut all: Vec<(u32, f32)> = Vec::new();
        for (item, says) in speakers {
            let (others, values) = self.affinities.row(*item);
            all.extend(others.iter().zip(values).map(|(other, value)| (*other, says * value)));
        }
        all.sort_by_key(|(item, _)| *item);
        all.chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same[0].0 as usize, same.iter().map(|(_, part)| part).sum()))
            .collect()
    }

    fn said(&self, speakers: &[(usize, f32)]) -> Said {
        let known = self.known(speakers);
        let mut wanted = match &self.mapping {
            Some(mapping) => mapping.of(&self.rows, &self.trusts, &known),
            None => vec![0.0; self.rows.width()],
        };
        let constant = wanted.last().copied();
        speakers.iter().for_each(|(item, says)| self.rows.add(*item, self.likeness * says, &mut wanted));
        // The constant is no likeness.
        if let (Some(last), Some(constant)) = (wanted.last_mut(), constant) {
            *last = constant;
        }
        Said { known, wanted }
    }

    /// Histories for the mapping to learn by.
    fn examples(&self, data: &TrainingData<'_>) -> Vec<Scores> {
        const EXAMPLES: usize = 300;
        let every = data.interactions.users().div_ceil(EXAMPLES).max(1);
        let speakers = |list: &[super::Interaction]| -> Vec<(usize, f32)> {
            let liked = list.iter().rev().filter(|entry| entry.weight > 0.0).take(SPEAKERS);
            liked.zip(1..).map(|(e, place)| (e.item.index(), (place as f32).powf(-PLACE_EXPONENT))).collect()
        };
        data.interactions.iter().step_by(every).map(|list| self.known(&speakers(list))).collect()
    }
}

impl Model for Content {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.rows.items()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        let speakers = self.speakers(ask);
        if speakers.is_empty() {
            scores.fill(0.0);
            return;
        }
        let said = self.said(&speakers);
        for (item, score) in scores.iter_mut().enumerate() {
            *score = (1.0 - self.trusts[item]) * self.boost * self.rows.dot(item, &said.wanted);
        }
        said.known.iter().for_each(|(item, score)| scores[*item] += self.trusts[*item] * score);
    }

    fn score_new(&self, ask: &Ask<'_>, contents: &ItemContents, items: usize) -> Option<Vec<f32>> {
        let said = self.said(&self.speakers(ask));
        let rows = self.design.rows(contents, items);
        Some((0..items).map(|item| self.boost * rows.dot(item, &said.wanted)).collect())
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        if item.index() >= self.items() {
            return Vec::new();
        }
        let trust = self.trusts[item.index()];
        let part = |speaker: (usize, f32)| {
            let said = self.said(&[speaker]);
            let known = said.known.iter().find(|(other, _)| *other == item.index()).map_or(0.0, |(_, score)| *score);
            let part = trust * known + (1.0 - trust) * self.boost * self.rows.dot(item.index(), &said.wanted);
            Share { because: Some(Row(speaker.0 as u32)), part }
        };
        let mut shares: Vec<Share> = self.speakers(ask).into_iter().map(part).collect();
        shares.retain(|share| share.part != 0.0);
        sort_shares(&mut shares);
        shares
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.design.encode(&mut out);
        self.rows.encode(&mut out);
        self.affinities.write(&mut out);
        out.floats(&self.trusts);
        out.byte(u8::from(self.mapping.is_some()));
        if let Some(mapping) = &self.mapping {
            out.floats(&mapping.inverse);
            out.float(mapping.lift);
        }
        [self.likeness, self.boost].iter().for_each(|float| out.float(*float));
        out.0
    }
}

impl Content {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let (design, rows) = (Design::decode(&mut input)?, Rows::decode(&mut input)?);
        let (affinities, trusts) = (Sparse::read(&mut input)?, input.floats()?);
        let mapping = match input.byte()? {
            0 => None,
            1 => Some(Mapping { inverse: input.floats()?, lift: input.float()? }),
            _ => return Err(input.fault("whether there is a mapping")),
        };
        let (likeness, boost) = (input.float()?, input.float()?);
        input.end()?;
        let (items, width) = (rows.items(), rows.width());
        let shapes = (affinities.rows(), affinities.columns(), trusts.len(), design.width());
        let square = mapping.as_ref().is_none_or(|mapping| mapping.inverse.len() == width * width);
        if shapes != (items, items, items, width) || !square {
            return Err(input.fault("parts of the same items and contents"));
        }
        Ok(Self { design, rows, affinities, trusts, mapping, likeness, boost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_method, history, signal};
    use crate::recommend::{Interactions, train};
    use proptest::prelude::*;
    use types::{Millis, Signal};

    /// Items 0..10 are of one kind, 10..20 of another; nobody met items 9 and 19.
    fn contents(dims: usize) -> ItemContents {
        let attribute = |item: u32| vec![(item / 10, 1.0), (2 + item % 3, 1.0)];
        let vector =
            |item: usize| (0..dims).map(move |d| if d == item / 10 { 0.9 } else { 0.1 + 0.01 * (item % 4) as f32 });
        ItemContents {
            attributes: Sparse::from_rows(5, (0..20).map(attribute)),
            vectors: (0..20).flat_map(vector).collect(),
            dims,
            ..ItemContents::default()
        }
    }

    fn model(contents: &ItemContents, chosen: &[(&str, f64)]) -> Box<dyn Model> {
        let wanted = |user: u32| (0..5u32).map(move |k| (user % 2) * 10 + (user / 2 + 2 * k) % 9);
        let signals: Vec<Signal> =
            (0..40).flat_map(|user| wanted(user).zip(0..).map(move |(item, at)| signal(user, item, at))).collect();
        let interactions = Interactions::from_signals(&signals, 20);
        let mut parameters = Parameters::new(METHOD.parameters);
        chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
        let data = TrainingData { interactions: &interactions, items: contents, seed: 1 };
        let model = train(&METHOD, &parameters, &data, None, &mut ()).unwrap();
        let read = (METHOD.decode)(&model.encode()).unwrap();
        assert_eq!(read.encode(), model.encode());
        model
    }

    fn ask<R>(items: &[u32], asked: impl FnOnce(&Ask<'_>) -> R) -> R {
        asked(&Ask { history: &history(items), now: Millis(1_704_200_000_000) })
    }

    #[test]
    fn new_items_are_found_by_what_they_are() {
        check_method(&METHOD);
        for (dims, mapping) in [(0, 1.0), (0, 0.0), (8, 1.0), (8, 0.0)] {
            let contents = contents(dims);
            let model = model(&contents, &[("mapping", mapping)]);
            let mut scores = vec![0.0; 20];
            ask(&[10, 13], |ask| model.score(ask, &mut scores));
            assert!(scores[19] > 0.0 && scores[19] > scores[9], "{dims} {mapping} {scores:?}");
            // The same contents of an item that came after training.
            let one = ItemContents {
                attributes: Sparse::from_rows(5, [vec![(1, 1.0), (3, 1.0)]]),
                vectors: contents.vectors[19 * dims..].to_vec(),
                dims,
                ..ItemContents::default()
            };
            let new = ask(&[10, 13], |ask| model.score_new(ask, &one, 1)).unwrap();
            assert!((new[0] - scores[19]).abs() < 1e-5, "{new:?} {scores:?}");
        }
    }

    #[test]
    fn odd_contents_are_passed_over() {
        let mut odd = contents(8);
        odd.vectors[3] = f32::NAN;
        odd.vectors[8..16].fill(0.0);
        let mut scores = vec![0.0; 20];
        ask(&[0, 1], |ask| model(&odd, &[]).score(ask, &mut scores));
        assert!(scores.iter().all(|score| score.is_finite()) && scores[9] > scores[19], "{scores:?}");
    }

    proptest! {
        #[test]
        fn parts_add_up(items in prop::collection::vec(0u32..20, 1..6), item in 0u32..20) {
            let model = model(&contents(4), &[]);
            let mut scores = vec![0.0; 20];
            let shares = ask(&items, |ask| {
                model.score(ask, &mut scores);
                model.explain(ask, Row(item))
            });
            let largest = shares.iter().map(|share| share.part.abs()).fold(0.1f32, f32::max);
            let sum: f32 = shares.iter().map(|share| share.part).sum();
            prop_assert!((sum - scores[item as usize]).abs() <= 1e-4 * largest, "{sum} {}", scores[item as usize]);
        }
    }
}
