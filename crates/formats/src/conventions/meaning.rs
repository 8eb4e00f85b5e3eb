//! What the names of others' events mean.

use types::FieldError;

use crate::json::kind_from_text;
use crate::mapping::{Mapping, comparable, kind_of_word};

/// What an event of some name becomes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// An interaction of this native type.
    Kind(String),
    /// Items shown in a list.
    Impression,
    /// Nothing, for this reason.
    Skip(String),
}

impl Meaning {
    /// What it is called in mappings.
    pub fn name(&self) -> &str {
        match self {
            Self::Kind(kind) => kind,
            Self::Impression => IMPRESSION,
            Self::Skip(_) => SKIP,
        }
    }
}

pub(super) const IMPRESSION: &str = "impression";
const SKIP: &str = "skip";
/// A kind of ours that no built-in kind says: it lowers the item by [`REMOVED_WEIGHT`].
pub(super) const REMOVED: &str = "custom:remove-from-cart";
/// Weight of taking an item out of the cart: it takes back part of what putting it in said, not all.
pub(super) const REMOVED_WEIGHT: f64 = -1.0;

/// Names of events, as [`comparable`] writes them, with what they mean. The e-commerce names of Segment (RudderStack and
/// PostHog have the same), GA4, Google Retail, OpenSearch UBI and Snowplow.
const NAMES: [(&str, &str); 45] = [
    ("productssearched", "search"),
    ("search", "search"),
    ("onsearch", "search"),
    ("viewsearchresults", "search"),
    ("productlistviewed", IMPRESSION),
    ("viewitemlist", IMPRESSION),
    ("listview", IMPRESSION),
    ("categorypageview", IMPRESSION),
    ("impression", IMPRESSION),
    ("productclicked", "click"),
    ("selectitem", "click"),
    ("listclick", "click"),
    ("click", "click"),
    ("productviewed", "view"),
    ("viewitem", "view"),
    ("productview", "view"),
    ("detailpageview", "view"),
    ("view", "view"),
    ("watch", "view"),
    ("read", "view"),
    ("productadded", "add-to-cart"),
    ("addtocart", "add-to-cart"),
    ("productremoved", REMOVED),
    ("removefromcart", REMOVED),
    ("productaddedtowishlist", "like"),
    ("wishlistproductaddedtocart", "add-to-cart"),
    ("addtowishlist", "like"),
    ("addtofavorites", "like"),
    ("star", "like"),
    ("ordercompleted", "purchase"),
    ("purchase", "purchase"),
    ("purchasecomplete", "purchase"),
    ("transaction", "purchase"),
    ("transactionitem", "purchase"),
    ("orderrefunded", "refund"),
    ("ordercancelled", "refund"),
    ("refund", "refund"),
    ("productreviewed", "review"),
    ("productshared", "custom:share"),
    ("加入购物车", "add-to-cart"),
    ("移出购物车", REMOVED),
    ("下单", "purchase"),
    ("退货", "refund"),
    ("退款", "refund"),
    ("曝光", IMPRESSION),
];

const UNKNOWN: &str = "no event of this name is known; a mapping can say under `events` what it means";
const NO_ITEM: &str = "it names no item";
const CHECKOUT: &str = "steps to the checkout say nothing that the cart and the purchase do not";
const CART_SEEN: &str = "what lies in the cart was told when it was put in";
const OTHER: &str = "promotions, coupons and payments are not about items";
const PEOPLE: &str = "who somebody is, is told by events that name both the guest and the user";

/// Names of events that are known to have no counterpart, with the reason.
const SKIPPED: [(&str, &str); 42] = [
    ("page", NO_ITEM),
    ("screen", NO_ITEM),
    ("pageview", NO_ITEM),
    ("screenview", NO_ITEM),
    ("pageping", NO_ITEM),
    ("homepageview", NO_ITEM),
    ("sessionstart", NO_ITEM),
    ("firstvisit", NO_ITEM),
    ("firstopen", NO_ITEM),
    ("userengagement", NO_ITEM),
    ("scroll", NO_ITEM),
    ("formstart", NO_ITEM),
    ("formsubmit", NO_ITEM),
    ("linkclick", NO_ITEM),
    ("productlistfiltered", "filters are not learnt from"),
    ("identify", PEOPLE),
    ("alias", PEOPLE),
    ("group", PEOPLE),
    ("login", PEOPLE),
    ("signup", PEOPLE),
    ("cartviewed", CART_SEEN),
    ("viewcart", CART_SEEN),
    ("shoppingcartpageview", CART_SEEN),
    ("cartshared", CART_SEEN),
    ("checkoutstarted", CHECKOUT),
    ("begincheckout", CHECKOUT),
    ("checkoutstep", CHECKOUT),
    ("checkoutstepviewed", CHECKOUT),
    ("checkoutstepcompleted", CHECKOUT),
    ("paymentinfoentered", CHECKOUT),
    ("addpaymentinfo", CHECKOUT),
    ("addshippinginfo", CHECKOUT),
    ("orderupdated", "an order counts when it is completed, and when it is refunded"),
    ("promotionviewed", OTHER),
    ("promotionclicked", OTHER),
    ("viewpromotion", OTHER),
    ("selectpromotion", OTHER),
    ("promoview", OTHER),
    ("promoclick", OTHER),
    ("promotionoffered", OTHER),
    ("couponapplied", OTHER),
    ("experimentviewed", "experiments of others are not evaluated here"),
];

/// What an event of this name means: what the mapping says, else what is known of the name.
pub(super) fn meaning(name: &str, mapping: &Mapping) -> Meaning {
    let name_comparable = comparable(name);
    let said = mapping.events.get(name);
    let alike = || mapping.events.iter().find(|(own, _)| comparable(own) == name_comparable);
    let said = said.or_else(|| alike().map(|(_, meaning)| meaning));
    if let Some(meaning) = said {
        return meaning.clone();
    }
    let of = |table: &[(&str, &'static str)]| {
        table.iter().find(|(known, _)| *known == name_comparable).map(|(_, meant)| *meant)
    };
    if let Some(reason) = of(&SKIPPED) {
        return Meaning::Skip(reason.to_owned());
    }
    let meant = of(&NAMES).or_else(|| kind_of_word(name)).unwrap_or(name);
    of_word(meant).unwrap_or_else(|| Meaning::Skip(UNKNOWN.to_owned()))
}

/// What a word in a mapping means: a native type, a common word for one, `impression` or `skip`.
pub(crate) fn parse(word: &str) -> Result<Meaning, FieldError> {
    let meant = kind_of_word(word).unwrap_or(word);
    of_word(meant).ok_or_else(|| {
        let known: Vec<&str> = types::InteractionKind::BUILT_IN.iter().map(types::InteractionKind::name).collect();
        let expected = format!("one of {}, impression, skip, or `custom:` and a name", known.join(", "));
        FieldError::new("event_type_unknown", "", expected, word)
    })
}

fn of_word(word: &str) -> Option<Meaning> {
    match word {
        IMPRESSION => Some(Meaning::Impression),
        SKIP => Some(Meaning::Skip("the mapping says so".to_owned())),
        word => kind_from_text(word).map(|kind| Meaning::Kind(crate::json::kind_to_text(&kind))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_comparable_and_mean_something() {
        for (name, word) in NAMES {
            assert!(comparable(name) == name && of_word(word).is_some(), "{name} {word}");
        }
        for (name, _) in SKIPPED {
            assert!(comparable(name) == name && NAMES.iter().all(|(known, _)| *known != name), "{name}");
        }
    }
}
