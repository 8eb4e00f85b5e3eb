use std::path::Path;

use neural::Encoder;
use sha2::{Digest, Sha256};
use types::{Language, Rng};

use crate::kernels::similarities;
use crate::{Error, Result};

/// Texts whose similarities tell a teacher's mean and deviation.
const SAMPLE: usize = 512;
/// First bytes of a file of vectors.
const MAGIC: &[u8; 8] = b"mvectors";

/// A text to learn on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// As what it is encoded.
    pub side: Side,
}

/// As what a text is encoded; some encoders put different words before the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Something asked.
    Query,
    /// Something found.
    Passage,
}

/// What a teacher makes of texts.
#[derive(Clone, PartialEq, Debug)]
pub struct TeacherVectors {
    dims: usize,
    /// Vectors of length 1, one after the other.
    numbers: Vec<f32>,
    /// Whether it understands each text's language.
    understands: Vec<bool>,
    /// Weight of its similarities beside other teachers'.
    weight: f64,
}

impl TeacherVectors {
    /// Vectors of length 1, one a text, by somebody who understands all of the texts.
    ///
    /// # Errors
    /// Where they differ in length or are not finite, or the weight is not above 0.
    pub fn new(vectors: &[Vec<f32>], weight: f64) -> Result<Self> {
        let dims = vectors.first().map_or(0, Vec::len);
        let sound = |vector: &Vec<f32>| vector.len() == dims && vector.iter().all(|number| number.is_finite());
        if dims == 0 || !vectors.iter().all(sound) || !(weight > 0.0 && weight.is_finite()) {
            return Err(Error::Data("a teacher without vectors of one length, or without weight".to_owned()));
        }
        Ok(Self { dims, numbers: vectors.concat(), understands: vec![true; vectors.len()], weight })
    }

    /// The vectors that `encoder` gives. They are kept in the file `cache`, and read from there where it has those of the
    /// same encoder for the same texts.
    ///
    /// # Errors
    /// Where the encoder cannot be run, or the file not be written.
    pub fn of(encoder: &Encoder, texts: &[Text], weight: f64, cache: Option<&Path>) -> Result<Self> {
        let key = key(encoder.version(), texts);
        let numbers = match cache.and_then(|path| read(path, &key, encoder.dims() * texts.len())) {
            Some(numbers) => numbers,
            None => {
                let numbers = encode(encoder, texts)?;
                if let Some(path) = cache {
                    write(path, &key, &numbers)?;
                }
                numbers
            }
        };
        let chinese = encoder.understands(Language::Chinese);
        let understands = texts.iter().map(|text| chinese || !has_chinese(&text.text)).collect();
        Ok(Self { dims: encoder.dims(), numbers, understands, weight })
    }

    /// How many texts they are of.
    pub fn len(&self) -> usize {
        self.understands.len()
    }

    /// Whether they are of none.
    pub fn is_empty(&self) -> bool {
        self.understands.is_empty()
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The vector of a text.
    pub(super) fn row(&self, at: usize) -> &[f32] {
        &self.numbers[at * self.dims..(at + 1) * self.dims]
    }

    fn similarities(&self, texts: &[usize]) -> Vec<f32> {
        let rows: Vec<f32> = texts.iter().flat_map(|at| self.row(*at)).copied().collect();
        similarities(&rows, &rows, self.dims)
    }
}

fn encode(encoder: &Encoder, texts: &[Text]) -> Result<Vec<f32>> {
    let dims = encoder.dims();
    let mut numbers = vec![0.0; texts.len() * dims];
    let mut put = |at: usize, vector: &[f32]| numbers[at * dims..(at + 1) * dims].copy_from_slice(vector);
    let (queries, passages): (Vec<usize>, Vec<usize>) = (0..texts.len()).partition(|at| texts[*at].side == Side::Query);
    for at in queries {
        put(at, &encoder.encode_query(&texts[at].text)?);
    }
    for places in passages.chunks(4096) {
        let chosen: Vec<&str> = places.iter().map(|at| texts[*at].text.as_str()).collect();
        for (at, vector) in places.iter().zip(encoder.encode_passages(&chosen)?) {
            put(*at, &vector);
        }
    }
    Ok(numbers)
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|character| matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
}

fn key(version: &str, texts: &[Text]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(version);
    for text in texts {
        digest.update([if text.side == Side::Query { 1 } else { 2 }]);
        digest.update((text.text.len() as u64).to_le_bytes());
        digest.update(&text.text);
    }
    digest.finalize().into()
}

fn read(path: &Path, key: &[u8; 32], count: usize) -> Option<Vec<f32>> {
    let bytes = fs_err::read(path).ok()?;
    let numbers = bytes.strip_prefix(MAGIC)?.strip_prefix(key)?;
    let (whole, rest) = numbers.as_chunks::<4>();
    let numbers: Vec<f32> = whole.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    (rest.is_empty() && numbers.len() == count && numbers.iter().all(|number| number.is_finite())).then_some(numbers)
}

fn write(path: &Path, key: &[u8; 32], numbers: &[f32]) -> Result<()> {
    let mut bytes = [MAGIC.as_slice(), key].concat();
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    // A file that is cut short is not believed, so it need not be written in one piece.
    Ok(fs_err::write(path, bytes)?)
}

/// The similarities that a student should see.
///
/// Of each teacher the similarities are brought to mean 0 and deviation 1, then added with the teachers' weights (of those
/// that understand both texts), brought to deviation 1 again by the teachers' correlations, and given the mean and the
/// deviation of the first teacher's. Of one teacher alone they stay as they are.
pub(super) struct Target<'a> {
    pub(super) teachers: &'a [TeacherVectors],
    /// Mean and deviation of each teacher's similarities.
    scales: Vec<(f64, f64)>,
    /// Of the teachers' similarities: \[teachers × teachers\].
    correlations: Vec<f64>,
}

impl<'a> Target<'a> {
    pub(super) fn new(teachers: &'a [TeacherVectors], seed: u64) -> Result<Self> {
        let mut all: Vec<usize> = (0..teachers.first().map_or(0, TeacherVectors::len)).collect();
        all.retain(|at| teachers.iter().all(|teacher| teacher.understands[*at]));
        if all.len() < 10 {
            return Err(Error::Data("the teachers have too few texts that all of them understand".to_owned()));
        }
        Rng::new(seed).shuffle(&mut all);
        all.truncate(SAMPLE);
        let seen: Vec<Vec<f64>> = teachers.iter().map(|teacher| off_diagonal(&teacher.similarities(&all))).collect();
        let scales: Vec<(f64, f64)> = seen.iter().map(|similarities| scale(similarities)).collect();
        let pairs = (0..teachers.len()).flat_map(|a| (0..teachers.len()).map(move |b| (a, b)));
        let correlation = |(a, b): (usize, usize)| {
            let products = seen[a].iter().zip(&seen[b]).map(|(x, y)| (x - scales[a].0) * (y - scales[b].0));
            products.sum::<f64>() / seen[a].len() as f64 / (scales[a].1 * scales[b].1)
        };
        let correlations = pairs.map(correlation).collect();
        Ok(Self { teachers, scales, correlations })
    }

    /// Deviation of the similarities.
    pub(super) fn deviation(&self) -> f64 {
        self.scales[0].1
    }

    /// \[texts, texts\].
    pub(super) fn similarities(&self, texts: &[usize]) -> Vec<f32> {
        let seen: Vec<Vec<f32>> = self.teachers.iter().map(|teacher| teacher.similarities(texts)).collect();
        let both = |teacher: &TeacherVectors, a: usize, b: usize| {
            teacher.understands[texts[a]] && teacher.understands[texts[b]]
        };
        let pairs = (0..texts.len()).flat_map(|a| (0..texts.len()).map(move |b| (a, b)));
        let one = |(a, b): (usize, usize)| {
            let mut weights: Vec<f64> =
                self.teachers.iter().map(|teacher| if both(teacher, a, b) { teacher.weight } else { 0.0 }).collect();
            if weights.iter().all(|weight| *weight == 0.0) {
                // Nobody understands both: the first one's guess is as good as any.
                weights[0] = 1.0;
            }
            self.combined(&weights, |teacher| f64::from(seen[teacher][a * texts.len() + b])) as f32
        };
        pairs.map(one).collect()
    }

    fn combined(&self, weights: &[f64], similarity: impl Fn(usize) -> f64) -> f64 {
        let teachers = 0..weights.len();
        let sum: f64 =
            teachers.clone().map(|at| weights[at] * (similarity(at) - self.scales[at].0) / self.scales[at].1).sum();
        let variance: f64 = teachers
            .clone()
            .flat_map(|a| teachers.clone().map(move |b| (a, b)))
            .map(|(a, b)| weights[a] * weights[b] * self.correlations[a * weights.len() + b])
            .sum();
        let (mean, deviation) = self.scales[0];
        mean + deviation * sum / variance.max(1e-12).sqrt()
    }
}

fn off_diagonal(square: &[f32]) -> Vec<f64> {
    let side = square.len().isqrt();
    square.iter().enumerate().filter(|(at, _)| at / side != at % side).map(|(_, x)| f64::from(*x)).collect()
}

fn scale(numbers: &[f64]) -> (f64, f64) {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
    (mean, variance.sqrt().max(1e-6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teacher(seed: u64, weight: f64) -> TeacherVectors {
        let mut rng = Rng::new(seed);
        let mut vector = || {
            let numbers: Vec<f32> = (0..6).map(|_| rng.normal() as f32).collect();
            let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
            numbers.iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        TeacherVectors::new(&(0..40).map(|_| vector()).collect::<Vec<_>>(), weight).unwrap()
    }

    #[test]
    fn one_teacher_is_reproduced_and_two_are_weighed() {
        let both = [teacher(1, 3.0), teacher(2, 1.0)];
        let texts: Vec<usize> = (0..40).collect();
        let alone = Target::new(&both[..1], 1).unwrap().similarities(&texts);
        let first = both[0].similarities(&texts);
        assert!(alone.iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-5));
        let target = Target::new(&both, 1).unwrap();
        let joint = off_diagonal(&target.similarities(&texts));
        let correlation = |other: &TeacherVectors| {
            let other = off_diagonal(&other.similarities(&texts));
            let ((mean_a, a), (mean_b, b)) = (scale(&joint), scale(&other));
            let products = joint.iter().zip(&other).map(|(x, y)| (x - mean_a) * (y - mean_b));
            products.sum::<f64>() / joint.len() as f64 / (a * b)
        };
        let (to_first, to_second) = (correlation(&both[0]), correlation(&both[1]));
        assert!(to_first > 0.85 && to_second > 0.2 && to_first > to_second, "{to_first} {to_second}");
        assert!((scale(&joint).1 - target.deviation()).abs() < 0.02 * target.deviation());
    }

    #[test]
    fn who_does_not_understand_a_text_is_not_asked() {
        let mut both = [teacher(1, 1.0), teacher(2, 5.0)];
        both[1].understands[3] = false;
        let target = Target::new(&both, 1).unwrap();
        let (joint, first) = (target.similarities(&[3, 4, 5]), both[0].similarities(&[3, 4, 5]));
        assert!((joint[1] - first[1]).abs() < 1e-5, "{joint:?} {first:?}");
        assert!((joint[4] - first[4]).abs() > 0.1, "{joint:?} {first:?}");
        assert!(has_chinese("red 裙子") && !has_chinese("robe d'été"));
    }

    #[test]
    fn vectors_are_kept_for_the_same_texts_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vectors");
        let texts = |last: &str| ["茶", last].map(|text| Text { text: text.to_owned(), side: Side::Passage });
        let own = key("v1", &texts("tea"));
        write(&path, &own, &[1.0, 2.0]).unwrap();
        assert_eq!(read(&path, &own, 2), Some(vec![1.0, 2.0]));
        assert_eq!(read(&path, &own, 3), None);
        assert_eq!(read(&path, &key("v1", &texts("cup")), 2), None);
        assert_eq!(read(&path, &key("v2", &texts("tea")), 2), None);
        fs_err::write(&path, &fs_err::read(&path).unwrap()[..43]).unwrap();
        assert_eq!(read(&path, &own, 2), None);
    }
}
