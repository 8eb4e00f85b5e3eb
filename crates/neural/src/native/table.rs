use super::rows::Norm;

/// The embeddings of pieces (8 bits, one scale a row) and of positions (f32, the type's added).
pub(super) struct Table {
    pub(super) width: usize,
    pub(super) words: Vec<i8>,
    pub(super) scale: Vec<f32>,
    pub(super) places: Vec<f32>,
    pub(super) norm: Norm,
}

impl Table {
    /// Pieces in the vocabulary.
    pub(super) fn pieces(&self) -> usize {
        self.scale.len()
    }

    /// Pieces a text may have.
    pub(super) fn tokens_max(&self) -> usize {
        self.places.len() / self.width
    }

    /// Writes the sums for the pieces of one text. The pieces are in the vocabulary and not too many.
    pub(super) fn look_up(&self, ids: &[u32], rows: &mut [f32]) {
        let places = self.places.chunks_exact(self.width);
        for ((row, id), place) in rows.chunks_exact_mut(self.width).zip(ids).zip(places) {
            let id = *id as usize;
            let (scale, word) = (self.scale[id], &self.words[id * self.width..][..self.width]);
            for ((number, word), place) in row.iter_mut().zip(word).zip(place) {
                *number = f32::from(*word) * scale + place;
            }
        }
    }
}
