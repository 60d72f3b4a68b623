//! Which decision has to be evaluated before which.

use std::collections::BTreeSet;

/// The nodes in an order in which each comes after what it requires, or the nodes of a circle.
pub(super) fn order(requires: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut missing: Vec<usize> = requires.iter().map(Vec::len).collect();
    let mut required_by: Vec<Vec<usize>> = vec![Vec::new(); requires.len()];
    for (node, required) in requires.iter().enumerate() {
        for required in required {
            required_by[*required].push(node);
        }
    }
    let mut order: Vec<usize> = (0..requires.len())
        .filter(|node| missing[*node] == 0)
        .collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for dependent in &required_by[node] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                order.push(*dependent);
            }
        }
    }
    if order.len() == requires.len() {
        return Ok(order);
    }
    Err((0..requires.len())
        .filter(|node| missing[*node] > 0)
        .collect())
}

/// The node and all it requires, directly or not.
pub(super) fn closure(requires: &[Vec<usize>], node: usize) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if needed.insert(node) {
            open.extend(&requires[node]);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_comes_first() {
        let requires = vec![vec![1, 2], vec![2], vec![], vec![0]];
        assert_eq!(order(&requires), Ok(vec![2, 1, 0, 3]));
        assert_eq!(closure(&requires, 1), BTreeSet::from([1, 2]));
    }

    #[test]
    fn a_circle_is_named() {
        let requires = vec![vec![1], vec![0], vec![]];
        assert_eq!(order(&requires), Err(vec![0, 1]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }
}
