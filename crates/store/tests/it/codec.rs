use proptest::prelude::*;
use store::codec::{decode_event, decode_item, encode_event, encode_item};
use types::{Event, EventBody};

use crate::{arbitrary, samples};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_is_read(event in arbitrary::event()) {
        prop_assert_eq!(decode_event(&encoded(&event)), Ok(event));
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode_event(&bytes).ok();
        decode_item(&bytes).ok();
    }

    #[test]
    fn damaged_bytes_never_panic(event in arbitrary::event(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = encoded(&event);
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        if let Err(error) = decode_event(&bytes) {
            prop_assert!(error.offset <= bytes.len());
        }
        decode_event(&bytes[..at]).ok();
    }
}

#[test]
fn every_kind_is_written_and_read() {
    for event in samples::one_of_each() {
        assert_eq!(decode_event(&encoded(&event)), Ok(event.clone()));
        if let EventBody::ItemUpserted(item) = &event.body {
            let mut bytes = Vec::new();
            encode_item(item, &mut bytes);
            assert_eq!(decode_item(&bytes).as_ref(), Ok(item));
        }
    }
}

#[test]
fn an_old_reader_steps_over_new_fields() {
    for event in samples::one_of_each() {
        let mut bytes = encoded(&event);
        bytes.extend([200, 3, b'n', b'e', b'w']);
        assert_eq!(decode_event(&bytes), Ok(event));
    }
}

#[test]
fn a_newer_version_is_refused_by_name() {
    let mut bytes = encoded(&samples::view("a", "u", "i"));
    bytes[0] = 9;
    let error = decode_event(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "version 9, newest known is 1 at byte 0");
}

/// The bytes of format 1 as the first release wrote them: each event's length (4 bytes), then the event. Must be read
/// for ever; made by `MERCATO_WRITE_FIXTURES=1`.
#[test]
fn format_1_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/events.v1");
    if std::env::var_os("MERCATO_WRITE_FIXTURES").is_some() {
        let mut out = Vec::new();
        for event in samples::of_the_first_release() {
            let bytes = encoded(&event);
            out.extend((bytes.len() as u32).to_le_bytes());
            out.extend(bytes);
        }
        std::fs::write(path, out).unwrap();
    }
    let bytes = std::fs::read(path).unwrap();
    let (mut rest, mut events) = (&bytes[..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        let (event, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        events.push(decode_event(event).unwrap());
        rest = after;
    }
    assert_eq!(events, samples::of_the_first_release());
}

fn encoded(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_event(event, &mut bytes);
    bytes
}
