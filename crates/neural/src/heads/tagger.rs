use std::path::Path;

use serde::{Deserialize, Serialize};

use super::network::HeadNetwork;
use super::words::{Unit, words};
use super::{Crf, softmax};
use crate::manifest::{Manifest, Task};
use crate::{Error, Result};

/// Finds spans of a text that name something: a brand, a colour, a product type. Shared by reference between threads.
pub struct Tagger {
    network: HeadNetwork,
    tagging: Tagging,
}

/// What a tagger needs beside its network: the file of the role `tagging`, in JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tagging {
    /// What gets a tag.
    pub unit: Unit,
    /// How tags follow one another; nothing where each is chosen by itself.
    pub crf: Option<Crf>,
}

/// A part of a text with a label.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// What it is: the label without `B-`.
    pub label: String,
    /// The least probability of a tag in it.
    pub probability: f32,
}

impl Tagger {
    /// Loads the tagger in `folder`, to run on up to `threads` threads (0: one a core).
    ///
    /// # Errors
    /// Names the folder or file that is missing or wrong.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let network = HeadNetwork::load(folder, Task::Tagger, threads)?;
        let tagging = match network.manifest.file(folder, "tagging") {
            Some(path) => read_tagging(&path, folder, network.manifest.labels.len())?,
            None => Tagging { unit: Unit::default(), crf: None },
        };
        Ok(Self { network, tagging })
    }

    /// What `model.json` says.
    pub fn manifest(&self) -> &Manifest {
        &self.network.manifest
    }

    /// The tags in the network's order, such as `O`, `B-brand`, `I-brand`.
    pub fn labels(&self) -> &[String] {
        &self.network.manifest.labels
    }

    /// The spans in a text, from its beginning to its end.
    ///
    /// # Errors
    /// Where the network cannot be run, which no text alone should bring about.
    pub fn tag(&self, text: &str) -> Result<Vec<Span>> {
        let words = words(text, self.tagging.unit);
        let pieces = self.network.pieces.of_words(words.iter().map(|word| (word.text, word.joined)))?;
        let words = &words[..pieces.places.len()];
        let (tags, probabilities) = self.decide(&pieces.ids, &pieces.places)?;
        let labels: Vec<&str> = tags.iter().map(|tag| self.labels()[*tag].as_str()).collect();
        let found = spans(&labels).into_iter().map(|(label, first, last)| Span {
            start: words[first].start,
            end: words[last].end(),
            label: label.to_owned(),
            probability: probabilities[first..=last].iter().copied().fold(1.0, f32::min),
        });
        Ok(found.collect())
    }

    /// The tags of words that are given one by one, with whether each follows the one before without a blank; a word that
    /// does not fit into the network any more has the tag `O`.
    ///
    /// # Errors
    /// As [`Tagger::tag`].
    pub fn tag_words<'a>(&self, words: impl IntoIterator<Item = (&'a str, bool)>) -> Result<Vec<String>> {
        let words: Vec<(&str, bool)> = words.into_iter().collect();
        let pieces = self.network.pieces.of_words(words.iter().copied())?;
        let (tags, _) = self.decide(&pieces.ids, &pieces.places)?;
        let mut labels: Vec<String> = tags.into_iter().map(|tag| self.labels()[tag].clone()).collect();
        labels.resize(words.len(), "O".to_owned());
        Ok(labels)
    }

    /// What the tagger counts as a word.
    pub fn unit(&self) -> Unit {
        self.tagging.unit
    }

    /// The tag of each word and its probability.
    fn decide(&self, ids: &[u32], places: &[usize]) -> Result<(Vec<usize>, Vec<f32>)> {
        let count = self.labels().len();
        if places.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let logits = self.network.run(ids, ids.len())?;
        let emissions: Vec<f32> =
            places.iter().flat_map(|place| logits[place * count..][..count].iter().copied()).collect();
        let (tags, shares) = match &self.tagging.crf {
            Some(crf) => {
                let shares = crf.marginals(&emissions).tags;
                (crf.best(&emissions), shares.into_iter().map(|share| share as f32).collect::<Vec<_>>())
            }
            None => {
                let temperature = self.network.manifest.temperature.unwrap_or(1.0);
                let shares: Vec<f32> = emissions.chunks(count).flat_map(|row| softmax(row, temperature)).collect();
                let largest = |row: &[f32]| (0..count).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
                (shares.chunks(count).map(largest).collect(), shares)
            }
        };
        let probabilities = tags.iter().enumerate().map(|(at, tag)| shares[at * count + tag]).collect();
        Ok((tags, probabilities))
    }
}

/// The spans that BIO tags mark, as label, first and last word. As conlleval reads them, an `I-x` that follows neither
/// `B-x` nor `I-x` begins a span too.
pub fn spans<'a>(tags: &[&'a str]) -> Vec<(&'a str, usize, usize)> {
    let mut spans: Vec<(&str, usize, usize)> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Some((mark, label)) = tag.split_once('-').filter(|(mark, _)| matches!(*mark, "B" | "I")) else { continue };
        match spans.last_mut() {
            Some(last) if mark == "I" && last.0 == label && last.2 + 1 == at => last.2 = at,
            _ => spans.push((label, at, at)),
        }
    }
    spans
}

fn read_tagging(path: &Path, folder: &Path, labels: usize) -> Result<Tagging> {
    let bytes = fs_err::read(path).map_err(|source| Error::Read { folder: folder.to_owned(), source })?;
    let tagging: Tagging =
        serde_json::from_slice(&bytes).map_err(|source| Error::Manifest { path: path.to_owned(), source })?;
    if tagging.crf.as_ref().is_some_and(|crf| !crf.is_sound() || crf.tags() != labels) {
        let (path, got) = (path.to_owned(), "other numbers".to_owned());
        return Err(Error::ManifestValue { path, field: "crf", expected: "finite numbers for every tag", got });
    }
    Ok(tagging)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_as_conlleval_reads_them() {
        let tags = ["B-x", "I-x", "O", "I-y", "I-x", "B-x", "B-x", "I-x"];
        assert_eq!(spans(&tags), [("x", 0, 1), ("y", 3, 3), ("x", 4, 4), ("x", 5, 5), ("x", 6, 7)]);
        assert_eq!(spans(&["O", "-", "X-1"]), []);
    }
}
