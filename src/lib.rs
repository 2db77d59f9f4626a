//! ContactPulse: live contact-centre KPIs from a Kafka log of contact events. The modules, in reading order.

pub mod event;
pub mod id;
pub mod limits;
pub mod measure;
pub mod rules;
pub mod time;
