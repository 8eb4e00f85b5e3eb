//! Columns find their fields, and what cannot be known is asked for.

use std::io::Cursor;
use std::path::Path;

use expect_test::{Expect, expect};
use formats::json::{event_to_json, item_to_json};
use formats::{FORMATS, Guessed, Mapping, OpenOptions, RowSource, Sampled, Target, open_file, open_reader};
use proptest::prelude::*;
use types::{Currency, EventId, Millis};

const NOW: Millis = Millis(1_714_521_600_000);

fn sampled(text: &str) -> Sampled {
    let reader = Box::new(Cursor::new(text.to_owned().into_bytes()));
    Sampled::new(open_reader(reader, &OpenOptions::default()).unwrap(), 100)
}

fn guessed(mapping: &Mapping, source: &Sampled) -> Guessed {
    mapping.guess(&source.columns_seen(), &source.rows())
}

/// Guesses, checks and applies; tells all of it.
fn import(mapping: &Mapping, text: &str) -> String {
    let mut source = sampled(text);
    let Guessed { mapping, notes } = guessed(mapping, &source);
    let mut out = notes.join("\n") + "\n";
    if let Err(error) = mapping.check(Some(&source.columns_seen())) {
        return out + &format!("{} {error}\n", error.code);
    }
    while let Some(row) = source.next_row().unwrap() {
        let id = || EventId::new(format!("row-{}", row.number)).unwrap();
        let document = match mapping.target {
            Target::Items => mapping.item(&row, None).map(|item| item_to_json(&item)),
            Target::Events => mapping.event(&row, None, NOW, id).map(|event| event_to_json(&event)),
        };
        out += &match document {
            Ok(document) => format!("{document}\n"),
            Err(rejected) => {
                format!("row {} {} {}: {}\n", rejected.row, rejected.code, rejected.field, rejected.reason)
            }
        };
    }
    out
}

fn check(mapping: &Mapping, text: &str, expected: Expect) {
    expected.assert_eq(&import(mapping, text));
}

fn items() -> Mapping {
    Mapping::new(Target::Items).with_currency(Currency::new("USD").unwrap())
}

#[test]
fn a_catalogue_in_json_lines() {
    let rows = r#"{"title": "Kindle", "description": "", "bullet_points": "Thin.\nLight.", "brand": "Amazon", "color": "Black", "image": "https://x.y/a.jpg", "price": null, "category": [], "rating": 4.6, "rating_count": 12, "is_book": false, "query_id": ["67"], "asin": "B07", "_id": "B07"}
{"title": "耳机", "brand": "", "price": 29.97, "category": ["Electronics", "Headphones"], "asin": "B08", "_id": "B08", "new": 1}"#;
    check(
        &items(),
        rows,
        expect![[r#"
        id ← `asin`
        title ← `title`
        description ← `description`
        brand ← `brand`
        category ← `category`
        price ← `price`
        image ← `image`
        rating ← `rating`
        rating_count ← `rating_count`
        amounts in `price` that name no currency are USD
        attributes.bullet_points ← `bullet_points` (text)
        attributes.color ← `color` (keywords)
        attributes.is_book ← `is_book` (boolean)
        `query_id` is left out: it tells of searches, not of the item
        `_id` is left out: it repeats the id
        attributes.new ← `new` (number)
        {"id":"B07","title":"Kindle","brand":"Amazon","image":"https://x.y/a.jpg","rating":4.6,"rating_count":12,"attributes":{"bullet_points":{"text":"Thin.\nLight."},"color":"Black","is_book":false}}
        {"id":"B08","title":"耳机","category":["Electronics","Headphones"],"price":{"amount":29.97,"currency":"USD"},"attributes":{"new":1}}
    "#]],
    );
}

#[test]
fn a_chinese_table() {
    let rows = "商品编号,商品名称,品牌,类目,售价,库存,颜色,货架\n001,连衣裙,蕉内,女装 > 裙子,\"1,299.00\",3,红,00七\n002,衬衫,,男装,\u{ffe5}99,x,白,8\n";
    check(
        &items(),
        rows,
        expect![[r#"
        id ← `商品编号`
        title ← `商品名称`
        brand ← `品牌`
        category ← `类目`
        price ← `售价`
        `库存` is not taken for stock: 1 of 2 values cannot be read so
        amounts in `售价` that name no currency are USD
        attributes.库存 ← `库存` (keywords)
        attributes.颜色 ← `颜色` (keywords)
        attributes.货架 ← `货架` (keywords)
        {"id":"001","title":"连衣裙","brand":"蕉内","category":["女装","裙子"],"price":{"amount":1299,"currency":"USD"},"attributes":{"库存":"3","货架":"00七","颜色":"红"}}
        {"id":"002","title":"衬衫","category":["男装"],"price":{"amount":99,"currency":"USD"},"attributes":{"库存":"x","货架":"8","颜色":"白"}}
    "#]],
    );
}

#[test]
fn a_price_without_currency_is_asked_for() {
    check(
        &Mapping::new(Target::Items),
        "sku,price\na,1\n",
        expect![[r#"
        id ← `sku`
        price ← `price`
        `price` names no currency: one must be given before it can be imported
        currency_missing `currency`: expected an ISO 4217 code such as EUR, or a column for `price.currency`, got nothing
    "#]],
    );
    check(
        &Mapping::new(Target::Items),
        "sku,price,currency\na,1,EUR\nb,,EUR\n",
        expect![[r#"
        id ← `sku`
        price ← `price`
        price.currency ← `currency`
        {"id":"a","price":{"amount":1,"currency":"EUR"}}
        {"id":"b"}
    "#]],
    );
}

#[test]
fn events_with_a_mapping_file() {
    let mapping = Mapping::parse(
        r#"
        target = "events"
        currency = "GBP"
        time_format = "%d/%m/%Y %H:%M"
        [fields]
        event_id = "{Invoice}-{row}"
        time = "InvoiceDate"
        item = "StockCode"
        user = "Customer ID"
        session = "Invoice"
        quantity = "Quantity"
        value = "Price"
        [constants]
        type = "purchase"
        "#,
    )
    .unwrap();
    assert_eq!(Mapping::from_json(&mapping.to_json()).unwrap(), mapping);
    let rows = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID\n\
        489434,85048,LIGHTS,12,01/12/2009 07:45,6.95,13085.0\n\
        C489449,22087,PAPER,-12,01/12/2009 10:33,2.95,\n\
        489435,22350,CAT BOWL,12,yesterday,2.55,13085\n";
    check(
        &mapping,
        rows,
        expect![[r#"
        amounts in `Price` that name no currency are GBP
        left out: Description
        {"event_id":"489434-1","type":"purchase","time":"2009-12-01T07:45:00Z","user":"13085.0","session":"489434","item":"85048","quantity":12,"value":{"amount":6.95,"currency":"GBP"}}
        row 2 out_of_range quantity: expected a whole number from 1 to 4294967295, got the number -12 (column `Quantity`)
        row 3 time_invalid time: expected a time written as %d/%m/%Y %H:%M, got the text "yesterday" (column `InvoiceDate`)
    "#]],
    );
}

#[test]
fn events_guessed() {
    check(
        &Mapping::new(Target::Events),
        "user_id,item_id,behavior_type,timestamp\nu,i,pv,1511544070\nu,i,buy,1511561733\n",
        expect![[r#"
        type ← `behavior_type`
        `timestamp` counts seconds since 1970
        time ← `timestamp`
        user ← `user_id`
        item ← `item_id`
        type `buy` means purchase
        type `pv` means view
        {"event_id":"row-1","type":"view","time":"2017-11-24T17:21:10Z","user":"u","item":"i"}
        {"event_id":"row-2","type":"purchase","time":"2017-11-24T22:15:33Z","user":"u","item":"i"}
    "#]],
    );
    check(
        &Mapping::new(Target::Events),
        "用户,商品\nu,i\n",
        expect![[r#"
        user ← `用户`
        item ← `商品`
        field_missing `fields.type`: expected a column (or, under `constants`, a value) for `type`, got nothing
    "#]],
    );
}

#[test]
fn exported_documents_are_taken_as_they_are() {
    let rows = r#"{"event_id":"e","type":"item-upserted","time":"2024-05-01T00:00:00Z","item":{"id":"a","title":"x"}}"#;
    check(
        &Mapping::new(Target::Events),
        rows,
        expect![[r#"
        the rows are documents already and are taken as they are
        {"event_id":"e","type":"item-upserted","time":"2024-05-01T00:00:00Z","item":{"id":"a","title":"x"}}
    "#]],
    );
}

#[test]
fn faults_of_mappings_are_named() {
    let bad = |text: &str, expected: Expect| {
        let error = Mapping::parse(text).unwrap_err();
        expected.assert_eq(&format!("{} {error}", error.code));
    };
    bad(
        "feilds = 1",
        expect![
            "unknown_field `feilds`: expected one of target, convention, events, fields, constants, values, types, skip, unknown, currency, category_separator, list_separator, time_format, rating_range; did you mean `fields`?, got feilds"
        ],
    );
    bad("currency = \"euro\"", expect!["currency_invalid `currency`: expected an ISO 4217 code such as EUR, got euro"]);
    bad("{\"fields\": {\"id\": 3}}", expect!["type_mismatch `fields.id`: expected a text, got the number 3"]);
    let missing = Mapping::parse("[fields]\nid = \"sku\"\ntitle = \"name\"").unwrap();
    let error = missing.check(Some(&["sku".to_owned(), "Name".to_owned()])).unwrap_err();
    expect!["column_missing `fields.title`: expected one of the columns sku, Name, got name"]
        .assert_eq(&format!("{} {error}", error.code));
}

/// The real files, where they are at hand.
#[test]
fn real_files() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let products = data.join("esci_150q/ubi_ecommerce_products.json.gz");
    if !products.exists() {
        return;
    }
    let mut source = Sampled::new(open_file(&products, &OpenOptions::default()).unwrap(), 200);
    let mapping = guessed(&items(), &source).mapping;
    let mut read = 0;
    while let Some(row) = source.next_row().unwrap() {
        mapping.item(&row, None).unwrap_or_else(|rejected| panic!("{rejected:?}"));
        read += 1;
    }
    assert_eq!(read, 6764);

    let invoices = data.join("online_retail/online_retail_I_531282rows.parquet");
    let mapping = Mapping::parse(
        "target = 'events'\ncurrency = 'GBP'\n[constants]\ntype = 'custom:line'\n[fields]\nvalue = 'UnitPrice'",
    );
    let mut source = Sampled::new(open_file(&invoices, &OpenOptions::default()).unwrap(), 200);
    let mapping = guessed(&mapping.unwrap(), &source).mapping;
    mapping.check(source.columns()).unwrap();
    while let Some(row) = source.next_row().unwrap().filter(|row| row.number <= 20_000) {
        let event = mapping.event(&row, None, NOW, || EventId::new(format!("line-{}", row.number)).unwrap());
        assert!(event.unwrap().time < NOW);
    }
}

/// A small file, of the parts that files are made of.
fn any_file() -> impl Strategy<Value = String> {
    let words = "id title price time type user item 耳机 1.5 -3 1714521600 2024-05-01 click true null , | ; > \" { } [ ] : \"id\": \"title\":\"耳机\" {\"id\":\"a\"}";
    let parts: Vec<&str> = words.split(' ').chain([" ", "\t", "\n", "\r\n", "\0", "\u{feff}"]).collect();
    prop::collection::vec(prop::sample::select(parts), 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_file_can_be_imported_as_anything(file in any_file(), target in prop::sample::select(vec![Target::Items, Target::Events])) {
        for format in FORMATS.iter().map(|format| Some(format.name().to_owned())).chain([None]) {
            let options = OpenOptions { format, ..OpenOptions::default() };
            let Ok(source) = open_reader(Box::new(Cursor::new(file.clone().into_bytes())), &options) else { continue };
            let mut source = Sampled::new(source, 20);
            let mapping = guessed(&Mapping::new(target), &source).mapping;
            let _ = mapping.check(source.columns());
            while let Ok(Some(row)) = source.next_row() {
                let refused = match target {
                    Target::Items => mapping.item(&row, None).err(),
                    Target::Events => mapping.event(&row, None, NOW, || EventId::new("x").unwrap()).err(),
                };
                prop_assert!(refused.is_none_or(|rejected| rejected.row == row.number));
            }
        }
    }
}

#[test]
fn files_of_reviews_are_told_by_their_text() {
    let events = || Mapping::new(Target::Events);
    check(
        &events(),
        "reviewerID,asin,reviewText,overall,unixReviewTime,price\nu1,B07,\"Great, works\",5,1700000000,12.5\nu2,B07,,1,1700000100,12.5\n",
        expect![[r#"
            `unixReviewTime` counts seconds since 1970
            time ← `unixReviewTime`
            user ← `reviewerID`
            item ← `asin`
            text ← `reviewText`
            rating ← `overall`
            every row is a review, because `reviewText` is a text and nothing names the kind
            ratings in `overall` run from 1 to 5
            left out: price
            {"event_id":"row-1","type":"review","time":"2023-11-14T22:13:20Z","user":"u1","item":"B07","text":"Great, works","rating":1}
            {"event_id":"row-2","type":"review","time":"2023-11-14T22:15:00Z","user":"u2","item":"B07","rating":0}
        "#]],
    );
    check(
        &events(),
        "商品编号,评论内容,评分,评价时间\n裙-1,质量很好,5,2024-03-01\n裙-1,太差了,1,2024-03-02\n",
        expect![[r#"
        time ← `评价时间`
        item ← `商品编号`
        text ← `评论内容`
        rating ← `评分`
        every row is a review, because `评论内容` is a text and nothing names the kind
        ratings in `评分` run from 1 to 5
        {"event_id":"row-1","type":"review","time":"2024-03-01T00:00:00Z","item":"裙-1","text":"质量很好","rating":1}
        {"event_id":"row-2","type":"review","time":"2024-03-02T00:00:00Z","item":"裙-1","text":"太差了","rating":0}
    "#]],
    );
    check(
        &events(),
        "user,item,type,comment\nu,i,purchase,wrap it as a gift\n",
        expect![[r#"
        type ← `type`
        user ← `user`
        item ← `item`
        `comment` is left out: only reviews have a text
        left out: comment
        {"event_id":"row-1","type":"purchase","time":"2024-05-01T00:00:00Z","user":"u","item":"i"}
    "#]],
    );
    check(
        &events(),
        "user,item,type,comment\nu,i,评论,很好\n",
        expect![[r#"
        type ← `type`
        user ← `user`
        item ← `item`
        text ← `comment`
        type `评论` means review
        {"event_id":"row-1","type":"review","time":"2024-05-01T00:00:00Z","user":"u","item":"i","text":"很好"}
    "#]],
    );
}
