//! Pairs where there are no clicks: of an item's own texts.

use types::Rng;

use super::Pair;

/// Pairs of one category at most: its name says little about one item among thousands.
const PAIRS_A_CATEGORY: usize = 20;

/// What an item says about itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ItemTexts {
    /// Its title.
    pub title: String,
    /// Its description, where it has one.
    pub description: String,
    /// The name of its category, where it has one.
    pub category: String,
    /// Items of one group are variants of each other.
    pub group: Option<u64>,
}

/// Pairs of items' own texts: the title and the description, the category and the title, and a cropped and thinned-out
/// view of the title and the whole title (after inverse cloze and word deletion, Lee et al. 2019; Wu et al. 2020).
pub fn self_supervised(items: &[ItemTexts], rng: &mut Rng) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut of_category = std::collections::BTreeMap::<&str, usize>::new();
    let mut order: Vec<usize> = (0..items.len()).collect();
    rng.shuffle(&mut order);
    for item in order.into_iter().map(|at| &items[at]) {
        let [title, description, category] = [&item.title, &item.description, &item.category].map(|text| text.trim());
        if title.is_empty() {
            continue;
        }
        let mut put = |query: &str, passage: &str, weight: f32| {
            if !query.is_empty() && query != passage {
                pairs.push(Pair { query: query.to_owned(), passage: passage.to_owned(), weight, group: item.group });
            }
        };
        if !description.is_empty() {
            put(title, description, 1.0);
        }
        put(&view(title, rng), title, 1.0);
        let count = of_category.entry(category).or_default();
        if *count < PAIRS_A_CATEGORY {
            *count += 1;
            put(category, title, 0.5);
        }
    }
    pairs
}

/// A part of a text as somebody might search for it: a third to two thirds of its words (of Chinese: characters) in a
/// row, some of which are left out. A text of fewer than three stays as it is.
pub fn view(text: &str, rng: &mut Rng) -> String {
    let units = units(text);
    if units.len() < 3 {
        return text.to_owned();
    }
    let least = units.len().div_ceil(3).max(2);
    let length = least + rng.below(units.len() * 2 / 3 - least + 1);
    let from = rng.below(units.len() - length + 1);
    let kept: Vec<&str> = units[from..from + length].iter().copied().filter(|_| rng.unit() >= 0.1).collect();
    let kept = if kept.is_empty() { &units[from..=from] } else { kept.as_slice() };
    kept.concat().trim().to_owned()
}

/// Words with the blank after them, and single characters of scripts without blanks.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut from = 0;
    let mut before_blank = false;
    for (at, character) in text.char_indices() {
        let alone = is_ideographic(character);
        let after_alone = text[..at].chars().next_back().is_some_and(is_ideographic);
        if at > from && (alone || after_alone || (before_blank && !character.is_whitespace())) {
            units.push(&text[from..at]);
            from = at;
        }
        before_blank = character.is_whitespace();
    }
    if from < text.len() {
        units.push(&text[from..]);
    }
    units
}

fn is_ideographic(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_characters_are_units() {
        assert_eq!(units("red silk  dress"), ["red ", "silk  ", "dress"]);
        assert_eq!(units("红色 iPhone15 手机壳"), ["红", "色", " ", "iPhone15 ", "手", "机", "壳"]);
        assert!(units("").is_empty());
    }

    #[test]
    fn views_are_parts_in_both_languages() {
        let mut rng = Rng::new(1);
        for text in ["breathable mesh running shoes for women, size 38", "夏季新款透气网面女士跑步鞋轻便运动鞋"]
        {
            let whole = units(text).len();
            for _ in 0..200 {
                let part = view(text, &mut rng);
                let count = units(&part).len();
                assert!(count >= 1 && count <= whole * 2 / 3 + 1, "{part}");
                assert!(units(&part).iter().all(|unit| text.contains(unit.trim())), "{part}");
            }
        }
        assert_eq!(view("茶", &mut rng), "茶");
        assert_eq!(view("", &mut rng), "");
    }

    #[test]
    fn items_give_pairs_of_their_texts() {
        let item = |title: &str, description: &str, category: &str| ItemTexts {
            title: title.to_owned(),
            description: description.to_owned(),
            category: category.to_owned(),
            group: Some(7),
        };
        let items =
            [item("红色真丝连衣裙夏季", "法式复古长裙", "女装"), item("mug", "", ""), item(" ", "nothing", "x")];
        let pairs = self_supervised(&items, &mut Rng::new(3));
        let has = |query: &str, passage: &str| pairs.iter().any(|pair| pair.query == query && pair.passage == passage);
        assert!(has("红色真丝连衣裙夏季", "法式复古长裙") && has("女装", "红色真丝连衣裙夏季"));
        assert_eq!(pairs.iter().filter(|pair| pair.passage == "红色真丝连衣裙夏季").count(), 2);
        assert!(pairs.iter().all(|pair| pair.passage != "nothing" && pair.group == Some(7)));
        let many: Vec<ItemTexts> = (0..100).map(|at| item(&format!("cup {at}"), "", "cups")).collect();
        let pairs = self_supervised(&many, &mut Rng::new(3));
        assert_eq!(pairs.iter().filter(|pair| pair.query == "cups").count(), PAIRS_A_CATEGORY);
    }
}
