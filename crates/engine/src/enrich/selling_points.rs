//! Selling points that texts name in many words: told from a few phrases each, or from many, by the shop's own encoder.

use std::collections::HashMap;
use std::sync::Arc;

use learn::{Intents, IntentsConfig};
use neural::Encoder;
use types::{FieldError, Item, Language, Value};

use super::calibration::{Curve, Trials};
use super::reader::own_texts;
use crate::core::Core;
use crate::{Error, Result, Shop};

/// The attribute that holds them.
pub(super) const ATTRIBUTE: &str = "selling_points";

/// Document of the phrases: a selling point and a phrase a line, parted by a tab.
const DOCUMENT: &str = "selling-points";
/// Selling points, and phrases of each.
const POINTS_MAX: usize = 50;
const PHRASES: std::ops::RangeInclusive<usize> = 3..=500;
/// Characters of a name and of a phrase.
const CHARS_MAX: usize = 100;
/// Clauses read of an item, and characters of each.
const CLAUSES_MAX: usize = 24;
const CLAUSE_CHARS: std::ops::RangeInclusive<usize> = 2..=80;
/// Clauses of the catalogue that stand for what is no selling point.
const OTHERS: usize = 300;
/// The label of those, which no selling point may have.
const NONE: &str = "";
/// Share of clauses that are none.
const NONE_PRIOR: f32 = 0.9;
/// Parts of the phrases, each tried by what the others taught.
const FOLDS: usize = 4;
/// What is less likely than this is left out.
const TOLD_FROM: f32 = 0.5;

/// Something that sells an item, such as `性价比高` or `good gift`, with phrases that say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SellingPoint {
    /// What it is called.
    pub name: String,
    /// Phrases that say it.
    pub phrases: Vec<String>,
}

impl SellingPoint {
    /// Selling points that shops of all kinds have, in Chinese and English.
    pub fn usual() -> Vec<Self> {
        let point = |name: &str, phrases: &[&str]| Self {
            name: name.to_owned(),
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        };
        vec![
            point(
                "性价比高",
                &[
                    "性价比高",
                    "物美价廉",
                    "价格实惠",
                    "经济实惠",
                    "超值划算",
                    "平价好物",
                    "高性价比之选",
                    "花小钱办大事",
                    "价廉物美",
                    "百元以内入手",
                    "同价位里最值得买",
                    "便宜又好用",
                    "超高性价比",
                    "优惠划算",
                    "亲民价格",
                    "物超所值",
                ],
            ),
            point(
                "质量好",
                &[
                    "质量好",
                    "做工精细",
                    "结实耐用",
                    "用料扎实",
                    "品质保证",
                    "工艺精湛",
                    "优质面料",
                    "经久耐用",
                    "精工细作",
                    "不易变形",
                    "耐磨耐用",
                    "走线工整",
                    "品质优良",
                    "坚固耐用",
                    "选用上乘材料",
                    "厚实有质感",
                ],
            ),
            point(
                "适合送礼",
                &[
                    "适合送礼",
                    "送礼佳品",
                    "生日礼物",
                    "送女友礼物",
                    "精美礼盒装",
                    "节日送长辈",
                    "伴手礼",
                    "送朋友有面子",
                    "送礼首选",
                    "情人节礼物",
                    "礼盒包装",
                    "送妈妈的礼物",
                    "新年礼品",
                    "母亲节送礼",
                    "高档礼盒送礼体面",
                    "毕业礼物送同学",
                ],
            ),
            point(
                "good value",
                &[
                    "good value for money",
                    "great value pack",
                    "affordable price",
                    "budget friendly",
                    "economical choice",
                    "low price high quality",
                    "save money",
                    "best value",
                    "inexpensive and practical",
                    "more for your money",
                    "cost effective",
                    "at a reasonable price",
                    "great bargain",
                    "money saving bundle",
                    "cheap but good",
                    "quality at an affordable price",
                ],
            ),
            point(
                "high quality",
                &[
                    "high quality materials",
                    "durable and long lasting",
                    "premium craftsmanship",
                    "built to last",
                    "sturdy construction",
                    "well made",
                    "superior quality",
                    "made of durable material",
                    "premium quality",
                    "solid and reliable",
                    "heavy duty and tear resistant",
                    "excellent workmanship",
                    "strong and durable",
                    "made from the finest materials",
                    "quality guaranteed",
                    "does not fade or deform",
                ],
            ),
            point(
                "good gift",
                &[
                    "perfect gift for her",
                    "great gift idea",
                    "ideal birthday present",
                    "makes a wonderful gift",
                    "gift box included",
                    "christmas gift for friends and family",
                    "thoughtful present for mom",
                    "ideal for gift giving",
                    "best gift for kids",
                    "a nice gift for your loved ones",
                    "comes in a beautiful gift box",
                    "perfect for gifting",
                    "anniversary gift",
                    "valentines day gift",
                    "stocking stuffer",
                    "graduation present",
                ],
            ),
        ]
    }
}

impl Shop {
    /// The selling points that are looked for in items' texts.
    ///
    /// # Errors
    /// Where the document cannot be read.
    pub fn selling_points(&self) -> Result<Vec<SellingPoint>> {
        read(&self.core)
    }

    /// Looks for other selling points from now on; none at all looks for none.
    ///
    /// # Errors
    /// A name or phrase that is refused, or a document that cannot be written.
    pub fn set_selling_points(&self, points: &[SellingPoint]) -> Result<()> {
        check(points)?;
        let line = |point: &SellingPoint| {
            point.phrases.iter().map(|phrase| format!("{}\t{}\n", point.name.trim(), phrase.trim())).collect::<String>()
        };
        self.core.store.documents().put(DOCUMENT, points.iter().map(line).collect::<String>().as_bytes())?;
        self.core.enrichment.expire();
        Ok(())
    }
}

fn check(points: &[SellingPoint]) -> std::result::Result<(), FieldError> {
    let wrong =
        |field: String, expected: String, got: String| Err(FieldError::new("value_invalid", field, expected, got));
    if points.len() > POINTS_MAX {
        return wrong("points".to_owned(), format!("at most {POINTS_MAX} selling points"), points.len().to_string());
    }
    for (at, point) in points.iter().enumerate() {
        let is_text = |text: &str| {
            let text = text.trim();
            !text.is_empty() && text.chars().count() <= CHARS_MAX && !text.chars().any(char::is_control)
        };
        let a_text = || format!("1 to {CHARS_MAX} characters without tabs and line breaks");
        if !is_text(&point.name) || points[..at].iter().any(|other| other.name.trim() == point.name.trim()) {
            return wrong(
                format!("points[{at}].name"),
                format!("a name of its own of {}", a_text()),
                point.name.clone(),
            );
        }
        if !PHRASES.contains(&point.phrases.len()) {
            let expected = format!("{} to {} phrases", PHRASES.start(), PHRASES.end());
            return wrong(format!("points[{at}].phrases"), expected, point.phrases.len().to_string());
        }
        if let Some(place) = point.phrases.iter().position(|phrase| !is_text(phrase)) {
            return wrong(format!("points[{at}].phrases[{place}]"), a_text(), point.phrases[place].clone());
        }
    }
    Ok(())
}

fn read(core: &Core) -> Result<Vec<SellingPoint>> {
    let bytes = core.store.documents().get(DOCUMENT)?.unwrap_or_default();
    let mut points: Vec<SellingPoint> = Vec::new();
    for (name, phrase) in String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.split_once('\t')) {
        match points.iter_mut().find(|point| point.name == name) {
            Some(point) => point.phrases.push(phrase.to_owned()),
            None => points.push(SellingPoint { name: name.to_owned(), phrases: vec![phrase.to_owned()] }),
        }
    }
    Ok(points)
}

/// Tells selling points in clauses.
pub(super) struct SellingPoints {
    encoder: Arc<Encoder>,
    intents: Intents,
    curve: Curve,
    /// The phrases that were held out in turn.
    pub(super) held_out: usize,
    pub(super) trials: Trials,
}

/// A selling point of an item: its name, how sure it is, and the clause that says it.
pub(super) struct Told {
    pub(super) name: Arc<str>,
    pub(super) confidence: f32,
    pub(super) text: Arc<str>,
    pub(super) span: (usize, usize),
}

/// A text with its label and vector.
type Labelled = (String, Vec<f32>);

impl SellingPoints {
    /// Learns from the shop's phrases, and from clauses of its items that stand for all others; `None` where the shop has no
    /// phrases or no encoder.
    pub(super) fn learn(core: &Core, items: &[Item]) -> Result<Option<Self>> {
        let points = read(core)?;
        let view = core.view.load_full();
        let Some((_, encoder)) = view.retrievers.encoders.first().filter(|_| !points.is_empty()) else {
            return Ok(None);
        };
        let mut others: Vec<String> = Vec::new();
        for item in items {
            for (_, text) in own_texts(item) {
                others.extend(clauses(&text).map(|span| text[span.0..span.1].to_owned()));
            }
        }
        others.sort_unstable();
        others.dedup();
        let step = others.len().div_ceil(OTHERS).max(1);
        let phrases =
            points.iter().flat_map(|point| point.phrases.iter().map(|text| (point.name.clone(), text.clone())));
        let others = others.into_iter().step_by(step).map(|text| (NONE.to_owned(), text));
        let (labels, texts): (Vec<String>, Vec<String>) = phrases.chain(others).unzip();
        let vectors = encode(encoder, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        let labelled: Vec<Labelled> = labels.into_iter().zip(vectors).collect();
        let trials = tried(&labelled, encoder)?;
        let Some(intents) = fitted(&labelled.iter().collect::<Vec<_>>(), encoder) else { return Ok(None) };
        let held_out = points.iter().map(|point| point.phrases.len()).sum();
        Ok(Some(Self { encoder: Arc::clone(encoder), intents, curve: trials.curve(), held_out, trials }))
    }

    /// The selling points that an item's own texts name, each by its surest clause.
    pub(super) fn read(&self, item: &Item) -> Result<Vec<Told>> {
        let texts = own_texts(item);
        let places: Vec<(usize, (usize, usize))> = texts
            .iter()
            .enumerate()
            .flat_map(|(at, (_, text))| clauses(text).map(move |span| (at, span)))
            .take(CLAUSES_MAX)
            .collect();
        let said: Vec<&str> = places.iter().map(|(at, span)| &texts[*at].1[span.0..span.1]).collect();
        let mut best: HashMap<Arc<str>, Told> = HashMap::new();
        for ((at, span), vector) in places.iter().zip(encode(&self.encoder, &said)?) {
            let reading = self.intents.read(&vector);
            let Some((name, probability)) = reading.probabilities.first().cloned() else { continue };
            let confidence = self.curve.at(probability);
            let is_surer = best.get(&name).is_none_or(|known| known.confidence < confidence);
            if &*name != NONE && confidence >= TOLD_FROM && is_surer {
                let text = Arc::clone(&texts[*at].0);
                best.insert(Arc::clone(&name), Told { name, confidence, text, span: *span });
            }
        }
        let mut told: Vec<Told> = best.into_values().collect();
        told.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.name.cmp(&b.name)));
        Ok(told)
    }
}

fn encode(encoder: &Encoder, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
    let failed = |source: neural::Error| Error::Encoder { encoder: encoder.id().to_owned(), source: Box::new(source) };
    encoder.encode_passages(texts).map_err(failed)
}

/// `None` where the examples are too few or too much alike.
fn fitted(labelled: &[&Labelled], encoder: &Encoder) -> Option<Intents> {
    let examples: Vec<(&str, &[f32])> = labelled.iter().map(|(label, vector)| (label.as_str(), &**vector)).collect();
    let config =
        IntentsConfig { encoder: encoder.version().to_owned(), out_of_scope: None, ..IntentsConfig::default() };
    let (intents, _) = Intents::fit(&examples, &config).ok()?;
    Some(intents.with_priors(&[(NONE, NONE_PRIOR)]))
}

/// What is said of each example by what the others taught.
fn tried(labelled: &[Labelled], encoder: &Encoder) -> Result<Trials> {
    let mut tried = Vec::new();
    for fold in 0..FOLDS {
        let part = |is_held_out: bool| {
            labelled.iter().enumerate().filter(move |(at, _)| (at % FOLDS == fold) == is_held_out).map(|(_, one)| one)
        };
        let Some(intents) = fitted(&part(false).collect::<Vec<_>>(), encoder) else { continue };
        for (label, vector) in part(true) {
            if let Some((name, probability)) = intents.read(vector).probabilities.first()
                && &**name != NONE
            {
                tried.push((*probability, **name == **label));
            }
        }
    }
    Ok(Trials::new(tried))
}

/// The clauses of a text, as bytes: what stands between signs, in Chinese also between blanks.
fn clauses(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let is_chinese = Language::guess(text) == Language::Chinese;
    let is_end = move |sign: char| match sign {
        ' ' | '\t' => is_chinese,
        '-' | '\'' | '’' | '%' | '&' | '+' | '/' | '#' => false,
        _ => !sign.is_alphanumeric() && !sign.is_whitespace() || sign == '\n',
    };
    text.split(is_end).filter_map(move |clause| {
        let bare = clause.trim();
        let start = bare.as_ptr() as usize - text.as_ptr() as usize;
        CLAUSE_CHARS.contains(&bare.chars().count()).then_some((start, start + bare.len()))
    })
}

/// What an item's selling points are as a value.
pub(super) fn value(told: &[Told]) -> Value {
    Value::Keywords(told.iter().map(|one| Arc::clone(&one.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        clauses(text).map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn texts_are_cut_into_clauses() {
        assert_eq!(cut("结实耐用，送女友 生日礼物！A"), ["结实耐用", "送女友", "生日礼物"]);
        assert_eq!(cut("Built to last. Makes a great gift, 3-pack"), ["Built to last", "Makes a great gift", "3-pack"]);
        assert!(cut("  ，。 ").is_empty());
    }

    #[test]
    fn what_is_no_selling_point_is_refused_by_its_place() {
        assert_eq!(check(&SellingPoint::usual()), Ok(()));
        let point = |name: &str, phrases: &[&str]| SellingPoint {
            name: name.to_owned(),
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        };
        for (points, field) in [
            (vec![point("", &["a", "b", "c"])], "points[0].name"),
            (vec![point("好", &["a", "b"])], "points[0].phrases"),
            (vec![point("好", &["a", "b", "c\td"])], "points[0].phrases[2]"),
            (vec![point("好", &["a", "b", "c"]), point(" 好", &["a", "b", "c"])], "points[1].name"),
        ] {
            assert_eq!(check(&points).unwrap_err().field, field);
        }
    }
}
