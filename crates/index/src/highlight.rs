use std::collections::HashSet;

use types::{Analyzer, Language};

/// `text` with the words whose terms are in `terms` between `<em>` and `</em>`, everything else escaped for HTML;
/// `None` where none is.
pub fn highlight(_analyzer: &dyn Analyzer, _text: &str, _language: Language, _terms: &HashSet<&str>) -> Option<String> {
    todo!()
}

/// The part of `text` of at most about `chars` characters where most of `terms` stand, marked as by [`highlight`], with
/// `…` where it was cut; `None` where none stands.
pub fn snippet(
    _analyzer: &dyn Analyzer, _text: &str, _language: Language, _terms: &HashSet<&str>, _chars: usize,
) -> Option<String> {
    todo!()
}
