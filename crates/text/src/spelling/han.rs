//! What Chinese characters may have been meant as: words that sound or look alike, a character missing, too many,
//! swapped or wrong.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::edge::Edge;
use super::language::Language;
use super::tokens::{Class, Gap, Token, hash, mix};
use super::vocabulary::{Vocabulary, pack, unpack};
use super::words::Lists;
use super::{HAN_ERROR, SlipKind};
use crate::pinyin;

/// `-ln P` of a slip at one place. An input method offers a dozen characters a sound, so that a wrong one of the same
/// sound is the commonest slip; any character in place of another is the rarest.
const SAME_SOUND: f32 = 2.0;
const NEAR_SOUND: f32 = 3.5;
const SAME_SHAPE: f32 = 3.5;
const OTHER_CHARACTER: f32 = 12.0;
const MISSING: f32 = 6.0;
const EXTRA: f32 = 13.0;
const SWAPPED: f32 = 4.0;
/// Any other character, where the whole query speaks for it.
const OTHER_CHARACTER_OF_QUERY: f32 = 9.0;
/// What was typed was seen beside both its neighbours before.
pub(super) const FITS: f32 = 2.0;

/// With more n-grams than this, those seen once are not taken for words: most are chance neighbours.
const GRAMS_FEW: usize = 20_000;
/// Entries read from one list.
const LIST_MAX: usize = 48;
/// Edges found by one look.
const FOUND_MAX: usize = 6;

/// The shop's words of two and three characters, by sound and by two of three characters.
#[derive(Debug)]
pub(super) struct Han {
    /// The words, the most frequent first.
    grams: Box<[u64]>,
    by_sound: Lists,
    by_gap: Lists,
}

/// Which of three characters is not looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hole {
    First,
    Middle,
    Last,
}

impl Han {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let count_min = if vocabulary.grams.len() > GRAMS_FEW { 2 } else { 1 };
        let mut counted: Vec<(u64, u32)> = vocabulary
            .grams
            .iter()
            .map(|(gram, count)| (*gram, *count))
            .filter(|(_, count)| *count >= count_min)
            .collect();
        counted.sort_unstable_by_key(|(gram, count)| (std::cmp::Reverse(*count), *gram));
        let grams: Box<[u64]> = counted.iter().map(|(gram, _)| *gram).collect();
        let by_sound = Lists::new(|each| {
            for (at, gram) in (0u32..).zip(&grams) {
                if let Some(key) = sound_key(unpack(*gram)) {
                    each(key, at);
                }
            }
        });
        let by_gap = Lists::new(|each| {
            for (at, gram) in (0u32..).zip(&grams) {
                let chars: Vec<char> = unpack(*gram).collect();
                if let [a, b, c] = chars[..] {
                    each(gap_key(Hole::First, b, c), at);
                    each(gap_key(Hole::Middle, a, c), at);
                    each(gap_key(Hole::Last, a, b), at);
                }
            }
        });
        Self { grams, by_sound, by_gap }
    }

    pub(super) fn bytes(&self) -> usize {
        self.grams.len() * 8 + self.by_sound.bytes() + self.by_gap.bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.grams.len()
    }

    /// The known words of a sound, the most frequent first.
    fn alike(&self, typed: &[char]) -> impl Iterator<Item = u64> + '_ {
        let key = sound_key(typed.iter().copied());
        let list = key.map_or(&[][..], |key| self.by_sound.get(key));
        list.iter()
            .take(LIST_MAX)
            .map(|at| self.grams[*at as usize])
            .filter(move |gram| sound_key(unpack(*gram)) == key)
    }

    /// The characters that fill a hole beside two others, the most frequent first.
    fn fillers(&self, hole: Hole, one: char, other: char) -> impl Iterator<Item = char> + '_ {
        let list = self.by_gap.get(gap_key(hole, one, other));
        let list = &list[..list.len().min(LIST_MAX)];
        // Keys that fall together list a word again; it then stands beside itself.
        list.chunk_by(|one, other| one == other).filter_map(move |again| {
            let at = &again[0];
            let gram = self.grams[*at as usize];
            let [a, b, c] = [gram >> 42, (gram >> 21) & 0x1F_FFFF, gram & 0x1F_FFFF].map(|part| part as u32);
            let (kept, filler) = match hole {
                Hole::First => ((b, c), a),
                Hole::Middle => ((a, c), b),
                Hole::Last => ((a, b), c),
            };
            (kept == (u32::from(one), u32::from(other))).then(|| char::from_u32(filler)).flatten()
        })
    }
}

/// The characters around a place, and what finds words for them.
pub(super) struct Place<'a> {
    pub(super) han: &'a Han,
    pub(super) language: &'a Language,
    pub(super) tokens: &'a [Token<'a>],
    pub(super) fixed: &'a [bool],
    pub(super) at: usize,
}

impl Place<'_> {
    /// The edges that begin at this character.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        let run = self.run(self.at, 2);
        for (back, length) in [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            self.sounds(back, length, &mut edges);
        }
        self.shapes(run[0], &mut edges);
        self.swapped(&run, &mut edges);
        // A rare word is no reason to guess: only where the neighbours were never seen together is anything else tried.
        if !self.is_known_pair(self.at, self.at + 1) {
            self.missing(&run, &mut edges);
        }
        if !self.is_known_pair(self.at.wrapping_sub(1), self.at) || !self.is_known_pair(self.at, self.at + 1) {
            self.others(run[0], &mut edges);
            self.extra(&mut edges);
        }
        super::edge::keep_best(&mut edges);
        edges
    }

    /// Up to `length` characters from a place on that may be changed.
    fn run(&self, start: usize, length: usize) -> Vec<char> {
        let rest = (start..self.tokens.len()).take(length);
        let free = rest.take_while(|at| {
            self.han_at(*at).is_some() && !self.fixed[*at] && (*at == start || self.tokens[*at].gap != Gap::Sign)
        });
        free.filter_map(|at| self.han_at(at)).collect()
    }

    /// The Chinese character at a place.
    fn han_at(&self, at: usize) -> Option<char> {
        let token = self.tokens.get(at).filter(|token| token.class == Class::Han)?;
        token.text.chars().next()
    }

    fn hash_at(&self, at: usize) -> Option<u64> {
        Some(self.tokens.get(at)?.hash)
    }

    fn is_known_pair(&self, first: usize, second: usize) -> bool {
        self.language.neighbours(self.hash_at(first), self.hash_at(second)) > 0.0
    }

    /// How often characters were seen in a row.
    fn count(&self, chars: &[char]) -> f32 {
        self.language.row(&chars.iter().map(|c| char_hash(*c)).collect::<Vec<_>>())
    }

    fn edge(&self, length: usize, meant: &[char], cost: f32, kind: SlipKind, slips: u8) -> Edge {
        let ln_alone = |hash| self.language.ln_alone(hash).unwrap_or_else(|| self.language.ln_unknown());
        Edge {
            to: self.at + length,
            cost: HAN_ERROR + cost,
            meant: meant.iter().map(|c| char_hash(*c)).map(|hash| (hash, ln_alone(hash))).collect(),
            text: meant.iter().collect(),
            kind,
            slips,
        }
    }

    /// Words of `length` that sound like the characters typed from `back` before this place on, and differ from them
    /// first in this place.
    fn sounds(&self, back: usize, length: usize, edges: &mut Vec<Edge>) {
        let Some(start) = self.at.checked_sub(back) else { return };
        let typed = self.run(start, length);
        if typed.len() < length {
            return;
        }
        let typed_count = self.count(&typed);
        let fits = self.is_known_pair(self.at.wrapping_sub(1), self.at) && self.is_known_pair(self.at, self.at + 1);
        let fits = if fits { FITS } else { 0.0 };
        for gram in self.han.alike(&typed).take(FOUND_MAX * 2) {
            let meant: Vec<char> = unpack(gram).collect();
            let differs = |at: &usize| meant[*at] != typed[*at];
            if (0..length).find(differs) != Some(back) {
                continue;
            }
            if self.count(&meant) <= typed_count {
                break;
            }
            let last = (0..length).rfind(differs).unwrap_or(back);
            let likeness = (back..=last).map(|at| pinyin::likeness(typed[at], meant[at])).fold(1.0, f32::min);
            // An input method gives the whole word at once: further wrong characters in it cost little.
            let further = (back..=last).filter(differs).count() as f32 - 1.0;
            let is_same = likeness >= 0.9;
            let (cost, kind) =
                if is_same { (SAME_SOUND, SlipKind::Homophone) } else { (NEAR_SOUND, SlipKind::NearSound) };
            edges.push(self.edge(last - back + 1, &meant[back..=last], cost + further + fits, kind, 1));
        }
    }

    /// Characters that look like the one typed, where the neighbours know them.
    fn shapes(&self, typed: char, edges: &mut Vec<Edge>) {
        for meant in shapes_like(typed) {
            if self.fits(char_hash(meant)) {
                edges.push(self.edge(1, &[meant], SAME_SHAPE, SlipKind::NearShape, 1));
            }
        }
    }

    /// Whether a character was seen beside one of the neighbours more often than what was typed.
    fn fits(&self, hash: u64) -> bool {
        let (before, after) = (self.hash_at(self.at.wrapping_sub(1)), self.hash_at(self.at + 1));
        let typed = self.hash_at(self.at);
        let more = |first, second, then, instead| {
            self.language.neighbours(first, second) > self.language.neighbours(then, instead)
        };
        more(before, Some(hash), before, typed) || more(Some(hash), after, typed, after)
    }

    /// Two characters the wrong way round.
    fn swapped(&self, run: &[char], edges: &mut Vec<Edge>) {
        let [first, second, ..] = *run else { return };
        if first != second && self.count(&[second, first]) > self.count(&[first, second]) {
            edges.push(self.edge(2, &[second, first], SWAPPED, SlipKind::Letters, 1));
        }
    }

    /// A character missing after this one.
    fn missing(&self, run: &[char], edges: &mut Vec<Edge>) {
        let [first, second, ..] = *run else { return };
        for filler in self.han.fillers(Hole::Middle, first, second).take(FOUND_MAX) {
            edges.push(self.edge(1, &[first, filler], MISSING, SlipKind::Letters, 1));
        }
    }

    /// Any other character that makes a word of this one and its neighbours.
    fn others(&self, typed: char, edges: &mut Vec<Edge>) {
        let near = |distance: isize| self.han_at(self.at.checked_add_signed(distance)?);
        let holes =
            [(Hole::First, near(1), near(2)), (Hole::Middle, near(-1), near(1)), (Hole::Last, near(-2), near(-1))];
        for (hole, one, other) in holes {
            let (Some(one), Some(other)) = (one, other) else { continue };
            for filler in self.han.fillers(hole, one, other).take(FOUND_MAX).filter(|filler| *filler != typed) {
                edges.push(self.edge(1, &[filler], OTHER_CHARACTER, SlipKind::Letters, 1));
            }
        }
    }

    /// This character is one too many, between two that belong together.
    fn extra(&self, edges: &mut Vec<Edge>) {
        let (Some(before), Some(after)) = (self.han_at(self.at.wrapping_sub(1)), self.han_at(self.at + 1)) else {
            return;
        };
        if self.count(&[before, after]) > 0.0 {
            edges.push(self.edge(1, &[], EXTRA, SlipKind::Letters, 1));
        }
    }
}

/// What it costs to type one character for another, and how it comes about.
pub(super) fn change_cost(typed: char, meant: char) -> (f32, SlipKind) {
    match pinyin::likeness(typed, meant) {
        same if same >= 0.9 => (SAME_SOUND, SlipKind::Homophone),
        near if near > 0.0 => (NEAR_SOUND, SlipKind::NearSound),
        _ if shapes_like(typed).any(|like| like == meant) => (SAME_SHAPE, SlipKind::NearShape),
        _ => (OTHER_CHARACTER_OF_QUERY, SlipKind::Letters),
    }
}

fn char_hash(character: char) -> u64 {
    hash(character.encode_utf8(&mut [0; 4]))
}

/// A key that characters share which sound alike to many speakers; none where one has no sound.
fn sound_key(chars: impl Iterator<Item = char>) -> Option<u64> {
    let mut key = 0;
    for character in chars {
        key = mix(key ^ (u64::from(SOUNDS.of(character)?) + 1));
    }
    Some(key)
}

/// The common characters' sounds, looked up once.
struct Sounds(Box<[u16]>);

static SOUNDS: LazyLock<Sounds> = LazyLock::new(|| Sounds(('\u{4E00}'..='\u{9FFF}').map(Sounds::look_up).collect()));

impl Sounds {
    const NONE: u16 = u16::MAX;

    fn of(&self, character: char) -> Option<u16> {
        let at = u32::from(character).checked_sub(0x4E00)?;
        self.0.get(at as usize).copied().filter(|sound| *sound != Self::NONE)
    }

    fn look_up(character: char) -> u16 {
        pinyin::syllables(character).first().and_then(|syllable| pinyin::fuzzy(syllable)).unwrap_or(Self::NONE)
    }
}

fn gap_key(hole: Hole, one: char, other: char) -> u64 {
    mix(pack(&[one, other]) ^ (hole as u64 + 1) << 60)
}

/// Characters that are taken for a character by their looks.
pub(super) fn shapes_like(character: char) -> impl Iterator<Item = char> {
    static SHAPES: LazyLock<FxHashMap<char, String>> = LazyLock::new(|| {
        let mut shapes: FxHashMap<char, String> = FxHashMap::default();
        let groups = include_str!("../../data/near_shape.txt").lines().filter(|line| !line.starts_with('#'));
        for group in groups {
            for character in group.chars() {
                let like = shapes.entry(character).or_default();
                group.chars().filter(|other| *other != character).for_each(|other| {
                    if !like.contains(other) {
                        like.push(other);
                    }
                });
            }
        }
        shapes
    });
    SHAPES.get(&character).map(String::as_str).unwrap_or_default().chars()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn han(titles: &[&str]) -> Han {
        let mut vocabulary = Vocabulary::default();
        titles.iter().for_each(|title| vocabulary.read_title(title));
        Han::new(&vocabulary)
    }

    #[test]
    fn words_are_found_by_sound() {
        let han = han(&["红色连衣裙", "实木桌子"]);
        let alike = |typed: &str| {
            let typed: Vec<char> = typed.chars().collect();
            han.alike(&typed).map(|gram| unpack(gram).collect::<String>()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((alike("连一群").as_str(), alike("衣群").as_str()), ("连衣裙", "衣裙"));
        assert_eq!((alike("市木").as_str(), alike("石墓").as_str(), alike("十分").as_str()), ("实木", "实木", ""));
    }

    #[test]
    fn holes_are_filled() {
        let han = han(&["红色连衣裙", "连身裙"]);
        let mut fillers: Vec<char> = han.fillers(Hole::Middle, '连', '裙').collect();
        fillers.sort_unstable();
        fillers.dedup();
        assert_eq!(fillers, ['衣', '身']);
        assert_eq!(han.fillers(Hole::Last, '连', '衣').collect::<String>(), "裙");
        assert_eq!(han.fillers(Hole::First, '衣', '裙').collect::<String>(), "连");
    }

    #[test]
    fn shapes_are_mutual() {
        let groups = include_str!("../../data/near_shape.txt").lines().filter(|line| !line.starts_with('#'));
        for group in groups {
            for one in group.chars() {
                assert!(
                    group.chars().all(|other| one == other || shapes_like(other).any(|like| like == one)),
                    "{group}"
                );
            }
        }
    }
}
