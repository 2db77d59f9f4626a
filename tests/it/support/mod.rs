//! The test kit: starts real parts on free loopback ports, each with a directory of its own, and ends them with the test.
//!
//! **Words.** *Part*: a program the tests run against. *Home*: the temporary directory of one part. *Patience*: how long a test waits
//! for a condition; far more than it takes, so that a slow machine makes tests slow and never red.

mod alertmanager;
mod broker;
mod data;
mod guard;
mod home;
mod http;
pub mod noise;
mod ports;
mod prometheus;
pub mod scrape;
mod service;
mod text_server;
pub mod tools;
mod topics;
mod wait;
mod webhook;

pub use alertmanager::Alertmanager;
pub use broker::KafkaBroker;
pub use data::shared_data;
pub use prometheus::Prometheus;
pub use service::{Service, contactpulse};
pub use text_server::text_server;
pub use wait::{PATIENCE, eventually};
pub use webhook::{Told, Webhook};
