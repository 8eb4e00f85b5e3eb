use super::fault::HubFault;
use super::origin::{HubFile, Origin};

/// Networks by the last part of their path, best first: int8 is what the processor is fastest at and what fits, then
/// the weights as they were trained. What is left over (f16, 4 bits, other processors) has to be asked for.
#[cfg(not(target_arch = "aarch64"))]
const PREFERRED: &[&str] = &[
    "model_quantized.onnx",
    "model_int8.onnx",
    "model_qint8_avx512_vnni.onnx",
    "model_qint8_avx512.onnx",
    "model_quint8_avx2.onnx",
    "model_uint8.onnx",
    "model.onnx",
];
#[cfg(target_arch = "aarch64")]
const PREFERRED: &[&str] =
    &["model_quantized.onnx", "model_int8.onnx", "model_qint8_arm64.onnx", "model_uint8.onnx", "model.onnx"];

/// The network to take: the one asked for, else the best known one, else the only one.
pub(super) fn network(origin: &dyn Origin, wish: Option<&str>) -> Result<HubFile, HubFault> {
    let mut networks: Vec<&HubFile> = origin.files().iter().filter(|file| file.path.ends_with(".onnx")).collect();
    networks.sort_by_key(|file| (file.bytes, file.path.clone()));
    let ambiguous = |files: &[&HubFile]| HubFault::Ambiguous {
        from: origin.name(),
        files: files.iter().map(|file| described(file)).collect(),
    };
    if let Some(wish) = wish {
        let fits = |file: &&HubFile| file.path == wish || file.path.ends_with(&format!("/{wish}"));
        let found: Vec<&HubFile> = networks.iter().copied().filter(|file| fits(file)).collect();
        return match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] if networks.is_empty() => Err(none(origin)),
            [] => Err(ambiguous(&networks)),
            several => Err(ambiguous(several)),
        };
    }
    for name in PREFERRED {
        let found: Vec<&HubFile> =
            networks.iter().copied().filter(|file| file.path.rsplit('/').next() == Some(name)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            several => return Err(ambiguous(several)),
        }
    }
    match networks.as_slice() {
        [] => Err(none(origin)),
        [one] => Ok((*one).clone()),
        several => Err(ambiguous(several)),
    }
}

fn none(origin: &dyn Origin) -> HubFault {
    let reason = "there is no ONNX network in it; look for a repository with one, such as its copy under `onnx-community` \
                  or `Xenova`, or export it with `optimum-cli export onnx`";
    HubFault::Unusable { from: origin.name(), reason: reason.to_owned() }
}

fn described(file: &HubFile) -> String {
    match file.bytes {
        Some(bytes) => format!("{} ({:.1} MB)", file.path, bytes as f64 / 1e6),
        None => file.path.clone(),
    }
}
