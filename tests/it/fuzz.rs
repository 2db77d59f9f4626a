//! The properties of the fuzz targets, over mutations of good input: a short form of `make fuzz`, without a fuzzer.

#[path = "../../fuzz/properties.rs"]
mod properties;

use contactpulse::config::REFERENCE;

use crate::support::noise::{Dice, garbage};

const ROUNDS: u64 = 3_000;

/// Some bytes changed, taken out, doubled, or taken from another seed.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let seed = |dice: &mut Dice| &seeds[dice.roll(seeds.len() as u64) as usize];
    let mut bytes = seed(dice).clone();
    for _ in 0..=dice.roll(4) {
        let place = |dice: &mut Dice, bytes: &[u8]| dice.roll(bytes.len() as u64 + 1) as usize;
        let (a, b) = (place(dice, &bytes), place(dice, &bytes));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
        match dice.roll(5) {
            0 => bytes.get_mut(from).into_iter().for_each(|byte| *byte = dice.roll(256) as u8),
            1 => drop(bytes.drain(from..to)),
            2 => drop(bytes.splice(from..from, bytes[from..to].to_vec())),
            3 => bytes.insert(from, b"\"{}[],:\\\n0-9.e=#'"[dice.roll(16) as usize]),
            _ => {
                let other = seed(dice);
                let cut = place(dice, other);
                bytes.splice(from.., other[cut..].iter().copied());
            }
        }
    }
    bytes
}

fn hold(property: fn(&[u8]), seeds: &[Vec<u8>]) {
    seeds.iter().for_each(|seed| property(seed));
    for round in 0..ROUNDS {
        let bytes = mutated(seeds, &mut Dice::new(round));
        let outcome = std::panic::catch_unwind(|| property(&bytes));
        assert!(outcome.is_ok(), "round {round}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn any_lines_are_events_or_rejected_and_their_state_is_read_as_it_was_written() {
    let small = garbage().into_iter().filter(|line| line.len() < 1_000);
    let seeds: Vec<Vec<u8>> = small.chain([properties::EVENTS.as_bytes().to_vec()]).collect();
    hold(properties::event, &seeds);
}

#[test]
fn a_snapshot_with_other_bytes_is_an_error_or_what_it_was() {
    let seeds: Vec<Vec<u8>> = (0..40).map(|place: u8| vec![0, place, 255, 1, place, 128, 0, 200]).collect();
    hold(properties::snapshot, &seeds);
}

#[test]
fn any_text_is_a_config_or_refused_where_it_is_wrong() {
    let examples = ["simulated-centre.toml", "service-desk.toml"]
        .map(|name| std::fs::read(format!("{}/config/examples/{name}", env!("CARGO_MANIFEST_DIR"))));
    let sections = REFERENCE.split("\n\n").map(|section| section.as_bytes().to_vec());
    let seeds: Vec<Vec<u8>> = examples.into_iter().flatten().chain(sections).collect();
    hold(properties::config, &seeds);
}
