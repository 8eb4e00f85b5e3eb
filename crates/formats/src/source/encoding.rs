//! Text in other encodings than UTF-8, read as UTF-8.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};

const BUFFER_BYTES: usize = 64 * 1024;

/// The encoding of a text that begins like `head`; `None` for UTF-8, and for what cannot be told.
///
/// UTF-16 is told by its byte-order mark, XML says it itself, and Chinese text in GBK (GB18030 in its widest form) by its
/// pairs of bytes.
pub(super) fn of(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding).filter(|encoding| *encoding != UTF_8);
    }
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_utf8 || head.contains(&0) {
        return None;
    }
    declared(head).or_else(|| is_chinese(head).then_some(GB18030))
}

/// What `<?xml version="1.0" encoding="gbk"?>` names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let line = head.strip_prefix(b"<?xml")?;
    let line = String::from_utf8_lossy(&line[..line.iter().position(|byte| *byte == b'>')?]).into_owned();
    let (_, rest) = line.split_once("encoding=")?;
    let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    Encoding::for_label(rest[1..].split(quote).next()?.as_bytes())
}

/// Whether the bytes beyond ASCII are, nearly all, pairs of GB2312, where the characters in daily use are. Letters with
/// accents in one byte stand beside plain letters, not in pairs.
fn is_chinese(head: &[u8]) -> bool {
    let (mut pairs, mut others, mut at) = (0u32, 0u32, 0);
    while at < head.len() {
        let in_gb2312 = |byte: u8| (0xA1..=0xF7).contains(&byte);
        match (head[at], head.get(at + 1)) {
            (first, _) if first.is_ascii() => at += 1,
            (first, Some(second)) if in_gb2312(first) && *second >= 0xA1 && *second != 0xFF => {
                pairs += 1;
                at += 2;
            }
            // The head may end inside a character.
            (_, None) => at += 1,
            (_, Some(_)) => {
                others += 1;
                at += 2;
            }
        }
    }
    pairs > 0 && others * 10 <= pairs
}

/// Reads another encoding as UTF-8. What fits no character becomes U+FFFD, as in every browser.
pub(super) struct Transcoder {
    input: BufReader<Box<dyn Read + Send>>,
    decoder: Decoder,
    decoded: Vec<u8>,
    /// What of `decoded` was not given out yet.
    ready: std::ops::Range<usize>,
    ended: bool,
}

impl Transcoder {
    pub(super) fn new(input: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            decoder: encoding.new_decoder_with_bom_removal(),
            // At most three bytes of UTF-8 come from one byte.
            decoded: vec![0; 3 * BUFFER_BYTES + 16],
            ready: 0..0,
            ended: false,
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !self.ended {
            let chunk = self.input.fill_buf()?;
            let is_last = chunk.is_empty();
            let (_, read, written, _) = self.decoder.decode_to_utf8(chunk, &mut self.decoded, is_last);
            self.input.consume(read);
            self.ready = 0..written;
            self.ended = is_last;
        }
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.decode_more()?;
        let count = out.len().min(self.ready.len());
        out[..count].copy_from_slice(&self.decoded[self.ready.start..self.ready.start + count]);
        self.ready.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>, encoding: &'static Encoding) -> String {
        let mut text = String::new();
        Transcoder::new(Box::new(io::Cursor::new(bytes)), encoding).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn encodings_are_told_and_read() {
        let chinese = "编号,标题,价格\n裙-1,红色雪纺连衣裙,199 CNY\n";
        let (gbk, _, _) = GB18030.encode(chinese);
        assert_eq!(of(&gbk), Some(GB18030));
        assert_eq!(read(gbk.repeat(5000), GB18030), chinese.repeat(5000));
        // A head that ends inside a character.
        assert_eq!(of(&gbk[..gbk.iter().position(|byte| !byte.is_ascii()).unwrap() + 1]), None);
        type Order = ([u8; 2], fn(u16) -> [u8; 2]);
        let orders: [Order; 2] = [([0xFF, 0xFE], u16::to_le_bytes), ([0xFE, 0xFF], u16::to_be_bytes)];
        for (bom, pack) in orders {
            let bytes: Vec<u8> = bom.into_iter().chain(chinese.encode_utf16().flat_map(pack)).collect();
            assert_eq!(read(bytes.clone(), of(&bytes).unwrap()), chinese);
        }
        let xml = [b"<?xml version='1.0' encoding='windows-1252'?><a>caf\xE9</a>".as_slice()].concat();
        assert!(read(xml.clone(), of(&xml).unwrap()).ends_with("<a>café</a>"));
        for other in [chinese.as_bytes(), &chinese.as_bytes()[..4], b"plain", b"caf\xE9 au lait", b"PAR1\x00\xC4\xC5"] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }
}
