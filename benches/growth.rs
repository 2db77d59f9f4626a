//! What an event costs as a centre grows: `cargo bench --bench growth`.
//!
//! **How.** A shard folds a load until all its lives are open, and then so many events more, which are parsed before. A call lasts five
//! minutes however many there are. Times are of the CPU of this thread; several rounds over all sizes, and their median.

#[allow(dead_code, reason = "another benchmark takes more of it")]
mod load;

use std::sync::Arc;

use contactpulse::budget::{Budget, Kind, Limits};
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use load::{BEGINS, Load, Mix, Size, fold_more};

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SIZES: [Size; 7] = [
    Size { queues: 10, ..Size::LARGE },
    Size { queues: 100, ..Size::LARGE },
    Size::LARGE,
    Size { queues: 10_000, ..Size::LARGE },
    Size { open: 10_000, ..Size::LARGE },
    Size { open: 100_000, ..Size::LARGE },
    Size { open: 1_000_000, ..Size::LARGE },
];

fn main() {
    let rounds = number("ROUNDS", 3);
    let events = number("EVENTS", 500_000);
    let sizes: Vec<Size> = match std::env::var("OPEN") {
        Ok(_) => vec![Size { open: number("OPEN", 200_000), queues: number("QUEUES", 1_000), ..Size::LARGE }],
        Err(_) => SIZES.to_vec(),
    };
    println!("| queues | open contacts | calls: ns of CPU an event |\n|---|---|---|");
    for size in sizes {
        let mut costs: Vec<u128> = (0..rounds).map(|_| cost(size, events)).collect();
        costs.sort_unstable();
        println!(
            "| {} | {} | **{}** ({}–{}) |",
            size.queues,
            size.open,
            costs[rounds / 2],
            costs[0],
            costs[rounds - 1]
        );
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Nanoseconds of CPU that an event takes.
fn cost(size: Size, events: usize) -> u128 {
    let limits = Limits::default().with(Kind::Queue, size.queues + 1).with(Kind::Contact, size.open * 4);
    let mut shard = Shard::within(Arc::new(Rules::default()), &Budget::new(&limits));
    let mut load = Load::new(Size { mix: Mix::Calls, ..size }, 7, BEGINS);
    fold_more(&mut shard, &mut load, size.open * 4);
    let events = events.max(size.open * 2); // so that the table is swept
    fold_more(&mut shard, &mut load, events).as_nanos() / events as u128
}
