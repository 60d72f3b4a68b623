//! A draw that can be repeated: whoever knows the seed draws the same.

/// Draws without replacement, from a seed that is stored with the draw.
///
/// ```
/// use tongban_sdk::Draw;
/// let drawn = Draw::new("2026-W11 15062701").sample(10, 3);
/// assert_eq!(drawn, Draw::new("2026-W11 15062701").sample(10, 3));
/// assert_eq!(drawn.len(), 3);
/// ```
#[derive(Debug, Clone)]
pub struct Draw {
    state: u64,
}

impl Draw {
    /// From this seed (FNV-1a of its bytes).
    pub fn new(seed: &str) -> Self {
        let state = seed.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self { state }
    }

    /// So many of `count` positions, in order; all of them if there are no more.
    pub fn sample(mut self, count: usize, size: usize) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..count).collect();
        let size = size.min(count);
        for idx in 0..size {
            let rest = count - idx;
            let other = idx + self.below(rest);
            positions.swap(idx, other);
        }
        positions.truncate(size);
        positions.sort_unstable();
        positions
    }

    /// A number below `bound`, which is not 0; without the bias of a remainder.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.next();
            if drawn < limit {
                return usize::try_from(drawn % bound).unwrap_or(0);
            }
        }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_drawn_once_each_and_the_same_from_the_same_seed() {
        let drawn = Draw::new("a").sample(100, 40);
        let mut unique = drawn.clone();
        unique.dedup();
        assert_eq!((drawn.len(), unique.len()), (40, 40));
        assert!(drawn.iter().all(|it| *it < 100));
        assert_eq!(drawn, Draw::new("a").sample(100, 40));
        assert_ne!(drawn, Draw::new("b").sample(100, 40));
        assert_eq!(Draw::new("a").sample(3, 9), [0, 1, 2]);
        assert_eq!(Draw::new("a").sample(0, 9), [0_usize; 0]);
    }

    #[test]
    fn every_position_is_drawn_about_as_often_as_the_others() {
        let mut counts = [0_u32; 10];
        for n in 0..2_000 {
            for idx in Draw::new(&n.to_string()).sample(10, 3) {
                counts[idx] += 1;
            }
        }
        // 600 are expected of each; four standard deviations are 82.
        assert!(
            counts.iter().all(|it| (518..=682).contains(it)),
            "{counts:?}"
        );
    }
}
