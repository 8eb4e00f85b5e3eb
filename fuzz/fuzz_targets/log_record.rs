//! A record of the log that can be read is written so that it is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use store::codec::{decode_event, decode_item, encode_event, encode_item};

fuzz_target!(|bytes: &[u8]| {
    match decode_event(bytes) {
        Ok(event) => {
            let mut written = Vec::new();
            encode_event(&event, &mut written);
            assert_eq!(decode_event(&written), Ok(event));
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    if let Ok(item) = decode_item(bytes) {
        let mut written = Vec::new();
        encode_item(&item, &mut written);
        assert_eq!(decode_item(&written), Ok(item));
    }
});
