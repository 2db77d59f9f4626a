//! The staff: agents with their queues and shifts, and who is free.
//!
//! **Words.** *Team*: the agents who serve the same queues. *At work*: on shift and not on a break. *Idle*: at work and without a
//! contact.
//!
//! **Invariant.** An agent stands in the idle line of the own team exactly while idle; a line is sorted by how long they are idle.

use std::collections::BTreeSet;

use super::Profile;
use super::inboxes::{self, INBOX_COUNT, INBOXES, InboxNo};
use super::plan::{DAY, HALF_HOURS, QUEUE_COUNT, QUEUES, QueueNo, needs, time_of_day};
use crate::time::{EventTime, Span};

/// An agent: `agent-001` is number 0.
pub type AgentNo = u32;

const MINUTE: i64 = 60_000;
const HALF_HOUR: i64 = 30 * MINUTE;
/// Full-time and part-time take turns; with one length alone, shifts would follow the curve of the day badly.
const SHIFTS: [Shift; 2] = [Shift { half_hours: 16, breaks: &BREAKS }, Shift { half_hours: 8, breaks: &[BREAKS[0]] }];
const BREAK: i64 = 20 * MINUTE;
/// When the first agent's breaks begin; those of others are up to [`STAGGER_MINUTES`] later, so that few are away at once.
const BREAKS: [i64; 3] = [30 * MINUTE, 180 * MINUTE, 330 * MINUTE];
/// A prime, so that a step of [`STAGGER_STEP`] visits every minute.
const STAGGER_MINUTES: u32 = 131;
const STAGGER_STEP: u32 = 81;
/// The half-hour at which rostering begins, the quietest of the day: what the last shifts cover beyond it is little too much.
const ROSTER_FROM: usize = 6;
/// Every so many agents of a queue serve a second one.
const SECOND_QUEUE_EVERY: usize = 3;
/// Each queue has two teams: those who serve it alone, and those who serve a second one.
const FLOOR_TEAMS: usize = 2 * QUEUE_COUNT;
/// Each inbox has one team, which serves nothing else.
const TEAMS: usize = FLOOR_TEAMS + INBOX_COUNT;

/// All agents.
#[derive(Debug)]
pub struct Staff {
    agents: Vec<Agent>,
    idle: [BTreeSet<(EventTime, AgentNo)>; TEAMS],
}

#[derive(Debug)]
struct Agent {
    team: usize,
    hours: Hours,
    stagger: Span, // in [0, STAGGER_MINUTES)
    state: State,
}

/// A kind of shift; breaks begin so many milliseconds into it.
#[derive(Clone, Copy, Debug)]
struct Shift {
    half_hours: usize,
    breaks: &'static [i64],
}

/// When an agent works, every day.
#[derive(Clone, Copy, Debug)]
struct Hours {
    first: usize, // half-hour of the day, in [0, HALF_HOURS)
    shift: Shift,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Away,
    Idle { since: EventTime },
    Busy,
}

impl Staff {
    /// Agents enough for the planned occupancy at this rate (contacts per second on the average of a day); all are away.
    pub fn hire(rate: f64, profile: Profile) -> Self {
        let mut staff = Self { agents: Vec::new(), idle: Default::default() };
        for queue in 0..QUEUE_COUNT {
            let hours = roster(&needs(queue, rate, profile, part_at_work()));
            for (nth, hours) in hours.into_iter().enumerate() {
                staff.hire_one(2 * queue + usize::from(nth.is_multiple_of(SECOND_QUEUE_EVERY)), hours);
            }
        }
        for inbox in 0..INBOX_COUNT {
            let hours = roster(&inboxes::needs(inbox, rate, profile, part_at_work()));
            hours.into_iter().for_each(|hours| staff.hire_one(FLOOR_TEAMS + inbox, hours));
        }
        staff
    }

    fn hire_one(&mut self, team: usize, hours: Hours) {
        let number = self.agents.len() as u32;
        let minutes = number.wrapping_mul(STAGGER_STEP) % STAGGER_MINUTES;
        let stagger = Span::from_millis(i64::from(minutes) * MINUTE);
        self.agents.push(Agent { team, hours, stagger, state: State::Away });
    }

    /// Every agent.
    pub fn everybody(&self) -> std::ops::Range<AgentNo> {
        0..self.agents.len() as AgentNo
    }

    /// The inbox that an agent works on; none of who serves the floor.
    pub fn inbox(&self, agent: AgentNo) -> Option<InboxNo> {
        self.agents[agent as usize].team.checked_sub(FLOOR_TEAMS)
    }

    /// The names of all that an agent works for.
    pub fn places(&self, agent: AgentNo) -> Vec<&'static str> {
        let inbox = self.inbox(agent).map(|inbox| INBOXES[inbox].name);
        self.queues(agent).map(|queue| QUEUES[queue].name).chain(inbox).collect()
    }

    /// The queues of the floor that an agent serves.
    pub fn queues(&self, agent: AgentNo) -> impl Iterator<Item = QueueNo> + use<> {
        queues_of(self.agents[agent as usize].team)
    }

    /// When the agent next comes or goes, as the shift says.
    pub fn next_change(&self, agent: AgentNo, now: EventTime) -> EventTime {
        now + self.agents[agent as usize].timetable(now).1
    }

    /// Whether the agent should be at work.
    pub fn on_duty(&self, agent: AgentNo, now: EventTime) -> bool {
        self.agents[agent as usize].timetable(now).0
    }

    /// Which break of the shift it is, counted from 0, of an agent who is not on duty; none after the shift.
    pub fn pause(&self, agent: AgentNo, now: EventTime) -> Option<usize> {
        let Agent { hours, stagger, .. } = &self.agents[agent as usize];
        let into = hours.ms_into(now);
        let begun = hours.shift.breaks.iter().filter(|pause| *pause + stagger.as_millis() <= into).count();
        (into < hours.shift.length()).then(|| begun.saturating_sub(1))
    }

    /// Whether the agent has a contact.
    pub fn is_busy(&self, agent: AgentNo) -> bool {
        self.agents[agent as usize].state == State::Busy
    }

    /// The agent is idle from now on, unless that is so already.
    pub fn rest(&mut self, agent: AgentNo, now: EventTime) {
        let Agent { team, state, .. } = &mut self.agents[agent as usize];
        if !matches!(state, State::Idle { .. }) {
            *state = State::Idle { since: now };
            self.idle[*team].insert((now, agent));
        }
    }

    /// The agent leaves for a break or home.
    pub fn leave(&mut self, agent: AgentNo) {
        self.change(agent, State::Away);
    }

    /// The agent has a contact from now on.
    pub fn engage(&mut self, agent: AgentNo) {
        self.change(agent, State::Busy);
    }

    fn change(&mut self, agent: AgentNo, to: State) {
        let Agent { team, state, .. } = &mut self.agents[agent as usize];
        if let State::Idle { since } = std::mem::replace(state, to) {
            self.idle[*team].remove(&(since, agent));
        }
    }

    /// Of those who work on this inbox, the agent who is idle longest.
    pub fn idle_at(&self, inbox: InboxNo) -> Option<AgentNo> {
        self.idle[FLOOR_TEAMS + inbox].first().map(|(_, agent)| *agent)
    }

    /// Of those who serve this queue, the agent who is idle longest.
    pub fn idle_longest(&self, queue: QueueNo) -> Option<AgentNo> {
        let serving = (0..FLOOR_TEAMS).filter(|team| queues_of(*team).any(|served| served == queue));
        serving.filter_map(|team| self.idle[team].first()).min().map(|(_, agent)| *agent)
    }
}

/// None of a team that works on an inbox.
fn queues_of(team: usize) -> impl Iterator<Item = QueueNo> + use<> {
    let first = Some(team / 2).filter(|_| team < FLOOR_TEAMS);
    let second = first.map(|first| QUEUES[first].second).filter(|second| team % 2 == 1 && Some(*second) != first);
    first.into_iter().chain(second)
}

/// The part of all shifts that is no break.
fn part_at_work() -> f64 {
    let length: i64 = SHIFTS.iter().map(Shift::length).sum();
    let breaks: i64 = SHIFTS.iter().map(|shift| shift.breaks.len() as i64 * BREAK).sum();
    1.0 - breaks as f64 / length as f64
}

/// Shifts that cover what each half-hour needs, around the clock: where somebody is missing, a shift begins; those that the shifts
/// reaching over from the day's end make needless are taken out again.
fn roster(needs: &[usize; HALF_HOURS]) -> Vec<Hours> {
    let mut covered = [0; HALF_HOURS];
    let mut roster = Vec::new();
    for half_hour in (ROSTER_FROM..ROSTER_FROM + HALF_HOURS).map(|h| h % HALF_HOURS) {
        while covered[half_hour] < needs[half_hour] {
            let shift = SHIFTS[roster.len() % SHIFTS.len()];
            let hours = Hours { first: half_hour, shift };
            hours.half_hours().for_each(|worked| covered[worked] += 1);
            roster.push(hours);
        }
    }
    roster.retain(|hours| {
        let needless = hours.half_hours().all(|worked| covered[worked] > needs[worked]);
        hours.half_hours().for_each(|worked| covered[worked] -= usize::from(needless));
        !needless
    });
    roster
}

impl Hours {
    fn half_hours(self) -> impl Iterator<Item = usize> {
        (self.first..self.first + self.shift.half_hours).map(|half_hour| half_hour % HALF_HOURS)
    }

    /// Milliseconds since the shift last began, in [0, a day).
    fn ms_into(self, now: EventTime) -> i64 {
        (time_of_day(now).as_millis() - self.first as i64 * HALF_HOUR).rem_euclid(DAY.as_millis())
    }
}

impl Shift {
    const fn length(&self) -> i64 {
        self.half_hours as i64 * HALF_HOUR
    }
}

impl Agent {
    /// Whether the agent should be at work, and for how long that stays so.
    fn timetable(&self, now: EventTime) -> (bool, Span) {
        let (shift, into) = (self.hours.shift, self.hours.ms_into(now));
        let pauses = shift.breaks.iter().map(|at| at + self.stagger.as_millis()).flat_map(|at| [at, at + BREAK]);
        let mut edges = pauses.chain([shift.length(), DAY.as_millis()]).enumerate();
        let (nth, edge) = edges.find(|(_, edge)| into < *edge).expect("a time of day is less than a day");
        (nth.is_multiple_of(2), Span::from_millis(edge - into))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> EventTime {
        EventTime::from_millis(minute * MINUTE)
    }

    #[test]
    fn rosters_cover_every_half_hour_with_few_to_spare() {
        for profile in [Profile::Day, Profile::Flat] {
            let need = needs(0, 3.0, profile, part_at_work());
            let roster = roster(&need);
            let on_shift = |half_hour: usize| {
                let into = |hours: &Hours| (half_hour + HALF_HOURS - hours.first) % HALF_HOURS;
                roster.iter().filter(|hours| into(hours) < hours.shift.half_hours).count()
            };
            assert!((0..48).all(|half_hour| on_shift(half_hour) >= need[half_hour]));
            let (covered, needed) = ((0..48).map(on_shift).sum::<usize>(), need.iter().sum::<usize>());
            assert!(covered * 100 < needed * 108, "{covered} for {needed}");
        }
    }

    #[test]
    fn agents_work_their_shift_without_its_breaks_around_midnight_too() {
        let span = |minutes| Span::from_millis(minutes * MINUTE);
        for (first, stagger, shift, worked) in [(0, 0, 0, 420), (40, 130, 0, 420), (47, 77, 0, 420), (47, 130, 1, 220)]
        {
            let hours = Hours { first, shift: SHIFTS[shift] };
            let agent = Agent { team: 0, hours, stagger: span(stagger), state: State::Away };
            assert_eq!((0..1_440).filter(|minute| agent.timetable(at(*minute)).0).count(), worked, "{hours:?}");
            assert_eq!(agent.timetable(at(30 * first as i64)), (true, span(30 + stagger)));
        }
    }

    #[test]
    fn the_agent_who_is_idle_longest_comes_first_and_leaves_the_line_when_engaged_or_away() {
        let mut staff = Staff::hire(0.1, Profile::Flat);
        let serving: Vec<AgentNo> = staff.everybody().filter(|a| staff.queues(*a).any(|queue| queue == 0)).collect();
        staff.rest(serving[2], at(1));
        staff.rest(serving[0], at(2));
        staff.rest(serving[1], at(3));
        staff.rest(serving[2], at(4));
        assert_eq!(staff.idle_longest(0), Some(serving[2]), "resting again does not restart the clock");
        staff.engage(serving[2]);
        assert_eq!(staff.idle_longest(0), Some(serving[0]));
        staff.leave(serving[0]);
        staff.engage(serving[1]);
        assert_eq!(staff.idle_longest(0), None);
    }

    #[test]
    fn every_queue_has_agents_of_its_own_and_some_serve_two() {
        let staff = Staff::hire(0.1, Profile::Flat);
        let skills: Vec<Vec<QueueNo>> = staff.everybody().map(|agent| staff.queues(agent).collect()).collect();
        assert!((0..QUEUE_COUNT).all(|queue| skills.contains(&vec![queue])));
        assert!(skills.iter().any(|queues| queues.len() == 2));
    }
}
