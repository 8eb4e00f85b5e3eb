use crate::Result;
use crate::bytes::{Reader, Writer};

/// Writes numbers of 64 bits as they are.
pub(crate) fn write(writer: &mut Writer, numbers: &[f64]) {
    writer.bytes(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
}

/// Reads what [`write`] wrote where it is `count` finite numbers.
pub(crate) fn read(reader: &mut Reader<'_>, count: usize) -> Result<Vec<f64>> {
    let bytes = reader.bytes()?;
    if bytes.len() != 8 * count {
        return Err(reader.fault("as many numbers of 64 bits as before"));
    }
    let numbers: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    if numbers.iter().all(|number| number.is_finite()) { Ok(numbers) } else { Err(reader.fault("finite numbers")) }
}
