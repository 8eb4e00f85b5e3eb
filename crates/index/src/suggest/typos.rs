use super::keys::{Keys, Letter, Node};

/// Longer texts are looked up as they are: who typed that much is found by words.
const LETTERS_MAX: usize = 40;

/// How many slips are looked past in a text: each letter left out, put in, replaced or swapped with the next is one.
/// The first letter and all digits must be right.
pub(crate) fn tolerance(typed: &str) -> u8 {
    // A Chinese character says about as much as two or three letters.
    let steps = if typed.is_ascii() { [4, 8] } else { [3, 6] };
    let letters = typed.chars().count();
    if letters > LETTERS_MAX { 0 } else { steps.iter().filter(|step| letters >= **step).count() as u8 }
}

/// The keys that begin with a text at most `edits` slips away from the typed one (optimal string alignment), with the
/// number of slips; some of them are found more than once. `steps` bounds the work and is used up: places at the end of
/// the text, where few keys are left, are tried first.
pub(crate) fn near(keys: &Keys, bytes: &[u8], typed: &str, edits: u8, steps: &mut usize) -> Vec<(Node, u8)> {
    let letters: Vec<Letter> = typed.chars().map(Letter::of).collect();
    let starts: Vec<usize> = typed.char_indices().map(|(at, _)| at).collect();
    let first = letters.first().and_then(|first| keys.step(bytes, &keys.root(), first.as_bytes()));
    let mut walk = Walk { keys, bytes, typed: typed.as_bytes(), letters, starts, edits, steps, found: Vec::new() };
    if let Some(first) = first {
        walk.go(&first, 1, edits);
    }
    walk.found
}

struct Walk<'a> {
    keys: &'a Keys,
    bytes: &'a [u8],
    typed: &'a [u8],
    letters: Vec<Letter>,
    /// Where each letter begins.
    starts: Vec<usize>,
    edits: u8,
    steps: &'a mut usize,
    found: Vec<(Node, u8)>,
}

impl Walk<'_> {
    /// Goes on from `node`, which the first `at` letters led to, with so many slips left.
    fn go(&mut self, node: &Node, at: usize, left: u8) {
        if *self.steps == 0 {
            return;
        }
        *self.steps -= 1;
        let Some(letter) = self.letters.get(at).copied() else {
            return self.found.push((node.clone(), self.edits - left));
        };
        if left == 0 {
            let end = self.keys.step(self.bytes, node, &self.typed[self.starts[at]..]);
            return self.found.extend(end.map(|end| (end, self.edits)));
        }
        if let Some(next) = self.keys.step(self.bytes, node, letter.as_bytes()) {
            self.go(&next, at + 1, left);
        }
        if !letter.is_digit() {
            self.swapped(node, at, letter, left);
            self.go(node, at + 1, left - 1);
        }
        // The last letter left out leads to all that a letter put in or replaced there would; digits are not left out.
        if at + 1 < self.letters.len() || letter.is_digit() {
            self.put_in_or_replaced(node, at, letter, left);
        }
    }

    fn swapped(&mut self, node: &Node, at: usize, letter: Letter, left: u8) {
        let Some(after) = self.letters.get(at + 1).copied().filter(|after| *after != letter && !after.is_digit())
        else {
            return;
        };
        let step = |node: &Node, letter: Letter| self.keys.step(self.bytes, node, letter.as_bytes());
        if let Some(next) = step(node, after).and_then(|next| step(&next, letter)) {
            self.go(&next, at + 2, left - 1);
        }
    }

    fn put_in_or_replaced(&mut self, node: &Node, at: usize, letter: Letter, left: u8) {
        let (keys, bytes) = (self.keys, self.bytes);
        for (other, next) in keys.children(bytes, node).filter(|(other, _)| !other.is_digit()) {
            if *self.steps == 0 {
                return;
            }
            if other != letter && !letter.is_digit() {
                self.go(&next, at + 1, left - 1);
            }
            self.go(&next, at, left - 1);
        }
    }
}
