//! The binary form of events and items: fields of tag, length and bytes, so that an old reader steps over fields it does
//! not know and a new one finds defaults for those not there yet. Tags are never reused.
//!
//! A field is `tag: u8`, `length: LEB128`, then that many bytes. Integers are little-endian of fixed width, texts UTF-8,
//! nested values are fields again, repeated values repeat their tag. A value begins with one byte of version.

mod event;
mod item;
mod wire;

pub use wire::DecodeError;

use types::{Event, Item};

use wire::{Reader, Writer};

/// Version written in front of every value.
pub const CODEC_VERSION: u8 = 1;

/// Appends an event's binary form.
pub fn encode_event(event: &Event, out: &mut Vec<u8>) {
    out.push(CODEC_VERSION);
    event::write(&mut Writer::new(out), event);
}

/// Reads an event back. Any bytes at all may be given.
///
/// # Errors
/// A [`DecodeError`] with the offset of the first byte that made no sense.
pub fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
    event::read(&mut Reader::versioned(bytes, CODEC_VERSION)?)
}

/// Appends an item's binary form.
pub fn encode_item(item: &Item, out: &mut Vec<u8>) {
    out.push(CODEC_VERSION);
    item::write_item(&mut Writer::new(out), item);
}

/// Reads an item back. Any bytes at all may be given.
///
/// # Errors
/// A [`DecodeError`] with the offset of the first byte that made no sense.
pub fn decode_item(bytes: &[u8]) -> Result<Item, DecodeError> {
    item::read_item(&mut Reader::versioned(bytes, CODEC_VERSION)?)
}
