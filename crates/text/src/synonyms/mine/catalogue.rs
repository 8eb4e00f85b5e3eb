//! Evidence from titles: words in the same places, short forms, translations.

use std::collections::{BTreeMap, HashMap};

use super::{Evidence, MineOptions, Pairs};
use crate::importance::is_function_word;
use crate::phrase::Phrase;

/// So many of the most frequent words are compared.
const WORDS_MAX: usize = 4_000;
/// What a word stands with is described by so many features, those that tell most.
const FEATURES_MAX: usize = 40;
/// What stands with more words than these tells nothing about any two.
const WORDS_PER_FEATURE_MAX: usize = 120;
/// From this cosine on, words stand in the same places.
const COSINE_MIN: f32 = 0.3;
/// Words that stand together in a larger share of the rarer one's titles add to one another; they are not the same.
const TOGETHER_MAX: f32 = 0.05;
/// A title is read up to here.
const TITLE_UNITS_MAX: usize = 100;

/// A word of titles.
struct Word {
    text: String,
    items: u32,
    features: HashMap<usize, u32>,
}

/// A title as numbers of words, and of the values that it has.
struct Title {
    words: Vec<usize>,
    values: Vec<usize>,
}

/// Adds what the catalogue's own words tell.
pub(super) fn propose<'a>(
    items: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>,
    options: &MineOptions,
    pairs: &mut Pairs,
) {
    let mut names = Names::default();
    let titles: Vec<Title> = items.into_iter().map(|(title, values)| names.title(title, &values)).collect();
    let words = count(&titles, &names, options);
    let together = together(&titles, &words);
    same_places(&words, &together, pairs);
    translations(&words, &together, options, pairs);
    short_forms(&titles, &names, options, pairs);
}

/// Numbers of words and values.
#[derive(Default)]
struct Names {
    words: HashMap<String, usize>,
    texts: Vec<String>,
    values: BTreeMap<String, usize>,
    value_texts: Vec<String>,
}

impl Names {
    fn title(&mut self, title: &str, values: &[&str]) -> Title {
        let phrase = Phrase::new(title);
        let mut words = Vec::new();
        for word in phrase.word_ranges().into_iter().take_while(|word| word.end <= TITLE_UNITS_MAX) {
            let key = phrase.key(&word);
            let next = self.texts.len();
            let number = *self.words.entry(key.to_owned()).or_insert(next);
            if number == next {
                self.texts.push(phrase.words(&word).to_owned());
            }
            words.push(number);
        }
        let mut numbers = Vec::new();
        for value in values {
            let next = self.value_texts.len();
            let number = *self.values.entry((*value).to_owned()).or_insert(next);
            if number == next {
                self.value_texts.push((*value).to_owned());
            }
            numbers.push(number);
        }
        numbers.sort_unstable();
        numbers.dedup();
        Title { words, values: numbers }
    }
}

/// The frequent words with what they stand with: the word before, the word behind, and each value of the item. Features
/// are numbered: three to a word or value.
fn count(titles: &[Title], names: &Names, options: &MineOptions) -> BTreeMap<usize, Word> {
    let mut items = vec![0u32; names.texts.len()];
    for title in titles {
        distinct(&title.words).into_iter().for_each(|word| items[word] += 1);
    }
    let is_comparable = |word: usize| {
        let text = &names.texts[word];
        let is_word = text.chars().all(char::is_alphabetic) && (!text.is_ascii() || text.len() > 1);
        items[word] >= options.items_min && is_word && !is_function_word(text)
    };
    let mut frequent: Vec<usize> = (0..items.len()).filter(|word| is_comparable(*word)).collect();
    frequent.sort_by_key(|word| (u32::MAX - items[*word], *word));
    frequent.truncate(WORDS_MAX);
    let mut words: BTreeMap<usize, Word> = frequent
        .into_iter()
        .map(|word| (word, Word { text: names.texts[word].clone(), items: items[word], features: HashMap::new() }))
        .collect();
    for title in titles {
        for (place, number) in title.words.iter().enumerate() {
            let Some(word) = words.get_mut(number) else { continue };
            let before = place.checked_sub(1).map(|place| title.words[place] * 3);
            let behind = title.words.get(place + 1).map(|next| next * 3 + 1);
            let values = title.values.iter().map(|value| value * 3 + 2);
            before.into_iter().chain(behind).chain(values).for_each(|feature| {
                *word.features.entry(feature).or_default() += 1;
            });
        }
    }
    words
}

/// In how many titles pairs of frequent words stand together.
fn together(titles: &[Title], words: &BTreeMap<usize, Word>) -> HashMap<(usize, usize), u32> {
    let mut counts = HashMap::new();
    for title in titles {
        let present: Vec<usize> = distinct(&title.words).into_iter().filter(|word| words.contains_key(word)).collect();
        for (place, first) in present.iter().enumerate() {
            present[place + 1..].iter().for_each(|second| *counts.entry((*first, *second)).or_default() += 1);
        }
    }
    counts
}

/// Words with the same neighbours that are not neighbours themselves: cosine of positive pointwise mutual information,
/// ln(n(w, f) N / (n(w) n(f))) where positive (Bullinaria and Levy 2007), over the features that tell most.
fn same_places(words: &BTreeMap<usize, Word>, together: &HashMap<(usize, usize), u32>, pairs: &mut Pairs) {
    let mut feature_counts: HashMap<usize, u32> = HashMap::new();
    for word in words.values() {
        word.features.iter().for_each(|(feature, count)| *feature_counts.entry(*feature).or_default() += count);
    }
    let total: f32 = feature_counts.values().map(|count| *count as f32).sum();
    let mut by_feature: BTreeMap<usize, Vec<(usize, f32)>> = BTreeMap::new();
    for (number, word) in words {
        let sum: f32 = word.features.values().map(|count| *count as f32).sum();
        let information = |(feature, count): (&usize, &u32)| {
            let usual = sum * feature_counts[feature] as f32 / total;
            (*feature, (*count as f32 / usual).ln() * (*count as f32 / (*count as f32 + 1.0)))
        };
        let mut features: Vec<(usize, f32)> = word.features.iter().filter(|(_, n)| **n > 1).map(information).collect();
        features.retain(|(_, value)| *value > 0.0);
        features.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        features.truncate(FEATURES_MAX);
        let length = features.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        features
            .into_iter()
            .for_each(|(feature, value)| by_feature.entry(feature).or_default().push((*number, value / length)));
    }
    let mut dots: BTreeMap<(usize, usize), (f32, u32)> = BTreeMap::new();
    for users in by_feature.values().filter(|users| users.len() <= WORDS_PER_FEATURE_MAX) {
        for (place, (first, one)) in users.iter().enumerate() {
            for (second, other) in &users[place + 1..] {
                let entry = dots.entry((*first, *second)).or_default();
                *entry = (entry.0 + one * other, entry.1 + 1);
            }
        }
    }
    for ((first, second), (cosine, shared)) in dots {
        let (one, other) = (&words[&first], &words[&second]);
        let both = together.get(&(first.min(second), first.max(second))).copied().unwrap_or(0);
        let usually_apart = both as f32 <= TOGETHER_MAX * one.items.min(other.items) as f32;
        if cosine < COSINE_MIN || shared < 3 || !usually_apart {
            continue;
        }
        // Red and blue stand in the same places too: that alone is far from a proposal.
        let items = (one.items, other.items, both);
        pairs.add(&one.text, &other.text, 0.3 * cosine, Evidence::SamePlaces { cosine, items });
        if let Some((form, score)) = variant(&one.text, &other.text) {
            pairs.add(&one.text, &other.text, score, Evidence::Variant { form });
        }
    }
}

/// Whether one word is a form of the other, with how much that says.
fn variant(first: &str, second: &str) -> Option<(&'static str, f32)> {
    let (short, long) = if first.len() <= second.len() { (first, second) } else { (second, first) };
    if !short.is_ascii() || !long.is_ascii() || short.len() < 2 {
        return None;
    }
    if american(short) == american(long) {
        return Some(("another spelling", 0.75));
    }
    // Letters left out, the first kept: blk, wht, dec; a mere beginning needs three letters, other contractions no vowels.
    let mut rest = long.bytes();
    let is_within = short.bytes().all(|letter| rest.any(|other| other == letter));
    let is_vowel = |letter: u8| matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u');
    let is_contraction = short.as_bytes()[0] == long.as_bytes()[0] && !short.bytes().skip(1).any(is_vowel);
    // "stemless" is the opposite of "stem".
    let is_beginning =
        short.len() >= 3 && long.strip_prefix(short).is_some_and(|rest| rest != "less" && rest != "free");
    let is_form = is_within && long.len() >= short.len() + 2 && (is_contraction || is_beginning);
    is_form.then_some(("a contraction", 0.45))
}

/// A word with British spellings made American, as far as rules go.
fn american(word: &str) -> String {
    const RULES: [(&str, &str); 9] = [
        ("grey", "gray"),
        ("our", "or"),
        ("ise", "ize"),
        ("isi", "izi"),
        ("ium", "um"),
        ("ll", "l"),
        ("ogue", "og"),
        ("mould", "mold"),
        ("yre", "ire"),
    ];
    let word = word
        .strip_suffix("re")
        .filter(|rest| rest.ends_with(['t', 'b']))
        .map_or(word.to_owned(), |rest| format!("{rest}er"));
    RULES.iter().fold(word, |word, (british, american)| word.replace(british, american))
}

/// A Chinese word and one of another script that nearly always stand in the same titles.
fn translations(
    words: &BTreeMap<usize, Word>,
    together: &HashMap<(usize, usize), u32>,
    options: &MineOptions,
    pairs: &mut Pairs,
) {
    let is_han = |text: &str| !text.is_ascii();
    let mut found: Vec<(&(usize, usize), &u32)> = together.iter().collect();
    found.sort_unstable();
    for ((first, second), both) in found {
        let (one, other) = (&words[first], &words[second]);
        if is_han(&one.text) == is_han(&other.text) || *both < options.items_min {
            continue;
        }
        let dice = 2.0 * *both as f32 / (one.items + other.items) as f32;
        // A brand in both languages does so too; it is a translation just as well.
        if dice >= 0.6 {
            let trust = 1.0 - 1.0 / (1.0 + *both as f32);
            let items = (one.items, other.items);
            pairs.add(&one.text, &other.text, dice * trust, Evidence::Together { both: *both, items });
        }
    }
}

/// Values of several words whose initials stand in titles of items that have the value ("UA" for "Under Armour").
fn short_forms(titles: &[Title], names: &Names, options: &MineOptions, pairs: &mut Pairs) {
    let mut forms: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (text, value) in &names.values {
        let letters: Vec<char> = text.split_whitespace().filter_map(|word| word.chars().next()).collect();
        if (2..=5).contains(&letters.len()) && letters.iter().all(char::is_ascii_alphabetic) {
            forms.entry(letters.iter().collect::<String>().to_lowercase()).or_default().push(*value);
        }
    }
    for (form, values) in forms {
        let Some(word) = names.words.get(&form).copied() else { continue };
        // "tom" is the beginning of "Tom's of Maine" before it is its initials.
        let values = values.into_iter().filter(|value| !names.value_texts[*value].to_lowercase().starts_with(&form));
        let with_form: Vec<&Title> = titles.iter().filter(|title| title.words.contains(&word)).collect();
        for value in values {
            let agreeing = with_form.iter().filter(|title| title.values.binary_search(&value).is_ok()).count();
            let (agreeing, of) = (agreeing as u32, with_form.len() as u32);
            let share = agreeing as f32 / of.max(1) as f32;
            if agreeing >= options.support_min && share >= 0.5 {
                let trust = 1.0 - 1.0 / (1.0 + agreeing as f32);
                pairs.add(&form, &names.value_texts[value], share * trust, Evidence::Initials { agreeing, of });
            }
        }
    }
}

fn distinct(words: &[usize]) -> Vec<usize> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants() {
        for (first, second, expected) in [
            ("colour", "color", Some("another spelling")),
            ("grey", "gray", Some("another spelling")),
            ("litre", "liter", Some("another spelling")),
            ("aluminium", "aluminum", Some("another spelling")),
            ("blk", "black", Some("a contraction")),
            ("dec", "december", Some("a contraction")),
            ("shirt", "skirt", None),
            ("stem", "stemless", None),
            ("red", "blue", None),
            ("红", "红色", None),
        ] {
            assert_eq!(variant(first, second).map(|(form, _)| form), expected, "{first} {second}");
        }
    }
}
