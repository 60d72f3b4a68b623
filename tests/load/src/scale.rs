//! The share of the full time and size of measurements, kept in thousandths.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// A share such as `0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    thousandths: u64,
}

/// Time of one measurement at full scale.
const FULL_TIME: Duration = Duration::from_secs(30);

impl Scale {
    /// How long one measurement takes, a second at least.
    pub(crate) fn time(self) -> Duration {
        let ms = u64::try_from(FULL_TIME.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis((ms * self.thousandths / 1000).max(1_000))
    }

    /// The share of a size.
    pub(crate) fn share_of(self, n: u64) -> u64 {
        n * self.thousandths / 1000
    }

    /// Whether sizes need not be cut.
    pub(crate) fn is_full(self) -> bool {
        self.thousandths >= 1_000
    }
}

impl FromStr for Scale {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        ensure!(decimals.len() <= 3, "{text}: at most three decimals");
        let number = format!("{whole}{decimals:0<3}");
        let thousandths = number
            .parse()
            .with_context(|| format!("{text} is not a share"))?;
        ensure!(
            (1..=10_000).contains(&thousandths),
            "{text} is not between 0.001 and 10"
        );
        Ok(Self { thousandths })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", crate::table::thousandths(self.thousandths))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_exactly() {
        let scale: Scale = "0.1".parse().unwrap();
        assert_eq!(scale.to_string(), "0.100");
        assert_eq!(scale.time(), Duration::from_secs(3));
        assert_eq!(scale.share_of(1_000_000), 100_000);
        assert!(!scale.is_full() && "1".parse::<Scale>().unwrap().is_full());
        assert!("0".parse::<Scale>().is_err());
        assert!("0.1234".parse::<Scale>().is_err());
        assert!("x".parse::<Scale>().is_err());
    }
}
