//! How fast texts become terms here: `cargo run --release -p text --example throughput`.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::time::Instant;

use text::{MixedAnalyzer, QueryShape};
use types::{Analyzer, Language};

const ENGLISH: &str = "Women's Lightweight Running Shoes, breathable mesh with cushioned soles for walking and the gym. Model \
    WH-1000XM4, 15.6 inch, pack of 2, available in red/blue; machine-washable and made from recycled materials. ";
const CHINESE: &str = "新款夏季女士红色连衣裙，适合日常通勤与约会穿着，面料柔软透气不易起皱。500ml大容量保温杯，304不锈钢内胆，\
    iphone15手机壳全包防摔，送货上门七天无理由退换。";

fn main() {
    let analyzer = MixedAnalyzer::new();
    let start = Instant::now();
    analyzer.warm_up();
    println!("dictionary: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    for (name, text) in [("English", ENGLISH), ("Chinese", CHINESE)] {
        let text = text.repeat(2_000_000 / text.len());
        for (side, query) in [("items", false), ("queries", true)] {
            let mut terms = 0u64;
            let start = Instant::now();
            match query {
                true => analyzer.analyze_query(&text, Language::Other, &mut |_| terms += 1),
                false => analyzer.analyze(&text, Language::Other, &mut |_| terms += 1),
            }
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{name}, as {side}: {:.1} MB/s, {:.1} M terms/s",
                text.len() as f64 / seconds / 1e6,
                terms as f64 / seconds / 1e6
            );
        }
    }
    for query in ["women's running shoes size 8", "送女朋友什么礼物好"] {
        let start = Instant::now();
        let words: usize = (0..10_000).map(|_| QueryShape::of(query).words).sum();
        println!("shape of `{query}` ({} words): {:.1} µs", words / 10_000, start.elapsed().as_secs_f64() * 1e2);
    }
}
