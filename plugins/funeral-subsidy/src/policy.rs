//! K-18: a policy that ends within thirty days and that none follows. The versions are the values of
//! `policy_version` with their dates: one ends where the next value is empty or a sample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, SendNotice, StartProcess, operation};

use crate::batch::is_demo;

const PROCESS: &str = "funeral-policy-watch";

/// Nothing: the policy is the county's.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchFuneralPolicyInput {}

/// Whether the policy is looked at.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchFuneralPolicyOutput {
    /// 已发起检查
    pub begun: bool,
}

/// A policy that is in force is looked at as of a later day, which the process says; where there is
/// none, nothing can end.
#[operation(name = "watchFuneralPolicy")]
pub fn watch(
    ctx: &mut Context,
    _input: WatchFuneralPolicyInput,
) -> Result<WatchFuneralPolicyOutput, OperationError> {
    let policy: String = ctx.parameter("policy_version")?;
    let begun = is_in_force(&policy);
    if begun {
        let start = StartProcess::new(PROCESS)
            .with_business_key(policy.clone())
            .with_variable("policyVersion", policy.clone());
        ctx.start_process(start);
    }
    Ok(WatchFuneralPolicyOutput { begun })
}

fn is_in_force(policy: &str) -> bool {
    !policy.is_empty() && !is_demo(policy)
}

/// The policy of today, and the later day.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFuneralPolicyEndInput {
    /// 现行政策版本
    pub policy_version: String,
    /// The day as of which the parameters are read.
    pub on: Date,
}

/// Whether somebody was told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralPolicyEndOutput {
    /// 已提醒
    pub told: bool,
}

/// Whoever writes the tables is told, once in a month.
#[operation(name = "noteFuneralPolicyEnd")]
pub fn note(
    ctx: &mut Context,
    input: NoteFuneralPolicyEndInput,
) -> Result<NoteFuneralPolicyEndOutput, OperationError> {
    let follows: String = ctx.parameter("policy_version")?;
    let told = !is_in_force(&follows);
    if told {
        let (policy, on) = (&input.policy_version, input.on);
        let notice = SendNotice::to_role("FUNERAL-NOTICE-POLICY-ENDS", "POLICY_EDITOR")
            .with_argument("policy", policy)
            .with_argument("on", on)
            .once(format!("{policy}:{:04}-{:02}", on.year(), on.month()));
        ctx.send_notice(notice);
    }
    Ok(NoteFuneralPolicyEndOutput { told })
}
