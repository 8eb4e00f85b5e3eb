/// Sums over the logarithms of prices in a category; a price can be taken out again.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Prices {
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) squares: f64,
}

impl Prices {
    pub(crate) fn add(&mut self, log_price: f64, sign: f64) {
        self.count += sign;
        self.sum += sign * log_price;
        self.squares += sign * log_price * log_price;
        if self.count < 0.5 {
            *self = Self::default();
        }
    }

    /// Whether there are enough prices to speak of a level.
    pub(crate) fn is_enough(&self) -> bool {
        self.count >= 5.0
    }

    /// Standard deviations above the mean, -3 to 3. Deviations under a tenth (prices within about 10 %) count as a
    /// tenth, so that a category of equal prices has no extremes.
    pub(crate) fn level(&self, log_price: f64) -> f32 {
        if self.count < 0.5 {
            return 0.0;
        }
        let mean = self.sum / self.count;
        let deviation = (self.squares / self.count - mean * mean).max(0.0).sqrt().max(0.1);
        ((log_price - mean) / deviation).clamp(-3.0, 3.0) as f32
    }
}
