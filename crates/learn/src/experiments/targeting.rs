use std::sync::Arc;

use types::Surface;

/// Whom of the shop's visitors an experiment is about. An empty list lets everybody in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Target {
    /// Places in the shop.
    pub surfaces: Vec<Surface>,
    /// Codes of languages (`en`, `zh`).
    pub languages: Vec<Arc<str>>,
    /// Segments that the shop names in its requests.
    pub segments: Vec<Arc<str>>,
    /// New or returning visitors alone.
    pub visitors: Option<Visitors>,
}

/// Whether somebody was here before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visitors {
    /// Nothing is known of them.
    New,
    /// They were here before.
    Returning,
}

impl Visitors {
    /// The stable name: `new` or `returning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Returning => "returning",
        }
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::New, Self::Returning].into_iter().find(|visitors| visitors.name() == name)
    }
}

/// What is known of a request, for targeting and for reports by segment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// Where in the shop.
    pub surface: Option<Surface>,
    /// Code of the language.
    pub language: Option<Arc<str>>,
    /// The shop's own segment.
    pub segment: Option<Arc<str>>,
    /// New or returning.
    pub visitors: Option<Visitors>,
}

impl Target {
    /// Whether a request is in the target. What is not known of it does not meet a condition.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        fn listed<T: PartialEq>(wanted: &[T], known: Option<&T>) -> bool {
            wanted.is_empty() || known.is_some_and(|known| wanted.contains(known))
        }
        listed(&self.surfaces, attributes.surface.as_ref())
            && listed(&self.languages, attributes.language.as_ref())
            && listed(&self.segments, attributes.segment.as_ref())
            && (self.visitors.is_none() || self.visitors == attributes.visitors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_by_and_and_the_unknown_meets_none() {
        let everybody = Target::default();
        assert!(everybody.matches(&Attributes::default()));
        let some = Target {
            surfaces: vec![Surface::Search, Surface::Home],
            languages: vec![Arc::from("zh")],
            segments: vec![],
            visitors: Some(Visitors::Returning),
        };
        let fits = Attributes {
            surface: Some(Surface::Home),
            language: Some(Arc::from("zh")),
            segment: Some(Arc::from("vip")),
            visitors: Some(Visitors::Returning),
        };
        assert!(some.matches(&fits));
        assert!(!some.matches(&Attributes { surface: Some(Surface::Cart), ..fits.clone() }));
        assert!(!some.matches(&Attributes { language: None, ..fits.clone() }));
        assert!(!some.matches(&Attributes { visitors: Some(Visitors::New), ..fits }));
    }
}
