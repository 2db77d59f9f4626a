//! HTTP as the tests speak it.

use std::net::SocketAddr;
use std::time::Duration;

/// A status and a body.
pub struct Reply {
    pub status: u16,
    pub body: String,
}

const TIMEOUT: Duration = Duration::from_secs(30);
const BODY_BYTES_MAX: u64 = 256 << 20;

/// Asks for `path`, with parameters. Every status is a reply; an error is no reply at all.
pub fn get(server: SocketAddr, path: &str, parameters: &[(&str, &str)]) -> Result<Reply, ureq::Error> {
    let request = agent().get(format!("http://{server}{path}")).query_pairs(parameters.iter().copied());
    let mut response = request.call()?;
    let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_string()?;
    Ok(Reply { status: response.status().as_u16(), body })
}

/// Whether the server answers `path` with 200.
pub fn is_ok(server: SocketAddr, path: &str) -> bool {
    get(server, path, &[]).is_ok_and(|reply| reply.status == 200)
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).proxy(None);
    config.build().new_agent()
}
