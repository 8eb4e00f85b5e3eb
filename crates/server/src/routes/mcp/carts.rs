//! Carts, by the binding of 2026-04-08: all lines are sent with each change.

use engine::{CART_LINES_MAX, CART_QUANTITY_MAX, Cart, CartLine, CartTrouble, PricedCart, PricedLine};
use serde_json::{Value, json};
use types::{ItemId, well_known};

use super::{Tools, meta, object, ucp, wrong};
use crate::error::{ApiError, ApiResult};
use crate::keys::random_hex;

/// Random bytes of a cart's id: who knows it may read and change the cart.
const ID_BYTES: usize = 16;

pub(super) fn create_arguments() -> Value {
    object(&json!({ "meta": meta(), "cart": lines_arguments() }), &["cart"])
}

pub(super) fn update_arguments() -> Value {
    object(&json!({ "meta": meta(), "id": { "type": "string" }, "cart": lines_arguments() }), &["id", "cart"])
}

pub(super) fn one_arguments() -> Value {
    object(&json!({ "meta": meta(), "id": { "type": "string" } }), &["id"])
}

fn lines_arguments() -> Value {
    let id = json!({ "type": "string", "description": "The id of a variant." });
    let quantity = json!({ "type": "integer", "minimum": 1, "maximum": CART_QUANTITY_MAX });
    let line =
        object(&json!({ "item": object(&json!({ "id": id }), &["id"]), "quantity": quantity }), &["item", "quantity"]);
    let lines = json!({ "type": "array", "items": line, "maxItems": CART_LINES_MAX });
    object(&json!({ "line_items": lines }), &["line_items"])
}

impl Tools {
    pub(super) fn create_cart(&self, arguments: &Value) -> ApiResult<Value> {
        let lines = lines(arguments)?;
        self.answered(self.shop.create_cart(&random_hex(ID_BYTES), lines))
    }

    pub(super) fn cart(&self, arguments: &Value) -> ApiResult<Value> {
        self.answered(self.shop.cart(id(arguments)?))
    }

    pub(super) fn update_cart(&self, arguments: &Value) -> ApiResult<Value> {
        let id = id(arguments)?;
        self.answered(self.shop.update_cart(id, lines(arguments)?))
    }

    pub(super) fn cancel_cart(&self, arguments: &Value) -> ApiResult<Value> {
        let mut document = self.answered(self.shop.cancel_cart(id(arguments)?))?;
        if let Some(document) = document.as_object_mut() {
            document.remove("expires_at");
        }
        Ok(document)
    }

    fn answered(&self, cart: engine::Result<Cart>) -> ApiResult<Value> {
        let cart = cart.map_err(|error| match error {
            engine::Error::Field(field) => ApiError::from(field.within("cart")),
            other => other.into(),
        })?;
        Ok(document(&self.shop.price_cart(cart)?))
    }
}

fn id(arguments: &Value) -> ApiResult<&str> {
    let id = &arguments["id"];
    Ok(id.as_str().ok_or_else(|| wrong("id", "the id of a cart", id))?)
}

fn lines(arguments: &Value) -> ApiResult<Vec<CartLine>> {
    let lines = &arguments["cart"]["line_items"];
    let list = lines.as_array().ok_or_else(|| wrong("cart.line_items", "an array of lines", lines))?;
    let read = |(at, line): (usize, &Value)| {
        let (id, quantity) = (&line["item"]["id"], &line["quantity"]);
        let field = |name: &str| format!("cart.line_items[{at}].{name}");
        let name = id.as_str().ok_or_else(|| wrong(&field("item.id"), "the id of a variant", id))?;
        let item = ItemId::new(name).map_err(|_| wrong(&field("item.id"), "the id of a variant", id))?;
        let pieces = quantity.as_u64().and_then(|pieces| u32::try_from(pieces).ok());
        let expected = || wrong(&field("quantity"), &format!("1 to {CART_QUANTITY_MAX}"), quantity);
        Ok(CartLine { item, quantity: pieces.ok_or_else(expected)? })
    };
    list.iter().enumerate().map(read).collect()
}

fn document(cart: &PricedCart) -> Value {
    let lines: Vec<Value> = cart.lines.iter().map(line).collect();
    let told = cart.lines.iter().enumerate().filter_map(|(at, line)| message(at, line));
    let messages: Vec<Value> = told.collect();
    let mut document = json!({
        "ucp": ucp(),
        "id": cart.cart.id,
        "line_items": lines,
        "totals": totals(cart.total),
        "messages": messages,
        "expires_at": formats::json::time_to_json(cart.cart.expires()),
    });
    // An empty cart has no currency to be in: each item says its own.
    if let Some(currency) = cart.currency {
        document["currency"] = Value::from(currency.as_str());
    }
    document
}

fn line(line: &PricedLine) -> Value {
    let id = line.line.item.as_str();
    let title = line.item.as_ref().map_or(id, |item| item.title());
    let mut item = json!({ "id": id, "title": title, "price": line.price });
    if let Some(types::Value::Image(url)) = line.item.as_ref().and_then(|item| item.get(well_known::IMAGE)) {
        item["image_url"] = Value::from(&**url);
    }
    json!({ "id": id, "item": item, "quantity": line.line.quantity, "totals": totals(line.total) })
}

/// Taxes and delivery are the shop's own to say, at its checkout.
fn totals(amount: i64) -> Value {
    json!([{ "type": "subtotal", "amount": amount }, { "type": "total", "amount": amount }])
}

fn message(at: usize, line: &PricedLine) -> Option<Value> {
    let title = line.item.as_ref().map_or(line.line.item.as_str(), |item| item.title());
    let (code, content) = match line.trouble? {
        CartTrouble::Gone => ("item_unavailable", format!("The shop no longer has {title}; it is not counted.")),
        CartTrouble::OutOfStock => ("out_of_stock", format!("{title} is out of stock; it is not counted.")),
        CartTrouble::TooFew(stock) => ("insufficient_stock", format!("Only {stock} of {title} are in stock.")),
        CartTrouble::NoPrice => ("item_unavailable", format!("{title} has no price; it is not counted.")),
        CartTrouble::OtherCurrency => (
            "currency_mismatch",
            format!("{title} is sold in another currency than what comes before it; it is not counted."),
        ),
    };
    let path = format!("$.line_items[{at}]");
    Some(json!({ "type": "warning", "code": code, "path": path, "content": content }))
}
