use std::sync::Arc;

use learn::slates::{Attention, AttentionConfig};
use types::{Impression, Item, Millis, Row, Rows, well_known};

use super::merits;
use crate::names::{Names, put_bytes, take_bytes};

/// Who sells what, and what attention each seller had and deserved: folded from the catalogue and the answers in the log.
///
/// Memory: 4 bytes an item, and the attention of the 4,096 sellers with which most has happened lately, 48 bytes each. Only
/// what was shown counts: the log does not know who could have been.
#[derive(Clone)]
pub(crate) struct Sellers {
    /// The label's code and 1; 0 for none.
    of: Rows<u32>,
    attention: Arc<Attention>,
}

const CONFIG: AttentionConfig = AttentionConfig { sellers_max: 4_096, half_life: 7 * Millis::DAY };

impl Sellers {
    pub(crate) fn new() -> Self {
        Self { of: Rows::default(), attention: Arc::new(Attention::new(CONFIG)) }
    }

    /// The seller of an item, as the code of a label.
    pub(crate) fn of(&self, item: Row) -> Option<u32> {
        self.of.get(item).and_then(|code| code.checked_sub(1))
    }

    /// Attention so far.
    pub(crate) fn attention(&self) -> &Attention {
        &self.attention
    }

    /// An item came or changed: its seller is who its attribute says, else its brand.
    pub(crate) fn set(&mut self, row: Row, item: &Item, names: &mut Names) {
        let first = |name: &str| item.keywords(name).first().cloned();
        let seller = first(well_known::SELLER).map(|seller| format!("seller {seller}"));
        let label = seller.or_else(|| first(well_known::BRAND).map(|brand| format!("brand {brand}")));
        let code = label.map_or(0, |label| names.labels.intern(Arc::from(label)).0 + 1);
        if self.of.get(row).copied().unwrap_or_default() != code {
            self.of.set(row, code);
        }
    }

    /// An answer was shown. One of a few items of unheard-of scores is passed over.
    pub(crate) fn shown(&mut self, time: Millis, impression: &Impression, names: &Names) {
        let seller = |id: &str| names.items.row(id).and_then(|row| self.of(row));
        let sellers: Vec<Option<u32>> = impression.shown.iter().map(|shown| seller(shown.item.as_str())).collect();
        if sellers.iter().all(Option::is_none) {
            return;
        }
        let places: Vec<usize> = impression.shown.iter().map(|shown| shown.position.max(1) as usize - 1).collect();
        let scores: Vec<f32> = impression.shown.iter().map(|shown| shown.score).collect();
        let recorded = Arc::make_mut(&mut self.attention).record(time, &sellers, &places, &merits(&scores));
        if let Err(error) = recorded {
            tracing::warn!(error = &error as &dyn std::error::Error, "an answer counts for no seller");
        }
    }

    /// Bytes of a checkpoint.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let of: Vec<u8> = self.of.iter().flat_map(|(_, code)| code.to_le_bytes()).collect();
        let mut out = Vec::new();
        put_bytes(&mut out, &of);
        put_bytes(&mut out, &self.attention.to_bytes());
        out
    }

    /// Reads what [`Sellers::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let (codes, left) = take_bytes(rest)?.as_chunks::<4>();
        let attention = Attention::from_bytes(take_bytes(rest)?).ok()?;
        let of = codes.iter().map(|code| u32::from_le_bytes(*code)).collect();
        (left.is_empty() && rest.is_empty()).then(|| Self { of, attention: Arc::new(attention) })
    }
}
