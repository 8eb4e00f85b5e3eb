//! What a merchandiser decides for some searches, for some time.

use std::sync::Arc;

use crate::{Filter, Millis, RequestRule, Surface};

/// What is done with the answers to some searches for some time: items pinned, boosted, buried or hidden, a filter, a
/// redirect, banners.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Curation {
    /// What people call it.
    pub name: Arc<str>,
    /// Which searches it is about.
    pub when: CurationCondition,
    /// What it does to items.
    pub rules: Vec<RequestRule>,
    /// What alone may be shown; `None` for everything.
    pub filter: Option<Filter>,
    /// Where the shopper is sent instead of to a list.
    pub redirect: Option<Arc<str>>,
    /// What is told beside the results.
    pub banners: Vec<Banner>,
    /// From when on it is in force; `None` from the beginning.
    pub from: Option<Millis>,
    /// Until when, itself outside; `None` for ever.
    pub until: Option<Millis>,
}

/// Which searches a curation is about: each kind of condition that is given must be met, and of one kind any suffices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CurationCondition {
    /// What is typed; empty for anything.
    pub queries: Vec<QueryPattern>,
    /// Where in the shop; empty for anywhere.
    pub surfaces: Vec<Surface>,
    /// The shop's own segments of shoppers; empty for everybody.
    pub segments: Vec<Arc<str>>,
}

/// What a query must look like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryPattern {
    /// How it is compared.
    pub how: QueryMatch,
    /// With what.
    pub text: Arc<str>,
}

/// How a query is compared with a pattern: by whole words where blanks part words, by characters in scripts without blanks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueryMatch {
    /// The query is the pattern; an empty pattern is browsing.
    Is,
    /// It begins with it.
    StartsWith,
    /// It ends with it.
    EndsWith,
    /// The pattern is somewhere in it.
    Contains,
}

/// Something told beside the results.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Banner {
    /// Its heading.
    pub title: Arc<str>,
    /// A few words.
    pub text: Option<Arc<str>>,
    /// Address of a picture.
    pub image: Option<Arc<str>>,
    /// Where it leads.
    pub link: Option<Arc<str>>,
}

/// Which of a shop's curations have a say in an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Curations {
    /// Those that are published, while their time is.
    #[default]
    Live,
    /// None.
    Off,
    /// Those that are published, and of these ids the draft, where there is one, whatever its time.
    Preview(Vec<Arc<str>>),
}

/// What curations made of an answer, beside moving items.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Curated {
    /// Ids of those that had a say, in the order in which they had it.
    pub by: Vec<Arc<str>>,
    /// Where the shopper is to be sent.
    pub redirect: Option<Arc<str>>,
    /// What is to be told beside the results.
    pub banners: Vec<Banner>,
}

impl Curation {
    /// Whether its time has come and not passed.
    pub fn is_in_time(&self, now: Millis) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

impl QueryMatch {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Is, Self::StartsWith, Self::EndsWith, Self::Contains];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::StartsWith => "starts-with",
            Self::EndsWith => "ends-with",
            Self::Contains => "contains",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.name() == name)
    }

    /// Whether a query is met by a pattern, both folded in the same way, with single blanks between words.
    ///
    /// ```
    /// use types::QueryMatch;
    ///
    /// assert!(QueryMatch::Contains.is_met("shoe", "red shoe sale") && !QueryMatch::Contains.is_met("shoe", "shoes"));
    /// assert!(QueryMatch::Contains.is_met("羽绒", "轻薄羽绒服") && QueryMatch::Contains.is_met("nike", "nike跑鞋"));
    /// ```
    pub fn is_met(self, pattern: &str, query: &str) -> bool {
        match self {
            Self::Is => pattern.split_whitespace().eq(query.split_whitespace()),
            Self::StartsWith => query.starts_with(pattern) && is_apart(query, 0, pattern),
            Self::EndsWith => query.ends_with(pattern) && is_apart(query, query.len() - pattern.len(), pattern),
            Self::Contains => query.match_indices(pattern).any(|(at, _)| is_apart(query, at, pattern)),
        }
    }
}

/// Whether a text that stands at a byte of a query is made of whole words there; of scripts without blanks every character is
/// one.
///
/// # Panics
/// Where the text does not stand there.
pub fn is_apart(query: &str, at: usize, text: &str) -> bool {
    let joins = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(left), Some(right)) => {
            !(left.is_whitespace() || right.is_whitespace() || is_without_blanks(left) || is_without_blanks(right))
        }
        _ => false,
    };
    let end = at + text.len();
    !joins(query[..at].chars().next_back(), text.chars().next())
        && !joins(text.chars().next_back(), query[end..].chars().next())
}

/// Whether a character is of a script whose words no blanks part.
pub fn is_without_blanks(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{E00}'..='\u{E7F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_met_by_whole_words_and_by_characters_where_no_blanks_are() {
        let met = |how: QueryMatch, pattern: &str, queries: &[&str]| -> Vec<bool> {
            queries.iter().map(|query| how.is_met(pattern, query)).collect()
        };
        assert_eq!(met(QueryMatch::Is, "red  shoe", &["red shoe", "red shoes", "a red shoe"]), [true, false, false]);
        assert_eq!(met(QueryMatch::Is, "", &["", " ", "x"]), [true, true, false]);
        assert_eq!(met(QueryMatch::StartsWith, "red", &["red shoe", "redder shoe", "red"]), [true, false, true]);
        assert_eq!(met(QueryMatch::EndsWith, "shoe", &["red shoe", "horseshoe"]), [true, false]);
        assert_eq!(met(QueryMatch::Contains, "", &["", "x"]), [true, true]);
        assert_eq!(met(QueryMatch::EndsWith, "鞋", &["跑步鞋", "鞋子"]), [true, false]);
        assert_eq!(met(QueryMatch::Is, "羽绒服", &["羽绒服", "男羽绒服"]), [true, false]);
        // Where two scripts meet, no blank is needed.
        assert_eq!(
            met(QueryMatch::Contains, "iphone", &["iphone手机壳", "黑色iphone", "iphones"]),
            [true, true, false]
        );
        assert_eq!(met(QueryMatch::StartsWith, "nike", &["nike跑鞋", "nikes"]), [true, false]);
        assert_eq!(met(QueryMatch::Contains, "红 shoe", &["红 shoe", "红 shoes"]), [true, false]);
    }

    #[test]
    fn the_end_of_a_curation_is_outside_it() {
        let curation = Curation { from: Some(Millis(10)), until: Some(Millis(20)), ..Curation::default() };
        assert_eq!([9, 10, 19, 20].map(|now| curation.is_in_time(Millis(now))), [false, true, true, false]);
        assert!(Curation::default().is_in_time(Millis(0)));
    }
}
