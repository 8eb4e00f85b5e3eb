//! Intents that a shop defines by examples of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use learn::{Intents, IntentsConfig, IntentsError, IntentsReport, LabelReport, Share};
use neural::JoinedEncoders;
use store::Store;
use types::FieldError;

use super::suggest;
use crate::core::Core;
use crate::view::View;
use crate::{Error, Result, Shop};

/// Document of the definitions: an intent, who answers it, and an example a line, parted by tabs.
const DOCUMENT: &str = "intents";
/// The built-in intent that nearly everything typed into a search box is.
pub(crate) const SEARCH: &str = "search";
/// Intents a shop may define.
const INTENTS_MAX: usize = 50;
/// Examples of one intent.
const EXAMPLES: std::ops::RangeInclusive<usize> = 5..=200;
/// Characters of a name, and of an example.
const NAME_CHARS_MAX: usize = 64;
const EXAMPLE_CHARS_MAX: usize = 200;
/// Examples of each built-in intent and language that the shop's own are told from; so many of product searches.
const OTHERS_EACH: usize = 15;
const SEARCHES: usize = 40;
/// Names of categories, and queries of the shop, that are searches, too.
const OF_THE_SHOP: usize = 40;
/// Share of what is typed that is a search.
const SEARCH_PRIOR: f32 = 0.7;

/// An intent of the shop's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IntentDefinition {
    /// Its name, such as `warranty`.
    pub name: String,
    /// Who answers.
    pub answers: IntentAnswers,
    /// Texts that mean it.
    pub examples: Vec<String>,
}

/// Who answers an intent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum IntentAnswers {
    /// A list of results.
    #[default]
    Search,
    /// The assistant.
    Assistant,
    /// A person.
    Human,
}

impl IntentAnswers {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Search, Self::Assistant, Self::Human];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Assistant => "assistant",
            Self::Human => "human",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answers| answers.name() == name)
    }
}

/// The shop's own intents with what reads them.
#[derive(Clone, Default)]
pub(crate) struct OwnIntents {
    pub(crate) definitions: Arc<[IntentDefinition]>,
    pub(crate) fitted: Option<Fitted>,
}

/// What reads the shop's own intents.
#[derive(Clone)]
pub(crate) struct Fitted {
    pub(crate) encoders: JoinedEncoders,
    pub(crate) intents: Intents,
    pub(crate) report: Arc<IntentsReport>,
}

impl Shop {
    /// The shop's own intents, and how well they are told apart by cross-validation; no report where there are none, or where
    /// the shop has just been opened.
    pub fn intents(&self) -> (Vec<IntentDefinition>, Option<Arc<IntentsReport>>) {
        let own = Arc::clone(&self.core.view.load().own_intents);
        (own.definitions.to_vec(), own.fitted.as_ref().map(|fitted| Arc::clone(&fitted.report)))
    }

    /// Puts other intents in force, in place of all there were, and tells at once how well each is told from the others and
    /// from what is none of them. Nothing is changed where they are refused. None at all takes all away.
    ///
    /// # Errors
    /// A name or an example that is refused, a shop without an encoder, or a document that cannot be written.
    pub fn set_intents(&self, definitions: Vec<IntentDefinition>) -> Result<Option<Arc<IntentsReport>>> {
        let definitions = checked(definitions)?;
        let _one_at_a_time = self.core.deciding.lock();
        let view = self.core.view.load_full();
        let fitted = if definitions.is_empty() { None } else { Some(fit(&self.core, &view, &definitions)?) };
        self.core.store.documents().put(DOCUMENT, to_text(&definitions).as_bytes())?;
        let report = fitted.as_ref().map(|fitted| Arc::clone(&fitted.report));
        let own = Arc::new(OwnIntents { definitions: definitions.into(), fitted });
        self.core.publish(|view| view.own_intents = own);
        Ok(report)
    }
}

/// The definitions on disk, not fitted yet.
pub(crate) fn read(store: &Store) -> Result<OwnIntents> {
    let bytes = store.documents().get(DOCUMENT)?.unwrap_or_default();
    let mut definitions: Vec<IntentDefinition> = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        let mut fields = line.splitn(3, '\t');
        let (Some(name), Some(answers), Some(example)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let at = definitions.iter().position(|known| known.name == name).unwrap_or_else(|| {
            let answers = IntentAnswers::from_name(answers).unwrap_or_default();
            definitions.push(IntentDefinition { name: name.to_owned(), answers, examples: Vec::new() });
            definitions.len() - 1
        });
        definitions[at].examples.push(example.to_owned());
    }
    Ok(OwnIntents { definitions: definitions.into(), fitted: None })
}

/// Fits the shop's own intents where they are not yet, or were with an encoder that the shop no longer has.
pub(super) fn refresh(core: &Core) -> Result<()> {
    let view = core.view.load_full();
    let own = &view.own_intents;
    let Some(encoders) = encoders(&view) else { return Ok(()) };
    let is_current = own.fitted.as_ref().is_some_and(|fitted| fitted.intents.encoder() == encoders.version());
    if own.definitions.is_empty() || is_current {
        return Ok(());
    }
    let fitted = fit(core, &view, &own.definitions)?;
    core.publish(|next| {
        // What was put in force meanwhile is fitted already.
        if Arc::ptr_eq(&next.own_intents.definitions, &own.definitions) {
            next.own_intents = Arc::new(OwnIntents { fitted: Some(fitted), ..OwnIntents::clone(own) });
        }
    });
    Ok(())
}

/// The encoders whose vectors are read: those of the built-in intents, else all of the shop's.
fn encoders(view: &View) -> Option<JoinedEncoders> {
    let all: Vec<_> = view.retrievers.encoders.iter().map(|(_, encoder)| Arc::clone(encoder)).collect();
    let built_in = view.retrievers.intents.as_ref().map(|(encoders, _)| encoders.clone());
    built_in.or_else(|| (!all.is_empty()).then(|| JoinedEncoders::new(all)))
}

fn fit(core: &Core, view: &View, definitions: &[IntentDefinition]) -> Result<Fitted> {
    let missing =
        || FieldError::new("value_invalid", "intents", "a shop with an encoder in its settings", "a shop without");
    let encoders = encoders(view).ok_or_else(missing)?;
    let own = definitions.iter().flat_map(|one| one.examples.iter().map(|text| (one.name.as_str(), text.as_str())));
    let others = others(core, view, definitions);
    let others = others.iter().map(|(label, text)| (label.as_str(), text.as_str()));
    let texts: Vec<(&str, &str)> = own.chain(others).collect();
    let failed = |source| Error::Encoder { encoder: encoders.version().to_owned(), source: Box::new(source) };
    let vectors: Vec<Vec<f32>> = texts
        .iter()
        .map(|(_, text)| encoders.encode_query(&view.retrievers.cache, text).map_err(failed))
        .collect::<Result<_>>()?;
    let examples: Vec<(&str, &[f32])> =
        texts.iter().zip(&vectors).map(|((label, _), vector)| (*label, &**vector)).collect();
    let config = IntentsConfig {
        encoder: encoders.version().to_owned(),
        out_of_scope: None,
        fallback: Some(SEARCH.to_owned()),
        ..IntentsConfig::default()
    };
    let (intents, report) = Intents::fit(&examples, &config).map_err(|error| refused(definitions, &error))?;
    let intents = intents.with_priors(&[(SEARCH, SEARCH_PRIOR)]);
    Ok(Fitted { encoders, intents, report: Arc::new(of_own(report, definitions)) })
}

/// What the report says of the shop's own intents: the built-in ones are only what they are told from.
fn of_own(mut report: IntentsReport, definitions: &[IntentDefinition]) -> IntentsReport {
    let is_own = |label: &str| definitions.iter().any(|own| own.name == label);
    report.labels.retain(|one| is_own(&one.label));
    report.confusions.retain(|one| is_own(&one.label) || is_own(&one.taken_for));
    let right = |one: &LabelReport| (one.recall.value * one.examples as f64).round() as usize;
    let of = report.labels.iter().map(|one| one.examples).sum();
    report.accuracy = Share::of(report.labels.iter().map(right).sum(), of);
    report
}

fn refused(definitions: &[IntentDefinition], error: &IntentsError) -> Error {
    let field = match error {
        IntentsError::TooFewExamples { label, .. } => {
            let at = definitions.iter().position(|one| one.name == *label).unwrap_or_default();
            format!("intents[{at}].examples")
        }
        IntentsError::TooFewLabels { .. } | IntentsError::WrongVector { .. } | IntentsError::WrongConfig { .. } => {
            "intents".to_owned()
        }
    };
    FieldError::new("value_invalid", field, "examples that can be told apart", error.to_string()).into()
}

/// What the shop's own intents are told from, with labels: examples of the built-in ones (but for those it defines itself),
/// and as searches its categories and what is searched for there.
fn others(core: &Core, view: &View, definitions: &[IntentDefinition]) -> Vec<(String, String)> {
    let mut others: Vec<(String, String)> = Vec::new();
    let mut taken: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let examples = core.encoders.intent_examples();
    for (file, text) in examples.iter().enumerate() {
        for (label, example) in text.lines().filter_map(|line| line.split_once('\t')) {
            let most = if label == SEARCH { SEARCHES } else { OTHERS_EACH };
            let count = taken.entry((file, label)).or_default();
            if *count < most && definitions.iter().all(|own| own.name != label) {
                *count += 1;
                others.push((label.to_owned(), example.to_owned()));
            }
        }
    }
    let categories = view.lexicon.categories.iter().filter_map(|path| path.last()).map(|name| name.to_string());
    let of_the_shop: Vec<String> = categories.take(OF_THE_SHOP).collect();
    let asked = suggest::showable(&view.queries, core.clock.now()).into_iter().map(|query| query.text.to_string());
    if definitions.iter().all(|own| own.name != SEARCH) {
        let searches = of_the_shop.into_iter().chain(asked.take(OF_THE_SHOP));
        others.extend(searches.map(|text| (SEARCH.to_owned(), text)));
    }
    let is_own = |text: &String| definitions.iter().any(|own| own.examples.contains(text));
    others.retain(|(_, text)| !text.trim().is_empty() && !is_own(text));
    // A label with a single example teaches nothing.
    let counts = others.iter().fold(BTreeMap::<String, usize>::new(), |mut counts, (label, _)| {
        *counts.entry(label.clone()).or_default() += 1;
        counts
    });
    others.retain(|(label, _)| counts.get(label).is_some_and(|count| *count > 1));
    others
}

/// The definitions with blanks put right, or what is wrong with them.
fn checked(mut definitions: Vec<IntentDefinition>) -> Result<Vec<IntentDefinition>> {
    let wrong = |field: String, expected: String, got: String| -> Error {
        FieldError::new("value_invalid", field, expected, got).into()
    };
    if definitions.len() > INTENTS_MAX {
        return Err(wrong("intents".into(), format!("at most {INTENTS_MAX}"), definitions.len().to_string()));
    }
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for (at, definition) in definitions.iter_mut().enumerate() {
        definition.name = definition.name.trim().to_owned();
        let name = &definition.name;
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_name) {
            let expected = format!("1 to {NAME_CHARS_MAX} letters, digits, - and _");
            return Err(wrong(format!("intents[{at}].name"), expected, name.clone()));
        }
        if names.contains(name) {
            return Err(wrong(format!("intents[{at}].name"), "each name once".into(), name.clone()));
        }
        names.push(name.clone());
        if !EXAMPLES.contains(&definition.examples.len()) {
            let expected = format!("{} to {} examples", EXAMPLES.start(), EXAMPLES.end());
            return Err(wrong(format!("intents[{at}].examples"), expected, definition.examples.len().to_string()));
        }
        for (place, example) in definition.examples.iter_mut().enumerate() {
            *example = example.split_whitespace().collect::<Vec<_>>().join(" ");
            let field = || format!("intents[{at}].examples[{place}]");
            let has_words = example.chars().any(char::is_alphanumeric);
            if !has_words || example.chars().count() > EXAMPLE_CHARS_MAX || example.chars().any(char::is_control) {
                let expected = format!("a text of 1 to {EXAMPLE_CHARS_MAX} characters, with letters");
                return Err(wrong(field(), expected, example.clone()));
            }
            if let Some(known) = seen.insert(example.to_lowercase(), format!("{name}, {example}")) {
                return Err(wrong(field(), "each example once, in one intent".into(), format!("again: {known}")));
            }
        }
    }
    Ok(definitions)
}

fn to_text(definitions: &[IntentDefinition]) -> String {
    let lines = definitions.iter().flat_map(|one| {
        one.examples.iter().map(move |example| format!("{}\t{}\t{example}\n", one.name, one.answers.name()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(name: &str, examples: &[&str]) -> IntentDefinition {
        let examples = examples.iter().map(|text| (*text).to_owned()).collect();
        IntentDefinition { name: name.to_owned(), answers: IntentAnswers::Human, examples }
    }

    #[test]
    fn what_is_refused_is_named() {
        let five = ["a 1", "a 2", "a 3", "a 4", "a 5"];
        let check = |definitions: Vec<IntentDefinition>| match checked(definitions) {
            Err(Error::Field(error)) => error.field,
            Err(error) => error.to_string(),
            Ok(_) => "fine".to_owned(),
        };
        assert_eq!(check(vec![definition("保修", &["  保修 多久", "b", "c", "d", "e"])]), "fine");
        assert_eq!(check(vec![definition("", &five)]), "intents[0].name");
        assert_eq!(check(vec![definition("a b", &five)]), "intents[0].name");
        assert_eq!(check(vec![definition("a", &five), definition("a", &five)]), "intents[1].name");
        assert_eq!(check(vec![definition("a", &five), definition("b", &five[1..])]), "intents[1].examples");
        assert_eq!(check(vec![definition("a", &five), definition("b", &five)]), "intents[1].examples[0]");
        assert_eq!(check(vec![definition("a", &["x", "y", "z", "?!", "v"])]), "intents[0].examples[3]");
        let long = "长".repeat(201);
        assert_eq!(check(vec![definition("a", &["x", "y", "z", &long, "v"])]), "intents[0].examples[3]");
        assert_eq!(check((0..51).map(|n| definition(&format!("a{n}"), &[])).collect()), "intents");
    }
}
