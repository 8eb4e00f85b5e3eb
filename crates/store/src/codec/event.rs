use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::RwLock;
use types::{
    Actor, Event, EventBody, EventId, Evidence, Followed, Impression, Interaction, InteractionKind, ItemId, Millis,
    Position, QueryId, SessionId, Shown, SourceId, Surface, UserId,
};

use super::item::{
    read_enrichment, read_item, read_money, read_patch, write_enrichment, write_item, write_money, write_patch,
};
use super::wire::{DecodeError, Reader, Writer};

mod tag {
    pub(super) const ID: u8 = 1;
    pub(super) const TIME: u8 = 2;
    pub(super) const UPSERTED: u8 = 3;
    pub(super) const PATCHED: u8 = 4;
    pub(super) const DELETED: u8 = 5;
    pub(super) const INTERACTION: u8 = 6;
    pub(super) const IMPRESSION: u8 = 7;
    pub(super) const ERASED: u8 = 8;
    pub(super) const ENRICHED: u8 = 9;
}

/// Fields that interactions and impressions share, and their own.
mod deed {
    pub(super) const USER: u8 = 1;
    pub(super) const ANONYMOUS: u8 = 2;
    pub(super) const SESSION: u8 = 3;
    pub(super) const QUERY: u8 = 4;
    pub(super) const QUERY_ID: u8 = 5;
    pub(super) const SURFACE: u8 = 6;

    pub(super) const KIND: u8 = 16;
    pub(super) const CUSTOM_KIND: u8 = 17;
    pub(super) const ITEM: u8 = 18;
    pub(super) const QUANTITY: u8 = 19;
    pub(super) const VALUE: u8 = 20;
    pub(super) const RATING: u8 = 21;
    pub(super) const POSITION: u8 = 22;
    pub(super) const WEIGHT: u8 = 23;
    pub(super) const TEXT: u8 = 24;

    pub(super) const SHOWN: u8 = 32;
    pub(super) const RANKER: u8 = 33;
    pub(super) const ARM: u8 = 34;
    pub(super) const FOLDED: u8 = 35;
    pub(super) const COLUMN: u8 = 36;
    pub(super) const VALUES: u8 = 37;
    pub(super) const TOOK_MS: u8 = 38;
    pub(super) const PARTS_FAILED: u8 = 39;
    pub(super) const FOLLOWED: u8 = 40;
}

mod shown {
    pub(super) const ITEM: u8 = 1;
    pub(super) const POSITION: u8 = 2;
    pub(super) const SCORE: u8 = 3;
    pub(super) const PROPENSITY: u8 = 4;
    pub(super) const SOURCE: u8 = 5;

    pub(super) const EXPERIMENT: u8 = 1;
    pub(super) const ARM: u8 = 2;
}

mod followed {
    pub(super) const STRATEGY: u8 = 1;
    pub(super) const PROBABILITY: u8 = 2;
    pub(super) const STATE: u8 = 3;
}

pub(super) fn write(out: &mut Writer<'_>, event: &Event) {
    out.text(tag::ID, event.id.as_str());
    out.i64(tag::TIME, event.time.0);
    match &event.body {
        EventBody::ItemUpserted(item) => out.nested(tag::UPSERTED, |out| write_item(out, item)),
        EventBody::ItemPatched(patch) => out.nested(tag::PATCHED, |out| write_patch(out, patch)),
        EventBody::ItemEnriched(found) => out.nested(tag::ENRICHED, |out| write_enrichment(out, found)),
        EventBody::ItemDeleted(id) => out.text(tag::DELETED, id.as_str()),
        EventBody::Interaction(deed) => out.nested(tag::INTERACTION, |out| write_interaction(out, deed)),
        EventBody::Impression(slate) => out.nested(tag::IMPRESSION, |out| write_impression(out, slate)),
        EventBody::UserErased(user) => out.text(tag::ERASED, user.as_str()),
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Event, DecodeError> {
    let (mut id, mut time, mut body) = (None, None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            tag::ID => id = Some(field.checked(EventId::new)?),
            tag::TIME => time = Some(Millis(field.i64()?)),
            tag::UPSERTED => body = Some(EventBody::ItemUpserted(read_item(&mut field.fields())?)),
            tag::PATCHED => body = Some(EventBody::ItemPatched(read_patch(&mut field.fields())?)),
            tag::ENRICHED => body = Some(EventBody::ItemEnriched(read_enrichment(&mut field.fields())?)),
            tag::DELETED => body = Some(EventBody::ItemDeleted(field.checked(ItemId::new)?)),
            tag::INTERACTION => body = Some(EventBody::Interaction(read_interaction(field.fields())?)),
            tag::IMPRESSION => body = Some(EventBody::Impression(read_impression(field.fields())?)),
            tag::ERASED => body = Some(EventBody::UserErased(field.checked(UserId::new)?)),
            _ => {}
        }
    }
    let id = reader.need(id, "event id")?;
    let time = reader.need(time, "event time")?;
    Ok(Event { id, time, body: reader.need(body, "event body that this version knows")? })
}

fn write_actor(out: &mut Writer<'_>, actor: &Actor) {
    out.text_if(deed::USER, actor.user.as_ref().map(UserId::as_str));
    out.text_if(deed::ANONYMOUS, actor.anonymous.as_ref().map(UserId::as_str));
    out.text_if(deed::SESSION, actor.session.as_ref().map(SessionId::as_str));
}

fn write_interaction(out: &mut Writer<'_>, event: &Interaction) {
    write_actor(out, &event.actor);
    match &event.kind {
        InteractionKind::Custom(name) => out.text(deed::CUSTOM_KIND, name),
        kind => out.u8(deed::KIND, kind_code(kind)),
    }
    out.text_if(deed::ITEM, event.item.as_ref().map(ItemId::as_str));
    out.text_if(deed::QUERY, event.query.as_deref());
    out.text_if(deed::TEXT, event.text.as_deref());
    out.text_if(deed::QUERY_ID, event.query_id.as_ref().map(QueryId::as_str));
    if let Some(quantity) = event.quantity {
        out.u32(deed::QUANTITY, quantity);
    }
    if let Some(value) = event.value {
        out.nested(deed::VALUE, |out| write_money(out, value));
    }
    if let Some(rating) = event.rating {
        out.f32(deed::RATING, rating);
    }
    if let Some(position) = event.position {
        out.u32(deed::POSITION, position);
    }
    if let Some(weight) = event.weight {
        out.f32(deed::WEIGHT, weight);
    }
    if let Some(surface) = event.surface {
        out.u8(deed::SURFACE, surface_code(surface));
    }
}

fn read_interaction(mut reader: Reader<'_>) -> Result<Interaction, DecodeError> {
    let mut kind = None;
    let mut event = Interaction::new(InteractionKind::View, Actor::default());
    while let Some(field) = reader.next()? {
        match field.tag {
            deed::USER => event.actor.user = Some(field.checked(UserId::new)?),
            deed::ANONYMOUS => event.actor.anonymous = Some(field.checked(UserId::new)?),
            deed::SESSION => event.actor.session = Some(field.checked(SessionId::new)?),
            deed::KIND => {
                let code = field.u8()?;
                let unknown = || field.error(format!("unknown kind of interaction {code}"));
                kind = Some(kind_from_code(code).ok_or_else(unknown)?);
            }
            deed::CUSTOM_KIND => kind = Some(InteractionKind::Custom(field.shared()?)),
            deed::ITEM => event.item = Some(field.checked(ItemId::new)?),
            deed::QUERY => event.query = Some(field.shared()?),
            deed::TEXT => event.text = Some(field.shared()?),
            deed::QUERY_ID => event.query_id = Some(field.checked(QueryId::new)?),
            deed::QUANTITY => event.quantity = Some(field.u32()?),
            deed::VALUE => event.value = Some(read_money(field.fields())?),
            deed::RATING => event.rating = Some(field.f32()?),
            deed::POSITION => event.position = Some(field.u32()?),
            deed::WEIGHT => event.weight = Some(field.f32()?),
            // A surface of a later version is left out rather than refused: nothing depends on its presence.
            deed::SURFACE => event.surface = surface_from_code(field.u8()?),
            _ => {}
        }
    }
    event.kind = reader.need(kind, "kind of interaction")?;
    Ok(event)
}

fn write_impression(out: &mut Writer<'_>, slate: &Impression) {
    write_actor(out, &slate.actor);
    out.text(deed::QUERY_ID, slate.query_id.as_str());
    out.u8(deed::SURFACE, surface_code(slate.surface));
    out.text_if(deed::QUERY, slate.query.as_deref());
    for item in &slate.shown {
        out.nested(deed::SHOWN, |out| {
            out.text(shown::ITEM, item.item.as_str());
            out.u32(shown::POSITION, item.position);
            out.f32(shown::SCORE, item.score);
            out.f32(shown::PROPENSITY, item.propensity);
            out.text(shown::SOURCE, item.source.as_str());
        });
    }
    out.text(deed::RANKER, &slate.ranker);
    for (experiment, arm) in &slate.arms {
        out.nested(deed::ARM, |out| {
            out.text(shown::EXPERIMENT, experiment);
            out.text(shown::ARM, arm);
        });
    }
    write_evidence(out, &slate.evidence);
}

fn write_evidence(out: &mut Writer<'_>, evidence: &Evidence) {
    if let Some(Position(folded)) = evidence.folded {
        out.i64(deed::FOLDED, folded as i64);
    }
    evidence.columns.iter().for_each(|column| out.text(deed::COLUMN, column));
    if !evidence.values.is_empty() {
        out.bytes(deed::VALUES, &bytes_of(&evidence.values));
    }
    if let Some(took) = evidence.took_ms {
        out.u32(deed::TOOK_MS, took);
    }
    if evidence.parts_failed > 0 {
        out.u32(deed::PARTS_FAILED, evidence.parts_failed);
    }
    if let Some(Followed { strategy, probability, state }) = &evidence.followed {
        out.nested(deed::FOLLOWED, |out| {
            out.text(followed::STRATEGY, strategy);
            out.f32(followed::PROBABILITY, *probability);
            out.bytes(followed::STATE, &bytes_of(state));
        });
    }
}

fn bytes_of(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Option<Vec<f32>> {
    let chunks = bytes.chunks_exact(4);
    chunks
        .remainder()
        .is_empty()
        .then(|| chunks.map(|chunk| chunk.try_into().map(f32::from_le_bytes).unwrap_or_default()).collect())
}

fn read_impression(mut reader: Reader<'_>) -> Result<Impression, DecodeError> {
    let mut actor = Actor::default();
    let (mut query_id, mut query, mut surface, mut ranker) = (None, None, None, None);
    let (mut items, mut arms, mut evidence) = (Vec::new(), Vec::new(), Evidence::default());
    while let Some(field) = reader.next()? {
        match field.tag {
            deed::USER => actor.user = Some(field.checked(UserId::new)?),
            deed::ANONYMOUS => actor.anonymous = Some(field.checked(UserId::new)?),
            deed::SESSION => actor.session = Some(field.checked(SessionId::new)?),
            deed::QUERY_ID => query_id = Some(field.checked(QueryId::new)?),
            deed::QUERY => query = Some(field.shared()?),
            deed::SURFACE => {
                let code = field.u8()?;
                surface = Some(surface_from_code(code).ok_or_else(|| field.error(format!("unknown surface {code}")))?);
            }
            deed::SHOWN => items.push(read_shown(field.fields())?),
            deed::RANKER => ranker = Some(field.shared()?),
            deed::ARM => arms.push(read_arm(field.fields())?),
            deed::FOLDED => evidence.folded = Some(Position(field.i64()?.max(0) as u64)),
            deed::COLUMN => evidence.columns.push(field.shared()?),
            deed::TOOK_MS => evidence.took_ms = Some(field.u32()?),
            deed::PARTS_FAILED => evidence.parts_failed = field.u32()?,
            deed::FOLLOWED => evidence.followed = Some(read_followed(field.fields())?),
            deed::VALUES => {
                let uneven = || field.error("numbers that are cut off".to_owned());
                evidence.values = floats(field.raw()).ok_or_else(uneven)?;
            }
            _ => {}
        }
    }
    Ok(Impression {
        query_id: reader.need(query_id, "query id")?,
        actor,
        surface: reader.need(surface, "surface")?,
        query,
        shown: items,
        ranker: reader.need(ranker, "ranker")?,
        arms,
        evidence,
    })
}

fn read_followed(mut reader: Reader<'_>) -> Result<Followed, DecodeError> {
    let (mut strategy, mut probability, mut state) = (None, None, Vec::new());
    while let Some(field) = reader.next()? {
        match field.tag {
            followed::STRATEGY => strategy = Some(field.shared()?),
            followed::PROBABILITY => probability = Some(field.f32()?),
            followed::STATE => {
                let uneven = || field.error("numbers that are cut off".to_owned());
                state = floats(field.raw()).ok_or_else(uneven)?;
            }
            _ => {}
        }
    }
    let strategy = reader.need(strategy, "strategy")?;
    Ok(Followed { strategy, probability: reader.need(probability, "probability")?, state })
}

fn read_shown(mut reader: Reader<'_>) -> Result<Shown, DecodeError> {
    let (mut item, mut position, mut score, mut propensity, mut source) = (None, None, None, None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            shown::ITEM => item = Some(field.checked(ItemId::new)?),
            shown::POSITION => position = Some(field.u32()?),
            shown::SCORE => score = Some(field.f32()?),
            shown::PROPENSITY => propensity = Some(field.f32()?),
            shown::SOURCE => source = Some(intern_source(field.text()?)),
            _ => {}
        }
    }
    Ok(Shown {
        item: reader.need(item, "shown item")?,
        position: reader.need(position, "position")?,
        score: reader.need(score, "score")?,
        propensity: reader.need(propensity, "propensity")?,
        source: reader.need(source, "source")?,
    })
}

fn read_arm(mut reader: Reader<'_>) -> Result<(Arc<str>, Arc<str>), DecodeError> {
    let (mut experiment, mut arm) = (None, None);
    while let Some(field) = reader.next()? {
        match field.tag {
            shown::EXPERIMENT => experiment = Some(field.shared()?),
            shown::ARM => arm = Some(field.shared()?),
            _ => {}
        }
    }
    Ok((reader.need(experiment, "experiment")?, reader.need(arm, "arm")?))
}

/// Codes on disk; never renumbered.
fn kind_code(kind: &InteractionKind) -> u8 {
    match kind {
        InteractionKind::Custom(_) => 0,
        InteractionKind::Search => 1,
        InteractionKind::Click => 2,
        InteractionKind::View => 3,
        InteractionKind::AddToCart => 4,
        InteractionKind::Purchase => 5,
        InteractionKind::Rating => 6,
        InteractionKind::Like => 7,
        InteractionKind::Dislike => 8,
        InteractionKind::Hide => 9,
        InteractionKind::Refund => 10,
        InteractionKind::Review => 11,
    }
}

fn kind_from_code(code: u8) -> Option<InteractionKind> {
    InteractionKind::BUILT_IN.into_iter().find(|kind| kind_code(kind) == code)
}

/// Codes on disk; never renumbered.
fn surface_code(surface: Surface) -> u8 {
    match surface {
        Surface::Home => 1,
        Surface::Product => 2,
        Surface::Cart => 3,
        Surface::Search => 4,
        Surface::AfterPurchase => 5,
    }
}

fn surface_from_code(code: u8) -> Option<Surface> {
    Surface::ALL.iter().copied().find(|surface| surface_code(*surface) == code)
}

/// Sources are named by constants in code, so the names read back are few; each is kept once for the life of the
/// process. The bound keeps foreign bytes from filling memory: past it a name reads as `unknown`.
fn intern_source(name: &str) -> SourceId {
    const NAMES_MAX: usize = 1_000;
    const NAME_BYTES_MAX: usize = 64;
    static NAMES: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);

    if let Some(known) = NAMES.read().as_ref().and_then(|names| names.get(name)) {
        return SourceId::new(known);
    }
    let mut names = NAMES.write();
    let names = names.get_or_insert_with(HashSet::new);
    if let Some(known) = names.get(name) {
        return SourceId::new(known);
    }
    if names.len() >= NAMES_MAX || name.len() > NAME_BYTES_MAX {
        return SourceId::new("unknown");
    }
    let name: &'static str = Box::leak(Box::from(name));
    names.insert(name);
    SourceId::new(name)
}
