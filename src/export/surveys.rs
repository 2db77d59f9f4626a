//! The family of answers to surveys.

use super::catalog::SURVEYS_ANSWERED;
use super::queues::{Counted, of};
use super::text::Text;
use crate::counters::Said;
use crate::event::SurveyKind;
use crate::rules::Rules;

/// Every score of every scale from the start, so that the first answer is a rise that Prometheus sees.
pub(super) fn write(counted: &[Counted<'_>], rules: &Rules, text: &mut Text) {
    let known = SurveyKind::ALL
        .into_iter()
        .flat_map(|kind| Said::all(kind, &rules.surveys).into_iter().map(move |said| (kind, said, said.label())));
    let known: Vec<_> = known.collect();
    text.family(&SURVEYS_ANSWERED);
    for own in of(&SURVEYS_ANSWERED, counted) {
        for (kind, said, label) in &known {
            let labels = own.labels.with(&[("kind", kind.name()), ("score", label)]);
            text.sample(&SURVEYS_ANSWERED.name, &labels, own.counters.answers.count(*kind, *said));
        }
    }
}
