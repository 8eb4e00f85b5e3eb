//! What a cart costs, by the catalogue of now.

use formats::feeds::minor_units;
use types::{Currency, Item, Money, Value, well_known};

use super::{Cart, CartLine};
use crate::{Result, Shop};

/// A cart with what it costs just now.
#[derive(Clone, Debug)]
pub struct PricedCart {
    /// The cart.
    pub cart: Cart,
    /// Its lines, in their order.
    pub lines: Vec<PricedLine>,
    /// The currency of all amounts, that of the first line that has a price; `None` where none has.
    pub currency: Option<Currency>,
    /// What the lines that can be bought cost together, in the currency's smallest unit.
    pub total: i64,
}

/// A line with what it costs just now.
#[derive(Clone, Debug)]
pub struct PricedLine {
    /// The line.
    pub line: CartLine,
    /// The item; `None` where the shop no longer has it.
    pub item: Option<Item>,
    /// The price of one piece, in the smallest unit of the cart's currency.
    pub price: i64,
    /// What counts towards the cart's total: nothing where the line cannot be bought.
    pub total: i64,
    /// What the shopper has to know.
    pub trouble: Option<CartTrouble>,
}

/// Why a line cannot be bought as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CartTrouble {
    /// The shop no longer has the item.
    Gone,
    /// It is sold out.
    OutOfStock,
    /// There are only so many pieces.
    TooFew(u32),
    /// It has no price.
    NoPrice,
    /// Its price is in another currency than the lines before it.
    OtherCurrency,
}

impl Shop {
    /// What a cart costs by the catalogue of now, and which of its lines cannot be bought.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn price_cart(&self, cart: Cart) -> Result<PricedCart> {
        let (mut lines, mut currency, mut total) = (Vec::with_capacity(cart.lines.len()), None, 0i64);
        for line in &cart.lines {
            let item = self.item(&line.item)?;
            let money = item.as_ref().and_then(price);
            currency = currency.or(money.map(|money| money.currency));
            let line =
                priced(line.clone(), item, money.filter(|money| Some(money.currency) == currency), money.is_some());
            total = total.saturating_add(line.total);
            lines.push(line);
        }
        Ok(PricedCart { cart, lines, currency, total })
    }
}

/// A line with `money` a piece, which is `None` where its price is in another currency than the cart's.
fn priced(line: CartLine, item: Option<Item>, money: Option<Money>, has_price: bool) -> PricedLine {
    let trouble = match (&item, money) {
        (None, _) => Some(CartTrouble::Gone),
        (Some(item), _) if !item.is_buyable() => Some(CartTrouble::OutOfStock),
        (Some(_), None) if has_price => Some(CartTrouble::OtherCurrency),
        (Some(_), None) => Some(CartTrouble::NoPrice),
        (Some(item), Some(_)) => item.stock.filter(|stock| *stock < line.quantity).map(CartTrouble::TooFew),
    };
    let price = money.map_or(0, minor_units);
    // A line of which there are too few is counted as it stands: how many of it are bought is the shopper's to say.
    let counts = matches!(trouble, None | Some(CartTrouble::TooFew(_)));
    let total = if counts { price.saturating_mul(i64::from(line.quantity)) } else { 0 };
    PricedLine { line, item, price, total, trouble }
}

fn price(item: &Item) -> Option<Money> {
    match item.get(well_known::PRICE)? {
        Value::Money(money) => Some(*money),
        _ => None,
    }
}
