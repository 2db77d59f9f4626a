//! How often memory is allocated: in the steady state, for no event by itself.
//!
//! A binary of its own, for all of it runs under an allocator that counts.

#[path = "../benches/load/mod.rs"]
#[allow(dead_code, reason = "a benchmark takes more of it")]
mod load;

use std::sync::Arc;

use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::time::Span;
use contactpulse::wire::{self, Decoded};
use load::{BEGINS, Load, Mix, Size};

/// Events of which one may allocate: a list that grows does so now and then, ever less often.
const EVENTS_AN_ALLOCATION: usize = 20;

fn fold(shard: &mut Shard, record: &[u8]) {
    let Ok(Decoded::Event(event)) = wire::decode(Some(record)) else { panic!("a load is of events") };
    shard.apply(&event, None);
}

fn check(mix: Mix) {
    let size = Size { queues: 20, agents: 100, open: 500, mix };
    let mut rules = Rules::default();
    rules.tickets.ttl = Span::from_seconds(600); // so that as many leave as come
    let mut shard = Shard::new(Arc::new(rules));
    let (mut load, mut record) = (Load::new(size, 7, BEGINS), Vec::new());
    for _ in 0..100_000 {
        load.next(&mut record);
        fold(&mut shard, &record); // what is kept has been in use by then
    }
    let events = 50_000;
    let (mut folded, mut made) = (0, 0);
    for _ in 0..events {
        made += allocation_counter::measure(|| {
            load.next(&mut record);
        })
        .count_total;
        folded += allocation_counter::measure(|| fold(&mut shard, &record)).count_total;
    }
    println!("{mix:?}: {folded} allocations in {events} events ({made} to make them)");
    assert!(made > 0, "allocations are counted");
    assert!(folded * (EVENTS_AN_ALLOCATION as u64) < events, "{folded} allocations in {events} events of {mix:?}");
}

#[test]
fn no_event_of_a_call_allocates() {
    check(Mix::Calls);
}

#[test]
fn no_event_of_a_ticket_allocates() {
    check(Mix::Tickets);
}
