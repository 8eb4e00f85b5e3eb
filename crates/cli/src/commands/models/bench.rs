//! `mercato models bench`: what a model costs on this machine.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use neural::heads::{Classifier, Tagger};
use neural::{CrossEncoder, Encoder, Manifest, Task};
use serde_json::{Value, json};

use super::folder;
use crate::args::BenchModel;
use crate::config::Config;
use crate::failure::user;
use crate::output::{self, bytes};

/// What shops have, in both languages.
const QUERIES: [&str; 8] = [
    "红色连衣裙",
    "蓝牙耳机 降噪",
    "儿童雨衣",
    "给妈妈的生日礼物",
    "running shoes",
    "usb c cable 2m",
    "gift for a tea lover",
    "waterproof jacket women",
];
const PASSAGES: [&str; 8] = [
    "女士夏季红色连衣裙 2024新款 收腰显瘦 中长款 雪纺",
    "无线蓝牙耳机 主动降噪 超长续航 适用苹果华为",
    "儿童雨衣 男童女童 小学生 带书包位 防水透气",
    "景德镇陶瓷茶具套装 功夫茶杯 家用礼盒装 送长辈",
    "Women's waterproof hiking boots, ankle support, breathable mesh, brown, size 42",
    "USB-C to USB-C cable, 2 m, 100 W fast charging, braided nylon, for laptops and phones",
    "Cordless power drill 20V with two batteries, charger and 30-piece bit set",
    "Organic green tea, loose leaf, 250 g tin, first harvest from Zhejiang",
];

/// Runs the command.
pub(super) fn run(args: &BenchModel, config: &Config) -> Result<()> {
    if args.queries == 0 || args.passages == 0 {
        return Err(user("--queries and --passages must be above 0"));
    }
    let folder = folder(config, &args.id)?;
    let manifest = Manifest::read(&folder)?;
    let before = resident();
    let figures = measure(&manifest, &folder, config.threads, args)?;
    let memory = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    let [p50, p99] = [50, 99].map(|percent| percentile(&figures.single, percent));
    let rate = figures.together as f64 / figures.took.as_secs_f64().max(1e-9);
    let size: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let threads = if config.threads == 0 { std::thread::available_parallelism()?.get() } else { config.threads };
    if config.json {
        return output::json(&json!({
            "model": manifest.id, "task": manifest.task, "unit": figures.unit, "single_p50_us": micros(p50),
            "single_p99_us": micros(p99), "per_second": rate, "threads": threads, "memory_bytes": memory,
            "disk_bytes": size, "load_ms": figures.load.as_millis() as u64,
        }));
    }
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    output::table(vec![
        row("figure", manifest.id.clone()),
        row(&format!("one {}, one thread, p50", figures.unit), milliseconds(p50)),
        row(&format!("one {}, one thread, p99", figures.unit), milliseconds(p99)),
        row(&format!("{}s a second, {threads} threads", figures.unit), format!("{rate:.0}")),
        row("memory", memory.map_or_else(|| "not known here".to_owned(), bytes)),
        row("on disk", bytes(size)),
        row("loads in", milliseconds(figures.load)),
    ])
}

/// What was measured.
pub(super) struct Figures {
    unit: &'static str,
    load: Duration,
    /// One at a time, sorted.
    pub(super) single: Vec<Duration>,
    /// How many at once, and in which time.
    pub(super) together: usize,
    pub(super) took: Duration,
}

pub(super) fn measure(manifest: &Manifest, folder: &Path, threads: usize, args: &BenchModel) -> Result<Figures> {
    let began = Instant::now();
    let passages: Vec<&str> = (0..args.passages).map(|at| PASSAGES[at % PASSAGES.len()]).collect();
    let timed = |unit, one: &dyn Fn(usize) -> neural::Result<()>, all: &dyn Fn() -> neural::Result<()>| {
        let load = began.elapsed();
        // The first runs pay for what later ones find in the caches.
        (0..QUERIES.len()).try_for_each(one)?;
        let mut single = Vec::with_capacity(args.queries);
        for at in 0..args.queries {
            let began = Instant::now();
            one(at)?;
            single.push(began.elapsed());
        }
        single.sort_unstable();
        let began = Instant::now();
        all()?;
        anyhow::Ok(Figures { unit, load, single, together: args.passages, took: began.elapsed() })
    };
    match manifest.task {
        Task::Encoder => {
            let model = Encoder::load(folder, threads)?;
            let one = |at: usize| model.encode_query(QUERIES[at % QUERIES.len()]).map(|vector| drop(black_box(vector)));
            timed("text", &one, &|| model.encode_passages(&passages).map(|vectors| drop(black_box(vectors))))
        }
        Task::CrossEncoder => {
            let model = CrossEncoder::load(folder, threads)?;
            let one = |at: usize| {
                let (query, passage) = (QUERIES[at % QUERIES.len()], PASSAGES[at % PASSAGES.len()]);
                model.score(query, &[passage]).map(|scores| drop(black_box(scores)))
            };
            timed("pair", &one, &|| model.score(QUERIES[0], &passages).map(|scores| drop(black_box(scores))))
        }
        Task::Classifier => {
            let model = Classifier::load(folder, threads)?;
            let one = |at: usize| model.classify(QUERIES[at % QUERIES.len()]).map(|found| drop(black_box(found)));
            let all = || passages.iter().try_for_each(|text| model.classify(text).map(|found| drop(black_box(found))));
            timed("text", &one, &all)
        }
        Task::Tagger => {
            let model = Tagger::load(folder, threads)?;
            let one = |at: usize| model.tag(QUERIES[at % QUERIES.len()]).map(|found| drop(black_box(found)));
            let all = || passages.iter().try_for_each(|text| model.tag(text).map(|found| drop(black_box(found))));
            timed("text", &one, &all)
        }
        Task::ImageEncoder | Task::Joint => {
            Err(user(format!("`{}` reads pictures; measure it with `mercato eval pictures`", manifest.id)))
        }
    }
}

pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).clamp(1, sorted.len().max(1));
    sorted.get(at - 1).copied().unwrap_or_default()
}

fn micros(time: Duration) -> Value {
    json!(time.as_nanos() as f64 / 1e3)
}

/// Memory this process has, where the system tells (Linux).
pub(super) fn resident() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!([50, 99].map(|percent| percentile(&times, percent).as_millis()), [100, 198]);
        assert_eq!(percentile(&times[..1], 99).as_millis(), 1);
    }
}
