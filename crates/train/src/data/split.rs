use std::collections::BTreeMap;
use std::hash::Hash;

use types::Rng;

use super::LabelledText;

/// Examples for three uses, none of them in two.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Split<T> {
    /// To learn from.
    pub train: Vec<T>,
    /// To choose by.
    pub validation: Vec<T>,
    /// To report on.
    pub test: Vec<T>,
}

/// Splits labelled texts so that each label keeps its share; texts that are the same but for blanks and case stay together,
/// so that none is learnt from and tested on.
pub fn split_labelled(texts: Vec<LabelledText>, validation: f64, test: f64, seed: u64) -> Split<LabelledText> {
    let mut by_label: BTreeMap<String, Vec<LabelledText>> = BTreeMap::new();
    for text in texts {
        by_label.entry(text.label.clone()).or_default().push(text);
    }
    let mut split = Split { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    for texts in by_label.into_values() {
        let part = split_by(texts, |text| same(&text.text), validation, test, seed);
        split.train.extend(part.train);
        split.validation.extend(part.validation);
        split.test.extend(part.test);
    }
    // A text with two labels could otherwise be on both sides.
    let seen: std::collections::BTreeSet<String> = split.train.iter().map(|text| same(&text.text)).collect();
    split.validation.retain(|text| !seen.contains(&same(&text.text)));
    split.test.retain(|text| !seen.contains(&same(&text.text)));
    split
}

/// Splits examples by a key, such as their query: all of one key are in one part. The shares are of examples, and hold as
/// nearly as keys allow.
pub fn split_by<T, K: Ord + Hash>(
    examples: Vec<T>,
    key: impl Fn(&T) -> K,
    validation: f64,
    test: f64,
    seed: u64,
) -> Split<T> {
    let all = examples.len() as f64;
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for example in examples {
        groups.entry(key(&example)).or_default().push(example);
    }
    let mut groups: Vec<Vec<T>> = groups.into_values().collect();
    Rng::new(seed).shuffle(&mut groups);
    let mut split = Split { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    for group in groups {
        // Halves round up, so that the smallest data still have something to choose by.
        let wants = |part: &Vec<T>, share: f64| (part.len() as f64 + 0.5) < share * all;
        if wants(&split.test, test) {
            split.test.extend(group);
        } else if wants(&split.validation, validation) {
            split.validation.extend(group);
        } else {
            split.train.extend(group);
        }
    }
    split
}

fn same(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<LabelledText> {
        let one = |at: usize| LabelledText {
            text: format!("{} {}", if at.is_multiple_of(3) { "退货" } else { "return it" }, at / 2),
            label: if at.is_multiple_of(4) { "rare" } else { "common" }.to_owned(),
        };
        (0..400).map(one).collect()
    }

    #[test]
    fn each_label_keeps_its_share_and_no_text_is_on_two_sides() {
        let split = split_labelled(texts(), 0.1, 0.1, 1);
        let all = split.train.len() + split.validation.len() + split.test.len();
        assert!(all > 360 && split.train.len() > 290, "{all} {}", split.train.len());
        for part in [&split.validation, &split.test] {
            let rare = part.iter().filter(|text| text.label == "rare").count();
            assert!((20..=42).contains(&part.len()) && (4..=12).contains(&rare), "{} {rare}", part.len());
            assert!(part.iter().all(|text| split.train.iter().all(|other| same(&other.text) != same(&text.text))));
        }
        assert_eq!(split, split_labelled(texts(), 0.1, 0.1, 1));
        assert_ne!(split, split_labelled(texts(), 0.1, 0.1, 2));
    }

    #[test]
    fn a_query_is_on_one_side_only() {
        let split = split_by((0..300).collect(), |at| at / 10, 0.2, 0.0, 3);
        assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (240, 60, 0));
        assert!(split.validation.iter().all(|at| split.train.iter().all(|other| at / 10 != other / 10)));
    }
}
