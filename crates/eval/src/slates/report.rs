use std::collections::BTreeMap;

use learn::slates::measures;
use serde_json::{Value, json};

/// How the attention of a shop's visitors was given out, by what its log says was shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Audit {
    /// The shop.
    pub shop: String,
    /// Slates read.
    pub slates: u64,
    /// Slates with scores that are no numbers, left out.
    pub refused: u64,
    /// What part of the attention went to items outside those with four fifths of all demand.
    pub long_tail_share: f64,
    /// How unevenly attention is spread over the catalogue, 0 to 1.
    pub gini: f64,
    /// Share of the catalogue that was shown at all.
    pub coverage: f64,
    /// Attention by group of items.
    pub tables: Vec<AuditTable>,
    /// What groups of users were shown; empty where the shop gives no groups or does not allow it.
    pub users: Vec<UserRow>,
    /// What is to be known beside it.
    pub remarks: Vec<String>,
}

/// Attention by one way to group items.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditTable {
    /// What items are grouped by.
    pub by: &'static str,
    /// The least ratio of attention received to deserved over the largest; 1 is fair.
    pub parity: f64,
    /// Share of all attention that would have to go elsewhere; 0 is fair.
    pub misplaced: f64,
    /// The groups, most attention first.
    pub rows: Vec<AuditRow>,
}

/// One group of items.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditRow {
    /// Its name.
    pub group: String,
    /// How often an item of it was shown.
    pub shown: u64,
    /// Its share of all attention.
    pub received: f64,
    /// The share that its scores deserved.
    pub deserved: f64,
}

/// One group of users.
#[derive(Clone, PartialEq, Debug)]
pub struct UserRow {
    /// Its name.
    pub group: String,
    /// Users of it that were shown something.
    pub users: usize,
    /// Slates shown to them.
    pub slates: u64,
    /// What part of their attention went to the long tail.
    pub long_tail_share: f64,
    /// The mean price of what they saw, as a quantile of the catalogue's prices.
    pub price_quantile: f64,
    /// Clicks a slate.
    pub clicks: f64,
}

impl Audit {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let row = |row: &AuditRow| json!({ "group": row.group, "shown": row.shown, "received": row.received, "deserved": row.deserved });
        let table = |table: &AuditTable| {
            json!({
                "by": table.by, "parity": table.parity, "misplaced": table.misplaced,
                "groups": table.rows.iter().map(row).collect::<Vec<_>>(),
            })
        };
        let user = |row: &UserRow| {
            json!({
                "group": row.group, "users": row.users, "slates": row.slates, "long_tail_share": row.long_tail_share,
                "price_quantile": row.price_quantile, "clicks_a_slate": row.clicks,
            })
        };
        json!({
            "shop": self.shop, "slates": self.slates, "refused": self.refused,
            "long_tail_share": self.long_tail_share, "gini": self.gini, "coverage": self.coverage,
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "users": self.users.iter().map(user).collect::<Vec<_>>(), "remarks": self.remarks,
        })
    }
}

impl AuditTable {
    /// Shares of what all groups got and deserved.
    pub(super) fn of(by: &'static str, exposures: &BTreeMap<String, measures::Exposure>) -> Self {
        let received: f64 = exposures.values().map(|exposure| exposure.received).sum();
        let deserved: f64 = exposures.values().map(|exposure| exposure.deserved).sum();
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let row = |(group, exposure): (&String, &measures::Exposure)| AuditRow {
            group: group.clone(),
            shown: exposure.shown,
            received: share(exposure.received, received),
            deserved: share(exposure.deserved, deserved),
        };
        let mut rows: Vec<AuditRow> = exposures.iter().map(row).collect();
        rows.sort_by(|a, b| b.received.total_cmp(&a.received).then_with(|| a.group.cmp(&b.group)));
        Self { by, parity: measures::parity(exposures), misplaced: measures::misplaced(exposures), rows }
    }
}
