//! What the shop's own texts make likely: an n-gram model over words and Chinese characters.

use rustc_hash::FxHashMap;

use super::tokens::mix;

/// Words or characters looked at together.
pub(super) const ORDER: usize = 3;
/// Beyond so many n-grams the rarest are forgotten.
const GRAMS_MAX: usize = 4_000_000;
/// What stands before the first and after the last token of a text.
const EDGE: u64 = 0x9E37_79B9_7F4A_7C15;
/// Tells the counts of pairs with a blank between them from those of all pairs.
const SPACED: u64 = 0xE703_7ED1_A0B4_28DB;
/// Tells the counts of followers from those of occurrences.
const FOLLOWERS: u64 = 0xD6E8_FEB8_6659_FD93;

/// Counts while texts are read.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    /// The longest n-grams counted.
    order: usize,
    grams: FxHashMap<u64, u32>,
    followers: FxHashMap<u64, u32>,
    tokens: u64,
    types: u64,
    /// Pairs of tokens that may be written with or without a blank, and how many were written with one.
    pairs: u64,
    spaced: u64,
    /// How often rare n-grams have been forgotten.
    prunings: u32,
}

impl Counting {
    /// Counts nothing yet; n-grams of up to `order` (at most [`ORDER`]) tokens.
    pub(super) fn new(order: usize) -> Self {
        Self {
            order: order.min(ORDER),
            grams: FxHashMap::default(),
            followers: FxHashMap::default(),
            tokens: 0,
            types: 0,
            pairs: 0,
            spaced: 0,
            prunings: 0,
        }
    }

    /// Counts a text (hashes of its tokens) seen `times` times.
    pub(super) fn read(&mut self, text: &[u64], times: u32) {
        if text.is_empty() || times == 0 {
            return;
        }
        self.count(key(0, EDGE), times);
        for end in 0..=text.len() {
            let mut gram = text.get(end).copied().unwrap_or(EDGE);
            self.tokens += u64::from(times);
            let is_new = self.count(key(0, gram), times);
            self.types += u64::from(is_new);
            for before in 1..self.order {
                // `before` tokens of context; the edge in front of the text is one of them.
                if before > end + 1 {
                    break;
                }
                let context = (end + 1 - before..=end)
                    .fold(0, |key_so_far, at| key(key_so_far, if at == 0 { EDGE } else { text[at - 1] }));
                gram = key(context, text.get(end).copied().unwrap_or(EDGE));
                if self.count(gram, times) {
                    *self.followers.entry(context).or_insert(0) += 1;
                }
            }
        }
        if self.grams.len() > GRAMS_MAX {
            self.prune();
        }
    }

    /// Counts a word by itself.
    pub(super) fn read_word(&mut self, word: u64, times: u32) {
        if times > 0 {
            self.tokens += u64::from(times);
            self.types += u64::from(self.count(key(0, word), times));
        }
    }

    /// Counts whether two neighbouring tokens that need no blank between them had one.
    pub(super) fn read_gap(&mut self, first: u64, second: u64, is_spaced: bool, times: u32) {
        self.pairs += u64::from(times);
        if is_spaced {
            self.spaced += u64::from(times);
            self.count(key(key(0, first), second) ^ SPACED, times);
        }
    }

    /// Adds to an n-gram's count; whether it is new.
    fn count(&mut self, gram: u64, times: u32) -> bool {
        let count = self.grams.entry(gram).or_insert(0);
        let is_new = *count == 0;
        *count = count.saturating_add(times);
        is_new
    }

    /// Forgets the rarest n-grams, as lossy counting does (Manku and Motwani 2002).
    fn prune(&mut self) {
        while self.grams.len() > GRAMS_MAX / 2 {
            self.prunings += 1;
            let floor = self.prunings;
            self.grams.retain(|_, count| *count > floor);
        }
    }

    /// The model of what has been counted.
    pub(super) fn freeze(&self) -> Language {
        let followers = self.followers.iter().map(|(context, count)| (context ^ FOLLOWERS, *count));
        let grams = self.grams.iter().map(|(gram, count)| (*gram, *count));
        Language {
            table: Table::new(grams.chain(followers), self.grams.len() + self.followers.len()),
            tokens: self.tokens as f32,
            types: self.types as f32,
            ln_spaced: ((self.spaced as f32 + 1.0) / (self.pairs as f32 + 100.0)).ln(),
        }
    }
}

/// How likely tokens are after others: Witten and Bell's interpolated n-grams (Bell, Cleary and Witten 1990, "Text
/// compression", method C; Chen and Goodman 1998, section 2.5),
/// `P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))`, where `c` counts, `T(h)` is the number of different
/// followers of the history `h`, and `h'` is `h` without its oldest token.
#[derive(Debug)]
pub(super) struct Language {
    table: Table,
    tokens: f32,
    types: f32,
    /// `ln` of the share of blanks between tokens that need none.
    ln_spaced: f32,
}

/// The tokens before the next one, oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct History([u64; ORDER - 1]);

impl History {
    /// The history at the beginning of a text.
    pub(super) fn start() -> Self {
        let mut tokens = [0; ORDER - 1];
        tokens[ORDER - 2] = EDGE;
        Self(tokens)
    }

    /// The history after one more token.
    pub(super) fn then(mut self, token: u64) -> Self {
        self.0.rotate_left(1);
        self.0[ORDER - 2] = token;
        self
    }
}

/// A history with what is counted after it, shortest first; made once for all tokens that may follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    known: usize,
    keys: [u64; ORDER - 1],
    counts: [f32; ORDER - 1],
    followers: [f32; ORDER - 1],
}

impl Language {
    /// What is known after a history.
    pub(super) fn context(&self, history: &History) -> Context {
        let mut context =
            Context { known: 0, keys: [0; ORDER - 1], counts: [0.0; ORDER - 1], followers: [0.0; ORDER - 1] };
        for before in 1..ORDER {
            let tokens = &history.0[ORDER - 1 - before..];
            if tokens[0] == 0 {
                break;
            }
            let context_key = tokens.iter().fold(0, |so_far, token| key(so_far, *token));
            let followers = self.table.get(context_key ^ FOLLOWERS);
            if followers == 0.0 {
                break;
            }
            context.keys[before - 1] = context_key;
            context.counts[before - 1] = self.table.get(context_key).max(followers);
            context.followers[before - 1] = followers;
            context.known = before;
        }
        context
    }

    /// `ln P(token | context)`, where `ln_alone` is its [`Language::ln_alone`] or [`Language::ln_unknown`].
    pub(super) fn ln_after(&self, context: &Context, token: u64, ln_alone: f32) -> f32 {
        let mut probability = f64::from(ln_alone).exp();
        let mut seen = true;
        for order in 0..context.known {
            let count = if seen { self.table.get(key(context.keys[order], token)) } else { 0.0 };
            seen = count > 0.0;
            let (total, followers) = (f64::from(context.counts[order]), f64::from(context.followers[order]));
            probability = (f64::from(count) + followers * probability) / (total + followers);
        }
        probability.ln() as f32
    }

    /// `ln P(end of text | context)`.
    pub(super) fn ln_end(&self, context: &Context) -> f32 {
        self.ln_after(context, EDGE, self.ln_alone(EDGE).unwrap_or(0.0))
    }

    /// `ln P(token)` without context; none where it was never seen.
    pub(super) fn ln_alone(&self, token: u64) -> Option<f32> {
        let count = self.table.get(key(0, token));
        (count > 0.0).then(|| (count / (self.tokens + self.types)).ln())
    }

    /// `ln` of the probability that the next token is one never seen before.
    pub(super) fn ln_unknown(&self) -> f32 {
        (self.types.max(1.0) / (self.tokens + self.types).max(2.0)).ln()
    }

    /// How often a token was seen.
    pub(super) fn count(&self, token: u64) -> f32 {
        self.table.get(key(0, token))
    }

    /// How often two tokens were seen one after the other.
    pub(super) fn pair(&self, first: u64, second: u64) -> f32 {
        self.table.get(key(key(0, first), second))
    }

    /// How often up to [`ORDER`] tokens were seen in a row.
    pub(super) fn row(&self, tokens: &[u64]) -> f32 {
        self.table.get(tokens.iter().fold(0, |so_far, token| key(so_far, *token)))
    }

    /// Like [`Language::pair`], with the text's beginning (none first) or end (none second).
    pub(super) fn neighbours(&self, first: Option<u64>, second: Option<u64>) -> f32 {
        self.pair(first.unwrap_or(EDGE), second.unwrap_or(EDGE))
    }

    /// The odds that two tokens stand together without a blank, where `more` times they are known to do so from
    /// elsewhere: counted for the pair, leaning on all pairs.
    pub(super) fn odds_together(&self, first: u64, second: u64, more: f32) -> f32 {
        /// What all pairs together are worth, in occurrences.
        const LEAN: f32 = 2.0;
        let spaced = self.table.get(key(key(0, first), second) ^ SPACED);
        let together = (self.pair(first, second) - spaced).max(0.0) + more;
        let share = self.ln_spaced.exp();
        (together + LEAN * (1.0 - share)) / (spaced + LEAN * share)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.table.slots.len() * size_of::<u64>()
    }
}

/// The key of an n-gram that is `before` and one more token.
fn key(before: u64, token: u64) -> u64 {
    mix(before.wrapping_mul(0xA076_1D64_78BD_642F) ^ token)
}

/// Counts by key, eight bytes each: 48 bits of the key, 16 of the count's logarithm. Two keys that agree in place and
/// 48 bits would be taken for one; with four million of them, one question in 10^8 is answered wrongly.
#[derive(Debug)]
struct Table {
    slots: Box<[u64]>,
}

/// Steps of the logarithm: the largest count (2^32, ln 22.2) still fits, the error is under .02 %.
const STEPS: f32 = 2_900.0;

impl Table {
    fn new(counts: impl Iterator<Item = (u64, u32)>, len: usize) -> Self {
        let mut table = Self { slots: vec![0; len + len / 3 + 1].into() };
        for (key, count) in counts.filter(|(_, count)| *count > 0) {
            let mut at = table.place(key);
            while table.slots[at] != 0 {
                at = (at + 1) % table.slots.len();
            }
            table.slots[at] = (key << 16) | (((count as f32).ln() * STEPS) as u64 + 1);
        }
        table
    }

    fn place(&self, key: u64) -> usize {
        ((u128::from(key) * self.slots.len() as u128) >> 64) as usize
    }

    fn get(&self, key: u64) -> f32 {
        let mut at = self.place(key);
        loop {
            match self.slots[at] {
                0 => return 0.0,
                slot if slot >> 16 == key & (u64::MAX >> 16) => {
                    return (((slot & 0xFFFF) - 1) as f32 / STEPS).exp().round();
                }
                _ => at = (at + 1) % self.slots.len(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::tokens::hash;

    fn model(texts: &[&str]) -> Language {
        let mut counting = Counting::new(ORDER);
        for text in texts {
            counting.read(&text.split(' ').map(hash).collect::<Vec<_>>(), 1);
        }
        counting.freeze()
    }

    fn ln_probability(model: &Language, text: &str) -> f32 {
        let mut history = History::start();
        let mut sum = 0.0;
        for word in text.split(' ') {
            let context = model.context(&history);
            sum += model.ln_after(&context, hash(word), model.ln_alone(hash(word)).unwrap_or(-10.0));
            history = history.then(hash(word));
        }
        sum + model.ln_end(&model.context(&history))
    }

    #[test]
    fn counts_are_kept() {
        let model = model(&["red dress", "red shoe", "blue dress", "red dress"]);
        assert_eq!((model.count(hash("red")), model.count(hash("dress")), model.count(hash("green"))), (3.0, 3.0, 0.0));
        assert_eq!(model.pair(hash("red"), hash("dress")), 2.0);
        assert_eq!(model.neighbours(None, Some(hash("red"))), 3.0);
    }

    #[test]
    fn what_was_seen_is_likelier() {
        let model = model(&["red dress", "red shoe", "blue dress"]);
        assert!(ln_probability(&model, "red dress") > ln_probability(&model, "blue shoe"));
        assert!(ln_probability(&model, "blue shoe") > ln_probability(&model, "shoe blue"));
    }

    #[test]
    fn probabilities_of_what_may_follow_sum_to_at_most_one() {
        let model = model(&["a b c", "a b d", "b c a", "c c c"]);
        let context = model.context(&History::start().then(hash("a")).then(hash("b")));
        let words = ["a", "b", "c", "d"]
            .map(|word| model.ln_after(&context, hash(word), model.ln_alone(hash(word)).unwrap()).exp());
        let sum = words.iter().sum::<f32>() + model.ln_end(&context).exp();
        assert!((0.5..=1.0).contains(&sum), "{sum}");
    }
}
