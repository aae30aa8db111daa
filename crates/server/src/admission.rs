//! How much is worked on at once, how many requests may wait for it, and who comes next.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::caller::Caller;
use crate::failure::{Failure, Result};

/// What a refused request is told to wait, seconds.
const RETRY_AFTER: u64 = 1;

/// A gate before work: so many at work, so many waiting, the rest refused at once. Where callers
/// have keys, no key has all the places nor more than half of those that wait; who has the fewest
/// places comes next, and of these who came first.
#[derive(Clone)]
pub struct Admission {
    gate: Arc<Gate>,
}

struct Gate {
    state: Mutex<GateState>,
    /// Places that one key may have.
    most_of_key: usize,
    most_waiting: usize,
}

struct GateState {
    free: usize,
    /// Places by key, of keys that have one.
    places: HashMap<String, usize>,
    /// Who waits, in the order in which they came.
    queue: VecDeque<Waiting>,
}

struct Waiting {
    key: Option<String>,
    admit: oneshot::Sender<Admitted>,
}

/// A place at work. It goes with the work, not with the request, whose client may leave before the
/// work has ended.
pub struct Admitted {
    gate: Arc<Gate>,
    key: Option<String>,
    is_taken: bool,
}

impl Admission {
    /// `at_once` pieces of work, and `most_waiting` requests before them.
    pub fn new(at_once: usize, most_waiting: usize) -> Self {
        let at_once = at_once.max(1);
        let state = GateState {
            free: at_once,
            places: HashMap::new(),
            queue: VecDeque::new(),
        };
        Self {
            gate: Arc::new(Gate {
                state: Mutex::new(state),
                most_of_key: (at_once - 1).max(1),
                most_waiting,
            }),
        }
    }

    /// Waits for a place. Who waits is sent away with the time limit of requests.
    ///
    /// # Errors
    /// 429 where too many wait already, in all or of this key.
    pub async fn enter(&self, caller: &Caller) -> Result<Admitted> {
        let (admit, mut admitted) = oneshot::channel();
        {
            let mut state = self.gate.state();
            // Those who left while they waited do not count.
            state.queue.retain(|waiting| !waiting.admit.is_closed());
            state.queue.push_back(Waiting {
                key: caller.key_id.clone(),
                admit,
            });
            self.gate.admit(&mut state);
            if let Ok(place) = admitted.try_recv() {
                return Ok(place);
            }
            // It is the last of the queue now.
            let is_own =
                |waiting: &&Waiting| caller.key_id.is_some() && waiting.key == caller.key_id;
            let own = state.queue.iter().filter(is_own).count();
            let most_of_key = self.gate.most_waiting.div_ceil(2);
            if state.queue.len() > self.gate.most_waiting || own > most_of_key {
                state.queue.pop_back();
                return Err(Failure::busy(
                    "as many requests as this server takes are waiting already: come again",
                    RETRY_AFTER,
                ));
            }
        }
        admitted
            .await
            .map_err(|_| Failure::unavailable("the server is shutting down"))
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        let state = self.gate.state();
        let waits = |waiting: &&Waiting| !waiting.admit.is_closed();
        state.queue.iter().filter(waits).count()
    }
}

impl Gate {
    /// A panic elsewhere cannot leave it half-changed: its numbers change together, without a call.
    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the free places to those who wait.
    fn admit(self: &Arc<Self>, state: &mut GateState) {
        while state.free > 0 {
            let Some(next) = self.next(state) else {
                return;
            };
            let Some(Waiting { key, admit }) = state.queue.remove(next) else {
                return;
            };
            let place = Admitted {
                gate: Arc::clone(self),
                key: key.clone(),
                is_taken: true,
            };
            match admit.send(place) {
                Ok(()) => {
                    state.free -= 1;
                    if let Some(key) = key {
                        *state.places.entry(key).or_default() += 1;
                    }
                }
                // Who waited has left. The place was not taken, and nothing is to be given back.
                Err(mut place) => place.is_taken = false,
            }
        }
    }

    /// Who comes next among those that wait, by place in the queue.
    fn next(&self, state: &GateState) -> Option<usize> {
        let places = |waiting: &Waiting| {
            let key = waiting.key.as_ref();
            key.and_then(|key| state.places.get(key))
                .map_or(0, |own| *own)
        };
        let waiting = state.queue.iter().enumerate();
        waiting
            .map(|(at, waiting)| (places(waiting), at))
            .filter(|(places, _)| *places < self.most_of_key)
            .min()
            .map(|(_, at)| at)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if !self.is_taken {
            return;
        }
        let mut state = self.gate.state();
        state.free += 1;
        if let Some(key) = &self.key
            && let Some(places) = state.places.get_mut(key)
        {
            *places -= 1;
            if *places == 0 {
                state.places.remove(key);
            }
        }
        self.gate.admit(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn of(key: &str) -> Caller {
        Caller {
            key_id: Some(key.to_owned()),
        }
    }

    const NOBODY: Caller = Caller { key_id: None };

    async fn soon<T>(entering: impl Future<Output = Result<T>>) -> Option<Result<T>> {
        timeout(Duration::from_millis(50), entering).await.ok()
    }

    #[tokio::test]
    async fn a_key_never_has_all_places_and_another_comes_at_once() {
        let gate = Admission::new(2, 8);
        let _first = gate.enter(&of("a")).await.expect("a place");
        assert!(soon(gate.enter(&of("a"))).await.is_none(), "a second place");
        let _other = gate.enter(&of("b")).await.expect("a place");
        assert_eq!(gate.waiting(), 0);
    }

    #[tokio::test]
    async fn without_keys_all_places_are_taken_in_order() {
        let gate = Admission::new(2, 8);
        let first = gate.enter(&NOBODY).await.expect("a place");
        let _second = gate.enter(&NOBODY).await.expect("a place");
        let third = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(&NOBODY).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(gate.waiting(), 1);
        drop(first);
        third
            .await
            .expect("no panic")
            .expect("the place of the first");
    }

    #[tokio::test]
    async fn too_many_are_refused_and_a_key_waits_in_half_of_the_queue() {
        let gate = Admission::new(1, 4);
        let _held = gate.enter(&of("a")).await.expect("a place");
        let wait = |caller: Caller| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.enter(&caller).await.map(drop) })
        };
        let _waiting = [wait(of("a")), wait(of("a"))];
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(soon(gate.enter(&of("a"))).await.expect("at once").is_err());
        let _others = [wait(of("b")), wait(of("c"))];
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(soon(gate.enter(&of("d"))).await.expect("at once").is_err());
    }

    #[tokio::test]
    async fn who_leaves_while_waiting_takes_no_place() {
        let gate = Admission::new(1, 1);
        let held = gate.enter(&NOBODY).await.expect("a place");
        assert!(soon(gate.enter(&NOBODY)).await.is_none());
        // Its place in the queue is free again.
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(&NOBODY).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(held);
        waiting.await.expect("no panic").expect("a place");
        gate.enter(&NOBODY).await.expect("a place");
    }
}
