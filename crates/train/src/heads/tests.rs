use burn::backend::Flex;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use neural::heads::{Classifier, Crf, Tagger, Unit};
use neural::{BertConfig, Weights};
use types::Rng;

use super::losses::{chain_loss, cross_entropy, margin_mse, ordered_pairs, pairwise};
use super::*;
use crate::backend::{Cpu, Device};
use crate::data::{Example, LabelledText, Split, TaggedWords, Target};
use crate::fit::params::numbers_of;
use crate::fit::{Control, Options, Part, Quiet, Task, fit};
use crate::net::TextNet;
use crate::tune::Method;

/// A small encoder of random numbers.
pub(crate) fn tiny(vocabulary: usize) -> Weights {
    let config: BertConfig = serde_json::from_value(serde_json::json!({
        "vocab_size": vocabulary, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 40, "type_vocab_size": 1,
    }))
    .unwrap();
    let mut rng = Rng::new(7);
    let tensors = config.shapes().into_iter().map(|(name, dims)| {
        let count = dims.iter().product();
        let norm = name.contains("LayerNorm");
        let data: Vec<f32> = (0..count)
            .map(|_| if norm && name.ends_with("weight") { 1.0 } else { (rng.normal() * 0.2) as f32 })
            .collect();
        (name, neural::Tensor { dims, data })
    });
    Weights { tensors: tensors.collect(), config }
}

fn options(steps: u64, rate: f64) -> Options {
    Options { steps: Some(steps), rate, batch: 16, dropout: 0.0, frozen: Vec::new(), ..Options::default() }
}

fn headed(weights: &Weights, specs: &[HeadSpec]) -> Headed<Cpu> {
    let device = Default::default();
    let encoder = TextNet::read(weights, &device).unwrap();
    Headed::new(encoder, weights, specs, 1.0, &mut Rng::new(1), &device).unwrap()
}

/// Trains and gives the deciding figure before and after.
fn learn(task: &mut HeadTask, weights: &Weights, options: &Options) -> (f64, f64) {
    let net = headed(weights, &task.specs);
    let mut watch = Quiet::default();
    let fitted = fit::<Cpu, _>(task, net, options, Control::new(&mut watch)).unwrap();
    let figure = |scores: &crate::fit::Scores| scores.deciding().unwrap().value;
    (figure(&fitted.before), figure(fitted.after.as_ref().unwrap()))
}

/// Texts of random pieces; the class is which of three pieces is in it.
fn classed(count: usize, seed: u64) -> Vec<Example> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|at| {
            let mut ids: Vec<u32> = (0..4 + rng.below(4)).map(|_| 10 + rng.below(30) as u32).collect();
            let place = rng.below(ids.len());
            ids[place] = 3 + (at % 3) as u32;
            Example::new(ids, Some(Target::Class(at % 3)))
        })
        .collect()
}

fn three() -> HeadKind {
    HeadKind::Classes { labels: ["a", "b", "丙"].map(str::to_owned).to_vec() }
}

#[test]
fn classes_are_learnt() {
    let mut task = HeadTask::new(vec![HeadSpec::new("class", three())], classed(300, 1), classed(60, 2), 0).unwrap();
    let (before, after) = learn(&mut task, &tiny(40), &options(120, 5e-3));
    assert!(before < 0.7 && after > 0.95, "{before} {after}");
    let smoothed = Options { label_smoothing: 0.1, ..options(120, 5e-3) };
    let cls = HeadSpec { pooling: Pool::Cls, ..HeadSpec::new("class", three()) };
    let mut task = HeadTask::new(vec![cls], classed(300, 1), classed(60, 2), 0).unwrap();
    task.weigh_classes(&crate::fit::ClassWeights::Balanced).unwrap();
    assert!(learn(&mut task, &tiny(40), &smoothed).1 > 0.8);
}

fn tagged(count: usize, seed: u64) -> Vec<Example> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|_| {
            let ids: Vec<u32> = (0..6 + rng.below(5)).map(|_| 3 + rng.below(12) as u32).collect();
            // Piece 3 begins a span; 4 belongs to it where it follows one.
            let mut tags: Vec<usize> = Vec::new();
            for id in &ids {
                let open = tags.last().is_some_and(|tag| *tag > 0);
                tags.push(if *id == 3 {
                    1
                } else if *id == 4 && open {
                    2
                } else {
                    0
                });
            }
            let places = (0..ids.len()).collect();
            Example { ids, places, targets: vec![Some(Target::Tags(tags))], group: 0 }
        })
        .collect()
}

#[test]
fn tags_are_learnt_with_and_without_a_chain() {
    for crf in [true, false] {
        let labels = ["O", "B-品牌", "I-品牌"].map(str::to_owned).to_vec();
        let kind = HeadKind::Tags { labels, crf, unit: Unit::Word };
        let mut task = HeadTask::new(vec![HeadSpec::new("tag", kind)], tagged(200, 1), tagged(50, 2), 0).unwrap();
        let weights = tiny(20);
        let mut net = headed(&weights, &task.specs);
        net.heads[0].gain = 2.0;
        let mut watch = Quiet::default();
        let fitted = fit::<Cpu, _>(&mut task, net, &options(120, 5e-3), Control::new(&mut watch)).unwrap();
        let after = fitted.after.unwrap().deciding().unwrap().value;
        assert!(after > 0.9, "{crf}: {after}");
        assert_eq!(fitted.net.heads[0].crf().is_some(), crf);
    }
}

#[test]
fn the_chain_has_the_loss_and_the_gradients_of_enumeration() {
    let device = Default::default();
    let (tags, words) = (3usize, 5usize);
    let labels = ["O", "B-x", "I-x"].map(str::to_owned).to_vec();
    let specs = [HeadSpec::new("t", HeadKind::Tags { labels, crf: true, unit: Unit::Word })];
    let mut head = headed(&tiny(10), &specs).heads.remove(0);
    head.gain = 2.0;
    let chain = head.chain.as_mut().unwrap();
    let some = |count: usize, seed: usize| -> Vec<f32> {
        (0..count).map(|at| ((at * 7 + seed) % 5) as f32 / 4.0 - 0.5).collect()
    };
    let table =
        |data: Vec<f32>| Tensor::<Cpu, 2>::from_data(TensorData::new(data, [tags, tags]), &device).require_grad();
    chain.transitions = chain.transitions.clone().map(|_| table(some(9, 1)));
    let sentences: [&[usize]; 2] = [&[0, 1, 2], &[1, 0]];
    let rules = Crf::flat(tags);
    let emissions = |data: &[f32]| Tensor::<Cpu, 2>::from_data(TensorData::new(data.to_vec(), [words, tags]), &device);
    let numbers = some(words * tags, 3);
    // By enumeration.
    let value = |numbers: &[f32], head: &Head<Cpu>| -> f64 {
        let crf = head.crf().unwrap();
        let mut from = 0;
        let mut sum = 0.0;
        for sentence in sentences {
            let part = &numbers[from * tags..(from + sentence.len()) * tags];
            from += sentence.len();
            let all = (0..tags.pow(sentence.len() as u32)).map(|number| {
                let sequence: Vec<usize> = (0..sentence.len()).map(|at| number / tags.pow(at as u32) % tags).collect();
                crf.score(part, &sequence).exp()
            });
            sum += all.sum::<f64>().ln() - crf.score(part, sentence);
        }
        sum / 2.0
    };
    let leaf = emissions(&numbers).require_grad();
    let loss = chain_loss(&head, leaf.clone(), &sentences, &rules);
    assert!((crate::fit::scalar(&loss) - value(&numbers, &head)).abs() < 1e-5);
    let gradients = loss.backward();
    let slopes = numbers_of(leaf.grad(&gradients).unwrap());
    for (at, slope) in slopes.iter().enumerate() {
        let moved = |by: f32| {
            let mut numbers = numbers.clone();
            numbers[at] += by;
            value(&numbers, &head)
        };
        let expected = (moved(0.01) - moved(-0.01)) / 0.02;
        assert!((f64::from(*slope) - expected).abs() < 1e-3, "{at}: {slope} {expected}");
    }
    let transitions = head.chain.as_ref().unwrap().transitions.val();
    let slopes = numbers_of(transitions.grad(&gradients).unwrap());
    let own = numbers_of(transitions);
    for (at, slope) in slopes.iter().enumerate() {
        let moved = |by: f32| {
            let mut data = own.clone();
            data[at] += by;
            let mut head = head.clone();
            let chain = head.chain.as_mut().unwrap();
            chain.transitions = chain.transitions.clone().map(|_| table(data));
            value(&numbers, &head)
        };
        let expected = (moved(0.01) - moved(-0.01)) / 0.02;
        assert!((f64::from(*slope) - expected).abs() < 1e-3, "{at}: {slope} {expected}");
    }
}

#[test]
fn losses_by_hand() {
    let device = Default::default();
    let logits = Tensor::<Flex, 2>::from_floats([[0.0, 0.0], [3f32.ln(), 0.0]], &device);
    let near = |loss: Tensor<Flex, 1>, expected: f64| {
        let got = crate::fit::scalar(&loss);
        assert!((got - expected).abs() < 1e-5, "{got}, not {expected}");
    };
    let (even, sure) = (2f64.ln(), (4f64 / 3.0).ln());
    near(cross_entropy(logits.clone(), &[0, 0], None, 0.0), (even + sure) / 2.0);
    near(cross_entropy(logits.clone(), &[0, 1], Some(&[1.0, 3.0]), 0.0), (even + 3.0 * 4f64.ln()) / 4.0);
    near(cross_entropy(logits, &[0, 0], None, 0.5), (even + 0.75 * sure + 0.25 * 4f64.ln()) / 2.0);
    let scores = Tensor::<Flex, 1>::from_floats([1.0, 0.0, 5.0], &device);
    let pairs = ordered_pairs(&[1, 1, 2], &[0.0, 1.0, 9.0]);
    assert_eq!(pairs, [(1, 0)]);
    near(pairwise(scores.clone(), &pairs), (1.0 + 1f64.exp()).ln());
    near(margin_mse(scores, &pairs, &[0.0, 1.0, 9.0]), 4.0);
}

fn scored(count: usize, seed: u64) -> Vec<Example> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|at| {
            let ids: Vec<u32> = (0..6).map(|_| 3 + rng.below(8) as u32).collect();
            let score = ids.iter().filter(|id| **id == 3).count() as f32;
            Example { group: (at / 4) as u32, ..Example::new(ids, Some(Target::Number(score))) }
        })
        .collect()
}

#[test]
fn scores_and_numbers_are_learnt() {
    for loss in [ScoreLoss::Pairwise, ScoreLoss::Margin] {
        let spec = HeadSpec::new("score", HeadKind::Score { loss });
        let mut task = HeadTask::new(vec![spec], scored(240, 1), scored(80, 2), 0).unwrap();
        let (before, after) = learn(&mut task, &tiny(12), &options(100, 5e-3));
        assert!(after > 0.95 && after > before, "{loss:?}: {before} {after}");
    }
    let spec = HeadSpec::new("value", HeadKind::Value { mean: 0.75, deviation: 0.8 });
    let mut task = HeadTask::new(vec![spec], scored(240, 1), scored(80, 2), 0).unwrap();
    let (before, after) = learn(&mut task, &tiny(12), &options(150, 5e-3));
    assert!(after > 0.8 && before < 0.5, "{before} {after}");
}

#[test]
fn two_heads_learn_together_weighed_by_uncertainty() {
    let specs =
        vec![HeadSpec::new("class", three()), HeadSpec::new("value", HeadKind::Value { mean: 1.0, deviation: 0.8 })];
    let both = |count, seed| -> Vec<Example> {
        let mut all = classed(count, seed);
        for (at, example) in all.iter_mut().enumerate() {
            // Half have both targets, the others one of the two.
            let number = example.ids.iter().position(|id| *id < 6).map(|_| Target::Number((at % 3) as f32));
            example.targets.push(number.filter(|_| at % 4 != 1));
            if at % 4 == 3 {
                example.targets[0] = None;
            }
        }
        all
    };
    let mut task = HeadTask::new(specs.clone(), both(300, 1), both(80, 2), 0).unwrap();
    task.balance = Balance::Uncertainty;
    let weights = tiny(40);
    let mut net = headed(&weights, &specs);
    let device = Default::default();
    net.balance = Some(burn::module::Param::from_tensor(Tensor::zeros([2], &device)));
    let mut watch = Quiet::default();
    let fitted = fit::<Cpu, _>(&mut task, net, &options(150, 5e-3), Control::new(&mut watch)).unwrap();
    let after = fitted.after.unwrap();
    assert!(after.get("class.accuracy").unwrap().value > 0.9, "{after:?}");
    assert!(after.get("value.r2").unwrap().value > 0.7, "{after:?}");
    let variances = numbers_of(fitted.net.balance.unwrap().val());
    assert!(variances.iter().all(|s| *s < 0.0), "both got sure: {variances:?}");
}

#[test]
fn sure_labels_of_unlabelled_texts_are_believed() {
    let mut task = HeadTask::new(vec![HeadSpec::new("class", three())], classed(60, 1), classed(60, 2), 0).unwrap();
    let texts = classed(200, 5).into_iter().map(|example| Example::new(example.ids, None)).collect();
    task.pseudo = Some(Pseudo { texts, threshold: 0.8, from_epoch: 10 });
    let options = Options { epochs: 16, steps: None, ..options(1, 5e-3) };
    let (_, after) = learn(&mut task, &tiny(40), &options);
    assert!(Task::<Cpu>::examples(&task) > 120, "{}", Task::<Cpu>::examples(&task));
    assert!(after > 0.8, "{after}");
}

#[test]
fn data_that_cannot_be_learnt_from_are_refused() {
    let one = |class| Example::new(vec![3, 4], Some(Target::Class(class)));
    let refuse = |examples: Vec<Example>| {
        HeadTask::new(vec![HeadSpec::new("意图", three())], examples, Vec::new(), 0).unwrap_err().to_string()
    };
    assert!(refuse(vec![one(1), one(1)]).contains("one class only"));
    assert!(refuse(Vec::new()).contains("意图"));
    assert!(refuse(vec![one(1), one(9)]).contains("none of its labels"));
}

#[test]
fn prototypes_and_pairs_learn_from_a_handful() {
    let device = Default::default();
    let encoder = TextNet::<Cpu>::read(&tiny(40), &device).unwrap();
    let few: Vec<(Vec<u32>, usize)> =
        classed(24, 1).into_iter().enumerate().map(|(at, one)| (one.ids, at % 3)).collect();
    let test = classed(90, 2);
    let ids: Vec<&[u32]> = test.iter().map(|example| example.ids.as_slice()).collect();
    let accuracy = |vectors: &[Vec<f32>], layer: &Logistic| {
        let right = vectors.iter().enumerate().filter(|(at, vector)| scores::largest(&layer.logits(vector)) == at % 3);
        right.count() as f64 / vectors.len() as f64
    };
    let texts: Vec<&[u32]> = few.iter().map(|text| text.0.as_slice()).collect();
    let labels: Vec<usize> = few.iter().map(|text| text.1).collect();
    let valid = encoder.valid();
    let layer = few::prototypes(&vectors(&valid, &texts, 0), &labels, 3);
    let before = accuracy(&vectors(&valid, &ids, 0), &layer);
    assert!(before > 0.4, "{before}");
    let options = Options { epochs: 8, steps: None, ..options(1, 3e-3) };
    let (net, layer) = few::set_fit(encoder, &few, 3, &Method::Full, &options, 4, 0).unwrap();
    let after = accuracy(&vectors(&net.valid(), &ids, 0), &layer);
    assert!(after > before && after > 0.8, "{before} {after}");
    let one_class: Vec<(Vec<u32>, usize)> = few.iter().map(|text| (text.0.clone(), 1)).collect();
    assert!(few::PairTask::new(one_class, 1, 0).unwrap_err().to_string().contains("one class only"));
}

fn base() -> Base {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/e5-small-zh-en");
    let tokenizer = root.join("tokenizer.json");
    let pieces = neural::heads::Pieces::read(&tokenizer, 8).unwrap().vocabulary();
    Base { weights: tiny(pieces), tokenizer, prefix: "query: ".to_owned(), manifest: None }
}

fn texts(count: usize, seed: u64) -> Vec<LabelledText> {
    let words = [["refund 退款", "money back 退钱"], ["parcel 快递", "where is it 到哪了"]];
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|at| {
            let (label, word) = (at % 2, words[at % 2][rng.below(2)]);
            let noise = ["please 请", "hello 你好", "order 订单"][rng.below(3)];
            LabelledText {
                text: format!("{noise} {word} {}", rng.below(100)),
                label: ["refund", "物流"][label].to_owned(),
            }
        })
        .collect()
}

#[test]
fn a_classifier_from_texts_to_serving() {
    let base = base();
    let split = Split { train: texts(120, 1), validation: Vec::new(), test: texts(40, 2) };
    let data = [("intent".to_owned(), HeadData::Classes { split, unlabelled: Vec::new() })];
    for method in [Method::Full, Method::Adapters { width: 4 }, Method::Prefix { length: 3 }] {
        let head_options = HeadOptions { pieces_max: 24, method: method.clone(), ..HeadOptions::default() };
        let options = Options { epochs: 6, steps: None, frozen: vec!["words".to_owned()], ..options(1, 2e-3) };
        let mut watch = Quiet::default();
        let control = Control::new(&mut watch);
        let trained = train(&base, &data, &head_options, &options, &Device::Cpu, control).unwrap();
        let after = trained.summary.after.as_ref().unwrap().deciding().unwrap().value;
        assert!(after > 0.75, "{}: {after}", method.name());

        let dir = tempfile::tempdir().unwrap();
        let quantisation = neural::export::Quantisation::F32;
        let manifest = headed_folder(&trained, &base, 0, "intent-test", quantisation, dir.path()).unwrap();
        assert_eq!(manifest.labels, ["refund", "物流"]);
        let classifier = Classifier::load(dir.path(), 1).unwrap();
        let test = texts(40, 2);
        let right = test.iter().filter(|text| {
            let said = classifier.classify(&text.text).unwrap();
            assert!((said.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            classifier.labels()[said.best] == text.label
        });
        assert_eq!(right.count() as f64 / 40.0, after, "{}", method.name());
        for odd in ["", " ", "\u{0}", &"退款 ".repeat(30_000)] {
            classifier.classify(odd).unwrap();
        }
        assert!(Tagger::load(dir.path(), 1).is_err());
        // The file says all there is to say: read back, it is the network that was trained.
        let read = Weights::read(dir.path()).unwrap();
        assert_eq!(read.tensors, trained.weights.tensors, "{}", method.name());
        let device = Default::default();
        assert_eq!(
            TextNet::<Flex>::read(&read, &device).unwrap().write(&read.config).tensors.len() + 2,
            read.tensors.len()
        );
    }
}

#[test]
fn few_texts_or_none_make_a_classifier_that_is_served() {
    let base = base();
    let split = Split { train: texts(24, 1), validation: texts(20, 3), test: Vec::new() };
    let data = HeadData::Classes { split, unlabelled: Vec::new() };
    let head_options = HeadOptions { pieces_max: 24, ..HeadOptions::default() };
    let options = Options { epochs: 4, steps: None, ..options(1, 3e-3) };
    let descriptions = [("refund", "退款 money back"), ("物流", "快递 parcel")]
        .map(|(label, text)| zero::Description { label: label.to_owned(), texts: vec![text.to_owned()] })
        .to_vec();
    for shots in [Shots::Prototypes, Shots::SetFit { rounds: 4 }, Shots::Zero { descriptions }] {
        let trained = train_with_few(&base, &data, &shots, &head_options, &options, &Device::Cpu).unwrap();
        let after = trained.summary.after.as_ref().unwrap().deciding().unwrap().value;
        assert!(after > if matches!(shots, Shots::SetFit { .. }) { 0.9 } else { 0.5 }, "{shots:?}: {after}");
        assert_eq!(trained.saved.merge(&base.weights).unwrap().tensors, trained.weights.tensors, "{shots:?}");
        let dir = tempfile::tempdir().unwrap();
        headed_folder(&trained, &base, 0, "few", neural::export::Quantisation::F32, dir.path()).unwrap();
        let classifier = Classifier::load(dir.path(), 1).unwrap();
        let test = texts(20, 3);
        let right =
            test.iter().filter(|text| classifier.labels()[classifier.classify(&text.text).unwrap().best] == text.label);
        assert_eq!(right.count() as f64 / 20.0, after, "{shots:?}");
    }
    let tags = HeadData::Tags(Split::default());
    assert!(train_with_few(&base, &tags, &Shots::Prototypes, &head_options, &options, &Device::Cpu).is_err());
}

#[test]
fn a_tagger_from_columns_to_serving() {
    let base = base();
    let sentence = |at: usize| {
        let (brand, tail) = [("耐克", "男鞋"), ("Nike", "shoes"), ("小米", "手机")][at % 3];
        let mut words = TaggedWords::default();
        let mut put = |text: &str, tag: &str| {
            for (place, word) in neural::heads::words(text, Unit::Word).into_iter().enumerate() {
                words.words.push(word.text.to_owned());
                let tag =
                    if tag == "O" { "O".to_owned() } else { format!("{}-{tag}", if place == 0 { "B" } else { "I" }) };
                words.tags.push(tag);
            }
        };
        put(["新款", "new", "正品"][at / 3 % 3], "O");
        put(brand, "brand");
        put(tail, "O");
        words
    };
    let split =
        Split { train: (0..90).map(sentence).collect(), validation: (0..9).map(sentence).collect(), test: Vec::new() };
    let data = [("entities".to_owned(), HeadData::Tags(split))];
    let options = Options { epochs: 12, steps: None, ..options(1, 5e-3) };
    let mut watch = Quiet::default();
    let head_options = HeadOptions { pieces_max: 32, ..HeadOptions::default() };
    let trained = train(&base, &data, &head_options, &options, &Device::Cpu, Control::new(&mut watch)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    headed_folder(&trained, &base, 0, "entities-test", neural::export::Quantisation::F32, dir.path()).unwrap();
    let tagger = Tagger::load(dir.path(), 1).unwrap();
    for (text, brand) in [("新款耐克男鞋", "耐克"), ("new Nike shoes", "Nike"), ("正品 小米手机", "小米")]
    {
        let spans = tagger.tag(text).unwrap();
        let found: Vec<(&str, &str)> =
            spans.iter().map(|span| (&text[span.start..span.end], span.label.as_str())).collect();
        assert_eq!(found, [(brand, "brand")]);
        assert!(spans[0].probability > 0.2, "{spans:?}");
    }
    assert!(tagger.tag("").unwrap().is_empty());
    assert_eq!(tagger.tag_words([("耐", true), ("克", true)]).unwrap().len(), 2);
    tagger.tag(&"耐克".repeat(50_000)).unwrap();
}

#[test]
fn parts_fall_back_on_one_another() {
    let mut task = HeadTask::new(vec![HeadSpec::new("c", three())], classed(9, 1), classed(3, 2), 0).unwrap();
    assert_eq!(task.part(Part::Test).len(), 3);
    task.test = classed(6, 3);
    assert_eq!(task.part(Part::Test).len(), 6);
}
