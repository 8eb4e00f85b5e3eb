use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use types::{
    Currency, Event, EventBody, EventId, FacetRequest, Filter, Item, ItemId, Millis, Money, Rng, Texts, Value,
    well_known,
};

use crate::{Result, chinese};

/// Products made up from those of `fixtures/amazon`, as many as wanted, each computed from its number alone.
///
/// A title is the beginning of one title and the end of another from the same department, often with an article number,
/// so that lengths, word frequencies and the growth of the vocabulary are like a real shop's. One product in five is
/// Chinese.
pub struct Catalogue {
    templates: Vec<Template>,
    /// Templates by department.
    departments: BTreeMap<Arc<str>, Vec<usize>>,
    seed: u64,
}

struct Template {
    title: Vec<String>,
    brand: Option<Arc<str>>,
    path: Vec<Arc<str>>,
    colour: Option<Arc<str>>,
    price: Option<f64>,
    sentences: Vec<String>,
}

/// Share of Chinese products and queries.
const CHINESE: f64 = 0.2;

impl Catalogue {
    /// Reads the templates from the folder of the fixture `amazon`.
    ///
    /// # Errors
    /// Where the folder is not that fixture.
    pub fn read(amazon: &Path, seed: u64) -> Result<Self> {
        Ok(Self::of(&eval::fixtures::amazon_items(amazon)?, seed))
    }

    /// Makes templates of items.
    pub(crate) fn of(items: &[Item], seed: u64) -> Self {
        let templates: Vec<Template> = items.iter().map(Template::of).filter(|made| !made.title.is_empty()).collect();
        let mut departments: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (number, template) in templates.iter().enumerate() {
            departments.entry(template.department()).or_default().push(number);
        }
        Self { templates, departments, seed }
    }

    /// The product of this number.
    ///
    /// # Errors
    /// None that is known of; values are checked like anyone's.
    pub fn item(&self, number: usize) -> Result<Item> {
        let mut rng = self.rng(number, 0);
        let mut item = Item::new(item_id(number)?);
        let price = if rng.unit() < CHINESE {
            self.chinese(&mut item, &mut rng)?
        } else {
            self.english(&mut item, number, &mut rng)?
        };
        let cents = (price.clamp(0.5, 5_000.0) * 100.0).round() / 100.0;
        item.set(well_known::PRICE, Value::Money(Money::new(cents, Currency::new("USD")?)?))?;
        item.set(
            well_known::RATING,
            Value::Number(((4.2 + 0.5 * rng.normal()).clamp(1.0, 5.0) * 10.0).round() / 10.0),
        )?;
        item.set(well_known::RATING_COUNT, Value::Number((4.0 + 2.0 * rng.normal()).exp().round()))?;
        item.stock = Some(if rng.unit() < 0.03 { 0 } else { 1 + rng.below(500) as u32 });
        Ok(item)
    }

    /// Sets texts and categories, and gives a price.
    fn english(&self, item: &mut Item, number: usize, rng: &mut Rng) -> Result<f64> {
        let template = &self.templates[self.template(number)];
        let shelf = &self.departments[&template.department()];
        let partner = &self.templates[*pick(rng, shelf)];
        let mut title: Vec<&str> =
            template.title[..template.title.len().div_ceil(2)].iter().map(String::as_str).collect();
        title.extend(partner.title[partner.title.len() / 2..].iter().map(String::as_str));
        let code = article_number(rng);
        if rng.unit() < 0.3 {
            title.push(&code);
        }
        let sentences = template.sentences.iter().chain(&partner.sentences);
        let description: Vec<&str> = sentences.skip(rng.below(3)).take(2).map(String::as_str).collect();
        item.set(well_known::TITLE, Value::Text(Texts::guessed(title.join(" "))))?;
        if !description.is_empty() {
            item.set(well_known::DESCRIPTION, Value::Text(Texts::guessed(description.join(" "))))?;
        }
        let brand = template.brand.clone().filter(|_| rng.unit() < 0.8).unwrap_or_else(|| coined_brand(rng));
        item.set(well_known::BRAND, Value::Keywords(vec![brand]))?;
        if !template.path.is_empty() {
            item.set(well_known::CATEGORY, Value::Categories(vec![template.path.clone()]))?;
        }
        if let Some(colour) = template.colour.as_ref().or(partner.colour.as_ref()) {
            item.set("color", Value::Keywords(vec![Arc::clone(colour)]))?;
        }
        Ok(template.price.or(partner.price).unwrap_or(20.0) * (0.3 * rng.normal()).exp())
    }

    fn chinese(&self, item: &mut Item, rng: &mut Rng) -> Result<f64> {
        let texts = chinese::product(rng);
        item.set(well_known::TITLE, Value::Text(Texts::guessed(texts.title)))?;
        item.set(well_known::DESCRIPTION, Value::Text(Texts::guessed(texts.description)))?;
        item.set(well_known::BRAND, Value::Keywords(vec![Arc::from(texts.brand)]))?;
        item.set(well_known::CATEGORY, Value::Categories(vec![texts.path.map(Arc::from).to_vec()]))?;
        item.set("color", Value::Keywords(vec![Arc::from(texts.colour)]))?;
        Ok((3.0 + 0.8 * rng.normal()).exp())
    }

    /// What shoppers type: some words of a title, one query in five in Chinese. `kind` keeps runs apart that must not
    /// share queries.
    pub fn query(&self, number: usize, kind: u64) -> String {
        let mut rng = self.rng(number, 1 + kind);
        if rng.unit() < CHINESE {
            return chinese::query(&mut rng);
        }
        let title = &pick(&mut rng, &self.templates).title;
        let words: Vec<String> = title.iter().map(|word| plain(word)).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return title.join(" ").to_lowercase();
        }
        let wanted = 1 + rng.below(4);
        // What a title begins with is most often searched for.
        let from = rng.below(words.len().saturating_sub(wanted).clamp(1, 6));
        words[from..words.len().min(from + wanted)].join(" ")
    }

    /// The template of an item.
    pub(crate) fn template(&self, number: usize) -> usize {
        number % self.templates.len()
    }

    /// Chance of its own for each item, query or vector.
    pub(crate) fn rng(&self, number: usize, kind: u64) -> Rng {
        let mut mixed =
            Rng::new(self.seed ^ kind.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number as u64).rotate_left(20));
        Rng::new(mixed.next_u64())
    }
}

impl Template {
    fn of(item: &Item) -> Self {
        let english = |name| item.text(name).map(|texts| texts.best(types::Language::English).to_owned());
        let title = item.text(well_known::TITLE).map_or("", |texts| texts.best(types::Language::English));
        let prose = [english("bullets"), english(well_known::DESCRIPTION)].into_iter().flatten();
        let sentences = prose.flat_map(|text| text.lines().map(shortened).collect::<Vec<_>>());
        Self {
            title: title.split_whitespace().map(str::to_owned).collect(),
            brand: item.keywords(well_known::BRAND).first().cloned(),
            path: item.categories(well_known::CATEGORY).first().cloned().unwrap_or_default(),
            colour: item.keywords("color").first().cloned(),
            price: item.number(well_known::PRICE),
            sentences: sentences.filter(|sentence| !sentence.is_empty()).take(4).collect(),
        }
    }

    fn department(&self) -> Arc<str> {
        self.path.first().cloned().unwrap_or_else(|| Arc::from("Other"))
    }
}

/// The id of an item.
pub(crate) fn item_id(number: usize) -> Result<ItemId> {
    Ok(ItemId::new(format!("item-{number:07}"))?)
}

/// The event that puts an item into the catalogue.
pub(crate) fn upsert(item: Item, time: Millis) -> Result<Event> {
    Ok(Event { id: EventId::new(format!("put-{}", item.id))?, time, body: EventBody::ItemUpserted(item) })
}

/// A filter that keeps about half of the catalogue.
pub(crate) fn filter() -> Filter {
    let condition = |attribute: &str, comparison, number| Filter::Compare {
        attribute: Arc::from(attribute),
        comparison,
        value: types::Literal::Number(number),
    };
    Filter::And(vec![
        condition(well_known::PRICE, types::Comparison::Less, 60.0),
        condition(well_known::RATING, types::Comparison::GreaterOrEqual, 4.0),
    ])
}

/// The three facets of every search here.
pub(crate) fn facets() -> Vec<FacetRequest> {
    let facet = |name: &str| FacetRequest {
        attribute: Arc::from(name),
        limit: 20,
        disjunctive: false,
        bins: 0,
        under: Vec::new(),
        level: None,
    };
    [well_known::BRAND, well_known::CATEGORY, "color"].map(facet).to_vec()
}

/// One of several, all as likely.
pub(crate) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.below(from.len())]
}

fn article_number(rng: &mut Rng) -> String {
    let letter = |rng: &mut Rng| char::from(b'A' + rng.below(26) as u8);
    let letters: String = (0..2).map(|_| letter(rng)).collect();
    format!("{letters}{}", 100 + rng.below(99_900))
}

/// A brand of two or three syllables, one of some thousands.
fn coined_brand(rng: &mut Rng) -> Arc<str> {
    const SYLLABLES: [&str; 20] = [
        "zen", "tro", "va", "lux", "mi", "kor", "da", "pri", "no", "sol", "ter", "ba", "wix", "ly", "fen", "o", "gra",
        "hu", "rel", "ta",
    ];
    let name: String = (0..2 + rng.below(2)).map(|_| *pick(rng, &SYLLABLES)).collect();
    let (first, rest) = name.split_at(1);
    Arc::from(format!("{}{rest}", first.to_uppercase()))
}

/// A sentence, cut at a word where it is very long.
fn shortened(sentence: &str) -> String {
    const CHARS_MAX: usize = 240;
    let sentence = sentence.trim();
    match sentence.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => sentence[..end].rsplit_once(' ').map_or(&sentence[..end], |(kept, _)| kept).to_owned(),
        None => sentence.to_owned(),
    }
}

/// A word as it is typed: lower case, without marks around it.
fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use super::*;

    pub(crate) fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
    }

    #[test]
    fn the_same_number_gives_the_same_item_and_other_seeds_give_others() {
        let amazon = eval::fixtures::amazon_items(&fixtures().join("amazon")).unwrap();
        let (one, same, other) = (Catalogue::of(&amazon, 1), Catalogue::of(&amazon, 1), Catalogue::of(&amazon, 2));
        for number in [0, 1, 6_763, 6_764, 999_999] {
            assert_eq!(one.item(number).unwrap(), same.item(number).unwrap());
            assert_ne!(one.item(number).unwrap(), other.item(number).unwrap());
            assert_eq!(one.query(number, 0), same.query(number, 0));
        }
        assert_ne!(one.query(5, 0), one.query(5, 1));
    }

    #[test]
    fn products_and_queries_look_like_a_shops() {
        let catalogue = Catalogue::read(&fixtures().join("amazon"), 1).unwrap();
        let items: Vec<Item> = (0..3_000).map(|number| catalogue.item(number).unwrap()).collect();
        let share =
            |is: &dyn Fn(&Item) -> bool| items.iter().filter(|item| is(item)).count() as f64 / items.len() as f64;
        let chinese = |item: &Item| types::Language::guess(item.title()) == types::Language::Chinese;
        assert!((share(&chinese) - CHINESE).abs() < 0.03, "{}", share(&chinese));
        assert!((share(&|item| !item.is_buyable()) - 0.03).abs() < 0.02);
        let filter = filter();
        assert!((0.2..0.8).contains(&share(&|item| filter.matches(item))), "{}", share(&|item| filter.matches(item)));
        let words: usize = items.iter().map(|item| item.title().split_whitespace().count()).sum();
        assert!((8..25).contains(&(words / items.len())), "{}", words / items.len());
        let titles: std::collections::BTreeSet<&str> = items.iter().map(Item::title).collect();
        assert!(titles.len() > 2_900, "{}", titles.len());
        let queries: Vec<String> = (0..500).map(|number| catalogue.query(number, 0)).collect();
        assert!(queries.iter().all(|query| !query.is_empty() && query.len() < 200));
        assert!(queries.iter().any(|query| types::Language::guess(query) == types::Language::Chinese));
    }
}
