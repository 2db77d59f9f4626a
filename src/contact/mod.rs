//! Contacts: calls, chats, callbacks, served from a queue.

mod act;
mod leg;
mod life;

pub use act::{Act, Told};
pub use leg::{Leg, Phase};
pub use life::{Callback, Life, Stay};

/// One contact, with what may still be sorted.
pub type Contact = crate::timeline::Subject<Life>;
