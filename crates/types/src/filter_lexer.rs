use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use crate::FilterSyntaxError;

/// Signs of the filter language, longer ones before their beginnings.
const SIGNS: [&str; 13] = ["<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", "[", "]", ","];

/// One word, text, number or sign of a filter expression.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Token<'a> {
    /// A bare word: a keyword, a name or a text.
    Word(&'a str),
    /// A name in backticks.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A finite number.
    Number(f64),
    /// One of [`SIGNS`].
    Sign(&'static str),
    /// Nothing is left.
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |text: &str| text.chars().take(40).collect::<String>();
        match self {
            Self::Word(word) => write!(f, "`{}`", short(word)),
            Self::Name(name) => write!(f, "`{}`", short(name)),
            Self::Text(text) => write!(f, "\"{}\"", short(text)),
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Cuts an expression into tokens.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether the next token begins with `sign`.
    pub(crate) fn next_is(&self, sign: char) -> bool {
        self.text[self.at..].trim_start().starts_with(sign)
    }

    /// The next token and the byte it begins at.
    pub(crate) fn next_token(&mut self) -> Result<(usize, Token<'a>), FilterSyntaxError> {
        let rest = self.text[self.at..].trim_start();
        let start = self.text.len() - rest.len();
        self.at = start;
        let Some(first) = rest.chars().next() else { return Ok((start, Token::End)) };
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(*sign)) {
            self.at += sign.len();
            return Ok((start, Token::Sign(sign)));
        }
        let token = match first {
            '"' | '\'' => Token::Text(self.quoted(first)?),
            '`' => Token::Name(self.quoted(first)?),
            _ => self.word(rest)?,
        };
        Ok((start, token))
    }

    fn word(&mut self, rest: &'a str) -> Result<Token<'a>, FilterSyntaxError> {
        // A sign may also stand inside a number's exponent: 1e+3.
        let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() {
            let found = format!("`{}`", rest.chars().next().unwrap_or_default().escape_debug());
            return Err(self.error_at(self.at, "a name, a value or a sign such as `=`", &found));
        }
        let unsigned = word.trim_start_matches(['-', '+']);
        if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    self.at += end;
                    return Ok(Token::Number(number));
                }
                Ok(_) => return Err(self.error_at(self.at, "a number of at most 1.8e308", &format!("`{word}`"))),
                // Not a number after all: an article number such as `3M-8210`.
                Err(_) => {}
            }
        }
        self.at += end;
        Ok(Token::Word(word))
    }

    /// Reads a text up to its closing quote, resolving escapes.
    fn quoted(&mut self, quote: char) -> Result<String, FilterSyntaxError> {
        let start = self.at;
        let mut chars = self.text[start + 1..].char_indices().peekable();
        let mut out = String::new();
        while let Some((offset, c)) = chars.next() {
            let here = start + 1 + offset;
            if c == quote {
                self.at = here + c.len_utf8();
                return Ok(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match escaped(&mut chars) {
                Some(c) => out.push(c),
                None => {
                    let expected = r#"one of the escapes \\ \" \' \` \n \r \t \u{...}"#;
                    return Err(self.error_at(here, expected, "another"));
                }
            }
        }
        Err(self.error_at(start, &format!("a closing {quote} for this quote"), "the end"))
    }

    fn error_at(&self, offset: usize, expected: &str, found: &str) -> FilterSyntaxError {
        FilterSyntaxError::new(self.text, offset, expected, found)
    }
}

/// The character an escape stands for, with the backslash already taken.
fn escaped(chars: &mut Peekable<CharIndices<'_>>) -> Option<char> {
    match chars.next()?.1 {
        c @ ('\\' | '"' | '\'' | '`' | '/') => Some(c),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            chars.next_if(|(_, c)| *c == '{')?;
            let mut code = 0u32;
            for digits in 0..=6 {
                match chars.next()?.1 {
                    '}' if digits > 0 => return char::from_u32(code),
                    c => code = code.checked_mul(16)?.checked_add(c.to_digit(16)?)?,
                }
            }
            None
        }
        _ => None,
    }
}
