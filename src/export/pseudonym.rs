//! How agents are called outside of the program.
//!
//! **Why keyed.** A plain hash of a name is no secret: whoever has the staff list hashes it. With a key that only the config has, the
//! same agent has the same pseudonym at every instance and after every start, and nobody else can tell who it is.

use std::borrow::Cow;
use std::fmt;

use crate::id::OTHER;

/// How agents are called on `/metrics/agents` and in the report over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AgentNames {
    /// Not at all: there is nothing of single agents.
    #[default]
    Off,
    /// By their names.
    Real,
    /// By pseudonyms.
    Pseudonyms(Pseudonyms),
}

/// Gives pseudonyms.
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonyms {
    key: [u8; blake3::KEY_LEN],
}

/// What the key is for, so that the same words used elsewhere give another key.
const PURPOSE: &str = "contactpulse 2026 pseudonyms of agents";

/// 64 bits tell 50,000 agents apart; one chance in ten billion that two share them.
const DIGITS: usize = 16;

impl AgentNames {
    /// What an agent is called; `None`: it is not shown.
    pub fn of<'a>(&self, agent: &'a str) -> Option<Cow<'a, str>> {
        match self {
            Self::Off => None,
            Self::Pseudonyms(own) if agent != OTHER => Some(own.of(agent).into()),
            Self::Real | Self::Pseudonyms(_) => Some(agent.into()),
        }
    }
}

impl Pseudonyms {
    /// By a secret of at least 16 bytes, which the config sees to.
    pub fn new(secret: &str) -> Self {
        Self { key: blake3::derive_key(PURPOSE, secret.as_bytes()) }
    }

    fn of(&self, agent: &str) -> String {
        let mut digits = blake3::keyed_hash(&self.key, agent.as_bytes()).to_hex().to_string();
        digits.truncate(DIGITS);
        digits
    }
}

impl fmt::Debug for Pseudonyms {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(secret: &str) -> AgentNames {
        AgentNames::Pseudonyms(Pseudonyms::new(secret))
    }

    #[test]
    fn a_pseudonym_is_the_same_by_the_same_key_and_another_by_another() {
        let (one, other) = (names("0123456789abcdef"), names("fedcba9876543210"));
        let pseudonym = one.of("ann").unwrap();
        assert_eq!(pseudonym.len(), DIGITS);
        assert!(pseudonym.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(names("0123456789abcdef").of("ann").unwrap(), pseudonym);
        assert_ne!(other.of("ann").unwrap(), pseudonym);
        assert_ne!(one.of("bob").unwrap(), pseudonym);
    }

    #[test]
    fn those_past_the_bound_are_nobody_and_need_no_pseudonym() {
        assert_eq!(names("0123456789abcdef").of(OTHER).unwrap(), OTHER);
    }
}
