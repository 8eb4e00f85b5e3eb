use types::{Actor, EventBody, InteractionKind, RecommendKind, Request, UserId};

use crate::shop::{Fixture, NOW, deed, event, id, ids, items, put, user};

fn baskets(fixture: &Fixture) {
    let shop = fixture.shop();
    put(&shop, items());
    let events = (0..12).flat_map(|n| {
        let buyer = format!("buyer-{n}");
        let (first, second) = if n % 3 == 0 { ("shoes", "sandals") } else { ("headphones", "case") };
        [first, second].map(|item| deed(&format!("{buyer} {item}"), InteractionKind::Purchase, &buyer, item))
    });
    shop.append(events.collect()).unwrap();
}

fn recommend(fixture: &Fixture, kind: RecommendKind, actor: Actor, seeds: &[&str]) -> Vec<String> {
    let seeds = seeds.iter().map(|seed| id(seed)).collect();
    let request = Request { seeds, ..Request::recommend(kind, actor, NOW) };
    ids(&fixture.shop().answer(&request).unwrap()).iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn what_is_bought_together_is_recommended_together() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    assert_eq!(recommend(&fixture, RecommendKind::BoughtTogether, Actor::default(), &["headphones"])[0], "case");
    assert_eq!(recommend(&fixture, RecommendKind::BoughtTogether, Actor::default(), &["shoes"])[0], "sandals");
}

#[test]
fn the_next_recommendation_reflects_an_acknowledged_event() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    assert!(recommend(&fixture, RecommendKind::RecentlyViewed, user("new"), &[]).is_empty());
    fixture.shop().append(vec![deed("v", InteractionKind::View, "new", "shoes")]).unwrap();
    assert_eq!(recommend(&fixture, RecommendKind::RecentlyViewed, user("new"), &[]), ["shoes"]);
    assert_eq!(recommend(&fixture, RecommendKind::ForYou, user("new"), &[])[0], "sandals");
    fixture.shop().append(vec![deed("h", InteractionKind::Hide, "new", "sandals")]).unwrap();
    assert!(!recommend(&fixture, RecommendKind::ForYou, user("new"), &[]).contains(&"sandals".to_owned()));
}

#[test]
fn a_stranger_who_picked_an_item_is_answered_to_that_taste() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    let answer = recommend(&fixture, RecommendKind::ForYou, Actor::default(), &["shoes"]);
    assert!(answer[0] == "sandals" && !answer.contains(&"shoes".to_owned()), "{answer:?}");
}

#[test]
fn an_event_counts_once() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    let twice =
        vec![deed("same", InteractionKind::View, "a", "shoes"), deed("same", InteractionKind::View, "a", "case")];
    let appended = fixture.shop().append(twice).unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (1, 1));
    assert_eq!(recommend(&fixture, RecommendKind::RecentlyViewed, user("a"), &[]), ["shoes"]);
}

#[test]
fn a_stranger_gets_what_is_popular_and_an_erased_user_is_a_stranger() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    let popular = recommend(&fixture, RecommendKind::Popular, Actor::default(), &[]);
    assert_eq!(recommend(&fixture, RecommendKind::ForYou, user("stranger"), &[])[..2], popular[..2]);
    fixture.shop().append(vec![deed("v", InteractionKind::View, "gone", "shoes")]).unwrap();
    fixture.shop().append(vec![event("e", EventBody::UserErased(UserId::new("gone").unwrap()))]).unwrap();
    assert!(recommend(&fixture, RecommendKind::RecentlyViewed, user("gone"), &[]).is_empty());
    let log = fixture.shop().events(types::Position(0), 1000).unwrap();
    assert!(log.iter().all(|logged| !format!("{:?}", logged.event).contains("user: Some(\"gone\")")));
}

#[test]
fn every_kind_answers_and_shows_only_what_can_be_bought() {
    let fixture = Fixture::words_only();
    baskets(&fixture);
    let mut gone = items().remove(3);
    gone.stock = Some(0);
    put(&fixture.shop(), vec![gone]);
    for kind in RecommendKind::ALL {
        let shown = recommend(&fixture, *kind, user("buyer-1"), &["case"]);
        assert!(!shown.contains(&"headphones".to_owned()), "{kind:?}: {shown:?}");
    }
}
