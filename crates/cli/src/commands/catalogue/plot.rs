//! Bars in the terminal.

/// The longest bar, in characters.
const WIDTH: usize = 40;
/// A character's eighths, from one on.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// One bar.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) count: u64,
    /// Written behind the count.
    pub(super) note: String,
}

/// Bars below one another, the longest as wide as all may be.
pub(super) fn bars(title: &str, bars: &[Bar]) -> Vec<String> {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let wide = bars.iter().map(|bar| width(&bar.label)).max().unwrap_or(0);
    let line = |bar: &Bar| {
        let blanks = " ".repeat(wide - width(&bar.label));
        let note = if bar.note.is_empty() { String::new() } else { format!("  {}", bar.note) };
        let count = crate::output::grouped(bar.count);
        format!("  {}{blanks} {} {count}{note}", bar.label, drawn(bar.count, most)).trim_end().to_owned()
    };
    std::iter::once(title.to_owned()).chain(bars.iter().map(line)).collect()
}

fn drawn(count: u64, most: u64) -> String {
    // Whatever there is shall be seen.
    let eighths = ((count as f64 / most as f64) * (WIDTH * 8) as f64).round() as usize;
    let eighths = eighths.max(usize::from(count > 0));
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
    bar
}

/// Columns of a terminal that a text takes: Chinese characters take two.
fn width(text: &str) -> usize {
    let is_wide = |c: char| matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFD}');
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let bar = |label: &str, count| Bar { label: label.to_owned(), count, note: String::new() };
        let lines = bars("kinds", &[bar("缺少", 80), bar("price", 40), bar("x", 1), bar("none", 0)]);
        assert_eq!(lines[0], "kinds");
        assert_eq!(lines[1], format!("  缺少  {} 80", "█".repeat(40)));
        assert_eq!(lines[2], format!("  price {} 40", "█".repeat(20)));
        assert_eq!(lines[3], "  x     ▌ 1");
        assert_eq!(lines[4], "  none   0");
        assert_eq!(bars("nothing", &[]), ["nothing"]);
    }
}
