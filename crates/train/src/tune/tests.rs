use burn::backend::Flex;
use burn::module::AutodiffModule;

use super::*;
use crate::backend::Cpu;
use crate::data::{Example, Target, batch};
use crate::fit::params::{list, numbers_of};
use crate::fit::{Control, Keep, Options, Quiet, fit};
use crate::heads::tests::tiny;
use crate::heads::{HeadKind, HeadSpec, HeadTask, Headed};

/// Both widths of the tiny encoder: hidden, feed-forward; its layers.
const SHAPE: (usize, usize, usize) = (16, 32, 2);

fn methods() -> Vec<(Method, usize)> {
    let (hidden, wide, layers) = SHAPE;
    let all = Matrix::ALL.to_vec();
    let matrices = 4 * 2 * hidden + 2 * (hidden + wide);
    let biases = 4 * hidden + wide + hidden + 2 * hidden;
    let norms = 4 * hidden;
    vec![
        (Method::Lora { rank: 3, alpha: 6.0, matrices: all.clone() }, layers * 3 * matrices),
        (
            Method::AdaLora { rank: 4, rank_kept: 2, alpha: 4.0, orthogonality: 0.1, matrices: all },
            layers * (4 * matrices + 4 * 6),
        ),
        (Method::Adapters { width: 5 }, layers * (2 * (2 * hidden * 5 + 5 + hidden) + norms) + 2 * hidden),
        (Method::Prefix { length: 4 }, layers * 2 * 4 * hidden),
        (Method::BitFit, layers * biases + hidden),
        (Method::HeadOnly, 0),
    ]
}

fn spec() -> HeadSpec {
    HeadSpec::new("class", HeadKind::Classes { labels: ["a", "乙"].map(str::to_owned).to_vec() })
}

fn examples(count: usize, seed: u64) -> Vec<Example> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|at| {
            let mut ids: Vec<u32> = (0..5).map(|_| 6 + rng.below(20) as u32).collect();
            ids[rng.below(5)] = 3 + (at % 2) as u32;
            Example::new(ids, Some(Target::Class(at % 2)))
        })
        .collect()
}

fn network(method: &Method) -> Headed<Cpu> {
    let (weights, device) = (tiny(26), Default::default());
    let mut rng = Rng::new(3);
    let encoder = method.extend(TextNet::read(&weights, &device).unwrap(), &mut rng, &device).unwrap();
    method.select::<Cpu, _>(Headed::new(encoder, &weights, &[spec()], 1.0, &mut rng, &device).unwrap())
}

fn train(method: &Method, steps: u64) -> (HeadTask, crate::fit::Fitted<Headed<Cpu>>) {
    let mut task = HeadTask::new(vec![spec()], examples(200, 1), examples(60, 2), 0).unwrap();
    task.method = method.clone();
    let options = Options {
        steps: Some(steps),
        rate: 1e-2,
        batch: 20,
        keep: Keep::Last,
        frozen: Vec::new(),
        ..Options::default()
    };
    let mut watch = Quiet::default();
    let fitted = fit::<Cpu, _>(&mut task, network(method), &options, Control::new(&mut watch)).unwrap();
    (task, fitted)
}

#[test]
fn each_method_trains_what_it_says_and_nothing_else() {
    let head = 2 * SHAPE.0 + 2;
    for (method, expected) in methods() {
        let net = network(&method);
        let trained: usize =
            list::<Cpu, _>(&net).iter().filter(|info| info.trained).map(crate::fit::ParamInfo::count).sum();
        assert_eq!(trained, expected + head, "{}", method.name());
        let (_, fitted) = train(&method, 80);
        assert_eq!(fitted.trained, trained, "{}", method.name());
        let (before, after) =
            (fitted.before.deciding().unwrap().value, fitted.after.unwrap().deciding().unwrap().value);
        let least = if method == Method::HeadOnly { 0.6 } else { 0.85 };
        assert!(after >= least && after >= before, "{}: {before} {after}", method.name());
        let frozen = |net: &Headed<Cpu>| numbers_of(net.encoder.layers[0].query.weight.val());
        assert_eq!(frozen(&fitted.net), frozen(&net), "{}", method.name());
    }
}

#[test]
fn what_is_added_is_merged_to_the_same_network() {
    let ids: Vec<Vec<u32>> = examples(6, 9).into_iter().map(|example| example.ids).collect();
    let texts: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    let device = Default::default();
    let batch = batch::<Flex>(&texts, 0, &device);
    for (method, _) in methods().into_iter().filter(|(method, _)| method.merges()) {
        let (_, fitted) = train(&method, 20);
        let net = fitted.net.valid();
        let merged = TextNet::<Flex>::read(&net.write(&tiny(26).config, &[spec()]), &device).unwrap();
        let (own, other) = (numbers_of(net.encoder.forward(&batch)), numbers_of(merged.forward(&batch)));
        let differs = own.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(differs < 1e-5, "{}: {differs}", method.name());
        let plain = numbers_of(TextNet::<Flex>::read(&tiny(26), &device).unwrap().forward(&batch));
        let moved = plain.iter().zip(&own).any(|(a, b)| (a - b).abs() > 1e-3);
        assert_eq!(moved, method != Method::HeadOnly, "{}", method.name());
    }
}

#[test]
fn ranks_go_where_they_matter() {
    let method =
        Method::AdaLora { rank: 4, rank_kept: 1, alpha: 4.0, orthogonality: 0.1, matrices: Matrix::ALL.to_vec() };
    let (task, fitted) = train(&method, 60);
    let ranks = task.allotment.ranks();
    assert_eq!((ranks.len(), ranks.iter().sum::<usize>()), (12, 12));
    assert!(ranks.iter().any(|rank| *rank != 1), "all alike: {ranks:?}");
    let again = Allotment::from_bytes(&task.allotment.to_bytes()).unwrap();
    assert_eq!(again, task.allotment);
    assert!(Allotment::from_bytes(b"{").is_err());
    let kept = fitted.net.encoder.layers[0].query.lora.as_ref().unwrap().kept.as_ref().unwrap();
    assert_eq!(numbers_of(kept.val()).iter().sum::<f32>() as usize, ranks[0]);
}

#[test]
fn what_is_saved_makes_the_same_network_again_and_fits_no_other() {
    let base = tiny(26);
    for (method, _) in methods() {
        let (_, fitted) = train(&method, 10);
        let numbers = crate::fit::params::read::<Cpu, _>(&fitted.net, |_| true);
        let trained: Vec<String> = list::<Cpu, _>(&fitted.net)
            .into_iter()
            .filter(|info| info.trained || info.path.ends_with(".kept"))
            .map(|info| info.path)
            .collect();
        let tensors = numbers
            .into_iter()
            .filter(|numbers| trained.contains(&numbers.path))
            .map(|numbers| (numbers.path, neural::Tensor { dims: numbers.dims, data: numbers.data }))
            .collect();
        let heads = vec![SavedHead { spec: spec(), temperature: Some(1.5), crf: None }];
        let saved = Saved { method: method.clone(), base: Saved::digest(&base), heads, gain: 1.0, tensors };
        let dir = tempfile::tempdir().unwrap();
        saved.write(dir.path()).unwrap();
        let read = Saved::read(dir.path()).unwrap();
        assert_eq!(read, saved);
        assert_eq!(read.merge(&base).unwrap(), fitted.net.valid().write(&base.config, &[spec()]), "{}", method.name());
        let error = read.merge(&tiny(27)).unwrap_err().to_string();
        assert!(error.contains("another encoder"), "{error}");
    }
    assert!(Saved::read(std::path::Path::new("/no/such/adapter")).is_err());
}

#[test]
fn settings_out_of_range_are_named() {
    for name in Method::NAMES {
        assert_eq!(Method::named(name).unwrap().name(), name);
        Method::named(name).unwrap().check().unwrap();
    }
    assert!(Method::named("magic").is_none());
    let wrong =
        Method::AdaLora { rank: 4, rank_kept: 5, alpha: 1.0, orthogonality: 0.0, matrices: vec![Matrix::Query] };
    assert!(wrong.check().unwrap_err().to_string().contains("rank_kept"));
    let text = serde_json::to_string(&Method::named("lora").unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Method>(&text).unwrap(), Method::named("lora").unwrap());
}
