use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};
use rustc_hash::FxHashMap;

use crate::Result;
use crate::bytes::{Reader, Writer};

/// Marks a cell that names a set of several values instead of one value.
const SEVERAL: u32 = 1 << 31;

/// What a row has of a column of words: nothing, one value, or (rarely) one of the interned sets of several. One number
/// a row, however many values it has, is what makes counting fast.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Cell(pub(crate) u32);

impl Cell {
    /// No value.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

/// The distinct words of a column and the distinct sets of them. It only ever grows, and codes never change their
/// meaning, so all snapshots share one: a code that a snapshot's cells do not hold does not exist for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary(Arc<RwLock<Entries>>);

#[derive(Debug, Default)]
pub(crate) struct Entries {
    words: Vec<Arc<str>>,
    codes: FxHashMap<Arc<str>, u32>,
    sets: Vec<Arc<[u32]>>,
    set_codes: FxHashMap<Arc<[u32]>, u32>,
}

impl Dictionary {
    pub(crate) fn encode(&self, out: &mut Writer) {
        let entries = self.read();
        out.u64(entries.words.len() as u64);
        entries.words.iter().for_each(|word| out.text(word));
        out.u64(entries.sets.len() as u64);
        entries.sets.iter().for_each(|set| out.u32s(set.iter().copied(), set.len()));
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let mut entries = Entries::default();
        for _ in 0..input.u64()? {
            let word = input.text()?;
            entries.code_or_new(&word);
        }
        for _ in 0..input.u64()? {
            let set = input.u32s()?;
            if set.iter().any(|code| *code as usize >= entries.len()) {
                return Err(input.damaged("a set names a code without a word"));
            }
            entries.set_or_new(&set);
        }
        Ok(Self(Arc::new(RwLock::new(entries))))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.read_recursive()
    }

    /// The cell that stands for these words, in any order, each once.
    pub(crate) fn intern<'a>(&self, words: impl Iterator<Item = &'a Arc<str>>) -> Cell {
        let mut entries = self.0.write();
        let mut codes: Vec<u32> = words.map(|word| entries.code_or_new(word)).collect();
        if codes.len() > 1 {
            // The first value stays first: it is the one that sorting goes by.
            let mut seen = rustc_hash::FxHashSet::default();
            codes.retain(|code| seen.insert(*code));
        }
        match codes.as_slice() {
            // A value without words is not the same as no value: it gets the empty set.
            [code] => Cell(code + 1),
            several => Cell(entries.set_or_new(several) | SEVERAL),
        }
    }
}

impl Entries {
    /// Number of distinct words.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Number of distinct sets of several words.
    pub(crate) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// Whether `cell` means something here.
    pub(crate) fn holds(&self, cell: Cell) -> bool {
        if cell.0 & SEVERAL == 0 {
            cell.0 as usize <= self.words.len()
        } else {
            ((cell.0 & !SEVERAL) as usize) < self.sets.len()
        }
    }

    pub(crate) fn word(&self, code: u32) -> &Arc<str> {
        &self.words[code as usize]
    }

    pub(crate) fn code(&self, word: &str) -> Option<u32> {
        self.codes.get(word).copied()
    }

    /// The codes of a cell's words, first word first.
    pub(crate) fn codes<'a>(&'a self, cell: &'a Cell) -> Codes<'a> {
        match cell.0 {
            0 => Codes::None,
            one if one & SEVERAL == 0 => Codes::One(one - 1),
            several => Codes::Several(&self.sets[(several & !SEVERAL) as usize]),
        }
    }

    /// The code of the cell's first word.
    pub(crate) fn first(&self, cell: Cell) -> Option<u32> {
        match cell.0 {
            0 => None,
            one if one & SEVERAL == 0 => Some(one - 1),
            several => self.sets[(several & !SEVERAL) as usize].first().copied(),
        }
    }

    fn code_or_new(&mut self, word: &Arc<str>) -> u32 {
        if let Some(code) = self.codes.get(word) {
            return *code;
        }
        let code = self.words.len() as u32;
        assert!(code < SEVERAL - 1, "a column has fewer than 2^31 distinct values");
        self.words.push(Arc::clone(word));
        self.codes.insert(Arc::clone(word), code);
        code
    }

    fn set_or_new(&mut self, codes: &[u32]) -> u32 {
        if let Some(set) = self.set_codes.get(codes) {
            return *set;
        }
        let (set, codes) = (self.sets.len() as u32, Arc::<[u32]>::from(codes));
        self.sets.push(Arc::clone(&codes));
        self.set_codes.insert(codes, set);
        set
    }
}

/// The codes behind a [`Cell`].
pub(crate) enum Codes<'a> {
    None,
    One(u32),
    Several(&'a [u32]),
}

impl Codes<'_> {
    pub(crate) fn for_each(&self, mut visit: impl FnMut(u32)) {
        match self {
            Self::None => {}
            Self::One(code) => visit(*code),
            Self::Several(codes) => codes.iter().for_each(|code| visit(*code)),
        }
    }

    pub(crate) fn any(&self, mut test: impl FnMut(u32) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::One(code) => test(*code),
            Self::Several(codes) => codes.iter().any(|code| test(*code)),
        }
    }
}

/// Something computed once for every cell a dictionary knows: singles by code, sets by number.
pub(crate) struct PerCell<T> {
    singles: Vec<T>,
    sets: Vec<T>,
}

impl<T: Copy + Default> PerCell<T> {
    pub(crate) fn new(entries: &Entries) -> Self {
        Self { singles: vec![T::default(); entries.len() + 1], sets: vec![T::default(); entries.sets()] }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, cell: Cell) -> &mut T {
        if cell.0 & SEVERAL == 0 {
            &mut self.singles[cell.0 as usize]
        } else {
            &mut self.sets[(cell.0 & !SEVERAL) as usize]
        }
    }

    #[inline]
    pub(crate) fn get(&self, cell: Cell) -> T {
        if cell.0 & SEVERAL == 0 { self.singles[cell.0 as usize] } else { self.sets[(cell.0 & !SEVERAL) as usize] }
    }

    /// All cells but [`Cell::NONE`], with what was computed for them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cell, T)> {
        let singles = self.singles.iter().enumerate().skip(1).map(|(at, value)| (Cell(at as u32), *value));
        singles.chain(self.sets.iter().enumerate().map(|(at, value)| (Cell(at as u32 | SEVERAL), *value)))
    }
}
