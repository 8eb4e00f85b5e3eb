use std::collections::BTreeSet;

/// What is never suggested, however many ask for it. Comes with a small list in Chinese and English, by subjects that a
/// shop can allow (who sells adult toys wants them found), and takes words of the shop's own.
///
/// Words in Latin letters are met as whole words (with a plural `s` too), Chinese ones anywhere in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocklist {
    words: BTreeSet<String>,
    parts: Vec<Part>,
}

/// A word that is met anywhere, but for some longer words that it is a harmless part of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    word: String,
    harmless: Vec<String>,
}

impl Default for Blocklist {
    /// The built-in list with all subjects.
    fn default() -> Self {
        Self::without_subjects(&[])
    }
}

impl Blocklist {
    /// Blocks nothing.
    pub fn empty() -> Self {
        Self { words: BTreeSet::new(), parts: Vec::new() }
    }

    /// The built-in list without these subjects; see [`Blocklist::subjects`].
    pub fn without_subjects(allowed: &[&str]) -> Self {
        let mut list = Self::empty();
        for (_, word, harmless) in built_in().filter(|(subject, ..)| !allowed.contains(subject)) {
            list.add(word, harmless.split(',').filter(|word| !word.is_empty()).map(plain).collect());
        }
        list
    }

    /// Subjects of the built-in list.
    pub fn subjects() -> BTreeSet<&'static str> {
        built_in().map(|(subject, ..)| subject).collect()
    }

    /// This list with more words.
    pub fn with<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().for_each(|word| self.add(word, Vec::new()));
        self
    }

    /// This list without some words.
    pub fn without<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        for word in words.into_iter().map(plain) {
            self.words.remove(&word);
            self.parts.retain(|part| part.word != word);
        }
        self
    }

    /// Whether the text holds a blocked word.
    pub fn blocks(&self, text: &str) -> bool {
        let text = plain(text);
        let words: Vec<&str> =
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let known = |word: &str| {
            self.words.contains(word) || word.strip_suffix('s').is_some_and(|singular| self.words.contains(singular))
        };
        // Entries of two and three words are met as such.
        let runs = (1..=3).flat_map(|length| words.windows(length));
        let met = runs.into_iter().any(|run| if let [word] = run { known(word) } else { known(&run.join(" ")) });
        let squashed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        met || self.parts.iter().any(|part| part.is_in(&squashed))
    }

    fn add(&mut self, word: &str, harmless: Vec<String>) {
        let word = plain(word);
        if word.is_ascii() {
            self.words.extend((!word.is_empty()).then_some(word));
        } else {
            self.parts.retain(|part| part.word != word);
            self.parts.push(Part { word, harmless });
        }
    }
}

impl Part {
    fn is_in(&self, text: &str) -> bool {
        let covered = |at: usize| {
            let covers =
                |(start, harmless): (usize, &str)| start <= at && at + self.word.len() <= start + harmless.len();
            self.harmless.iter().any(|harmless| text.match_indices(harmless.as_str()).any(covers))
        };
        text.match_indices(self.word.as_str()).any(|(at, _)| !covered(at))
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Subject, word, and harmless words that it is a part of.
fn built_in() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = include_str!("../../data/blocked.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?.trim(), fields.next().unwrap_or_default().trim()))
    })
}
