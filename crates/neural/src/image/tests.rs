use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::Encoder;

static LITE: LazyLock<Arc<ImageEncoder>> =
    LazyLock::new(|| Arc::new(ImageEncoder::load(&models().join("efficientnet-lite0"), 2).unwrap()));

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A disc or a chequerboard of two colours.
fn drawn(side: u32, is_disc: bool, colours: [[u8; 3]; 2]) -> DynamicImage {
    let middle = side as f32 / 2.0;
    let inside = |x: u32, y: u32| (x as f32 - middle).hypot(y as f32 - middle) < middle * 0.7;
    let dark = |x, y| if is_disc { inside(x, y) } else { (x * 8 / side + y * 8 / side).is_multiple_of(2) };
    RgbImage::from_fn(side, side, |x, y| Rgb(colours[usize::from(dark(x, y))])).into()
}

const RED: [[u8; 3]; 2] = [[255, 255, 255], [200, 20, 30]];
const GREEN: [[u8; 3]; 2] = [[240, 250, 240], [20, 120, 60]];

fn vector(bytes: &[u8]) -> Vec<f32> {
    LITE.encode(bytes).unwrap()
}

#[test]
fn what_looks_alike_is_near() {
    let disc = vector(&encoded(&drawn(96, true, RED), ImageFormat::Png));
    assert_eq!(disc.len(), 1280);
    assert!((cosine(&disc, &disc) - 1.0).abs() < 1e-4);
    let larger = vector(&encoded(&drawn(160, true, RED), ImageFormat::WebP));
    let lossy = vector(&encoded(&drawn(96, true, RED), ImageFormat::Jpeg));
    let board = vector(&encoded(&drawn(96, false, GREEN), ImageFormat::Png));
    let (near, far) = (cosine(&disc, &larger).min(cosine(&disc, &lossy)), cosine(&disc, &board));
    assert!(near > 0.85 && near > far + 0.2, "{near} {far}");
}

#[test]
fn every_kind_of_pixel_becomes_the_same_picture() {
    let grey = drawn(64, true, [[255; 3], [90; 3]]);
    let reference = vector(&encoded(&grey, ImageFormat::Png));
    let alpha = DynamicImage::from(RgbaImage::from_fn(64, 64, |x, y| match grey.to_rgb8().get_pixel(x, y).0 {
        // White through transparency, of whatever colour.
        [255, ..] => Rgba([10, 200, 30, 0]),
        [value, ..] => Rgba([value, value, value, 255]),
    }));
    for (what, picture) in [
        ("grey", DynamicImage::from(grey.to_luma8())),
        ("16 bit", DynamicImage::from(grey.to_rgb16())),
        ("16 bit grey with alpha", DynamicImage::from(grey.to_luma_alpha16())),
        ("transparent", alpha),
    ] {
        let got = vector(&encoded(&picture, ImageFormat::Png));
        assert!(cosine(&got, &reference) > 0.999, "{what}: {}", cosine(&got, &reference));
    }
}

/// Red in the four inks of print (cyan, magenta, yellow, black), as Photoshop writes JPEG.
const CMYK: &str = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgABAAEBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD0CvP68/r0Cv/Z";

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for digit in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | DIGITS.iter().position(|known| *known == digit).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn a_picture_for_print_is_read() {
    let print = vector(&from_base64(CMYK));
    let plain = |colour: [u8; 3]| vector(&encoded(&RgbImage::from_pixel(4, 4, Rgb(colour)).into(), ImageFormat::Png));
    let (red, blue) = (cosine(&print, &plain([230, 20, 30])), cosine(&print, &plain([20, 30, 230])));
    assert!(red > blue, "{red} {blue}");
}

/// A JPEG with a note which way is up.
fn turned(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let jpeg = encoded(picture, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn a_cameras_note_which_way_is_up_is_obeyed() {
    let upright = DynamicImage::from(RgbImage::from_fn(64, 64, |x, y| match (x < 32, y < 32) {
        (true, true) => Rgb([220, 30, 30]),
        (_, true) => Rgb([250, 240, 60]),
        _ => Rgb([20, 40, 120]),
    }));
    let reference = vector(&encoded(&upright, ImageFormat::Jpeg));
    // 6: the camera lay on its side; what it wrote has to be turned by a quarter to the right.
    let lying = upright.rotate270();
    let (obeyed, ignored) = (vector(&turned(&lying, 6)), vector(&turned(&lying, 1)));
    assert!(cosine(&obeyed, &reference) > 0.98, "{}", cosine(&obeyed, &reference));
    assert!(cosine(&obeyed, &reference) > cosine(&ignored, &reference) + 0.02);
}

/// A PNG that says it has these dimensions and has no pixels at all.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut crc = u32::MAX;
    for byte in &header {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &header, &(!crc).to_be_bytes(), b"\0\0\0\0IDAT"].concat()
}

#[test]
fn bombs_and_what_is_no_picture_are_refused_with_a_reason() {
    let refused = |bytes: &[u8]| {
        let error = LITE.encode(bytes).unwrap_err();
        assert!(error.is_user(), "{error}");
        (error.code(), error.to_string())
    };
    let (code, said) = refused(&bomb(20_000, 20_000));
    assert!(code == "picture_too_large" && said.contains("20000 x 20000"), "{said}");
    assert_eq!(refused(&bomb(u32::MAX >> 1, 1)).0, "picture_too_large");
    assert_eq!(refused(b"").0, "picture_format");
    assert_eq!(refused("这不是图片".as_bytes()).0, "picture_format");
    assert_eq!(refused(b"GIF89a\x01\0\x01\0\0\0\0;").0, "picture_format");
    assert_eq!(refused(b"<svg xmlns='http://www.w3.org/2000/svg'/>").0, "picture_format");
    assert_eq!(refused(&vec![0xFF; FILE_BYTES_MAX + 1]).0, "picture_too_large");
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(&drawn(64, true, RED), format);
        for length in [whole.len() / 3, whole.len() / 2, whole.len() - 3] {
            // Some formats bear the loss of their last bytes; none may panic or blame the network.
            if let Err(error) = LITE.encode(&whole[..length]) {
                assert!(error.is_user(), "{format:?} {length}: {error}");
            } else {
                assert!(length == whole.len() - 3, "{format:?} {length}");
            }
        }
    }
}

#[test]
fn mutated_bytes_never_panic() {
    let whole = encoded(&drawn(32, false, GREEN), ImageFormat::Jpeg);
    let input = LITE.manifest().image.unwrap();
    let mut state = 7u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % bytes.len();
            bytes[at] = (state >> 20) as u8;
        }
        if let Err(error) = pixels::read(&bytes, &input) {
            assert!(error.is_user());
        }
    }
}

#[test]
fn many_pictures_keep_their_order_and_fail_alone() {
    let pictures: Vec<Vec<u8>> =
        [RED, GREEN].map(|colours| encoded(&drawn(48, true, colours), ImageFormat::Png)).into();
    let all = LITE.encode_all(&[&pictures[0], b"nothing", &pictures[1]]);
    assert_eq!(all[0].as_ref().unwrap(), &vector(&pictures[0]));
    assert!(all[1].is_err());
    assert_eq!(all[2].as_ref().unwrap(), &vector(&pictures[1]));
    assert!(LITE.encode_all(&[]).is_empty());
}

/// A joint space of two numbers in which pictures go to the first, and texts there too.
fn joint(folder: &Path) -> JointSpace {
    let text = Arc::new(Encoder::load(&models().join("e5-small-zh-en"), 1).unwrap());
    let head = |inputs: usize| HeadWeights {
        skip: Layer { weight: vec![0.0; 2 * inputs], bias: vec![1.0, 0.0] },
        first: Layer { weight: vec![0.0; inputs], bias: vec![0.0] },
        second: Layer { weight: vec![0.0; 2], bias: vec![0.0; 2] },
    };
    let mut files = Vec::new();
    for (role, inputs) in [("text-head", text.dims()), ("image-head", LITE.dims())] {
        let (name, bytes) = (format!("{role}.onnx"), head(inputs).to_onnx(role));
        fs_err::write(folder.join(&name), &bytes).unwrap();
        files.push(serde_json::json!({"role": role, "name": name, "bytes": bytes.len(), "sha256": "0"}));
    }
    let manifest = serde_json::json!({
        "id": "tiny", "task": "joint", "family": "heads", "dims": 2, "output": "vector", "licence": "MIT",
        "towers": {"text": "e5-small-zh-en", "image": "efficientnet-lite0"}, "source": "a test", "files": files,
    });
    fs_err::write(folder.join("model.json"), manifest.to_string()).unwrap();
    JointSpace::load(folder, text, Arc::clone(&LITE)).unwrap()
}

#[test]
fn texts_and_pictures_meet() {
    let folder = tempfile::tempdir().unwrap();
    let space = joint(folder.path());
    let picture = space.encode_picture(&encoded(&drawn(48, true, RED), ImageFormat::Png)).unwrap();
    for query in ["红色圆形", "a red disc"] {
        assert_eq!(space.encode_query(query).unwrap(), picture);
    }
    let described = crate::Manifest::read(folder.path()).unwrap();
    let version = JointSpace::version_of(&described, space.text().version(), space.image().version());
    assert_eq!(space.version(), version);
}

#[test]
fn encoders_that_do_not_fit_are_refused_before_any_query() {
    let folder = tempfile::tempdir().unwrap();
    joint(folder.path());
    let path = folder.path().join("model.json");
    let text = fs_err::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["dims"] = 3.into();
    fs_err::write(&path, manifest.to_string()).unwrap();
    let encoder = Arc::new(Encoder::load(&models().join("e5-small-zh-en"), 1).unwrap());
    let error = JointSpace::load(folder.path(), encoder, Arc::clone(&LITE)).err().unwrap();
    assert!(error.to_string().contains("towers.text"), "{error}");
}
