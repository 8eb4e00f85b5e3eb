use std::sync::Arc;

use types::Row;

use crate::bytes::{Reader, Writer};
use crate::link::{Counts, Link, Links};
use crate::neighbours::Totals;
use crate::window::{Recent, Window};
use crate::{Error, Neighbours, NeighboursConfig, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 1;

impl Neighbours {
    /// Bytes for a checkpoint. The configuration is not among them: it belongs to the program, and the version of the
    /// derived state must change with it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.number(self.visits);
        out.number(self.baskets);
        out.number(self.totals.len() as u64);
        for (_, totals) in self.totals.iter() {
            out.number(u64::from(totals.visits));
            out.number(u64::from(totals.baskets));
            out.float(totals.mass);
        }
        out.number(self.links.len() as u64);
        for (_, links) in self.links.iter() {
            write_links(&mut out, links.as_deref());
        }
        out.number(self.windows.len() as u64);
        for (_, window) in self.windows.iter() {
            write_window(&mut out, window.as_slice());
        }
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: NeighboursConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let (visits, baskets) = (input.number()?, input.number()?);
        let totals = (0..input.count(6)?).map(|_| read_totals(&mut input)).collect::<Result<_>>()?;
        let links = (0..input.count(1)?).map(|_| read_links(&mut input)).collect::<Result<_>>()?;
        let windows = (0..input.count(1)?).map(|_| read_window(&mut input)).collect::<Result<_>>()?;
        input.end()?;
        Ok(Self { config, totals, links, windows, visits, baskets })
    }
}

fn read_totals(input: &mut Reader<'_>) -> Result<Totals> {
    Ok(Totals { visits: input.small()?, baskets: input.small()?, mass: input.float()? })
}

fn write_links(out: &mut Writer, links: Option<&Links>) {
    out.number(links.map_or(0, |links| links.len() as u64));
    for link in links.into_iter().flat_map(Links::iter) {
        out.number(u64::from(link.item.0));
        out.number(u64::from(link.counts.together));
        out.number(u64::from(link.counts.baskets));
        out.float(link.counts.mass);
    }
}

fn read_links(input: &mut Reader<'_>) -> Result<Option<Arc<Links>>> {
    let mut links = Links::default();
    for _ in 0..input.count(7)? {
        let (item, together, baskets) = (input.row()?, input.tiny()?, input.tiny()?);
        links.push(Link { item, counts: Counts { together, baskets, mass: input.float()? } });
    }
    Ok(if links.len() == 0 { None } else { Some(Arc::new(links)) })
}

fn write_window(out: &mut Writer, entries: &[Recent]) {
    out.number(entries.len() as u64);
    for recent in entries {
        out.number(u64::from(recent.item.0));
        out.number(u64::from(recent.session.0));
        out.number(u64::from(recent.seconds));
        out.float(recent.mass);
        out.byte(u8::from(recent.bought));
    }
}

fn read_window(input: &mut Reader<'_>) -> Result<Window> {
    let read = |input: &mut Reader<'_>| -> Result<Recent> {
        let (item, session, seconds): (Row, Row, u32) = (input.row()?, input.row()?, input.small()?);
        Ok(Recent { item, session, seconds, mass: input.float()?, bought: input.byte()? != 0 })
    };
    (0..input.count(8)?).map(|_| read(input)).collect()
}
