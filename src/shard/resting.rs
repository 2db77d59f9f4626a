//! What rests, as bytes in large pieces of memory.
//!
//! **Why.** A resolved ticket is remembered for weeks, since it may be reopened or asked about; so most of the tickets of a service rest. As
//! bytes they take half the room of one that is at work, and whoever looks at all that is open passes them by.
//!
//! **Why chunks.** A box for each would be allocated and freed for each ticket. What comes to rest at one time is forgotten at one time, so
//! chunks become empty as a whole, and are filled again.
//!
//! **Invariant.** A chunk is empty, or something in it is live, or it is the one that is filled.

use serde::Serialize;

/// Bytes of a chunk; more than 16 bits do not find.
const CHUNK_BYTES: usize = 1 << 16;
/// What is longer takes more room than it is worth.
const BYTES_MAX: usize = 1 << 10;
/// Empty chunks whose memory is kept.
const EMPTY_KEPT: usize = 1;

/// Bytes, of which each part is found by its spot.
#[derive(Debug, Default)]
pub(super) struct Resting {
    chunks: Vec<Chunk>,
    empty: Vec<u32>,
    filled: Option<u32>,
    scratch: Vec<u8>,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    live: u32, // parts
}

/// Where a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    chunk: u32,
    begin: u16,
    bytes: u16,
}

impl Resting {
    /// Puts something down. `None`: it is unusually large, and better kept as it is.
    pub fn put(&mut self, what: &impl Serialize) -> Option<Spot> {
        self.scratch.resize(BYTES_MAX, 0);
        let bytes = postcard::to_slice(what, &mut self.scratch).ok()?.len();
        let number = self.chunk_with_room(bytes);
        let chunk = &mut self.chunks[number as usize];
        let begin = chunk.bytes.len() as u16; // room is less than that
        chunk.bytes.extend_from_slice(&self.scratch[..bytes]);
        chunk.live += 1;
        Some(Spot { chunk: number, begin, bytes: bytes as u16 })
    }

    /// What is in a spot.
    pub fn bytes(&self, Spot { chunk, begin, bytes }: Spot) -> &[u8] {
        let begin = usize::from(begin);
        &self.chunks[chunk as usize].bytes[begin..begin + usize::from(bytes)]
    }

    /// Gives a spot back.
    pub fn free(&mut self, spot: Spot) {
        let chunk = &mut self.chunks[spot.chunk as usize];
        chunk.live -= 1;
        if chunk.live == 0 {
            chunk.bytes.clear();
            if self.filled != Some(spot.chunk) {
                if self.empty.len() >= EMPTY_KEPT {
                    chunk.bytes = Vec::new();
                }
                self.empty.push(spot.chunk);
            }
        }
    }

    fn chunk_with_room(&mut self, bytes: usize) -> u32 {
        if let Some(filled) = self.filled.filter(|own| self.chunks[*own as usize].bytes.len() + bytes <= CHUNK_BYTES) {
            return filled;
        }
        // The last one that became empty may have no memory, the first has.
        let number = if self.empty.is_empty() { None } else { Some(self.empty.swap_remove(0)) };
        let number = number.unwrap_or_else(|| {
            self.chunks.push(Chunk::default());
            u32::try_from(self.chunks.len() - 1).expect("limits are far below 2^32")
        });
        self.chunks[number as usize].bytes.reserve_exact(CHUNK_BYTES);
        self.filled = Some(number);
        number
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_down_is_there_until_it_is_given_back(
            deeds in proptest::collection::vec((0..4_u8, 0..1_100_usize, any::<u8>()), 1..1_500),
        ) {
            let (mut resting, mut map) = (Resting::default(), BTreeMap::<usize, (Spot, Vec<u8>)>::new());
            for (number, (kind, bytes, byte)) in deeds.into_iter().enumerate() {
                let oldest = map.keys().next().copied().filter(|_| kind == 0 || map.len() > 200);
                if let Some(oldest) = oldest {
                    let (spot, held) = map.remove(&oldest).expect("it is there");
                    prop_assert_eq!(postcard::from_bytes::<Vec<u8>>(resting.bytes(spot)).unwrap(), held);
                    resting.free(spot);
                }
                let what = vec![byte; bytes];
                match resting.put(&what) {
                    Some(spot) => drop(map.insert(number, (spot, what))),
                    None => prop_assert!(bytes + 2 > BYTES_MAX),
                }
            }
            for (spot, held) in map.values() {
                prop_assert_eq!(&postcard::from_bytes::<Vec<u8>>(resting.bytes(*spot)).unwrap(), held);
            }
            let (live, used) = (map.len(), resting.chunks.iter().filter(|chunk| chunk.live > 0).count());
            prop_assert_eq!(resting.chunks.iter().map(|chunk| chunk.live as usize).sum::<usize>(), live);
            prop_assert!(resting.chunks.iter().filter(|chunk| chunk.bytes.capacity() > 0).count() <= used + 1 + EMPTY_KEPT);
        }
    }

    #[test]
    fn chunks_that_became_empty_are_filled_again() {
        let mut resting = Resting::default();
        for _ in 0..4 {
            let spots: Vec<Spot> = (0..1_000).filter_map(|_| resting.put(&vec![7_u8; 200])).collect();
            assert_eq!(spots.len(), 1_000);
            spots.into_iter().for_each(|spot| resting.free(spot));
        }
        assert!(resting.chunks.len() <= 5, "{}", resting.chunks.len());
    }
}
