//! A drawing as a list of marks, which becomes SVG or pixels.

use std::fmt::Write as _;

/// Something drawn.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Mark {
    /// A line through points.
    Line { points: Vec<(f64, f64)>, colour: u32, width: f64 },
    /// A dot.
    Dot { at: (f64, f64), colour: u32 },
    /// Text whose base line begins, has its middle, or ends at a place.
    Text { at: (f64, f64), text: String, anchor: Anchor, colour: u32 },
}

/// Where a text stands to its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing on white.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sketch {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) marks: Vec<Mark>,
}

/// Radius of a dot.
pub(crate) const DOT: f64 = 3.0;

impl Sketch {
    /// As a document that every browser shows.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        for mark in &self.marks {
            // Writing to a string cannot fail.
            let _ = match mark {
                Mark::Line { points, colour, width } => {
                    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                    let points = points.join(" ");
                    writeln!(
                        svg,
                        "<polyline fill=\"none\" stroke=\"#{colour:06x}\" stroke-width=\"{width}\" points=\"{points}\"/>"
                    )
                }
                Mark::Dot { at: (x, y), colour } => {
                    writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{DOT}\" fill=\"#{colour:06x}\"/>")
                }
                Mark::Text { at: (x, y), text, anchor, colour } => {
                    let anchor = match anchor {
                        Anchor::Start => "start",
                        Anchor::Middle => "middle",
                        Anchor::End => "end",
                    };
                    let text = escaped(text);
                    writeln!(
                        svg,
                        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#{colour:06x}\">{text}</text>"
                    )
                }
            };
        }
        svg + "</svg>\n"
    }
}

/// A text as XML may hold it; control characters may not stand in a document at all.
fn escaped(text: &str) -> String {
    let clean: String = text.chars().filter(|letter| !letter.is_control()).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
