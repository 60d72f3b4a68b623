//! Who asks without a token: one principal for all of them, and each address only so often.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::auth::principal::{ANYBODY, Principal};

/// Addresses that are remembered; with more of them at once, those that are new share one count.
const ADDRESSES_MAX: usize = 10_000;

/// Admits those who ask without a token.
pub struct Anonymous {
    principal: Arc<Principal>,
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    clock: DefaultClock,
    proxies: Vec<IpAddr>,
}

impl Anonymous {
    /// Admits each address so many times a minute, to ask about the county of `tenant`. What a proxy of ours says of
    /// whom it asks for is believed.
    pub fn new(tenant: &str, per_minute: NonZeroU32, proxies: Vec<IpAddr>) -> Self {
        let clock = DefaultClock::default();
        let principal = Principal {
            id: Arc::from("anonymous"),
            tenant: Arc::from(tenant),
            division: Arc::from(tenant),
            roles: vec![Arc::from(ANYBODY)],
            person: None,
            job_types: Vec::new(),
            expires_at: u64::MAX,
        };
        Self {
            principal: Arc::new(principal),
            limiter: RateLimiter::new(
                Quota::per_minute(per_minute),
                HashMapStateStore::default(),
                clock.clone(),
            ),
            clock,
            proxies,
        }
    }

    /// The principal of a request from `peer`, whose proxies say it comes from `forwarded` (`X-Forwarded-For`); else
    /// how long it has to wait.
    pub(crate) fn admit(
        &self,
        peer: Option<IpAddr>,
        forwarded: Option<&str>,
    ) -> Result<Arc<Principal>, Duration> {
        let address = peer.map(|it| self.behind_proxies(it, forwarded));
        let key = self.key(address.map_or(UNKNOWN, network_of));
        self.limiter
            .check_key(&key)
            .map(|()| self.principal.clone())
            .map_err(|it| it.wait_time_from(self.clock.now()))
    }

    /// The last address of the chain that is none of our proxies.
    fn behind_proxies(&self, peer: IpAddr, forwarded: Option<&str>) -> IpAddr {
        let mut address = peer;
        let chain = forwarded.unwrap_or_default().rsplit(',');
        for before in chain.map(|it| it.trim().parse::<IpAddr>()) {
            match before {
                Ok(before) if self.proxies.contains(&address) => address = before,
                _ => break,
            }
        }
        address
    }

    /// The count of an address. Memory stays bounded however many there are.
    fn key(&self, address: IpAddr) -> IpAddr {
        if self.limiter.len() >= ADDRESSES_MAX {
            self.limiter.retain_recent();
        }
        if self.limiter.len() >= ADDRESSES_MAX {
            return UNKNOWN;
        }
        address
    }
}

/// The count of those who have none of their own.
const UNKNOWN: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Whoever has an IPv6 address has all of its network.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(it) => IpAddr::V4(it),
        IpAddr::V6(it) => {
            let [a, b, c, d, ..] = it.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_a_minute(proxies: &[&str]) -> Anonymous {
        let proxies = proxies.iter().map(|it| it.parse().unwrap()).collect();
        Anonymous::new("150627", NonZeroU32::new(3).unwrap(), proxies)
    }

    fn n_admitted(anonymous: &Anonymous, peers: &[&str], forwarded: Option<&str>) -> usize {
        let peers = peers.iter().map(|it| it.parse().ok());
        peers
            .filter(|it| anonymous.admit(*it, forwarded).is_ok())
            .count()
    }

    #[test]
    fn each_address_has_its_own_count() {
        let anonymous = three_a_minute(&[]);
        assert_eq!(n_admitted(&anonymous, &["10.0.0.1"; 5], None), 3);
        assert_eq!(n_admitted(&anonymous, &["10.0.0.2"; 2], None), 2);
        let wait = anonymous.admit("10.0.0.1".parse().ok(), None).unwrap_err();
        assert!(wait <= Duration::from_secs(20), "{wait:?}");
    }

    #[test]
    fn a_network_of_ipv6_has_one_count() {
        let anonymous = three_a_minute(&[]);
        let peers = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"];
        assert_eq!(n_admitted(&anonymous, &peers, None), 3);
        assert_eq!(n_admitted(&anonymous, &["::ffff:10.0.0.1"; 2], None), 2);
        assert_eq!(n_admitted(&anonymous, &["10.0.0.1"; 2], None), 1);
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let anonymous = three_a_minute(&["10.0.0.9"]);
        let said = Some("192.0.2.7, 198.51.100.1");
        assert_eq!(n_admitted(&anonymous, &["10.0.0.9"; 3], said), 3);
        assert_eq!(n_admitted(&anonymous, &["198.51.100.1"], None), 0);
        assert_eq!(n_admitted(&anonymous, &["192.0.2.7"], None), 1);
        // Whoever is none of them may say what he likes.
        assert_eq!(n_admitted(&anonymous, &["203.0.113.5"; 4], said), 3);
    }

    #[test]
    fn memory_stays_bounded() {
        let anonymous = three_a_minute(&[]);
        for n in 0..u32::try_from(2 * ADDRESSES_MAX).unwrap() {
            let address = IpAddr::V4(std::net::Ipv4Addr::from(n));
            let _ = anonymous.admit(Some(address), None);
        }
        assert!(anonymous.limiter.len() <= ADDRESSES_MAX + 1);
    }
}
