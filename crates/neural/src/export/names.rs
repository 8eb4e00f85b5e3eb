//! What the files we write are read back by: names of tensors and metadata.

/// Key of the metadata that holds a network's [`crate::BertConfig`].
pub(crate) const CONFIG: &str = "mercato.config";
/// The table of pieces.
pub(crate) const WORDS: &str = "embeddings.word_embeddings.weight";
/// Ending of a matrix in 8 bits: \[in, out\]; of the table of pieces \[rows, width\].
pub(crate) const INT8: &str = ".int8";
/// Ending of a matrix in 4 bits, two numbers a byte: \[out, in / 2\]. The low halves of a row's bytes are its first half.
pub(crate) const INT4: &str = ".int4";
/// Ending of the scales of either.
pub(crate) const SCALE: &str = ".scale";

/// ONNX's number for f32.
pub(crate) const F32: i32 = 1;
/// ONNX's number for u8.
pub(crate) const U8: i32 = 2;
/// ONNX's number for i8.
pub(crate) const I8: i32 = 3;
/// ONNX's number for i64.
pub(crate) const I64: i32 = 7;
/// ONNX's number for f16.
pub(crate) const F16: i32 = 10;

/// Numbers that share a scale in a row of 4-bit numbers.
pub(crate) fn block(width: usize) -> usize {
    if width.is_multiple_of(32) { 32 } else { width }
}
