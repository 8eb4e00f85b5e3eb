use types::Millis;

use super::{Estimator, Shape, Sums};

/// What one visitor did and met in a span of time; every metric is a function of it. Constant in size.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Tally {
    /// Slates with at least one item that were shown.
    pub slates: u32,
    /// Those of them from which something was clicked.
    pub slates_clicked: u32,
    /// Searches answered.
    pub searches: u32,
    /// Those of them that found nothing.
    pub searches_empty: u32,
    /// Sum over the slates of how varied they were: distinct categories over items.
    pub diversity: f64,
    /// Answers of which the time is known.
    pub answers_timed: u32,
    /// Milliseconds those took, in all.
    pub answers_ms: f64,
    /// Answers made.
    pub answers: u32,
    /// Answers of which a part had failed.
    pub answers_degraded: u32,
    /// Lines bought.
    pub purchases: u32,
    /// Pieces bought, less those sent back.
    pub units: f64,
    /// Money spent, less money back, in units of the shop's currency.
    pub revenue: f64,
    /// When the first slate was shown.
    pub first_slate: Option<Millis>,
    /// When something was first put in the cart.
    pub first_cart: Option<Millis>,
}

/// Something measured of every visitor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Metric {
    /// Slates from which something is clicked.
    ClickThrough,
    /// Visitors who buy.
    Conversion,
    /// Money a visitor spends.
    Revenue,
    /// Pieces a visitor buys.
    Units,
    /// Searches that find nothing.
    EmptySearches,
    /// How soon something is put in the cart.
    TimeToCart,
    /// How varied what is shown is.
    Diversity,
    /// How long answers take.
    Latency,
    /// Answers of which a part fails.
    Errors,
}

/// Which way a metric should go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

impl Better {
    /// 1 where more is better, -1 where less is.
    pub fn sign(self) -> f64 {
        match self {
            Self::Higher => 1.0,
            Self::Lower => -1.0,
        }
    }
}

/// How a metric comes of the visitors' tallies: the sum of the numerators over the sum of the denominators.
#[derive(Debug)]
pub struct Definition {
    /// The metric.
    pub metric: Metric,
    /// Its stable name.
    pub name: &'static str,
    /// What it says, for people.
    pub description: &'static str,
    /// Whether it is an average over visitors or a ratio of two sums.
    pub shape: Shape,
    /// Which way it should go.
    pub better: Better,
    /// Whether a few visitors can be far above all others, so that it is winsorised.
    pub is_heavy_tailed: bool,
    /// What is measured of a visitor.
    pub numerator: fn(&Tally) -> f64,
    /// Over what; 1 for averages over visitors.
    pub denominator: fn(&Tally) -> f64,
}

/// A visitor who puts nothing in the cart for so long counts as having taken so long, so that the metric is about all
/// visitors and not only about those whom the arm itself brought to a cart.
pub const TIME_TO_CART_MINUTES_MAX: f64 = 60.0;

/// Every metric, in the order of [`Metric`].
pub static METRICS: [Definition; 9] = [
    Definition {
        metric: Metric::ClickThrough,
        name: "click-through",
        description: "slates with a click over slates shown",
        shape: Shape::Ratio,
        better: Better::Higher,
        is_heavy_tailed: false,
        numerator: |tally| f64::from(tally.slates_clicked),
        denominator: |tally| f64::from(tally.slates),
    },
    Definition {
        metric: Metric::Conversion,
        name: "conversion",
        description: "visitors who buy over visitors",
        shape: Shape::Share,
        better: Better::Higher,
        is_heavy_tailed: false,
        numerator: |tally| f64::from(u8::from(tally.purchases > 0)),
        denominator: one,
    },
    Definition {
        metric: Metric::Revenue,
        name: "revenue",
        description: "money spent less money back, per visitor",
        shape: Shape::Mean,
        better: Better::Higher,
        is_heavy_tailed: true,
        numerator: |tally| tally.revenue,
        denominator: one,
    },
    Definition {
        metric: Metric::Units,
        name: "units",
        description: "pieces bought less those sent back, per visitor",
        shape: Shape::Mean,
        better: Better::Higher,
        is_heavy_tailed: true,
        numerator: |tally| tally.units,
        denominator: one,
    },
    Definition {
        metric: Metric::EmptySearches,
        name: "empty-searches",
        description: "searches without a result over searches",
        shape: Shape::Ratio,
        better: Better::Lower,
        is_heavy_tailed: false,
        numerator: |tally| f64::from(tally.searches_empty),
        denominator: |tally| f64::from(tally.searches),
    },
    Definition {
        metric: Metric::TimeToCart,
        name: "time-to-cart",
        description: "minutes from the first slate to the first cart, per visitor; an hour where there is none within one",
        shape: Shape::Mean,
        better: Better::Lower,
        is_heavy_tailed: false,
        numerator: minutes_to_cart,
        denominator: one,
    },
    Definition {
        metric: Metric::Diversity,
        name: "diversity",
        description: "distinct categories over items, on average over slates",
        shape: Shape::Ratio,
        better: Better::Higher,
        is_heavy_tailed: false,
        numerator: |tally| tally.diversity,
        denominator: |tally| f64::from(tally.slates),
    },
    Definition {
        metric: Metric::Latency,
        name: "latency",
        description: "milliseconds an answer takes, on average over answers",
        shape: Shape::Ratio,
        better: Better::Lower,
        is_heavy_tailed: false,
        numerator: |tally| tally.answers_ms,
        denominator: |tally| f64::from(tally.answers_timed),
    },
    Definition {
        metric: Metric::Errors,
        name: "errors",
        description: "answers of which a part failed over answers",
        shape: Shape::Ratio,
        better: Better::Lower,
        is_heavy_tailed: false,
        numerator: |tally| f64::from(tally.answers_degraded),
        denominator: |tally| f64::from(tally.answers),
    },
];

fn one(_: &Tally) -> f64 {
    1.0
}

fn minutes_to_cart(tally: &Tally) -> f64 {
    let (Some(slate), Some(cart)) = (tally.first_slate, tally.first_cart) else { return TIME_TO_CART_MINUTES_MAX };
    (cart.0.saturating_sub(slate.0) as f64 / 60_000.0).clamp(0.0, TIME_TO_CART_MINUTES_MAX)
}

impl Metric {
    /// How it is computed.
    pub fn definition(self) -> &'static Definition {
        &METRICS[self as usize]
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        METRICS.iter().find(|definition| definition.name == name).map(|definition| definition.metric)
    }

    /// How it is estimated: adjusted by the time before, at 95 % confidence.
    pub fn estimator(self) -> Estimator {
        Estimator { shape: self.definition().shape, is_adjusted: true, confidence: 0.95 }
    }

    /// A visitor's sums, from the time in the experiment and the time before it.
    pub fn sums(self, during: &Tally, before: &Tally) -> Sums {
        let definition = self.definition();
        Sums {
            numerator: (definition.numerator)(during),
            denominator: (definition.denominator)(during),
            numerator_before: (definition.numerator)(before),
            denominator_before: (definition.denominator)(before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_metrics_and_names_are_unique() {
        for (at, definition) in METRICS.iter().enumerate() {
            assert_eq!(definition.metric as usize, at);
            assert_eq!(Metric::from_name(definition.name), Some(definition.metric));
        }
    }

    #[test]
    fn metrics_of_a_known_visitor() {
        let during = Tally {
            slates: 4,
            slates_clicked: 1,
            searches: 3,
            searches_empty: 1,
            diversity: 2.5,
            answers_timed: 5,
            answers_ms: 60.0,
            answers: 5,
            answers_degraded: 2,
            purchases: 2,
            units: 3.0,
            revenue: 25.98,
            first_slate: Some(Millis(60_000)),
            first_cart: Some(Millis(240_000)),
        };
        let expected = [
            (1.0, 4.0),
            (1.0, 1.0),
            (25.98, 1.0),
            (3.0, 1.0),
            (1.0, 3.0),
            (3.0, 1.0),
            (2.5, 4.0),
            (60.0, 5.0),
            (2.0, 5.0),
        ];
        for (definition, expected) in METRICS.iter().zip(expected) {
            let sums = definition.metric.sums(&during, &Tally::default());
            assert_eq!((sums.numerator, sums.denominator), expected, "{}", definition.name);
        }
        // Nobody's cart is nobody's haste; one before the first slate (a clock that went wrong) took no time.
        assert_eq!(Metric::TimeToCart.sums(&Tally::default(), &Tally::default()).numerator, TIME_TO_CART_MINUTES_MAX);
        let skewed = Tally { first_cart: Some(Millis(0)), ..during };
        assert_eq!(Metric::TimeToCart.sums(&skewed, &Tally::default()).numerator, 0.0);
    }
}
