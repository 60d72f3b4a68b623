//! Many clients at once: all begin at the same moment, and what each was told is counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Barrier;

/// Runs `n` tasks that begin together, and gives what each came to, in the order of their numbers.
///
/// A task that panics ends the test.
pub async fn at_once<T, F, W>(n: usize, work: W) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
    W: Fn(usize) -> F,
{
    let barrier = Arc::new(Barrier::new(n));
    let tasks: Vec<_> = (0..n)
        .map(|number| {
            let (barrier, work) = (Arc::clone(&barrier), work(number));
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut done = Vec::with_capacity(n);
    for task in tasks {
        match task.await {
            Ok(value) => done.push(value),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    done
}

/// How many payloads of mutations were accepted, and how many were refused with which code.
///
/// An accepted one counts under the empty text.
pub fn outcomes<'a>(payloads: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for payload in payloads {
        let code = payload["userErrors"][0]["code"]
            .as_str()
            .unwrap_or_default();
        *counts.entry(code.to_owned()).or_default() += 1;
    }
    counts
}

/// What is wrong with numbers that should run from 1 without a gap: those that are missing, and those that were given
/// twice.
pub fn gaps(numbers: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for number in numbers {
        *counts.entry(*number).or_default() += 1;
    }
    let last = counts.keys().next_back().copied().unwrap_or(0);
    let missing = (1..=last).filter(|it| !counts.contains_key(it)).collect();
    let doubled = counts
        .into_iter()
        .filter(|(_, n)| *n > 1)
        .map(|(number, _)| number);
    (missing, doubled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn answers_come_in_the_order_of_their_tasks() {
        let squares = at_once(4, |n| async move { n * n }).await;
        assert_eq!(squares, [0, 1, 4, 9]);
    }

    #[test]
    fn refusals_count_by_their_first_code() {
        let refused = json!({ "userErrors": [{ "code": "A" }, { "code": "B" }] });
        let accepted = json!({ "userErrors": [] });
        let counts = outcomes([&refused, &accepted, &refused]);
        assert_eq!(
            counts,
            BTreeMap::from([("".to_owned(), 1), ("A".to_owned(), 2)])
        );
    }

    #[test]
    fn a_gap_and_a_double_are_both_found() {
        assert_eq!(gaps(&[1, 2, 4, 4]), (vec![3], vec![4]));
        assert_eq!(gaps(&[3, 1, 2]), (vec![], vec![]));
    }
}
