use std::collections::HashSet;
use std::ops::Range;

use types::{Analyzer, Language};

/// `text` with the words whose terms are in `terms` between `<em>` and `</em>`, everything else escaped for HTML;
/// `None` where none is.
pub fn highlight(analyzer: &dyn Analyzer, text: &str, language: Language, terms: &HashSet<&str>) -> Option<String> {
    let matches = matches(analyzer, text, language, terms);
    (!matches.is_empty()).then(|| mark(text, 0..text.len(), &matches))
}

/// The part of `text` of at most about `chars` characters where most of `terms` stand, marked as by [`highlight`], with
/// `…` where it was cut; `None` where none stands.
pub fn snippet(
    analyzer: &dyn Analyzer,
    text: &str,
    language: Language,
    terms: &HashSet<&str>,
    chars: usize,
) -> Option<String> {
    let matches = matches(analyzer, text, language, terms);
    if matches.is_empty() {
        return None;
    }
    let window = best_window(text, &matches, chars);
    let inside: Vec<Range<usize>> =
        matches.into_iter().filter(|span| window.start <= span.start && span.end <= window.end).collect();
    let (before, after) = (window.start > 0, window.end < text.len());
    let marked = mark(text, window, &inside);
    Some(format!("{}{}{}", if before { "…" } else { "" }, marked, if after { "…" } else { "" }))
}

/// Spans of matching words, ascending, those that touch or overlap (a word and its bigrams) made one.
fn matches(analyzer: &dyn Analyzer, text: &str, language: Language, terms: &HashSet<&str>) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    analyzer.analyze(text, language, &mut |token| {
        if terms.contains(token.term) && text.get(token.span.0..token.span.1).is_some() {
            spans.push(token.span.0..token.span.1);
        }
    });
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// The stretch of about `chars` characters with most matches, the earliest of those with as many; some context stands
/// before the first match, and words are not cut where there are spaces.
fn best_window(text: &str, matches: &[Range<usize>], chars: usize) -> Range<usize> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if starts.len() <= chars + 1 {
        return 0..text.len();
    }
    let char_at = |byte: usize| starts.partition_point(|start| *start < byte);
    let end_of = |first: usize| starts[(first + chars).min(starts.len() - 1)];
    let count = |first: &Range<usize>| {
        let end = end_of(char_at(first.start));
        matches.iter().filter(|span| span.start >= first.start && span.end <= end).count()
    };
    // `rev`, because `max_by_key` takes the last of equals.
    let first = matches.iter().rev().max_by_key(|first| count(first)).map_or(0, |span| char_at(span.start));
    let start = first.saturating_sub(chars / 5).min(starts.len() - 1 - chars);
    let window = starts[start]..end_of(start);
    let from = match text[window.clone()].find(char::is_whitespace) {
        Some(space) if window.start > 0 && window.start + space < starts[first] => window.start + space,
        _ => window.start,
    };
    let last = matches.iter().filter(|span| span.end <= window.end).map(|span| span.end).max().unwrap_or(from);
    let to = match text[from..window.end].rfind(char::is_whitespace) {
        Some(space) if window.end < text.len() && from + space >= last => from + space,
        _ => window.end,
    };
    let trimmed = text[from..to].trim();
    let from = from + text[from..to].len() - text[from..to].trim_start().len();
    from..from + trimmed.len()
}

fn mark(text: &str, window: Range<usize>, matches: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(window.len() + 16);
    let mut at = window.start;
    for span in matches {
        escape(&text[at..span.start], &mut out);
        out.push_str("<em>");
        escape(&text[span.clone()], &mut out);
        out.push_str("</em>");
        at = span.end;
    }
    escape(&text[at..window.end], &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}
