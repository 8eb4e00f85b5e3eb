use std::collections::BTreeMap;
use std::sync::Arc;

use types::{
    Currency, Enrichment, GroupId, Item, ItemId, ItemPatch, Language, Millis, Money, Passage, Picture, Provenance,
    Texts, Value,
};

use super::wire::{DecodeError, Field, Reader, Writer};

mod tag {
    pub(super) const ID: u8 = 1;
    pub(super) const GROUP: u8 = 2;
    pub(super) const AVAILABLE: u8 = 3;
    pub(super) const STOCK: u8 = 4;
    pub(super) const ATTRIBUTE: u8 = 5;
    pub(super) const PICTURE: u8 = 6;
    pub(super) const PROVENANCE: u8 = 7;

    pub(super) const NAME: u8 = 1;
    pub(super) const TEXTS: u8 = 2;
    pub(super) const KEYWORDS: u8 = 3;
    pub(super) const NUMBER: u8 = 4;
    pub(super) const MONEY: u8 = 5;
    pub(super) const TIME: u8 = 6;
    pub(super) const BOOLEAN: u8 = 7;
    pub(super) const CATEGORIES: u8 = 8;
    pub(super) const IMAGE: u8 = 9;
    pub(super) const FOUND: u8 = 10;

    pub(super) const MAKER: u8 = 2;
    pub(super) const CONFIDENCE: u8 = 3;
    pub(super) const EVIDENCE: u8 = 4;
    pub(super) const PASSAGE: u8 = 5;
    pub(super) const START: u8 = 2;
    pub(super) const END: u8 = 3;

    pub(super) const PART: u8 = 1;
    pub(super) const CHINESE: u8 = 1;
    pub(super) const ENGLISH: u8 = 2;
    pub(super) const OTHER: u8 = 3;
    pub(super) const AMOUNT: u8 = 1;
    pub(super) const CURRENCY: u8 = 2;
    pub(super) const ENCODER: u8 = 1;
    pub(super) const DIGEST: u8 = 2;
    pub(super) const VECTOR: u8 = 3;
}

pub(super) fn write_item(out: &mut Writer<'_>, item: &Item) {
    out.text(tag::ID, item.id.as_str());
    out.text_if(tag::GROUP, item.group.as_ref().map(GroupId::as_str));
    out.u8(tag::AVAILABLE, u8::from(item.available));
    if let Some(stock) = item.stock {
        out.u32(tag::STOCK, stock);
    }
    for (name, value) in &item.attributes {
        write_attribute(out, name, Some(value));
    }
    for (name, provenance) in &item.provenance {
        out.nested(tag::PROVENANCE, |out| write_provenance(out, name, provenance));
    }
    if let Some(picture) = &item.picture {
        out.nested(tag::PICTURE, |out| write_picture(out, picture));
    }
}

pub(super) fn read_item(reader: &mut Reader<'_>) -> Result<Item, DecodeError> {
    let (mut id, mut group, mut available, mut stock, mut picture) = (None, None, true, None, None);
    let (mut attributes, mut provenance) = (BTreeMap::new(), BTreeMap::new());
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::ID => id = Some(field.checked(ItemId::new)?),
            tag::GROUP => group = Some(field.checked(GroupId::new)?),
            tag::AVAILABLE => available = field.flag()?,
            tag::STOCK => stock = Some(field.u32()?),
            tag::ATTRIBUTE => {
                // An attribute without a value is of a kind only newer versions know.
                if let (name, Some(value), _) = read_attribute(field)? {
                    attributes.insert(name, value);
                }
            }
            tag::PROVENANCE => provenance.extend([read_provenance(field.fields())?]),
            tag::PICTURE => picture = Some(read_picture(field.fields())?),
            _ => {}
        }
    }
    Ok(Item { id: reader.need(id, "item id")?, group, available, stock, attributes, provenance, picture })
}

/// Found values are written as attributes with their provenance beside; one without a value is taken back.
pub(super) fn write_enrichment(out: &mut Writer<'_>, enrichment: &Enrichment) {
    out.text(tag::ID, enrichment.id.as_str());
    for (name, found) in &enrichment.values {
        out.nested(tag::ATTRIBUTE, |out| {
            out.text(tag::NAME, name);
            if let Some((value, provenance)) = found {
                write_value(out, value);
                out.nested(tag::FOUND, |out| write_provenance(out, name, provenance));
            }
        });
    }
}

pub(super) fn read_enrichment(reader: &mut Reader<'_>) -> Result<Enrichment, DecodeError> {
    let (mut id, mut values) = (None, BTreeMap::new());
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::ID => id = Some(field.checked(ItemId::new)?),
            tag::ATTRIBUTE => {
                let (name, value, provenance) = read_attribute(field)?;
                values.insert(name, value.zip(provenance));
            }
            _ => {}
        }
    }
    Ok(Enrichment { id: reader.need(id, "item id")?, values })
}

fn write_provenance(out: &mut Writer<'_>, attribute: &str, provenance: &Provenance) {
    out.text(tag::NAME, attribute);
    out.text(tag::MAKER, &provenance.maker);
    out.f32(tag::CONFIDENCE, provenance.confidence);
    out.text(tag::EVIDENCE, &provenance.evidence);
    if let Some(passage) = &provenance.passage {
        out.nested(tag::PASSAGE, |out| {
            out.text(tag::NAME, &passage.attribute);
            out.u32(tag::START, passage.start);
            out.u32(tag::END, passage.end);
        });
    }
}

fn read_provenance(mut reader: Reader<'_>) -> Result<(Arc<str>, Provenance), DecodeError> {
    let (mut attribute, mut maker, mut confidence, mut evidence, mut passage) = (None, None, None, None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::NAME => attribute = Some(field.shared()?),
            tag::MAKER => maker = Some(field.shared()?),
            tag::CONFIDENCE => confidence = Some(field.f32()?),
            tag::EVIDENCE => evidence = Some(field.shared()?),
            tag::PASSAGE => passage = Some(read_passage(field.fields())?),
            _ => {}
        }
    }
    let maker = reader.need(maker, "maker of a found value")?;
    let confidence = reader.need(confidence, "confidence of a found value")?;
    let evidence = reader.need(evidence, "evidence of a found value")?;
    let attribute = reader.need(attribute, "attribute of a found value")?;
    Ok((attribute, Provenance { maker, confidence, evidence, passage }))
}

fn read_passage(mut reader: Reader<'_>) -> Result<Passage, DecodeError> {
    let (mut attribute, mut start, mut end) = (None, 0, 0);
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::NAME => attribute = Some(field.shared()?),
            tag::START => start = field.u32()?,
            tag::END => end = field.u32()?,
            _ => {}
        }
    }
    Ok(Passage { attribute: reader.need(attribute, "attribute of a passage")?, start, end })
}

/// In patches an empty group, stock or picture field means "none from now on", an attribute without value "removed".
pub(super) fn write_patch(out: &mut Writer<'_>, patch: &ItemPatch) {
    out.text(tag::ID, patch.id.as_str());
    if let Some(group) = &patch.group {
        out.text(tag::GROUP, group.as_ref().map_or("", GroupId::as_str));
    }
    if let Some(available) = patch.available {
        out.u8(tag::AVAILABLE, u8::from(available));
    }
    match patch.stock {
        Some(Some(stock)) => out.u32(tag::STOCK, stock),
        Some(None) => out.bytes(tag::STOCK, &[]),
        None => {}
    }
    for (name, value) in &patch.attributes {
        write_attribute(out, name, value.as_ref());
    }
    match &patch.picture {
        Some(Some(picture)) => out.nested(tag::PICTURE, |out| write_picture(out, picture)),
        Some(None) => out.bytes(tag::PICTURE, &[]),
        None => {}
    }
}

pub(super) fn read_patch(reader: &mut Reader<'_>) -> Result<ItemPatch, DecodeError> {
    let (mut id, mut group, mut available, mut stock, mut picture) = (None, None, None, None, None);
    let mut attributes = BTreeMap::new();
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::ID => id = Some(field.checked(ItemId::new)?),
            tag::GROUP if field.raw().is_empty() => group = Some(None),
            tag::GROUP => group = Some(Some(field.checked(GroupId::new)?)),
            tag::AVAILABLE => available = Some(field.flag()?),
            tag::STOCK if field.raw().is_empty() => stock = Some(None),
            tag::STOCK => stock = Some(Some(field.u32()?)),
            tag::ATTRIBUTE => {
                let (name, value, _) = read_attribute(field)?;
                attributes.insert(name, value);
            }
            tag::PICTURE if field.raw().is_empty() => picture = Some(None),
            tag::PICTURE => picture = Some(Some(read_picture(field.fields())?)),
            _ => {}
        }
    }
    Ok(ItemPatch { id: reader.need(id, "item id")?, group, available, stock, attributes, picture })
}

fn write_picture(out: &mut Writer<'_>, picture: &Picture) {
    out.text(tag::ENCODER, &picture.encoder);
    out.bytes(tag::DIGEST, &picture.digest);
    out.bytes(tag::VECTOR, &picture.vector);
}

fn read_picture(mut reader: Reader<'_>) -> Result<Picture, DecodeError> {
    let (mut encoder, mut digest, mut vector) = (None, None, None);
    while let Some(part) = reader.next()? {
        match part.tag {
            tag::ENCODER => encoder = Some(part.shared()?),
            tag::DIGEST => digest = <[u8; 16]>::try_from(part.raw()).ok(),
            tag::VECTOR => vector = Some(part.raw().to_vec()),
            _ => {}
        }
    }
    let encoder = reader.need(encoder, "picture's encoder")?;
    let digest = reader.need(digest, "picture's digest of 16 bytes")?;
    let vector = reader.need(vector, "picture's vector")?;
    Picture::new(&encoder, digest, &vector).map_err(|refused| reader.error(refused.to_string()))
}

fn write_attribute(out: &mut Writer<'_>, name: &str, value: Option<&Value>) {
    out.nested(tag::ATTRIBUTE, |out| {
        out.text(tag::NAME, name);
        if let Some(value) = value {
            write_value(out, value);
        }
    });
}

fn write_value(out: &mut Writer<'_>, value: &Value) {
    match value {
        Value::Text(texts) => out.nested(tag::TEXTS, |out| {
            for (language, text) in texts.iter() {
                let language = match language {
                    Language::Chinese => tag::CHINESE,
                    Language::English => tag::ENGLISH,
                    Language::Other => tag::OTHER,
                };
                out.text(language, text);
            }
        }),
        Value::Keywords(words) => out.nested(tag::KEYWORDS, |out| write_parts(out, words)),
        Value::Number(number) => out.f64(tag::NUMBER, *number),
        Value::Money(money) => out.nested(tag::MONEY, |out| write_money(out, *money)),
        Value::Time(time) => out.i64(tag::TIME, time.0),
        Value::Boolean(yes) => out.u8(tag::BOOLEAN, u8::from(*yes)),
        Value::Categories(paths) => out.nested(tag::CATEGORIES, |out| {
            for path in paths {
                out.nested(tag::PART, |out| write_parts(out, path));
            }
        }),
        Value::Image(url) => out.text(tag::IMAGE, url),
    }
}

fn write_parts(out: &mut Writer<'_>, parts: &[Arc<str>]) {
    for part in parts {
        out.text(tag::PART, part);
    }
}

/// An attribute's name, value and, where it was found, provenance.
type Attribute = (Arc<str>, Option<Value>, Option<Provenance>);

fn read_attribute(field: Field<'_>) -> Result<Attribute, DecodeError> {
    let mut reader = field.fields();
    let (mut name, mut value, mut provenance) = (None, None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::NAME => name = Some(field.shared()?),
            tag::TEXTS => value = Some(Value::Text(read_texts(field.fields())?)),
            tag::KEYWORDS => value = Some(Value::Keywords(read_parts(field.fields())?)),
            tag::NUMBER => value = Some(Value::Number(field.f64()?)),
            tag::MONEY => value = Some(Value::Money(read_money(field.fields())?)),
            tag::TIME => value = Some(Value::Time(Millis(field.i64()?))),
            tag::BOOLEAN => value = Some(Value::Boolean(field.flag()?)),
            tag::CATEGORIES => value = Some(Value::Categories(read_paths(field.fields())?)),
            tag::IMAGE => value = Some(Value::Image(field.shared()?)),
            tag::FOUND => provenance = Some(read_provenance(field.fields())?.1),
            _ => {}
        }
    }
    Ok((reader.need(name, "attribute name")?, value, provenance))
}

fn read_texts(mut reader: Reader<'_>) -> Result<Texts, DecodeError> {
    let mut texts = Vec::new();
    while let Some(field) = reader.next()? {
        let language = match field.tag {
            tag::CHINESE => Language::Chinese,
            tag::ENGLISH => Language::English,
            _ => Language::Other,
        };
        texts.push((language, field.shared()?));
    }
    Ok(Texts::new(texts))
}

fn read_parts(mut reader: Reader<'_>) -> Result<Vec<Arc<str>>, DecodeError> {
    let mut parts = Vec::new();
    while let Some(field) = reader.next()? {
        if field.tag == tag::PART {
            parts.push(field.shared()?);
        }
    }
    Ok(parts)
}

fn read_paths(mut reader: Reader<'_>) -> Result<Vec<Vec<Arc<str>>>, DecodeError> {
    let mut paths = Vec::new();
    while let Some(field) = reader.next()? {
        if field.tag == tag::PART {
            paths.push(read_parts(field.fields())?);
        }
    }
    Ok(paths)
}

pub(super) fn write_money(out: &mut Writer<'_>, money: Money) {
    out.i64(tag::AMOUNT, money.ten_thousandths);
    out.text(tag::CURRENCY, money.currency.as_str());
}

pub(super) fn read_money(mut reader: Reader<'_>) -> Result<Money, DecodeError> {
    let (mut amount, mut currency) = (None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::AMOUNT => amount = Some(field.i64()?),
            tag::CURRENCY => currency = Some(field.checked(Currency::new)?),
            _ => {}
        }
    }
    let ten_thousandths = reader.need(amount, "amount")?;
    Ok(Money { ten_thousandths, currency: reader.need(currency, "currency")? })
}
