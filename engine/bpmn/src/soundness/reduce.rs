//! Structured parts of a net become single flows: what happens within them cannot go wrong, and
//! states are counted only for the rest.
//!
//! Each rule keeps whether a token can wait forever, whether two can meet, and what is reached.

use std::collections::{BTreeMap, BTreeSet};

use super::net::{Join, Net};
use crate::graph::ElementIdx;

/// The net without its sequences, its well-nested splits and joins, and its plain loops.
pub(super) fn reduce(mut net: Net) -> Net {
    loop {
        let mut changed = false;
        for position in 0..net.nodes.len() {
            if net.nodes[position].is_removed {
                continue;
            }
            changed |= sequence(&mut net, position);
            changed |= block(&mut net, position);
            changed |= plain_loop(&mut net, position);
        }
        if !changed {
            return compact(net);
        }
    }
}

/// Only the flows that are left, so that a state is small.
fn compact(mut net: Net) -> Net {
    let mut places = BTreeMap::new();
    let mut left = Vec::new();
    for (position, flow) in net.flows.into_iter().enumerate() {
        if !flow.is_removed {
            places.insert(position, left.len());
            left.push(flow);
        }
    }
    net.flows = left;
    for node in net.nodes.iter_mut().filter(|it| !it.is_removed) {
        let lists = std::iter::once(&mut node.incoming).chain(&mut node.options);
        for flow in lists.flatten() {
            *flow = places[flow];
        }
    }
    net
}

/// An element with one way in and one way out is a part of one flow.
fn sequence(net: &mut Net, position: usize) -> bool {
    let node = &net.nodes[position];
    let ([incoming], [option]) = (node.incoming.as_slice(), node.options.as_slice()) else {
        return false;
    };
    let ([outgoing], false) = (option.as_slice(), node.is_removed) else {
        return false;
    };
    let (incoming, outgoing) = (*incoming, *outgoing);
    if incoming == outgoing || net.flows[outgoing].target == position {
        return false;
    }
    let (element, covered) = (node.element, node.covers.clone());
    let rest = net.flows[outgoing].clone();
    let flow = &mut net.flows[incoming];
    flow.path.push(element);
    flow.path.extend(rest.path);
    flow.covers.extend(covered);
    flow.covers.extend(rest.covers);
    flow.last = rest.last;
    flow.target = rest.target;
    net.flows[outgoing].is_removed = true;
    net.nodes[position].is_removed = true;
    for it in &mut net.nodes[rest.target].incoming {
        if *it == outgoing {
            *it = incoming;
        }
    }
    true
}

/// Two flows between the same two elements are one, if they are split as they are joined.
fn block(net: &mut Net, position: usize) -> bool {
    let mut by_target: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for flow in net.nodes[position].options.iter().flatten() {
        let flows = by_target.entry(net.flows[*flow].target).or_default();
        flows.insert(*flow);
    }
    let mut changed = false;
    for flows in by_target.into_values() {
        let flows: Vec<usize> = flows.into_iter().collect();
        for (n, first) in flows.iter().enumerate() {
            for second in &flows[n + 1..] {
                if !net.flows[*first].is_removed
                    && !net.flows[*second].is_removed
                    && fits(net, position, *first, *second)
                {
                    merge(net, position, *first, *second);
                    changed = true;
                }
            }
        }
    }
    changed
}

fn fits(net: &Net, position: usize, first: usize, second: usize) -> bool {
    let target = net.flows[first].target;
    if target != net.flows[second].target || target == position {
        return false;
    }
    let options = &net.nodes[position].options;
    let has = |option: &Vec<usize>, flow: usize| option.contains(&flow);
    let together = options.iter().all(|it| has(it, first) == has(it, second));
    let apart = !options.iter().any(|it| has(it, first) && has(it, second));
    match net.nodes[target].join {
        Join::Any => apart,
        Join::All => together,
        Join::Inclusive => true,
    }
}

fn merge(net: &mut Net, position: usize, first: usize, second: usize) {
    let other = net.flows[second].clone();
    let flow = &mut net.flows[first];
    flow.covers.extend(other.path);
    flow.covers.extend(other.covers);
    net.flows[second].is_removed = true;
    net.nodes[other.target].incoming.retain(|it| *it != second);
    let options = &mut net.nodes[position].options;
    for option in options.iter_mut() {
        for it in option.iter_mut() {
            if *it == second {
                *it = first;
            }
        }
        option.sort_unstable();
        option.dedup();
    }
    options.sort();
    options.dedup();
}

/// A way back to where one has come from changes nothing: it may be gone any number of times.
fn plain_loop(net: &mut Net, position: usize) -> bool {
    let node = &net.nodes[position];
    let [incoming] = node.incoming.as_slice() else {
        return false;
    };
    let head = net.flows[*incoming].source;
    let is_choice = node.options.iter().all(|it| it.len() == 1) && node.options.len() > 1;
    let head_leads_here = net.nodes[head].options == [vec![*incoming]];
    if !is_choice || !head_leads_here || net.nodes[head].join != Join::Any || head == position {
        return false;
    }
    let back = node.options.iter().map(|it| it[0]);
    let Some(back) = back.into_iter().find(|it| net.flows[*it].target == head) else {
        return false;
    };
    let covered: Vec<ElementIdx> = net.flows[back]
        .path
        .iter()
        .chain(&net.flows[back].covers)
        .copied()
        .collect();
    net.flows[back].is_removed = true;
    net.nodes[position].covers.extend(covered);
    net.nodes[position].options.retain(|it| it[0] != back);
    net.nodes[head].incoming.retain(|it| *it != back);
    true
}

#[cfg(test)]
mod tests {
    use crate::builder::{ProcessBuilder, feel, timer_duration};
    use crate::graph::{ElementIdx, ProcessDefinition};
    use crate::soundness::explore::{Verdict, explore};

    use super::*;

    /// Pseudo-random numbers from a seed.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from((self.0 >> 11) % bound as u64).unwrap()
        }
    }

    /// A few elements with flows between them, mostly forwards.
    fn process(seed: u64) -> ProcessDefinition {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let root = ElementIdx::ROOT;
        let mut builder = ProcessBuilder::new("p");
        let start = builder.start(root, "start");
        let count = 3 + random.below(7);
        let mut nodes = Vec::new();
        for n in 0..count {
            let id = format!("n{n}");
            let (kind, idx) = match random.below(5) {
                0 | 1 => ("task", builder.user_task(root, &id)),
                2 => ("xor", builder.exclusive_gateway(root, &id)),
                3 => ("and", builder.parallel_gateway(root, &id)),
                _ => ("or", builder.inclusive_gateway(root, &id)),
            };
            nodes.push((kind, idx));
        }
        let end = builder.end(root, "end");
        builder.connect(start, nodes[0].1);
        for n in 0..count {
            let (kind, idx) = nodes[n];
            let n_flows = if kind == "task" {
                1
            } else {
                1 + random.below(3)
            };
            for flow in 0..n_flows {
                let back = random.below(8) == 0;
                let target = if back {
                    random.below(count)
                } else {
                    n + 1 + random.below(3)
                };
                let target = nodes.get(target).map_or(end, |it| it.1);
                if kind == "xor" || kind == "or" {
                    if flow == 0 {
                        builder.connect_default(idx, target);
                    } else {
                        builder.connect_when(idx, target, feel("x"));
                    }
                } else {
                    builder.connect(idx, target);
                }
            }
            if kind == "task" && random.below(4) == 0 {
                let event = builder.boundary_event(
                    idx,
                    &format!("b{n}"),
                    timer_duration("PT1H"),
                    random.below(2) == 0,
                );
                let target = nodes.get(n + 1 + random.below(3)).map_or(end, |it| it.1);
                builder.connect(event, target);
            }
        }
        builder.build()
    }

    fn is_sound(verdict: &Verdict) -> bool {
        verdict.deadlocks.is_empty() && verdict.unsynchronized.is_empty()
    }

    #[test]
    fn a_reduced_net_is_sound_if_and_only_if_the_whole_is() {
        const STATES_MAX: usize = 3_000;
        let (mut sound, mut unsound, mut smaller) = (0, 0, 0);
        for seed in 0..1_500 {
            let process = process(seed);
            let net = Net::of(&process, ElementIdx::ROOT).unwrap();
            let whole = explore(&process, &net, STATES_MAX);
            let reduced = reduce(net.clone());
            smaller += usize::from(reduced.flows.len() < net.flows.len());
            let found = explore(&process, &reduced, STATES_MAX);
            if whole.is_cut_off || found.is_cut_off {
                continue;
            }
            let ids: Vec<_> = process
                .flows()
                .iter()
                .map(|it| {
                    format!(
                        "{} -> {}",
                        process.element(it.source).id,
                        process.element(it.target).id
                    )
                })
                .collect();
            let kinds: Vec<_> = process
                .elements()
                .iter()
                .map(|it| (it.kind.name(), &it.id))
                .collect();
            assert_eq!(
                is_sound(&whole),
                is_sound(&found),
                "seed {seed}: {whole:?} but {found:?}\n{ids:#?}\n{kinds:?}"
            );
            if is_sound(&whole) {
                sound += 1;
                assert_eq!(whole.alive, found.alive, "seed {seed}: {ids:#?}\n{kinds:?}");
            } else {
                unsound += 1;
            }
        }
        // Both sorts occur, or the test says nothing.
        assert!(
            sound > 100 && unsound > 100 && smaller > 800,
            "{sound} {unsound} {smaller}"
        );
    }
}
