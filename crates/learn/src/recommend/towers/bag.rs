use types::{Row, Touch};

use super::contents::Described;
use super::examples::{LENGTH, Places, age};
use super::step::{COUNTS, count};
use crate::bytes::{Reader, Writer};
use crate::recommend::factors::{Confidence, Fold, Vectors};
use crate::recommend::{ItemContents, Share};

/// The tower of histories: the sum of what their liked items say, brought to length 1, less what was turned down.
#[derive(Clone, Debug)]
pub(in crate::recommend) struct Bag {
    pub(super) confidence: Confidence,
    /// The vector of each item in a history.
    pub(super) sources: Vec<f32>,
    /// See [`COUNTS`].
    pub(super) counts: Vec<f32>,
    /// For items that come after training.
    pub(super) described: Option<Described>,
}

/// An item of a history and what it says: the sum of its vector in histories times `source` and of that which it is found by
/// times `target`.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    item: usize,
    source: f32,
    target: f32,
}

/// How far an item turned down moves the point at most, where all that was liked together is 1.
const REFUSED: f32 = 0.5;

impl Bag {
    /// Known items of a history, its last ones, so that what was liked has length 1 in sum. What was turned down moves the
    /// point away from what goes with it and, twice as far, from where it is found itself: items need not go with themselves.
    fn evidence(&self, vectors: &Vectors, history: &[Touch]) -> Vec<Evidence> {
        let (mut places, mut evidence) = (Places::default(), Vec::with_capacity(history.len().min(LENGTH)));
        let mut liked = vec![0.0; vectors.dims];
        for touch in history {
            if evidence.len() == LENGTH {
                break;
            }
            let (item, weight) = (touch.item.index(), self.confidence.of(touch.weight));
            if item >= vectors.len() || weight == 0.0 {
                continue;
            }
            if weight > 0.0 {
                let source = weight * count(&self.counts, age(places.next(touch.time.0)), touch.purchases > 0);
                add(&mut liked, source, self.source(vectors, item));
                evidence.push(Evidence { item, source, target: 0.0 });
            } else {
                let refused = REFUSED * weight / (1.0 - weight);
                let target = refused * to_length_one(vectors.of(item));
                let source = 0.5 * refused * to_length_one(self.source(vectors, item));
                evidence.push(Evidence { item, source, target });
            }
        }
        let factor = to_length_one(&liked);
        evidence.iter_mut().filter(|event| event.source > 0.0).for_each(|event| event.source *= factor);
        evidence
    }

    fn source(&self, vectors: &Vectors, item: usize) -> &[f32] {
        &self.sources[item * vectors.dims..(item + 1) * vectors.dims]
    }
}

fn add(sum: &mut [f32], weight: f32, vector: &[f32]) {
    sum.iter_mut().zip(vector).for_each(|(sum, number)| *sum += weight * number);
}

/// By what a vector is multiplied to have length 1; 0 for one of zeros.
fn to_length_one(vector: &[f32]) -> f32 {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 1e-12 { 1.0 / length } else { 0.0 }
}

impl Fold for Bag {
    fn point(&self, vectors: &Vectors, history: &[Touch]) -> Option<Vec<f32>> {
        let mut point = vec![0.0; vectors.dims];
        for event in self.evidence(vectors, history) {
            add(&mut point, event.source, self.source(vectors, event.item));
            add(&mut point, event.target, vectors.of(event.item));
        }
        point.iter().any(|number| *number != 0.0).then_some(point)
    }

    fn parts(&self, vectors: &Vectors, history: &[Touch], item: Row) -> Vec<Share> {
        let wanted = vectors.of(item.index());
        let product = |vector: &[f32]| vector.iter().zip(wanted).map(|(a, b)| a * b).sum::<f32>();
        let share = |event: &Evidence| {
            let (source, target) = (self.source(vectors, event.item), vectors.of(event.item));
            let part = event.source * product(source) + event.target * product(target);
            Share { because: Some(Row(event.item as u32)), part }
        };
        let mut shares: Vec<Share> = self.evidence(vectors, history).iter().map(share).collect();
        shares.retain(|share| share.part != 0.0);
        shares
    }

    fn new_vectors(&self, contents: &ItemContents, items: usize) -> Option<Vectors> {
        self.described.as_ref().map(|described| described.vectors(contents, items))
    }

    fn encode(&self, out: &mut Writer) {
        self.confidence.encode(out);
        out.floats(&self.sources);
        out.floats(&self.counts);
        out.byte(u8::from(self.described.is_some()));
        if let Some(described) = &self.described {
            described.encode(out);
        }
    }

    fn decode(input: &mut Reader<'_>, vectors: &Vectors) -> crate::Result<Self> {
        let (confidence, sources, counts) = (Confidence::decode(input)?, input.floats()?, input.floats()?);
        if sources.len() != vectors.numbers.len() || counts.len() != COUNTS {
            return Err(input.fault("a vector an item, and what each age counts"));
        }
        let described = match input.byte()? {
            0 => None,
            1 => Some(Described::decode(input, vectors.dims)?),
            _ => return Err(input.fault("0 or 1")),
        };
        Ok(Self { confidence, sources, counts, described })
    }
}
