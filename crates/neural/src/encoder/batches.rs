use super::runner::Joins;

/// Pieces that go through a network in one run: enough that its weights, which pass by once a run, cost little; few
/// enough that the rows in between stay in the second-level cache.
const PIECES_TOGETHER: usize = 128;

/// Shares texts of these lengths out into runs, long ones first, for `lanes` that run side by side.
pub(super) fn batches(lengths: &[usize], joins: Joins, lanes: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|text| std::cmp::Reverse(lengths[*text]));
    let total: usize = lengths.iter().sum();
    // Few texts are spread over all lanes.
    let most = PIECES_TOGETHER.min(total.div_ceil(lanes.max(1)));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut pieces = 0;
    for text in order {
        let length = lengths[text];
        let joins = batches.last().is_some_and(|batch| match joins {
            Joins::Any => pieces + length <= most,
            // Longest first, so that padding adds an eighth at most.
            Joins::Alike => pieces + lengths[batch[0]] <= most && 8 * length >= 7 * lengths[batch[0]],
            Joins::None => false,
        });
        match batches.last_mut() {
            Some(batch) if joins => batch.push(text),
            _ => {
                batches.push(vec![text]);
                pieces = 0;
            }
        }
        pieces += length;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_one_batch_and_none_is_too_large() {
        let lengths: Vec<usize> = (0..300).map(|text| 1 + text * 37 % 97).collect();
        for joins in [Joins::Any, Joins::Alike, Joins::None] {
            let batches = batches(&lengths, joins, 2);
            let mut texts = batches.concat();
            texts.sort_unstable();
            assert_eq!(texts, (0..300).collect::<Vec<_>>());
            for batch in &batches {
                assert!(batch.iter().map(|text| lengths[*text]).sum::<usize>() <= PIECES_TOGETHER);
                assert!(joins != Joins::None || batch.len() == 1);
                let (long, short) = (lengths[batch[0]], lengths[batch[batch.len() - 1]]);
                assert!(joins != Joins::Alike || 8 * short >= 7 * long);
            }
        }
    }

    #[test]
    fn few_texts_are_spread_over_the_lanes_and_long_ones_stay_whole() {
        assert_eq!(batches(&[64, 64], Joins::Any, 2).len(), 2);
        assert_eq!(batches(&[8; 16], Joins::Any, 2).len(), 2);
        assert_eq!(batches(&[512, 512, 8], Joins::Any, 2), [vec![0], vec![1], vec![2]]);
        assert_eq!(batches(&[8; 4], Joins::Any, 1), [[0, 1, 2, 3]]);
        assert!(batches(&[], Joins::Any, 2).is_empty());
    }
}
