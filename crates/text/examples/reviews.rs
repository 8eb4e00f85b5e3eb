//! How often does the lexicon tell praise from blame? `cargo run --release -p text --example reviews -- FILE`, where FILE
//! has a review a line behind its label (1 positive, 0 negative) and a tab. With `--wrong` it lists errors, with
//! `--summary` what all reviews say together.
#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use text::reviews::{Reader, SummaryOptions, summarise, topics};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(text) = arguments.first().filter(|file| std::path::Path::new(file).is_file()).map(std::fs::read_to_string)
    else {
        println!("skipped: give a file of labels and reviews");
        return Ok(());
    };
    let text = text?;
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let reviews: Vec<(bool, &str)> =
        text.lines().filter_map(|line| line.split_once('\t')).map(|(label, review)| (label == "1", review)).collect();
    let reader = Reader::default();
    let start = std::time::Instant::now();
    let read: Vec<_> = reviews.iter().map(|(_, review)| (*review, reader.read(review))).collect();
    println!("{} reviews, {:?} each", read.len(), start.elapsed() / read.len().max(1) as u32);
    let (mut right, mut undecided, mut sums) = (0usize, 0usize, [0.0f64; 3]);
    for ((is_positive, review), (_, reading)) in reviews.iter().zip(&read) {
        let is_right = (reading.positive > 0.5) == *is_positive;
        right += usize::from(is_right);
        undecided += usize::from(reading.confidence < 0.05);
        sums[0] += f64::from(u8::from(*is_positive));
        sums[1] += f64::from(reading.positive);
        let own = if *is_positive { reading.positive } else { 1.0 - reading.positive };
        sums[2] -= f64::from(own.max(1e-6)).ln();
        if !is_right && has("--wrong") {
            println!("{is_positive} {:.2} {review}", reading.positive);
        }
    }
    let count = reviews.len().max(1) as f64;
    println!(
        "accuracy {:.4}, undecided {:.3}, positive {:.3} of which said {:.3}, log loss {:.3}",
        right as f64 / count,
        undecided as f64 / count,
        sums[0] / count,
        sums[1] / count,
        sums[2] / count
    );
    if has("--summary") {
        println!("{:#?}", summarise(&read, &SummaryOptions::default()));
        topics(&read, 3)
            .iter()
            .take(20)
            .for_each(|topic| println!("{} {} {:?} {}", topic.named, topic.opinion, topic.side, topic.reviews));
    }
    Ok(())
}
