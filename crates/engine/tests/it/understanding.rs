use std::sync::Arc;

use engine::{IntentAnswers, IntentDefinition, SynonymDecisions};
use types::{Actor, EventBody, Interaction, InteractionKind, Request, Route, SessionId, Settings, UserId};

use crate::shop::{Fixture, NOW, event, id, item, put};

/// Deeds of a person: searches with the items clicked.
fn session(fixture: &Fixture, person: &str, searches: &[(&str, &[&str])]) {
    let actor = Actor {
        user: Some(UserId::new(person).unwrap()),
        session: Some(SessionId::new(format!("visit {person}")).unwrap()),
        ..Actor::default()
    };
    let mut events = Vec::new();
    for (place, (query, clicked)) in searches.iter().enumerate() {
        let query: Option<Arc<str>> = Some(Arc::from(*query));
        let name = format!("{person} {place} {}", searches.len());
        let search = Interaction { query: query.clone(), ..Interaction::new(InteractionKind::Search, actor.clone()) };
        events.push(event(&name, EventBody::Interaction(search)));
        for item in *clicked {
            let click = Interaction {
                query: query.clone(),
                item: Some(id(item)),
                ..Interaction::new(InteractionKind::Click, actor.clone())
            };
            events.push(event(&format!("{name} {item}"), EventBody::Interaction(click)));
        }
    }
    fixture.shop().append(events).unwrap();
}

fn stocked(settings: Settings) -> Fixture {
    let fixture = Fixture::new(settings);
    let mut items = Vec::new();
    for number in 0..12 {
        items.push(item(&format!("jacket-{number}"), "户外冲锋衣 防水", "山风", &["户外", "冲锋衣"], 200.0));
        items.push(item(&format!("boots-{number}"), "Northwall hiking boots", "Northwall", &["Shoes", "Boots"], 90.0));
        items.push(item(
            &format!("socks-{number}"),
            "Southridge wool socks for boots",
            "Southridge",
            &["Shoes", "Socks"],
            9.0,
        ));
        items.push(item(&format!("card-{number}"), "Hello how are you today card", "Papier", &["Cards"], 3.0));
    }
    put(&fixture.shop(), items);
    fixture
}

fn words_only() -> Settings {
    Settings { encoders: Vec::new(), log_impressions: false, ..Settings::default() }
}

#[test]
fn what_clicks_taught_and_people_decided_survives_a_restart() {
    let fixture = stocked(words_only());
    for person in 0..5 {
        session(&fixture, &format!("p{person}"), &[("登山服", &[]), ("冲锋衣", &["jacket-1", "jacket-2"])]);
        session(&fixture, &format!("q{person}"), &[("trekking boots", &[]), ("hiking boots", &["boots-1", "boots-2"])]);
    }
    let proposed = |fixture: &Fixture| -> Vec<(String, String)> {
        let proposals = fixture.shop().synonym_proposals().unwrap();
        proposals.into_iter().map(|one| (one.proposal.from, one.id)).collect()
    };
    let before = proposed(&fixture);
    assert_eq!(before.iter().map(|(from, _)| &**from).collect::<Vec<_>>(), ["trekking", "登山服"]);
    let decisions = SynonymDecisions { reject: vec![before[0].1.clone()], ..SynonymDecisions::default() };
    fixture.shop().decide_synonyms(&decisions).unwrap();
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
    let fixture = fixture.reopened();
    fixture.shop().wait_until_current(&mut |_| true).unwrap();
    assert_eq!(proposed(&fixture), before[1..]);
    assert_eq!(fixture.shop().rejected_synonyms().unwrap()[0].from, "trekking");
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
    let accept = SynonymDecisions { accept: vec![before[1].1.clone()], ..SynonymDecisions::default() };
    assert_eq!(fixture.shop().decide_synonyms(&accept).unwrap().len(), 1);
    let fixture = fixture.reopened();
    assert_eq!(fixture.shop().answer(&Request::search("登山服", NOW)).unwrap().total, 12);
    // Without those who searched so there is no evidence.
    (0..5).for_each(|person| {
        let erased = EventBody::UserErased(UserId::new(format!("q{person}")).unwrap());
        fixture.shop().append(vec![event(&format!("erase {person}"), erased)]).unwrap();
    });
    let restore = SynonymDecisions { restore: vec![before[0].1.clone()], ..SynonymDecisions::default() };
    fixture.shop().decide_synonyms(&restore).unwrap();
    assert!(proposed(&fixture).is_empty());
}

#[test]
fn categories_are_predicted_from_clicks_and_order_their_facet() {
    let fixture = stocked(words_only());
    let shop = fixture.shop();
    let read = |query: &str| shop.understand(&Request::search(query, NOW));
    assert!(read("boots").categories.is_empty(), "no encoder, no clicks");
    for person in 0..12 {
        session(&fixture, &format!("p{person}"), &[("boots", &["boots-1", "boots-2", "boots-3"])]);
        session(&fixture, &format!("q{person}"), &[("防水 外套", &["jacket-1", "jacket-2"])]);
    }
    shop.wait_until_current(&mut |_| true).unwrap();
    let names =
        |query: &str| read(query).categories.into_iter().map(|guess| guess.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names("boots"), ["Shoes", "Shoes > Boots"]);
    assert_eq!(names("防水 外套")[..2], ["户外", "户外 > 冲锋衣"]);
    let boosted =
        read("boots").findings.into_iter().find(|finding| finding.step == types::ReadingStep::Category).unwrap();
    assert!(boosted.evidence.contains("clicks after such queries"), "{}", boosted.evidence);
    let facet = types::FacetRequest {
        attribute: Arc::from("category"),
        limit: 10,
        disjunctive: false,
        bins: 0,
        under: Vec::new(),
        level: None,
    };
    let request = Request { facets: vec![facet.clone()], ..Request::search("boots", NOW) };
    let under = types::FacetRequest { under: vec![Arc::from("Shoes")], ..facet };
    let deeper = Request { facets: vec![under], ..Request::search("boots", NOW) };
    let first = |request: &Request| shop.answer(request).unwrap().facets[0].values[0].value.to_string();
    assert_eq!((first(&request), first(&deeper)), ("Shoes".to_owned(), "Shoes > Boots".to_owned()));
}

#[test]
fn entities_filter_where_clicks_bear_them_out() {
    let fixture = stocked(words_only());
    let shop = fixture.shop();
    assert_eq!(shop.answer(&Request::search("northwall boots", NOW)).unwrap().total, 24);
    for person in 0..40 {
        session(&fixture, &format!("p{person}"), &[("northwall boots", &["boots-1", "boots-2", "boots-3"])]);
        session(&fixture, &format!("q{person}"), &[("northwall hiking", &["boots-1", "boots-2", "boots-4"])]);
        session(&fixture, &format!("r{person}"), &[("山风 冲锋衣", &["jacket-1", "jacket-2", "jacket-4"])]);
    }
    shop.wait_until_current(&mut |_| true).unwrap();
    let slate = shop.answer(&Request::search("northwall boots", NOW)).unwrap();
    let findings = slate.reading.unwrap().findings;
    let brand = findings.iter().find(|finding| finding.key.starts_with("entities:brand")).unwrap();
    assert_eq!((slate.total, brand.consequence.name()), (12, "filtered"), "{brand:?}");
    assert!(brand.evidence.contains("measured"), "{}", brand.evidence);
}

fn multilingual() -> Settings {
    Settings { encoders: vec![Arc::from("e5-small-zh-en")], ..words_only() }
}

#[test]
fn a_title_is_a_search_whatever_it_sounds_like() {
    let fixture = stocked(multilingual());
    let shop = fixture.shop();
    let read = |query: &str| shop.understand(&Request::search(query, NOW));
    let greeting = read("hello how are you doing today my friend");
    assert_ne!(greeting.route, Route::Search, "{:?}", greeting.intents);
    let title = read("hello how are you today");
    assert_eq!((&*title.intents[0].name, &title.route), ("search", &Route::Search), "{:?}", title.findings);
}

#[test]
fn intents_of_a_shop_are_learnt_from_few_examples_and_survive_a_restart() {
    let fixture = stocked(multilingual());
    let shop = fixture.shop();
    let define = |name: &str, examples: &[&str]| IntentDefinition {
        name: name.to_owned(),
        answers: IntentAnswers::Human,
        examples: examples.iter().map(|text| (*text).to_owned()).collect(),
    };
    let intents = vec![
        define(
            "warranty",
            &[
                "保修多久",
                "保修期是几年",
                "坏了在保修范围内吗",
                "how long is the warranty",
                "is this covered by warranty",
                "what does the guarantee include",
                "extend my warranty",
                "过保了能修吗",
            ],
        ),
        define(
            "wholesale",
            &[
                "批发价多少",
                "一次买一百件有优惠吗",
                "公司团购怎么联系",
                "do you sell wholesale",
                "bulk order discount",
                "price for 500 units",
                "we are a reseller, any dealer prices",
                "团购报价",
            ],
        ),
    ];
    let report = shop.set_intents(intents.clone()).unwrap().unwrap();
    // Eight examples in two languages each, told from a dozen built-in intents.
    assert!(report.accuracy.value > 0.7, "{report}");
    assert!(report.labels.iter().all(|label| label.recall.value > 0.5 && label.precision.value > 0.7), "{report}");
    let read = |fixture: &Fixture, query: &str| {
        let reading = fixture.shop().understand(&Request::search(query, NOW));
        (reading.intents[0].name.to_string(), reading.route, reading.intents)
    };
    let expected = [
        ("手机的保修期有多长", "warranty"),
        ("does the warranty cover water damage", "warranty"),
        ("批发一百件多少钱", "wholesale"),
        ("hiking boots", "search"),
        ("冲锋衣 男", "search"),
    ];
    let got: Vec<_> = expected.iter().map(|(query, _)| read(&fixture, query)).collect();
    let right = got.iter().zip(expected).filter(|(got, (_, expected))| got.0 == *expected).count();
    assert_eq!(right, expected.len(), "{got:?}");
    assert_eq!((&got[1].1, &got[3].1), (&Route::Human, &Route::Search), "{got:?}");
    drop(shop);
    let fixture = fixture.reopened();
    fixture.shop().wait_until_current(&mut |_| true).unwrap();
    assert_eq!(fixture.shop().intents().0, intents);
    assert_eq!(read(&fixture, "手机的保修期有多长").0, "warranty");
    assert!(fixture.shop().set_intents(Vec::new()).unwrap().is_none());
    assert_ne!(read(&fixture, "手机的保修期有多长").0, "warranty");
}
