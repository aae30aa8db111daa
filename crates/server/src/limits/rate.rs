//! How many requests a minute a key may make; without keys, how many all may make together.

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::store::Key;

type Bucket<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// A limit and the bucket that keeps it.
type Limited<C> = (NonZeroU32, Arc<Bucket<C>>);

/// The limiter of a server. A minute's requests may come at once; after that they come back evenly.
#[derive(Debug)]
pub struct RateLimits<C: Clock = DefaultClock> {
    clock: C,
    /// Of a key without a limit of its own, and of all without keys; `None` for no limit.
    per_minute: Option<NonZeroU32>,
    // By key id; an empty text, which no key has, is everyone without one. Only keys that were
    // verified come here, so that there are no more entries than keys.
    buckets: Mutex<HashMap<String, Limited<C>>>,
}

/// Too many requests: when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// Whole seconds until a request is let through again, for `Retry-After`.
    pub retry_after_seconds: NonZeroU64,
}

impl RateLimits {
    /// With a limit for all that have none of their own; `None` for no limit.
    pub fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self::with_clock(per_minute, DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// As [`RateLimits::new`], by a clock of the caller's.
    pub fn with_clock(per_minute: Option<NonZeroU32>, clock: C) -> Self {
        Self {
            clock,
            per_minute,
            buckets: Mutex::default(),
        }
    }

    /// Counts a request of `key`; of anyone where there are no keys.
    ///
    /// # Errors
    /// [`TooMany`]; the request is then not counted.
    pub fn check(&self, key: Option<&Key>) -> Result<(), TooMany> {
        let own = key.and_then(|key| key.requests_per_minute);
        let Some(limit) = own.or(self.per_minute) else {
            return Ok(());
        };
        let bucket = self.bucket(key.map_or("", |key| &key.id), limit);
        bucket.check().map_err(|refused| TooMany {
            retry_after_seconds: whole_seconds(refused.wait_time_from(self.clock.now())),
        })
    }

    fn bucket(&self, id: &str, limit: NonZeroU32) -> Arc<Bucket<C>> {
        // Each entry is written whole; a panic elsewhere has not spoilt it.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        match buckets.get(id) {
            Some((of, bucket)) if *of == limit => bucket.clone(),
            _ => {
                let bucket =
                    RateLimiter::direct_with_clock(Quota::per_minute(limit), self.clock.clone());
                let bucket = Arc::new(bucket);
                buckets.insert(id.to_owned(), (limit, bucket.clone()));
                bucket
            }
        }
    }
}

/// Rounded up, so that who waits as told is let through; at least one.
fn whole_seconds(wait: Duration) -> NonZeroU64 {
    let up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    NonZeroU64::new(up).unwrap_or(NonZeroU64::MIN)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn key(id: &str, per_minute: Option<u32>) -> Key {
        Key {
            id: id.into(),
            name: id.into(),
            created_ms: 0,
            last_used_ms: None,
            revoked_ms: None,
            requests_per_minute: per_minute.and_then(NonZeroU32::new),
        }
    }

    fn limits(per_minute: u32) -> (RateLimits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let limits = RateLimits::with_clock(NonZeroU32::new(per_minute), clock.clone());
        (limits, clock)
    }

    fn let_through(limits: &RateLimits<FakeRelativeClock>, key: Option<&Key>) -> usize {
        (0..100).take_while(|_| limits.check(key).is_ok()).count()
    }

    #[test]
    fn who_waits_as_told_is_let_through() {
        let (limits, clock) = limits(6);
        assert_eq!(let_through(&limits, None), 6);
        let wait = limits.check(None).unwrap_err().retry_after_seconds.get();
        assert!((1..=10).contains(&wait), "{wait}");
        clock.advance(Duration::from_secs(wait));
        assert_eq!(let_through(&limits, None), 1);
    }

    #[test]
    fn keys_do_not_take_from_each_other() {
        let (limits, _) = limits(5);
        assert_eq!(let_through(&limits, Some(&key("a", None))), 5);
        assert_eq!(let_through(&limits, Some(&key("b", None))), 5);
        assert_eq!(let_through(&limits, None), 5);
    }

    #[test]
    fn a_keys_own_limit_counts_and_may_change() {
        let (limits, _) = limits(5);
        assert_eq!(let_through(&limits, Some(&key("a", Some(2)))), 2);
        assert_eq!(let_through(&limits, Some(&key("a", Some(3)))), 3);
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let limits = RateLimits::new(None);
        assert!((0..1000).all(|_| limits.check(None).is_ok()));
        assert!(limits.check(Some(&key("a", Some(1)))).is_ok());
        assert!(limits.check(Some(&key("a", Some(1)))).is_err());
    }
}
