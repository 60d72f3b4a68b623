//! Divides the background work among the nodes on one database.
//!
//! Instances fall into buckets, and each node leases its part of them: nodes that would all look for
//! the same due timers would be in each other's way. A lease decides who takes work up, never whether
//! it may be done: each due item is a command that locks what it changes. On SQLite one node does all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tongban_store::database::lease::{Claim, Lease, Leases};
use tongban_store::dialect::Dialect;
use tongban_store::error::Error as StoreError;
use tongban_store::query::wait::{BUCKETS, Share};

use crate::executor::stop::chain;
use crate::service::StopSignal;
use crate::shared::Shared;

/// A node that is gone is missed after so long, and its work goes on.
const LEASE: Duration = Duration::from_millis(4_500);
const RENEW_PERIOD: Duration = Duration::from_millis(1_500);
/// Names of nodes that are gone are forgotten after so long.
const FORGET_AFTER_US: i64 = 3_600_000_000;

const BUCKET: &str = "bucket/";
const NODE: &str = "node/";

/// Leases this node's part, again and again, and lets go of it when it is told to stop.
pub(crate) async fn run(shared: Arc<Shared>, mut stop: StopSignal) {
    if shared.database.dialect() == Dialect::Sqlite {
        return;
    }
    let mut renewed = Instant::now();
    while !stop.is_stopping() {
        shared.health.beat("leases");
        match renew(&shared).await {
            Ok(()) => renewed = Instant::now(),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not renew the leases of this node; it is tried again");
                if renewed.elapsed() >= LEASE {
                    // Others have taken over by now.
                    shared.share.store(Arc::new(Share::Buckets(Vec::new())));
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RENEW_PERIOD) => {}
            () = stop.stopping() => {}
        }
    }
    if let Err(error) = release(&shared).await {
        tracing::warn!(error = %chain(&error), "could not let go of the leases of this node; they expire");
    }
}

/// One round: what is leased, what this node asks for, what it was granted.
pub(crate) async fn renew(shared: &Shared) -> Result<(), StoreError> {
    let read = shared.database.leases().await?;
    let plan = plan(&shared.node, &read);
    if !plan.forgotten.is_empty() {
        shared.database.forget_leases(&plan.forgotten).await?;
    }
    let granted = shared.database.claim_leases(&plan.claims).await?;
    let granted: Vec<i64> = granted
        .iter()
        .filter(|it| plan.kept.contains(*it))
        .filter_map(|it| it.strip_prefix(BUCKET)?.parse().ok())
        .collect();
    let share = Share::Buckets(granted);
    if **shared.share.load() != share {
        tracing::info!(node.id = %shared.node, ?share, "this node takes up another share of the background work");
        shared.share.store(Arc::new(share));
        shared.wakes.timers.notify_one();
        shared.wakes.continuations.notify_one();
        shared.job_queues.wake_connectors();
    }
    Ok(())
}

async fn release(shared: &Shared) -> Result<(), StoreError> {
    shared.share.store(Arc::new(Share::Buckets(Vec::new())));
    let read = shared.database.leases().await?;
    let own = read.leases.iter().filter(|it| it.holder == shared.node);
    let ended = own.map(|it| Claim {
        expires_at: read.now,
        ..it.clone()
    });
    let ended: Vec<Claim> = ended.collect();
    shared.database.claim_leases(&ended).await.map(drop)
}

/// What a node does in a round.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// In the order of their names.
    claims: Vec<Claim>,
    /// Names of the buckets among the claims that are to be this node's.
    kept: BTreeSet<Arc<str>>,
    /// Leases that nobody will want again.
    forgotten: Vec<Arc<str>>,
}

/// Each node keeps at most its part, lets go of what is beyond it, and takes what is free.
fn plan(node: &Arc<str>, read: &Leases) -> Plan {
    let until = read.now + i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    let find = |name: &str| read.leases.iter().find(|it| &*it.name == name);
    let nodes = read.leases.iter().filter(|it| it.name.starts_with(NODE));
    let others = nodes
        .clone()
        .filter(|it| it.expires_at > read.now && it.holder != *node);
    let n_nodes = i64::try_from(others.count()).unwrap_or(i64::MAX - 1) + 1;
    let part = usize::try_from((BUCKETS + n_nodes - 1) / n_nodes).unwrap_or(1);
    let gone = |it: &&Lease| it.expires_at < read.now - FORGET_AFTER_US && it.holder != *node;
    let forgotten = nodes.filter(gone).map(|it| it.name.clone()).collect();

    let names: Vec<Arc<str>> = (0..BUCKETS)
        .map(|it| Arc::from(format!("{BUCKET}{it:02}")))
        .collect();
    let is_own = |name: &&Arc<str>| {
        find(name).is_some_and(|it| it.holder == *node && it.expires_at > read.now)
    };
    let is_free = |name: &&Arc<str>| find(name).is_none_or(|it| it.expires_at <= read.now);
    let own: Vec<&Arc<str>> = names.iter().filter(is_own).collect();
    let n_kept = own.len().min(part);
    let taken = names.iter().filter(is_free).take(part - n_kept);
    let kept: BTreeSet<Arc<str>> = own[..n_kept]
        .iter()
        .copied()
        .chain(taken)
        .cloned()
        .collect();

    let presence = Arc::from(format!("{NODE}{node}"));
    let wanted = kept
        .iter()
        .chain([&presence])
        .map(|name| (name.clone(), until));
    let released = own[n_kept..].iter().map(|name| ((*name).clone(), read.now));
    let claim = |(name, expires_at): (Arc<str>, i64)| {
        let token = match find(&name) {
            Some(lease) if lease.holder == *node => lease.token,
            Some(lease) => lease.token + 1,
            None => 1,
        };
        Claim {
            name,
            holder: node.clone(),
            token,
            expires_at,
        }
    };
    let mut claims: Vec<Claim> = wanted.chain(released).map(claim).collect();
    claims.sort_by(|a, b| a.name.cmp(&b.name));
    Plan {
        claims,
        kept,
        forgotten,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A database with leases, and nodes that plan upon it one after the other.
    #[derive(Default)]
    struct World {
        now: i64,
        leases: BTreeMap<Arc<str>, Lease>,
    }

    impl World {
        fn read(&self) -> Leases {
            Leases {
                leases: self.leases.values().cloned().collect(),
                now: self.now,
            }
        }

        /// A round of a node; says how many buckets it has then.
        fn round(&mut self, node: &str) -> usize {
            let plan = plan(&Arc::from(node), &self.read());
            for name in &plan.forgotten {
                self.leases.remove(name);
            }
            for claim in plan.claims {
                let stored = self.leases.get(&claim.name);
                let is_granted = stored.is_none_or(|it| {
                    (it.token == claim.token && it.holder == claim.holder)
                        || it.token == claim.token - 1
                });
                assert!(is_granted, "nobody else has claimed in between");
                self.leases.insert(claim.name.clone(), claim);
            }
            plan.kept.len()
        }
    }

    #[test]
    fn one_node_takes_all_and_two_take_half_each() {
        let mut world = World::default();
        assert_eq!(world.round("a"), 16);
        assert_eq!(world.round("b"), 0, "everything is taken");
        assert_eq!(world.round("a"), 8, "the other is there, so half is let go");
        assert_eq!(world.round("b"), 8);
        assert_eq!(world.round("a"), 8);
    }

    #[test]
    fn the_work_of_a_node_that_is_gone_goes_on_when_its_leases_expire() {
        let mut world = World::default();
        world.round("a");
        world.round("b");
        world.round("a");
        world.round("b");
        world.now += 4_000_000;
        assert_eq!(world.round("b"), 8);
        world.now += 1_000_000;
        assert_eq!(world.round("b"), 16);
        let token = world.leases["bucket/00"].token;
        assert_eq!(token, 2, "a lease that changes hands gets a new token");
    }

    #[test]
    fn names_of_nodes_long_gone_are_forgotten() {
        let mut world = World::default();
        world.round("a");
        world.now += FORGET_AFTER_US + 10_000_000;
        world.round("b");
        assert!(!world.leases.contains_key("node/a"));
    }

    #[test]
    fn every_bucket_is_somebodys_however_many_nodes_there_are() {
        let mut world = World::default();
        let nodes = ["a", "b", "c", "d", "e"];
        for _ in 0..4 {
            world.now += 1_000_000;
            for node in nodes {
                world.round(node);
            }
        }
        let taken = world
            .leases
            .values()
            .filter(|it| it.name.starts_with(BUCKET));
        assert_eq!(taken.filter(|it| it.expires_at > world.now).count(), 16);
    }
}
