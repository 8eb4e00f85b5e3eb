//! A matcher as text, to be kept beside the code: its parts by name, a tree a line.

use std::fmt::Write;
use std::sync::Arc;

use super::matcher::{Calibration, Matcher};
use super::words::Words;
use super::{Forest, Node, Split};

const HEAD: &str = "matcher 1";

/// Why a text is not a matcher.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: expected {expected}")]
pub struct FormError {
    /// Counted from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl Matcher {
    /// The matcher learnt from labelled pairs of software in two shops' catalogues, without their words: names, numbers
    /// and prices mean much the same elsewhere. Its columns are the numbers that comparing names gives.
    pub fn by_default() -> Self {
        Self::from_text(include_str!("../../data/matcher.txt")).expect("the matcher compiled in was written by to_text")
    }

    /// The matcher as text; [`Matcher::from_text`] reads it.
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEAD}\nsided {}\ncolumns", u8::from(self.is_sided));
        self.columns().for_each(|name| out.extend([" ", name]));
        for calibration in [&self.alone_calibration, &self.among_calibration] {
            // Writing to a string cannot fail.
            let _ = write!(out, "\ncalibration {} {} {}", calibration.slope, calibration.offset, calibration.threshold);
        }
        let _ = write!(out, "\nwords {}", self.words.base);
        for (word, weight) in self.words.weights.iter() {
            let _ = write!(out, " {word} {weight}");
        }
        for forest in [&self.alone, &self.among] {
            let _ = write!(out, "\nforest {} {}", forest.len(), forest.base);
            for tree in &forest.trees {
                out.push('\n');
                tree.iter().for_each(|node| out.extend([node_text(node).as_str(), ";"]));
            }
        }
        out.push('\n');
        out
    }

    /// Reads what [`Matcher::to_text`] wrote.
    ///
    /// # Errors
    /// [`FormError`], naming the line.
    pub fn from_text(text: &str) -> Result<Self, FormError> {
        let mut lines = Lines { lines: text.lines(), line: 0 };
        if lines.next("the head")? != HEAD {
            return Err(lines.fault("a known version"));
        }
        let is_sided = lines.part("sided")? == "1";
        let columns: Arc<[Box<str>]> =
            lines.part("columns")?.split(' ').filter(|name| !name.is_empty()).map(Box::from).collect();
        let (alone_calibration, among_calibration) = (lines.calibration()?, lines.calibration()?);
        let words = lines.words()?;
        let (alone, among) = (Arc::new(lines.forest()?), Arc::new(lines.forest()?));
        Ok(Self { columns, is_sided, words, alone, among, alone_calibration, among_calibration })
    }
}

fn node_text(node: &Node) -> String {
    match node.split {
        None => node.value.to_string(),
        Some(split) => {
            let missing = u8::from(split.missing_below);
            format!("{} {} {} {missing} {} {}", node.value, split.column, split.threshold, split.below, split.above)
        }
    }
}

struct Lines<'a> {
    lines: std::str::Lines<'a>,
    line: usize,
}

impl<'a> Lines<'a> {
    fn fault(&self, expected: &'static str) -> FormError {
        FormError { line: self.line, expected }
    }

    fn next(&mut self, expected: &'static str) -> Result<&'a str, FormError> {
        self.line += 1;
        self.lines.next().ok_or_else(|| self.fault(expected))
    }

    fn part(&mut self, name: &'static str) -> Result<&'a str, FormError> {
        let line = self.next(name)?;
        line.strip_prefix(name).map(str::trim_start).ok_or_else(|| self.fault(name))
    }

    fn number<T: std::str::FromStr>(&self, text: Option<&str>) -> Result<T, FormError> {
        text.and_then(|text| text.parse().ok()).ok_or_else(|| self.fault("a number"))
    }

    fn calibration(&mut self) -> Result<Calibration, FormError> {
        let mut parts = self.part("calibration")?.split(' ');
        Ok(Calibration {
            slope: self.number(parts.next())?,
            offset: self.number(parts.next())?,
            threshold: self.number(parts.next())?,
        })
    }

    fn words(&mut self) -> Result<Words, FormError> {
        let mut parts = self.part("words")?.split(' ');
        let base = self.number(parts.next())?;
        let mut weights = std::collections::BTreeMap::new();
        while let Some(word) = parts.next() {
            weights.insert(Box::from(word), self.number(parts.next())?);
        }
        Ok(Words { base, weights: Arc::new(weights) })
    }

    fn forest(&mut self) -> Result<Forest, FormError> {
        let mut parts = self.part("forest")?.split(' ');
        let (count, base): (usize, f64) = (self.number(parts.next())?, self.number(parts.next())?);
        let mut trees = Vec::new();
        for _ in 0..count {
            let line = self.next("a tree")?;
            let nodes: Vec<Node> = line
                .split(';')
                .filter(|node| !node.is_empty())
                .map(|node| self.node(node))
                .collect::<Result<_, _>>()?;
            // Children behind their parents: walking down a tree ends.
            let is_sound = nodes
                .iter()
                .enumerate()
                .all(|(at, node)| node.split.is_none_or(|split| usize::from(split.below.min(split.above)) > at));
            if !is_sound {
                return Err(self.fault("nodes behind their parents"));
            }
            trees.push(nodes);
        }
        Ok(Forest { base, trees })
    }

    fn node(&self, text: &str) -> Result<Node, FormError> {
        let mut parts = text.split(' ');
        let value = self.number(parts.next())?;
        let Some(column) = parts.next() else { return Ok(Node { value, split: None }) };
        let (column, threshold) = (self.number(Some(column))?, self.number(parts.next())?);
        let missing: u8 = self.number(parts.next())?;
        let (below, above) = (self.number(parts.next())?, self.number(parts.next())?);
        Ok(Node { value, split: Some(Split { column, threshold, missing_below: missing == 1, below, above }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_matcher_survives_its_text() {
        let matcher = Matcher::by_default();
        assert_eq!(Matcher::from_text(&matcher.to_text()), Ok(matcher));
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |text: &str| Matcher::from_text(text).unwrap_err();
        assert_eq!(fault(""), FormError { line: 1, expected: "the head" });
        assert_eq!(fault("matcher 9"), FormError { line: 1, expected: "a known version" });
        assert_eq!(fault("matcher 1\nsided 0\ncolumns a\ncalibration 1 x 0").line, 4);
        let damaged = Matcher::by_default().to_text().replace("calibration", "calibraton");
        assert_eq!(fault(&damaged).line, 4);
    }
}
