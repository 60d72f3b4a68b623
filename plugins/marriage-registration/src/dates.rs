//! Where a moment lies in a period whose last day ends when the counter closes (民法典第203条).

use tongban_sdk::{Date, TimeOfDay};

/// Where a moment lies in a period whose last day ends when the counter closes (Art. 203(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the first day.
    Before,
    /// Within the period.
    Within,
    /// The last day is over, or its counter has closed.
    After,
}

/// Where `day` at `time` lies in the period from `first` to `last`; `closes` is the closing time of
/// the counter on the last day. The minute of closing still belongs to the period.
pub fn moment(first: Date, last: Date, closes: TimeOfDay, day: Date, time: TimeOfDay) -> Moment {
    if day < first {
        Moment::Before
    } else if day > last || (day == last && time > closes) {
        Moment::After
    } else {
        Moment::Within
    }
}
