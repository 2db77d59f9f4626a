//! `contactpulse validate`: is this config right, and what does it mean?

use super::{ConfigArgs, Failure};
use crate::config::ticked;

pub(super) fn run(args: &ConfigArgs) -> Result<(), Failure> {
    for line in ticked(&args.load()?) {
        println!("\u{2713} {line}");
    }
    Ok(())
}
