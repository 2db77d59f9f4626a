//! A body of some pieces that are ready, sent without being copied into one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Pieces of a body, in order.
#[derive(Debug)]
pub(super) struct Parts {
    left: std::vec::IntoIter<Bytes>,
}

impl Parts {
    pub(super) fn new(parts: Vec<Bytes>) -> Self {
        Self { left: parts.into_iter() }
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Poll::Ready(self.left.next().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.as_slice().iter().map(|part| part.len() as u64).sum())
    }
}
