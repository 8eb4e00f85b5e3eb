//! Rules as text, a line each: `a, b, c` mean the same; `a, b => c` are searched for as `c` too. `#` begins a comment, `\`
//! takes its meaning from the sign behind it.

use std::fmt;

use super::{Rule, RuleError};

/// Longer lines are no rules.
const LINE_BYTES_MAX: usize = 10_000;
/// More errors help nobody.
const ERRORS_MAX: usize = 100;

/// A line that is no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub error: RuleError,
}

/// The rules of a text, each with the line it stands in; or the first errors of it, so that all can be mended at once.
pub fn parse(text: &str) -> Result<Vec<(usize, Rule)>, Vec<LineError>> {
    let mut rules = Vec::new();
    let mut errors = Vec::new();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for (line, content) in (1..).zip(text.lines()) {
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        match rule(content) {
            Ok(rule) => rules.push((line, rule)),
            Err(error) => errors.push(LineError { line, error }),
        }
        if errors.len() >= ERRORS_MAX {
            break;
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// The text of rules, which [`parse`] reads as the same rules.
pub fn to_text<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let mut text = String::new();
    for rule in rules {
        let list = |phrases: &[String]| phrases.iter().map(|phrase| escaped(phrase)).collect::<Vec<_>>().join(", ");
        text.push_str(&list(rule.from()));
        if !rule.is_both_ways() {
            text.push_str(" => ");
            text.push_str(&list(rule.to()));
        }
        text.push('\n');
    }
    text
}

fn rule(line: &str) -> Result<Rule, RuleError> {
    let error = |found: &str, expected: &str| RuleError { found: found.to_owned(), expected: expected.to_owned() };
    if line.len() > LINE_BYTES_MAX {
        return Err(error("a very long line", "at most 10,000 bytes"));
    }
    let sides = sides(line);
    match sides.as_slice() {
        [phrases] => Rule::both_ways(phrases),
        [from, to] => Rule::one_way(from, to),
        _ => Err(error(line.trim(), "=> once")),
    }
}

/// The phrases between commas, of each side of `=>`.
fn sides(line: &str) -> Vec<Vec<String>> {
    let mut sides = vec![vec![String::new()]];
    let push = |sides: &mut Vec<Vec<String>>, character: char| {
        if let Some(phrase) = sides.last_mut().and_then(|phrases| phrases.last_mut()) {
            phrase.push(character);
        }
    };
    let mut chars = line.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '\\' => push(&mut sides, chars.next().unwrap_or('\\')),
            ',' | '，' => {
                if let Some(phrases) = sides.last_mut() {
                    phrases.push(String::new());
                }
            }
            '=' if chars.peek() == Some(&'>') => {
                chars.next();
                sides.push(vec![String::new()]);
            }
            other => push(&mut sides, other),
        }
    }
    sides
}

fn escaped(phrase: &str) -> String {
    let mut text = String::with_capacity(phrase.len());
    for (index, character) in phrase.chars().enumerate() {
        if matches!(character, '\\' | ',' | '，' | '=') || (index == 0 && matches!(character, '#' | '\u{FEFF}')) {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.error)
    }
}

impl std::error::Error for LineError {}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let shown = match parse(text) {
            Ok(rules) => {
                let lines: Vec<usize> = rules.iter().map(|(line, _)| *line).collect();
                format!("{lines:?}\n{}", to_text(rules.iter().map(|(_, rule)| rule)))
            }
            Err(errors) => errors.iter().map(|error| format!("{error}\n")).collect(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn rules() {
        check(
            "# shoes\nsneaker, trainers, 运动鞋\n\n手机壳, 手机套 => phone case\n{number} inch， {number}寸\nA\\, b, c",
            &expect![[r"
                [2, 4, 5, 6]
                sneaker, trainers, 运动鞋
                手机壳, 手机套 => phone case
                {number} inch, {number}寸
                A\, b, c
            "]],
        );
    }

    #[test]
    fn errors_name_line_and_what_was_expected() {
        check(
            "one\na, , b\na => b => c\n=> b\n{size} inch, 寸\n{number} cm, 厘米\n{number}, {number} x\n…, b\na, a",
            &expect![[r"
                line 1: found `one`, expected at least two different phrases
                line 2: found `an empty phrase`, expected a phrase with letters or digits
                line 3: found `a => b => c`, expected => once
                line 4: found `an empty phrase`, expected a phrase with letters or digits
                line 5: found `{size} inch`, expected no braces but those of {number}
                line 6: found `厘米`, expected {number} as often as in `{number} cm`
                line 7: found `{number}`, expected words beside {number}
                line 8: found `…`, expected a phrase with letters or digits
                line 9: found `a`, expected at least two different phrases
            "]],
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(phrases in proptest::collection::vec("[a-z#,=>\\\\ 红é]{1,12}", 2..6), one_way in any::<bool>()) {
            let rule = match one_way {
                true => Rule::one_way(&phrases[..1], &phrases[1..]),
                false => Rule::both_ways(&phrases),
            };
            if let Ok(rule) = rule {
                let read = parse(&to_text([&rule])).unwrap();
                prop_assert_eq!(read, vec![(1, rule)]);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
