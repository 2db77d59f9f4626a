//! What the contract's own words give, computed by hand: the recount must be right before it may judge.

mod alerts;
mod bulk;
mod callbacks;
mod chats;
mod legs;
mod service_level;
mod snapshots;
mod stays;
