//! A filter that parses is printed so that it parses to the same filter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use types::Filter;

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text) {
        let printed = filter.to_string();
        assert_eq!(Filter::parse(&printed).as_ref(), Ok(&filter), "{printed}");
    }
});
