//! A shop's synonyms: a document of rules, one a line.

use store::Store;
use text::synonyms::{Rule, SynonymOptions, SynonymSet, parse, to_text};

use crate::core::Core;
use crate::{Error, Result};

const DOCUMENT: &str = "synonyms";

/// The rules on disk.
pub(crate) fn read(store: &Store) -> Result<SynonymSet> {
    let bytes = store.documents().get(DOCUMENT)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    // They were checked when they were put in; a rule that a later version refuses is no reason not to open the shop.
    let rules = parse(&text).unwrap_or_else(|errors| {
        tracing::error!(errors = ?errors, "the shop's synonyms cannot be read");
        Vec::new()
    });
    Ok(SynonymSet::new(rules.into_iter().map(|(_, rule)| rule), SynonymOptions::default()))
}

/// Puts other rules in force, durably.
pub(crate) fn set(core: &Core, rules: Vec<Rule>) -> Result<()> {
    let most = SynonymOptions::default().rules_max;
    if rules.len() > most {
        let field = types::FieldError::new(
            "out_of_range",
            "synonyms",
            format!("at most {most} rules"),
            format!("{} rules", rules.len()),
        );
        return Err(Error::Field(field));
    }
    core.store.documents().put(DOCUMENT, to_text(&rules).as_bytes())?;
    let synonyms = SynonymSet::new(rules, SynonymOptions::default());
    core.publish(|view| view.synonyms = synonyms);
    Ok(())
}
