use std::collections::BTreeMap;

use serde_json::{Map, Value};
use types::Millis;

use super::{Told, Translator};

/// Reads documents and tells in words what became of what, with examples, to be shown before anything is taken in: which
/// name of an event means what, which field comes from where, what is skipped, and why.
pub fn survey(translator: &Translator, documents: &[&Map<String, Value>], received: Millis) -> Vec<String> {
    let mut seen = Seen::default();
    for document in documents {
        seen.note(translator.traced(&Value::Object((*document).clone()), None, received));
    }
    seen.words()
}

/// Counts, by what was seen.
#[derive(Default)]
struct Seen {
    names: BTreeMap<(String, String), u64>,
    fields: BTreeMap<(String, String), String>,
    skipped: BTreeMap<(String, String), u64>,
    left_out: BTreeMap<(String, String), u64>,
    refused: BTreeMap<String, u64>,
}

impl Seen {
    fn note(&mut self, told: Told) {
        for origin in told.origins {
            match origin.became {
                Some(kind) => *self.names.entry((origin.example, kind)).or_default() += 1,
                None => {
                    self.fields.entry((origin.field, origin.path)).or_insert(origin.example);
                }
            }
        }
        for part in told.skipped {
            *self.skipped.entry((part.what, part.reason)).or_default() += 1;
        }
        for part in told.left_out {
            *self.left_out.entry((part.what, part.reason)).or_default() += 1;
        }
        for error in told.refused {
            *self.refused.entry(error.to_string()).or_default() += 1;
        }
    }

    fn words(self) -> Vec<String> {
        let names = self.names.into_iter().map(|((name, kind), count)| format!("`{name}` means {kind} ({count})"));
        let fields = self.fields.into_iter().map(|((field, path), example)| {
            let example: String = example.chars().take(40).collect();
            format!("{field} ← `{path}`, such as {example}")
        });
        let skipped =
            self.skipped.into_iter().map(|((what, why), count)| format!("`{what}` is skipped ({count}): {why}"));
        let left_out =
            self.left_out.into_iter().map(|((what, why), count)| format!("`{what}` is left out ({count}): {why}"));
        let refused = self.refused.into_iter().map(|(error, count)| format!("refused ({count}): {error}"));
        names.chain(fields).chain(skipped).chain(left_out).chain(refused).collect()
    }
}
