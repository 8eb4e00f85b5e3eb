use std::cmp::Ordering;
use std::ops::Range;

use super::minima::Minima;

/// Ends every field of an entry's record; no text contains it.
pub(crate) const END: u8 = 0;

/// Positions in the bytes of a [`super::shelf::Shelf`], sorted by what stands there: everything that begins alike is one
/// range. Letters A to Z count as a to z (readings mark the beginning of each character's reading by a capital).
#[derive(Default)]
pub(crate) struct Keys {
    positions: Vec<u32>,
    minima: Minima,
}

/// Keys that begin alike, and how many bytes of them are known to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) depth: usize,
}

/// One character of UTF-8, as it stands in the keys but for capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Letter {
    bytes: [u8; 4],
    len: usize,
}

impl Keys {
    pub(crate) fn new(bytes: &[u8], positions: Vec<u32>) -> Self {
        // The first eight bytes decide nearly all comparisons without a jump into `bytes`.
        let head = |position: u32| {
            let mut head = [0; 8];
            let key = bytes[position as usize..].iter().take_while(|byte| **byte != END);
            head.iter_mut().zip(key).for_each(|(to, from)| *to = from.to_ascii_lowercase());
            u64::from_be_bytes(head)
        };
        let mut sorted: Vec<(u64, u32)> = positions.into_iter().map(|position| (head(position), position)).collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(bytes, a.1, b.1)).then(a.1.cmp(&b.1)));
        let positions: Vec<u32> = sorted.iter().map(|(_, position)| *position).collect();
        Self { minima: Minima::new(&positions), positions }
    }

    /// All keys.
    pub(crate) fn root(&self) -> Node {
        Node { range: 0..self.positions.len(), depth: 0 }
    }

    /// The keys of `node` that go on with `next`, which has no capitals; `None` where there are none.
    pub(crate) fn step(&self, bytes: &[u8], node: &Node, next: &[u8]) -> Option<Node> {
        let list = &self.positions[node.range.clone()];
        let order = |position: &u32| starts(&bytes[*position as usize + node.depth..], next);
        let start = list.partition_point(|position| order(position) == Ordering::Less);
        let len = run(&list[start..], |position| order(position) == Ordering::Equal);
        let range = node.range.start + start..node.range.start + start + len;
        (len > 0).then_some(Node { range, depth: node.depth + next.len() })
    }

    /// Each letter that a key of `node` goes on with, and the keys that do.
    pub(crate) fn children<'a>(&'a self, bytes: &'a [u8], node: &Node) -> impl Iterator<Item = (Letter, Node)> + 'a {
        let (mut at, end, depth) = (node.range.start, node.range.end, node.depth);
        std::iter::from_fn(move || {
            while at < end {
                let key = &bytes[self.positions[at] as usize + depth..];
                let letter = Letter::first(key);
                let order = |position: &u32| starts(&bytes[*position as usize + depth..], letter.as_bytes());
                let start = at;
                at += run(&self.positions[at..end], |position| order(position) == Ordering::Equal).max(1);
                if letter.bytes[0] != END {
                    return Some((letter, Node { range: start..at, depth: depth + letter.len }));
                }
            }
            None
        })
    }

    /// Index and value of the smallest position of a range.
    pub(crate) fn smallest(&self, range: Range<usize>) -> Option<(usize, u32)> {
        self.minima.smallest(&self.positions, range)
    }

    /// The positions of a range, in the order of their keys.
    pub(crate) fn positions(&self, range: Range<usize>) -> &[u32] {
        &self.positions[range]
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.positions.capacity() * size_of::<u32>() + self.minima.memory_bytes()
    }
}

impl Letter {
    /// The character that UTF-8 `bytes` begin with, or the end of the field.
    fn first(bytes: &[u8]) -> Self {
        let len = match bytes[0] {
            0..0x80 => 1,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
        };
        let mut letter = Self { bytes: [0; 4], len };
        letter.bytes[..len].copy_from_slice(&bytes[..len]);
        letter.bytes[0] = letter.bytes[0].to_ascii_lowercase();
        letter
    }

    pub(crate) fn of(character: char) -> Self {
        let mut bytes = [0; 4];
        let len = character.encode_utf8(&mut bytes).len();
        Self { bytes, len }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn is_digit(self) -> bool {
        self.bytes[0].is_ascii_digit()
    }
}

/// How the key at the beginning of `key` stands to all that begins with `prefix`.
fn starts(key: &[u8], prefix: &[u8]) -> Ordering {
    for (byte, wanted) in key.iter().zip(prefix) {
        // The end of a field is the lowest byte, so a key that is too short comes out as less.
        match byte.to_ascii_lowercase().cmp(wanted) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    if key.len() < prefix.len() { Ordering::Less } else { Ordering::Equal }
}

/// How the keys at two positions stand to one another.
fn compare(bytes: &[u8], a: u32, b: u32) -> Ordering {
    let (a, b) = (&bytes[a as usize..], &bytes[b as usize..]);
    for (a, b) in a.iter().zip(b) {
        let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
        if order != Ordering::Equal || *a == END {
            return order;
        }
    }
    Ordering::Equal
}

/// How many of the first of `list` fulfil a condition that holds for none after the first failure: doubling steps,
/// then halving, because most runs are short.
fn run(list: &[u32], holds: impl Fn(&u32) -> bool) -> usize {
    let mut step = 1;
    while step < list.len() && holds(&list[step - 1]) {
        step *= 2;
    }
    let (low, high) = (step / 2, step.min(list.len()));
    low + list[low..high].partition_point(holds)
}
