use index::{Error, Index, RowSet, Searcher};
use types::{Position, Rng, Row};

use crate::support::{DIMENSIONS, ENCODER, open};

fn vector(rng: &mut Rng) -> Vec<f32> {
    (0..DIMENSIONS).map(|_| rng.normal() as f32).collect()
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(x, y)| x * y).sum::<f32>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

fn fill(index: &Index, vectors: &[Vec<f32>]) {
    for (row, vector) in vectors.iter().enumerate() {
        index.set_vector(Row(row as u32), ENCODER, row as u64, vector).unwrap();
    }
}

fn check(searcher: &Searcher, vectors: &[Vec<f32>], allowed: &RowSet, query: &[f32]) {
    let found = searcher.search_vectors(ENCODER, query, allowed, 10).unwrap();
    let mut expected: Vec<(Row, f32)> = allowed
        .iter()
        .filter(|row| row.index() < vectors.len())
        .map(|row| (row, cosine(query, &vectors[row.index()])))
        .collect();
    expected.sort_by(|left, right| right.1.total_cmp(&left.1));
    expected.truncate(10);
    assert_eq!(found.len(), expected.len());
    for ((_, found), (_, expected)) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 2e-3, "{found} {expected}");
    }
}

#[test]
fn a_scan_finds_the_nearest_of_the_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    let mut rng = Rng::new(7);
    let mut vectors: Vec<Vec<f32>> = (0..1500).map(|_| vector(&mut rng)).collect();
    fill(&index, &vectors);
    let old = index.refresh();
    let before = vectors.clone();
    vectors[3] = vector(&mut rng);
    index.set_vector(Row(3), ENCODER, 77, &vectors[3]).unwrap();
    index.delete(Row(9));
    for _ in 0..20 {
        let query = vector(&mut rng);
        let some: RowSet = (0..2000).filter(|_| rng.below(3) == 0).map(Row).filter(|row| row.0 != 9).collect();
        check(&index.refresh(), &vectors, &some, &query);
        check(&old, &before, &RowSet::all(2000), &query);
    }
    let searcher = index.refresh();
    assert_eq!((searcher.vector_stamp(ENCODER, Row(3)), searcher.vector_stamp(ENCODER, Row(9))), (Some(77), None));
    let own = searcher.vector(ENCODER, Row(3)).unwrap();
    assert!(searcher.similarities(ENCODER, &own, &[Row(3), Row(9)]).unwrap()[0].unwrap() > 0.999);
}

#[test]
fn vectors_come_back_from_checkpoints_and_only_changes_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(3);
    let mut vectors: Vec<Vec<f32>> = (0..1200).map(|_| vector(&mut rng)).collect();
    let bytes = |index: &Index, position| {
        index.begin_checkpoint(Position(position)).write().unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let files = files.filter(|entry| entry.file_name().to_str().unwrap().starts_with("vectors-"));
        files.map(|entry| entry.metadata().unwrap().len()).sum::<u64>()
    };
    {
        let index = open(folder.path());
        (0..1200).for_each(|row| index.upsert(Row(row), &crate::support::item(&format!("i{row}"), "towel")));
        fill(&index, &vectors);
        let whole = bytes(&index, 1);
        vectors[5] = vector(&mut rng);
        index.set_vector(Row(5), ENCODER, 5, &vectors[5]).unwrap();
        assert_eq!(bytes(&index, 2), whole / 5 * 6, "one chunk of five more");
        check(&index.refresh(), &vectors, &RowSet::all(1200), &vector(&mut rng));
        for row in 256..1200 {
            index.set_vector(Row(row), ENCODER, 0, &vectors[row as usize]).unwrap();
        }
        assert_eq!(bytes(&index, 3), whole, "files that are mostly dead are gone");
    }
    let index = open(folder.path());
    assert_eq!(index.stats().vectors, 1200);
    check(&index.refresh(), &vectors, &RowSet::all(1200), &vector(&mut rng));
    vectors[0] = vector(&mut rng);
    index.set_vector(Row(0), ENCODER, 1, &vectors[0]).unwrap();
    check(&index.refresh(), &vectors, &RowSet::all(1200), &vector(&mut rng));
}

#[test]
fn a_graph_finds_nearly_all_also_after_changes_and_reopening() {
    const VECTORS: usize = 60_000;
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(11);
    let mut vectors: Vec<Vec<f32>> = (0..VECTORS).map(|_| vector(&mut rng)).collect();
    let index = open(folder.path());
    fill(&index, &vectors);
    (0..VECTORS).step_by(VECTORS - 1).for_each(|row| index.upsert(Row(row as u32), &crate::support::item("x", "")));
    assert!(index.maintain().unwrap() && !index.maintain().unwrap());
    assert_eq!(index.stats().vectors_scanned, 0);
    for row in (0..VECTORS).step_by(1000) {
        vectors[row] = vector(&mut rng);
        index.set_vector(Row(row as u32), ENCODER, 0, &vectors[row]).unwrap();
    }
    let all = RowSet::all(VECTORS);
    let recall = |searcher: &Searcher, rng: &mut Rng| {
        let mut hits = 0;
        for _ in 0..20 {
            let near = rng.below(VECTORS);
            let query: Vec<f32> = vectors[near].iter().map(|x| x + 0.3 * rng.normal() as f32).collect();
            let found = searcher.search_vectors(ENCODER, &query, &all, 10).unwrap();
            let mut expected: Vec<(f32, u32)> =
                vectors.iter().enumerate().map(|(row, own)| (cosine(&query, own), row as u32)).collect();
            expected.sort_by(|left, right| right.0.total_cmp(&left.0));
            hits += expected[..10].iter().filter(|(_, row)| found.iter().any(|(found, _)| found.0 == *row)).count();
        }
        hits as f64 / 200.0
    };
    let live = recall(&index.refresh(), &mut rng);
    assert!(live >= 0.95, "{live}");
    index.begin_checkpoint(Position(1)).write().unwrap();
    drop(index);
    let index = open(folder.path());
    assert_eq!(index.stats().vectors_scanned, 60);
    let reopened = recall(&index.refresh(), &mut rng);
    assert!(reopened >= 0.95, "{reopened}");
}

#[test]
fn bad_vectors_and_unknown_encoders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    let set = |encoder: &str, vector: &[f32]| index.set_vector(Row(0), encoder, 0, vector).unwrap_err();
    assert!(matches!(set("other", &[1.0]), Error::UnknownEncoder(_)));
    for bad in [vec![1.0; 3], vec![0.0; DIMENSIONS], vec![f32::NAN; DIMENSIONS]] {
        assert!(matches!(set(ENCODER, &bad), Error::BadVector { .. }));
    }
}

#[test]
fn a_file_that_is_mapped_is_never_written_again() {
    // After a reopening the second checkpoint once took the name of the first one's file.
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(9);
    let mut vectors: Vec<Vec<f32>> = (0..600).map(|_| vector(&mut rng)).collect();
    let index = open(folder.path());
    fill(&index, &vectors);
    index.begin_checkpoint(Position(1)).write().unwrap();
    drop(index);
    for round in 0..4 {
        let index = open(folder.path());
        let before = index.refresh();
        for checkpoint in 0..3 {
            let changed = 10 * round + checkpoint;
            vectors[changed] = vector(&mut rng);
            index.set_vector(Row(changed as u32), ENCODER, 1, &vectors[changed]).unwrap();
            index.begin_checkpoint(Position(2)).write().unwrap();
            check(&index.refresh(), &vectors, &RowSet::all(600), &vectors[changed]);
            assert!(before.vector(ENCODER, Row(599)).is_some());
        }
    }
}
