//! Tickets: e-mails and cases, worked on over hours or weeks.

mod act;
mod life;

pub use act::{Act, Stage, Told, Traits};
pub use life::Life;

/// One ticket, with what may still be sorted.
pub type Ticket = crate::timeline::Subject<Life>;
