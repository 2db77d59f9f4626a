//! An independent, naive reading of what a ticket may go through, and a count of what became of all of them.

use std::collections::BTreeMap;

use super::line::Line;

/// Where a ticket stands.
#[derive(Debug, Default)]
pub struct TicketLife {
    queue: Option<String>,
    status: String,
    assignee: Option<String>,
    is_resolved: bool,
    was_resolved: bool,
    was_answered: bool,
    was_escalated: bool,
    is_gone: bool,
}

impl TicketLife {
    /// # Panics
    /// This cannot happen now.
    pub fn apply(&mut self, line: &Line) {
        match line.kind() {
            "ticket.created" | "ticket.snapshot" => self.begin(line),
            "survey.sent" | "survey.answered" | "quality.scored" => assert!(self.was_resolved, "{line:?}"),
            _ => self.go_on(line),
        }
    }

    /// The queue that holds it, while it is not resolved and not gone.
    pub fn open_in(&self) -> Option<&str> {
        self.queue.as_deref().filter(|_| !self.is_resolved && !self.is_gone)
    }

    fn begin(&mut self, line: &Line) {
        assert_eq!(self.queue.replace(line.must("queue").to_owned()), None, "once: {line:?}");
        self.status = line.text("status").unwrap_or("open").to_owned();
        self.was_answered = line.time_of("first_reply_at").is_some();
        assert!(["high", "low"].contains(&line.text("priority").unwrap_or("high")), "{line:?}");
        let created = line.time_of("created_at").unwrap_or(line.time);
        assert!(
            created <= line.time && line.time_of("first_reply_at").is_none_or(|first| created <= first),
            "{line:?}"
        );
    }

    fn go_on(&mut self, line: &Line) {
        assert!(self.queue.is_some() && !self.is_gone, "{line:?}");
        match line.kind() {
            "ticket.assigned" => self.assigned(line),
            "ticket.handed_over" => assert!(self.assignee.is_none() && line.text("queue") == self.queue.as_deref()),
            "ticket.replied" => self.replied(line),
            "ticket.status_changed" => {
                assert!(!self.is_resolved && self.status != line.must("status"), "{line:?}");
                line.must("status").clone_into(&mut self.status);
            }
            "ticket.updated" => assert!(!self.is_resolved && self.assignee.is_some(), "{line:?}"),
            "ticket.escalated" => assert!(!std::mem::replace(&mut self.was_escalated, true), "{line:?}"),
            "ticket.resolved" => self.resolved(line),
            "ticket.reopened" => assert!(std::mem::take(&mut self.is_resolved), "{line:?}"),
            "ticket.closed" => self.is_gone = self.is_resolved || panic!("{line:?}"),
            "ticket.deleted" => self.is_gone = !self.was_answered || panic!("{line:?}"),
            other => panic!("{other} is not of a ticket"),
        }
    }

    /// To an agent or to a queue, while it is open.
    fn assigned(&mut self, line: &Line) {
        let (agent, queue) = (line.text("agent"), line.text("queue"));
        assert!(!self.is_resolved && self.status == "open" && agent.is_some() != queue.is_some(), "{line:?}");
        assert!(queue.is_none_or(|to| self.queue.as_deref() != Some(to)), "it is there: {line:?}");
        self.assignee = agent.map(str::to_owned);
        self.queue = queue.map(str::to_owned).or(self.queue.take());
    }

    fn replied(&mut self, line: &Line) {
        match line.must("author") {
            "agent" => {
                assert!(line.text("agent").is_none_or(|agent| self.assignee.as_deref() == Some(agent)), "{line:?}");
                assert!(self.assignee.is_some() && !self.is_resolved, "{line:?}");
                self.was_answered |= !line.is_not("public");
            }
            "customer" => {}
            "bot" => assert!(self.assignee.is_none() && !self.was_answered, "{line:?}"),
            other => panic!("{other}"),
        }
    }

    /// By who works on it, or by the script, for whom its customer does not answer.
    fn resolved(&mut self, line: &Line) {
        let by_agent = line.text("agent").is_some() && line.text("agent") == self.assignee.as_deref();
        assert!(by_agent && self.status == "open" || line.is("bulk") && self.status == "pending", "{line:?}");
        assert!(!std::mem::replace(&mut self.is_resolved, true), "{line:?}");
        self.was_resolved = true;
        "open".clone_into(&mut self.status);
    }
}

/// What became of the tickets, by queue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub created: u64,
    pub resolved: u64,
    pub reopened: u64,
    pub closed: u64,
    pub backlog: u64,
}

/// The lives of all tickets, counted in the queue that held each then.
pub fn count(story: &[Line]) -> BTreeMap<String, Count> {
    let mut lives = BTreeMap::<&str, TicketLife>::new();
    let mut counts = BTreeMap::<String, Count>::new();
    for line in story {
        let Some(ticket) = line.text("ticket_id") else { continue };
        let life = lives.entry(ticket).or_default();
        life.apply(line);
        let own = counts.entry(life.queue.clone().expect("it began")).or_default();
        match line.kind() {
            "ticket.created" => own.created += 1,
            "ticket.resolved" => own.resolved += 1,
            "ticket.reopened" => own.reopened += 1,
            "ticket.closed" => own.closed += 1,
            _ => {}
        }
    }
    for queue in lives.values().filter_map(TicketLife::open_in) {
        counts.get_mut(queue).expect("it was counted there").backlog += 1;
    }
    counts
}
