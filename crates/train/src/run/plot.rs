use super::Run;
use super::raster;
use super::sketch::{Anchor, Mark, Sketch};

/// Curves in one picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// What goes from left to right.
    pub across: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Where from left to right, rising, and the value there.
    pub points: Vec<(f64, f64)>,
}

/// What the curves of runs go along.
const STEP: &str = "step";
const WIDTH: u32 = 720;
const HEIGHT: u32 = 400;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 60.0;
pub(super) const INK: u32 = 0x33_3333;
pub(super) const GRID: u32 = 0xdd_dddd;
/// Colours that stay apart for colour-blind readers (Okabe and Ito 2008).
const COLOURS: [u32; 7] = [0x00_72b2, 0xd5_5e00, 0x00_9e73, 0xcc_79a7, 0xe6_9f00, 0x56_b4e9, 0x00_0000];

/// One chart for the loss and one for every figure that was evaluated, with a curve for each run.
pub fn charts(runs: &[Run]) -> Vec<Chart> {
    let curve = |run: &Run, points: Vec<(f64, f64)>| Curve { name: format!("run {}", run.id), points };
    let loss = runs.iter().map(|run| curve(run, run.history.points.iter().map(|p| (p.step as f64, p.loss)).collect()));
    let mut charts = vec![Chart { title: "loss".to_owned(), across: STEP.to_owned(), curves: loss.collect() }];
    let mut names: Vec<&str> = Vec::new();
    for evaluation in runs.iter().flat_map(|run| &run.history.evaluations) {
        for metric in &evaluation.scores.metrics {
            if !names.contains(&metric.name.as_str()) {
                names.push(&metric.name);
            }
        }
    }
    for name in names {
        let points = |run: &Run| {
            let evaluations = run.history.evaluations.iter();
            evaluations.filter_map(|one| Some((one.step as f64, one.scores.get(name)?.value))).collect()
        };
        let curves = runs.iter().map(|run| curve(run, points(run))).collect();
        charts.push(Chart { title: name.to_owned(), across: STEP.to_owned(), curves });
    }
    charts.iter_mut().for_each(|chart| chart.curves.retain(|curve| !curve.points.is_empty()));
    charts.retain(|chart| !chart.curves.is_empty());
    charts
}

impl Chart {
    /// As SVG.
    pub fn svg(&self) -> String {
        self.sketch().svg()
    }

    /// As PNG. Letters that are not ASCII are shown as `?`; SVG has them.
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.sketch())
    }

    /// For a terminal, so many letters wide and high: two dots a letter side by side and four above one another.
    pub fn text(&self, width: usize, height: usize) -> String {
        let (width, height) = (width.max(20), height.max(4));
        let range = self.range();
        let mut cells = vec![vec![0u8; width]; height];
        let columns = (2 * width - 1) as f64;
        let rows = (4 * height - 1) as f64;
        for (x, y) in self.curves.iter().flat_map(|curve| dense(curve, columns as usize)) {
            let (x, y) = range.place(x, y);
            let (column, row) = ((x * columns).round() as usize, ((1.0 - y) * rows).round() as usize);
            cells[row / 4][column / 2] |= braille_bit(column % 2, row % 4);
        }
        let mut text = format!("{}  {} to {}\n", self.title, short(range.low), short(range.high));
        for row in cells {
            text.extend(row.into_iter().map(|bits| char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')));
            text.push('\n');
        }
        text + &format!("{} {} to {}", self.across, short(range.first), short(range.last))
    }

    fn sketch(&self) -> Sketch {
        let range = self.range();
        let (wide, high) = (f64::from(WIDTH) - LEFT - RIGHT, f64::from(HEIGHT) - TOP - BOTTOM);
        let at = |x: f64, y: f64| {
            let (x, y) = range.place(x, y);
            (LEFT + x * wide, TOP + (1.0 - y) * high)
        };
        let text = |at, text: String, anchor| Mark::Text { at, text, anchor, colour: INK };
        let mut marks = vec![text((LEFT, 20.0), self.title.clone(), Anchor::Start)];
        for value in ticks(range.low, range.high) {
            let (left, right) = (at(range.first, value), at(range.last, value));
            marks.push(Mark::Line { points: vec![left, right], colour: GRID, width: 1.0 });
            marks.push(text((LEFT - 6.0, left.1 + 4.0), short(value), Anchor::End));
        }
        for step in ticks(range.first, range.last) {
            let (bottom, top) = (at(step, range.low), at(step, range.high));
            marks.push(Mark::Line { points: vec![bottom, top], colour: GRID, width: 1.0 });
            marks.push(text((bottom.0, bottom.1 + 16.0), short(step), Anchor::Middle));
        }
        let foot = f64::from(HEIGHT) - 12.0;
        marks.push(text((f64::from(WIDTH) - RIGHT, foot), self.across.clone(), Anchor::End));
        for (place, curve) in self.curves.iter().enumerate() {
            let colour = COLOURS[place % COLOURS.len()];
            let points: Vec<(f64, f64)> =
                curve.points.iter().filter(|point| is_number(point)).map(|(x, y)| at(*x, *y)).collect();
            if points.len() <= 60 {
                marks.extend(points.iter().map(|at| Mark::Dot { at: *at, colour }));
            }
            marks.push(Mark::Line { points, colour, width: 1.5 });
            let legend = (LEFT + 90.0 * place as f64, foot);
            marks.push(Mark::Text { at: legend, text: curve.name.clone(), anchor: Anchor::Start, colour });
        }
        Sketch { width: WIDTH, height: HEIGHT, marks }
    }

    fn range(&self) -> Range {
        Range::of(self.curves.iter().flat_map(|curve| &curve.points).copied())
    }
}

/// What the axes span.
pub(super) struct Range {
    pub(super) first: f64,
    pub(super) last: f64,
    low: f64,
    high: f64,
}

impl Range {
    /// What these points span; those that are no numbers are passed over.
    pub(super) fn of(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let points: Vec<(f64, f64)> = points.filter(is_number).collect();
        let span = |of: fn(&(f64, f64)) -> f64| {
            let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
            let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
            match high - low {
                wide if wide > 0.0 => (low, high),
                _ if low.is_finite() => (low - 0.5, low + 0.5),
                _ => (0.0, 1.0),
            }
        };
        let ((first, last), (low, high)) = (span(|point| point.0), span(|point| point.1));
        Self { first, last, low, high }
    }

    /// Shares of the way along both axes.
    pub(super) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |at: f64, from: f64, to: f64| ((at - from) / (to - from)).clamp(0.0, 1.0);
        (share(x, self.first, self.last), share(y, self.low, self.high))
    }
}

fn is_number((x, y): &(f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}

/// The curve with points in between, so that it has no gaps.
fn dense(curve: &Curve, columns: usize) -> Vec<(f64, f64)> {
    let points: Vec<(f64, f64)> = curve.points.iter().copied().filter(is_number).collect();
    if points.len() > columns {
        return points;
    }
    let between = |pair: &[(f64, f64)]| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        (0..=columns).map(move |at| at as f64 / columns as f64).map(move |t| (x0 + t * (x1 - x0), y0 + t * (y1 - y0)))
    };
    points.windows(2).flat_map(between).chain(points.first().copied()).collect()
}

/// Bits of the dots of a Braille letter (Unicode 16, chapter 21.1).
fn braille_bit(column: usize, row: usize) -> u8 {
    [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][column][row]
}

/// About five round numbers within a range.
pub(super) fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 20)).map(|at| at as f64 * step).collect()
}

/// A number in as few letters as tell it.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn runs_share_the_charts_of_what_both_have() {
        let (mut first, second) = (run("a"), run("b"));
        first.id = 7;
        let charts = charts(&[first, second]);
        assert_eq!(charts.iter().map(|chart| chart.title.as_str()).collect::<Vec<_>>(), ["loss", "accuracy"]);
        assert_eq!(charts[0].curves.iter().map(|curve| curve.name.as_str()).collect::<Vec<_>>(), ["run 7", "run 0"]);
    }

    #[test]
    fn charts_are_drawn_whatever_the_numbers() {
        let chart = |points: &[(f64, f64)]| Chart {
            title: "<损失> & \"loss\"".to_owned(),
            across: "step".to_owned(),
            curves: vec![Curve { name: "run 1".to_owned(), points: points.to_vec() }],
        };
        for points in [
            &[(1.0, 2.0), (2.0, 1.0), (3.0, 0.5)][..],
            &[(1.0, 1.0)],
            &[(1.0, f64::NAN), (2.0, f64::INFINITY)],
            &[(0.0, -1e-300), (1e300, 1e300)],
        ] {
            let chart = chart(points);
            let svg = chart.svg();
            assert!(svg.starts_with("<svg") && svg.contains("&lt;损失&gt; &amp;") && !svg.contains("NaN"), "{svg}");
            assert!(chart.png().starts_with(b"\x89PNG"));
            assert!(chart.text(40, 8).lines().count() == 10);
        }
        let falling = chart(&[(0.0, 1.0), (10.0, 0.0)]).text(20, 4);
        assert!(
            falling.lines().nth(1).unwrap().starts_with('⠑') || !falling.lines().nth(1).unwrap().starts_with('⠀'),
            "{falling}"
        );
        assert!(falling.lines().nth(4).unwrap().ends_with(|dots| dots != '⠀'), "{falling}");
    }

    #[test]
    fn marks_of_the_axes_are_round() {
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(13.0, 61.0), [20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!([0.0, 0.25, 1234.0, 5e-5, 2e7].map(short), ["0", "0.25", "1234", "5.00e-5", "2.00e7"]);
    }
}
