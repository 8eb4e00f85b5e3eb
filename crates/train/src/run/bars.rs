use super::plot::{GRID, INK, Range, short, ticks};
use super::raster;
use super::sketch::{Anchor, Mark, Sketch};

/// Amounts of several things as bars under one another.
#[derive(Clone, PartialEq, Debug)]
pub struct Bars {
    /// What is shown.
    pub title: String,
    /// Names and amounts, from top to bottom; amounts that are no numbers are passed over.
    pub rows: Vec<(String, f64)>,
}

const WIDTH: f64 = 720.0;
const ROW: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
/// Where the bars begin; names stand before it.
const LEFT: f64 = 220.0;
const RIGHT: f64 = 70.0;
const BAR: f64 = 12.0;
const COLOUR: u32 = 0x00_72b2;

impl Bars {
    /// As SVG.
    pub fn svg(&self) -> String {
        self.sketch().svg()
    }

    /// As PNG. Letters that are not ASCII are shown as `?`; SVG has them.
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.sketch())
    }

    fn sketch(&self) -> Sketch {
        let rows: Vec<_> = self.rows.iter().filter(|(_, amount)| amount.is_finite()).collect();
        // Bars begin at nothing, so that their lengths can be compared.
        let amounts = rows.iter().map(|(_, amount)| *amount).chain([0.0]);
        let range = Range::of(amounts.map(|amount| (amount, 0.0)));
        let x = |amount: f64| LEFT + range.place(amount, 0.0).0 * (WIDTH - LEFT - RIGHT);
        let height = TOP + ROW * rows.len() as f64 + BOTTOM;
        let text = |at, text: String, anchor| Mark::Text { at, text, anchor, colour: INK };
        let mut marks = vec![text((LEFT, 20.0), self.title.clone(), Anchor::Start)];
        for amount in ticks(range.first, range.last) {
            let points = vec![(x(amount), TOP), (x(amount), height - BOTTOM)];
            marks.push(Mark::Line { points, colour: GRID, width: 1.0 });
            marks.push(text((x(amount), height - BOTTOM + 16.0), short(amount), Anchor::Middle));
        }
        for (at, (name, amount)) in rows.into_iter().enumerate() {
            let y = TOP + ROW * (at as f64 + 0.5);
            marks.push(text((LEFT - 10.0, y + 4.0), name.clone(), Anchor::End));
            marks.push(Mark::Line { points: vec![(x(0.0), y), (x(*amount), y)], colour: COLOUR, width: BAR });
            marks.push(text((WIDTH - RIGHT + 10.0, y + 4.0), short(*amount), Anchor::Start));
        }
        Sketch { width: WIDTH as u32, height: height as u32, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_amounts() {
        let rows = vec![("price".to_owned(), 0.4), ("茶 <x>".to_owned(), 0.2), ("none".to_owned(), f64::NAN)];
        let svg = Bars { title: "importance".to_owned(), rows }.svg();
        let lengths: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("stroke-width=\"12\""))
            .map(|line| {
                let points = line.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
                let ends: Vec<f64> =
                    points.split(' ').map(|point| point.split(',').next().unwrap().parse().unwrap()).collect();
                ends[1] - ends[0]
            })
            .collect();
        assert!(lengths.len() == 2 && (lengths[0] / lengths[1] - 2.0).abs() < 0.01, "{lengths:?}");
        assert!(svg.contains("茶 &lt;x&gt;"));
        let empty = Bars { title: String::new(), rows: Vec::new() };
        assert!(empty.png().starts_with(b"\x89PNG"));
    }
}
