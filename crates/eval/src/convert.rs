//! Turns public data sets into evaluation folders: `products.jsonl`, `queries.jsonl`, `judgements.csv` for search;
//! `train.jsonl`, `valid.jsonl`, `test.jsonl` for labels of texts; `train.txt`, `dev.txt`, `test.txt` for tags of words.

mod labels;

use std::path::Path;

use serde_json::{Map, Value, json};
use types::FieldError;

pub use labels::{Labelled, bitext, clinc, ner_taobao, zh_reviews};

use crate::{Error, Result, lines};

/// What a conversion wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Converted {
    /// Products.
    pub products: usize,
    /// Queries.
    pub queries: usize,
    /// Judgements.
    pub judgements: usize,
}

/// The Amazon Shopping Queries slice of OpenSearch's search relevance projects: `ubi_ecommerce_products.json` (one product
/// a line) and `esci_us_judgments.json`. Ratings 100, 10, 1, 0 (exact, substitute, complement, irrelevant) become the gains
/// 1, .1, .01, 0 of Reddy et al. 2022 (arXiv:2206.06588). `LICENSE` and `NOTICE` are taken along.
///
/// # Errors
/// Where the source lacks a file or has a bad line, or the folder cannot be written; as in all functions here.
pub fn esci(source: &Path, out: &Path) -> Result<Converted> {
    let mut folder = Folder::default();
    lines::each(&lines::require(source, "ubi_ecommerce_products.json")?, |_, line| {
        let product = formats::json::parse(line.as_bytes())?;
        folder.products.push(esci_product(&product)?);
        Ok(())
    })?;
    let path = lines::require(source, "esci_us_judgments.json")?;
    let wrong = |wrong| Error::Line { path: path.clone(), line: 1, wrong };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut lines::open(&path)?, &mut bytes).map_err(|error| Error::file(&path, error))?;
    let judged = formats::json::parse(&bytes).map_err(wrong)?;
    let expected =
        || FieldError::new("judgements_invalid", "judgmentRatings", "a list of queries with ratings", "none");
    for query in judged["judgmentRatings"].as_array().ok_or_else(|| wrong(expected()))? {
        let number = folder.queries.len() + 1;
        folder.queries.push(json!({ "id": number.to_string(), "text": text(query, "query").map_err(wrong)? }));
        for rating in query["ratings"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let item = text(rating, "docId").map_err(wrong)?;
            let gain = esci_gain(text(rating, "rating").map_err(wrong)?).map_err(wrong)?;
            folder.judgements.push([number.to_string(), item.to_owned(), gain.to_owned()]);
        }
    }
    folder.write(out)?;
    for name in ["LICENSE", "NOTICE"] {
        if source.join(name).is_file() {
            fs_err::copy(source.join(name), out.join(name)).map_err(|error| Error::file(out, error))?;
        }
    }
    Ok(folder.count())
}

/// A retrieval set in three tables without a head: `corpus.tsv` (id, title), `queries.tsv` (id, text) and `qrels.tsv`
/// (query, anything, item, gain), as TREC and Multi-CPR write them.
pub fn retrieval_tsv(source: &Path, out: &Path) -> Result<Converted> {
    let mut folder = Folder::default();
    lines::each(&lines::require(source, "corpus.tsv")?, |_, line| {
        let (id, title) = pair(line)?;
        folder.products.push(json!({ "id": id, "title": title }));
        Ok(())
    })?;
    lines::each(&lines::require(source, "queries.tsv")?, |_, line| {
        let (id, text) = pair(line)?;
        folder.queries.push(json!({ "id": id, "text": text }));
        Ok(())
    })?;
    lines::each(&lines::require(source, "qrels.tsv")?, |_, line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[query, _, item, gain] = fields.as_slice() else {
            return Err(FieldError::new("qrels_invalid", "line", "query, iteration, item, gain", line));
        };
        folder.judgements.push([query, item, gain].map(str::to_owned));
        Ok(())
    })?;
    folder.write(out)?;
    Ok(folder.count())
}

#[derive(Default)]
struct Folder {
    products: Vec<Value>,
    queries: Vec<Value>,
    judgements: Vec<[String; 3]>,
}

impl Folder {
    fn count(&self) -> Converted {
        Converted { products: self.products.len(), queries: self.queries.len(), judgements: self.judgements.len() }
    }

    fn write(&self, out: &Path) -> Result<()> {
        fs_err::create_dir_all(out).map_err(|error| Error::file(out, error))?;
        let json_lines =
            |documents: &[Value]| documents.iter().map(|document| format!("{document}\n")).collect::<String>();
        lines::write(&out.join("products.jsonl"), &json_lines(&self.products))?;
        lines::write(&out.join("queries.jsonl"), &json_lines(&self.queries))?;
        let path = out.join("judgements.csv");
        let broken = |error: csv::Error| Error::file(&path, std::io::Error::other(error));
        let mut table = csv::Writer::from_path(&path).map_err(broken)?;
        table.write_record(["query_id", "item_id", "gain"]).map_err(broken)?;
        for judgement in &self.judgements {
            table.write_record(judgement).map_err(broken)?;
        }
        table.flush().map_err(|error| Error::file(&path, error))
    }
}

/// A product of the source as an item document; what is null, blank or empty is left out, and so is a price of 0.
fn esci_product(source: &Value) -> std::result::Result<Value, FieldError> {
    let trimmed = |name: &str| source[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let mut document = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            document.insert(name.to_owned(), value);
        }
    };
    put("id", Some(json!(text(source, "asin")?)));
    for name in ["title", "description", "brand"] {
        put(name, trimmed(name).map(Value::from));
    }
    let path = source["category"].as_array().filter(|path| !path.is_empty());
    put("category", path.map(|path| json!([path])));
    let price = source["price"].as_f64().filter(|price| *price > 0.0);
    put("price", price.map(|amount| json!({ "amount": amount, "currency": "USD" })));
    put("image", trimmed("image").map(Value::from));
    put("rating", Some(source["rating"].clone()));
    put("rating_count", Some(source["rating_count"].clone()));
    let mut attributes = Map::new();
    if let Some(color) = trimmed("color") {
        attributes.insert("color".to_owned(), json!(color));
    }
    if let Some(bullets) = trimmed("bullet_points") {
        attributes.insert("bullets".to_owned(), json!({ "text": bullets }));
    }
    put("attributes", Some(Value::Object(attributes)).filter(|value| value != &json!({})));
    Ok(Value::Object(document))
}

fn esci_gain(rating: &str) -> std::result::Result<&'static str, FieldError> {
    match rating.parse::<f64>() {
        Ok(100.0) => Ok("1"),
        Ok(10.0) => Ok("0.1"),
        Ok(1.0) => Ok("0.01"),
        Ok(0.0) => Ok("0"),
        _ => Err(FieldError::new("rating_invalid", "rating", "100, 10, 1 or 0", rating)),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> std::result::Result<&'a str, FieldError> {
    value[name].as_str().ok_or_else(|| FieldError::new("text_missing", name, "a text", value[name].to_string()))
}

fn pair(line: &str) -> std::result::Result<(&str, &str), FieldError> {
    line.split_once('\t').ok_or_else(|| FieldError::new("columns_missing", "line", "an id, a tab and a text", line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs_err::read_to_string(path).unwrap()
    }

    #[test]
    fn esci_becomes_an_evaluation_folder() {
        let dir = tempfile::tempdir().unwrap();
        let product = r#"{"asin":"B1","title":"Tea towel ","description":"","bullet_points":"a\nb","brand":null,"color":"Red","price":3.5,"category":["Home","Linen"],"rating":4.5,"rating_count":7,"image":"http://x/1.jpg","is_book":false}"#;
        let judged = r#"{"judgmentRatings":[{"query":"t towels","ratings":[{"docId":"B1","rating":"10.000"}]}]}"#;
        fs_err::write(dir.path().join("ubi_ecommerce_products.json"), product).unwrap();
        fs_err::write(dir.path().join("esci_us_judgments.json"), judged).unwrap();
        let out = dir.path().join("out");
        assert_eq!(esci(dir.path(), &out).unwrap(), Converted { products: 1, queries: 1, judgements: 1 });
        let expected = json!({
            "id": "B1", "title": "Tea towel", "category": [["Home", "Linen"]],
            "price": {"amount": 3.5, "currency": "USD"}, "image": "http://x/1.jpg", "rating": 4.5, "rating_count": 7,
            "attributes": {"color": "Red", "bullets": {"text": "a\nb"}},
        });
        assert_eq!(serde_json::from_str::<Value>(&read(&out.join("products.jsonl"))).unwrap(), expected);
        assert_eq!(read(&out.join("judgements.csv")), "query_id,item_id,gain\n1,B1,0.1\n");

        fs_err::write(dir.path().join("esci_us_judgments.json"), judged.replace("10.000", "7")).unwrap();
        let message = esci(dir.path(), &out).unwrap_err().to_string();
        assert!(message.ends_with("`rating`: expected 100, 10, 1 or 0, got 7"), "{message}");
    }

    #[test]
    fn tables_become_an_evaluation_folder() {
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("corpus.tsv"), "0\t红色 连衣裙\n1\t茶杯\n").unwrap();
        fs_err::write(dir.path().join("queries.tsv"), "7\t裙子\n").unwrap();
        fs_err::write(dir.path().join("qrels.tsv"), "7\t0\t0\t1\n").unwrap();
        let out = dir.path().join("out");
        assert_eq!(retrieval_tsv(dir.path(), &out).unwrap(), Converted { products: 2, queries: 1, judgements: 1 });
        assert_eq!(read(&out.join("queries.jsonl")), "{\"id\":\"7\",\"text\":\"裙子\"}\n");
        assert_eq!(read(&out.join("judgements.csv")), "query_id,item_id,gain\n7,0,1\n");
    }
}
