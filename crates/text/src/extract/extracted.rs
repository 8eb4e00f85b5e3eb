use std::fmt;
use std::sync::Arc;

/// A value read from a text.
#[derive(Clone, PartialEq, Debug)]
pub struct Extracted {
    /// The attribute.
    pub attribute: Arc<str>,
    /// The value as the catalogue writes it where it has it, else as it stands in the text.
    pub value: String,
    /// The bytes of the text.
    pub span: (usize, usize),
    /// How likely it is right, 0 to 1.
    pub confidence: f32,
    /// What speaks for it.
    pub source: Source,
}

/// What a reading rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Of so many texts with these words, so many have them as this value.
    Words {
        /// Texts with the words.
        seen: u32,
        /// Of those, with the value.
        agreeing: u32,
    },
    /// The same of texts with other numbers in their place.
    Shape {
        /// Texts with words of this shape.
        seen: u32,
        /// Of those, with a value of this shape.
        agreeing: u32,
    },
    /// Texts of the category begin with this attribute.
    Position,
    /// A tagger learnt from the catalogue's texts reads it from the words around.
    Context,
    /// A compiled-in table knows the word in some language.
    Table,
    /// It is a number with a unit, or looks like an article number.
    Pattern,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words { seen, agreeing } => write!(f, "of {seen} texts with these words, {agreeing} have this value"),
            Self::Shape { seen, agreeing } => {
                write!(f, "of {seen} texts with words like these, {agreeing} have such a value")
            }
            Self::Position => f.write_str("texts of the category begin with it"),
            Self::Context => f.write_str("the words around it, as in texts of the catalogue"),
            Self::Table => f.write_str("a known word for it"),
            Self::Pattern => f.write_str("its form"),
        }
    }
}
