//! The text of `/metrics`, part by part: each is written into a buffer of its own, and kept for as long as it stays the same.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

use crate::counters::ByPair;
use crate::export::{self, Exposition, Origin, Outline, Part, Scrape, Sight, Text};
use crate::http::Sheet;
use crate::view::View;

/// What was last shown, and what writes the next.
#[derive(Debug, Default)]
pub(super) struct Figures {
    exposition: Exposition,
    origin: Option<Origin>,
    outline: Option<Outline>, // of what was written since the origin
    parts: [Kept; Part::ALL.len()],
}

/// A part as it was last written, and the room for it.
#[derive(Debug, Default)]
struct Kept {
    sheet: Option<Arc<Sheet>>,
    spare: Spare,
}

impl Figures {
    /// The parts of a scrape, and what the service tells of itself. `own`: what of that is written already.
    pub(super) fn sheets(&mut self, scrape: &Scrape<'_>, own: &str) -> Vec<Arc<Sheet>> {
        let nothing = scrape.counters.at_zero();
        let sight = Sight::new(scrape, &nothing);
        let outline = sight.outline();
        let same = self.origin.as_ref().map(|origin| origin.same(scrape, &outline)).unwrap_or_default();
        let mut sheets = Vec::with_capacity(Part::ALL.len() + 1);
        for (part, kept) in Part::ALL.into_iter().zip(&mut self.parts) {
            let as_it_was = kept.sheet.take().filter(|_| same.has(part));
            let sheet = as_it_was.unwrap_or_else(|| kept.write(|text| self.exposition.part(part, &sight, text)));
            kept.sheet = Some(sheet.clone());
            sheets.push(sheet);
        }
        self.outline = (!same.is_all()).then_some(outline);
        let mut text = Text::default();
        export::service(scrape, &mut text);
        text.append(own);
        sheets.push(Arc::new(Sheet::new(text.into_string())));
        sheets
    }

    /// Keeps what the last sheets were written from, unless that is known.
    pub(super) fn keep(&mut self, view: View, counters: ByPair) {
        if let Some(outline) = self.outline.take() {
            self.origin = Origin::new(view, counters, outline);
        }
    }
}

impl Kept {
    fn write(&self, write: impl FnOnce(&mut Text)) -> Arc<Sheet> {
        let mut text = Text::within(self.spare.take());
        write(&mut text);
        Arc::new(Sheet::new(self.spare.lend(text.into_string())))
    }
}

/// The room of a text that nobody needs any more, for the next.
#[derive(Clone, Debug, Default)]
struct Spare(Arc<Mutex<String>>);

impl Spare {
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A text whose room comes back when it was sent to all who asked for it.
    fn lend(&self, text: String) -> Bytes {
        Bytes::from_owner(Lent { text, home: self.clone() })
    }
}

struct Lent {
    text: String,
    home: Spare,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.home.0.lock().unwrap_or_else(PoisonError::into_inner) = std::mem::take(&mut self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_of_a_text_comes_back_when_nobody_holds_it_any_more() {
        let spare = Spare::default();
        let sent = spare.lend("x".repeat(1_000));
        let also_sent = sent.clone();
        drop(sent);
        assert_eq!(spare.take().capacity(), 0);
        drop(also_sent);
        assert!(spare.take().capacity() >= 1_000);
    }
}
