//! A document that is accepted is written so that it is read back the same: items, patches, events, settings, mappings;
//! and so are the events that any convention reads from it.
#![no_main]

use formats::conventions::{CONVENTIONS, Translator};
use formats::json::{
    event_from_json, event_to_json, item_from_json, item_to_json, parse, patch_from_json, patch_to_json,
    settings_from_json, settings_to_json,
};
use formats::{Mapping, Target};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use types::{Event, EventId, FieldError, Millis};

const NOW: Millis = Millis(1_714_521_600_000);

fn event(document: &Value) -> Result<Event, FieldError> {
    event_from_json(document, None, NOW, || EventId::new("new").expect("a valid id"))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = parse(bytes) else { return };
    if let Ok(item) = item_from_json(&document, None) {
        assert_eq!(item_from_json(&item_to_json(&item), None), Ok(item));
    }
    if let Ok(patch) = patch_from_json(&document, None) {
        assert_eq!(patch_from_json(&patch_to_json(&patch), None), Ok(patch));
    }
    if let Ok(read) = event(&document) {
        assert_eq!(event(&event_to_json(&read)), Ok(read));
    }
    if let Ok(settings) = settings_from_json(&document) {
        assert_eq!(settings_from_json(&settings_to_json(&settings)), Ok(settings));
    }
    for convention in CONVENTIONS {
        let translator = Translator::new(*convention, Mapping::new(Target::Events));
        for read in translator.read(&document, None, NOW).events {
            assert_eq!(event(&event_to_json(&read)), Ok(read));
        }
    }
    if let Ok(mapping) = Mapping::from_json(&document) {
        assert_eq!(Mapping::from_json(&mapping.to_json()), Ok(mapping));
    }
});
