use std::path::Path;
use std::sync::Arc;

use engine::{Engine, EngineConfig};
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
    loop {
        let found = search(&shop, "Asics").total;
        if *shop.settings() == settings {
            break;
        }
        assert_eq!(found, 1);
        std::thread::yield_now();
    }
    assert_eq!(search(&shop, "Asics").total, 0);
    drop(shop);
    let fixture = fixture.reopened();
    assert_eq!(search(&fixture.shop(), "Asics").total, 0);
    assert_eq!(*fixture.shop().settings(), settings);
}

/// A folder of models with MiniLM under its own name and, as another model, under the name `retrained`, which reads
/// fewer pieces of a passage.
fn two_models() -> tempfile::TempDir {
    let models = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/minilm-l6-en");
    for id in ["minilm-l6-en", "retrained"] {
        let folder = models.path().join(id);
        std::fs::create_dir(&folder).unwrap();
        for entry in std::fs::read_dir(&original).unwrap() {
            let (from, to) = (entry.as_ref().unwrap().path(), folder.join(entry.unwrap().file_name()));
            std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop)).unwrap();
        }
        let mut manifest = manifest(&folder);
        manifest["id"] = id.into();
        write_manifest(&folder, &manifest);
    }
    models
}

fn manifest(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(folder.join("model.json")).unwrap()).unwrap()
}

fn write_manifest(folder: &Path, manifest: &serde_json::Value) {
    // Removed first: the file may be a second name of the committed one.
    std::fs::remove_file(folder.join("model.json")).unwrap();
    std::fs::write(folder.join("model.json"), manifest.to_string()).unwrap();
}

#[test]
fn another_encoder_takes_over_without_a_gap_and_a_changed_one_is_never_mixed_with_its_past() {
    let (models, folder) = (two_models(), tempfile::tempdir().unwrap());
    let open = || {
        let (data_dir, models_dir) = (folder.path().to_owned(), models.path().to_owned());
        let config = EngineConfig { data_dir, models_dir, ..EngineConfig::default() };
        Engine::open(config, Arc::new(types::FixedClock(NOW))).unwrap()
    };
    let engine = open();
    let encoders = |id: &str| Settings { encoders: vec![Arc::from(id)], log_impressions: false, ..Settings::default() };
    let shop = engine.create_shop(&types::ShopId::new("test").unwrap(), encoders("minilm-l6-en")).unwrap();
    put(&shop, items());
    // No item has the word; only vectors can find them.
    let found_by_meaning = |shop: &engine::Shop| search(shop, "footwear").total > 0;
    assert!(found_by_meaning(&shop));

    shop.set_settings(encoders("retrained")).unwrap();
    while shop.settings().encoders[0].as_ref() != "retrained" {
        assert!(found_by_meaning(&shop));
        if let Some(progress) = shop.stats().unwrap().rebuild {
            assert!(progress.done <= progress.total);
        }
        std::thread::yield_now();
    }
    assert!(found_by_meaning(&shop));
    assert_eq!(shop.stats().unwrap().rebuild, None);
    drop((shop, engine));

    // The same id with other vectors: those of before must go.
    let mut changed = manifest(&models.path().join("retrained"));
    changed["passage_tokens"] = 8.into();
    write_manifest(&models.path().join("retrained"), &changed);
    let engine = open();
    let shop = engine.shop("test").unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    assert!(found_by_meaning(&shop));
    assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
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
