use std::sync::Arc;

use crate::{Item, Value, well_known};

/// A condition on items: the tree behind a filter expression such as
/// `brand = "Sony" and price < 200 and not category under "Toys"`.
///
/// [`Filter::matches`] is the meaning; the index answers the same question faster.
#[derive(Clone, PartialEq, Debug)]
pub enum Filter {
    /// All hold; true where there are none.
    And(Vec<Filter>),
    /// At least one holds; false where there are none.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// The attribute compares with a literal; with several values, one of them does.
    Compare {
        /// The attribute.
        attribute: Arc<str>,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Literal,
    },
    /// The attribute has one of these values.
    In {
        /// The attribute.
        attribute: Arc<str>,
        /// The values.
        values: Vec<Literal>,
    },
    /// The attribute has a value.
    Exists {
        /// The attribute.
        attribute: Arc<str>,
    },
    /// One of the attribute's categories lies at or below this path.
    Under {
        /// The attribute.
        attribute: Arc<str>,
        /// The path from the root.
        path: Vec<Arc<str>>,
    },
    /// The place that two attributes tell lies in a polygon; see [`crate::is_inside`].
    Inside {
        /// Attribute with degrees north.
        latitude: Arc<str>,
        /// Attribute with degrees east.
        longitude: Arc<str>,
        /// The polygon's corners, degrees north and east.
        corners: Vec<(f64, f64)>,
    },
}

/// How an attribute compares with a literal. Only `=` and `!=` suit words; numbers, money (in units), times (ms since
/// 1970) and booleans take all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`: has no value equal to the literal (items without the attribute match).
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `left` stands so to `right`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A constant in a filter.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// A word; compares with keywords, and with a category's path joined by ` > `.
    Text(Arc<str>),
    /// A finite number; compares with numbers, money and times.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
}

impl Filter {
    /// Whether `item` meets the condition. This is the definition; it needs no index.
    pub fn matches(&self, item: &Item) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(item)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(item)),
            Self::Not(part) => !part.matches(item),
            Self::Compare { attribute, comparison: Comparison::NotEqual, value } => {
                !compares(item, attribute, Comparison::Equal, value)
            }
            Self::Compare { attribute, comparison, value } => compares(item, attribute, *comparison, value),
            Self::In { attribute, values } => {
                values.iter().any(|value| compares(item, attribute, Comparison::Equal, value))
            }
            Self::Exists { attribute } => exists(item, attribute),
            Self::Under { attribute, path } => item.categories(attribute).iter().any(|own| own.starts_with(path)),
            Self::Inside { latitude, longitude, corners } => {
                let degrees = |name: &str| item.get(name).and_then(Value::as_number).unwrap_or(f64::NAN);
                crate::is_inside(corners, degrees(latitude), degrees(longitude))
            }
        }
    }

    /// The same condition without the conditions on `attribute` among its top-level conjuncts: what a disjunctive
    /// facet is counted over. `None` where nothing is left.
    pub fn without(&self, attribute: &str) -> Option<Filter> {
        match self {
            Self::And(parts) => {
                let mut rest: Vec<Filter> = parts.iter().filter_map(|part| part.without(attribute)).collect();
                if rest.len() > 1 { Some(Self::And(rest)) } else { rest.pop() }
            }
            other => (!other.is_only_on(attribute)).then(|| other.clone()),
        }
    }

    /// The names of all attributes the condition reads, each once.
    pub fn attributes(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        self.visit_attributes(&mut |name| names.push(Arc::clone(name)));
        names.sort();
        names.dedup();
        names
    }

    fn is_only_on(&self, attribute: &str) -> bool {
        let mut only = true;
        self.visit_attributes(&mut |name| only &= &**name == attribute);
        only
    }

    fn visit_attributes(&self, visit: &mut dyn FnMut(&Arc<str>)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit_attributes(visit)),
            Self::Not(part) => part.visit_attributes(visit),
            Self::Compare { attribute, .. }
            | Self::In { attribute, .. }
            | Self::Exists { attribute }
            | Self::Under { attribute, .. } => visit(attribute),
            Self::Inside { latitude, longitude, .. } => [latitude, longitude].into_iter().for_each(visit),
        }
    }
}

fn exists(item: &Item, attribute: &str) -> bool {
    match attribute {
        well_known::ID | well_known::AVAILABLE => true,
        well_known::STOCK => item.stock.is_some(),
        well_known::GROUP => item.group.is_some(),
        _ => item.get(attribute).is_some(),
    }
}

fn compares(item: &Item, attribute: &str, comparison: Comparison, literal: &Literal) -> bool {
    let number = |own: Option<f64>| match (own, literal) {
        (Some(own), Literal::Number(wanted)) => comparison.holds(own, *wanted),
        (Some(own), Literal::Boolean(wanted)) => comparison.holds(own, f64::from(u8::from(*wanted))),
        _ => false,
    };
    let word =
        |own: &str| matches!(literal, Literal::Text(wanted) if comparison == Comparison::Equal && **wanted == *own);
    match attribute {
        well_known::ID => word(item.id.as_str()),
        well_known::GROUP => item.group.as_ref().is_some_and(|group| word(group.as_str())),
        well_known::AVAILABLE => number(Some(f64::from(u8::from(item.available)))),
        well_known::STOCK => number(item.stock.map(f64::from)),
        _ => match item.get(attribute) {
            Some(Value::Keywords(words)) => words.iter().any(|own| word(own)),
            Some(Value::Categories(paths)) => paths.iter().any(|path| word(&path.join(" > "))),
            Some(Value::Text(_) | Value::Image(_)) | None => false,
            Some(value @ (Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_))) => {
                number(value.as_number())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemId;

    fn equal(attribute: &str, word: &str) -> Filter {
        let value = Literal::Text(Arc::from(word));
        Filter::Compare { attribute: Arc::from(attribute), comparison: Comparison::Equal, value }
    }

    #[test]
    fn lifting_an_attribute_keeps_the_other_conditions() {
        let filter = Filter::And(vec![equal("brand", "Sony"), equal("colour", "黑")]);
        assert_eq!(filter.without("brand"), Some(equal("colour", "黑")));
        assert_eq!(equal("brand", "Sony").without("brand"), None);
        let either = Filter::Or(vec![equal("brand", "Sony"), equal("brand", "LG")]);
        assert_eq!(either.without("brand"), None);
    }

    #[test]
    fn not_equal_matches_what_lacks_the_attribute() {
        let item = Item::new(ItemId::new("a").unwrap());
        let value = Literal::Text(Arc::from("Sony"));
        let differs = Filter::Compare { attribute: Arc::from("brand"), comparison: Comparison::NotEqual, value };
        assert!(differs.matches(&item) && !equal("brand", "Sony").matches(&item));
    }
}
