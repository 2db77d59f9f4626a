//! The pages: metrics for Prometheus, probes for Kubernetes, the report for scripts, the queues for people.
//!
//! **Why a trait.** What is shown comes through [`Site`], so this module knows neither shards nor Kafka, and its tests run
//! against a site made of constants. The runtime implements it.
//!
//! **Why nothing is cached.** Every answer is the state at the moment of the question or later and is marked `no-store`: a
//! wallboard that shows a cached figure is worse than one that shows none. Who waits at the same time shares an answer.
//!
//! **Words.** *Site*: what there is to show. *Visitor*: one open connection. *Probe*: a yes or no, and why.
//!
//! **Invariant.** Whatever visitors do, they hold at most [`server::VISITORS_MAX`] connections, each for a bounded time, and at
//! most [`routes::AT_ONCE_MAX`] answers of a kind are made at a time; so a broken wallboard cannot take the memory or the
//! scrapes from the service.

mod body;
mod encoding;
mod filter;
mod flights;
pub mod routes;
pub mod server;
mod site;

pub use encoding::{Encoding, Sheet};
pub use server::serve;
pub use site::{Filter, Probe, ReportError, Site};
