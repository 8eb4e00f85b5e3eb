//! How fast the encoders are here: `cargo run --release -p neural --example bench_encoders [MODELS]`.
//!
//! First the bare networks, pieces in and vector out: the native runner, rten and, where `MERCATO_PYTHON` names a Python
//! with onnxruntime, ONNX Runtime on the same file and pieces, in turns, so that whatever else the machine does meets all
//! of them. Then whole encoders: queries, passages on two threads, queries while passages are encoded.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

mod networks;
mod python;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use networks::{Rten, native};
use neural::native::{Int8Bert, Scratch};
use neural::{Encoder, encode_query_with_all};
use python::OnnxRuntime;
use tokenizers::{Tokenizer, TruncationParams};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let models = std::env::args().nth(1).map_or(shipped, PathBuf::from);
    let mut encoders = Vec::new();
    for id in ["e5-small-zh-en", "minilm-l6-en"] {
        let start = Instant::now();
        let encoder = Arc::new(Encoder::load(&models.join(id), 2)?);
        println!("{id}: runner {}, loaded in {:.0} ms", encoder.runner(), millis(start.elapsed()));
        Bare::load(&models.join(id), &encoder)?.report()?;
        queries(&encoder)?;
        passages(&encoder)?;
        queries_beside_passages(&encoder)?;
        encoders.push(encoder);
    }
    let times = timed(300, |n| drop(black_box(encode_query_with_all(&encoders, &query(n)))));
    report("both side by side, a query", &times);
    Ok(())
}

/// One network in every runner that there is.
struct Bare {
    native: Option<Int8Bert>,
    rten: [Rten; 2],
    onnxruntime: Option<OnnxRuntime>,
    tokenizer: Tokenizer,
}

impl Bare {
    fn load(folder: &Path, encoder: &Encoder) -> Result<Self> {
        let file = |role: &str| encoder.manifest().file(folder, role).ok_or("a file is missing");
        let (network, output) = (file("network")?, &encoder.manifest().output);
        let bytes = std::fs::read(&network)?;
        let native = Int8Bert::from_onnx(&bytes).ok();
        let rten = [Rten::load(bytes.clone(), output)?, Rten::load(bytes, output)?];
        let onnxruntime = OnnxRuntime::start(&network);
        match &onnxruntime {
            Some(python) => println!("  beside ONNX Runtime {}", python.version),
            None => println!("  ONNX Runtime skipped: MERCATO_PYTHON names no Python that has it"),
        }
        let mut tokenizer = Tokenizer::from_file(file("tokenizer")?)?;
        tokenizer.with_padding(None);
        Ok(Self { native, rten, onnxruntime, tokenizer })
    }

    fn report(&mut self) -> Result<()> {
        if let Some(bert) = &self.native {
            println!("  native: {}, {:.1} MB of weights a run", bert.instructions(), bert.bytes() as f64 / 1e6);
        }
        for (pieces, runs) in [(8, 400), (16, 200), (64, 80)] {
            self.latency(pieces, runs)?;
        }
        self.throughput(64, 512)
    }

    /// Texts of exactly so many pieces.
    fn texts(&mut self, pieces: usize, count: usize) -> Result<Vec<Vec<u32>>> {
        let truncation = TruncationParams { max_length: pieces, ..TruncationParams::default() };
        self.tokenizer.with_truncation(Some(truncation))?;
        let ids = |n| Ok(self.tokenizer.encode_fast(passage(n), true)?.get_ids().to_vec());
        let texts: Vec<Vec<u32>> = (0..count).map(ids).collect::<Result<_>>()?;
        assert!(texts.iter().all(|text| text.len() == pieces), "passages are long enough");
        Ok(texts)
    }

    /// One text after the other on one thread, ten rounds in turns.
    fn latency(&mut self, pieces: usize, runs: usize) -> Result<()> {
        let runs: Vec<Vec<Vec<u32>>> = self.texts(pieces, runs)?.into_iter().map(|text| vec![text]).collect();
        let mut times = [const { Vec::new() }; 3];
        let mut scratch = Scratch::default();
        let mut agreement = f32::INFINITY;
        for share in runs.chunks(runs.len().div_ceil(10)) {
            for run in share {
                if let Some(bert) = &self.native {
                    times[0].push(clock(|| black_box(native(bert, run, &mut scratch)).map(drop))?);
                }
            }
            for run in share {
                times[1].push(clock(|| black_box(self.rten[0].run(run)).map(drop))?);
            }
            if let Some(python) = &mut self.onnxruntime {
                let outcome = python.run(1, 1, share)?;
                if let (Some(bert), Some(run)) = (&self.native, share.last()) {
                    let own = native(bert, run, &mut scratch)?.concat();
                    agreement = agreement.min(own.iter().zip(&outcome.last).map(|(a, b)| a * b).sum());
                }
                times[2].extend(outcome.ms.iter().map(|ms| Duration::from_secs_f64(ms / 1e3)));
            }
        }
        for (name, times) in ["native", "rten", "ONNX Runtime"].iter().zip(&mut times) {
            times.sort();
            if !times.is_empty() {
                report(&format!("{pieces} pieces, one thread, {name}"), times);
            }
        }
        if agreement.is_finite() {
            println!("  {pieces} pieces: cosine of native to ONNX Runtime at least {agreement:.4}");
        }
        Ok(())
    }

    /// All texts on two threads, three rounds in turns, each runner in the ways that may suit it.
    fn throughput(&mut self, pieces: usize, count: usize) -> Result<()> {
        let texts = self.texts(pieces, count)?;
        let runs = |batch: usize| texts.chunks(batch).map(<[_]>::to_vec).collect::<Vec<_>>();
        let (single, pairs, eights, large) = (runs(1), runs(2), runs(8), runs(32));
        let mut rates: Vec<(&str, f64)> = Vec::new();
        let mut note = |name, seconds: f64| {
            let rate = count as f64 / seconds;
            match rates.iter_mut().find(|(known, _)| *known == name) {
                Some((_, best)) => *best = best.max(rate),
                None => rates.push((name, rate)),
            }
        };
        for _ in 0..3 {
            if let Some(bert) = &self.native {
                note(
                    "native, two side by side, batches of 2",
                    two_side_by_side(&pairs, |_, run| native(bert, run, &mut Scratch::default()).is_ok()),
                );
            }
            let rten = &self.rten;
            note(
                "rten, two side by side, single texts",
                two_side_by_side(&single, |lane, run| rten[lane].run(run).is_ok()),
            );
            if let Some(python) = &mut self.onnxruntime {
                note("ONNX Runtime, two threads a run, batches of 32", python.run(2, 1, &large)?.seconds);
                note("ONNX Runtime, two threads a run, batches of 8", python.run(2, 1, &eights)?.seconds);
                note("ONNX Runtime, two side by side, batches of 8", python.run(1, 2, &eights)?.seconds);
                note("ONNX Runtime, two side by side, single texts", python.run(1, 2, &single)?.seconds);
            }
        }
        for (name, rate) in rates {
            println!("  {pieces} pieces, best of 3, {name}: {rate:.0} texts/s");
        }
        Ok(())
    }
}

/// Seconds that two threads take for all runs.
fn two_side_by_side(runs: &[Vec<Vec<u32>>], work: impl Fn(usize, &[Vec<u32>]) -> bool + Sync) -> f64 {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for lane in 0..2 {
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert!(black_box(work(lane, run)), "every text can be encoded");
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}

fn queries(encoder: &Encoder) -> neural::Result<()> {
    encoder.encode_query(&query(0))?;
    report("whole encoder: a query", &timed(300, |n| drop(black_box(encoder.encode_query(&query(n))))));
    Ok(())
}

fn passages(encoder: &Encoder) -> neural::Result<()> {
    let texts: Vec<String> = (0..512).map(passage).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (start, cpu_before) = (Instant::now(), cpu_seconds());
    encoder.encode_passages(&texts)?;
    let rate = texts.len() as f64 / start.elapsed().as_secs_f64();
    let cpu = cpu_seconds().zip(cpu_before).map(|(after, before)| 1e3 * (after - before) / texts.len() as f64);
    let cpu = cpu.map_or(String::new(), |cpu| format!(", {cpu:.2} ms of CPU a text"));
    println!("  whole encoder: passages of 64 pieces: {rate:.0}/s on two threads{cpu}");
    Ok(())
}

fn queries_beside_passages(encoder: &Arc<Encoder>) -> neural::Result<()> {
    let stop = AtomicBool::new(false);
    let texts: Vec<String> = (0..64).map(passage).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                black_box(encoder.encode_passages(&texts))?;
            }
            Ok(())
        });
        let times = timed(300, |n| drop(black_box(encoder.encode_query(&query(n)))));
        report("whole encoder: a query while passages are encoded", &times);
        stop.store(true, Ordering::Relaxed);
        busy.join().unwrap_or(Ok(()))
    })
}

fn query(n: usize) -> String {
    let colours = ["red", "blue", "black", "green", "white"];
    let things = ["running shoes", "coffee maker", "phone case", "desk lamp"];
    format!("{} {} size {n}", colours[n % 5], things[n % 4])
}

fn passage(n: usize) -> String {
    (0..16).map(|part| query(n * 31 + part)).collect::<Vec<_>>().join(", ")
}

fn clock(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn timed(runs: usize, mut run: impl FnMut(usize)) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..runs.max(3))
        .map(|n| {
            let start = Instant::now();
            run(n);
            start.elapsed()
        })
        .collect();
    times.sort();
    times
}

fn report(what: &str, times: &[Duration]) {
    let at = |share: f64| millis(times[((times.len() - 1) as f64 * share) as usize]);
    println!("  {what}: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.95), at(0.99));
}

/// CPU time of this process, where the system tells (Linux counts hundredths of a second): on a busy machine it says
/// more than the clock on the wall.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<f64> = stat.rsplit(')').next()?.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // The state letter after the name is skipped above, so user and system time are the 11th and 12th number.
    Some((fields.get(10)? + fields.get(11)?) / 100.0)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
