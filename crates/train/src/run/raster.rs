//! A drawing as a PNG.

use font8x8::legacy::BASIC_LEGACY;

use super::sketch::{Anchor, DOT, Mark, Sketch};

/// Pixels a unit of the drawing has: text of 8 pixels is then of a readable size.
const SCALE: f64 = 2.0;
/// Pixels of a dot of the font.
const FONT_SCALE: usize = 2;
/// Pixels of the font's letters, which are square.
const LETTER: usize = 8;

/// The picture.
pub(crate) fn png(sketch: &Sketch) -> Vec<u8> {
    let mut canvas =
        Canvas::new((f64::from(sketch.width) * SCALE) as usize, (f64::from(sketch.height) * SCALE) as usize);
    for mark in &sketch.marks {
        match mark {
            Mark::Line { points, colour, width } => {
                for pair in points.windows(2) {
                    canvas.line(scaled(pair[0]), scaled(pair[1]), width * SCALE, *colour);
                }
            }
            Mark::Dot { at, colour } => canvas.line(scaled(*at), scaled(*at), 2.0 * DOT * SCALE, *colour),
            Mark::Text { at, text, anchor, colour } => canvas.text(scaled(*at), text, *anchor, *colour),
        }
    }
    canvas.encode()
}

fn scaled((x, y): (f64, f64)) -> (f64, f64) {
    (x * SCALE, y * SCALE)
}

struct Canvas {
    width: usize,
    height: usize,
    /// Red, green and blue of each pixel.
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![255; 3 * width * height] }
    }

    /// A line with round ends: each pixel is covered as far as it is within half the width of it.
    fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64, colour: u32) {
        let radius = width / 2.0;
        let span = |a: f64, b: f64, most: usize| {
            let low = (a.min(b) - radius - 1.0).max(0.0) as usize;
            let high = (a.max(b) + radius + 2.0).clamp(0.0, most as f64) as usize;
            low..high
        };
        let (along, across) = (to.0 - from.0, to.1 - from.1);
        let square = along * along + across * across;
        for y in span(from.1, to.1, self.height) {
            for x in span(from.0, to.0, self.width) {
                let (dx, dy) = (x as f64 + 0.5 - from.0, y as f64 + 0.5 - from.1);
                let share = if square > 0.0 { ((dx * along + dy * across) / square).clamp(0.0, 1.0) } else { 0.0 };
                let distance = (dx - share * along).hypot(dy - share * across);
                self.cover(x, y, (radius + 0.5 - distance).clamp(0.0, 1.0), colour);
            }
        }
    }

    fn text(&mut self, (x, y): (f64, f64), text: &str, anchor: Anchor, colour: u32) {
        let wide = text.chars().count() * LETTER * FONT_SCALE;
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide as f64 / 2.0,
            Anchor::End => x - wide as f64,
        };
        // The base line is under the seventh of eight rows.
        let top = y - (7 * FONT_SCALE) as f64;
        for (place, letter) in text.chars().enumerate() {
            // The font is ASCII; SVG has the other letters.
            let rows = BASIC_LEGACY.get(letter as usize).unwrap_or(&BASIC_LEGACY['?' as usize]);
            let left = left + (place * LETTER * FONT_SCALE) as f64;
            self.letter((left, top), rows, colour);
        }
    }

    fn letter(&mut self, (left, top): (f64, f64), rows: &[u8; LETTER], colour: u32) {
        for y in 0..LETTER * FONT_SCALE {
            for x in 0..LETTER * FONT_SCALE {
                if rows[y / FONT_SCALE] >> (x / FONT_SCALE) & 1 == 1 {
                    let (x, y) = (left + x as f64, top + y as f64);
                    if x >= 0.0 && y >= 0.0 {
                        self.cover(x as usize, y as usize, 1.0, colour);
                    }
                }
            }
        }
    }

    /// Mixes a colour into a pixel, if it is one of the picture.
    fn cover(&mut self, x: usize, y: usize, share: f64, colour: u32) {
        if x >= self.width || y >= self.height || share <= 0.0 {
            return;
        }
        let pixel = &mut self.pixels[3 * (y * self.width + x)..][..3];
        for (channel, old) in pixel.iter_mut().enumerate() {
            let new = f64::from((colour >> (16 - 8 * channel)) & 0xff);
            *old = (f64::from(*old) * (1.0 - share) + new * share).round() as u8;
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.pixels));
        written.expect("a picture of this size goes into memory");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_letters_are_where_they_should_be() {
        let marks = vec![
            Mark::Line { points: vec![(10.0, 20.0), (90.0, 20.0)], colour: 0xff_0000, width: 2.0 },
            Mark::Text { at: (50.0, 45.0), text: "I茶".to_owned(), anchor: Anchor::Middle, colour: 0 },
        ];
        let bytes = png(&Sketch { width: 100, height: 50, marks });
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (200, 100));
        let at = |x: usize, y: usize| &pixels[3 * (y * 200 + x)..][..3];
        assert_eq!((at(100, 40), at(100, 50), at(5, 40)), (&[255, 0, 0][..], &[255; 3][..], &[255; 3][..]));
        let dark = pixels.chunks(3).filter(|pixel| *pixel == [0, 0, 0]).count();
        assert!(dark > 40, "letters are drawn: {dark}");
    }
}
