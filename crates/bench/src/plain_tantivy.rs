//! The yardstick for words: tantivy as its manual shows it, with the same documents and the same terms.

use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::{AggContextParams, AggregationCollector};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, IndexWriter, Searcher, TantivyDocument, Term};
use text::MixedAnalyzer;
use types::{Analyzer as _, Item, Language, Value, well_known};

use crate::Result;
use crate::machine::disk_bytes;
use crate::options::Watch;
use crate::stock::Goods;

/// An index of the goods, in a folder that goes with it.
pub(crate) struct PlainTantivy {
    searcher: Searcher,
    index: Index,
    fields: Fields,
    facets: Aggregations,
    folder: tempfile::TempDir,
}

#[derive(Clone, Copy)]
struct Fields {
    title: Field,
    text: Field,
    stored: Field,
    facets: [Field; 3],
}

const FACETS: [&str; 3] = [well_known::BRAND, well_known::CATEGORY, "color"];
/// Memory for writing, as much as tantivy likes for one thread.
const WRITER_BYTES: usize = 256 << 20;

impl PlainTantivy {
    pub(crate) fn build(goods: &Goods, watch: &Watch<'_>) -> Result<Self> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let words = TextOptions::default().set_indexing_options(indexing);
        let fields = Fields {
            title: schema.add_text_field("title", words.clone()),
            text: schema.add_text_field("text", words),
            stored: schema.add_text_field("stored", STORED),
            facets: FACETS.map(|name| schema.add_text_field(name, STRING | FAST)),
        };
        let folder = tempfile::Builder::new().prefix("mercato-bench-").tempdir()?;
        let index = Index::create_in_dir(folder.path(), schema.build())?;
        let mut writer: IndexWriter = index.writer(WRITER_BYTES)?;
        for number in 0..goods.len() {
            if number % 5_000 == 0 {
                watch.tell("putting items into plain tantivy", number, goods.len())?;
            }
            writer.add_document(document(fields, &goods.item(number)?))?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let facets = FACETS.map(|name| {
            let terms = serde_json::json!({"terms": {"field": name, "size": 20}});
            (name.to_owned(), terms)
        });
        let facets = serde_json::from_value(facets.into_iter().collect()).map_err(std::io::Error::other)?;
        let searcher = index.reader()?.searcher();
        Ok(Self { searcher, index, fields, facets, folder })
    }

    /// The top 20 with their stored texts, the facets, and the number of matches, which is returned.
    pub(crate) fn search(&self, text: &str) -> Result<usize> {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        MixedAnalyzer::new().analyze_query(text, Language::guess(text), &mut |token| {
            for (field, weight) in [(self.fields.title, 5.0), (self.fields.text, 1.0)] {
                let term = Term::from_field_text(field, token.term);
                let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
                parts.push((Occur::Should, Box::new(BoostQuery::new(query, weight))));
            }
        });
        let context = AggContextParams::new(Default::default(), self.index.tokenizers().clone());
        let facets = AggregationCollector::from_aggs(self.facets.clone(), context);
        let collectors = (TopDocs::with_limit(20).order_by_score(), Count, facets);
        let (top, total, facets) = self.searcher.search(&BooleanQuery::new(parts), &collectors)?;
        for (_, address) in top {
            std::hint::black_box(self.searcher.doc::<TantivyDocument>(address)?);
        }
        std::hint::black_box(facets);
        Ok(total)
    }

    pub(crate) fn disk_mib(&self) -> f64 {
        disk_bytes(self.folder.path()) as f64 / f64::from(1 << 20)
    }
}

fn document(fields: Fields, item: &Item) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    let mut rest = String::new();
    for (name, value) in &item.attributes {
        let text = match value {
            Value::Text(texts) if **name != *well_known::TITLE => texts.best(Language::Other).to_owned(),
            Value::Keywords(words) => words.join(" "),
            Value::Categories(paths) => paths.iter().map(|path| path.join(" ")).collect::<Vec<_>>().join(" "),
            Value::Text(_)
            | Value::Number(_)
            | Value::Money(_)
            | Value::Time(_)
            | Value::Boolean(_)
            | Value::Image(_) => {
                continue;
            }
        };
        rest.push_str(&text);
        rest.push('\n');
    }
    document.add_pre_tokenized_text(fields.title, terms(item.title()));
    document.add_pre_tokenized_text(fields.text, terms(&rest));
    document.add_text(fields.stored, format!("{}\n{rest}", item.title()));
    let category = item.categories(well_known::CATEGORY).first().and_then(|path| path.first());
    let values = [item.keywords(FACETS[0]).first(), category, item.keywords(FACETS[2]).first()];
    for (field, value) in fields.facets.into_iter().zip(values) {
        value.into_iter().for_each(|value| document.add_text(field, value));
    }
    document
}

fn terms(text: &str) -> PreTokenizedString {
    let mut tokens = Vec::new();
    MixedAnalyzer::new().analyze(text, Language::guess(text), &mut |token| {
        let (offset_from, offset_to) = token.span;
        let position = token.position as usize;
        tokens.push(Token { offset_from, offset_to, position, text: token.term.to_owned(), position_length: 1 });
    });
    PreTokenizedString { text: text.to_owned(), tokens }
}
