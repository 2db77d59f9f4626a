//! Why the consumer thread gave up. What heals by itself (a broker that is away, a failed commit) is told in [`super::Health`]
//! instead, and the thread goes on.

use std::io;

use rdkafka::error::KafkaError;

/// Why the consumer thread ended.
#[derive(Debug, thiserror::Error)]
pub enum KafkaFailure {
    /// librdkafka does not know or accept a property.
    #[error("kafka property `{property}`: {reason}")]
    Property {
        /// Its name. Values are never shown: they may be secret.
        property: String,
        /// What librdkafka says.
        reason: String,
    },
    /// The client could not be made of the settings.
    #[error("kafka client cannot be made: {0}")]
    Client(String),
    /// A broker answered, and it does not have these topics.
    #[error("kafka topic not found: {} (brokers {brokers})", topics.join(", "))]
    MissingTopics {
        /// Their names.
        topics: Vec<String>,
        /// Who was asked.
        brokers: String,
    },
    /// The broker does not let us in, and never did since the start.
    #[error("kafka refuses access: {0}")]
    Refused(String),
    /// librdkafka says that this client cannot go on.
    #[error("kafka client failed for good: {0}")]
    Fatal(String),
    /// The operating system gave us no thread.
    #[error("cannot start the kafka thread: {0}")]
    Thread(#[from] io::Error),
}

impl KafkaFailure {
    /// A short word of a closed set, fit for a label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Property { .. } => "property",
            Self::Client(_) => "client",
            Self::MissingTopics { .. } => "missing_topics",
            Self::Refused(_) => "refused",
            Self::Fatal(_) => "fatal",
            Self::Thread(_) => "thread",
        }
    }

    /// The failure to make a client.
    pub(super) fn creating(error: KafkaError) -> Self {
        match error {
            KafkaError::ClientConfig(_, reason, property, _) => Self::Property { property, reason },
            other => Self::Client(other.to_string()),
        }
    }
}
