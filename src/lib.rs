//! ContactPulse: live contact-centre KPIs from a Kafka log of contact events. The modules, in reading order.

pub mod books;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contact;
pub mod counters;
pub mod event;
pub mod export;
pub mod http;
pub mod id;
pub mod kafka;
pub mod kpi;
pub mod limits;
pub mod lines;
pub mod measure;
pub mod replay;
pub mod report;
pub mod rules;
pub mod runtime;
pub mod shard;
pub mod simulate;
pub mod telemetry;
pub mod time;
pub mod view;
pub mod window;
pub mod wire;
