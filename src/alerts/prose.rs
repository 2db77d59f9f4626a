//! The words of alerts: templates that Prometheus fills in.
//!
//! **Why limits are asked for.** A limit that stood in the text of a rule would be a copy; so the text asks for the metric.

use crate::targets::Unit;

/// The queue and channel.
pub(super) const PLACE: &str = "{{ $labels.queue }} ({{ $labels.channel }})";

/// How a number is shown.
pub(super) const fn filter(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "humanizePercentage",
        Unit::Seconds => "humanizeDuration",
        Unit::Count | Unit::Number => "humanize",
    }
}

/// The figure that an alert is about.
pub(super) fn figure(unit: Unit) -> String {
    format!("{{{{ $value | {} }}}}", filter(unit))
}

/// A metric of the alert's queue and channel, of those with these labels, times a factor.
pub(super) fn asked(metric: &str, labels: &str, factor: &str, unit: Unit) -> String {
    let query = format!("{factor}max({metric}{{{labels}queue=%q,channel=%q}})");
    let filled = format!("{{{{ with printf \"{query}\" $labels.queue $labels.channel | query }}}}");
    format!("{filled}{{{{ . | first | value | {} }}}}{{{{ end }}}}", filter(unit))
}

/// A limit of a KPI.
pub(super) fn limit(which: &str, kpi: &str, window: &str, unit: Unit) -> String {
    asked(&format!("contactpulse_kpi_{which}"), &format!("kpi='{kpi}',window='{window}',"), "", unit)
}

/// What the config says of a KPI, or else something.
pub(super) fn word(label: &str, kpi: &str, window: &str, or_else: &str) -> String {
    let query = format!("contactpulse_kpi_info{{kpi='{kpi}',window='{window}',{label}!='',queue=%q,channel=%q}}");
    let filled = format!("{{{{ with printf \"{query}\" $labels.queue $labels.channel | query }}}}");
    format!("{filled}{{{{ . | first | label \"{label}\" }}}}{{{{ else }}}}{or_else}{{{{ end }}}}")
}
