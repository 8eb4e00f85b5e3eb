//! Prints what the index costs on synthetic items: `cargo run --release -p index --example figures -- 200000`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]

use std::sync::Arc;
use std::time::Instant;

use index::{EncoderConfig, Index, IndexConfig, RowSet};
use types::{
    Analyzer, Comparison, Currency, FacetRequest, FieldWeights, Filter, Item, ItemId, Language, Lexical, Literal,
    Money, Position, Rng, Row, Texts, Token, Value,
};

struct Words;

impl Analyzer for Words {
    fn version(&self) -> &str {
        "spaces"
    }

    fn analyze(&self, text: &str, _: Language, sink: &mut dyn FnMut(Token<'_>)) {
        let mut at = 0;
        for (position, term) in text.split(' ').enumerate() {
            sink(Token { term, span: (at, at + term.len()), position: position as u32 });
            at += term.len() + 1;
        }
    }

    fn analyze_query(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        self.analyze(text, language, sink);
    }

    fn squash(&self, text: &str) -> String {
        text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let items: u32 = arguments.next().map_or(200_000, |count| count.parse().unwrap());
    let dimensions = 384;
    let folder = tempfile::tempdir().unwrap();
    let config = || IndexConfig {
        encoders: vec![EncoderConfig { id: Arc::from("e"), version: Arc::from("1"), dimensions }],
        ..IndexConfig::new(Arc::new(Words))
    };
    let index = Index::open(folder.path(), config()).unwrap();
    let mut rng = Rng::new(1);
    // Word frequencies fall as in language: rank r about 1 / r.
    let word = |rng: &mut Rng| format!("w{}", (10_000f64.powf(rng.unit())) as u32);
    let start = Instant::now();
    for row in 0..items {
        let mut text = |words| (0..words).map(|_| word(&mut rng)).collect::<Vec<_>>().join(" ");
        let (title, description) = (text(8), text(32));
        let brand = Arc::from(format!("brand{}", rng.below(500)));
        let path = vec![Arc::from(format!("c{}", rng.below(20))), Arc::from(format!("d{}", rng.below(20)))];
        let price = Money::new(rng.unit() * 500.0, Currency::new("EUR").unwrap()).unwrap();
        let item = Item::new(ItemId::new(format!("i{row}")).unwrap())
            .with("title", Value::Text(Texts::guessed(title)))
            .with("description", Value::Text(Texts::guessed(description)))
            .with("brand", Value::Keywords(vec![brand]))
            .with("category", Value::Categories(vec![path]))
            .with("price", Value::Money(price));
        index.upsert(Row(row), &item);
        if row % 10_000 == 9_999 {
            index.commit().unwrap();
        }
    }
    index.commit().unwrap();
    println!("{items} items taken in and committed: {:.1} s", start.elapsed().as_secs_f64());
    let vector = |rng: &mut Rng| (0..dimensions).map(|_| rng.normal() as f32).collect::<Vec<_>>();
    for row in 0..items.min(50_000) {
        index.set_vector(Row(row), "e", 0, &vector(&mut rng)).unwrap();
    }
    let searcher = index.refresh();
    for count in [12_000, 50_000] {
        let allowed = RowSet::all(count);
        let query = vector(&mut rng);
        measure(&format!("scan of {count} vectors, top 100"), || {
            searcher.search_vectors("e", &query, &allowed, 100).unwrap().len()
        });
    }
    let queries: Vec<String> = (0..64).map(|_| (0..3).map(|_| word(&mut rng)).collect::<Vec<_>>().join(" ")).collect();
    let facet = |attribute: &str| FacetRequest {
        attribute: Arc::from(attribute),
        limit: 10,
        disjunctive: false,
        bins: 5,
        under: Vec::new(),
        level: None,
    };
    let mut next = queries.iter().cycle();
    measure("words, 3 terms, top 100, all matches", || {
        let query = searcher.words_query(next.next().unwrap(), &FieldWeights::default()).unwrap();
        searcher.search_words(&query, searcher.all(), 0.0, 100).unwrap().total
    });
    let plain = Lexical { phrase: 0.0, exact: 0.0, number: 0.0, minimum_match: 0.0 };
    // The same queries again.
    let mut next = queries.iter().cycle();
    measure("the same without phrases and whole values", || {
        let text = next.next().unwrap();
        let query = searcher.expanded_query(text, &[], &FieldWeights::default(), plain).unwrap();
        searcher.search_words(&query, searcher.all(), 0.0, 100).unwrap().total
    });
    measure("words with 3 facets", || {
        let query = searcher.words_query(next.next().unwrap(), &FieldWeights::default()).unwrap();
        let hits = searcher.search_words(&query, searcher.all(), 0.0, 100).unwrap();
        ["brand", "category", "price"]
            .iter()
            .map(|name| searcher.facet(&hits.matched, &facet(name)).unwrap().distinct)
            .sum()
    });
    for name in ["brand", "category", "price"] {
        measure(&format!("facet {name} over all"), || searcher.facet(searcher.all(), &facet(name)).unwrap().distinct);
    }
    let value = Literal::Number(100.0);
    let cheap = Filter::Compare { attribute: Arc::from("price"), comparison: Comparison::Less, value };
    measure("filter price < 100", || searcher.filter(&cheap).unwrap().len());
    let rows: Vec<Row> = (0..300).map(|at| Row(at * (items / 300))).collect();
    let query = searcher.words_query(&queries[0], &FieldWeights::default()).unwrap();
    measure("words' scores of 300 rows", || searcher.score_words(&query, &rows).unwrap().len());
    measure("refresh after a patch", || {
        index.delete(Row(1));
        index.refresh().all().len()
    });
    let start = Instant::now();
    index.begin_checkpoint(Position(1)).write().unwrap();
    println!("checkpoint: {:.2} s", start.elapsed().as_secs_f64());
    drop((searcher, index));
    let start = Instant::now();
    let index = Index::open(folder.path(), config()).unwrap();
    println!("reopen: {:.2} s, {} items", start.elapsed().as_secs_f64(), index.stats().items);
}

fn measure(what: &str, mut run: impl FnMut() -> usize) {
    let mut times: Vec<f64> = Vec::new();
    let mut size = 0;
    for _ in 0..100 {
        let start = Instant::now();
        size += run();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    println!("{what}: median {:.3} ms, p99 {:.3} ms ({} on average)", times[50], times[98], size / 100);
}
