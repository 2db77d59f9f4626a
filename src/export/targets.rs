//! The families of targets: what is aimed at, where warning and critical begin, and how the figure stands.
//!
//! Limits come from every instance; states only from one that owns every partition: a part of the centre keeps no promise of the
//! whole.

use std::collections::BTreeSet;

use super::Scrape;
use super::catalog::{self, Family};
use super::text::{Labels, Text};
use crate::rules::{Target, Window};
use crate::targets::{State, Verdict};

/// A family, and how its number is read.
type Limit = (Family, fn(&Target) -> f64);

/// The KPI that has a target without a block of its own.
const SERVICE_LEVEL: &str = "service_level";

/// The queues, channels and windows whose service level has a target of its own, over that of the queue.
pub(super) fn own_levels<'a>(verdicts: &'a [Verdict<'_>]) -> BTreeSet<(&'a str, &'a str, Window)> {
    let levels = verdicts.iter().filter(|verdict| verdict.target.kpi == SERVICE_LEVEL);
    levels.filter_map(|own| Some((own.queue.as_str(), own.channel.as_str(), own.target.window?))).collect()
}

/// Goes on with the family of targets, and writes the rest.
pub(super) fn write(scrape: &Scrape<'_>, text: &mut Text) {
    let labelled: Vec<(Labels, &Verdict<'_>)> =
        scrape.verdicts.iter().map(|verdict| (labels(verdict), verdict)).collect();
    let limits: [Limit; 4] = [
        (catalog::KPI_TARGET, |target| target.target),
        (catalog::KPI_WARNING, |target| target.warning),
        (catalog::KPI_CRITICAL, |target| target.critical),
        (catalog::KPI_MIN_SAMPLES, |target| target.min_samples as f64),
    ];
    for (family, read) in &limits {
        if *family != catalog::KPI_TARGET {
            text.family(family);
        }
        labelled.iter().for_each(|(labels, verdict)| text.sample(&family.name, labels, read(verdict.target)));
    }
    text.family(&catalog::KPI_INFO);
    for (labels, verdict) in &labelled {
        text.labelled(&catalog::KPI_INFO.name, labels, &words(verdict.target), 1_u64);
    }
    text.family(&catalog::KPI_STATE);
    for (labels, verdict) in labelled.iter().filter(|_| scrape.is_whole) {
        for state in State::ALL {
            let is_it = u64::from(verdict.state == state);
            text.labelled(&catalog::KPI_STATE.name, labels, &[("state", state.name())], is_it);
        }
    }
}

fn labels(verdict: &Verdict<'_>) -> Labels {
    let (kpi, window) = (verdict.target.label(), verdict.target.window_name());
    Labels::new(&[("kpi", &kpi), ("queue", &verdict.queue), ("channel", &verdict.channel), ("window", &window)])
}

/// What is said of a target beside its numbers; what is not said is an empty label, which Prometheus takes for none.
fn words(target: &Target) -> [(&str, &str); 5] {
    [
        ("direction", target.direction.name()),
        ("owner", target.owner.as_deref().unwrap_or_default()),
        ("runbook", target.runbook.as_deref().unwrap_or_default()),
        ("review", target.review.as_deref().unwrap_or_default()),
        ("why", target.why.as_deref().unwrap_or_default()),
    ]
}
