//! Filters as storefronts write them, made into the native ones.

use std::sync::Arc;

use serde_json::Value;
use types::well_known::ID;
use types::{Comparison, Filter, Literal};

use super::error::{Answer, Refused};
use super::params::Params;
use super::record::Names;

/// Parts of a filter, and how deep parentheses may stand, at most.
const PARTS_MAX: usize = 2000;
const DEPTH_MAX: usize = 20;

/// All that a search is filtered by; `None` for nothing.
pub(crate) fn of(params: &Params, names: &Names) -> Answer<Option<Filter>> {
    let mut all = Vec::new();
    for text in params.filters()? {
        all.push(parse(text, names)?);
    }
    for name in ["facetFilters", "numericFilters", "tagFilters"] {
        let Some(value) = params.get(name) else { continue };
        let one = |text: &str| match name {
            "facetFilters" => facet(text, names),
            "numericFilters" => numeric(text, names).ok_or_else(|| {
                Refused::bad(format!("numericFilters: `{text}` is not a comparison such as `price>=10`"))
            }),
            _ => {
                let (tag, is_not) = text.strip_prefix('-').map_or((text, false), |tag| (tag, true));
                Ok(negated(is_value("_tags", tag, names), is_not))
            }
        };
        all.extend(nested(name, value, &one)?);
    }
    all.extend(super::geo::inside(params, names)?);
    Ok((!all.is_empty()).then_some(Filter::And(all)))
}

/// Lists of lists: the outer ones hold all, in the inner ones one is enough.
fn nested(name: &str, value: &Value, one: &dyn Fn(&str) -> Answer<Filter>) -> Answer<Option<Filter>> {
    let wrong = || super::params::wrong(name, "an array of strings or of arrays of strings", value);
    let outer = match value {
        Value::String(_) | Value::Array(_) => super::params::list_of(value),
        _ => return Err(wrong()),
    };
    if outer.len() > PARTS_MAX {
        return Err(Refused::bad(format!("{name}: more than {PARTS_MAX} filters")));
    }
    let mut all = Vec::new();
    for part in &outer {
        match part {
            Value::String(text) => all.push(one(text)?),
            Value::Array(any) => {
                let any = any.iter().map(|part| one(part.as_str().ok_or_else(wrong)?)).collect::<Answer<Vec<_>>>()?;
                if !any.is_empty() {
                    all.push(Filter::Or(any));
                }
            }
            _ => return Err(wrong()),
        }
    }
    Ok((!all.is_empty()).then_some(Filter::And(all)))
}

/// `attribute:value`, `attribute:-value` for what must not be; a literal minus is written `\-`.
pub(crate) fn facet(text: &str, names: &Names) -> Answer<Filter> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(Refused::bad(format!("facetFilters: `{text}` is not `attribute:value`")));
    };
    let (value, is_not) = match value.strip_prefix("\\-") {
        Some(_) => (&value[1..], false),
        None => value.strip_prefix('-').map_or((value, false), |value| (value, true)),
    };
    let value = value.split("<score=").next().unwrap_or(value);
    Ok(negated(is_value(name, value, names), is_not))
}

fn negated(filter: Filter, is_not: bool) -> Filter {
    if is_not { Filter::Not(Box::new(filter)) } else { filter }
}

/// What has a value, as a word or as a number; nothing where nobody has the attribute.
pub(crate) fn is_value(name: &str, value: &str, names: &Names) -> Filter {
    let equal = |attribute, value| Filter::Compare { attribute, comparison: Comparison::Equal, value };
    if name == "objectID" {
        return equal(Arc::from(ID), Literal::Text(Arc::from(value)));
    }
    if let Some((attribute, _)) = names.level(name) {
        return Filter::Under { attribute, path: value.split(" > ").map(Arc::from).collect() };
    }
    let word = names.facet(name).map(|attribute| equal(attribute, Literal::Text(Arc::from(value))));
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    let number = number.and_then(|number| Some(equal(names.number(name)?, Literal::Number(number))));
    Filter::Or(word.into_iter().chain(number).collect())
}

/// `price>=10`, or `price:10 TO 20`; `None` where it is neither.
fn numeric(text: &str, names: &Names) -> Option<Filter> {
    if let Some((name, range)) = text.split_once(':') {
        let (from, to) = range.split_once(" TO ").or_else(|| range.split_once(" to "))?;
        return range_of(name.trim(), from.trim().parse().ok()?, to.trim().parse().ok()?, names);
    }
    let at = text.find(['<', '>', '=', '!'])?;
    let (name, rest) = text.split_at(at);
    let signs = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ];
    let (sign, comparison) = signs.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    let number: f64 = rest[sign.len()..].trim().parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(compare(name.trim(), comparison, number, names))
}

fn range_of(name: &str, from: f64, to: f64, names: &Names) -> Option<Filter> {
    let both = [(Comparison::GreaterOrEqual, from), (Comparison::LessOrEqual, to)];
    let finite = from.is_finite() && to.is_finite();
    finite.then(|| Filter::And(both.map(|(how, number)| compare(name, how, number, names)).to_vec()))
}

/// Compares a number; nothing where nobody has the attribute.
pub(crate) fn compare(name: &str, comparison: Comparison, number: f64, names: &Names) -> Filter {
    match names.number(name) {
        Some(attribute) => Filter::Compare { attribute, comparison, value: Literal::Number(number) },
        None => Filter::Or(Vec::new()),
    }
}

/// Reads `brand:Stride AND (price < 50 OR NOT color:"dark red")`.
pub(crate) fn parse(text: &str, names: &Names) -> Answer<Filter> {
    let mut parser = Parser { text, at: 0, names, parts: 0 };
    let filter = parser.any(0)?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.unexpected("the end, AND or OR")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    names: &'a Names,
    parts: usize,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Answer<Filter> {
        let mut any = vec![self.all(depth)?];
        while self.word("OR") {
            any.push(self.all(depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
    }

    fn all(&mut self, depth: usize) -> Answer<Filter> {
        let mut all = vec![self.one(depth)?];
        while self.word("AND") {
            all.push(self.one(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::And(all) })
    }

    fn one(&mut self, depth: usize) -> Answer<Filter> {
        self.parts += 1;
        if depth > DEPTH_MAX || self.parts > PARTS_MAX {
            return Err(Refused::bad(format!("filters: more than {PARTS_MAX} parts, or deeper than {DEPTH_MAX}")));
        }
        if self.word("NOT") {
            return Ok(Filter::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.sign('(') {
            let inside = self.any(depth + 1)?;
            return if self.sign(')') { Ok(inside) } else { Err(self.unexpected("`)`")) };
        }
        self.condition()
    }

    fn condition(&mut self) -> Answer<Filter> {
        let name = self.token(|c| matches!(c, ':' | '<' | '>' | '=' | '!' | '(' | ')'))?;
        let start = self.at;
        if self.sign(':') {
            let value_at = self.at;
            let is_quoted = self.peek().is_some_and(|c| c == '"' || c == '\'');
            let value = self.token(|c| matches!(c, '(' | ')'))?;
            if !is_quoted && self.word("TO") {
                let to = self.token(|c| matches!(c, '(' | ')'))?;
                let range = || range_of(&name, value.parse().ok()?, to.parse().ok()?, self.names);
                return range()
                    .ok_or_else(|| Refused::bad(format!("filters: `{value} TO {to}` is no range of numbers")));
            }
            let value = if is_quoted { value } else { value.split("<score=").next().unwrap_or(&value).to_owned() };
            // A score after a quoted value only counts among optional filters.
            if self.text[self.at..].starts_with("<score=") {
                self.token(|c| matches!(c, '(' | ')'))?;
            }
            if value.is_empty() && !is_quoted {
                self.at = value_at;
                return Err(self.unexpected("a value"));
            }
            return Ok(is_value(&name, &value, self.names));
        }
        let mut signs = String::new();
        while let Some(sign) = self.peek().filter(|c| matches!(c, '<' | '>' | '=' | '!')) {
            signs.push(sign);
            self.at += self.skipped() + 1;
        }
        let number = self.token(|c| matches!(c, '(' | ')')).unwrap_or_default();
        numeric(&format!("{name}{signs}{number}"), self.names).ok_or_else(|| {
            self.at = start;
            self.unexpected("`:` and a value, or a comparison with a number")
        })
    }

    /// A name or value, quoted or up to a blank or one of `ends`.
    fn token(&mut self, ends: impl Fn(char) -> bool) -> Answer<String> {
        self.at += self.skipped();
        let rest = &self.text[self.at..];
        let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') else {
            let end = rest.find(|c: char| c.is_whitespace() || ends(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(self.unexpected("a filter"));
            }
            self.at += end;
            return Ok(rest[..end].to_owned());
        };
        let (mut out, mut chars) = (String::new(), rest.char_indices().skip(1));
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                c if c == quote => {
                    self.at += offset + 1;
                    return Ok(out);
                }
                c => out.push(c),
            }
        }
        Err(Refused::bad(format!("filters: the quote at position {} is not closed", self.at)))
    }

    fn skipped(&self) -> usize {
        let rest = &self.text[self.at..];
        rest.len() - rest.trim_start().len()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].trim_start().chars().next()
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.at += self.skipped() + sign.len_utf8();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let from = self.at + self.skipped();
        let rest = &self.text[from..];
        let ends = |rest: &str| rest.chars().next().is_none_or(|c| c.is_whitespace() || c == '(' || c == '"');
        let found = rest.strip_prefix(word).is_some_and(ends);
        if found {
            self.at = from + word.len();
        }
        found
    }

    fn unexpected(&self, expected: &str) -> Refused {
        let rest = self.text[self.at..].trim_start();
        let got: String = rest.chars().take(20).collect();
        let got = if got.is_empty() { "EOF" } else { &got };
        Refused::bad(format!("filters: Unexpected token({got}) expected {expected} at col {}", self.at))
    }
}
