use std::fmt;
use std::sync::Arc;

use crate::filter_lexer::{Lexer, Token};
use crate::{Comparison, FieldError, Filter, Literal};

/// Deepest nesting of parentheses and `not`.
const DEPTH_MAX: usize = 64;
/// Longest expression, in bytes.
const BYTES_MAX: usize = 64 * 1024;
const CONDITION: &str =
    "`=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `under` or `exists` after the attribute's name";

/// Where and why a filter expression could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterSyntaxError {
    /// Byte offset of the fault in the expression.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What would have been accepted there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Filter {
    /// Reads a filter expression, such as
    /// `brand = "Sony" and (price < 200 or rating >= 4.5) and not category under "Toys > Games"`.
    ///
    /// Conditions are `name OP value` with `=`, `!=`, `<`, `<=`, `>`, `>=`; `name in [a, b]`; `name between a and b`
    /// (both ends included); `name under "A > B"`; `name exists`. They are joined by `and`, `or`, `not` and parentheses;
    /// `and` binds tighter than `or`. Values are words or quoted texts, numbers, `true`, `false` and
    /// `date("2024-05-01")`, which stands for the milliseconds of that moment. Names are quoted with backticks where
    /// they are words of the language. Words of the language may be written in capitals.
    ///
    /// # Errors
    /// A [`FilterSyntaxError`] naming the place and what was expected there. No text makes it panic.
    pub fn parse(text: &str) -> Result<Self, FilterSyntaxError> {
        if text.len() > BYTES_MAX {
            let found = format!("{} bytes", text.len());
            return Err(FilterSyntaxError::new(text, 0, "a filter of at most 64 KiB", found));
        }
        let mut parser = Parser { text, lexer: Lexer::new(text), token: Token::End, start: 0, depth: 0 };
        parser.advance()?;
        let filter = parser.either()?;
        match parser.token {
            Token::End => Ok(filter),
            _ => Err(parser.unexpected("`and`, `or` or the end of the filter")),
        }
    }
}

impl FilterSyntaxError {
    pub(crate) fn new(text: &str, offset: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            offset,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            expected: expected.into(),
            found: found.into(),
        }
    }
}

impl fmt::Display for FilterSyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, expected, found, .. } = self;
        write!(f, "line {line}, column {column}: expected {expected}, found {found}")
    }
}

impl std::error::Error for FilterSyntaxError {}

impl From<FilterSyntaxError> for FieldError {
    fn from(error: FilterSyntaxError) -> Self {
        let FilterSyntaxError { offset, line, column, expected, found } = error;
        let place = format!("{expected} at line {line}, column {column} (byte {offset})");
        Self::new("filter_syntax", "filter", place, found)
    }
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token<'a>,
    /// Where the token begins.
    start: usize,
    depth: usize,
}

type Parsed<T> = Result<T, FilterSyntaxError>;

impl Parser<'_> {
    fn either(&mut self) -> Parsed<Filter> {
        let mut parts = vec![self.both()?];
        while self.takes_keyword("or")? {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn both(&mut self) -> Parsed<Filter> {
        let mut parts = vec![self.negated()?];
        while self.takes_keyword("and")? {
            parts.push(self.negated()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn negated(&mut self) -> Parsed<Filter> {
        if self.is_keyword("not") {
            self.enter()?;
            self.advance()?;
            let filter = Filter::Not(Box::new(self.negated()?));
            self.depth -= 1;
            return Ok(filter);
        }
        if self.token == Token::Sign("(") {
            self.enter()?;
            self.advance()?;
            let filter = self.either()?;
            self.depth -= 1;
            self.expect_sign(")", "`and`, `or` or `)`")?;
            return Ok(filter);
        }
        self.condition()
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let expected = "at most 64 levels of parentheses and `not`";
            return Err(FilterSyntaxError::new(self.text, self.start, expected, "one more"));
        }
        Ok(())
    }

    fn condition(&mut self) -> Parsed<Filter> {
        let attribute = self.attribute()?;
        let negated = self.takes_keyword("not")?;
        let filter = if self.takes_keyword("in")? {
            Filter::In { attribute, values: self.list()? }
        } else if self.takes_keyword("exists")? {
            Filter::Exists { attribute }
        } else if negated {
            return Err(self.unexpected("`in` or `exists` after `not`"));
        } else if self.takes_keyword("between")? {
            self.range(&attribute)?
        } else if self.takes_keyword("under")? {
            Filter::Under { attribute, path: self.path()? }
        } else {
            self.comparison(attribute)?
        };
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn attribute(&mut self) -> Parsed<Arc<str>> {
        let name: Arc<str> = match &self.token {
            Token::Word(word) if !["and", "or"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) => {
                Arc::from(*word)
            }
            Token::Name(name) => Arc::from(name.as_str()),
            _ => return Err(self.unexpected("an attribute's name, `not` or `(`")),
        };
        self.advance()?;
        Ok(name)
    }

    fn comparison(&mut self, attribute: Arc<str>) -> Parsed<Filter> {
        let comparison = match self.token {
            Token::Sign("=" | "==") => Comparison::Equal,
            Token::Sign("!=" | "<>") => Comparison::NotEqual,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::GreaterOrEqual,
            _ => return Err(self.unexpected(CONDITION)),
        };
        self.advance()?;
        let value = match comparison {
            Comparison::Equal | Comparison::NotEqual => self.literal()?,
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                self.ordered_literal()?
            }
        };
        Ok(Filter::Compare { attribute, comparison, value })
    }

    /// `between a and b`: two comparisons, ends included.
    fn range(&mut self, attribute: &Arc<str>) -> Parsed<Filter> {
        let low = self.ordered_literal()?;
        if !self.takes_keyword("and")? {
            return Err(self.unexpected("`and` and the upper end of the range"));
        }
        let high = self.ordered_literal()?;
        let end = |comparison, value| Filter::Compare { attribute: Arc::clone(attribute), comparison, value };
        Ok(Filter::And(vec![end(Comparison::GreaterOrEqual, low), end(Comparison::LessOrEqual, high)]))
    }

    /// `[a, b]` or `(a, b)`.
    fn list(&mut self) -> Parsed<Vec<Literal>> {
        let close = match self.token {
            Token::Sign("[") => "]",
            Token::Sign("(") => ")",
            _ => return Err(self.unexpected("`[` and a list of values")),
        };
        self.advance()?;
        let mut values = Vec::new();
        while self.token != Token::Sign(close) {
            values.push(self.literal()?);
            if self.token != Token::Sign(close) {
                self.expect_sign(",", &format!("`,` or `{close}`"))?;
            }
        }
        self.advance()?;
        Ok(values)
    }

    /// A category's path: `"A > B"`, or a list where a part contains `>` itself.
    fn path(&mut self) -> Parsed<Vec<Arc<str>>> {
        let start = self.start;
        if matches!(self.token, Token::Sign("[" | "(")) {
            let parts = self.list()?.into_iter().map(|part| match part {
                Literal::Text(part) => Ok(part),
                other => {
                    Err(FilterSyntaxError::new(self.text, start, "a path made of texts", format!("`{other}` in it")))
                }
            });
            return parts.collect();
        }
        let path: Vec<Arc<str>> = match &self.token {
            Token::Text(text) => split_path(text),
            Token::Word(word) => vec![Arc::from(*word)],
            _ => Vec::new(),
        };
        if path.is_empty() {
            return Err(self.unexpected("a category's path such as \"Home > Kitchen\""));
        }
        self.advance()?;
        Ok(path)
    }

    /// A literal that can be smaller or larger: anything but text.
    fn ordered_literal(&mut self) -> Parsed<Literal> {
        let (start, found) = (self.start, self.token.to_string());
        match self.literal()? {
            Literal::Text(_) => {
                let expected = "a number or date(\"2024-05-01\")";
                Err(FilterSyntaxError::new(self.text, start, expected, found))
            }
            literal @ (Literal::Number(_) | Literal::Boolean(_)) => Ok(literal),
        }
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let literal = match &self.token {
            Token::Text(text) => Literal::Text(Arc::from(text.as_str())),
            Token::Number(number) => Literal::Number(*number),
            Token::Word(word) if word.eq_ignore_ascii_case("date") && self.lexer.next_is('(') => return self.date(),
            Token::Word(word) if word.eq_ignore_ascii_case("true") => Literal::Boolean(true),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => Literal::Boolean(false),
            Token::Word(word) if !["and", "or", "not"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) => {
                Literal::Text(Arc::from(*word))
            }
            _ => return Err(self.unexpected("a value: a text, a number, true, false or date(\"2024-05-01\")")),
        };
        self.advance()?;
        Ok(literal)
    }

    /// `date("2024-05-01")`, with the word `date` as the present token.
    fn date(&mut self) -> Parsed<Literal> {
        const EXPECTED: &str = "a date such as \"2024-05-01\" or \"2024-05-01T12:30:00Z\"";
        self.advance()?;
        self.expect_sign("(", "`(`")?;
        let millis = match &self.token {
            Token::Text(text) => crate::civil_date::millis(text),
            _ => None,
        };
        let Some(millis) = millis else { return Err(self.unexpected(EXPECTED)) };
        self.advance()?;
        self.expect_sign(")", "`)`")?;
        Ok(Literal::Number(millis as f64))
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn takes_keyword(&mut self, keyword: &str) -> Parsed<bool> {
        let is_there = self.is_keyword(keyword);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect_sign(&mut self, sign: &'static str, expected: &str) -> Parsed<()> {
        if self.token != Token::Sign(sign) {
            return Err(self.unexpected(expected));
        }
        self.advance()
    }

    fn advance(&mut self) -> Parsed<()> {
        (self.start, self.token) = self.lexer.next_token()?;
        Ok(())
    }

    fn unexpected(&self, expected: &str) -> FilterSyntaxError {
        FilterSyntaxError::new(self.text, self.start, expected, self.token.to_string())
    }
}

fn split_path(text: &str) -> Vec<Arc<str>> {
    text.split('>').map(str::trim).filter(|part| !part.is_empty()).map(Arc::from).collect()
}
