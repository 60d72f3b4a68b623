//! J-10: on the evening of a working day the blanks of an authority are balanced. What was used and
//! spoiled and what is left at the desks must be what the stock has given out.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, Query, RecordId, SendNotice, operation};

use super::ScheduledWork;
use crate::archive::CertificateKind;
use crate::authority::Authority;
use crate::blank::stock::count_of_today;
use crate::blank::{BlankState, CertificateBlank};
use crate::notice::SUPERVISOR;

const UNBALANCED: &str = "BLANK-NOTICE-UNBALANCED";
const STOCK_KEEPER: &str = "STOCK_KEEPER";

/// The authority.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BalanceBlanksInput {
    /// 登记机关
    pub authority_code: RecordId,
}

/// The blanks of one kind.
#[derive(Debug, PartialEq, Eq)]
struct Balance {
    issued: u64,
    used: u64,
    spoiled: u64,
    rest: u64,
}

impl Balance {
    fn holds(&self) -> bool {
        self.used + self.spoiled + self.rest == self.issued
    }
}

/// Tells the keeper of the stock and the supervisors of a difference, once a day and kind. Nobody is
/// blamed, and nothing is corrected. An authority that keeps no stock here is passed over.
#[operation(name = "balanceBlanks")]
pub fn balance(
    ctx: &mut Context,
    input: BalanceBlanksInput,
) -> Result<ScheduledWork, OperationError> {
    let authority = ctx.require::<Authority>(&input.authority_code, "/authorityCode")?;
    let mut work = ScheduledWork::NOTHING;
    for kind in [CertificateKind::J, CertificateKind::L] {
        let Some(balance) = balance_of(ctx, &authority.code, kind)? else {
            continue;
        };
        if balance.holds() {
            continue;
        }
        tell(ctx, authority.id(), kind, &balance);
        work = ScheduledWork::DONE;
    }
    Ok(work)
}

/// The blanks of a kind; none if no desk was ever given any.
fn balance_of(
    ctx: &Context,
    authority_code: &str,
    kind: CertificateKind,
) -> Result<Option<Balance>, OperationError> {
    let all = || {
        Query::new()
            .equal("authorityCode", authority_code)
            .equal("kind", kind)
    };
    let count = |query: Query| ctx.count::<CertificateBlank>(query);
    let issued = count(all().equal("issued", true))?;
    if issued == 0 {
        return Ok(None);
    }
    let counted = count_of_today(ctx, authority_code, kind)?;
    let rest = match counted {
        Some(counted) => u64::from(counted.rest),
        None => count(all().equal("state", BlankState::IssuedToDesk))?,
    };
    // A blank that the keeper writes off while it is in the stock was given to no desk.
    let written_off = count(
        all()
            .equal("issued", false)
            .equal("state", BlankState::Spoiled)
            .equal("printed", false),
    )?;
    let spoiled = count(all().equal("state", BlankState::Spoiled))? - written_off;
    Ok(Some(Balance {
        issued,
        used: count(all().equal("state", BlankState::Used))?,
        spoiled,
        rest,
    }))
}

fn tell(ctx: &mut Context, id: &RecordId, kind: CertificateKind, balance: &Balance) {
    let today = ctx.today();
    for role in [SUPERVISOR, STOCK_KEEPER] {
        let notice = SendNotice::to_role(UNBALANCED, role)
            .about_record::<Authority>(id)
            .with_argument("authority", id.as_str())
            .with_argument("kind", crate::case::word(kind))
            .with_argument("issued", balance.issued)
            .with_argument("used", balance.used)
            .with_argument("spoiled", balance.spoiled)
            .with_argument("rest", balance.rest)
            .once(format!("{id}:{kind:?}:{today}"));
        ctx.send_notice(notice);
    }
    ctx.note_audit("BLANKS-UNBALANCED", format!("{id}: {kind:?} {balance:?}"));
}
