//! What one person does at one moment.

use jiff::civil::DateTime;
use serde_json::Value;

/// Something that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When, by the clock of the county.
    pub at: DateTime,
    /// Which case of the plan it is about; none for what concerns all.
    pub case: Option<usize>,
    /// Who: a member of staff, or a citizen by the key of the person index.
    pub by: String,
    /// What.
    pub act: Act,
    /// The code with which it has to be refused.
    pub refused: Option<&'static str>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// An operation of the domain about the case.
    Operate {
        /// Which.
        operation: Operation,
        /// Its input, without the case.
        input: Value,
    },
    /// Completes the open task of the case at this element.
    Complete {
        /// Its BPMN id.
        element: &'static str,
        /// What the form asks for.
        variables: Value,
    },
    /// Prints the certificates of both on the next blanks of the stock and hands them over.
    Print {
        /// The holders.
        holders: [String; 2],
        /// Whether the printer spoils the blanks.
        spoiled: bool,
        /// Which certificates.
        certificate: Certificate,
    },
    /// Takes the open task of the case at this element.
    Claim(&'static str),
    /// Gives it back.
    Unclaim(&'static str),
    /// Switches a source of the exchange off or on.
    Switch {
        /// The kind of check.
        source: &'static str,
        /// Whether it answers.
        available: bool,
    },
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// 结婚证
    Marriage {
        /// 颁证仪式
        ceremony: bool,
    },
    /// 离婚证
    Divorce,
}

/// An operation that the plugin exposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// 保存结婚登记申请草稿
    SaveMarriageDraft,
    /// 结婚登记双方到场取号
    CheckInMarriage,
    /// 当事人离开、结束办件
    CloseMarriageCase,
    /// 离婚登记双方到场取号
    CheckInDivorceApplication,
    /// 答复辅导提议
    RespondCounselling,
    /// 撤回离婚登记申请
    WithdrawDivorceApplication,
    /// 登记一方单独到场或异议
    RecordClaimVisit,
    /// 双方申领离婚证
    CheckInDivorceClaim,
    /// 终止离婚登记程序
    TerminateDivorceCase,
}

impl Operation {
    /// The mutation.
    pub fn name(self) -> &'static str {
        match self {
            Self::SaveMarriageDraft => "saveMarriageDraft",
            Self::CheckInMarriage => "checkInMarriage",
            Self::CloseMarriageCase => "closeMarriageCase",
            Self::CheckInDivorceApplication => "checkInDivorceApplication",
            Self::RespondCounselling => "respondCounselling",
            Self::WithdrawDivorceApplication => "withdrawDivorceApplication",
            Self::RecordClaimVisit => "recordClaimVisit",
            Self::CheckInDivorceClaim => "checkInDivorceClaim",
            Self::TerminateDivorceCase => "terminateDivorceCase",
        }
    }

    /// Whether it opens a case, whose id is then in its answer.
    pub fn opens(self) -> bool {
        matches!(
            self,
            Self::SaveMarriageDraft | Self::CheckInMarriage | Self::CheckInDivorceApplication
        )
    }

    /// What its input calls the case that it is about.
    pub fn case_field(self) -> &'static str {
        match self {
            Self::CheckInMarriage => "draftId",
            _ => "caseId",
        }
    }
}
