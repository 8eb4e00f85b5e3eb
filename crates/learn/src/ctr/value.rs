use super::{CtrError, Prediction};

/// What outcomes are worth to a shop, all in its money: folds chances into one score to rank by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Value {
    /// Worth of a click.
    pub click: f32,
    /// Worth of a cart.
    pub cart: f32,
    /// Worth of a purchase, whatever was bought.
    pub purchase: f32,
    /// Cost of a return: carriage and handling.
    pub return_cost: f32,
    /// How much of an item's margin counts, 0 to not count it, 1 in full.
    pub margin: f32,
}

impl Value {
    /// Refuses weights that are below 0 or no numbers.
    ///
    /// # Errors
    /// [`CtrError::Setting`] that names the weight.
    pub fn check(&self) -> Result<(), CtrError> {
        let weights = [
            ("click", self.click),
            ("cart", self.cart),
            ("purchase", self.purchase),
            ("return_cost", self.return_cost),
            ("margin", self.margin),
        ];
        let wrong = weights.into_iter().find(|(_, weight)| !(0.0..=1e9).contains(weight));
        wrong.map_or(Ok(()), |(name, weight)| {
            Err(CtrError::Setting { name, expected: "0 to 10^9", got: weight.to_string() })
        })
    }

    /// What showing an item is expected to bring, its margin being so much money (price less cost, below 0 for a loss):
    ///
    /// click P(click) + cart P(cart) + purchase P(purchase) + margin M (P(purchase) - P(return)) - return_cost P(return)
    ///
    /// What comes back earns no margin. The chances are those of all that is shown, not conditional ones.
    pub fn of(&self, chances: Prediction, margin: f32) -> f32 {
        self.click * chances.click
            + self.cart * chances.cart
            + self.purchase * chances.purchase
            + self.margin * margin * (chances.purchase - chances.returned)
            - self.return_cost * chances.returned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let value = Value { click: 0.01, cart: 0.1, purchase: 1.0, return_cost: 4.0, margin: 0.5 };
        let chances = Prediction { click: 0.5, cart: 0.25, purchase: 0.125, returned: 0.0625 };
        let expected = 0.005 + 0.025 + 0.125 + 0.5 * 8.0 * 0.0625 - 0.25;
        assert!((value.of(chances, 8.0) - expected).abs() < 1e-6);
        assert!(value.check().is_ok());
        let wrong = Value { cart: f32::NAN, ..value }.check().unwrap_err().to_string();
        assert_eq!(wrong, "`cart`: expected 0 to 10^9, got NaN");
    }
}
