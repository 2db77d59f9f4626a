//! Tests of the whole: one program, so that librdkafka is linked once and one broker serves them all. `make test` fetches the
//! real parts first.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]
#![expect(clippy::disallowed_methods, reason = "tests wait for the world")]

mod agents;
mod agents_served;
mod architecture;
mod backlog;
mod binary;
mod bounds;
mod commands;
mod config;
mod config_calendars;
mod config_queues;
mod config_targets;
mod counters;
mod crash;
mod demo;
mod deploy;
mod exposition;
mod flood;
mod fuzz;
mod helpdesk;
mod http;
mod http_site;
mod intervals;
mod kafka;
mod kafka_client;
mod kafka_cloud_events;
mod kpi_walk;
mod late;
mod late_tickets;
mod laws;
mod letters;
mod lost_events;
mod model;
mod mutants;
mod odd_lives;
mod outage;
mod page;
mod page_tickets;
mod program;
mod properties;
mod queue_open;
mod real_parts;
mod recovery;
mod replay_laws;
mod scenarios;
mod series;
mod shared_data;
mod simulated_centre;
mod snapshot_form;
mod snapshots;
mod support;
mod targets;
mod ticket_report;
mod ticket_snapshots;
