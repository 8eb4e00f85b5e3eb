use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Millis, Row, Rows};

use super::item::{ItemReviews, Quote};
use super::state::{ReviewConfig, Reviews, Topic, Words};
use super::weeks::{Tally, Weeks};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 1;
/// Stands for no aspect.
const NONE: u64 = u8::MAX as u64;

impl Reviews {
    /// Bytes for a checkpoint. The configuration is not among them: it belongs to the program.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.number(self.words.aspects.len() as u64);
        self.words.aspects.iter().for_each(|name| out.text(name));
        out.number(self.words.topics.len() as u64);
        for topic in &self.words.topics {
            [&topic.aspect, &topic.named, &topic.opinion].into_iter().for_each(|text| out.text(text));
            out.byte(u8::from(topic.is_praise));
        }
        out.number(self.items.len() as u64);
        for (_, item) in self.items.iter() {
            out.byte(u8::from(item.is_some()));
            if let Some(item) = item {
                write_item(&mut out, item);
            }
        }
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: ReviewConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let words = read_words(&mut input)?;
        let mut items: Rows<Option<Arc<ItemReviews>>> = Rows::default();
        for row in 0..input.count(1)? {
            let is_known = input.byte()? != 0;
            let item = if is_known { Some(Arc::new(read_item(&mut input, &words)?)) } else { None };
            items.set(Row(row as u32), item);
        }
        input.end()?;
        Ok(Self { config, words: Arc::new(words), items })
    }
}

fn read_words(input: &mut Reader<'_>) -> Result<Words> {
    let aspects: Vec<Arc<str>> = (0..input.count(1)?).map(|_| input.text()).collect::<Result<_>>()?;
    if aspects.len() > usize::from(u8::MAX) {
        return Err(input.fault("fewer aspects"));
    }
    let mut topics = Vec::new();
    for _ in 0..input.count(4)? {
        let [aspect, named, opinion] = [input.text()?, input.text()?, input.text()?];
        topics.push(Topic { aspect, named, opinion, is_praise: input.byte()? != 0 });
    }
    let codes: FxHashMap<Topic, u32> = topics.iter().cloned().zip(0..).collect();
    Ok(Words { aspects, topics, codes })
}

fn write_item(out: &mut Writer, item: &ItemReviews) {
    out.byte(u8::from(item.removed));
    write_weeks(out, &item.whole);
    out.number(item.aspects.len() as u64);
    for (code, weeks) in &item.aspects {
        out.byte(*code);
        write_weeks(out, weeks);
    }
    out.number(item.topics.len() as u64);
    for (code, count) in &item.topics {
        out.number(u64::from(*code));
        out.number(u64::from(*count));
    }
    out.number(item.quotes.len() as u64);
    for quote in &item.quotes {
        out.text(&quote.text);
        out.number(quote.time.0 as u64);
        out.number(u64::from(quote.said));
        out.number(quote.aspect.map_or(NONE, u64::from));
        out.byte(u8::from(quote.is_praise));
        out.byte(u8::from(quote.author.is_some()));
        out.number(quote.author.unwrap_or(0));
    }
}

fn read_item(input: &mut Reader<'_>, words: &Words) -> Result<ItemReviews> {
    let removed = input.byte()? != 0;
    let whole = read_weeks(input)?;
    let mut aspects = Vec::new();
    for _ in 0..input.count(5)? {
        let code = input.byte()?;
        if usize::from(code) >= words.aspects.len() {
            return Err(input.fault("an aspect that is named"));
        }
        aspects.push((code, read_weeks(input)?));
    }
    let mut topics = Vec::new();
    for _ in 0..input.count(2)? {
        let (code, count) = (input.small()?, input.small()?);
        if code as usize >= words.topics.len() {
            return Err(input.fault("a topic that is named"));
        }
        topics.push((code, count));
    }
    let quotes: Vec<Quote> = (0..input.count(7)?).map(|_| read_quote(input, words)).collect::<Result<_>>()?;
    let in_order =
        aspects.windows(2).all(|two| two[0].0 < two[1].0) && topics.windows(2).all(|two| two[0].0 < two[1].0);
    if in_order {
        Ok(ItemReviews { removed, whole, aspects, topics, quotes })
    } else {
        Err(input.fault("codes in order"))
    }
}

fn read_quote(input: &mut Reader<'_>, words: &Words) -> Result<Quote> {
    let (text, time, said) = (input.text()?, Millis(input.number()? as i64), input.small()?);
    let aspect = match input.number()? {
        NONE => None,
        code if code < words.aspects.len() as u64 => Some(code as u8),
        _ => return Err(input.fault("an aspect that is named")),
    };
    let is_praise = input.byte()? != 0;
    let (is_known, author) = (input.byte()? != 0, input.number()?);
    Ok(Quote { text, time, said, aspect, is_praise, author: is_known.then_some(author) })
}

fn write_weeks(out: &mut Writer, weeks: &Weeks) {
    write_tally(out, weeks.earlier);
    out.number(weeks.weeks.len() as u64);
    for (week, tally) in &weeks.weeks {
        out.number(u64::from(*week));
        write_tally(out, *tally);
    }
}

fn read_weeks(input: &mut Reader<'_>) -> Result<Weeks> {
    let earlier = read_tally(input)?;
    let mut weeks = Vec::new();
    for _ in 0..input.count(4)? {
        let week = u16::try_from(input.number()?).map_err(|_| input.fault("a week"))?;
        weeks.push((week, read_tally(input)?));
    }
    if weeks.windows(2).any(|two| two[0].0 >= two[1].0) {
        return Err(input.fault("weeks in order"));
    }
    Ok(Weeks { earlier, weeks })
}

fn write_tally(out: &mut Writer, tally: Tally) {
    [tally.positive, tally.negative, tally.neutral].into_iter().for_each(|count| out.number(u64::from(count)));
}

fn read_tally(input: &mut Reader<'_>) -> Result<Tally> {
    Ok(Tally { positive: input.small()?, negative: input.small()?, neutral: input.small()? })
}
