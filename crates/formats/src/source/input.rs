use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::SourceError;

/// Bytes looked at to tell the format.
const HEAD_BYTES: u64 = 64 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Uncompressed bytes, text of other encodings as UTF-8, with the first of them at hand.
pub struct Input {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    /// What went wrong while the head was read; comes up again after the head.
    broken: Option<io::Error>,
    /// The file itself, where it is not compressed.
    path: Option<PathBuf>,
}

impl Input {
    /// A file, unpacked where it is compressed.
    ///
    /// # Errors
    /// [`SourceError::Open`].
    pub fn file(path: &Path) -> Result<Self, SourceError> {
        let open = |source| SourceError::Open { path: path.to_owned(), source };
        let file = fs_err::File::open(path).map_err(open)?;
        let (mut input, compressed) = Self::unpacked(Box::new(file)).map_err(open)?;
        input.path = (!compressed).then(|| path.to_owned());
        Ok(input)
    }

    /// A stream, unpacked where it is compressed.
    ///
    /// # Errors
    /// [`SourceError::Broken`].
    pub fn stream(reader: Box<dyn Read + Send>) -> Result<Self, SourceError> {
        let (input, _) = Self::unpacked(reader).map_err(|source| SourceError::Broken { rows: 0, source })?;
        Ok(input)
    }

    /// The first bytes: 64 KiB where there are so many.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// All bytes from the first on, without a byte-order mark.
    pub fn reader(self) -> impl Read + Send {
        let start = if self.head.starts_with(BOM) { BOM.len() as u64 } else { 0 };
        let mut head = Cursor::new(self.head);
        head.set_position(start);
        head.chain(Breaking(self.broken)).chain(self.rest)
    }

    /// The file behind it, where it can be read at random.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Bytes before the text begins.
    pub(super) fn text_start(&self) -> u64 {
        if self.head.starts_with(BOM) { BOM.len() as u64 } else { 0 }
    }

    fn unpacked(mut packed: Box<dyn Read + Send>) -> io::Result<(Self, bool)> {
        let mut magic = Vec::with_capacity(4);
        packed.by_ref().take(4).read_to_end(&mut magic)?;
        let kind = magic.clone();
        let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(magic).chain(packed));
        let (mut rest, compressed): (Box<dyn Read + Send>, bool) = match kind.as_slice() {
            [0x1F, 0x8B, ..] => (Box::new(flate2::bufread::MultiGzDecoder::new(whole)), true),
            [0x28, 0xB5, 0x2F, 0xFD] => (Box::new(zstd::stream::read::Decoder::with_buffer(whole)?), true),
            _ => (Box::new(whole), false),
        };
        let (mut head, mut broken) = read_head(&mut rest);
        let other = super::encoding::of(&head);
        if let Some(encoding) = other {
            let whole = Cursor::new(head).chain(Breaking(broken)).chain(rest);
            rest = Box::new(super::encoding::Transcoder::new(Box::new(whole), encoding));
            (head, broken) = read_head(&mut rest);
        }
        // A file that is read anew from its path would be read in its own encoding.
        Ok((Self { head, rest, broken, path: None }, compressed || other.is_some()))
    }
}

fn read_head(rest: &mut Box<dyn Read + Send>) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let broken = rest.by_ref().take(HEAD_BYTES).read_to_end(&mut head).err();
    (head, broken)
}

/// Nothing, or an error told once.
struct Breaking(Option<io::Error>);

impl Read for Breaking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
