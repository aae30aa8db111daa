//! The places of connections: who has one, who waits for one, and who makes room.
//!
//! While there is none, connections that have no request make room, those of the address with the most first. An
//! address that counts has half of the places at most.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::patience::Activity;

/// See [`Places::unused`].
const UNUSED: Duration = Duration::from_secs(2);
/// How often those that wait look for such a one.
const LOOK: Duration = Duration::from_millis(100);
/// How many wait for a place.
const WAITING: usize = 64;

/// All places.
pub struct Places {
    all: usize,
    /// While another waits for a place, a connection without a request for so long makes room.
    unused: Duration,
    held: Mutex<HeldPlaces>,
    /// A place may be free.
    change: Notify,
}

/// The place of a connection, until it is dropped.
pub struct ConnectionPlace {
    places: Arc<Places>,
    id: u64,
    /// What the connection is doing.
    pub activity: Arc<Activity>,
    /// The connection is to end.
    pub leave: CancellationToken,
}

/// A turn in the line for a place.
pub struct Turn {
    places: Arc<Places>,
    id: u64,
    peer: Option<IpNet>,
}

#[derive(Default)]
struct HeldPlaces {
    next: u64,
    connections: BTreeMap<u64, Connection>,
    /// How many of them count as which address.
    by: HashMap<IpNet, usize>,
    /// By the order in which they came.
    waiting: BTreeMap<u64, Option<IpNet>>,
}

struct Connection {
    peer: Option<IpNet>,
    activity: Arc<Activity>,
    leave: CancellationToken,
}

impl Places {
    /// So many.
    pub fn new(all: usize) -> Arc<Self> {
        Self::with(all, UNUSED)
    }

    fn with(all: usize, unused: Duration) -> Arc<Self> {
        Arc::new(Self {
            all: all.max(1),
            unused,
            held: Mutex::default(),
            change: Notify::new(),
        })
    }

    /// Puts a connection in the line; `peer` is what its address counts as, if it counts. None where the
    /// line is as long as may be, or half of it is of that address.
    pub fn line_up(self: &Arc<Self>, peer: Option<IpNet>) -> Option<Turn> {
        let mut held = self.held();
        let own = held.waiting.values().filter(|other| **other == peer);
        let is_own_full = peer.is_some() && own.count() >= WAITING / 2;
        if held.waiting.len() >= WAITING || is_own_full {
            return None;
        }
        let id = held.next;
        held.next += 1;
        held.waiting.insert(id, peer);
        drop(held);
        Some(Turn {
            places: Arc::clone(self),
            id,
            peer,
        })
    }

    /// Whether all are taken and connections wait for one.
    pub fn are_wanted(&self) -> bool {
        let held = self.held();
        held.connections.len() >= self.all && !held.waiting.is_empty()
    }

    /// How many connections have a place.
    pub fn taken(&self) -> usize {
        self.held().connections.len()
    }

    fn held(&self) -> MutexGuard<'_, HeldPlaces> {
        // No panic leaves it half changed.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many one address may have.
    fn share(&self) -> usize {
        (self.all / 2).max(1)
    }

    fn may_have_another(&self, held: &HeldPlaces, peer: Option<IpNet>) -> bool {
        peer.is_none() || held.of(peer) < self.share()
    }
}

impl HeldPlaces {
    /// How many have a place of those that count as `peer`; of those that do not count none, since they are not one.
    fn of(&self, peer: Option<IpNet>) -> usize {
        let held = peer.and_then(|peer| self.by.get(&peer));
        held.copied().unwrap_or(0)
    }

    fn enter(&mut self, id: u64, connection: Connection) {
        if let Some(peer) = connection.peer {
            *self.by.entry(peer).or_default() += 1;
        }
        self.connections.insert(id, connection);
    }

    fn leave(&mut self, id: u64) {
        let left = self.connections.remove(&id);
        let Some(peer) = left.and_then(|left| left.peer) else {
            return;
        };
        let of = self.by.entry(peer).or_default();
        *of = of.saturating_sub(1);
        if *of == 0 {
            self.by.remove(&peer);
        }
    }
}

impl Turn {
    /// The place, if one is free and nobody comes before: whose address has the fewest, and then who came first.
    pub fn take(&self) -> Option<ConnectionPlace> {
        let places = &self.places;
        let mut held = places.held();
        if held.connections.len() >= places.all {
            return None;
        }
        let waiting = held.waiting.iter().map(|(id, peer)| (*id, *peer));
        let may = waiting.filter(|(_, peer)| places.may_have_another(&held, *peer));
        let next = may.min_by_key(|(id, peer)| (held.of(*peer), *id));
        if next.is_none_or(|(id, _)| id != self.id) {
            return None;
        }
        held.waiting.remove(&self.id);
        let (activity, leave) = (Activity::new(), CancellationToken::new());
        let connection = Connection {
            peer: self.peer,
            activity: Arc::clone(&activity),
            leave: leave.clone(),
        };
        held.enter(self.id, connection);
        drop(held);
        // There may be one more.
        places.change.notify_waiters();
        Some(ConnectionPlace {
            places: Arc::clone(places),
            id: self.id,
            activity,
            leave,
        })
    }

    /// Waits for a place until then, and has connections that are not used make room.
    pub async fn wait(&self, until: Instant) -> Option<ConnectionPlace> {
        loop {
            let change = self.places.change.notified();
            if let Some(place) = self.take() {
                return Some(place);
            }
            let now = Instant::now();
            if now >= until {
                return None;
            }
            self.make_room();
            // It is as good as a change when the time is over: both are looked at.
            let _ = timeout_at(until.min(now + LOOK), change).await;
        }
    }

    /// Tells one connection to leave, unless as many leave already as wait. An address that has its part makes
    /// room by itself.
    fn make_room(&self) {
        let held = self.places.held();
        let own = (!self.places.may_have_another(&held, self.peer)).then_some(self.peer);
        let is_meant = |peer: Option<IpNet>| own.is_none_or(|own| own == peer);
        let meant = held
            .connections
            .iter()
            .filter(|(_, one)| is_meant(one.peer));
        // One that was asked something before it had left goes on.
        let is_unused = |one: &Connection| one.activity.unused_for().is_some();
        let leaving = meant.clone();
        let leaving = leaving.filter(|(_, one)| one.leave.is_cancelled() && is_unused(one));
        let waiting = held.waiting.values().filter(|peer| is_meant(**peer));
        if leaving.count() >= waiting.count() {
            return;
        }
        let unused = meant.filter_map(|(_, one)| {
            let unused = one.activity.unused_for()?;
            let may = unused >= self.places.unused && !one.leave.is_cancelled();
            may.then_some((held.of(one.peer), unused, one))
        });
        if let Some((_, _, one)) = unused.max_by_key(|(of, unused, _)| (*of, *unused)) {
            one.leave.cancel();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.places.held().waiting.remove(&self.id);
        self.places.change.notify_waiters();
    }
}

impl ConnectionPlace {
    /// All places, of which this is one.
    pub fn places(&self) -> &Places {
        &self.places
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.places.held().leave(self.id);
        self.places.change.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8) -> Option<IpNet> {
        format!("192.0.2.{number}/32").parse().ok()
    }

    fn places_of(all: usize) -> Arc<Places> {
        Places::with(all, Duration::from_millis(20))
    }

    fn enter(places: &Arc<Places>, peer: Option<IpNet>) -> Option<ConnectionPlace> {
        places.line_up(peer)?.take()
    }

    async fn waited(places: &Arc<Places>, peer: Option<IpNet>) -> Option<ConnectionPlace> {
        let turn = places.line_up(peer)?;
        turn.wait(Instant::now() + Duration::from_millis(500)).await
    }

    /// Ends a connection when it is told to.
    fn obey(place: ConnectionPlace) {
        tokio::spawn(async move {
            place.leave.cancelled().await;
            drop(place);
        });
    }

    #[tokio::test]
    async fn one_address_has_half_and_makes_room_by_itself() {
        let places = places_of(8);
        let first: Vec<_> = (0..4).map_while(|_| enter(&places, peer(1))).collect();
        assert_eq!(first.len(), 4);
        assert!(enter(&places, peer(1)).is_none(), "a fifth");
        let other = enter(&places, peer(2)).expect("a place");
        // All are asked something: the first address gets no other, whatever is free.
        let asked: Vec<_> = first.iter().map(|place| place.activity.ask()).collect();
        assert!(waited(&places, peer(1)).await.is_none());
        drop(asked);
        first.into_iter().for_each(obey);
        assert!(waited(&places, peer(1)).await.is_some());
        assert!(
            !other.leave.is_cancelled(),
            "it was another's turn to leave"
        );
    }

    #[tokio::test]
    async fn addresses_that_do_not_count_have_all() {
        let places = places_of(8);
        let all: Vec<_> = (0..8).map_while(|_| enter(&places, None)).collect();
        assert_eq!(all.len(), 8);
        assert!(enter(&places, None).is_none());
    }

    #[tokio::test]
    async fn the_address_with_the_most_makes_room_for_one_with_none() {
        let places = places_of(8);
        for number in [1, 1, 1, 1, 2, 3, 4] {
            let place = enter(&places, peer(number)).expect("a place");
            obey(place);
        }
        let asked = enter(&places, peer(5)).expect("a place");
        let _asking = asked.activity.ask();
        assert!(waited(&places, peer(6)).await.is_some());
        assert_eq!(places.held().of(peer(1)), 3);
        assert!(!asked.leave.is_cancelled());
    }

    #[tokio::test]
    async fn whose_address_has_fewest_comes_first() {
        let places = places_of(4);
        let held = enter(&places, peer(1)).expect("a place");
        let _others: Vec<_> = (2..5).map_while(|n| enter(&places, peer(n))).collect();
        let first = places.line_up(peer(2)).expect("a turn");
        let second = places.line_up(peer(6)).expect("a turn");
        assert!(first.take().is_none());
        drop(held);
        assert!(first.take().is_none(), "it has one already");
        assert!(second.take().is_some());
    }

    #[tokio::test]
    async fn the_line_has_an_end() {
        let places = places_of(1);
        let _held = enter(&places, None).expect("a place");
        let of_one: Vec<_> = (0..WAITING)
            .map_while(|_| places.line_up(peer(1)))
            .collect();
        assert_eq!(of_one.len(), WAITING / 2);
        let rest: Vec<_> = (0..WAITING).map_while(|_| places.line_up(None)).collect();
        assert_eq!(rest.len(), WAITING / 2);
        assert!(places.line_up(peer(2)).is_none());
        drop(rest);
        assert!(places.line_up(peer(2)).is_some());
    }
}
