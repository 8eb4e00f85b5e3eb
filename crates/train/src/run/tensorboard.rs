//! Event files as TensorBoard reads them: records of the TFRecord format, each an `Event` message.

use prost::Message;

use super::Run;

/// `tensorflow.Event`, as far as curves need it (tensorflow/core/util/event.proto).
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// `tensorflow.Summary` (tensorflow/core/framework/summary.proto).
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// The file's name and bytes with all curves of a run. Times are spread evenly over the run: only its length is known.
pub fn event_file(run: &Run) -> (String, Vec<u8>) {
    let began = run.began_ms as f64 / 1000.0;
    let time = |step: u64| began + run.seconds * step as f64 / run.steps.max(1) as f64;
    let mut bytes = Vec::new();
    let version = Event { wall_time: began, file_version: Some("brain.Event:2".to_owned()), ..Event::default() };
    put(&version, &mut bytes);
    let event = |step: u64, values: Vec<(String, f64)>| {
        let value = values.into_iter().map(|(tag, value)| Value { tag, simple_value: Some(value as f32) });
        Event {
            wall_time: time(step),
            step: step as i64,
            file_version: None,
            summary: Some(Summary { value: value.collect() }),
        }
    };
    for point in &run.history.points {
        let values = [("train/loss", point.loss), ("train/rate", point.rate), ("train/gradient_norm", point.norm)];
        put(&event(point.step, values.map(|(tag, value)| (tag.to_owned(), value)).to_vec()), &mut bytes);
    }
    for evaluation in &run.history.evaluations {
        let metrics = evaluation.scores.metrics.iter();
        let values = metrics.map(|metric| (format!("validation/{}", metric.name), metric.value)).collect();
        put(&event(evaluation.step, values), &mut bytes);
    }
    (format!("events.out.tfevents.{:010}.mercato.{}", run.began_ms.max(0) / 1000, run.id), bytes)
}

/// A record: its length, the length's checksum, the message, its checksum (tensorflow/core/lib/io/record_writer.h).
fn put(event: &Event, out: &mut Vec<u8>) {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&masked(crc32c(&length)).to_le_bytes());
    out.extend_from_slice(&message);
    out.extend_from_slice(&masked(crc32c(&message)).to_le_bytes());
}

/// Checksums beside the data they are of are turned and shifted, so that a checksum of both is not trivial.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), a bit at a time: a file has a few hundred kilobytes.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    /// The records of a file, their checksums compared.
    fn read(mut bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let (crc, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*crc), masked(crc32c(length)));
            let (message, rest) = rest.split_at(u64::from_le_bytes(*length) as usize);
            let (crc, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*crc), masked(crc32c(message)));
            events.push(Event::decode(message).unwrap());
            bytes = rest;
        }
        assert!(bytes.is_empty());
        events
    }

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, appendix B.4, and the usual check value.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
    }

    #[test]
    fn the_first_record_is_the_one_that_every_event_file_begins_with() {
        // The head of a file written by TensorFlow: length 24, its masked checksum, and an event with the file's version.
        let (name, bytes) = event_file(&run("a"));
        assert_eq!(&bytes[..12], [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]);
        assert_eq!(&bytes[21..36], b"\x1a\x0dbrain.Event:2");
        assert!(name.starts_with("events.out.tfevents."));
    }

    #[test]
    fn curves_are_read_back() {
        let run = run("a");
        let events = read(&event_file(&run).1);
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!(events.len(), 1 + run.history.points.len() + run.history.evaluations.len());
        let first = events[1].summary.as_ref().unwrap();
        assert_eq!((first.value[0].tag.as_str(), events[1].step), ("train/loss", 1));
        assert_eq!(first.value[0].simple_value, Some(run.history.points[0].loss as f32));
        let last = events.last().unwrap().summary.as_ref().unwrap();
        assert_eq!(last.value[0].tag, "validation/accuracy");
    }
}
