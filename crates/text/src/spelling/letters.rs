//! How words of this shop are spelled: tells a new name (`tasco`) from a slip (`tsaco`).

/// a to z, and 26 for the edge of a word.
const SYMBOLS: usize = 27;
const EDGE: usize = 26;
/// `ln P` of a letter that is not Latin.
const LN_OTHER: f32 = -3.0;

/// A model of letters after two others, with Witten and Bell's interpolation as in the model of words.
#[derive(Debug)]
pub(super) struct Letters {
    ln: Box<[f32]>,
}

impl Letters {
    /// Learns from each word once.
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut threes = vec![0.0f32; SYMBOLS.pow(3)];
        for word in words {
            walk(word, |before, symbol| {
                if let Some(symbol) = symbol {
                    threes[before * SYMBOLS + symbol] += 1.0;
                }
            });
        }
        let mut twos = vec![0.0f32; SYMBOLS * SYMBOLS];
        let mut ones = vec![0.0f32; SYMBOLS];
        for (at, count) in threes.iter().enumerate() {
            twos[at % (SYMBOLS * SYMBOLS)] += count;
            ones[at % SYMBOLS] += count;
        }
        let flat = vec![1.0 / SYMBOLS as f32; SYMBOLS];
        let ones = interpolated(&ones, &flat);
        let twos = interpolated(&twos, &ones);
        let threes = interpolated(&threes, &twos);
        Self { ln: threes.into_iter().map(f32::ln).collect() }
    }

    /// `ln P(word)` among all strings of letters.
    pub(super) fn ln_word(&self, word: &str) -> f32 {
        let mut sum = 0.0;
        walk(word, |before, symbol| {
            sum += symbol.map_or(LN_OTHER, |symbol| self.ln[before * SYMBOLS + symbol]);
        });
        sum
    }
}

/// Shows each symbol with the two before it (as one number).
fn walk(word: &str, mut see: impl FnMut(usize, Option<usize>)) {
    let mut before = EDGE * SYMBOLS + EDGE;
    let symbols = word.chars().map(|c| c.is_ascii_lowercase().then(|| (c as u8 - b'a') as usize));
    for symbol in symbols.chain([Some(EDGE)]) {
        see(before, symbol);
        before = before % SYMBOLS * SYMBOLS + symbol.unwrap_or(EDGE);
    }
}

/// Probabilities of rows of counts, leaning on those of the shorter history.
fn interpolated(counts: &[f32], shorter: &[f32]) -> Vec<f32> {
    let mut out = Vec::with_capacity(counts.len());
    for (row, counts) in counts.chunks(SYMBOLS).enumerate() {
        let total: f32 = counts.iter().sum();
        let kinds = counts.iter().filter(|count| **count > 0.0).count().max(1) as f32;
        let back = &shorter[row * SYMBOLS % shorter.len()..][..SYMBOLS];
        out.extend(counts.iter().zip(back).map(|(count, back)| (count + kinds * back) / (total + kinds)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_the_shops_words_is_likelier() {
        let letters = Letters::new(["shirt", "shoes", "short", "shorts", "sheet", "boots", "boot"].into_iter());
        assert!(letters.ln_word("shoot") > letters.ln_word("hsoot"));
        assert!(letters.ln_word("boots") > letters.ln_word("qzxkv"));
        assert!(letters.ln_word("кот") < 0.0);
    }

    #[test]
    fn each_row_is_a_distribution() {
        let letters = Letters::new(["ab", "abc", "b"].into_iter());
        for row in letters.ln.chunks(SYMBOLS) {
            let sum: f32 = row.iter().map(|ln| ln.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
    }
}
