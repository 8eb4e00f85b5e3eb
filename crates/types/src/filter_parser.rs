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
    /// (both ends included); `name under "A > B"`; `name exists`; `latitude inside longitude [n, e, n, e, n, e]` for what lies
    /// in a polygon of corners in degrees north and east. They are joined by `and`, `or`, `not` and parentheses;
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
        } else if self.takes_keyword("inside")? {
            self.inside(attribute)?
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

    /// `inside longitude [n, e, n, e, n, e]`: the corners of a polygon, two numbers each.
    fn inside(&mut self, latitude: Arc<str>) -> Parsed<Filter> {
        let longitude = self.attribute()?;
        let start = self.start;
        let numbers: Vec<f64> = self
            .list()?
            .iter()
            .filter_map(|literal| match literal {
                Literal::Number(number) => Some(*number),
                Literal::Text(_) | Literal::Boolean(_) => None,
            })
            .collect();
        if numbers.len() < 6 || !numbers.len().is_multiple_of(2) {
            let found = format!("{} numbers", numbers.len());
            return Err(FilterSyntaxError::new(self.text, start, "three corners or more, two numbers each", found));
        }
        let corners = numbers.chunks_exact(2).map(|corner| (corner[0], corner[1])).collect();
        Ok(Filter::Inside { latitude, longitude, corners })
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

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best by value")]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(text: &str, expected: Expect) {
        let outcome = match Filter::parse(text) {
            Ok(filter) => filter.to_string(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&outcome);
    }

    #[test]
    fn expressions_are_read() {
        check(
            r#"brand = "Sony" and (price < 200 or rating >= 4.5) and not category under "Toys > Games""#,
            expect![[r#"brand = "Sony" and (price < 200.0 or rating >= 4.5) and not category under "Toys > Games""#]],
        );
        check(r#"颜色 IN ["red", '红色'] OR 品牌=索尼"#, expect![[r#"颜色 in ["red", "红色"] or 品牌 = "索尼""#]]);
        check("weight exists and brand != 'L\\'Oréal'", expect![[r#"weight exists and brand != "L'Oréal""#]]);
        check("price between 10 and 2e1", expect!["price >= 10.0 and price <= 20.0"]);
        check(
            "brand not in (Sony, LG) and size not exists",
            expect![[r#"not brand in ["Sony", "LG"] and not size exists"#]],
        );
        check("`and` = 3M-8210 and in_stock = TRUE", expect![[r#"`and` = "3M-8210" and in_stock = true"#]]);
        check(r#"released >= date("1970-01-02")"#, expect!["released >= 86400000.0"]);
        check(r#"date = date and t > date('1970-01-01T08:00+08:00')"#, expect![[r#"date = "date" and t > 0.0"#]]);
        check(r#"category under ["A > B", "C"]"#, expect![[r#"category under ["A > B", "C"]"#]]);
        check("x = -1.5e-3 and y > +2", expect!["x = -0.0015 and y > 2.0"]);
        check(r#"not not (a = "\u{4e2d}\n")"#, expect![[r#"not not a = "中\n""#]]);
    }

    #[test]
    fn faults_name_their_place_and_what_was_expected() {
        check("", expect!["line 1, column 1: expected an attribute's name, `not` or `(`, found the end"]);
        check(
            "brand Sony",
            expect![
                "line 1, column 7: expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `under` or `exists` after the attribute's name, found `Sony`"
            ],
        );
        check(
            "品牌 = 索尼 价格 < 3",
            expect!["line 1, column 9: expected `and`, `or` or the end of the filter, found `价格`"],
        );
        check("a = 1 and\n(b = 2", expect!["line 2, column 7: expected `and`, `or` or `)`, found the end"]);
        check("a = \"x", expect![[r#"line 1, column 5: expected a closing " for this quote, found the end"#]]);
        check(
            "a = \"\\q\"",
            expect![[r#"line 1, column 6: expected one of the escapes \\ \" \' \` \n \r \t \u{...}, found another"#]],
        );
        check("a < cheap", expect![[r#"line 1, column 5: expected a number or date("2024-05-01"), found `cheap`"#]]);
        check("a = 1e999", expect!["line 1, column 5: expected a number of at most 1.8e308, found `1e999`"]);
        check(
            "a > date(\"soon\")",
            expect![[
                r#"line 1, column 10: expected a date such as "2024-05-01" or "2024-05-01T12:30:00Z", found "soon""#
            ]],
        );
        check("a in [1 2]", expect!["line 1, column 9: expected `,` or `]`, found `2`"]);
        check("a = 1 & b = 2", expect!["line 1, column 7: expected a name, a value or a sign such as `=`, found `&`"]);
        check(
            "a under \"\"",
            expect![[r#"line 1, column 9: expected a category's path such as "Home > Kitchen", found """#]],
        );
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested = |depth: usize| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::parse(&nested(64)).is_ok());
        let error = Filter::parse(&nested(65)).unwrap_err();
        assert_eq!((error.offset, error.expected.as_str()), (64, "at most 64 levels of parentheses and `not`"));
        assert!(Filter::parse(&"not ".repeat(60_000)).is_err());
        let long = format!("a in [{}]", "1,".repeat(40_000));
        assert_eq!(Filter::parse(&long).unwrap_err().expected, "a filter of at most 64 KiB");
        let many = vec!["a = 1"; 5000].join(" and ");
        assert!(matches!(Filter::parse(&many), Ok(Filter::And(parts)) if parts.len() == 5000));
    }

    #[test]
    fn a_fault_becomes_a_field_error() {
        let error = FieldError::from(Filter::parse("a =").unwrap_err());
        assert_eq!((error.code, error.field.as_str(), error.got.as_str()), ("filter_syntax", "filter", "the end"));
        assert!(error.expected.contains("line 1, column 4 (byte 3)"), "{}", error.expected);
    }

    fn any_text() -> impl Strategy<Value = Arc<str>> {
        let odd =
            prop_oneof![Just("and"), Just("红 > 色"), Just(""), Just(" x"), Just("a\"b'c`d\\e\n\u{7}"), Just("true")];
        prop_oneof!["[a-z]{1,6}", "\\PC{0,8}", odd.prop_map(str::to_owned)].prop_map(Arc::from)
    }

    fn any_number() -> impl Strategy<Value = Literal> {
        prop_oneof![-1e6..1e6f64, any::<f64>().prop_filter("finite", |number| number.is_finite())]
            .prop_map(Literal::Number)
    }

    fn any_condition() -> impl Strategy<Value = Filter> {
        let equal = prop_oneof![Just(Comparison::Equal), Just(Comparison::NotEqual)];
        let order = prop_oneof![
            Just(Comparison::Less),
            Just(Comparison::LessOrEqual),
            Just(Comparison::Greater),
            Just(Comparison::GreaterOrEqual)
        ];
        let literal =
            || prop_oneof![any_text().prop_map(Literal::Text), any_number(), any::<bool>().prop_map(Literal::Boolean)];
        prop_oneof![
            (any_text(), equal, literal()).prop_map(|(attribute, comparison, value)| Filter::Compare {
                attribute,
                comparison,
                value
            }),
            (any_text(), order, any_number()).prop_map(|(attribute, comparison, value)| Filter::Compare {
                attribute,
                comparison,
                value
            }),
            (any_text(), prop::collection::vec(literal(), 0..4))
                .prop_map(|(attribute, values)| Filter::In { attribute, values }),
            any_text().prop_map(|attribute| Filter::Exists { attribute }),
            (any_text(), prop::collection::vec(any_text(), 0..4))
                .prop_map(|(attribute, path)| Filter::Under { attribute, path }),
            (any_text(), any_text(), prop::collection::vec((-90.0..90.0, -180.0..180.0), 3..5))
                .prop_map(|(latitude, longitude, corners)| Filter::Inside { latitude, longitude, corners }),
        ]
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        any_condition().prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
                inner.prop_map(|part| Filter::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_the_same(filter in any_filter()) {
            let printed = filter.to_string();
            prop_assert_eq!(Filter::parse(&printed), Ok(filter), "{}", printed);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = Filter::parse(&text);
        }

        #[test]
        fn no_mix_of_its_own_words_makes_it_panic(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "and", "or", "not", "in", "(", ")", "[", "]", ",", "=", "<", "a", "1", "\"x\"", "`", "'", "\\", "date",
                    "(\"2024-01-01\")", "exists", "under", "between", "inside", "红", "-", ".", "e",
                ]),
                0..30,
            ),
        ) {
            let text = words.join(" ");
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
            }
        }
    }
}
