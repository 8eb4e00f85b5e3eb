use std::sync::Arc;

use engine::Shop;
use types::{EventBody, ItemPatch, Picture, PictureQuery, RecommendKind, Request, Settings};

use crate::shop::{Fixture, NOW, event, id, ids, items, open, put};

/// A picture as a PNG whose pixels are stored, not compressed.
fn png(paint: impl Fn(usize, usize) -> [u8; 3]) -> Vec<u8> {
    const SIDE: usize = 48;
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
        })
    };
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
    };
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        pixels.push(0);
        (0..SIDE).for_each(|x| pixels.extend(paint(x, y)));
    }
    let length = pixels.len() as u16;
    let (mut a, mut b) = (1u32, 0u32);
    for byte in &pixels {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let stored =
        [&[0x78, 0x01, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &pixels, &(b << 16 | a).to_be_bytes()];
    let header = [&(SIDE as u32).to_be_bytes()[..], &(SIDE as u32).to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &stored.concat()), &chunk(b"IEND", b"")]
        .concat()
}

fn stripes(colour: [u8; 3]) -> Vec<u8> {
    png(|x, _| if x / 6 % 2 == 0 { colour } else { [255; 3] })
}

fn disc(colour: [u8; 3]) -> Vec<u8> {
    png(|x, y| if (x as f32 - 24.0).hypot(y as f32 - 24.0) < 16.0 { colour } else { [255; 3] })
}

fn give(shop: &Shop, item: &str, picture: &[u8]) {
    let picture = Some(Some(shop.see_picture(picture).unwrap()));
    let patch = ItemPatch { picture, ..ItemPatch::new(id(item)) };
    shop.append(vec![event(&format!("picture of {item}"), EventBody::ItemPatched(patch))]).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
}

/// The usual items; dresses and shoes have pictures.
fn shop_with_pictures() -> Fixture {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    give(&shop, "dress-red", &disc([200, 20, 30]));
    give(&shop, "dress-blue", &disc([190, 30, 60]));
    give(&shop, "shoes", &stripes([20, 20, 160]));
    give(&shop, "sandals", &stripes([20, 20, 160]));
    fixture
}

fn looking(picture: Vec<u8>) -> Request {
    Request::look(Arc::from(picture), NOW)
}

#[test]
fn a_picture_finds_what_looks_like_it() {
    let fixture = shop_with_pictures();
    let shop = fixture.shop();
    let slate = shop.answer(&Request { explain: true, ..looking(disc([200, 20, 30])) }).unwrap();
    assert_eq!(slate.total, 4, "only what has a picture answers a picture");
    assert_eq!(ids(&slate)[..2], ["dress-red", "dress-blue"]);
    let first = &slate.items[0];
    let explanation = first.explanation.as_ref().unwrap();
    assert_eq!(first.source.as_str(), "picture");
    assert_eq!(explanation.found[0].because.as_deref(), Some("looks like the picture"));
    assert!(explanation.vectors[0].similarity > 0.999, "{explanation:?}");
}

#[test]
fn words_and_a_picture_share_the_score() {
    let fixture = shop_with_pictures();
    let shop = fixture.shop();
    let both = |weight: f32| {
        let picture = Some(PictureQuery { bytes: Arc::from(stripes([20, 20, 160])), weight });
        shop.answer(&Request { picture, ..Request::search("连衣裙", NOW) }).unwrap()
    };
    assert_eq!(ids(&both(0.1))[..2].iter().filter(|id| id.starts_with("dress")).count(), 2);
    let by_picture = both(0.9);
    let mut by_looks = ids(&by_picture)[..2].to_vec();
    by_looks.sort_unstable();
    assert_eq!(by_looks, ["sandals", "shoes"]);
}

#[test]
fn what_looks_similar_is_recommended_with_its_reason() {
    let fixture = shop_with_pictures();
    let request = Request {
        seeds: vec![id("dress-red")],
        explain: true,
        ..Request::recommend(RecommendKind::LooksSimilar, Default::default(), NOW)
    };
    let slate = fixture.shop().answer(&request).unwrap();
    assert_eq!(ids(&slate)[0], "dress-blue");
    let found = &slate.items[0].explanation.as_ref().unwrap().found[0];
    assert_eq!(found.because.as_deref(), Some("looks like dress-red"));
}

#[test]
fn the_same_picture_twice_is_told() {
    let fixture = shop_with_pictures();
    assert_eq!(fixture.shop().duplicate_pictures(0.9999).unwrap(), [vec![id("sandals"), id("shoes")]]);
}

#[test]
fn pictures_outlive_a_restart_and_a_catalogue_put_in_anew() {
    let fixture = shop_with_pictures();
    let shop = fixture.shop();
    let mut anew = items();
    anew.iter_mut().for_each(|item| item.stock = Some(5));
    put(&shop, anew);
    assert!(shop.item(&id("shoes")).unwrap().unwrap().picture.is_some());
    let before = shop.answer(&looking(disc([200, 20, 30]))).unwrap();
    assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
    drop(shop);
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    shop.wait_until_current(&mut |_| true).unwrap();
    let after = shop.answer(&looking(disc([200, 20, 30]))).unwrap();
    assert_eq!(ids(&before), ids(&after));

    // Without anything derived, the log alone brings it back.
    drop(shop);
    let Fixture { engine, folder } = fixture;
    drop(engine);
    let path = folder.path().join("shops/test");
    for derived in ["index-0", "index-1", "checkpoints"] {
        let _ = std::fs::remove_dir_all(path.join(derived));
    }
    let engine = open(folder.path());
    let shop = engine.shop("test").unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    assert_eq!(ids(&shop.answer(&looking(disc([200, 20, 30]))).unwrap()), ids(&before));
}

#[test]
fn a_picture_taken_away_is_found_no_more() {
    let fixture = shop_with_pictures();
    let shop = fixture.shop();
    let patch = ItemPatch { picture: Some(None), ..ItemPatch::new(id("dress-red")) };
    shop.append(vec![event("away", EventBody::ItemPatched(patch))]).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    let slate = shop.answer(&looking(disc([200, 20, 30]))).unwrap();
    assert_eq!((slate.total, ids(&slate)[0]), (3, "dress-blue"));
}

#[test]
fn bad_pictures_are_the_callers_fault_and_foreign_vectors_count_for_nothing() {
    let fixture = shop_with_pictures();
    let shop = fixture.shop();
    let error = shop.answer(&looking(b"no picture".to_vec())).unwrap_err();
    assert!(error.is_user() && error.code() == "picture_format", "{error}");
    assert_eq!(shop.see_picture(&disc([1, 2, 3])[..300]).unwrap_err().code(), "picture_damaged");

    let foreign = Picture::new("another@1", [1; 16], &[0, 0, 128, 63, 1, 2, 3]).unwrap();
    let patch = ItemPatch { picture: Some(Some(foreign)), ..ItemPatch::new(id("case")) };
    shop.append(vec![event("foreign", EventBody::ItemPatched(patch))]).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    assert_eq!(shop.answer(&looking(disc([200, 20, 30]))).unwrap().total, 4);
}

#[test]
fn a_shop_may_do_without_pictures() {
    let settings = Settings { encoders: Vec::new(), pictures: None, log_impressions: false, ..Settings::default() };
    let fixture = Fixture::new(settings);
    let shop = fixture.shop();
    put(&shop, items());
    assert_eq!(shop.answer(&looking(disc([200, 20, 30]))).unwrap_err().code(), "pictures_off");
    assert_eq!(ids(&shop.answer(&Request::search("连衣裙", NOW)).unwrap()).len(), 2);
}
