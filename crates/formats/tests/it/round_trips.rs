//! What is written reads back the same, to the last bit, through text.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::Mapping;
use formats::json::{
    event_from_json, event_to_json, item_from_json, item_to_json, parse, patch_from_json, patch_to_json,
    settings_from_json, settings_to_json,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use types::{
    Actor, AttributeSettings, Currency, Enrichment, Event, EventBody, EventId, Evidence, Filter, GroupId, Impression,
    Interaction, InteractionKind, Item, ItemId, ItemPatch, Language, Millis, Money, Objectives, Passage, Picture,
    Position, Provenance, QueryId, RequestRule, Reranking, SessionId, Settings, Shown, SourceId, Surface, Texts,
    UserId, Value, ValueKind, ValueWeights,
};

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 >\"]{1,12}", "[\u{4e00}-\u{4e20}]{1,6}", "\\PC{1,10}", "x{130}"]
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_-]{1,16}", "[\u{4e00}-\u{4e20}]{1,6}"]
}

fn shared() -> impl Strategy<Value = Arc<str>> {
    word().prop_map(Arc::from)
}

fn texts() -> impl Strategy<Value = Texts> {
    let language = prop::sample::select(vec![Language::Chinese, Language::English, Language::Other]);
    prop_oneof![word().prop_map(Texts::guessed), vec((language, shared()), 1..4).prop_map(Texts::new)]
}

fn money() -> impl Strategy<Value = Money> {
    let currency = prop::sample::select(vec!["EUR", "CNY"]);
    (-1_000_000_000_000i64..1_000_000_000_000, currency)
        .prop_map(|(ten_thousandths, code)| Money { ten_thousandths, currency: Currency::new(code).unwrap() })
}

fn categories() -> impl Strategy<Value = Value> {
    vec(vec(shared(), 1..4), 1..3).prop_map(Value::Categories)
}

fn image() -> impl Strategy<Value = Value> {
    "[a-z0-9]{1,8}".prop_map(|name| Value::Image(Arc::from(format!("https://example.com/{name}.jpg"))))
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![any::<f64>().prop_filter("finite", |n| n.is_finite()), (-1000i32..1000).prop_map(f64::from)]
        .prop_map(Value::Number)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        texts().prop_map(Value::Text),
        vec(shared(), 0..4).prop_map(Value::Keywords),
        number(),
        money().prop_map(Value::Money),
        (-10_000_000_000_000i64..100_000_000_000_000).prop_map(|ms| Value::Time(Millis(ms))),
        any::<bool>().prop_map(Value::Boolean),
        categories(),
        image(),
    ]
}

fn attributes() -> impl Strategy<Value = BTreeMap<Arc<str>, Value>> {
    let own = btree_map("[a-z]{3}_[a-z0-9-]{1,6}|[\u{4e00}-\u{4e20}]{1,6}", value(), 0..5);
    let known = (of(texts()), of(vec(shared(), 1..3)), of(categories()), of(money()), of(image()), of(number()));
    (own, known).prop_map(|(own, (title, brand, category, price, image, rating))| {
        let mut all: BTreeMap<Arc<str>, Value> =
            own.into_iter().map(|(name, value)| (Arc::from(name), value)).collect();
        let mut put = |name: &str, value: Option<Value>| all.extend(value.map(|value| (Arc::from(name), value)));
        put("title", title.map(Value::Text));
        put("brand", brand.map(Value::Keywords));
        put("category", category);
        put("price", price.map(Value::Money));
        put("image", image);
        put("rating", rating);
        all
    })
}

fn picture() -> impl Strategy<Value = Picture> {
    (any::<[u8; 16]>(), vec(any::<u8>(), 0..9))
        .prop_map(|(digest, numbers)| Picture::new("lite@1", digest, &[&[0, 0, 0, 0][..], &numbers].concat()).unwrap())
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let passage = (shared(), 0u32..9, 9u32..20);
    let passage = of(passage.prop_map(|(attribute, start, end)| Passage { attribute, start, end }));
    (shared(), 0u8..=100, shared(), passage).prop_map(|(maker, percent, why, passage)| {
        Provenance::new(&maker, f32::from(percent) / 100.0, &why, passage).unwrap()
    })
}

fn enrichment() -> impl Strategy<Value = Enrichment> {
    (id(), attributes(), vec("[a-z]{3}_x", 0..3), provenance()).prop_map(|(id, found, back, provenance)| {
        let found = found.into_iter().map(|(name, value)| (name, Some((value, provenance.clone()))));
        let back = back.into_iter().map(|name| (Arc::from(name), None));
        Enrichment { id: ItemId::new(id).unwrap(), values: found.chain(back).collect() }
    })
}

fn item() -> impl Strategy<Value = Item> {
    let found = of((any::<prop::sample::Index>(), provenance()));
    ((id(), of(picture())), of(id()), any::<bool>(), of(any::<u32>()), (attributes(), found)).prop_map(
        |((id, picture), group, available, stock, (attributes, found))| Item {
            provenance: found
                .filter(|_| !attributes.is_empty())
                .map(|(place, one)| (Arc::clone(place.get(&attributes.keys().cloned().collect::<Vec<_>>())), one))
                .into_iter()
                .collect(),
            id: ItemId::new(id).unwrap(),
            group: group.map(|group| GroupId::new(group).unwrap()),
            available,
            stock,
            attributes,
            picture,
        },
    )
}

fn patch() -> impl Strategy<Value = ItemPatch> {
    let changes = (attributes(), vec("[a-z]{3}_x", 0..3));
    let named = (id(), of(of(picture())));
    (named, changes, of(any::<bool>()), of(of(any::<u32>())), of(of(id()))).prop_map(
        |((id, picture), (set, removed), available, stock, group)| {
            let mut attributes: BTreeMap<Arc<str>, Option<Value>> =
                set.into_iter().map(|(name, value)| (name, Some(value))).collect();
            attributes.extend(removed.into_iter().map(|name| (Arc::from(name), None)));
            let group = group.map(|group| group.map(|group| GroupId::new(group).unwrap()));
            ItemPatch { id: ItemId::new(id).unwrap(), attributes, available, stock, group, picture }
        },
    )
}

fn actor() -> impl Strategy<Value = Actor> {
    (of(id()), of(id()), of(id())).prop_map(|(user, anonymous, session)| Actor {
        user: user.map(|id| UserId::new(id).unwrap()),
        anonymous: anonymous.map(|id| UserId::new(id).unwrap()),
        session: session.map(|id| SessionId::new(id).unwrap()),
    })
}

fn interaction() -> impl Strategy<Value = Interaction> {
    let kind = prop_oneof![
        prop::sample::select(InteractionKind::BUILT_IN.to_vec()),
        "[a-z]{1,8}".prop_map(|name| InteractionKind::Custom(Arc::from(name)))
    ];
    let figures = (of(1u32..), of(money()), 0f32..=1.0, of(1u32..), of(-1e6f32..1e6));
    let surface = prop::sample::select(Surface::ALL);
    (kind, actor(), id(), shared(), of(id()), figures, of(surface)).prop_map(
        |(kind, actor, item, query, query_id, (quantity, value, rating, position, weight), surface)| Interaction {
            item: Some(ItemId::new(item).unwrap()),
            text: (kind == InteractionKind::Review).then(|| Arc::from(format!("{query} 很好"))),
            query: Some(query),
            query_id: query_id.map(|id| QueryId::new(id).unwrap()),
            quantity,
            value,
            rating: Some(rating),
            position,
            weight,
            surface,
            ..Interaction::new(kind, actor)
        },
    )
}

fn impression() -> impl Strategy<Value = Impression> {
    let shown = (id(), 1u32.., -1e30f32..1e30, 0f32..=1.0, prop::sample::select(vec!["words", "bought-together"]))
        .prop_map(|(item, position, score, propensity, source)| Shown {
            item: ItemId::new(item).unwrap(),
            position,
            score,
            propensity,
            source: SourceId::new(source),
        });
    let arms = vec((shared(), shared()), 0..3);
    let decided = (shared(), arms, of(0u64..1 << 50), vec(-1e30f32..1e30, 0..3));
    (id(), actor(), prop::sample::select(Surface::ALL), of(shared()), vec(shown, 0..5), decided).prop_map(
        |(query_id, actor, surface, query, shown, (ranker, arms, folded, values))| Impression {
            evidence: Evidence {
                folded: folded.map(Position),
                columns: (0..values.len()).map(|column| Arc::from(format!("列 {column}"))).collect(),
                values: shown.iter().flat_map(|_| values.clone()).collect(),
                took_ms: folded.map(|folded| folded as u32),
                parts_failed: folded.unwrap_or_default() as u32 % 3,
                followed: folded.filter(|folded| folded % 2 == 0).map(|_| types::Followed {
                    strategy: Arc::from("策略"),
                    probability: 0.25,
                    state: values.clone(),
                }),
            },
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

fn event() -> impl Strategy<Value = Event> {
    let body = prop_oneof![
        item().prop_map(EventBody::ItemUpserted),
        patch().prop_map(EventBody::ItemPatched),
        enrichment().prop_map(EventBody::ItemEnriched),
        id().prop_map(|id| EventBody::ItemDeleted(ItemId::new(id).unwrap())),
        interaction().prop_map(EventBody::Interaction),
        impression().prop_map(EventBody::Impression),
        id().prop_map(|id| EventBody::UserErased(UserId::new(id).unwrap())),
    ];
    (id(), 0i64..2_000_000_000_000, body).prop_map(|(id, time, body)| Event {
        id: EventId::new(id).unwrap(),
        time: Millis(time),
        body,
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let kind = prop::sample::select(ValueKind::ALL.to_vec());
    let attributes = btree_map("[a-z]{3}_[a-z]{1,4}", (kind, 0f32..1000.0), 0..4);
    let filter = prop::sample::select(vec!["brand = 索尼", "price < 20 and not colour in [red, 红]", "weight exists"]);
    let rule =
        (filter, 0.001f32..1000.0, id(), 1u32..=1000, 0..4).prop_map(|(filter, factor, item, position, which)| {
            let filter = Filter::parse(filter).unwrap();
            match which {
                0 => RequestRule::Pin { item: ItemId::new(item).unwrap(), position },
                1 => RequestRule::Boost { filter, factor },
                2 => RequestRule::Bury { filter },
                _ => RequestRule::Hide { filter },
            }
        });
    let rest = (0f32..=1.0, 0f32..=1.0, any::<bool>(), of(1u32..=36_500), -1000f32..1000.0);
    (attributes, vec(rule, 0..4), rest).prop_map(|(attributes, rules, (cutoff, diversity, log, days, weight))| {
        Settings {
            attributes: attributes
                .into_iter()
                .map(|(name, (kind, weight))| (Arc::from(name), AttributeSettings { kind, weight }))
                .collect(),
            rules,
            cutoff,
            diversity,
            reranking: Reranking { exposure: diversity, ..Reranking::default() },
            objectives: Objectives { novelty: diversity, ..Objectives::default() },
            value_weights: ValueWeights { margin: diversity, ..ValueWeights::default() },
            log_impressions: log,
            audit_groups: !log,
            retention_days: days,
            weights: BTreeMap::from([(InteractionKind::Like, weight), (InteractionKind::Custom("赞".into()), 1.0)]),
            ..Settings::default()
        }
    })
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names =
        "id|title|price|amount|currency|type|item|time|shown|attributes|text|path|time|en|rules|filter|[a-z]{1,3}";
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "click|impression|item-upserted|EUR|\\PC{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            vec((names, inner), 0..6).prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn events(event in event()) {
        let text = event_to_json(&event).to_string();
        let document = parse(text.as_bytes()).unwrap();
        let back = event_from_json(&document, None, Millis(2_000_000_000_000), || EventId::new("never").unwrap());
        prop_assert_eq!(back, Ok(event), "{}", text);
    }

    #[test]
    fn settings_documents(settings in settings()) {
        let text = settings_to_json(&settings).to_string();
        prop_assert_eq!(settings_from_json(&parse(text.as_bytes()).unwrap()), Ok(settings), "{}", text);
    }

    /// Whatever is accepted is written so that it is read back the same.
    #[test]
    fn no_document_makes_a_reader_panic(document in any_json()) {
        let event = |document: &serde_json::Value| event_from_json(document, None, Millis(0), || EventId::new("x").unwrap());
        if let Ok(item) = item_from_json(&document, None) {
            prop_assert_eq!(item_from_json(&item_to_json(&item), None), Ok(item));
        }
        if let Ok(patch) = patch_from_json(&document, None) {
            prop_assert_eq!(patch_from_json(&patch_to_json(&patch), None), Ok(patch));
        }
        if let Ok(read) = event(&document) {
            prop_assert_eq!(event(&event_to_json(&read)), Ok(read));
        }
        if let Ok(settings) = settings_from_json(&document) {
            prop_assert_eq!(settings_from_json(&settings_to_json(&settings)), Ok(settings));
        }
        if let Ok(mapping) = Mapping::from_json(&document) {
            prop_assert_eq!(Mapping::from_json(&mapping.to_json()), Ok(mapping));
        }
    }
}
