//! Terms of a word of letters and digits, which may have joiners inside.

use rust_stemmers::{Algorithm, Stemmer};

use crate::chinese::Emit;
use crate::segment::is_joiner;

/// Longer terms are cut: nobody types them, and the index must not keep megabytes as one term.
const TERM_BYTES_MAX: usize = 64;
/// Words of more parts than this are lists and paths, not names, and are not indexed whole.
const PARTS_MAX: usize = 5;

/// Emits the terms of `word`: the whole without its joiners where it has several parts, each part, and the letters and
/// digits of a part that has both. Returns how many places it takes.
pub(crate) fn terms(word: &str, emit: &mut Emit<'_>) -> u32 {
    let parts = Parts { word, at: 0 };
    let count = parts.clone().take(PARTS_MAX + 1).count();
    if (2..=PARTS_MAX).contains(&count) && word.len() <= TERM_BYTES_MAX && is_one_name(word) {
        emit_stem(&joined(word), 0, word.len(), 0, emit);
    }
    let mut place = 0;
    for (start, end) in parts {
        place += part_terms(&word[start..end], start, place, emit);
    }
    place
}

/// Emits a part (possessives already cut off) and, where it mixes letters and digits, each stretch of either.
fn part_terms(part: &str, start: usize, place: u32, emit: &mut Emit<'_>) -> u32 {
    let stretches = stretches(part);
    let bare = part.strip_suffix("'s").unwrap_or(part);
    if bare.contains('\'') {
        emit_stem(&bare.replace('\'', ""), start, start + part.len(), place, emit);
        if let Some(from) = elided(bare) {
            emit_stem(&bare[from..], start + from, start + part.len(), place, emit);
        }
    } else {
        emit_stem(bare, start, start + part.len(), place, emit);
    }
    if stretches.len() < 2 {
        return 1;
    }
    for (offset, (from, to)) in (0u32..).zip(&stretches) {
        emit_stem(&part[*from..*to], start + from, start + to, place + offset, emit);
    }
    stretches.len() as u32
}

/// Where the word behind a French or Italian article begins that lost its vowel (`l'oreal`, `d'angelo`); `None` elsewhere.
fn elided(part: &str) -> Option<usize> {
    let (article, word) = part.split_once('\'')?;
    let is_article = matches!(article, "l" | "d" | "j" | "m" | "t" | "s" | "n" | "c" | "qu" | "dell" | "all" | "un");
    (is_article && word.starts_with(['a', 'e', 'i', 'o', 'u', 'h', 'y'])).then(|| article.len() + 1)
}

/// Emits the stem of a word of Latin letters, anything else as it is.
fn emit_stem(term: &str, start: usize, end: usize, place: u32, emit: &mut Emit<'_>) {
    let term = &term[..term.floor_char_boundary(TERM_BYTES_MAX)];
    if term.len() < 3 || !term.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return emit(term, start, end, place);
    }
    match irregular(term) {
        Some(singular) => emit(singular, start, end, place),
        None => emit(&Stemmer::create(Algorithm::English).stem(term), start, end, place),
    }
}

/// Whether the joiners make one name of the parts (`t-shirt`, `15.6`, `3/4`, `h&m`) or list alternatives (`red/blue`).
fn is_one_name(word: &str) -> bool {
    inner_joiners(word).all(|(before, joiner, after)| match joiner {
        '/' | ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => true,
    })
}

/// The whole word as one term: a decimal point or fraction stays, other joiners go.
fn joined(word: &str) -> String {
    let mut term = String::with_capacity(word.len());
    let mut before = ' ';
    let mut chars = word.chars().peekable();
    while let Some(character) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let in_number = before.is_ascii_digit() && after.is_ascii_digit();
        if !is_joiner(character) || (in_number && matches!(character, '.' | '/')) {
            term.push(character);
        }
        before = character;
    }
    term
}

fn inner_joiners(word: &str) -> impl Iterator<Item = (char, char, char)> + '_ {
    let chars = word.chars();
    let (second, third) = (word.chars().skip(1), word.chars().skip(2));
    let threes = chars.zip(second).zip(third).map(|((before, joiner), after)| (before, joiner, after));
    threes.filter(|(_, joiner, _)| is_joiner(*joiner))
}

/// The parts of a word between its joiners; an apostrophe between letters does not part.
#[derive(Clone)]
struct Parts<'a> {
    word: &'a str,
    at: usize,
}

impl Iterator for Parts<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        if start >= self.word.len() {
            return None;
        }
        let mut before = ' ';
        for (offset, character) in self.word[start..].char_indices() {
            if is_joiner(character) && !(character == '\'' && before.is_alphabetic()) {
                self.at = start + offset + character.len_utf8();
                return Some((start, start + offset));
            }
            before = character;
        }
        self.at = self.word.len();
        Some((start, self.word.len()))
    }
}

/// The stretches of digits and of other characters in a part.
fn stretches(part: &str) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    let mut was_digit = None;
    for (at, character) in part.char_indices() {
        let is_digit = character.is_ascii_digit();
        let end = at + character.len_utf8();
        match stretches.last_mut() {
            Some(last) if was_digit == Some(is_digit) => last.1 = end,
            _ => stretches.push((at, end)),
        }
        was_digit = Some(is_digit);
    }
    stretches
}

/// How words begin of which some have a stem with another second letter: `feet`, `teeth`, `mice`, `geese`, `men`, `tyre` here,
/// `tying`, `dying` and `lying` in Snowball's list.
pub(crate) const CHANGING: [&[u8; 2]; 8] = [b"fe", b"te", b"mi", b"ge", b"me", b"ty", b"dy", b"ly"];

/// Words whose stem Snowball's rules miss, or share with words that mean something else in a shop: `organizer` and
/// `organic` would both be `organ`, `leggings` would be `leg`, and `lens` would not be `lenses`.
fn irregular(word: &str) -> Option<&'static str> {
    Some(match word {
        // Plurals, and genitives written without their apostrophe.
        "women" | "womens" => "woman",
        "men" | "mens" => "man",
        "children" | "childrens" => "child",
        "feet" => "foot",
        "teeth" => "tooth",
        "mice" => "mous",
        "geese" => "goos",
        "lens" | "lenses" => "lens",
        "canvas" | "canvases" => "canvas",
        "bras" => "bra",
        "knives" => "knife",
        "wives" => "wife",
        "shelves" => "shelf",
        "scarves" => "scarf",
        "leaves" => "leaf",
        "loaves" => "loaf",
        "calves" => "calf",
        "hooves" => "hoof",
        "elves" => "elf",
        "wolves" => "wolf",
        "halves" => "half",
        "tvs" => "tv",
        "cds" => "cd",
        "dvds" => "dvd",
        // Words that are not what their stem says.
        "shorts" => "shorts",
        "goods" => "goods",
        "clothes" | "clothing" => "clothes",
        "legging" | "leggings" => "legging",
        "stocking" | "stockings" => "stocking",
        "bearing" | "bearings" => "bearing",
        "coating" | "coatings" => "coating",
        "dressing" | "dressings" => "dressing",
        "organic" | "organics" => "organic",
        "organizer" | "organizers" | "organiser" | "organisers" => "organizer",
        "organize" | "organizing" | "organized" | "organization" | "organise" | "organising" | "organised"
        | "organisation" => "organize",
        "animal" | "animals" => "animal",
        "universal" => "universal",
        "university" | "universities" => "university",
        // Two spellings of one word.
        "colour" | "colours" => "color",
        "coloured" => "color",
        "grey" => "gray",
        "pyjamas" | "pyjama" => "pajama",
        "jewellery" => "jewelri",
        "fibre" | "fibres" => "fiber",
        "litre" | "litres" => "liter",
        "metre" | "metres" => "meter",
        "tyre" | "tyres" => "tire",
        "aluminium" => "aluminum",
        _ => return None,
    })
}
