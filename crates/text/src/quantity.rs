//! Numbers with units, prices and sizes in queries and product texts.

mod amount;
mod bound;
mod context;
mod number;
mod reader;
mod size;
mod unit;

use std::fmt;

use types::Currency;

use crate::fold::Folded;
use reader::Reader;

pub use size::SizeSystem;
pub use unit::Dimension;
pub(crate) use unit::{begins_with_chinese_unit, is_unit};

/// A price, measure or size that a text names.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantity {
    /// What is measured.
    pub kind: QuantityKind,
    /// How the number is meant.
    pub bound: Bound,
    /// The least value in the base unit of the dimension; nothing where there is none.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The bytes of the text that say so, words such as `under` and `以下` included.
    pub span: (usize, usize),
    /// How sure the reading is, 0 to 1.
    pub confidence: f32,
}

/// What a quantity measures.
#[derive(Clone, PartialEq, Debug)]
pub enum QuantityKind {
    /// A price in units of a currency; of the shop's where none is named.
    Price(Option<Currency>),
    /// A measure, in the dimension's base unit.
    Measure(Dimension),
    /// The sides of a thing, `30x40cm`, in the order named; `min` and `max` are empty.
    Sides {
        /// How long each side is.
        lengths: Vec<f64>,
        /// Whether a unit was named, so that the lengths are millimetres.
        in_millimetres: bool,
    },
    /// A size of clothes or shoes.
    Size {
        /// How it is counted.
        system: SizeSystem,
        /// Its one spelling: `2xl` for `XXL`, `42`.
        label: String,
    },
}

/// How a number is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bound {
    /// This value.
    Exact,
    /// This value or less.
    AtMost,
    /// This value or more.
    AtLeast,
    /// From one value to another.
    Between,
    /// Near this value: prices within a fifth, measures within a tenth.
    About,
}

/// The quantities in a text, in order; their spans do not overlap. Years, article numbers, names with numerals in them
/// (`三只松鼠`) and numbers without bounds are none.
///
/// ```
/// use text::{Dimension, QuantityKind, quantities};
///
/// let read = quantities("洗发水 0.5L 200元以下");
/// assert_eq!((&read[0].kind, read[0].max), (&QuantityKind::Measure(Dimension::Volume), Some(500.0)));
/// assert!(matches!(read[1].kind, QuantityKind::Price(Some(currency)) if currency.as_str() == "CNY"));
/// assert_eq!((read[1].min, read[1].max), (None, Some(200.0)));
/// ```
pub fn quantities(text: &str) -> Vec<Quantity> {
    let folded = Folded::new(text);
    let mut quantities = Reader::new(&folded.text).read();
    let sizes = size::sizes(&folded.text, &quantities);
    quantities.extend(sizes);
    quantities.sort_by_key(|quantity| quantity.span);
    for quantity in &mut quantities {
        quantity.span = folded.span(quantity.span.0, quantity.span.1);
    }
    // Two readings may share one character that folds to several, as `½` does to `1/2`; the first has it.
    let mut read_to = 0;
    quantities.retain(|quantity| {
        let is_free = quantity.span.0 >= read_to;
        read_to = read_to.max(quantity.span.1);
        is_free
    });
    quantities
}

impl Quantity {
    /// Whether two quantities measure the same and their values meet, within a hundredth.
    pub fn agrees_with(&self, other: &Self) -> bool {
        const TOLERANCE: f64 = 0.01;
        let alike = match (&self.kind, &other.kind) {
            (QuantityKind::Price(one), QuantityKind::Price(two)) => one.is_none() || two.is_none() || one == two,
            (QuantityKind::Sides { lengths: ones, .. }, QuantityKind::Sides { lengths: others, .. }) => {
                let mut pairs = ones.iter().zip(others);
                return ones.len() == others.len()
                    && pairs.all(|(one, two)| (one - two).abs() <= TOLERANCE * one.max(*two));
            }
            (QuantityKind::Size { system: one, .. }, QuantityKind::Size { system: two, .. }) => one == two,
            (one, two) => one == two,
        };
        let slack = |value: Option<f64>| value.map(|value| value.abs() * TOLERANCE);
        let below = |max: Option<f64>, min: Option<f64>| match (max, min) {
            (Some(max), Some(min)) => max + slack(Some(max)).unwrap_or_default() < min,
            _ => false,
        };
        alike && !below(self.max, other.min) && !below(other.max, self.min)
    }

    fn exact(kind: QuantityKind, value: f64, span: (usize, usize), confidence: f32) -> Self {
        Self { kind, bound: Bound::Exact, min: Some(value), max: Some(value), span, confidence }
    }
}

/// The reading in words: `volume 500 ml`, `price at most 200 CNY`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = match &self.kind {
            QuantityKind::Price(currency) => ("price", currency.as_ref().map_or("", Currency::as_str)),
            QuantityKind::Measure(dimension) => (dimension.name(), dimension.base()),
            QuantityKind::Size { system, label } => return write!(f, "size {label} ({})", system.name()),
            QuantityKind::Sides { lengths, in_millimetres } => {
                let lengths: Vec<String> = lengths.iter().map(|length| shown(*length).to_string()).collect();
                let unit = if *in_millimetres { " mm" } else { "" };
                return write!(f, "sides {}{unit}", lengths.join(" x "));
            }
        };
        let (min, max) = (self.min.map(shown).unwrap_or_default(), self.max.map(shown).unwrap_or_default());
        match self.bound {
            Bound::Exact => write!(f, "{name} {max}")?,
            Bound::AtMost => write!(f, "{name} at most {max}")?,
            Bound::AtLeast => write!(f, "{name} at least {min}")?,
            Bound::Between => write!(f, "{name} {min} to {max}")?,
            Bound::About => write!(f, "{name} about {min} to {max}")?,
        }
        if unit.is_empty() { Ok(()) } else { write!(f, " {unit}") }
    }
}

/// A value without digits that only conversion brought in.
fn shown(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let read: Vec<String> = quantities(text)
            .iter()
            .map(|quantity| {
                format!("{}={quantity} .{:.0}", &text[quantity.span.0..quantity.span.1], quantity.confidence * 100.0)
            })
            .collect();
        expected.assert_eq(&read.join("; "));
    }

    #[test]
    fn measures() {
        check(
            "洗发水500ml 0.5 L ５００毫升",
            &expect!["500ml=volume 500 ml .95; 0.5 L=volume 500 ml .81; ５００毫升=volume 500 ml .95"],
        );
        check(
            "15.6寸电脑包 12\" tablet 15.6″",
            &expect![[r#"15.6寸=length 396.24 mm .95; 12"=length 304.8 mm .95; 15.6″=length 396.24 mm .95"#]],
        );
        check(
            "5斤苹果 两斤半 半斤茶叶 二两 1.5千克",
            &expect![
                "5斤=mass 2500 g .95; 两斤半=mass 1250 g .85; 半斤=mass 250 g .85; 二两=mass 100 g .85; 1.5千克=mass 1500 g .95"
            ],
        );
        check(
            "2 pack pack of 6 三件套 12支装 two piece set",
            &expect![
                "2 pack=count 2 .95; pack of 6=count 6 .95; 三件套=count 3 .85; 12支装=count 12 .95; two piece=count 2 .81"
            ],
        );
        check(
            "1米8床 1米五 6ft 2in 5'10\"",
            &expect![[
                r#"1米8=length 1800 mm .95; 1米五=length 1500 mm .95; 6ft=length 1828.8 mm .95; 5'=length 1524 mm .95; 10"=length 254 mm .95"#
            ]],
        );
        check(
            "20w 充电头 5v/2a 12v6a 2678v3 10000mah 256gb 1080p 4k",
            &expect![
                "20w=power 20 W .95; 5v=voltage 5 V .95; 2a=current 2 A .70; 12v=voltage 12 V .95; 6a=current 6 A .70; 2678v=voltage 2678 V .38; 10000mah=charge 10000 mAh .95; 256gb=memory 256 GB .95; 1080p=resolution 1080 p .95; 4k=resolution 2160 p .70"
            ],
        );
        check(
            "3-5岁 6个月 ages 3-5 4人帐篷 75度",
            &expect![
                "3-5岁=age 36 to 60 months .95; 6个月=duration 15778476 s .95; ages 3-5=age 36 to 60 months .80; 4人=persons 4 .80; 75度=degree 75 ° .95"
            ],
        );
        check(
            "十五点六寸 1.5匹空调 18k金 100% cotton 2,000 ml",
            &expect![
                "十五点六寸=length 396.24 mm .85; 1.5匹=horsepower 1.5 hp .95; 100%=share 100 % .95; 2,000 ml=volume 2000 ml .95"
            ],
        );
        check("4g显卡 32g ddr4", &expect!["4g=memory 4 GB .80; 32g=memory 32 GB .80"]);
        check("手机 8g 256g 5g 大米5g", &expect!["8g=memory 8 GB .80; 256g=memory 256 GB .80"]);
        check(
            "10-15寸 5kg以上 under 10 kg 200多克",
            &expect![
                "10-15寸=length 254 to 381 mm .95; 5kg以上=mass at least 5000 g .96; under 10 kg=mass at most 10000 g .96; 200多克=mass about 200 to 300 g .95"
            ],
        );
    }

    #[test]
    fn sides() {
        check(
            "30x40cm 相框 30cm x 40cm 1.8米*2米 370x225",
            &expect![
                "30x40cm=sides 300 x 400 mm .95; 30cm x 40cm=sides 300 x 400 mm .95; 1.8米*2米=sides 1800 x 2000 mm .95; 370x225=sides 370 x 225 .80"
            ],
        );
        check(
            "500ml*12瓶 2 x 500ml 90乘210 5 by 7 inch",
            &expect![
                "500ml=volume 500 ml .95; 12瓶=count 12 .80; 2=count 2 .80; 500ml=volume 500 ml .95; 90乘210=sides 90 x 210 .80; 5 by 7 inch=sides 127 x 177.8 mm .95"
            ],
        );
    }

    #[test]
    fn prices() {
        check("200元以下的耳机", &expect!["200元以下=price at most 200 CNY .98"]);
        check("shoes under $50", &expect!["under $50=price at most 50 USD .98"]);
        check("between 20 and 30", &expect!["between 20 and 30=price 20 to 30 .65"]);
        check(
            "between $20 and $30 from $5 to 10",
            &expect!["between $20 and $30=price 20 to 30 USD .97; from $5 to 10=price 5 to 10 USD .97"],
        );
        check("100-200块 连衣裙", &expect!["100-200块=price 100 to 200 CNY .95"]);
        check("不超过300 手机", &expect!["不超过300=price at most 300 .65"]);
        check("about 50 euro watch", &expect!["about 50 euro=price about 40 to 60 EUR .98"]);
        check(
            "¥99 20刀 三百块左右",
            &expect!["¥99=price 99 CNY .97; 20刀=price 20 USD .60; 三百块左右=price about 240 to 360 CNY .86"],
        );
        check(
            "100元到200元之间 两三百块 二百多块 几百块",
            &expect![
                "100元到200元之间=price 100 to 200 CNY .97; 两三百块=price 200 to 300 CNY .85; 二百多块=price about 200 to 300 CNY .85; 几百块=price 200 to 1000 CNY .85"
            ],
        );
        check(
            "9块9包邮 50块钱 千元手机 1.5万元 2k元",
            &expect![
                "9块9=price 9.9 CNY .95; 50块钱=price 50 CNY .97; 千元=price 1000 CNY .87; 1.5万元=price 15000 CNY .97; 2k元=price 2000 CNY .97"
            ],
        );
        check(
            "预算500以内 price 30-40 budget of 100 $1,299.99",
            &expect![
                "预算500以内=price at most 500 .90; price 30-40=price 30 to 40 .90; budget of 100=price 100 .90; $1,299.99=price 1299.99 USD .97"
            ],
        );
        check(
            "under fifty dollars, 50 bucks or less, 20€ £5+",
            &expect![
                "under fifty dollars=price at most 50 USD .83; 50 bucks or less=price at most 50 USD .98; 20€=price 20 EUR .97; £5+=price at least 5 GBP .98"
            ],
        );
        check("5块巧克力 5块 5块钱", &expect!["5块=count 5 .60; 5块=price 5 CNY .95; 5块钱=price 5 CNY .97"]);
        check("半元½码", &expect!["半元½=price 0.6 CNY .45"]);
        check("礼物 300左右 100以上", &expect!["300左右=price about 240 to 360 .65; 100以上=price at least 100 .65"]);
    }

    #[test]
    fn sizes() {
        check(
            "42码运动鞋 40-42码 110码童装 鞋码43",
            &expect![
                "42码=size 42 (shoe) .97; 40-42码=size 40-42 (shoe) .97; 110码=size 110 (height) .97; 鞋码43=size 43 (shoe) .95"
            ],
        );
        check(
            "XL t-shirt XXL 2xl xl码 X-Large size 9.5 us 9 EU 42",
            &expect![
                "XL=size xl (letter) .90; XXL=size 2xl (letter) .90; 2xl=size 2xl (letter) .90; xl码=size xl (letter) .97; X-Large=size xl (letter) .90; size 9.5=size 9.5 (plain) .90; us 9=size 9 (us) .85; EU 42=size 42 (shoe) .85"
            ],
        );
        check(
            "均码 m码 size m dress m women's m shirt s",
            &expect![
                "均码=size one size (one size) .95; m码=size m (letter) .97; size m=size m (letter) .97; s=size s (letter) .45"
            ],
        );
        check("文胸75b 34b bus", &expect!["75b=size 75b (plain) .90; 34b=size 34b (plain) .90"]);
    }

    #[test]
    fn what_is_no_quantity() {
        for text in [
            "2024新款",
            "2024年",
            "2021款",
            "iphone 15 pro max",
            "wh-1000xm4",
            "air max 90",
            "三只松鼠",
            "千斤顶",
            "六个核桃",
            "七匹狼",
            "一次性杯子",
            "三星手机",
            "五金",
            "十字绣",
            "百货",
            "1e309",
            "99999999999999999999",
            "99999999999999999999元",
            "1e309元",
            "3 in 1",
            "under armour",
            "over the door hook",
            "cheap shoes",
            "便宜的鞋",
            "5g手机",
            "7号电池",
            "第三件",
            "一个包",
            "三元催化器",
            "125本田",
            "20刀片",
            "one piece swimsuit",
            "2022元旦",
            "195/65r15",
            "iphone xs",
            "h&m",
            "levi's 501",
            "1:72",
            "ps5",
            "",
            "women's",
            "上半年",
            "cad2018注册机",
            "宽40以内",
            "1对1",
            "一h",
            "rs5",
            "08年汽车",
            "11500套装",
            "半包",
            "35~38",
            "6.35转3.5",
            "l'oreal",
            "20天堂自行车",
        ] {
            let read: Vec<String> = quantities(text).iter().map(ToString::to_string).collect();
            assert!(read.is_empty(), "{text}: {read:?}");
        }
    }

    #[test]
    fn the_same_in_other_units_agrees() {
        for (one, other, agree) in [
            ("500ml", "0.5 L", true),
            ("5斤", "2.5kg", true),
            ("15.6寸", "15.6 inch", true),
            ("XXL", "2xl", true),
            ("under 1kg", "500g", true),
            ("10-20岁", "15 years old", true),
            ("200元以下", "¥150", true),
            ("200元以下", "$150", false),
            ("500ml", "600ml", false),
            ("500ml", "500g", false),
            ("30x40cm", "300x400mm", true),
            ("under 1kg", "2kg", false),
        ] {
            assert_eq!(quantities(one)[0].agrees_with(&quantities(other)[0]), agree, "{one} {other}");
        }
    }

    #[test]
    fn long_and_odd_texts_take_linear_time() {
        for part in [
            "1 ",
            "8g ",
            "一",
            "百",
            "$",
            "1-",
            "1x",
            "under ",
            "$1 and ",
            "5米",
            "1,000,",
            "半",
            "xl/",
            "one hundred and ",
            "9块9",
            "  ",
        ] {
            let text = part.repeat(60_000 / part.len());
            for quantity in quantities(&text) {
                assert!([quantity.min, quantity.max].into_iter().flatten().all(f64::is_finite));
            }
        }
    }

    proptest! {
        #[test]
        fn readings_of_any_text_are_sound(
            text in "\\PC{0,40}|((under|between|and|over|约|以下|到|多|半|[0-9]{1,3}|[$€¥.,/x*\"'′ -]|元|块|米|ml|kg|寸|码|xl|个|一|百|é|㎏|½)){0,14}"
        ) {
            let mut last = 0;
            for quantity in quantities(&text) {
                let (from, to) = quantity.span;
                prop_assert!(from < to && text.get(from..to).is_some(), "{:?}", quantity);
                prop_assert!(from >= last, "overlap {:?}", quantity);
                last = to;
                for value in [quantity.min, quantity.max].into_iter().flatten() {
                    prop_assert!(value.is_finite());
                }
                prop_assert!((0.0..=1.0).contains(&quantity.confidence));
                prop_assert!(quantity.min.zip(quantity.max).is_none_or(|(min, max)| min <= max));
                prop_assert!(!quantity.to_string().is_empty());
            }
        }
    }
}
