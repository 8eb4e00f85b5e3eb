use text::entities::{Gazetteer, Reading, Role};
use types::{Consequence, ReadingStep};

use super::entities::filter;
use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Reads spans that the shop's tagging model names, where the settings have one, as values of the shop's own attributes.
/// What the lexicon of entities has read as the same is not said twice.
pub(super) struct Tagger;

/// Spans that are less likely than this are not told.
const TOLD_FROM: f32 = 0.5;
/// From this probability on a span that is one of the shop's values is boosted.
const BOOST_FROM: f32 = 0.7;
/// What is added to 1 of the factor of a boosted value, where the tagger is certain.
const BOOST: f32 = 0.1;

impl Step for Tagger {
    fn step(&self) -> ReadingStep {
        ReadingStep::Tagger
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let Some(id) = &known.view.settings.tagger else { return };
        let Some(tagger) = known.core.encoders.kept_tagger(id) else { return };
        let spans = match tagger.tag(draft.text()) {
            Ok(spans) => spans,
            Err(error) => {
                tracing::error!(tagger = %id, error = &error as &dyn std::error::Error, "a query could not be tagged");
                return;
            }
        };
        for span in spans.into_iter().filter(|span| span.probability >= TOLD_FROM) {
            let text = draft.text().get(span.start..span.end).unwrap_or_default().trim().to_owned();
            let role = role_of(&span.label);
            if text.is_empty() || is_read_so(known, draft, (span.start, span.end), role) {
                continue;
            }
            let reading = resolved(&known.view.learnt.gazetteer, &text, role, &span.label);
            let name = reading.as_ref().and_then(|reading| reading.attribute.as_deref());
            let name = name.unwrap_or(if role == Role::Other { &span.label } else { role.name() });
            let boosted = reading.as_ref().filter(|_| span.probability >= BOOST_FROM);
            let filter = boosted.and_then(|reading| filter(known, reading));
            let consequence = filter
                .map_or(Consequence::Shown, |filter| Consequence::Boosted(filter, 1.0 + BOOST * span.probability));
            let shop_has = if reading.is_some() { "a value of this shop" } else { "no value of this shop" };
            draft.add(Found {
                step: ReadingStep::Tagger,
                name: format!("{name}={text}"),
                span: Some((span.start, span.end)),
                says: format!("{name} {text}"),
                evidence: format!("tagger {id}: {} ({:.2}); {shop_has}", span.label, span.probability),
                confidence: span.probability,
                consequence,
            });
        }
    }
}

/// Whether entities of the lexicon say that of the span already.
fn is_read_so(known: &Known<'_>, draft: &mut Draft<'_>, span: (usize, usize), role: Role) -> bool {
    draft.entities(known).iter().any(|entity| {
        entity.span.0 <= span.0 && span.1 <= entity.span.1 && entity.best().role == role && role != Role::Other
    })
}

/// What the shop's own values make of a span by itself: the reading that is about the same kind of attribute.
fn resolved(gazetteer: &Gazetteer, text: &str, role: Role, label: &str) -> Option<Reading> {
    let whole = gazetteer.find(text).into_iter().find(|entity| entity.span == (0, text.len()))?;
    let fits = |reading: &Reading| {
        let is_named = reading.attribute.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(label));
        is_named || (role != Role::Other && reading.role == role)
    };
    whole.readings.into_iter().find(|reading| fits(reading) && !reading.values.is_empty())
}

/// What kind of attribute a label is about: by its name in Chinese or English, or by the codes of annotated Taobao titles
/// (Jie et al. 2019, "Better modeling of incomplete annotations for named entity recognition", NAACL).
fn role_of(label: &str) -> Role {
    match label {
        "HPPX" => Role::Brand,
        "HCCX" => Role::ProductType,
        "XH" => Role::Model,
        _ => {
            let label = label.to_lowercase();
            let named = Gazetteer::new([(&*label, "-", 1)]);
            named
                .attributes()
                .map(|(_, role, _)| role)
                .next()
                .or_else(|| Role::from_name(&label))
                .unwrap_or(Role::Other)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn labels_are_about_attributes() {
        let roles = ["HPPX", "HCCX", "XH", "MISC", "brand", "颜色", "Product_Type"].map(role_of);
        let expected =
            [Role::Brand, Role::ProductType, Role::Model, Role::Other, Role::Brand, Role::Colour, Role::ProductType];
        assert_eq!(roles, expected);
    }

    #[test]
    fn spans_become_the_shops_own_values() {
        let gazetteer = Gazetteer::new([("品牌", "小米", 5), ("颜色", "小米", 1), ("brand", "Sony", 3)]);
        let values = |text: &str, label: &str| {
            let reading = resolved(&gazetteer, text, role_of(label), label)?;
            Some(format!("{}={}", reading.attribute.unwrap_or_else(|| Arc::from("")), reading.values.join("|")))
        };
        assert_eq!(values("小米", "HPPX").as_deref(), Some("品牌=小米"));
        assert_eq!(values("小米", "颜色").as_deref(), Some("颜色=小米"));
        assert_eq!(values("sony", "brand").as_deref(), Some("brand=Sony"));
        assert_eq!(values("sony walkman", "brand"), None);
        assert_eq!(values("华为", "HPPX"), None);
    }
}
