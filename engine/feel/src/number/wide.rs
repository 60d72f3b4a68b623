//! Integers wide enough for the product of two coefficients.

use std::cmp::Ordering;

/// An unsigned integer of 256 bits, least limb first.
#[derive(Clone, Copy)]
pub(super) struct Wide([u64; 4]);

impl Wide {
    pub(super) fn product(left: u128, right: u128) -> Wide {
        let left = [left as u64, (left >> 64) as u64];
        let right = [right as u64, (right >> 64) as u64];
        let mut limbs = [0u64; 4];
        for (i, a) in left.into_iter().enumerate() {
            let mut carry = 0u128;
            for (j, b) in right.into_iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(limbs[i + j]) + carry;
                limbs[i + j] = sum as u64;
                carry = sum >> 64;
            }
            limbs[i + 2] = carry as u64;
        }
        Wide(limbs)
    }

    pub(super) fn add(self, other: Wide) -> Wide {
        let mut limbs = [0u64; 4];
        let mut carry = 0u128;
        for (idx, limb) in limbs.iter_mut().enumerate() {
            let sum = u128::from(self.0[idx]) + u128::from(other.0[idx]) + carry;
            *limb = sum as u64;
            carry = sum >> 64;
        }
        Wide(limbs)
    }

    /// The difference of two of which `self` is the larger.
    pub(super) fn subtract(self, other: Wide) -> Wide {
        let mut limbs = [0u64; 4];
        let mut borrow = false;
        for (idx, limb) in limbs.iter_mut().enumerate() {
            let (first, under) = self.0[idx].overflowing_sub(other.0[idx]);
            let (second, under_again) = first.overflowing_sub(u64::from(borrow));
            *limb = second;
            borrow = under || under_again;
        }
        Wide(limbs)
    }

    pub(super) fn cmp(&self, other: &Wide) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    pub(super) fn narrow(self) -> Option<u128> {
        (self.0[2] == 0 && self.0[3] == 0)
            .then(|| u128::from(self.0[0]) | (u128::from(self.0[1]) << 64))
    }

    pub(super) fn divide_small(self, divisor: u64) -> (Wide, u64) {
        let mut limbs = [0u64; 4];
        let mut remainder = 0u128;
        for idx in (0..4).rev() {
            let current = (remainder << 64) | u128::from(self.0[idx]);
            limbs[idx] = (current / u128::from(divisor)) as u64;
            remainder = current % u128::from(divisor);
        }
        (Wide(limbs), remainder as u64)
    }
}
