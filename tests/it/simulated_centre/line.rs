//! One event as a reader sees it, and a story: the distinct events in the order of the contract.

use std::collections::{BTreeMap, HashSet};

use contactpulse::event::TYPES;
use contactpulse::simulate::Sent;
use contactpulse::time::EventTime;
use serde_json::Value;

/// One event as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub time: EventTime,
    seq: i64,
    rank: usize,
    pub id: String,
    fields: Value,
}

impl Line {
    pub fn read(record: &str) -> Self {
        let fields: Value = serde_json::from_str(record).unwrap_or_else(|error| panic!("{error}: {record}"));
        let text = |name: &str| fields[name].as_str().unwrap_or_else(|| panic!("no {name}: {record}")).to_owned();
        Self {
            time: EventTime::parse(&text("time")).unwrap(),
            seq: fields.get("seq").map_or(0, |seq| seq.as_i64().unwrap()),
            rank: TYPES.iter().position(|known| *known == text("type")).unwrap_or_else(|| panic!("type of {record}")),
            id: text("id"),
            fields,
        }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    pub fn must(&self, name: &str) -> &str {
        self.text(name).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    pub fn time_of(&self, name: &str) -> Option<EventTime> {
        self.text(name).map(|text| EventTime::parse(text).unwrap())
    }

    pub fn is(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(true))
    }

    pub fn is_not(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(false))
    }

    /// The texts of a list; none where there is none.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let list = self.fields.get(name).and_then(Value::as_array);
        list.into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// The contact; of an event of a ticket, an agent, a queue or a feed none.
    pub fn contact(&self) -> Option<&str> {
        self.text("contact_id")
    }

    /// The type, without `contact.`.
    pub fn kind(&self) -> &'static str {
        TYPES[self.rank].strip_prefix("contact.").unwrap_or(TYPES[self.rank])
    }
}

/// The distinct events, in the order of the contract.
pub fn story(sent: &[Sent]) -> Vec<Line> {
    let mut seen = HashSet::new();
    let mut lines: Vec<Line> = sent.iter().map(|sent| Line::read(&sent.record)).collect();
    lines.retain(|line| seen.insert(line.id.clone()));
    lines.sort_by(|a, b| (a.time, a.seq, a.rank, &a.id).cmp(&(b.time, b.seq, b.rank, &b.id)));
    lines
}

pub fn by_contact(story: &[Line]) -> BTreeMap<&str, Vec<&Line>> {
    let mut contacts = BTreeMap::<_, Vec<_>>::new();
    for line in story {
        contacts.entry(line.contact()).or_default().push(line);
    }
    contacts.into_iter().filter_map(|(contact, lines)| Some((contact?, lines))).collect()
}

/// An inbound stay: queue, when it began, when it ended, and by which type of event.
pub type Stay = (String, EventTime, EventTime, &'static str);

/// Every inbound stay that ended, whichever of a contact's stays the answer was for.
pub fn stays(story: &[Line]) -> Vec<Stay> {
    let mut open = BTreeMap::<&str, Vec<(String, EventTime)>>::new();
    let mut stays = Vec::new();
    for line in story {
        let Some(contact) = line.contact() else { continue };
        let own = open.entry(contact).or_default();
        let kind = line.kind();
        let ends = match kind {
            "queued" => !line.is("also"),
            "answered" => line.text("role").is_none(),
            "abandoned" | "flowed_out" => true,
            _ => false,
        };
        if ends {
            let named = |queue: &String| kind != "flowed_out" || line.text("queue") == Some(queue);
            let ended = own.extract_if(.., |(queue, _)| named(queue));
            stays.extend(ended.map(|(queue, queued)| (queue, queued, line.time, kind)));
        }
        if kind == "queued" && line.text("direction").is_none() {
            own.push((line.must("queue").to_owned(), line.time));
        }
    }
    stays
}
