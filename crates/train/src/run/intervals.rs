use super::plot::{GRID, INK, Range, short, ticks};
use super::raster;
use super::sketch::{Anchor, Mark, Sketch};

/// A figure of several things under one another, each with its interval.
#[derive(Clone, PartialEq, Debug)]
pub struct Intervals {
    /// What is shown.
    pub title: String,
    /// From top to bottom.
    pub rows: Vec<Estimate>,
}

/// One of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Where its interval begins and ends, where it has one.
    pub interval: Option<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const ROW: f64 = 24.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
/// Where the values begin; names stand before it.
const LEFT: f64 = 260.0;
const RIGHT: f64 = 70.0;
const DOT: u32 = 0x00_72b2;

impl Intervals {
    /// As SVG.
    pub fn svg(&self) -> String {
        self.sketch().svg()
    }

    /// As PNG. Letters that are not ASCII are shown as `?`; SVG has them.
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.sketch())
    }

    fn sketch(&self) -> Sketch {
        let rows: Vec<_> = self.rows.iter().filter(|row| row.value.is_finite()).collect();
        let ends = |row: &&Estimate| [Some(row.value), row.interval.map(|i| i.0), row.interval.map(|i| i.1)];
        let range = Range::of(rows.iter().flat_map(ends).flatten().map(|value| (value, 0.0)));
        let x = |value: f64| LEFT + range.place(value, 0.0).0 * (WIDTH - LEFT - RIGHT);
        let height = TOP + ROW * rows.len() as f64 + BOTTOM;
        let text = |at, text: String, anchor| Mark::Text { at, text, anchor, colour: INK };
        let mut marks = vec![text((LEFT, 20.0), self.title.clone(), Anchor::Start)];
        for value in ticks(range.first, range.last) {
            let points = vec![(x(value), TOP), (x(value), height - BOTTOM)];
            marks.push(Mark::Line { points, colour: GRID, width: 1.0 });
            marks.push(text((x(value), height - BOTTOM + 16.0), short(value), Anchor::Middle));
        }
        for (at, Estimate { name, value, interval }) in rows.into_iter().enumerate() {
            let y = TOP + ROW * (at as f64 + 0.5);
            marks.push(text((LEFT - 10.0, y + 4.0), name.clone(), Anchor::End));
            if let Some((low, high)) = interval {
                marks.push(Mark::Line { points: vec![(x(*low), y), (x(*high), y)], colour: DOT, width: 1.5 });
            }
            marks.push(Mark::Dot { at: (x(*value), y), colour: DOT });
            marks.push(text((WIDTH - RIGHT + 10.0, y + 4.0), short(*value), Anchor::Start));
        }
        Sketch { width: WIDTH as u32, height: height as u32, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_drawn_whatever_the_numbers() {
        let row = |name: &str, value, interval| Estimate { name: name.to_owned(), value, interval };
        let rows =
            vec![row("ease <候选>", 0.3, Some((0.28, 0.32))), row("popular", 0.1, None), row("none", f64::NAN, None)];
        let drawn = Intervals { title: "ndcg@10".to_owned(), rows };
        let svg = drawn.svg();
        assert!(
            svg.contains("ease &lt;候选&gt;") && svg.matches("<circle").count() == 2 && !svg.contains("NaN"),
            "{svg}"
        );
        assert!(drawn.png().starts_with(b"\x89PNG"));
        let empty = Intervals { title: String::new(), rows: Vec::new() };
        assert!(empty.svg().starts_with("<svg") && empty.png().starts_with(b"\x89PNG"));
    }
}
