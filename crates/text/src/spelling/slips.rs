//! Makes slips, for measuring a speller and for training on mistyped text.

use rustc_hash::FxHashMap;
use types::Rng;

use super::han::shapes_like;
use crate::pinyin;

/// A way to mistype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slip {
    /// A letter or character left out.
    Missing,
    /// One too many.
    Extra,
    /// Another one.
    Other,
    /// Two swapped.
    Swapped,
    /// A Chinese character of the same sound.
    Homophone,
    /// A Chinese character of nearly the same sound.
    NearSound,
    /// A Chinese character that looks alike.
    NearShape,
    /// A blank inside a word.
    Split,
    /// A blank left out between two words.
    Joined,
}

/// All of them.
pub const SLIPS: [Slip; 9] = [
    Slip::Missing,
    Slip::Extra,
    Slip::Other,
    Slip::Swapped,
    Slip::Homophone,
    Slip::NearSound,
    Slip::NearShape,
    Slip::Split,
    Slip::Joined,
];

/// Makes slips with the characters of given texts, each as often as it stands there.
#[derive(Clone, Debug, Default)]
pub struct SlipMaker {
    han: Vec<char>,
    by_sound: FxHashMap<&'static str, Vec<char>>,
    by_near_sound: FxHashMap<u16, Vec<char>>,
}

impl SlipMaker {
    /// Knows the Chinese characters of `texts`.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut maker = Self::default();
        for character in texts.flat_map(str::chars).filter(|c| is_han(*c)) {
            maker.han.push(character);
            if let Some(syllable) = pinyin::syllables(character).first() {
                maker.by_sound.entry(syllable).or_default().push(character);
                if let Some(near) = pinyin::fuzzy(syllable) {
                    maker.by_near_sound.entry(near).or_default().push(character);
                }
            }
        }
        maker
    }

    /// The text with one slip at a place chosen by chance; none where it has no place for such a slip. Only letters and
    /// Chinese characters are touched: a mistyped number is another number.
    pub fn slip(&self, text: &str, slip: Slip, rng: &mut Rng) -> Option<String> {
        let chars: Vec<char> = text.chars().collect();
        let places: Vec<usize> = (0..chars.len()).filter(|at| self.is_place(&chars, *at, slip)).collect();
        let place = (!places.is_empty()).then(|| places[rng.below(places.len())])?;
        let mut out = chars.clone();
        match slip {
            Slip::Missing => {
                out.remove(place);
            }
            Slip::Extra => out.insert(place + 1, self.any_like(chars[place], rng)),
            Slip::Other => out[place] = self.other(&mut || Some(self.any_like(chars[place], rng)), chars[place])?,
            Slip::Swapped => out.swap(place, place + 1),
            Slip::Homophone | Slip::NearSound => {
                let alike = self.alike(chars[place], slip);
                out[place] =
                    self.other(&mut || (!alike.is_empty()).then(|| alike[rng.below(alike.len())]), chars[place])?;
            }
            Slip::NearShape => {
                let alike: Vec<char> = shapes_like(chars[place]).collect();
                out[place] = alike[rng.below(alike.len())];
            }
            Slip::Split => out.insert(place + 1, ' '),
            Slip::Joined => {
                out.remove(place);
            }
        }
        Some(out.into_iter().collect())
    }

    fn is_place(&self, chars: &[char], at: usize, slip: Slip) -> bool {
        let typed = |at: usize| chars.get(at).is_some_and(|c| c.is_ascii_alphabetic() || is_han(*c));
        let next = chars.get(at + 1);
        match slip {
            Slip::Missing | Slip::Extra | Slip::Other => typed(at),
            Slip::Swapped => typed(at) && typed(at + 1) && Some(&chars[at]) != next,
            Slip::Homophone | Slip::NearSound => is_han(chars[at]),
            Slip::NearShape => shapes_like(chars[at]).next().is_some(),
            Slip::Split => typed(at) && typed(at + 1) && next.map(|c| is_han(*c)) == Some(is_han(chars[at])),
            Slip::Joined => chars[at] == ' ' && at > 0 && typed(at - 1) && typed(at + 1),
        }
    }

    /// Any letter for a letter, any character for a character.
    fn any_like(&self, like: char, rng: &mut Rng) -> char {
        match is_han(like) && !self.han.is_empty() {
            true => self.han[rng.below(self.han.len())],
            false => char::from(b'a' + rng.below(26) as u8),
        }
    }

    fn alike(&self, character: char, slip: Slip) -> &[char] {
        let Some(syllable) = pinyin::syllables(character).first() else { return &[] };
        let near = || pinyin::fuzzy(syllable).and_then(|near| self.by_near_sound.get(&near));
        let list = if slip == Slip::Homophone { self.by_sound.get(syllable) } else { near() };
        list.map(Vec::as_slice).unwrap_or_default()
    }

    /// Something that is not what it was, if chance gives it soon.
    fn other(&self, draw: &mut dyn FnMut() -> Option<char>, than: char) -> Option<char> {
        (0..20).find_map(|_| draw().filter(|drawn| *drawn != than))
    }
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_made_and_the_same_again_with_the_same_seed() {
        let maker = SlipMaker::new(["红色连衣裙", "一群人"].into_iter());
        for text in ["red running shoes", "红色连衣裙 女"] {
            for slip in SLIPS {
                let made = maker.slip(text, slip, &mut Rng::new(7));
                assert_eq!(made, maker.slip(text, slip, &mut Rng::new(7)), "{slip:?}");
                if let Some(made) = made {
                    assert_ne!(made, text, "{slip:?}");
                    let change = made.chars().count() as i64 - text.chars().count() as i64;
                    assert!(change.abs() <= 1, "{slip:?}");
                }
            }
        }
        assert_eq!(maker.slip("12 500", Slip::Missing, &mut Rng::new(1)), None);
    }

    #[test]
    fn sounds_stay_the_same() {
        let maker = SlipMaker::new(["裙群 一衣"].into_iter());
        let mut rng = Rng::new(3);
        for _ in 0..20 {
            let made = maker.slip("连衣裙", Slip::Homophone, &mut rng);
            assert!(matches!(made.as_deref(), None | Some("连一裙" | "连衣群")), "{made:?}");
        }
    }
}
