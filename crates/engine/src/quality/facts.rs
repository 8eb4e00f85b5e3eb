//! What of an item is checked.

use std::borrow::Cow;

use text::quality::{ItemFacts, PRESENT};
use text::{Bound, Dimension, QuantityKind};
use types::well_known::{PRICE, RATING, RATING_COUNT, TITLE};
use types::{Currency, Item, Language, Value};

/// Reads items of one shop.
pub(super) struct Reader {
    /// Prices in others are not compared.
    pub(super) currency: Option<Currency>,
    /// The attribute that holds the categories.
    pub(super) category: Option<std::sync::Arc<str>>,
}

impl Reader {
    pub(super) fn facts<'a>(&self, item: &'a Item) -> ItemFacts<'a> {
        let title = item.text(TITLE).map_or("", |texts| texts.best(Language::Other));
        let mut facts = ItemFacts { title, ..ItemFacts::default() };
        if let Some(path) = self.category.iter().flat_map(|name| item.categories(name)).next() {
            facts.category = path.iter().map(|part| &**part).collect();
        }
        facts.price = match item.get(PRICE) {
            Some(Value::Money(money)) if Some(money.currency) == self.currency => Some(money.amount()),
            _ => None,
        };
        let own = |name: &str| name != TITLE && name != PRICE && Some(name) != self.category.as_deref();
        for (name, value) in item.attributes.iter().filter(|(name, _)| own(name)) {
            read_value(name, value, &mut facts);
        }
        measures(TITLE, title, &mut facts);
        facts
    }
}

fn read_value<'a>(name: &'a str, value: &'a Value, facts: &mut ItemFacts<'a>) {
    match value {
        Value::Keywords(words) => {
            facts.attributes.extend(words.iter().map(|word| (name, Cow::Borrowed(&**word))));
            if let [word] = &words[..] {
                measures(name, word, facts);
            }
        }
        Value::Number(number) if name != RATING && name != RATING_COUNT => {
            facts.attributes.push((name, Cow::Owned(number.to_string())));
            facts.measures.push((Cow::Borrowed(name), *number));
        }
        Value::Boolean(yes) => facts.attributes.push((name, Cow::Borrowed(if *yes { "true" } else { "false" }))),
        // Prose, pictures and moments differ between two rows of the same product, too.
        _ => facts.attributes.push((name, Cow::Borrowed(PRESENT))),
    }
}

/// Amounts that a text names, where it names one of a kind. Of a title only contents and weights: its lengths are those of
/// any part, and `10 M` may be a size.
fn measures<'a>(name: &'a str, text: &str, facts: &mut ItemFacts<'a>) {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let mut found: Vec<(Dimension, f64)> = Vec::new();
    let mut several: Vec<Dimension> = Vec::new();
    for quantity in text::quantities(text) {
        let (QuantityKind::Measure(dimension), Bound::Exact, Some(amount)) =
            (&quantity.kind, quantity.bound, quantity.max)
        else {
            continue;
        };
        let counts = match dimension {
            Dimension::Length => name != TITLE,
            Dimension::Volume | Dimension::Mass => name != TITLE || has_long_unit(text, quantity.span),
            _ => false,
        };
        if found.iter().any(|(known, _)| known == dimension) {
            several.push(*dimension);
        } else if counts {
            found.push((*dimension, amount));
        }
    }
    for (dimension, amount) in found.into_iter().filter(|(dimension, _)| !several.contains(dimension)) {
        facts.measures.push((Cow::Owned(format!("{name} ({})", dimension.base())), amount));
    }
}

/// Whether the unit is more than one Latin letter.
fn has_long_unit(text: &str, span: (usize, usize)) -> bool {
    let words = text.get(span.0..span.1).unwrap_or_default();
    let letters: Vec<char> = words.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() > 1 || letters.iter().any(|letter| !letter.is_ascii())
}
