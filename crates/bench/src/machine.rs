use std::path::Path;

use serde_json::{Value, json};

/// The machine a bench ran on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Machine {
    /// Processor model, `n/a` where the system does not say.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Memory of the machine in MiB; `None` where the system does not say.
    pub memory_mib: Option<u64>,
    /// Operating system and architecture.
    pub system: String,
    /// Whether the program was built with optimisation.
    pub optimised: bool,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let cpu = fs_err::read_to_string("/proc/cpuinfo").ok();
        let cpu = cpu.as_deref().and_then(|text| value_of(text, "model name")).unwrap_or("n/a").to_owned();
        let memory = fs_err::read_to_string("/proc/meminfo").ok();
        Self {
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory.as_deref().and_then(|text| kib_of(text, "MemTotal")).map(|kib| kib / 1024),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            optimised: !cfg!(debug_assertions),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "cpu": self.cpu,
            "cores": self.cores,
            "memory_mib": self.memory_mib,
            "system": self.system,
            "optimised": self.optimised,
        })
    }
}

/// Memory of this process in MiB.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Memory {
    /// Now: all of it, files mapped and read included.
    pub(crate) resident: f64,
    /// Of that, what no file backs.
    pub(crate) anonymous: f64,
    /// The most it ever was.
    pub(crate) peak: f64,
}

impl Memory {
    /// As the system tells it; `None` where it does not.
    pub(crate) fn now() -> Option<Self> {
        Self::read(&fs_err::read_to_string("/proc/self/status").ok()?)
    }

    fn read(status: &str) -> Option<Self> {
        let mib = |name: &str| kib_of(status, name).map(|kib| kib as f64 / 1024.0);
        Some(Self { resident: mib("VmRSS")?, anonymous: mib("RssAnon")?, peak: mib("VmHWM")? })
    }
}

/// Bytes of all files below a folder, as their lengths say.
pub(crate) fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs_err::read_dir(folder) else { return 0 };
    let size = |entry: fs_err::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => disk_bytes(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// The value of the first line `name : value`.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let of_line =
        |line: &'a str| line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    text.lines().find_map(of_line)
}

fn kib_of(text: &str, name: &str) -> Option<u64> {
    value_of(text, name)?.strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_figures_are_understood() {
        let status = "Name:\tmercato\nVmHWM:\t    4096 kB\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\n";
        assert_eq!(Memory::read(status), Some(Memory { resident: 2.0, anonymous: 1.0, peak: 4.0 }));
        assert_eq!(Memory::read("Name:\tmercato\n"), None);
        assert_eq!(value_of("model name\t: A, 2.0 GHz\n", "model name"), Some("A, 2.0 GHz"));
    }

    #[test]
    fn folders_are_measured_to_their_depths() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("a")).unwrap();
        fs_err::write(folder.path().join("a/b"), [0; 10]).unwrap();
        fs_err::write(folder.path().join("c"), [0; 5]).unwrap();
        assert_eq!(disk_bytes(folder.path()), 15);
    }
}
