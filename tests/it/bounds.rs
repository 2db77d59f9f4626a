//! Partitions of one process share its places, and a partition that goes gives them back.

use std::sync::Arc;

use contactpulse::budget::{Budget, Kind, Limits};
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::wire::{self, Decoded};

fn tell(shard: &mut Shard, number: usize, kind: &str, contact: &str, second: i64) {
    let time = 1_700_000_000_000 + second * 1_000;
    let line = format!(
        r#"{{"id":"e{number}","type":"contact.{kind}","time":{time},"contact_id":"{contact}","queue":"sales","agent":"ann"}}"#
    );
    let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
    shard.apply(&event, None);
}

#[test]
fn contacts_of_all_partitions_share_one_bound_until_a_partition_goes() {
    let budget = Budget::new(&Limits::default().with(Kind::Contact, 3));
    let rules = Arc::new(Rules::default());
    let (mut one, mut other) = (Shard::within(rules.clone(), &budget), Shard::within(rules, &budget));
    tell(&mut one, 1, "queued", "a", 0);
    tell(&mut one, 2, "queued", "b", 0);
    tell(&mut other, 3, "queued", "c", 0);
    tell(&mut other, 4, "queued", "d", 0);
    assert_eq!((one.contacts(), other.contacts()), (2, 1));
    assert_eq!(budget.overflowed().of(Kind::Contact), 1);
    tell(&mut other, 5, "answered", "c", 1);
    assert_eq!(budget.overflowed().of(Kind::Contact), 1, "who is in goes on");
    drop(one);
    tell(&mut other, 6, "queued", "d", 2);
    assert_eq!((other.contacts(), budget.taken(Kind::Contact)), (2, 2));
}

#[test]
fn a_contact_that_is_over_gives_its_place_back_and_its_key_takes_one() {
    let budget = Budget::new(&Limits::default());
    let mut shard = Shard::within(Arc::new(Rules::default()), &budget);
    tell(&mut shard, 1, "queued", "a", 0);
    tell(&mut shard, 2, "abandoned", "a", 5);
    tell(&mut shard, 3, "queued", "b", 200);
    shard.settle(shard.watermark().unwrap());
    assert_eq!((budget.taken(Kind::Contact), budget.taken(Kind::Closed)), (1, 1));
    drop(shard);
    assert_eq!((budget.taken(Kind::Contact), budget.taken(Kind::Closed)), (0, 0));
}
