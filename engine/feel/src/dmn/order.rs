//! Which element has to be evaluated before which.

/// The elements in an order in which each comes after what it requires, and those that require
/// themselves, directly or not.
pub(super) struct Order {
    pub(super) sorted: Vec<usize>,
    pub(super) circular: Vec<usize>,
}

/// Sorts elements by what each requires.
pub(super) fn order(requires: &[Vec<usize>]) -> Order {
    let mut missing: Vec<usize> = requires.iter().map(Vec::len).collect();
    let mut required_by: Vec<Vec<usize>> = vec![Vec::new(); requires.len()];
    for (place, required) in requires.iter().enumerate() {
        for required in required {
            required_by[*required].push(place);
        }
    }
    let mut sorted: Vec<usize> = (0..requires.len())
        .filter(|place| missing[*place] == 0)
        .collect();
    let mut next = 0;
    while let Some(place) = sorted.get(next).copied() {
        next += 1;
        for dependent in &required_by[place] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                sorted.push(*dependent);
            }
        }
    }
    let circular = (0..requires.len())
        .filter(|place| missing[*place] > 0 && requires_itself(requires, *place))
        .collect();
    Order { sorted, circular }
}

fn requires_itself(requires: &[Vec<usize>], place: usize) -> bool {
    requires[place]
        .iter()
        .any(|required| closure(requires, *required).contains(&place))
}

/// The element and all it requires, directly or not, in ascending order.
pub(super) fn closure(requires: &[Vec<usize>], place: usize) -> Vec<usize> {
    let mut needed = vec![false; requires.len()];
    let mut open = vec![place];
    while let Some(place) = open.pop() {
        if !std::mem::replace(&mut needed[place], true) {
            open.extend(&requires[place]);
        }
    }
    (0..requires.len()).filter(|place| needed[*place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_comes_first() {
        let requires = vec![vec![1, 2], vec![2], vec![], vec![0]];
        let order = order(&requires);
        assert_eq!(order.sorted, [2, 1, 0, 3]);
        assert!(order.circular.is_empty());
        assert_eq!(closure(&requires, 1), [1, 2]);
    }

    #[test]
    fn a_circle_is_named_without_those_that_only_need_it() {
        let requires = vec![vec![1], vec![0], vec![], vec![0]];
        assert_eq!(order(&requires).circular, [0, 1]);
        assert_eq!(order(&[vec![0]]).circular, [0]);
    }
}
