//! ONNX Runtime in a Python process beside this one.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// One network in ONNX Runtime.
pub(crate) struct OnnxRuntime {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    pub(crate) version: String,
}

/// Times of runs.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) ms: Vec<f64>,
    pub(crate) seconds: f64,
    pub(crate) last: Vec<f32>,
}

#[derive(Deserialize)]
struct Hello {
    version: String,
}

impl OnnxRuntime {
    /// Starts the Python in `MERCATO_PYTHON` on the network; nothing where there is none, or it has no onnxruntime.
    pub(crate) fn start(network: &Path) -> Option<Self> {
        let python = std::env::var_os("MERCATO_PYTHON")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bench_encoders/run_onnx.py");
        let mut command = Command::new(python);
        let mut child = command.arg(script).arg(network).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (stdin, mut stdout) = (child.stdin.take(), BufReader::new(child.stdout.take()?));
        let mut line = String::new();
        stdout.read_line(&mut line).ok()?;
        let Hello { version } = serde_json::from_str(&line).ok()?;
        Some(Self { child, stdin, stdout, version })
    }

    /// Runs batches of texts of one length, on `threads` each, `workers` side by side.
    pub(crate) fn run(&mut self, threads: usize, workers: usize, runs: &[Vec<Vec<u32>>]) -> Result<Outcome, Failed> {
        let stdin = self.stdin.as_mut().ok_or("ended")?;
        let request = serde_json::json!({"threads": threads, "workers": workers, "runs": runs});
        writeln!(stdin, "{request}")?;
        stdin.flush()?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for OnnxRuntime {
    fn drop(&mut self) {
        // At the end of its input it ends.
        self.stdin = None;
        self.child.wait().ok();
    }
}
