//! The bytes of queries in memory: how many there may be, of all together and of each who sends them.
//!
//! Bytes count from when they have come. Nobody waits for room while he holds some: two that did could wait
//! for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::failure::{Failure, Result};

/// Bodies of at most so many bytes may use what is kept free for them.
pub const SMALL: usize = 64 << 10;
/// What is kept free for small bodies is one of so many parts.
const RESERVE: usize = 8;
/// What a refused request is told to wait, seconds.
const RETRY_AFTER: u64 = 1;

/// Who holds bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A key, by its id.
    Key(String),
    /// An address, where no key is asked for.
    Address(IpNet),
}

/// The bytes of all queries in memory together.
#[derive(Debug)]
pub struct Budget(Arc<Ledger>);

/// A part of the budget; given back when it is dropped, so it stays with whatever was made of the
/// bytes.
#[derive(Debug)]
pub struct Share {
    ledger: Arc<Ledger>,
    holder: Option<Holder>,
    held: Bytes,
}

#[derive(Debug)]
struct Ledger {
    /// All there is.
    all: Bytes,
    /// Of one holder.
    each: Bytes,
    held: Mutex<HeldBytes>,
}

/// Bytes for bodies of any size, and of the reserve for small ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bytes {
    any: usize,
    small: usize,
}

#[derive(Debug, Default)]
struct HeldBytes {
    all: Bytes,
    // Of those alone who hold some.
    by: HashMap<Holder, Bytes>,
}

impl Budget {
    /// So many bytes together, an eighth of them for small bodies, or those of one body of `body` bytes
    /// beside that where they are more. One holder has at most half of each, or one body.
    pub fn new(bytes: usize, body: usize) -> Self {
        let small = (bytes / RESERVE).max(SMALL);
        let any = bytes.saturating_sub(small).max(body);
        let each = Bytes {
            any: (bytes / 2).clamp(body.min(any), any),
            small: small.div_ceil(2),
        };
        Self(Arc::new(Ledger {
            all: Bytes { any, small },
            each,
            held: Mutex::default(),
        }))
    }

    /// An empty share, of nobody in particular where no holder is named.
    pub fn share(&self, holder: Option<Holder>) -> Share {
        Share {
            ledger: Arc::clone(&self.0),
            holder,
            held: Bytes::default(),
        }
    }
}

impl Ledger {
    fn held(&self) -> MutexGuard<'_, HeldBytes> {
        // Each number is written whole; a panic elsewhere has not spoilt it.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Has it be of at least so many bytes; `is_small` where the whole body has no more than [`SMALL`].
    ///
    /// # Errors
    /// 429 where there are not so many; the share is as it was.
    pub fn grow(&mut self, bytes: usize, is_small: bool) -> Result<()> {
        let before = self.held;
        let missing = bytes.saturating_sub(before.any + before.small);
        let larger = Bytes {
            any: before.any + missing,
            ..before
        };
        let in_reserve = Bytes {
            small: before.small + missing,
            ..before
        };
        let moved = Bytes {
            any: bytes.max(before.any),
            small: 0,
        };
        let mut ledger = self.ledger.held();
        let fits =
            |after: &Bytes| ledger.has_room(&self.ledger, self.holder.as_ref(), before, *after);
        let after = match is_small {
            true => [larger, in_reserve].into_iter().find(fits),
            // It may have been small until now.
            false => Some(moved).filter(fits),
        };
        let Some(after) = after else {
            return Err(Failure::busy(FULL, RETRY_AFTER));
        };
        ledger.change(self.holder.as_ref(), before, after);
        drop(ledger);
        self.held = after;
        Ok(())
    }
}

const FULL: &str = "this server holds as many bytes of queries as it may, or as it may of one key or address: \
come again, or send fewer inputs at a time";

impl HeldBytes {
    /// Whether a holder may hold `after` instead of `before`.
    fn has_room(
        &self,
        ledger: &Ledger,
        holder: Option<&Holder>,
        before: Bytes,
        after: Bytes,
    ) -> bool {
        let within = |held: Bytes, most: Bytes| {
            // Who has more than there is, which a move to the reserve does not change, only may not add to it.
            let one = |held: usize, before: usize, after: usize, most: usize| {
                after <= before || held - before + after <= most
            };
            one(held.any, before.any, after.any, most.any)
                && one(held.small, before.small, after.small, most.small)
        };
        let own = holder.and_then(|holder| self.by.get(holder));
        within(self.all, ledger.all)
            && (holder.is_none() || within(own.copied().unwrap_or_default(), ledger.each))
    }

    fn change(&mut self, holder: Option<&Holder>, before: Bytes, after: Bytes) {
        let change = |held: &mut Bytes| {
            held.any = held.any - before.any + after.any;
            held.small = held.small - before.small + after.small;
        };
        change(&mut self.all);
        let Some(holder) = holder else { return };
        let own = self.by.entry(holder.clone()).or_default();
        change(own);
        if *own == Bytes::default() {
            self.by.remove(holder);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut ledger = self.ledger.held();
        ledger.change(self.holder.as_ref(), self.held, Bytes::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn key(id: &str) -> Option<Holder> {
        Some(Holder::Key(id.to_owned()))
    }

    #[test]
    fn shares_are_given_back_and_never_more_than_there_is() {
        let budget = Budget::new(16 * MIB, MIB);
        let mut first = budget.share(None);
        first.grow(8 * MIB, false).expect("room");
        first.grow(5 * MIB, false).expect("has it already");
        let mut second = budget.share(None);
        second.grow(6 * MIB, false).expect("room");
        second.grow(6 * MIB + 1, false).expect_err("no room");
        // What was refused is not held.
        drop(first);
        second.grow(14 * MIB, false).expect("room again");
        second.grow(14 * MIB + 1, false).expect_err("no room");
        drop(second);
        assert_eq!(budget.0.held().all, Bytes::default());
    }

    #[test]
    fn large_bodies_leave_room_for_small_ones() {
        let budget = Budget::new(16 * MIB, MIB);
        let mut large = budget.share(None);
        large.grow(14 * MIB, false).expect("room");
        let small: Vec<Share> = (0..32)
            .map(|_| {
                let mut share = budget.share(None);
                share.grow(1, true).expect("room");
                share.grow(SMALL, true).expect("room");
                share
            })
            .collect();
        budget.share(None).grow(1, true).expect_err("all is taken");
        drop(small);
        let mut grown = budget.share(None);
        grown.grow(SMALL, true).expect("room");
        grown
            .grow(SMALL + 1, false)
            .expect_err("it is small no more");
        drop(large);
        grown.grow(SMALL + 1, false).expect("room");
        assert_eq!(grown.held.small, 0);
    }

    #[test]
    fn one_key_holds_half_at_most() {
        let budget = Budget::new(128 * MIB, 32 * MIB);
        let bodies = |id: &str| {
            let mut held = Vec::new();
            loop {
                let mut share = budget.share(key(id));
                if share.grow(32 * MIB, false).is_err() {
                    return held;
                }
                held.push(share);
            }
        };
        let first = bodies("a");
        assert_eq!(first.len(), 2);
        let mut small = budget.share(key("a"));
        small.grow(SMALL, true).expect("the reserve");
        assert_eq!(bodies("b").len(), 1);
        drop(first);
        assert_eq!(bodies("b").len(), 2);
        drop(small);
        assert!(budget.0.held().by.is_empty(), "nobody is left");
    }

    #[test]
    fn one_body_always_has_room() {
        let budget = Budget::new(MIB, MIB);
        let mut share = budget.share(key("a"));
        share.grow(MIB, false).expect("room");
        let mut other = budget.share(key("b"));
        other.grow(SMALL + 1, false).expect_err("no room");
        other.grow(SMALL, true).expect("the reserve");
    }
}
