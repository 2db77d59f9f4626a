//! The family of answers to surveys.

use super::catalog::SURVEYS_ANSWERED;
use super::pairs::Pair;
use super::queues::showing;
use super::text::Text;
use crate::counters::Said;
use crate::event::SurveyKind;
use crate::rules::Rules;

/// Every score of every scale from the start, so that the first answer is a rise that Prometheus sees.
pub(super) fn write(pairs: &[Pair<'_>], rules: &Rules, text: &mut Text) {
    let known = SurveyKind::ALL
        .into_iter()
        .flat_map(|kind| Said::all(kind, &rules.surveys).into_iter().map(move |said| (kind, said, said.label())));
    let known: Vec<_> = known.collect();
    text.family(&SURVEYS_ANSWERED);
    for pair in showing(&SURVEYS_ANSWERED, pairs) {
        for (kind, said, label) in &known {
            let labels = [("kind", kind.name()), ("score", label.as_str())];
            let count = pair.counters.answers.count(*kind, *said);
            text.labelled(&SURVEYS_ANSWERED.name, &pair.labels, &labels, count);
        }
    }
}
