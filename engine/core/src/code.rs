//! The texts of every code that a user can see, in both languages.
//!
//! Start from [`CODES`]. The codes of incidents are listed with their kinds, see
//! [`crate::incident::Kind`], and appear here too.

/// The texts of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// The stable code.
    pub code: &'static str,
    /// Chinese text.
    pub zh: &'static str,
    /// English text.
    pub en: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

const fn text(
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    help: &'static str,
) -> CodeText {
    CodeText { code, zh, en, help }
}

/// All codes of rejections and incidents.
pub static CODES: &[CodeText] = &[
    text(
        "INSTANCE_EXISTS",
        "流程实例已存在",
        "the process instance already exists",
        "Use the instance that exists.",
    ),
    text(
        "INSTANCE_NOT_FOUND",
        "流程实例不存在",
        "there is no such process instance",
        "Check the id.",
    ),
    text(
        "INSTANCE_ENDED",
        "流程实例已结束",
        "the process instance has ended",
        "Nothing can be changed in an ended instance.",
    ),
    text(
        "INSTANCE_HAS_PARENT",
        "该流程实例由其他流程调用，不能单独取消或挂起",
        "the process instance was called by another and cannot be cancelled or suspended alone",
        "Cancel, suspend or resume the calling instance.",
    ),
    text(
        "START_EVENT_NOT_FOUND",
        "流程没有这样的开始事件",
        "the process has no such start event",
        "Start the process at one of its own start events.",
    ),
    text(
        "JOB_NOT_FOUND",
        "作业不存在或已结束",
        "there is no such open job",
        "It may have been completed or canceled by someone else.",
    ),
    text(
        "JOB_NOT_ACTIVE",
        "作业正在等待重试或处理异常",
        "the job waits for a retry or for an incident",
        "Resolve its incident or wait for the retry.",
    ),
    text(
        "JOB_NOT_DUE",
        "作业尚未到重试时间",
        "the job is not due for a retry",
        "Wait for its back-off.",
    ),
    text(
        "JOB_IS_LISTENER",
        "监听器作业不能抛出业务错误",
        "a listener's job cannot throw an error",
        "Refuse the completion instead.",
    ),
    text(
        "USER_TASK_NOT_FOUND",
        "任务不存在或已办结",
        "there is no such open user task",
        "It may have been completed or canceled by someone else.",
    ),
    text(
        "USER_TASK_COMPLETING",
        "任务正在办结",
        "the user task is being completed",
        "Wait for the outcome of the completion under way.",
    ),
    text(
        "TIMER_NOT_FOUND",
        "定时器不存在或已触发",
        "there is no such waiting timer",
        "It may have fired or been canceled.",
    ),
    text(
        "TIMER_NOT_DUE",
        "定时器未到期",
        "the timer is not due yet",
        "Wait until it is due.",
    ),
    text(
        "SUBSCRIPTION_NOT_FOUND",
        "消息或信号订阅不存在或已关闭",
        "there is no such open subscription to a message or signal",
        "It may have been closed.",
    ),
    text(
        "INCIDENT_NOT_FOUND",
        "异常不存在或已处理",
        "there is no such open incident",
        "It may have been resolved.",
    ),
    text(
        "ELEMENT_INSTANCE_NOT_FOUND",
        "流程节点实例不存在或已结束",
        "there is no such element instance",
        "It may have ended.",
    ),
    text(
        "ELEMENT_NOT_WAITING",
        "流程节点并未等待该操作",
        "the element does not wait for this",
        "It may have gone on already.",
    ),
    text(
        "ACTIVITY_NOT_FOUND",
        "即席子流程中没有可选择的该活动",
        "the ad-hoc sub-process has no such activity that can be chosen",
        "Choose among the activities that it offers.",
    ),
    text(
        "DATA_MISMATCH",
        "变量 {place} 的值不符合声明的类型：应为 {expected}，实际为 {found}",
        "the variable {place} is not of the type that is declared: expected {expected}, found {found}",
        "Give the value that the details ask for; the process declares what it takes.",
    ),
    text(
        "EXPRESSION_FAILED",
        "表达式求值失败",
        "an expression could not be evaluated",
        "Correct the model or the variables it reads.",
    ),
    text(
        "STATE_TOO_LARGE",
        "流程实例数据超限",
        "the process instance would grow beyond its bound",
        "Keep large data in records and only their ids in variables.",
    ),
    text(
        "NOTHING_TO_CONTINUE",
        "没有待继续的工作",
        "no work is left from a previous step",
        "Nothing has to be done.",
    ),
    text(
        "INSTANCE_SUSPENDED",
        "流程实例已挂起",
        "the process instance is suspended",
        "Resume it first.",
    ),
    text(
        "SUSPENSION_FULL",
        "已挂起的流程实例无法再保留更多内容",
        "the suspended process instance cannot keep any more",
        "Resume it, or send this again after it has been resumed.",
    ),
    text(
        "INSTANCE_NOT_SUSPENDED",
        "流程实例未挂起",
        "the process instance is not suspended",
        "Nothing has to be resumed.",
    ),
    text(
        "WORK_PENDING",
        "流程实例还有未完成的内部工作",
        "work of the process instance is still left",
        "Resume the instance, or ask again in a moment.",
    ),
    text(
        "MODIFICATION_EMPTY",
        "没有给出任何调整指令",
        "no instruction is given",
        "Give at least one instruction.",
    ),
    text(
        "MODIFICATION_TOO_LARGE",
        "一次调整的指令过多",
        "too many instructions are given at once",
        "Split them into several modifications.",
    ),
    text(
        "MODIFICATION_ELEMENT_UNKNOWN",
        "流程中没有该节点",
        "the process has no such element",
        "Name an element of the version that the instance runs.",
    ),
    text(
        "MODIFICATION_FLOW_UNKNOWN",
        "流程中没有该流程线",
        "the process has no such sequence flow",
        "Name a sequence flow of the version that the instance runs.",
    ),
    text(
        "MODIFICATION_NOT_STARTABLE",
        "不能从该节点开始",
        "a token cannot start before this element",
        "Start after it, or before the element it leads to.",
    ),
    text(
        "MODIFICATION_NO_EXIT",
        "该节点没有后续流程线",
        "no sequence flow leaves the element",
        "Start before another element.",
    ),
    text(
        "MODIFICATION_EXIT_AMBIGUOUS",
        "该节点有多条后续流程线",
        "several sequence flows leave the element",
        "Name the sequence flow.",
    ),
    text(
        "MODIFICATION_SCOPE_NOT_AROUND",
        "所给的范围实例不包含该节点",
        "the scope instance given does not lie around the element",
        "Give a running instance of a scope around the element.",
    ),
    text(
        "MODIFICATION_SCOPE_AMBIGUOUS",
        "该范围有多个正在运行的实例",
        "several instances of the scope are running",
        "Choose one of them.",
    ),
    text(
        "MODIFICATION_SCOPE_CLOSED",
        "该范围正在结束或已被中断",
        "the scope is ending or has been interrupted",
        "Start the token in another scope.",
    ),
    text(
        "MODIFICATION_MULTI_INSTANCE",
        "多实例的一次执行只能由多实例自身产生",
        "an iteration is made by its multi-instance only",
        "Choose a running iteration, or start the multi-instance as a whole.",
    ),
    text(
        "MODIFICATION_INTERRUPTING_SCOPE",
        "中断型事件子流程只能整体启动",
        "an interrupting event sub-process is started as a whole only",
        "Start before the event sub-process itself.",
    ),
    text(
        "MODIFICATION_SCOPE_NOT_NEW",
        "所给变量的范围不是本次新建的",
        "variables are given for a scope that is not made here",
        "Set variables of a running scope by a command of its own.",
    ),
    text(
        "MODIFICATION_SCOPE_FAILED",
        "范围无法建立",
        "a scope cannot be made",
        "Correct the variables that its mappings and events read.",
    ),
    text(
        "MODIFICATION_NOT_ACTIVE",
        "该节点没有正在运行的实例",
        "no instance of the element is running",
        "It may have ended.",
    ),
    text(
        "MODIFICATION_OF_COMPENSATION",
        "该节点正在执行补偿，不能单独结束",
        "the element is undoing something and is not ended on its own",
        "Wait for its end, or end the scope around it.",
    ),
    text(
        "MODIFICATION_OF_GATEWAY",
        "复杂网关已收到令牌，不能单独结束",
        "a complex gateway holds tokens and is not ended on its own",
        "Let other tokens come, or end the scope around it.",
    ),
    text(
        "MODIFICATION_OF_PROCESS",
        "不能以此方式结束整个流程",
        "the process as a whole is not ended like this",
        "Cancel the process instance.",
    ),
    text(
        "MIGRATION_REFUSED",
        "流程实例不能迁移到该版本",
        "the process instance cannot go on by that version",
        "See the findings; map elements by hand or move tokens first.",
    ),
    text(
        "MIGRATION_SAME_VERSION",
        "流程实例已经是该版本",
        "the process instance has this version already",
        "Nothing has to be done.",
    ),
    text(
        "MIGRATION_PROCESS_DIFFERS",
        "目标版本属于另一流程",
        "the version is one of another process",
        "Choose a version of the same process.",
    ),
    text(
        "MIGRATION_SOURCE_UNKNOWN",
        "原版本中没有该节点",
        "the version that is left has no such element",
        "Correct the mapping.",
    ),
    text(
        "MIGRATION_TARGET_UNKNOWN",
        "目标版本中没有该节点",
        "the version that is gone to has no such element",
        "Correct the mapping.",
    ),
    text(
        "MIGRATION_SOURCE_TWICE",
        "同一节点被映射多次",
        "an element is mapped twice",
        "Map each element once.",
    ),
    text(
        "MIGRATION_TARGET_MISSING",
        "正在运行的节点在目标版本中没有对应节点",
        "what is active has no counterpart in the other version",
        "Map it to another element, or move the token first.",
    ),
    text(
        "MIGRATION_KIND_DIFFERS",
        "对应节点的类型不同",
        "the counterpart is another kind of element",
        "Map it to an element of the same kind, or move the token first.",
    ),
    text(
        "MIGRATION_SCOPE_DIFFERS",
        "对应节点位于不同的范围",
        "the counterpart lies in another scope",
        "Map the scope as well, or move the token first.",
    ),
    text(
        "MIGRATION_EVENT_DIFFERS",
        "对应节点等待不同类型的事件",
        "the counterpart waits for another kind of event",
        "Map it to an event of the same kind, or move the token first.",
    ),
    text(
        "MIGRATION_LOOP_DIFFERS",
        "对应节点的多实例方式不同",
        "the counterpart is carried out several times in another way",
        "Let the multi-instance end by the old version.",
    ),
    text(
        "MIGRATION_FLOW_MISSING",
        "有令牌等待的流程线在目标版本中没有对应流程线",
        "a token waits at a sequence flow that has no counterpart",
        "Keep the sequence flow in the new version, or move the token first.",
    ),
    text(
        "MIGRATION_COMPENSATING",
        "补偿正在进行，或在目标版本中方式不同",
        "something is being undone, or would be undone in another way in the other version",
        "Wait for the end of the compensation, or keep the compensation handler.",
    ),
    text(
        "MIGRATION_OF_ITERATION",
        "多实例的单次执行不能单独迁移",
        "an iteration of a multi-instance is not migrated",
        "It ends by the version it began with.",
    ),
    text(
        "MIGRATION_EXPRESSION_FAILED",
        "目标版本的表达式求值失败",
        "an expression of the other version cannot be evaluated",
        "Correct the variables first.",
    ),
    text(
        "INCIDENT_EXPRESSION_FAILED",
        "表达式求值失败",
        "an expression could not be evaluated",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_DATA_MISMATCH",
        "变量值不符合声明的类型",
        "a value is not of the type that is declared",
        "Correct the variables the value is made of, or give the right value when resolving the incident.",
    ),
    text(
        "INCIDENT_MAPPING_FAILED",
        "变量映射失败",
        "a variable mapping could not be evaluated",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_NO_MATCHING_FLOW",
        "网关没有可走的流程线",
        "no outgoing flow of the gateway can be taken",
        "Correct the variables and resolve the incident, or give the gateway a default flow.",
    ),
    text(
        "INCIDENT_TIMER_INVALID",
        "定时器的值无效",
        "the value of a timer is not valid",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_CORRELATION_INVALID",
        "消息关联键无效",
        "the name or correlation key of a message is not valid",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_JOB_FAILED",
        "作业失败且已无重试次数",
        "a job failed and has no retries left",
        "Mend the cause and resolve the incident.",
    ),
    text(
        "INCIDENT_UNHANDLED_ERROR",
        "抛出的错误没有被捕获",
        "no event catches an error that was thrown",
        "Mend the cause and resolve the incident: the work is tried again.",
    ),
    text(
        "INCIDENT_CALLED_PROCESS_FAILED",
        "被调用的流程无法启动",
        "the called process could not be started",
        "Deploy the called process and resolve the incident.",
    ),
    text(
        "INCIDENT_CALL_DEPTH_EXCEEDED",
        "流程调用层数超限",
        "processes call each other too deeply",
        "Correct the model: it calls itself without end.",
    ),
    text(
        "INCIDENT_MULTI_INSTANCE_INVALID",
        "多实例的次数或集合无效",
        "the cardinality or collection of a multi-instance is not valid",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_ITERATION_FAILED",
        "多实例的一次执行无法启动",
        "an iteration of a multi-instance could not be started",
        "Mend the cause and resolve the incident: it goes on with that iteration.",
    ),
    text(
        "INCIDENT_OUTPUT_COLLECTION_TOO_LARGE",
        "多实例的输出集合过大",
        "the output collection of a multi-instance is too large",
        "Resolve the incident to go on without the collection; better leave it out of the model and write records.",
    ),
    text(
        "INCIDENT_LOOP_TOO_LONG",
        "循环次数超限",
        "a loop goes on beyond its bound",
        "Correct the variables so that its condition ends, and resolve the incident; give the loop a maximum.",
    ),
    text(
        "INCIDENT_AD_HOC_INVALID",
        "即席子流程的初始活动无效",
        "the activities chosen in an ad-hoc sub-process are not valid",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_DECISION_FAILED",
        "决策无法得出",
        "the decision could not be made",
        "Correct the table or the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_PLUGIN_FAILED",
        "插件操作失败",
        "the plugin's operation failed",
        "Mend the cause and resolve the incident.",
    ),
    text(
        "INCIDENT_PLUGIN_TRAPPED",
        "插件异常终止",
        "the plugin was stopped",
        "Install a mended version of the plugin and resolve the incident.",
    ),
    text(
        "INCIDENT_PLUGIN_INPUT_INVALID",
        "插件拒绝输入数据",
        "the plugin refused its input",
        "Correct the variables and resolve the incident.",
    ),
    text(
        "INCIDENT_STATE_TOO_LARGE",
        "流程实例数据超限",
        "the instance would grow beyond its bound",
        "Remove large variables and resolve the incident.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Kind;
    use crate::migration::FindingKind;

    #[test]
    fn every_incident_kind_has_its_texts() {
        for kind in Kind::ALL {
            let found = CODES.iter().find(|it| it.code == kind.code()).unwrap();
            assert_eq!((found.zh, found.en), (kind.zh(), kind.en()));
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
        }
    }

    #[test]
    fn every_finding_has_its_texts() {
        for kind in FindingKind::ALL {
            assert!(CODES.iter().any(|it| it.code == kind.code()), "{kind:?}");
            assert_eq!(FindingKind::from_code(kind.code()), Some(*kind));
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<&str> = CODES.iter().map(|it| it.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
    }
}
