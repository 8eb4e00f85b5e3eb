/// What became of something shown. Only a click can be followed by a cart or a purchase, only a purchase by a return.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// It was clicked. The label where only one thing is predicted, whatever that is.
    pub click: bool,
    /// It was put into the cart after the click.
    pub cart: bool,
    /// It was bought after the click.
    pub purchase: bool,
    /// Whether it was bought and came back; `None` where that cannot be known yet, which leaves the row out of what is learnt
    /// and measured of returns. Say so of every row that is too young, bought or not: where only purchases that may still come
    /// back are left out, returns look rarer than they are.
    pub returned: Option<bool>,
}

impl Default for Outcome {
    /// Nothing happened.
    fn default() -> Self {
        Self { click: false, cart: false, purchase: false, returned: Some(false) }
    }
}

impl Outcome {
    /// An outcome of one label.
    pub fn of(label: bool) -> Self {
        Self { click: label, ..Self::default() }
    }

    const CLICK: u8 = 1;
    const CART: u8 = 2;
    const PURCHASE: u8 = 4;
    const RETURNED: u8 = 8;
    const OPEN: u8 = 16;

    /// In one byte.
    pub(super) fn pack(self) -> u8 {
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        bit(self.click, Self::CLICK)
            | bit(self.cart, Self::CART)
            | bit(self.purchase, Self::PURCHASE)
            | bit(self.returned == Some(true), Self::RETURNED)
            | bit(self.returned.is_none(), Self::OPEN)
    }

    /// From [`Outcome::pack`].
    pub(super) fn unpack(bits: u8) -> Self {
        let has = |bit: u8| bits & bit != 0;
        let returned = if has(Self::OPEN) { None } else { Some(has(Self::RETURNED)) };
        Self { click: has(Self::CLICK), cart: has(Self::CART), purchase: has(Self::PURCHASE), returned }
    }
}
