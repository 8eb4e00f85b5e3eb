use std::sync::Arc;

use types::{EventBody, InteractionKind, RecommendKind, Request, Settings};

use crate::shop::{Fixture, NOW, deed, event, id, ids, items, put, search, user};

fn filled() -> Fixture {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    let deeds = (0..40).map(|n| {
        let item = ["shoes", "sandals", "case", "headphones"][n % 4];
        deed(&format!("d{n}"), InteractionKind::Purchase, &format!("u{}", n / 2), item)
    });
    shop.append(deeds.collect()).unwrap();
    shop.append(vec![event("gone", EventBody::ItemDeleted(id("dress-blue")))]).unwrap();
    fixture
}

fn answers(fixture: &Fixture) -> Vec<String> {
    let recommend = |kind| fixture.shop().answer(&Request::recommend(kind, user("u3"), NOW)).unwrap();
    let slates = [
        search(&fixture.shop(), "连衣裙"),
        search(&fixture.shop(), "women"),
        recommend(RecommendKind::ForYou),
        recommend(RecommendKind::Popular),
    ];
    slates.iter().map(|slate| format!("{:?} {}", ids(slate), slate.total)).collect()
}

#[test]
fn a_restart_gives_the_same_answers_and_the_replay_agrees() {
    let fixture = filled();
    let before = answers(&fixture);
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
    let fixture = fixture.reopened();
    assert_eq!(answers(&fixture), before);
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
}

#[test]
fn lost_checkpoints_and_indices_are_made_again_from_the_log() {
    let fixture = filled();
    let before = answers(&fixture);
    let Fixture { engine, folder } = fixture;
    drop(engine);
    let shop = folder.path().join("shops/test");
    std::fs::remove_dir_all(shop.join("checkpoints")).unwrap();
    std::fs::remove_dir_all(shop.join("derived")).unwrap();
    let engine = crate::shop::open(folder.path());
    let fixture = Fixture { engine, folder };
    assert_eq!(answers(&fixture), before);
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
}

#[test]
fn other_searched_attributes_are_swapped_in_without_a_gap() {
    let fixture = filled();
    let shop = fixture.shop();
    assert_eq!(search(&shop, "Sony").total, 2);
    let mut settings = Settings::clone(&shop.settings());
    let unsearched = types::AttributeSettings { kind: types::ValueKind::Keywords, weight: 0.0 };
    settings.attributes.insert(Arc::from("brand"), unsearched);
    shop.set_settings(settings.clone()).unwrap();
    // Built beside: every answer on the way is one of the two, and the new settings come with the new index.
    while *shop.settings() != settings {
        assert_eq!(search(&shop, "Asics").total, 1);
        std::thread::yield_now();
    }
    assert_eq!(search(&shop, "Asics").total, 0);
    drop(shop);
    let fixture = fixture.reopened();
    assert_eq!(search(&fixture.shop(), "Asics").total, 0);
    assert_eq!(*fixture.shop().settings(), settings);
}

#[test]
fn shops_are_isolated_and_go_with_everything_they_have() {
    let fixture = filled();
    let other = types::ShopId::new("other").unwrap();
    let settings = Settings { encoders: Vec::new(), ..Settings::default() };
    let shop = fixture.engine.create_shop(&other, settings.clone()).unwrap();
    assert_eq!(search(&shop, "women").total, 0);
    assert_eq!(fixture.engine.create_shop(&other, settings).err().map(|error| error.code()), Some("shop_exists"));
    drop(shop);
    fixture.engine.delete_shop(&other).unwrap();
    assert_eq!(fixture.engine.shop("other").err().map(|error| error.code()), Some("unknown_shop"));
    let fixture = fixture.reopened();
    assert_eq!(fixture.engine.shops().len(), 1);
}
