use neural::heads::Pieces;

use super::*;
use crate::contrast::encode_all;
use crate::fit::Quiet;
use crate::testing::{random, small, tokenizer};

/// Short texts in Chinese and English; every fifth is a query.
fn texts() -> Vec<Text> {
    const COLOURS: [&str; 6] = ["红色", "蓝色", "red", "blue", "黑色", "green"];
    const THINGS: [&str; 10] = ["连衣裙", "shoes", "手机壳", "umbrella", "背包", "cup", "茶叶", "lamp", "耳机", "book"];
    const MAKERS: [&str; 3] = ["华为", "Nike", "小米"];
    let all = MAKERS.iter().flat_map(|maker| {
        COLOURS.iter().flat_map(move |colour| THINGS.iter().map(move |thing| format!("{maker} {colour} {thing}")))
    });
    all.enumerate()
        .map(|(at, text)| Text { text, side: if at % 5 == 0 { Side::Query } else { Side::Passage } })
        .collect()
}

fn sides() -> Sides {
    let pieces = || Pieces::read(&tokenizer(), 16).unwrap();
    Sides::new([pieces(), pieces()], ["query: ".to_owned(), "passage: ".to_owned()], &small(1)).unwrap()
}

fn vectors(weights: &Weights, sides: &Sides, texts: &[Text], weight: f64) -> TeacherVectors {
    let net = TextNet::<burn::backend::Flex>::read(weights, &Default::default()).unwrap();
    let pieces: Vec<Vec<u32>> = texts
        .iter()
        .map(|text| if text.side == Side::Query { sides.query(&text.text) } else { sides.passage(&text.text) }.unwrap())
        .collect();
    let found = encode_all(&net, &pieces.iter().map(Vec::as_slice).collect::<Vec<_>>(), 1);
    let rows: Vec<Vec<f32>> = found.numbers.chunks(found.dims).map(<[f32]>::to_vec).collect();
    TeacherVectors::new(&rows, weight).unwrap()
}

fn options() -> Options {
    Options {
        epochs: 12,
        batch: 32,
        rate: 2e-3,
        dropout: 0.0,
        weight_decay: 0.0,
        evaluate_every: Some(30),
        ..Options::default()
    }
}

fn learn(lesson: &Lesson<'_>, distil_options: &DistilOptions) -> Fitted<Weights> {
    let mut quiet = Quiet::default();
    distil(lesson, distil_options, &options(), &Device::Cpu, Control::new(&mut quiet)).unwrap()
}

fn losses(fitted: &Fitted<Weights>) -> (f64, f64) {
    let points = &fitted.history.points;
    (points[0].loss, points[points.len() - 1].loss)
}

#[test]
fn a_student_of_every_second_layer_comes_near_its_teacher() {
    let teacher = random(&small(4), 1);
    let student = crate::compress::drop_layers(&teacher, &crate::compress::every_second(4)).unwrap();
    let (texts, sides) = (texts(), sides());
    let vectors = [vectors(&teacher, &sides, &texts, 1.0)];
    let lesson = Lesson {
        student: &student,
        sides: &sides,
        states: Some((&teacher, &[1, 3])),
        vectors: &vectors,
        texts: &texts,
    };
    let fitted = learn(&lesson, &DistilOptions { validation: 0.25, ..DistilOptions::default() });
    let (first, last) = losses(&fitted);
    assert!(last < first / 2.0, "{first} to {last}");
    let (before, after) = (&fitted.before.metrics, &fitted.after.as_ref().unwrap().metrics);
    assert!(after[0].value > before[0].value && after[1].value > before[1].value, "{before:?} {after:?}");
    fitted.net.check().unwrap();
    assert_eq!(fitted.net.config.num_hidden_layers, 2);
}

#[test]
fn one_student_takes_up_the_similarities_of_two_teachers() {
    let (first, second) = (random(&small(2), 1), random(&small(1), 2));
    let (texts, sides) = (texts(), sides());
    let both = [vectors(&first, &sides, &texts, 1.0), vectors(&second, &sides, &texts, 1.0)];
    let lesson = Lesson { student: &first, sides: &sides, states: None, vectors: &both, texts: &texts };
    let options = DistilOptions { states: 0.0, cosine: 0.0, validation: 0.25, ..DistilOptions::default() };
    let fitted = learn(&lesson, &options);
    let (from, to) = losses(&fitted);
    assert!(to < from / 2.0, "{from} to {to}");
    let value = |scores: &crate::fit::Scores| scores.metrics[0].value;
    let (before, after) = (value(&fitted.before), value(fitted.after.as_ref().unwrap()));
    assert!(after > before + 0.02, "{before} to {after}");
}

#[test]
fn lessons_that_do_not_fit_are_refused() {
    let (teacher, student) = (random(&small(2), 1), random(&small(1), 1));
    let (texts, sides) = (texts(), sides());
    let own = [vectors(&teacher, &sides, &texts, 1.0)];
    let lesson = Lesson { student: &student, sides: &sides, states: None, vectors: &own, texts: &texts };
    let said = |lesson: Lesson<'_>| lesson.check(&DistilOptions::default()).unwrap_err().to_string();
    assert!(said(Lesson { vectors: &[], ..lesson }).contains("no teacher"));
    assert!(said(Lesson { texts: &texts[..30], ..lesson }).contains("180 vectors for 30 texts"));
    assert!(said(Lesson { states: Some((&teacher, &[2])), ..lesson }).contains("[2]"));
    let narrow = [TeacherVectors::new(&vec![vec![1.0, 0.0]; 180], 1.0).unwrap()];
    assert!(said(Lesson { vectors: &narrow, ..lesson }).contains("`cosine`"));
    assert!(TeacherVectors::new(&[vec![f32::NAN]], 1.0).is_err());
    assert!(DistilOptions { states: 0.0, cosine: 0.0, similarity: 0.0, ..DistilOptions::default() }.check().is_err());
}
