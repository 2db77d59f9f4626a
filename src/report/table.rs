//! The report for people: a table of queues for one window.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: [&str; 10] =
    ["queue", "waiting", "longest", "offered", "answered", "abandoned", "service level", "ASA", "AHT", "p90 wait"];

/// The report as a table, one line a queue and one for the total, of the given window.
pub fn table(report: &Value, window: &str) -> String {
    let mut rows: Vec<[String; 10]> = vec![HEAD.map(str::to_owned)];
    let queues = report["queues"].as_object();
    rows.extend(queues.into_iter().flatten().map(|(name, queue)| row(name, queue, window)));
    rows.push(row("total", &report["total"], window));
    let mut text = format!("as of {}, window {window}\n", report["at"].as_str().unwrap_or_default());
    let widths: [usize; 10] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
    for row in &rows {
        let line = row.iter().zip(widths).enumerate().fold(String::new(), |line, (column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{line}  {cell:>width$}") }
        });
        text += line.trim_end();
        text.push('\n');
    }
    text += &events_line(&report["events"]);
    text
}

fn row(name: &str, queue: &Value, window: &str) -> [String; 10] {
    let (now, figures) = (&queue["now"], &queue["windows"][window]);
    let seconds = |value: &Value| value.as_f64().map_or("-".to_owned(), |seconds| format!("{seconds:.1} s"));
    let level = figures["service_level"]["ratio"].as_f64();
    let target = queue["targets"]["service_level"]["target"].as_f64();
    let level = match (level, target) {
        (None, _) => "-".to_owned(),
        (Some(level), None) => format!("{:.1} %", level * 100.0),
        (Some(level), Some(target)) => format!("{:.1} % of {:.0} %", level * 100.0, target * 100.0),
    };
    [
        name.to_owned(),
        now["waiting"].to_string(),
        seconds(&now["longest_wait"]),
        figures["offered"].to_string(),
        figures["answered"].to_string(),
        figures["abandoned"].to_string(),
        level,
        seconds(&figures["speed_of_answer"]["mean"]),
        seconds(&figures["handle_time"]["mean"]),
        seconds(&figures["speed_of_answer"]["p90"]),
    ]
}

fn events_line(events: &Value) -> String {
    let mut line = String::from("events");
    for (name, value) in events.as_object().into_iter().flatten() {
        match value.as_object() {
            None => write!(line, "  {name} {value}").expect("writing to a string"),
            Some(parts) if parts.is_empty() || name == "applied_by" => {}
            Some(parts) => {
                let parts: Vec<String> = parts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
                write!(line, "  {name} ({})", parts.join(", ")).expect("writing to a string");
            }
        }
    }
    line.push('\n');
    line
}
