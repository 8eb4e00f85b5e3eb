//! How fast the encoders are here: `cargo run --release -p neural --example bench_encoders [MODELS]`.
//!
//! Queries one after the other, both encoders side by side, passages on all threads, and queries while passages are
//! being encoded. The last part runs the network bare, to see what batching and several threads a run would change.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use neural::{Encoder, encode_query_with_all};
use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let models = std::env::args().nth(1).map_or(shipped, PathBuf::from);
    let mut encoders = Vec::new();
    for id in ["e5-small-zh-en", "minilm-l6-en"] {
        let start = Instant::now();
        let encoder = Arc::new(Encoder::load(&models.join(id), 2)?);
        println!("{id}: loaded in {:.0} ms", millis(start.elapsed()));
        queries(&encoder)?;
        passages(&encoder)?;
        queries_beside_passages(&encoder)?;
        bare_network(&models.join(id).join("model_int8.onnx"), &encoder.manifest().output)?;
        encoders.push(encoder);
    }
    let times = timed(300, |n| drop(black_box(encode_query_with_all(&encoders, &query(n)))));
    report("both side by side, a query", &times);
    Ok(())
}

fn queries(encoder: &Encoder) -> neural::Result<()> {
    encoder.encode_query(&query(0))?;
    report("a query", &timed(300, |n| drop(black_box(encoder.encode_query(&query(n))))));
    Ok(())
}

fn passages(encoder: &Encoder) -> neural::Result<()> {
    let texts: Vec<String> = (0..512).map(passage).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let start = Instant::now();
    encoder.encode_passages(&texts)?;
    println!("  passages of 64 pieces: {:.0}/s on two threads", texts.len() as f64 / start.elapsed().as_secs_f64());
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
        report("a query while passages are encoded", &timed(300, |n| drop(black_box(encoder.encode_query(&query(n))))));
        stop.store(true, Ordering::Relaxed);
        busy.join().unwrap_or(Ok(()))
    })
}

fn bare_network(path: &Path, output: &str) -> Result<(), Box<dyn std::error::Error>> {
    let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(path)?;
    let nodes = (model.node_id("input_ids")?, model.node_id("attention_mask")?, model.node_id(output)?);
    for (batch, tokens, threads) in [(1, 10, 1), (1, 10, 2), (1, 64, 1), (8, 64, 1), (32, 64, 1), (32, 64, 2)] {
        let pool = Arc::new(ThreadPool::with_num_threads(threads));
        let runs = if tokens == 10 { 200 } else { 96 / batch };
        let cpu_before = cpu_seconds();
        let times = timed(runs, |n| {
            let ids = (0..batch * tokens).map(|i| 1000 + ((i * 7919 + n) % 20_000) as i32).collect::<Vec<_>>();
            let ids = NdTensor::from_data([batch, tokens], ids);
            let mask = NdTensor::from_data([batch, tokens], vec![1; batch * tokens]);
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
            let inputs = vec![(nodes.0, ids.into()), (nodes.1, mask.into())];
            drop(black_box(model.run_n(inputs, [nodes.2], Some(options))));
        });
        let median = millis(times[times.len() / 2]);
        let rate = 1000.0 * batch as f64 / median;
        let cpu =
            cpu_seconds().zip(cpu_before).map(|(after, before)| 1e3 * (after - before) / (times.len() * batch) as f64);
        let cpu = cpu.map_or(String::new(), |cpu| format!(", {cpu:.2} ms of CPU a text"));
        println!(
            "  bare: batch {batch:2} of {tokens} pieces, {threads} thread(s): {median:.2} ms, {rate:.0} texts/s{cpu}"
        );
    }
    Ok(())
}

fn query(n: usize) -> String {
    let colours = ["red", "blue", "black", "green", "white"];
    let things = ["running shoes", "coffee maker", "phone case", "desk lamp"];
    format!("{} {} size {n}", colours[n % 5], things[n % 4])
}

fn passage(n: usize) -> String {
    (0..12).map(|part| query(n * 31 + part)).collect::<Vec<_>>().join(", ")
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
