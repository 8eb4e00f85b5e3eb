use burn::backend::Flex;
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor};
use neural::heads::Pieces;
use types::Rng;

use super::compare::Members;
use super::loss::{BLOCKED, info_nce};
use super::mine::{Drawn, Vectors, nearest_of_all};
use super::pairs::Link;
use super::*;
use crate::backend::Cpu;
use crate::fit::params::numbers_of;
use crate::fit::{Quiet, Step, scalar};
use crate::testing::{random, small, tokenizer};

const COLOURS: [(&str, &str); 6] =
    [("红色", "red"), ("蓝色", "blue"), ("绿色", "green"), ("黑色", "black"), ("白色", "white"), ("黄色", "yellow")];
const THINGS: [(&str, &str); 7] = [
    ("连衣裙", "dress"),
    ("鞋", "shoes"),
    ("杯子", "cup"),
    ("雨伞", "umbrella"),
    ("手机壳", "phone case"),
    ("帽子", "hat"),
    ("背包", "backpack"),
];

fn sides(config: &neural::BertConfig) -> Sides {
    let pieces = || Pieces::read(&tokenizer(), 24).unwrap();
    Sides::new([pieces(), pieces()], ["query: ".to_owned(), "passage: ".to_owned()], config).unwrap()
}

/// What a shopper asks in Chinese is answered in English.
fn pairs() -> Vec<Pair> {
    let all = COLOURS.iter().flat_map(|colour| THINGS.iter().map(move |thing| (colour, thing)));
    all.map(|(colour, thing)| Pair::new(format!("{}{}", colour.0, thing.0), format!("{} {}", colour.1, thing.1)))
        .collect()
}

fn table(pairs: &[Pair], corpus: &[String]) -> Table {
    let held_out = HeldOut { validation: 0.15, test: 0.15, seed: 2 };
    Table::new(pairs, corpus, &sides(&small(1)), held_out).unwrap()
}

#[test]
fn queries_are_on_one_side_only_and_texts_are_kept_once() {
    let mut pairs = pairs();
    pairs.push(Pair::new("  红色连衣裙 ", "a RED dress"));
    pairs.push(Pair { weight: 3.0, ..Pair::new("红色连衣裙", "red  Dress") });
    pairs.push(Pair::new("", "red dress"));
    pairs.push(Pair { weight: f32::NAN, ..Pair::new("green tea", "tea") });
    let table = table(&pairs, &["blue cup".to_owned(), "茶".to_owned()]);
    assert_eq!((table.queries.len(), table.passages.len()), (42, 44));
    assert_eq!(table.positives(0).len(), 2);
    let mut all: Vec<u32> = table.train.iter().map(|link| link.query).collect();
    all.dedup();
    for held_out in [&table.validation, &table.test] {
        assert!((4..=8).contains(&held_out.len()), "{}", held_out.len());
        assert!(held_out.iter().all(|query| !all.contains(query)));
        all.extend(held_out);
    }
    assert_eq!(all.len(), 42);
    if let Some(link) = table.train.iter().find(|link| (link.query, link.passage) == (0, 0)) {
        assert!((link.weight - (1.0 + 4.0f32.ln())).abs() < 1e-6);
    }
    let few = Table::new(&pairs[..2], &[], &sides(&small(1)), HeldOut { validation: 0.1, test: 0.1, seed: 1 });
    assert!(matches!(few, Err(Error::Data(_))));
}

#[test]
fn what_also_answers_is_no_negative() {
    let mut pairs = pairs();
    pairs[0].group = Some(5);
    pairs[1].group = Some(5);
    pairs.push(Pair::new(pairs[2].query.clone(), pairs[3].passage.clone()));
    let table = table(&pairs, &[]);
    let links: Vec<Link> = (0..4).map(|at| Link { query: at, passage: at, weight: 1.0 }).collect();
    let negatives = vec![vec![9, 10], vec![9], vec![], vec![]];
    let members = Members::new(&table, &links, &negatives, 2, None, &mut Rng::new(1));
    assert_eq!(members.passages.len(), 6, "the shared negative stands there once");
    let to_passages: Vec<Vec<usize>> = (0..4)
        .map(|row| (0..6).filter(|place| members.comparison.to_passages[row * 6 + place] == BLOCKED).collect())
        .collect();
    assert_eq!(to_passages, [vec![1], vec![0], vec![3], vec![]], "variants, and a second answer");
    let to_queries: Vec<Vec<usize>> = (0..4)
        .map(|row| (0..4).filter(|other| members.comparison.to_queries[row * 4 + other] == BLOCKED).collect())
        .collect();
    assert_eq!(to_queries, [vec![1], vec![0], vec![], vec![2]]);
}

#[test]
fn mined_negatives_are_near_but_not_too_near() {
    let table = table(&pairs(), &[]);
    let options = ContrastOptions { depth: 3, margin: 0.9, ..ContrastOptions::default() };
    let circle = |angle: f32| [angle.cos(), angle.sin()];
    // Passage n stands n/20 from query 0 around the circle; the query's answer is passage 0, at 0.2.
    let place = |at: usize| if at == 0 { 0.2 } else { at as f32 / 20.0 };
    let passages = Vectors { dims: 2, numbers: (0..table.passages.len()).flat_map(|at| circle(place(at))).collect() };
    let drawn = Drawn::new(&table, 1000, &mut Rng::new(1));
    assert_eq!(drawn.passages.len(), table.passages.len());
    let queries = Vectors { dims: 2, numbers: drawn.queries.iter().flat_map(|_| circle(0.0)).collect() };
    let mined = nearest_of_all(&table, &drawn, &queries, &passages, &options);
    let Some(asked) = table.train.iter().find(|link| link.query == 0) else { return };
    // cos(x) < 0.9 cos(0.2) from x = 0.491 on.
    assert_eq!(mined[asked.query as usize], [10, 11, 12]);
    assert!(table.validation.iter().all(|query| mined[*query as usize].is_empty()));
}

#[test]
fn what_is_mined_is_bounded_and_holds_every_answer() {
    let table = table(&pairs(), &[]);
    let drawn = Drawn::new(&table, 3, &mut Rng::new(1));
    assert_eq!(drawn.queries.len(), 3);
    let answers = drawn.queries.iter().flat_map(|query| table.positives(*query));
    assert!(answers.clone().all(|answer| drawn.passages.contains(answer)));
    assert!(drawn.passages.len() <= 3 + answers.count());
}

#[test]
fn cached_gradients_equal_uncached_ones_with_dropout() {
    let net = TextNet::<Cpu>::read(&random(&small(2), 1), &Default::default()).unwrap();
    let options = Options { dropout: 0.2, ..Options::default() };
    let contrast = ContrastOptions { temperature: 0.1, lengths: vec![8, 32], ..ContrastOptions::default() };
    let task = ContrastTask::new(table(&pairs(), &[]), None, 1, contrast, 1);
    let members = task.members(&[0, 1, 2, 3, 4, 5, 6, 7], &mut Rng::new(1));
    let texts = task.texts(&members);
    let parts = by_length(&texts.iter().map(|text| text.len()).collect::<Vec<_>>(), 40);
    assert!(parts.len() > 2);
    let step = || Step { number: 0, epoch: 0, progress: 0.0, options: &options, rng: Rng::new(4) };
    let (loss, cached) = task.cached(&net, &members, &parts, &mut step());

    let dropout = step().leaving_out();
    let encode = |(number, part): (usize, &Vec<usize>)| {
        let texts: Vec<&[u32]> = part.iter().map(|at| texts[*at]).collect();
        task.encode(&net, &texts, dropout.at(number))
    };
    let vectors = Tensor::cat(parts.iter().enumerate().map(encode).collect(), 0);
    let order: Vec<usize> = parts.concat();
    let places = (0..order.len()).map(|at| order.iter().position(|other| *other == at).unwrap() as i64);
    let places = Tensor::<Cpu, 1, Int>::from_data(places.collect::<Vec<_>>().as_slice(), &Default::default());
    let expected = info_nce(&vectors.select(0, places), &members.comparison, &task.form());
    assert!((loss - scalar(&expected)).abs() < 1e-5, "{loss}");
    let whole = GradientsParams::from_grads(expected.backward(), &net);
    let close = |id| {
        let numbers = |gradients: &GradientsParams| numbers_of(gradients.get::<Flex, 2>(id).unwrap());
        let (cached, whole) = (numbers(&cached), numbers(&whole));
        let worst = cached.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let largest = whole.iter().map(|x| x.abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4 * largest && largest > 1e-3, "{worst} of {largest}");
    };
    close(net.words.id);
    close(net.layers[0].query.weight.id);
    close(net.layers[1].down.weight.id);
}

#[test]
fn an_encoder_learns_chinese_queries_for_english_passages() {
    let weights = random(&small(1), 5);
    let contrast = ContrastOptions { temperature: 0.1, hard: 2, depth: 5, ..ContrastOptions::default() };
    let options = Options {
        epochs: 60,
        batch: 16,
        rate: 3e-3,
        dropout: 0.1,
        weight_decay: 0.0,
        frozen: Vec::new(),
        evaluate_every: Some(20),
        ..Options::default()
    };
    let train = || {
        let mut quiet = Quiet::default();
        let (pairs, sides) = (pairs(), sides(&weights.config));
        let table = Table::new(&pairs, &[], &sides, HeldOut { validation: 0.15, test: 0.15, seed: 2 }).unwrap();
        let control = Control::new(&mut quiet);
        let (contrast, options) = (&contrast, &options);
        let job = Training { weights: &weights, table, guide: None, padding: 1, contrast, options, control };
        Device::Cpu.run(job).unwrap()
    };
    let fitted = train();
    let (before, after) = (fitted.before.metrics[0].value, fitted.after.as_ref().unwrap().metrics[0].value);
    assert!(after > before + 0.2, "mrr@10 {before} to {after} on combinations that were held out");
    let points = &fitted.history.points;
    let (first, last) = (points[0].loss, points[points.len() - 1].loss);
    assert!(last < first / 2.0, "{first} to {last}");
    assert_eq!(fitted.net, train().net, "the same seed gives the same numbers");
    let halfway = blend(&weights, &fitted.net, 0.5).unwrap();
    let name = "encoder.layer.0.output.dense.weight";
    let at = |weights: &Weights| weights.tensors[name].data[3];
    assert!((at(&halfway) - (at(&weights) + at(&fitted.net)) / 2.0).abs() < 1e-6);
}
