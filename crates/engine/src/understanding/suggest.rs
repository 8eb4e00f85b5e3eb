use std::sync::LazyLock;

use features::{Blocklist, QueryCount, QueryLog, Related, Showable};
use index::suggest::{
    Entry, Kind, Options, Payload, Pinyin, Suggestion, Suggestions, SuggestionsBuilder, Typed, Typos,
};
use text::Normalised;
use text::pinyin;
use types::{Actor, ActorKey, Item, Language, Millis};

use super::categories::Categories;
use crate::searches::hash_of;
use crate::view::View;

/// Different people who must have asked a query before others see it.
const PEOPLE_MIN: usize = 3;
/// What is never suggested.
static BLOCKED: LazyLock<Blocklist> = LazyLock::new(Blocklist::default);
/// Characters of what is suggested, at most.
const CHARACTERS_MAX: usize = 200;
/// Products that can be suggested, at most.
const PRODUCTS_MAX: usize = 200_000;

/// Products, categories and brands of a catalogue, to be suggested; each weighs as much as its items.
pub(super) fn of_catalogue(items: &[Item], categories: &Categories, brands: &[(&str, u64)]) -> Suggestions {
    let mut builder = SuggestionsBuilder::new();
    for item in items.iter().take(PRODUCTS_MAX) {
        let rated = item.number(types::well_known::RATING_COUNT).unwrap_or_default().max(0.0);
        add(&mut builder, Kind::Product, item.title(), 1.0 + (1.0 + rated as f32).ln(), None);
    }
    let mut counts = vec![0.0f32; categories.iter().count()];
    for item in items {
        let lowest = categories.lowest_of(item).into_iter();
        let above = lowest.filter_map(|lowest| Some(categories.tree()?.path(lowest).collect::<Vec<_>>()));
        above.flatten().for_each(|category| counts[category as usize] += 1.0);
    }
    for (path, count) in categories.iter().zip(counts) {
        let Some(name) = path.last() else { continue };
        add(&mut builder, Kind::Category, name, count, Some(Payload::Category(path.as_slice().into())));
    }
    for (brand, count) in brands {
        add(&mut builder, Kind::Brand, brand, *count as f32, None);
    }
    builder.build()
}

/// Queries that enough people asked, to be suggested.
pub(super) fn of_queries(log: &QueryLog, now: Millis) -> Suggestions {
    let mut builder = SuggestionsBuilder::new();
    for query in showable(log, now) {
        add(&mut builder, Kind::Query, &query.text, query.count, None);
    }
    builder.build()
}

/// Queries that enough people asked.
pub(super) fn showable(log: &QueryLog, now: Millis) -> Vec<QueryCount> {
    log.entries(now, &Showable { actors_min: PEOPLE_MIN, blocklist: &BLOCKED })
}

/// What may follow what was typed so far, kind by kind; among queries the actor's own come first.
pub(crate) fn lookup(view: &View, typed: &str, kinds: &[(Kind, usize)], actor: &Actor) -> Vec<Suggestion> {
    let own = actor.key().map(|key| own_queries(view, &key)).filter(|own| !own.is_empty());
    let normalised = Normalised::new(typed, Language::Other);
    let sound = pinyin::key(normalised.text()).full;
    let sounds = [sound.as_str()];
    let typed = Typed { texts: &[normalised.text()], pinyin: if normalised.text().is_empty() { &[] } else { &sounds } };
    let mut found = Vec::new();
    for wanted in kinds {
        let suggestions = if wanted.0 == Kind::Query { &view.asked } else { &view.lexicon.suggestions };
        let options = Options {
            kinds: &[*wanted],
            typos: Typos::WhenFew,
            compose: false,
            personal: if wanted.0 == Kind::Query { own.as_ref() } else { None },
        };
        found.extend(suggestions.lookup(&typed, &options));
    }
    found
}

/// What the actor searched for of late, the latest first.
fn own_queries(view: &View, actor: &ActorKey) -> Suggestions {
    let mut builder = SuggestionsBuilder::new();
    let own = view.own.of(hash_of(actor));
    for (place, (text, _)) in own.iter().enumerate().filter(|(_, (text, _))| !BLOCKED.blocks(text)) {
        add(&mut builder, Kind::Query, text, (own.len() - place) as f32, None);
    }
    builder.build()
}

/// What is searched for after `query`, as [`QueryLog::related`] tells.
pub(crate) fn related(view: &View, query: &str, now: Millis, limit: usize) -> Vec<Related> {
    let normalised = Normalised::new(query, Language::Other);
    let showable = Showable { actors_min: PEOPLE_MIN, blocklist: &BLOCKED };
    view.queries.related(normalised.text(), now, &showable, limit)
}

fn add(builder: &mut SuggestionsBuilder, kind: Kind, text: &str, weight: f32, payload: Option<Payload>) {
    if !is_safe(text) {
        return;
    }
    let normalised = Normalised::new(text, Language::Other);
    let folded = normalised.text();
    let words: Vec<usize> = starts(folded);
    let is_chinese = folded.chars().any(|character| !pinyin::syllables(character).is_empty());
    let keys = if is_chinese { pinyin::keys(folded) } else { Vec::new() };
    let sounds: Vec<Pinyin<'_>> = keys.iter().map(|key| Pinyin { full: &key.full, initials: &key.initials }).collect();
    let codes: Vec<&str> = folded.split_whitespace().filter(|word| is_code(word)).collect();
    builder.add(&Entry { text, kind, weight, folded, words: &words, pinyin: &sounds, codes: &codes, payload });
}

/// Whether a text can be shown as it is: no markup, nothing that turns the direction of what stands around it or that cannot
/// be seen, and not endless.
fn is_safe(text: &str) -> bool {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let is_markup = text.find('<').is_some_and(|at| text[at..].contains('>')) || text.contains("://");
    !is_markup && !text.chars().any(is_hidden) && text.chars().count() <= CHARACTERS_MAX
}

/// Where words begin after the first; in Chinese anywhere may a word begin.
fn starts(text: &str) -> Vec<usize> {
    let mut before = ' ';
    let mut starts = Vec::new();
    for (at, character) in text.char_indices() {
        let begins = !before.is_alphanumeric() || !character.is_ascii();
        if at > 0 && character.is_alphanumeric() && begins {
            starts.push(at);
        }
        before = character;
    }
    starts
}

/// Whether a word looks like an article number: letters and digits, or many digits.
fn is_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && word.len() >= 4 && (digits < word.len() || digits >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_do_harm_where_it_is_shown_is_not_suggested() {
        for fine in ["红色连衣裙", "size < 40", "a > b", "3/4 sleeve", "é"] {
            assert!(is_safe(fine), "{fine}");
        }
        for bad in ["<script>alert(1)</script>", "a\u{202e}b", "a\u{0}b", "javascript://x", &"a".repeat(201)] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn words_begin_behind_blanks_and_in_chinese_anywhere() {
        assert_eq!(starts("red t-shirt"), [4, 6]);
        assert_eq!(starts("红裙 a"), [3, 7]);
        assert!(is_code("wh-1000xm4") && is_code("12345") && !is_code("shoes") && !is_code("2024"));
    }
}
