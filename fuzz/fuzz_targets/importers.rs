//! Any bytes can be imported as any format, with any mapping: rows are accepted or refused, files end or break off.
//!
//! Feeds read it too. The input is a mapping, a zero byte and a file; without a zero byte it is only a file.
#![no_main]

use std::io::Cursor;

use formats::feeds::{FEEDS, FeedSource, Terms};
use formats::{FORMATS, Mapping, OpenOptions, RowSource, Sampled, Target, open_reader};
use libfuzzer_sys::fuzz_target;
use types::{EventId, Millis};

const NOW: Millis = Millis(1_714_521_600_000);
const ROWS_MAX: usize = 200;

fn import(file: &[u8], options: &OpenOptions, given: &Mapping) {
    let Ok(source) = open_reader(Box::new(Cursor::new(file.to_vec())), options) else { return };
    let mut source = Sampled::new(source, 20);
    let mapping = given.guess(&source.columns_seen(), &source.rows()).mapping;
    let _ = mapping.check(source.columns());
    for _ in 0..ROWS_MAX {
        let Ok(Some(row)) = source.next_row() else { return };
        let number = row.number;
        let refused = match mapping.target {
            Target::Items => mapping.item(&row, None).err(),
            Target::Events => mapping.event(&row, None, NOW, || EventId::new("new").expect("a valid id")).err(),
        };
        assert!(refused.is_none_or(|rejected| rejected.row == number));
    }
}

fn import_feeds(file: &[u8]) {
    for feed in FEEDS {
        let Ok(source) = open_reader(Box::new(Cursor::new(file.to_vec())), &OpenOptions::default()) else { return };
        let terms = Terms { mapping: Mapping::new(Target::Items), now: NOW };
        let mut source = FeedSource::new(source, *feed, terms);
        let documents = Mapping { documents: true, ..Mapping::new(Target::Items) };
        for _ in 0..ROWS_MAX {
            let Ok(Some(row)) = source.next_row() else { break };
            let _ = documents.item(&row, None);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (mapping, file) = match bytes.iter().position(|byte| *byte == 0) {
        Some(zero) => {
            (std::str::from_utf8(&bytes[..zero]).ok().and_then(|text| Mapping::parse(text).ok()), &bytes[zero + 1..])
        }
        None => (None, bytes),
    };
    import_feeds(file);
    let mappings =
        mapping.map_or_else(|| vec![Mapping::new(Target::Items), Mapping::new(Target::Events)], |one| vec![one]);
    for mapping in &mappings {
        import(file, &OpenOptions::default(), mapping);
        for format in FORMATS {
            let options = OpenOptions { format: Some(format.name().to_owned()), ..OpenOptions::default() };
            import(file, &options, mapping);
        }
    }
});
