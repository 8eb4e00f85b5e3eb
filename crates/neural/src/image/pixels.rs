use std::io::Cursor;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use sha2::{Digest, Sha256};

use crate::Error;
use crate::manifest::ImageInput;

/// Bytes a picture's file may have.
pub const FILE_BYTES_MAX: usize = 20 << 20;
/// Pixels a picture may have: what the cameras of telephones make passes, and a decoded one takes 160 MB at most.
pub const PIXELS_MAX: u64 = 40_000_000;
/// Pixels a side may have.
pub const SIDE_MAX: u32 = 16_384;
/// Bytes a decoder may take for one picture.
const DECODER_BYTES_MAX: u64 = 192 << 20;

/// Why a picture gave no vector.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The bytes are no picture of a kind that can be read.
    #[error("expected a JPEG, PNG or WebP picture, got {got}")]
    Format {
        /// What they seem to be.
        got: String,
    },
    /// The file is too long.
    #[error("the picture has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    FileTooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The picture says that it has more pixels than are decoded.
    #[error("the picture has {width} x {height} pixels, at most {PIXELS_MAX} in all and {SIDE_MAX} a side are decoded")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Decoding it would take more memory than it may.
    #[error("decoding the picture would take more than {} MiB", DECODER_BYTES_MAX >> 20)]
    TooMuchMemory,
    /// The file ends before the picture does.
    #[error("the picture is cut off")]
    Truncated,
    /// The picture cannot be decoded.
    #[error("the picture is damaged: {0}")]
    Damaged(#[source] ImageError),
    /// The network failed, which is no fault of the picture.
    #[error(transparent)]
    Encoder(#[from] Error),
}

impl PictureError {
    /// Whether another picture would do.
    pub fn is_user(&self) -> bool {
        !matches!(self, Self::Encoder(_))
    }

    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "picture_format",
            Self::FileTooLarge { .. } | Self::TooLarge { .. } | Self::TooMuchMemory => "picture_too_large",
            Self::Truncated | Self::Damaged(_) => "picture_damaged",
            Self::Encoder(_) => "encoder_failed",
        }
    }
}

/// The numbers a network takes for a picture: channel by channel, row by row (NCHW with N = 1). Transparent places are
/// white, of an animation the first picture counts, and a camera's note which way is up is obeyed.
pub(super) fn read(bytes: &[u8], input: &ImageInput) -> Result<Vec<f32>, PictureError> {
    let picture = decode(bytes)?;
    let picture = if input.crop { centre(&picture) } else { picture };
    let small = image::imageops::resize(&picture, input.size, input.size, FilterType::Triangle);
    let mut numbers = Vec::with_capacity(small.len());
    for channel in 0..3 {
        let (mean, deviation) = (input.mean[channel], input.deviation[channel]);
        numbers.extend(small.pixels().map(|pixel| (f32::from(pixel.0[channel]) / 255.0 - mean) / deviation));
    }
    Ok(numbers)
}

fn decode(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(PictureError::FileTooLarge { bytes: bytes.len() });
    }
    let format = format(bytes)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    let too_large = width.max(height) > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX;
    if too_large || decoder.total_bytes() > DECODER_BYTES_MAX {
        return Err(PictureError::TooLarge { width, height });
    }
    if format == ImageFormat::Jpeg && is_cut_off(bytes) {
        return Err(PictureError::Truncated);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    if width == 0 || height == 0 {
        return Err(PictureError::Truncated);
    }
    picture.apply_orientation(orientation);
    Ok(on_white(picture))
}

fn undecodable(error: ImageError) -> PictureError {
    if matches!(error, ImageError::Limits(_)) { PictureError::TooMuchMemory } else { PictureError::Damaged(error) }
}

fn format(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Format { got: "no bytes".to_owned() });
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Ok(format),
        Ok(other) => Err(PictureError::Format { got: format!("{other:?}").to_lowercase() }),
        Err(_) => Err(PictureError::Format { got: format!("{} bytes of something else", bytes.len()) }),
    }
}

/// Whether a JPEG lacks its end. The decoder would fill the rest with grey, and the vector would be of half a picture.
fn is_cut_off(bytes: &[u8]) -> bool {
    const SCAN: [u8; 2] = [0xFF, 0xDA];
    const END: [u8; 2] = [0xFF, 0xD9];
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    // A thumbnail inside has an end of its own, so only one after the last scan's start counts.
    match (last(SCAN), last(END)) {
        (Some(scan), Some(end)) => end < scan,
        (_, None) | (None, _) => true,
    }
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let over = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

/// The largest square in the middle.
fn centre(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    image::imageops::crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side).to_image()
}

/// Tells the bytes of a picture from all others: the first half of their SHA-256.
pub fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(bytes)[..16]);
    half
}
