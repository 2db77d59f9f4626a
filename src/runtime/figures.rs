//! The figures on `/metrics`: written into one buffer, and kept for as long as they stay the same.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

use crate::counters::ByPair;
use crate::export::{Exposition, Origin, Scrape, Text};
use crate::http::Sheet;
use crate::targets::Verdict;
use crate::view::View;

/// What was last shown, and what writes the next.
#[derive(Debug, Default)]
pub(super) struct Figures {
    exposition: Exposition,
    origin: Option<Origin>,
    sheet: Option<Arc<Sheet>>,
    spare: Spare,
}

impl Figures {
    /// The figures of a scrape, and what the service tells of itself.
    pub(super) fn sheets(&mut self, scrape: &Scrape<'_>, own: &str) -> Vec<Arc<Sheet>> {
        let is_same = |_: &_| self.origin.as_ref().is_some_and(|origin| origin.gives(scrape));
        let kept = self.sheet.take().filter(is_same);
        let figures = kept.unwrap_or_else(|| self.write(scrape));
        self.sheet = Some(figures.clone());
        let mut text = Text::default();
        self.exposition.service(scrape, &mut text);
        text.append(own);
        vec![figures, Arc::new(Sheet::new(text.into_string()))]
    }

    fn write(&mut self, scrape: &Scrape<'_>) -> Arc<Sheet> {
        self.origin = None;
        let mut text = Text::within(self.spare.take());
        self.exposition.figures(scrape, &mut text);
        Arc::new(Sheet::new(self.spare.lend(text.into_string())))
    }

    /// Keeps what the last sheets were written from, unless that is known.
    pub(super) fn keep(&mut self, view: View, counters: ByPair, is_whole: bool, verdicts: &[Verdict<'_>]) {
        if self.origin.is_none() {
            self.origin = Origin::new(view, counters, is_whole, verdicts);
        }
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
