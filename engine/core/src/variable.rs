//! Variables: names and FEEL values in a fixed order.
//!
//! It does not know scopes; a scope instance holds one such set, see
//! [`crate::state::element_instance`]. Start from [`Variables`].

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::value::Value;

use crate::state::value_bytes;

/// Named values, ordered by name, with a running sum of their sizes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables {
    entries: BTreeMap<Arc<str>, Value>,
    bytes: usize,
}

impl Variables {
    /// No variables.
    pub fn new() -> Variables {
        Variables::default()
    }

    /// The value of one variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name)
    }

    /// Sets a variable, whether it existed or not.
    pub fn insert(&mut self, name: Arc<str>, value: Value) {
        self.bytes += entry_bytes(&name, &value);
        if let Some(replaced) = self.entries.insert(name.clone(), value) {
            self.bytes -= entry_bytes(&name, &replaced);
        }
    }

    /// Sets all of `other`.
    pub fn set_all(&mut self, other: &Variables) {
        for (name, value) in &other.entries {
            self.insert(name.clone(), value.clone());
        }
    }

    /// Sets those of `other` that are not there.
    pub fn add_missing(&mut self, other: &Variables) {
        for (name, value) in &other.entries {
            if !self.entries.contains_key(name) {
                self.insert(name.clone(), value.clone());
            }
        }
    }

    /// Takes a variable out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let (name, value) = self.entries.remove_entry(name)?;
        self.bytes -= entry_bytes(&name, &value);
        Some(value)
    }

    /// Whether there is a variable of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// All variables by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Roughly how many bytes they take when stored.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn entry_bytes(name: &Arc<str>, value: &Value) -> usize {
    1 + name.len() + value_bytes(value)
}

impl Extend<(Arc<str>, Value)> for Variables {
    fn extend<I: IntoIterator<Item = (Arc<str>, Value)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(Arc<str>, Value)> for Variables {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Variables {
        let mut variables = Variables::new();
        variables.extend(entries);
        variables
    }
}

impl IntoIterator for Variables {
    type Item = (Arc<str>, Value);
    type IntoIter = std::collections::btree_map::IntoIter<Arc<str>, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
