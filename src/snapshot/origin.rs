//! Which log a state was folded from, as far as a broker tells.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// What tells a log from another with the same records. `None`: nobody told, so that nothing can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The topic that it is of.
    pub topic_id: Option<TopicId>,
    /// The epoch of the leader that wrote the last record of the state: a log that was cut off before it has another one there.
    pub leader_epoch: Option<i32>,
}

/// By what a topic is told from another that had its name before. Never zero, which stands for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TopicId(u128);

impl TopicId {
    /// The id with these bits; zero is none.
    pub fn of(bits: u128) -> Option<Self> {
        (bits != 0).then_some(Self(bits))
    }
}

/// As Kafka's tools write it: base64 in the form for addresses, without padding.
impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

impl FromStr for TopicId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.and_then(|bytes| Self::of(u128::from_be_bytes(bytes))).ok_or("not the id of a topic")
    }
}

impl From<TopicId> for String {
    fn from(id: TopicId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for TopicId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_kafkas_tools_write_it() {
        for (bits, text) in [
            (0x436f_6e74_6163_742d_7075_6c73_6500_0001, "Q29udGFjdC1wdWxzZQAAAQ"),
            (u128::MAX, "_____________________w"),
            (1, "AAAAAAAAAAAAAAAAAAAAAQ"),
        ] {
            let id = TopicId::of(bits).unwrap();
            assert_eq!((id.to_string().as_str(), text.parse()), (text, Ok(id)));
        }
    }

    #[test]
    fn what_is_no_id_is_not_read() {
        for text in
            ["", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "Q29udGFjdC1wdWxzZQ", "+AAAAAAAAAAAAAAAAAAAAQ"]
        {
            assert!(text.parse::<TopicId>().is_err(), "{text}");
        }
        assert_eq!(TopicId::of(0), None);
    }
}
