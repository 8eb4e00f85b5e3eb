//! From texts to examples.

use std::collections::{BTreeMap, BTreeSet};

use neural::heads::{Pieces, Unit, is_joined};

use super::train::Base;
use super::{HeadKind, HeadOptions, HeadSpec, HeadTask, Pseudo};
use crate::data::{Augmenter, Example, LabelledText, Scored, Split, TaggedWords, Target, split_by, split_labelled};
use crate::{Error, Result};

/// What a head is trained on; where a part to decide by is empty, some examples are held out for it.
#[derive(Clone, PartialEq, Debug)]
pub enum HeadData {
    /// Texts with labels. Texts without (`pseudo`) may stand beside them.
    Classes {
        /// With labels.
        split: Split<LabelledText>,
        /// Without.
        unlabelled: Vec<String>,
    },
    /// Sentences with tags.
    Tags(Split<TaggedWords>),
    /// Pairs with scores.
    Scores(Split<Scored>),
    /// Texts with numbers.
    Values(Split<(String, f32)>),
}

/// Heads and their examples.
pub(crate) struct Prepared {
    pub(crate) specs: Vec<HeadSpec>,
    pub(crate) split: Split<Example>,
    pub(crate) unlabelled: Vec<Example>,
}

impl Prepared {
    /// The training task.
    pub(crate) fn task(&self, base: &Base, options: &HeadOptions) -> Result<HeadTask> {
        let split = self.split.clone();
        let mut task = HeadTask::new(self.specs.clone(), split.train, split.validation, base.padding())?;
        task.test = split.test;
        task.method = options.method.clone();
        task.balance = options.balance;
        if !self.unlabelled.is_empty() {
            let (threshold, from_epoch) = (options.pseudo_threshold, options.pseudo_from);
            task.pseudo = Some(Pseudo { texts: self.unlabelled.clone(), threshold, from_epoch });
        }
        Ok(task)
    }
}

/// Cuts the data of all heads to pieces.
pub(crate) fn prepare(base: &Base, data: &[(String, HeadData)], options: &HeadOptions, seed: u64) -> Result<Prepared> {
    if data.is_empty() {
        return Err(Error::Data("there is no head to train".to_owned()));
    }
    let pieces = base.pieces(options.pieces_max)?;
    let mut prepared = Prepared { specs: Vec::new(), split: Split::default(), unlabelled: Vec::new() };
    let heads = data.len();
    for (head, (name, data)) in data.iter().enumerate() {
        let maker = Maker { pieces: &pieces, prefix: &base.prefix, options, seed, head, heads };
        let (kind, split) = match data {
            HeadData::Classes { split, unlabelled } => {
                if head == 0 {
                    prepared.unlabelled =
                        unlabelled.iter().map(|text| maker.text(text, None)).collect::<Result<_>>()?;
                }
                maker.classes(split)?
            }
            HeadData::Tags(split) => maker.tags(split)?,
            HeadData::Scores(split) => maker.scores(split)?,
            HeadData::Values(split) => maker.values(split)?,
        };
        if split.validation.is_empty() {
            return Err(Error::Data(format!("the head `{name}` has too few examples to hold some out to decide by")));
        }
        prepared.specs.push(HeadSpec { name: name.clone(), kind, pooling: options.pooling, weight: 1.0 });
        prepared.split.train.extend(split.train);
        prepared.split.validation.extend(split.validation);
        prepared.split.test.extend(split.test);
    }
    Ok(prepared)
}

/// Makes one head's examples.
struct Maker<'a> {
    pieces: &'a Pieces,
    prefix: &'a str,
    options: &'a HeadOptions,
    seed: u64,
    head: usize,
    heads: usize,
}

impl Maker<'_> {
    fn classes(&self, split: &Split<LabelledText>) -> Result<(HeadKind, Split<Example>)> {
        let mut split = split.clone();
        if split.validation.is_empty() {
            let parts = split_labelled(split.train, self.options.validation, 0.0, self.seed);
            (split.train, split.validation) = (parts.train, parts.validation);
        }
        let labels: BTreeSet<&str> = split.train.iter().map(|text| text.label.as_str()).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        let places: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(at, label)| (label.as_str(), at)).collect();
        let augmenter = Augmenter::new(&self.options.augment, split.train.iter().map(|text| text.text.as_str()))?;
        let mut train = Vec::with_capacity(split.train.len());
        for (at, text) in split.train.iter().enumerate() {
            let class = Target::Class(places[text.label.as_str()]);
            train.push(self.text(&text.text, Some(class.clone()))?);
            for varied in augmenter.vary(&text.text, self.seed, at as u64)? {
                train.push(self.text(&varied, Some(class.clone()))?);
            }
        }
        // A label that training has not seen cannot be given; a text that has it is left out of what decides.
        let held_out = |texts: &[LabelledText]| -> Result<Vec<Example>> {
            let known = texts.iter().filter_map(|text| Some((text, *places.get(text.label.as_str())?)));
            known.map(|(text, class)| self.text(&text.text, Some(Target::Class(class)))).collect()
        };
        let split = Split { train, validation: held_out(&split.validation)?, test: held_out(&split.test)? };
        Ok((HeadKind::Classes { labels }, split))
    }

    fn tags(&self, split: &Split<TaggedWords>) -> Result<(HeadKind, Split<Example>)> {
        let mut split = split.clone();
        if split.validation.is_empty() {
            let parts =
                split_by(split.train, |sentence| sentence.words.clone(), self.options.validation, 0.0, self.seed);
            (split.train, split.validation) = (parts.train, parts.validation);
        }
        let mut kinds: BTreeSet<&str> = BTreeSet::new();
        for tag in split.train.iter().flat_map(|sentence| &sentence.tags) {
            kinds.extend(tag.strip_prefix("B-").or_else(|| tag.strip_prefix("I-")));
        }
        if kinds.is_empty() {
            return Err(Error::Data("all words have the tag O: nothing can be learnt".to_owned()));
        }
        let marked = kinds.into_iter().flat_map(|kind| [format!("B-{kind}"), format!("I-{kind}")]);
        let labels: Vec<String> = std::iter::once("O".to_owned()).chain(marked).collect();
        let unit = unit_of(&split.train);
        let make = |sentences: &[TaggedWords]| -> Result<Vec<Example>> {
            sentences.iter().map(|sentence| self.sentence(sentence, &labels, unit)).collect()
        };
        let split =
            Split { train: make(&split.train)?, validation: make(&split.validation)?, test: make(&split.test)? };
        Ok((HeadKind::Tags { labels, crf: self.options.crf, unit }, split))
    }

    fn scores(&self, split: &Split<Scored>) -> Result<(HeadKind, Split<Example>)> {
        let mut split = split.clone();
        if split.validation.is_empty() {
            let parts = split_by(split.train, |pair| pair.query.clone(), self.options.validation, 0.0, self.seed);
            (split.train, split.validation) = (parts.train, parts.validation);
        }
        let mut groups: BTreeMap<&str, u32> = BTreeMap::new();
        for pair in split.train.iter().chain(&split.validation).chain(&split.test) {
            let next = groups.len() as u32;
            groups.entry(&pair.query).or_insert(next);
        }
        let make = |pairs: &[Scored]| -> Result<Vec<Example>> {
            pairs
                .iter()
                .map(|pair| {
                    let ids = self.pieces.of_pair(&pair.query, &pair.passage)?;
                    let target = Some(Target::Number(pair.score));
                    Ok(Example { group: groups[pair.query.as_str()], ..self.example(ids, target) })
                })
                .collect()
        };
        let split =
            Split { train: make(&split.train)?, validation: make(&split.validation)?, test: make(&split.test)? };
        Ok((HeadKind::Score { loss: self.options.score_loss }, split))
    }

    fn values(&self, split: &Split<(String, f32)>) -> Result<(HeadKind, Split<Example>)> {
        let mut split = split.clone();
        if split.validation.is_empty() {
            let parts = split_by(split.train, |text| text.0.clone(), self.options.validation, 0.0, self.seed);
            (split.train, split.validation) = (parts.train, parts.validation);
        }
        let count = split.train.len().max(1) as f64;
        let mean = split.train.iter().map(|text| f64::from(text.1)).sum::<f64>() / count;
        let variance = split.train.iter().map(|text| (f64::from(text.1) - mean).powi(2)).sum::<f64>() / count;
        if variance <= 0.0 {
            return Err(Error::Data("all numbers are the same: nothing can be learnt".to_owned()));
        }
        let make = |texts: &[(String, f32)]| -> Result<Vec<Example>> {
            texts.iter().map(|(text, number)| self.text(text, Some(Target::Number(*number)))).collect()
        };
        let split =
            Split { train: make(&split.train)?, validation: make(&split.validation)?, test: make(&split.test)? };
        Ok((HeadKind::Value { mean, deviation: variance.sqrt() }, split))
    }

    fn text(&self, text: &str, target: Option<Target>) -> Result<Example> {
        Ok(self.example(self.pieces.of_text(&format!("{}{text}", self.prefix))?, target))
    }

    fn sentence(&self, sentence: &TaggedWords, labels: &[String], unit: Unit) -> Result<Example> {
        let pieces = self.pieces.of_words(with_joints(&sentence.words, unit))?;
        // A tag that training has not seen is as good as none.
        let place = |tag: &String| labels.iter().position(|label| label == tag).unwrap_or(0);
        let tags = sentence.tags.iter().map(place).collect();
        Ok(Example { places: pieces.places, ..self.example(pieces.ids, Some(Target::Tags(tags))) })
    }

    fn example(&self, ids: Vec<u32>, target: Option<Target>) -> Example {
        let mut targets = vec![None; self.heads];
        targets[self.head] = target;
        Example { ids, places: Vec::new(), targets, group: 0 }
    }
}

/// Whether each word was written without a blank after the one before it, as far as words alone tell: where either is
/// Chinese, and everywhere where each character is a word. A word that is itself a blank is followed by none.
pub fn with_joints(words: &[String], unit: Unit) -> impl Iterator<Item = (&str, bool)> {
    words.iter().enumerate().map(move |(at, word)| {
        let joined = match at.checked_sub(1).map(|before| words[before].as_str()) {
            None => true,
            Some(before) if before.trim().is_empty() => false,
            Some(before) => unit == Unit::Character || is_joined(before) || is_joined(word),
        };
        (word.as_str(), joined)
    })
}

/// What counts as a word when serving: characters, where the data cut words of letters into them.
fn unit_of(sentences: &[TaggedWords]) -> Unit {
    let latin = |word: &&String| word.chars().all(|c| c.is_ascii_alphanumeric()) && !word.is_empty();
    let (mut single, mut all) = (0usize, 0usize);
    for word in sentences.iter().flat_map(|sentence| &sentence.words).filter(latin) {
        all += 1;
        single += usize::from(word.len() == 1);
    }
    if all > 0 && single * 10 > all * 9 { Unit::Character } else { Unit::Word }
}
