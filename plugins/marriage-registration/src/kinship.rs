//! Kinship between the parties (V-12, Civil Code Art. 1048): no lineal line, no collateral line
//! within three generations (三代以内旁系血亲). **HARD**

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a collateral line may not lie: generations counted up to the common ancestor, oneself
/// being the first, and the larger of the two counts decides.
const COLLATERAL_MAX: u8 = 3;

/// 亲属关系
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Kinship")]
pub struct Kinship {
    /// 亲系
    pub line: KinshipLine,
    /// The larger of the two counts; 0 without a line of blood.
    pub generations: u8,
    /// Who says so.
    pub source: KinshipSource,
}

/// 亲系
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KinshipLine {
    /// 无亲属关系
    #[default]
    None,
    /// 直系血亲
    Lineal,
    /// 旁系血亲
    Collateral,
    /// 收养形成的亲属
    Adoptive,
    /// 姻亲
    InLaw,
    /// 继亲, without blood
    Step,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KinshipSource {
    /// Nobody knows of any.
    #[default]
    None,
    /// 当事人声明
    Declared,
    /// 公安人口信息
    Police,
}

/// What DT-M4 says of a kinship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KinshipRule {
    /// 不禁止
    Allowed,
    /// 禁止结婚
    Forbidden,
    /// 须审核
    Refer,
}

impl Kinship {
    /// Whether the statute forbids the marriage, whatever a table says.
    pub fn is_forbidden(self) -> bool {
        match self.line {
            KinshipLine::Lineal => true,
            KinshipLine::Collateral => self.generations <= COLLATERAL_MAX,
            KinshipLine::None | KinshipLine::Adoptive | KinshipLine::InLaw | KinshipLine::Step => {
                false
            }
        }
    }

    /// The nearer of two statements: what the police know stands beside what is declared.
    pub fn nearer(self, other: Self) -> Self {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }

    fn rank(self) -> (u8, u8) {
        let line = match self.line {
            KinshipLine::Lineal => 0,
            KinshipLine::Collateral => 1,
            KinshipLine::Adoptive => 2,
            KinshipLine::Step => 3,
            KinshipLine::InLaw => 4,
            KinshipLine::None => 5,
        };
        (line, self.generations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kin(line: KinshipLine, generations: u8) -> Kinship {
        Kinship {
            line,
            generations,
            source: KinshipSource::Police,
        }
    }

    #[test]
    fn first_cousins_are_forbidden_and_second_cousins_are_not() {
        // Brothers and sisters share a parent (2), first cousins a grandparent (3).
        for generations in 1..=3 {
            assert!(kin(KinshipLine::Collateral, generations).is_forbidden());
        }
        assert!(!kin(KinshipLine::Collateral, 4).is_forbidden());
        for generations in 2..=9 {
            assert!(kin(KinshipLine::Lineal, generations).is_forbidden());
        }
        for line in [KinshipLine::InLaw, KinshipLine::Step, KinshipLine::Adoptive] {
            assert!(!kin(line, 1).is_forbidden(), "{line:?}");
        }
        assert!(!Kinship::default().is_forbidden());
    }

    #[test]
    fn the_nearer_line_counts() {
        let cousins = kin(KinshipLine::Collateral, 3);
        assert_eq!(Kinship::default().nearer(cousins), cousins);
        assert_eq!(cousins.nearer(kin(KinshipLine::Collateral, 4)), cousins);
        let parent = kin(KinshipLine::Lineal, 2);
        assert_eq!(cousins.nearer(parent), parent);
    }
}
