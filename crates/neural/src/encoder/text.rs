use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use crate::{Error, Result};

/// The tokenizer at `path`.
pub(crate) fn load_tokenizer(path: &Path) -> Result<Tokenizer> {
    let failed = |source| Error::Tokenizer { path: path.to_owned(), source };
    let bytes = fs_err::read(path).map_err(|error| failed(error.into()))?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(failed)?;
    tokenizer.with_padding(None);
    // A shopper's "[SEP]" is five characters, not the end of the text.
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

/// Makes `tokenizer` cut to `tokens` pieces.
pub(super) fn cut_to(tokenizer: &mut Tokenizer, tokens: usize) -> tokenizers::Result<()> {
    let truncation = TruncationParams { max_length: tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map(|_| ())
}

/// The beginning of `text` that is long enough for `tokens` pieces, white space and control characters squeezed to
/// one blank, so that a text of any length costs no more than a long one.
pub(crate) fn excerpt(text: &str, tokens: usize) -> String {
    // Pieces have 1 to 16 characters; so many a piece on average is more than any real text has.
    const BYTES_A_TOKEN: usize = 24;
    let bytes_max = tokens * BYTES_A_TOKEN;
    let mut out = String::with_capacity(text.len().min(bytes_max + 4));
    let mut blank = false;
    // The second bound is for texts that are nothing but blanks.
    for character in text.chars().take(64 * bytes_max) {
        if character.is_whitespace() || character.is_control() {
            blank = !out.is_empty();
            continue;
        }
        if blank {
            out.push(' ');
            blank = false;
        }
        out.push(character);
        if out.len() >= bytes_max {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_squeezed_and_bounded() {
        assert_eq!(excerpt("  red \u{0}\n\t dress ", 8), "red dress");
        assert_eq!(excerpt("", 8), "");
        let long = "红".repeat(100_000);
        assert!(excerpt(&long, 8).len() <= 8 * 24 + 3);
        assert_eq!(excerpt(&" ".repeat(1_000_000), 8), "");
    }
}
