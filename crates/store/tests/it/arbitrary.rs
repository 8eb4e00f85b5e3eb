//! Any event that can be.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use types::{
    Actor, Currency, Enrichment, Event, EventBody, EventId, Evidence, Followed, GroupId, Impression, Interaction,
    InteractionKind, Item, ItemId, ItemPatch, Language, Millis, Money, Passage, Picture, Position, Provenance, QueryId,
    SessionId, Shown, SourceId, Surface, Texts, UserId, Value,
};

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let make = |(id, time, body)| Event { id: EventId::new(id).unwrap(), time: Millis(time), body };
    (id(), any::<i64>(), body()).prop_map(make)
}

fn body() -> impl Strategy<Value = EventBody> {
    prop_oneof![
        item().prop_map(EventBody::ItemUpserted),
        patch().prop_map(EventBody::ItemPatched),
        enrichment().prop_map(EventBody::ItemEnriched),
        id().prop_map(|id| EventBody::ItemDeleted(ItemId::new(id).unwrap())),
        interaction().prop_map(EventBody::Interaction),
        impression().prop_map(EventBody::Impression),
        id().prop_map(|id| EventBody::UserErased(UserId::new(id).unwrap())),
    ]
}

fn id() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{1,40}"
}

fn text() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Arc::from)
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), "[A-Z]{3}")
        .prop_map(|(ten_thousandths, code)| Money { ten_thousandths, currency: Currency::new(&code).unwrap() })
}

fn language() -> impl Strategy<Value = Language> {
    prop_oneof![Just(Language::Chinese), Just(Language::English), Just(Language::Other)]
}

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |number| number.is_finite())
}

fn small() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("finite", |number| number.is_finite())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        vec((language(), text()), 0..3).prop_map(|texts| Value::Text(Texts::new(texts))),
        vec(text(), 0..4).prop_map(Value::Keywords),
        number().prop_map(Value::Number),
        money().prop_map(Value::Money),
        any::<i64>().prop_map(|time| Value::Time(Millis(time))),
        any::<bool>().prop_map(Value::Boolean),
        vec(vec(text(), 0..3), 0..3).prop_map(Value::Categories),
        text().prop_map(Value::Image),
    ]
}

fn picture() -> impl Strategy<Value = Picture> {
    let numbers = vec(any::<u8>(), 0..20);
    (id(), any::<[u8; 16]>(), 0f32..1.0, numbers).prop_map(|(encoder, digest, scale, numbers)| {
        let vector = [&scale.to_le_bytes()[..], &numbers].concat();
        Picture { encoder: Arc::from(encoder.as_str()), digest, vector: Arc::from(vector) }
    })
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let passage = (text(), any::<u32>(), any::<u32>());
    let passage = option::of(passage.prop_map(|(attribute, start, end)| Passage { attribute, start, end }));
    (text(), 0f32..=1.0, text(), passage).prop_map(|(maker, confidence, evidence, passage)| Provenance {
        maker,
        confidence,
        evidence,
        passage,
    })
}

fn enrichment() -> impl Strategy<Value = Enrichment> {
    let values = btree_map(text(), option::of((value(), provenance())), 0..5);
    (id(), values).prop_map(|(id, values)| Enrichment { id: ItemId::new(id).unwrap(), values })
}

fn item() -> impl Strategy<Value = Item> {
    let attributes = (btree_map(text(), value(), 0..5), btree_map(text(), provenance(), 0..3));
    ((id(), option::of(picture())), option::of(id()), any::<bool>(), any::<Option<u32>>(), attributes).prop_map(
        |((id, picture), group, available, stock, (attributes, provenance))| Item {
            id: ItemId::new(id).unwrap(),
            group: group.map(|group| GroupId::new(group).unwrap()),
            available,
            stock,
            attributes,
            provenance,
            picture,
        },
    )
}

fn patch() -> impl Strategy<Value = ItemPatch> {
    let attributes = btree_map(text(), option::of(value()), 0..5);
    let group = option::of(option::of(id().prop_map(|id| GroupId::new(id).unwrap())));
    let id = (id(), option::of(option::of(picture())));
    (id, attributes, any::<Option<bool>>(), any::<Option<Option<u32>>>(), group).prop_map(
        |((id, picture), attributes, available, stock, group): (_, BTreeMap<_, _>, _, _, _)| ItemPatch {
            id: ItemId::new(id).unwrap(),
            attributes,
            available,
            stock,
            group,
            picture,
        },
    )
}

fn actor() -> impl Strategy<Value = Actor> {
    (option::of(id()), option::of(id()), option::of(id())).prop_map(|(user, anonymous, session)| Actor {
        user: user.map(|id| UserId::new(id).unwrap()),
        anonymous: anonymous.map(|id| UserId::new(id).unwrap()),
        session: session.map(|id| SessionId::new(id).unwrap()),
    })
}

fn surface() -> impl Strategy<Value = Surface> {
    proptest::sample::select(Surface::ALL)
}

fn interaction() -> impl Strategy<Value = Interaction> {
    let built_in = proptest::sample::select(InteractionKind::BUILT_IN.to_vec());
    let kind = prop_oneof![built_in, text().prop_map(InteractionKind::Custom)];
    let about = (option::of(id()), (option::of(text()), option::of(text())), option::of(id()), option::of(surface()));
    let figures = (any::<Option<u32>>(), option::of(money()), option::of(small()), any::<Option<u32>>());
    (kind, actor(), about, figures, option::of(small())).prop_map(|(kind, actor, about, figures, weight)| {
        let (item, (query, text), query_id, surface) = about;
        let (quantity, value, rating, position) = figures;
        let item = item.map(|id| ItemId::new(id).unwrap());
        let query_id = query_id.map(|id| QueryId::new(id).unwrap());
        Interaction { kind, actor, item, query, text, query_id, quantity, value, rating, position, weight, surface }
    })
}

fn shown() -> impl Strategy<Value = Shown> {
    let source = prop_oneof![Just("words"), Just("vectors"), Just("bought-together")];
    (id(), any::<u32>(), small(), small(), source).prop_map(|(item, position, score, propensity, source)| Shown {
        item: ItemId::new(item).unwrap(),
        position,
        score,
        propensity,
        source: SourceId::new(source),
    })
}

fn impression() -> impl Strategy<Value = Impression> {
    let arms = vec((text(), text()), 0..3);
    let evidence =
        (option::of(0u64..1 << 60), vec(text(), 0..3), vec(small(), 0..9), option::of(any::<u32>()), 0u32..3);
    let evidence = evidence.prop_map(|(folded, columns, values, took_ms, parts_failed)| Evidence {
        folded: folded.map(Position),
        columns,
        values,
        took_ms,
        parts_failed,
        followed: (parts_failed == 2).then(|| Followed {
            strategy: "策略".into(),
            probability: 0.25,
            state: vec![0.5, -1.0],
        }),
    });
    (id(), actor(), surface(), option::of(text()), vec(shown(), 0..6), (text(), arms), evidence).prop_map(
        |(query_id, actor, surface, query, shown, (ranker, arms), evidence)| Impression {
            evidence,
            query_id: QueryId::new(query_id).unwrap(),
            actor,
            surface,
            query,
            shown,
            ranker,
            arms,
        },
    )
}
