use std::sync::Arc;

use types::{Millis, Row, Rows, Surface};

use crate::asked::{Asked, AskedItem, AskedQueries};
use crate::bytes::{Reader, Writer};
use crate::chart::{Chart, Entry, SharedChart};
use crate::counts::Counts;
use crate::decayed::Decayed;
use crate::history::{History, Packed};
use crate::item::ItemState;
use crate::prices::Prices;
use crate::visits::Visits;
use crate::{Config, Error, ItemFacts, Result, State};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 2;

impl State {
    /// Bytes for a checkpoint. The configuration is not among them: it belongs to the program, and the version of the
    /// derived state must change with it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        write_rows(&mut out, &self.items, write_item);
        write_rows(&mut out, &self.histories, write_history);
        for chart in [&self.popular, &self.trending, &self.newest].into_iter().chain(&self.surfaces) {
            write_chart(&mut out, chart);
        }
        write_rows(&mut out, &self.categories, |out, chart| write_chart(out, chart));
        write_rows(&mut out, &self.prices, write_prices);
        write_prices(&mut out, &self.shop_prices);
        out.double(self.stars);
        out.number(self.stars_count);
        write_rows(&mut out, &self.counts, |out, counts| write_counts(out, counts.as_deref()));
        write_rows(&mut out, &self.visits, write_visits);
        write_rows(&mut out, &self.asked.0, |out, queries| write_asked(out, queries.as_deref()));
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: Config, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let items = read_rows(&mut input, read_item)?;
        let histories = read_rows(&mut input, read_history)?;
        let actors = histories.iter().filter(|(_, history)| !history.as_slice().is_empty()).count();
        let [popular, trending, newest] = [read_chart(&mut input)?, read_chart(&mut input)?, read_chart(&mut input)?];
        let mut surfaces: [SharedChart; Surface::ALL.len()] = Default::default();
        for chart in &mut surfaces {
            *chart = read_chart(&mut input)?;
        }
        let categories = read_rows(&mut input, read_chart)?;
        let prices = read_rows(&mut input, read_prices)?;
        let shop_prices = read_prices(&mut input)?;
        let (stars, stars_count) = (input.double()?, input.number()?);
        let counts = read_rows(&mut input, read_counts)?;
        let visits = read_rows(&mut input, read_visits)?;
        let asked = AskedQueries(read_rows(&mut input, read_asked)?);
        input.end()?;
        Ok(Self {
            config,
            items,
            histories,
            actors,
            popular,
            trending,
            newest,
            surfaces,
            categories,
            prices,
            shop_prices,
            stars,
            stars_count,
            counts,
            visits,
            asked,
        })
    }
}

fn write_rows<T: Clone + Default>(out: &mut Writer, rows: &Rows<T>, write: impl Fn(&mut Writer, &T)) {
    out.number(rows.len() as u64);
    rows.iter().for_each(|(_, value)| write(out, value));
}

fn read_rows<T: Clone + Default>(
    input: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Result<T>,
) -> Result<Rows<T>> {
    (0..input.count(1)?).map(|_| read(input)).collect()
}

/// Parts of an item that may be missing, as bits of its first byte.
mod has {
    pub(super) const FACTS: u8 = 1;
    pub(super) const REMOVED: u8 = 2;
    pub(super) const COUNTS: u8 = 4;
    pub(super) const SURFACES: u8 = 8;
    pub(super) const PRICE: u8 = 16;
    pub(super) const BRAND: u8 = 32;
    pub(super) const GROUP: u8 = 64;
    pub(super) const RATING: u8 = 128;
}

fn write_item(out: &mut Writer, item: &ItemState) {
    let counted = ItemState { facts: None, removed: false, surfaces: None, ..item.clone() } != ItemState::default();
    let facts = item.facts.as_deref();
    let bits = [
        (facts.is_some(), has::FACTS),
        (item.removed, has::REMOVED),
        (counted, has::COUNTS),
        (item.surfaces.is_some(), has::SURFACES),
        (facts.is_some_and(|facts| facts.price.is_some_and(f64::is_finite)), has::PRICE),
        (facts.is_some_and(|facts| facts.brand.is_some()), has::BRAND),
        (facts.is_some_and(|facts| facts.group.is_some()), has::GROUP),
        (facts.is_some_and(|facts| facts.rating.is_some_and(f32::is_finite)), has::RATING),
    ];
    out.byte(bits.iter().filter(|(present, _)| *present).fold(0, |byte, (_, bit)| byte | bit));
    if let Some(facts) = facts {
        write_facts(out, facts);
    }
    if counted {
        for count in [item.wanted, item.short, item.long, item.views, item.purchases, item.trend] {
            out.double(count.key());
        }
        out.float(item.stars);
        out.number(u64::from(item.stars_count));
    }
    for count in item.surfaces.iter().flat_map(|surfaces| surfaces.iter()) {
        out.double(count.key());
    }
}

fn read_item(input: &mut Reader<'_>) -> Result<ItemState> {
    let bits = input.byte()?;
    let mut item = ItemState { removed: bits & has::REMOVED != 0, ..ItemState::default() };
    if bits & has::FACTS != 0 {
        item.facts = Some(Arc::new(read_facts(input, bits)?));
    }
    if bits & has::COUNTS != 0 {
        let ItemState { wanted, short, long, views, purchases, trend, .. } = &mut item;
        for count in [wanted, short, long, views, purchases, trend] {
            *count = read_count(input)?;
        }
        item.stars = input.float()?;
        item.stars_count = input.small()?;
    }
    if bits & has::SURFACES != 0 {
        let mut surfaces = [Decayed::default(); Surface::ALL.len()];
        for count in surfaces.iter_mut() {
            *count = read_count(input)?;
        }
        item.surfaces = Some(Arc::new(surfaces));
    }
    Ok(item)
}

fn read_count(input: &mut Reader<'_>) -> Result<Decayed> {
    let key = input.key()?;
    Decayed::from_key(key).ok_or_else(|| input.fault("a count"))
}

fn write_facts(out: &mut Writer, facts: &ItemFacts) {
    facts.price.filter(|price| price.is_finite()).into_iter().for_each(|price| out.double(price));
    facts.brand.into_iter().chain(facts.group).for_each(|code| out.number(u64::from(code)));
    facts.rating.filter(|rating| rating.is_finite()).into_iter().for_each(|rating| out.float(rating));
    out.number(facts.categories.len() as u64);
    facts.categories.iter().for_each(|code| out.number(u64::from(*code)));
    out.number(u64::from(facts.rating_count));
    out.number(facts.first_seen.0 as u64);
    out.byte(u8::from(facts.buyable));
    let numbers = [facts.list_price, facts.margin.map(f64::from), Some(f64::from(facts.text_quality))];
    for number in numbers {
        write_optional(out, number.filter(|number| number.is_finite()), Writer::double);
    }
    write_optional(out, facts.stock, |out, stock| out.number(u64::from(stock)));
}

fn write_optional<T>(out: &mut Writer, value: Option<T>, write: impl Fn(&mut Writer, T)) {
    out.byte(u8::from(value.is_some()));
    value.into_iter().for_each(|value| write(out, value));
}

fn read_optional<T>(input: &mut Reader<'_>, read: impl Fn(&mut Reader<'_>) -> Result<T>) -> Result<Option<T>> {
    match input.byte()? {
        0 => Ok(None),
        1 => read(input).map(Some),
        _ => Err(input.fault("0 or 1")),
    }
}

fn read_facts(input: &mut Reader<'_>, bits: u8) -> Result<ItemFacts> {
    let has = |bit: u8| (bits & bit != 0).then_some(());
    let price = has(has::PRICE).map(|()| input.double()).transpose()?;
    let brand = has(has::BRAND).map(|()| input.small()).transpose()?;
    let group = has(has::GROUP).map(|()| input.small()).transpose()?;
    let rating = has(has::RATING).map(|()| input.float()).transpose()?;
    let categories = (0..input.count(1)?).map(|_| input.small()).collect::<Result<_>>()?;
    let seen = (input.small()?, Millis(input.number()? as i64));
    let buyable = input.byte()? != 0;
    let list_price = read_optional(input, |input| input.double())?;
    let margin = read_optional(input, |input| input.double())?.map(|margin| margin as f32);
    let text_quality = read_optional(input, |input| input.double())?.unwrap_or_default() as f32;
    let stock = read_optional(input, |input| input.small())?;
    let (rating_count, first_seen) = seen;
    Ok(ItemFacts {
        price,
        categories,
        brand,
        group,
        rating,
        rating_count,
        first_seen,
        buyable,
        list_price,
        stock,
        margin,
        text_quality,
    })
}

fn write_history(out: &mut Writer, history: &History) {
    out.number(history.as_slice().len() as u64);
    for touch in history.as_slice() {
        out.number(u64::from(touch.item.0));
        out.number(u64::from(touch.seconds));
        out.number(u64::from(touch.purchases));
        out.byte(touch.flags);
        out.float(touch.weight);
    }
}

fn read_history(input: &mut Reader<'_>) -> Result<History> {
    let read = |input: &mut Reader<'_>| -> Result<Packed> {
        let (item, seconds, purchases) = (Row(input.small()?), input.small()?, input.number()?);
        let purchases = u16::try_from(purchases).map_err(|_| input.fault("a number of at most 16 bits"))?;
        Ok(Packed { item, seconds, purchases, flags: input.byte()?, weight: input.float()? })
    };
    (0..input.count(8)?).map(|_| read(input)).collect()
}

fn write_chart(out: &mut Writer, chart: &Chart) {
    out.double(chart.floor());
    out.number(chart.entries().len() as u64);
    for entry in chart.entries() {
        out.number(u64::from(entry.item.0));
        out.double(entry.key);
    }
}

fn read_chart(input: &mut Reader<'_>) -> Result<SharedChart> {
    let floor = input.key()?;
    let read = |input: &mut Reader<'_>| Ok(Entry { item: Row(input.small()?), key: input.key()? });
    let entries = (0..input.count(9)?).map(|_| read(input)).collect::<Result<_>>()?;
    Chart::from_parts(entries, floor).map(Arc::new).ok_or_else(|| input.fault("a sorted chart"))
}

fn write_prices(out: &mut Writer, prices: &Prices) {
    [prices.count, prices.sum, prices.squares].into_iter().for_each(|sum| out.double(sum));
}

fn read_prices(input: &mut Reader<'_>) -> Result<Prices> {
    Ok(Prices { count: input.double()?, sum: input.double()?, squares: input.double()? })
}

fn write_counts(out: &mut Writer, counts: Option<&Counts>) {
    write_optional(out, counts, |out, counts| {
        out.number(u64::from(counts.seconds));
        counts.counts.iter().flatten().for_each(|count| out.float(*count));
    });
}

fn read_counts(input: &mut Reader<'_>) -> Result<Option<Arc<Counts>>> {
    read_optional(input, |input| {
        let mut counts = Counts { seconds: input.small()?, ..Counts::default() };
        for count in counts.counts.iter_mut().flatten() {
            *count = input.float()?;
        }
        Ok(Arc::new(counts))
    })
}

fn write_visits(out: &mut Writer, visits: &Visits) {
    for number in [visits.first, visits.last, visits.bought, u32::from(visits.purchases)] {
        out.number(u64::from(number));
    }
    out.float(visits.cycle_days);
}

fn read_visits(input: &mut Reader<'_>) -> Result<Visits> {
    let (first, last, bought, purchases) = (input.small()?, input.small()?, input.small()?, input.number()?);
    let purchases = u16::try_from(purchases).map_err(|_| input.fault("a number of at most 16 bits"))?;
    Ok(Visits { first, last, bought, purchases, cycle_days: input.float()? })
}

fn write_asked(out: &mut Writer, queries: Option<&Vec<Asked>>) {
    let queries = queries.map(Vec::as_slice).unwrap_or_default();
    out.number(queries.len() as u64);
    for asked in queries {
        out.number(asked.hash);
        out.number(u64::from(asked.seconds));
        out.float(asked.searches);
        out.float(asked.clicks);
        out.number(asked.items.len() as u64);
        for item in &asked.items {
            out.number(u64::from(item.item.0));
            out.float(item.clicks);
            out.float(item.examined);
        }
    }
}

fn read_asked(input: &mut Reader<'_>) -> Result<Option<Arc<Vec<Asked>>>> {
    let item = |input: &mut Reader<'_>| {
        Ok(AskedItem { item: Row(input.small()?), clicks: input.float()?, examined: input.float()? })
    };
    let query = |input: &mut Reader<'_>| {
        let (hash, seconds) = (input.number()?, input.small()?);
        let (searches, clicks) = (input.float()?, input.float()?);
        let items = (0..input.count(9)?).map(|_| item(input)).collect::<Result<_>>()?;
        Ok(Asked { hash, seconds, searches, clicks, items })
    };
    let queries = (0..input.count(11)?).map(|_| query(input)).collect::<Result<Vec<_>>>()?;
    Ok((!queries.is_empty()).then(|| Arc::new(queries)))
}
