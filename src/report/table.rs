//! The report for people: a table of queues for one window, and one of those that have tickets.

use std::fmt::Write as _;

use serde_json::Value;

/// A column: its head, and its cell of a row.
struct Column(&'static str, fn(&Cells<'_>) -> String);

/// What the cells of a queue are read from: what is so now, and what was booked in the window.
struct Cells<'a> {
    targets: &'a Value,
    now: &'a Value,
    figures: &'a Value,
}

/// The name of a queue, and its cells.
type Row<'a> = (&'a str, Cells<'a>);

const CONTACTS: [Column; 9] = [
    Column("waiting", |row| row.now["waiting"].to_string()),
    Column("longest", |row| seconds(&row.now["longest_wait"])),
    Column("offered", |row| row.figures["offered"].to_string()),
    Column("answered", |row| row.figures["answered"].to_string()),
    Column("abandoned", |row| row.figures["abandoned"].to_string()),
    Column("service level", level),
    Column("ASA", |row| seconds(&row.figures["speed_of_answer"]["mean"])),
    Column("AHT", |row| seconds(&row.figures["handle_time"]["mean"])),
    Column("p90 wait", |row| seconds(&row.figures["speed_of_answer"]["p90"])),
];

const TICKETS: [Column; 9] = [
    Column("backlog", |row| row.now["backlog"].to_string()),
    Column("unassigned", |row| row.now["unassigned"].to_string()),
    Column("awaiting", |row| row.now["awaiting_reply"].to_string()),
    Column("oldest", |row| hours(&row.now["oldest_awaiting"])),
    Column("created", |row| row.figures["created"].to_string()),
    Column("resolved", |row| row.figures["resolved"].to_string()),
    Column("reopened", |row| row.figures["reopened"].to_string()),
    Column("first response", |row| hours(&row.figures["first_response_time"]["mean"])),
    Column("resolution", |row| hours(&row.figures["resolution_time"]["mean"])),
];

/// The report as a table, one line a queue and one for the total, of the given window. Queues with tickets have a second table,
/// and those that have nothing else are in that only; below them stand the targets that are not met.
pub fn table(report: &Value, window: &str) -> String {
    let queues = report["queues"].as_object().into_iter().flatten();
    let rows: Vec<Row<'_>> = queues.map(|(name, queue)| (name.as_str(), Cells::of(queue, window))).collect();
    let total = ("total", Cells::of(&report["total"], window));
    let mut text = format!("as of {}, window {window}\n", report["at"].as_str().unwrap_or_default());
    let of_contacts = rows.iter().filter(|(_, row)| row.has_contacts() || !row.has_tickets());
    text += &grid(&CONTACTS, of_contacts.chain([&total]));
    if total.1.has_tickets() {
        text += &grid(&TICKETS, rows.iter().filter(|(_, row)| row.has_tickets()).chain([&total]));
    }
    text += &super::targets::lines(report);
    text += &events_line(&report["events"]);
    text
}

impl<'a> Cells<'a> {
    fn of(queue: &'a Value, window: &str) -> Self {
        Self { targets: &queue["targets"], now: &queue["now"], figures: &queue["windows"][window] }
    }

    fn has_tickets(&self) -> bool {
        self.has_any("backlog", &["created", "resolved", "reopened", "opened_before", "deleted"])
    }

    fn has_contacts(&self) -> bool {
        self.has_any("waiting", &["offered", "adopted", "answered", "blocked", "callbacks_requested"])
            || self.figures["handle_time"]["count"] != 0
    }

    fn has_any(&self, now: &str, counts: &[&str]) -> bool {
        self.now[now] != 0 || counts.iter().any(|name| self.figures[*name] != 0)
    }
}

/// A head and the rows: the first column to the left, all others to the right, each as wide as its widest cell.
fn grid<'r>(columns: &[Column], rows: impl Iterator<Item = &'r Row<'r>>) -> String {
    let head = ["queue"].into_iter().chain(columns.iter().map(|column| column.0)).map(str::to_owned).collect();
    let mut lines: Vec<Vec<String>> = vec![head];
    let cells = |(name, row): &Row<'_>| {
        [(*name).to_owned()].into_iter().chain(columns.iter().map(|column| (column.1)(row))).collect()
    };
    lines.extend(rows.map(cells));
    let width = |place: usize| lines.iter().map(|line| line[place].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    lines.iter().map(|line| aligned(line, &widths)).collect()
}

fn aligned(cells: &[String], widths: &[usize]) -> String {
    let line = cells.iter().zip(widths).enumerate().fold(String::new(), |line, (place, (cell, width))| {
        if place == 0 { format!("{cell:<width$}") } else { format!("{line}  {cell:>width$}") }
    });
    format!("{}\n", line.trim_end())
}

fn seconds(value: &Value) -> String {
    value.as_f64().map_or("-".to_owned(), |seconds| format!("{seconds:.1} s"))
}

/// What takes hours and weeks.
fn hours(value: &Value) -> String {
    value.as_f64().map_or("-".to_owned(), |seconds| format!("{:.1} h", seconds / 3_600.0))
}

fn level(row: &Cells<'_>) -> String {
    let level = row.figures["service_level"]["ratio"].as_f64();
    let target = row.targets["service_level"]["target"].as_f64();
    match (level, target) {
        (None, _) => "-".to_owned(),
        (Some(level), None) => format!("{:.1} %", level * 100.0),
        (Some(level), Some(target)) => format!("{:.1} % of {:.0} %", level * 100.0, target * 100.0),
    }
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
