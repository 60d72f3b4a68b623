//! The stable codes of this crate with their texts, and the look-up over those of its parts.

use crate::error::Text;

/// A stable code with its texts; `{name}` stands for a parameter.
#[derive(Debug)]
pub struct CodeText {
    /// The code.
    pub code: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// What to do about it, for the documentation.
    pub help: &'static str,
}

macro_rules! codes {
    ($($code:literal: $zh:literal, $en:literal, $help:literal;)*) => {
        &[$(CodeText { code: $code, zh: $zh, en: $en, help: $help },)*]
    };
}

/// Every code this crate can answer with.
pub static CODES: &[CodeText] = codes! {
    "PROCESS_NOT_FOUND": "流程“{key}”未部署", "process {key} is not deployed",
        "Deploy the process, or activate the plugin that brings it.";
    "PROCESS_VERSION_NOT_FOUND": "流程“{key}”没有版本 {version}", "process {key} has no version {version}",
        "Leave the version out to start the newest.";
    "INSTANCE_HALTED": "流程实例 {instance} 因内部错误已被停用，请联系运维人员", "process instance {instance} is halted after an internal error; tell the operator",
        "The log holds the ids of the command that failed; report it with them.";
    "AD_HOC_NOT_FOUND": "流程实例中没有进行中的即席子流程“{id}”", "no ad-hoc sub-process {id} is under way in the instance",
        "Look into the history of the instance; it may not have begun, or have ended.";
    "AD_HOC_NOT_CLEAR": "即席子流程“{id}”有多个进行中的执行：{numbers}", "several activations of the ad-hoc sub-process {id} are under way: {numbers}",
        "Say by elementInstance which one is meant.";
    "SCHEMA_INVALID": "数据类型文件 {name} 无效：{reason}", "the schema {name} is not valid: {reason}",
        "Write JSON Schema 2020-12 without references to other files.";
    "SCHEMA_MISSING": "流程“{key}”的数据以 {name} 声明，但部署中没有该文件", "the data of the process {key} are declared by {name}, which is not in the deployment",
        "Deploy the schema together with the process.";
    "DATA_TYPE_UNSERVED": "数据“{name}”声明为 {type}，目前没有已启用的插件提供该记录类型，暂不校验", "{name} is declared as {type}, a record kind that no active plugin has: it is not checked before one does",
        "Activate the plugin, or correct the structureRef.";
    "INSTANCE_NOT_HALTED": "流程实例未被停用", "the process instance is not halted",
        "Only a halted instance is recovered; look at its incidents instead.";
    "BATCH_NOT_FOUND": "批量操作不存在", "there is no such batch",
        "Check the id.";
    "BATCH_CONDITION_NOT_MET": "流程实例不符合批量操作所定的条件：{condition}", "the process instance does not meet a condition of the batch: {condition}",
        "It was named, or has changed since it was selected; start a batch with conditions that it meets.";
    "JOB_LEASED": "作业正由外部工作者办理", "a worker is at the job",
        "Wait until the worker has ended the job, or its lease has lapsed.";
    "BATCH_ENDED": "批量操作已结束", "the batch has ended",
        "Start another one.";
    "USER_TASK_ASSIGNED": "任务已由“{assignee}”签收", "the task is claimed by {assignee}",
        "Ask that person to release it.";
    "USER_TASK_NOT_ASSIGNED": "任务尚未签收，不能释放", "the task is not claimed",
        "Only a claimed task can be released.";
    "USER_TASK_NOT_CANDIDATE": "您不在该任务的候选人或候选组中", "you are not a candidate for this task",
        "Tasks are claimed by their candidates.";
    "INVALID_COMMAND": "该操作不适用于当前状态：{reason}", "the command does not fit the state: {reason}",
        "Read the state again before sending another command.";
    "INVALID_INPUT": "输入无效：{reason}", "the input is not valid: {reason}",
        "Correct the field that the error names.";
    "VARIABLES_TOO_LARGE": "变量共 {bytes} 字节，超过上限 {max} 字节", "the variables take {bytes} bytes, more than the {max} allowed",
        "Keep documents and personal data in records, not in variables.";
    "IDEMPOTENCY_KEY_MISSING": "缺少幂等键", "the idempotency key is missing",
        "Send a fresh key with each new intent, and the same key with each retry.";
    "IDEMPOTENCY_KEY_TOO_LONG": "幂等键过长（上限 {max} 字节）", "the idempotency key is longer than {max} bytes",
        "A UUID suffices.";
    "IDEMPOTENCY_CONFLICT": "该幂等键已用于另一内容的请求", "the idempotency key was used with other input",
        "Use a new key for a new intent.";
    "TENANT_NOT_FOUND": "机构“{tenant}”不存在", "there is no tenant {tenant}",
        "Load the county first.";
    "OPERATION_NOT_FOUND": "操作“{operation}”不存在", "there is no operation {operation}",
        "Activate the plugin that has it.";
    "OPERATION_NOT_EXPOSED": "操作“{operation}”不能直接调用", "operation {operation} cannot be called directly",
        "Only operations that the plugin marks as exposed can be called.";
    "OPERATION_NOT_A_QUERY": "操作“{operation}”不是查询", "operation {operation} is not a query",
        "Call it as a mutation.";
    "OPERATION_IS_A_QUERY": "操作“{operation}”是查询，不能改动数据", "operation {operation} is a query and cannot change data",
        "Call it as a query.";
    "OPERATION_REFUSED": "业务办理未通过：{reason}", "the operation refused: {reason}",
        "The code and the text are the plugin's.";
    "OPERATION_BUSY": "该操作暂时不能完成，请稍后再试", "the operation cannot be done just now; try again later",
        "Send the same command again after a while.";
    "PLUGIN_FAILED": "插件“{plugin}”的操作“{operation}”执行失败（调用号 {call}）", "operation {operation} of plugin {plugin} failed (call {call})",
        "The log holds the cause under the call's id; nothing was stored.";
    "PLUGIN_TRAPPED": "插件“{plugin}”的操作“{operation}”异常中止（调用号 {call}）", "operation {operation} of plugin {plugin} was aborted (call {call})",
        "The log holds the panic text and the fuel used under the call's id; nothing was stored.";
    "PLUGIN_DEADLINE": "插件“{plugin}”的操作“{operation}”超时（调用号 {call}）", "operation {operation} of plugin {plugin} missed its deadline (call {call})",
        "Send the same command again; if it lasts, report the call's id.";
    "PLUGIN_NOT_FOUND": "插件“{plugin}”未安装", "plugin {plugin} is not installed",
        "Install the package first.";
    "PLUGIN_REFUSED": "插件包被拒绝：{reason}", "the plugin package is refused: {reason}",
        "Each error names the file and what to do instead.";
    "PLUGIN_CONFLICT": "插件“{plugin}”的版本 {version} 已安装，但内容不同", "version {version} of plugin {plugin} is installed with other content",
        "Raise the version of a changed package.";
    "PLUGIN_NAME_TAKEN": "“{name}”已被插件“{plugin}”占用", "{name} is taken by plugin {plugin}",
        "Operations, record kinds and namespaces are unique among the active plugins of a bureau.";
    "RECORD_NOT_FOUND": "记录不存在", "there is no such record",
        "Check the id.";
    "RECORD_CHANGED": "记录已被他人修改，请刷新后重试", "the record was changed meanwhile; read it again",
        "Read the record again and repeat the command with a new key.";
    "RECORD_NOT_UNIQUE": "违反唯一性约束“{constraint}”", "the unique key {constraint} is taken",
        "The record that holds the key is still in force.";
    "BUSINESS_KEY_NOT_UNIQUE": "业务编号“{key}”已被使用", "business key {key} is in use",
        "Use another business key.";
    "MESSAGE_NAME_MISSING": "缺少消息名称", "the message name is missing",
        "Name the message as the process model does.";
    "MESSAGE_ALREADY_PUBLISHED": "消息“{message}”（消息号“{id}”）已发布且仍在保留期内", "message {message} with id {id} was published and is still kept",
        "Nothing is to be done: the first one counts.";
    "MESSAGE_TIME_TO_LIVE_INVALID": "消息保留时间须在 0 到 {max} 秒之间", "a message is kept for 0 to {max} seconds",
        "Give a shorter time to live, or none.";
    "SIGNAL_NAME_MISSING": "缺少信号名称", "the signal name is missing",
        "Name the signal as the process model does.";
    "DEPLOYMENT_EMPTY": "没有可部署的文件", "there is nothing to deploy",
        "Send at least one .bpmn, .dmn or .form file.";
    "DEPLOYMENT_TOO_LARGE": "部署共 {bytes} 字节，超过上限 {max} 字节", "the deployment takes {bytes} bytes, more than the {max} allowed",
        "Deploy in parts.";
    "RESOURCE_TYPE_UNKNOWN": "不支持的文件类型：{name}", "{name} is of no known type",
        "Known are .bpmn, .dmn, .form and .json forms.";
    "RESOURCE_DUPLICATE": "“{name}”重复", "{name} occurs twice in the deployment",
        "Each process, decision and form may occur once.";
    "FORM_INVALID": "表单“{name}”无效：{reason}", "form {name} is not valid: {reason}",
        "A form is JSON with an id and components.";
    "JOB_TYPE_UNSERVED": "任务“{element}”的类型“{job_type}”没有对应的操作", "no operation serves type {job_type} of task {element}: it waits for a worker",
        "Activate the plugin that has the operation, or run a worker that takes this type.";
    "PARAMETER_UNKNOWN": "插件“{plugin}”没有参数“{key}”", "plugin {plugin} declares no parameter {key}",
        "The manifest of the plugin lists its parameters.";
    "PARAMETER_TYPE": "参数“{key}”的值类型应为 {type}", "the value of parameter {key} is not of type {type}",
        "The manifest of the plugin says the type.";
    "PARAMETER_OUT_OF_RANGE": "参数“{key}”的值 {value} 超出范围 {range}", "the value {value} of parameter {key} is not within {range}",
        "The manifest of the plugin says the range.";
    "PARAMETER_OUTSIDE_LAW": "参数“{key}”的值 {value} 超出法定范围 {range}", "the value {value} of parameter {key} is not within {range}, which the law allows",
        "The law basis stands beside the error; a county cannot go beyond it.";
    "PARAMETER_NOT_ALLOWED": "参数“{key}”的值只能是 {allowed} 之一", "the value of parameter {key} is not one of {allowed}",
        "The manifest of the plugin lists the values.";
    "PARAMETER_ASSERTION": "参数“{key}”的值不满足 {assertion}", "the value of parameter {key} does not fulfil {assertion}",
        "The manifest of the plugin states the condition in FEEL.";
    "PLUGIN_NARROWS": "插件“{plugin}”的新版本收窄了正在使用的 {subject}{field}：{change}", "the new version of plugin {plugin} narrows {subject}{field}, which is in use: {change}",
        "Give what is incompatible a new name, or wait until nothing uses it any more; the details list who does.";
    "CONFIGURATION_KIND_UNKNOWN": "没有“{kind}”这种配置", "there is no kind {kind} of configuration",
        "Known are process, decision, form, parameter, calendar and staff.";
    "CONFIGURATION_NOT_FOUND": "配置变更不存在", "there is no such change of the configuration",
        "Check the id.";
    "CONFIGURATION_NOT_ALLOWED": "您无权配置“{kind}”", "you may not configure the kind {kind}",
        "Calendars and staff are for administrators; the rest is for roles that configure, as the plugins declare them.";
    "CONFIGURATION_CHANGED": "该配置变更已被他人修改，请刷新后重试", "the change was written meanwhile; read it again",
        "Read it again and repeat the command with a new key.";
    "CONFIGURATION_STATE": "配置变更当前为 {state}，不能这样做", "the change is {state}, which does not allow this",
        "Drafts are checked, checked ones approved or sent back; what is in effect is ended by another change.";
    "CONFIGURATION_SAME_PERSON": "编写人不能批准自己编写的配置", "whoever has written a change cannot approve it",
        "Have a second person approve it.";
    "CONFIGURATION_DATE_PAST": "生效日期 {date} 早于今天（{today}）", "the date {date} is before today, {today}",
        "Rules do not change for the past; choose today or a later date.";
    "CONFIGURATION_DATE_TAKEN": "{date} 已有另一项已批准的变更", "another approved change waits for {date}",
        "Withdraw the other one first, or choose another date.";
    "CONFIGURATION_DATE_DIFFERS": "文件内写明 {written} 生效，将以 {date} 为准", "the file says that it holds from {written}; it will hold from {date}",
        "Make the two dates the same.";
    "CONFIGURATION_KEY_DIFFERS": "内容应为“{key}”，实际为“{found}”", "the content should be that of {key}, and is that of {found}",
        "An item is about one thing; its content names that thing.";
    "CONFIGURATION_NO_ORIGINAL": "没有可恢复的“{key}”（{kind}）", "there is no {kind} {key} to go back to",
        "Only what a plugin brings, or what was there before, can take the county's place.";
    "CONFIGURATION_CANNOT_END": "日历年份不能取消，只能修改", "a year of the calendar cannot be ended, only changed",
        "Write the year anew.";
    "CONFIGURATION_RECHECK": "本县的“{key}”（{kind}）与插件新版本有 {count} 处不符", "the county's own {kind} {key} has {count} findings against the new version of the plugin",
        "The findings stand with the item; write a change that mends them.";
    "STAFF_ROLE_UNKNOWN": "角色“{role}”未被任何插件声明", "no active plugin declares the role {role}",
        "Check the spelling.";
    "DECISION_UNDATED": "决策“{key}”未写生效日期，自 {date} 起仍适用已有版本", "decision {key} has no date: the version that holds from {date} goes before it",
        "Give the file the property tongban:effective-from, or the upload a date.";
    "NOTICE_REFUSED": "通知不能发送：{reason}", "the notice cannot be sent: {reason}",
        "The plugin names a recipient or a record that does not fit; report it with the call's id.";
    "NOTICE_NOT_FOUND": "通知不存在", "there is no such notice",
        "Only one's own notices can be marked as read.";
    "NOTICE_DELIVERY_NOT_DEAD": "该通知没有失败的投递", "the notice has no delivery that was given up",
        "Only a delivery that was given up is tried again by hand.";
    "JOB_TYPE_NOT_GRANTED": "不能领取类型为“{job_type}”的作业", "jobs of type {job_type} are not for this worker",
        "The operator lists a worker's types in the configuration or in its token; types that begin with tongban: are the server's own.";
    "JOB_LEASE_STALE": "作业的租约已失效：作业已被他人领取或不再可办", "the lease of the job is out of date: somebody else has taken it, or it is not to be worked on",
        "Drop the work and ask for new jobs; choose a longer lease or extend it in time.";
    "CLOCK_NOT_MANUAL": "只有手动时钟才能调整时间", "only the manual clock can be moved",
        "Start the server with `--clock manual` on a new database.";
    "CLOCK_BACKWARDS": "时钟只能向前调整，当前为 {now}", "the clock moves forwards only; it stands at {now}",
        "Choose a later instant.";
    "CLOCK_BUSY": "时钟正在调整中", "the clock is being moved",
        "Wait for the running move to end.";
    "COUNTY_INVALID": "县区数据无效：{reason}", "the county's data is not valid: {reason}",
        "The error names the file and the place.";
    "DEADLINE_COUNTED": "自{anchor}的次日起算{term}", "{term} from the day after {anchor}",
        "Part of the explanation of a deadline.";
    "TERM_CALENDAR_DAYS": "{amount}个自然日", "{amount} calendar days",
        "Part of the explanation of a deadline.";
    "TERM_WORKING_DAYS": "{amount}个工作日", "{amount} working days",
        "Part of the explanation of a deadline.";
    "TERM_MONTHS": "{amount}个月", "{amount} months",
        "Part of the explanation of a deadline.";
    "TERM_YEARS": "{amount}年", "{amount} years",
        "Part of the explanation of a deadline.";
    "DEADLINE_WAS_PAUSED": "自{from}的次日至{until}停止计算（{reason}）", "the clock was stopped from the day after {from} to {until} ({reason})",
        "Part of the explanation of a deadline.";
    "DEADLINE_IS_PAUSED": "自{from}的次日起停止计算（{reason}）", "the clock is stopped since the day after {from} ({reason})",
        "Part of the explanation of a deadline.";
    "DEADLINE_EXTENDED": "经{officer}批准延长{extent}（{reason}）", "{officer} granted {extent} more ({reason})",
        "Part of the explanation of a deadline.";
    "DEADLINE_EXTENDED_UNTIL": "经{officer}批准延长至{until}（{reason}）", "{officer} granted time until {until} ({reason})",
        "Part of the explanation of a deadline.";
    "DEADLINE_ENDS": "于{due}届满", "it ends on {due}",
        "Part of the explanation of a deadline.";
    "DEADLINE_ROLLED_FORWARD": "末日{nominal}为休息日，顺延至{due}", "the last day {nominal} is a rest day, so it ends on {due}",
        "Part of the explanation of a deadline.";
    "DEADLINE_ROLLED_BACK": "末日{nominal}为休息日，提前至{due}", "the last day {nominal} is a rest day, so it ends earlier, on {due}",
        "Part of the explanation of a deadline.";
    "DEADLINE_KEPT": "节假日安排调整不缩短期限，仍于{due}届满", "a new calendar does not shorten it: it still ends on {due}",
        "Part of the explanation of a deadline.";
    "DEADLINE_PROVISIONAL": "所涉年份的节假日安排尚未公布，日期暂定", "provisional, since the holidays of a year it touches are not published",
        "Part of the explanation of a deadline; publish the year's table.";
    "DEADLINE_LAW": "依据：{law}", "basis: {law}",
        "Part of the explanation of a deadline.";
    "DEADLINE_NOT_DECLARED": "没有声明期限“{deadline}”", "no active plugin declares a deadline {deadline}",
        "Activate the plugin that declares it.";
    "DEADLINE_UNDECLARED": "定时事件“{element}”所用的期限“{deadline}”没有插件声明", "no plugin declares deadline {deadline} of timer {element}",
        "Activate the plugin that declares it before an instance arrives there; until it is set the timer waits.";
    "DEADLINE_NOT_FOUND": "记录“{record}”没有期限“{deadline}”", "record {record} has no deadline {deadline}",
        "Set it first.";
    "DEADLINE_RECORD_MISSING": "期限“{deadline}”所属的记录“{record}”不存在", "the record {record} of deadline {deadline} does not exist",
        "A deadline is set for a record that exists or is created by the same call.";
    "DEADLINE_CLOSED": "期限“{deadline}”已终结", "deadline {deadline} is closed",
        "Set it anew if its clock is to start again.";
    "DEADLINE_PAUSED": "期限“{deadline}”已停止计算", "the clock of deadline {deadline} is stopped already",
        "It has to go on before it can be stopped again.";
    "DEADLINE_NOT_PAUSED": "期限“{deadline}”并未停止计算", "the clock of deadline {deadline} is not stopped",
        "Only a stopped clock can go on.";
    "DEADLINE_OVER": "期限“{deadline}”已于{due}届满", "deadline {deadline} was over on {due}",
        "A clock can be stopped before its end only; an officer may extend it.";
    "DEADLINE_DAY_INVALID": "日期{day}不适用于期限“{deadline}”：应在{from}至{until}之间", "day {day} does not fit deadline {deadline}: expected {from} to {until}",
        "A clock is stopped and goes on between its last change and today.";
    "DEADLINE_NOT_EXTENDED": "期限“{deadline}”并未因此延长（现为{due}）", "deadline {deadline} is not extended by this (it ends on {due})",
        "Grant a later day.";
    "DEADLINE_BEYOND_YEARS": "期限“{deadline}”超出可表示的年份", "deadline {deadline} lies beyond the years a date can have",
        "Check the day of the fact and the amount.";
    "CALENDAR_INVALID": "节假日表无效：{reason}", "the calendar is not valid: {reason}",
        "The error names the place in the table.";
    "CALENDAR_EMPTY": "未提供任何变更", "there is nothing to publish",
        "Give a year's table, or days of the county's own.";
    "SCH-4001": "cron表达式错误：{reason}", "the cron expression is not valid: {reason}",
        "Six fields: second, minute, hour, day of month, month, day of week by name.";
    "SCH-4002": "缺少{year}年的节假日数据", "the calendar of {year} is missing",
        "Publish the year's table; until then days of that year are provisional.";
    "SCH-4003": "低于法定要求：计划“{schedule}”至少应为{floor_zh}", "below the legal minimum: schedule {schedule} needs at least {floor_en}",
        "Staff may shorten intervals and add reminders, not the other way round.";
    "SCH-4004": "重复执行已忽略：{item}", "a duplicate was passed over: {item}",
        "Within a period a schedule handles a subject once.";
    "SCH-4005": "执行权已转移：{lease}", "the lease was lost: {lease}",
        "Another node goes on with the run; nothing is done twice.";
    "SCH-4006": "系统时钟异常：由{from}倒退至{to}，定期任务已停止", "the clock went back from {from} to {to}; schedules are stopped",
        "Set the machine's clock right, then let the scheduler go on.";
    "SCHEDULE_NOT_FOUND": "没有启用的插件声明计划“{schedule}”", "no active plugin declares a schedule {schedule}",
        "Activate the plugin that declares it.";
    "SCHEDULE_DISABLED": "计划“{schedule}”已停用", "schedule {schedule} is disabled",
        "Enable it before it is run.";
    "SCHEDULE_NOT_ADJUSTABLE": "计划“{schedule}”的“{field}”不可调整", "staff may not change {field} of schedule {schedule}",
        "Its plugin says what may be changed.";
    "SCHEDULE_UNCHANGED": "未提供任何变更", "there is nothing to change",
        "Give at least one of cron, amount, lead and stages.";
    "SCHEDULE_RULE_NOT_FOUND": "计划“{schedule}”没有第{version}版规则", "schedule {schedule} has no rule {version}",
        "Read its rules again.";
    "SCHEDULE_RULE_DECIDED": "第{version}版规则已作出决定", "rule {version} has been decided upon already",
        "Propose another.";
    "SCHEDULE_RULE_OWN": "规则须由提出人以外的人员核准", "a rule is approved by another person than its proposer",
        "Ask a second person.";
    "SCHEDULE_RULE_LATE": "规则生效日期{day}已过", "the day {day} on which the rule takes effect is over",
        "Propose it with today or a later day.";
    "SCHEDULE_RUN_NOT_FOUND": "没有该次执行记录", "there is no such run of a schedule",
        "Read the runs again.";
    "SCHEDULER_NOT_STOPPED": "定期任务并未停止", "schedules are not stopped",
        "There is nothing to resume.";
    "EVERY_DAY": "每日一次", "one run a day",
        "A part of the explanation of a floor.";
    "EVERY_WEEK": "每周一次", "one run a week",
        "A part of the explanation of a floor.";
    "EVERY_MONTH": "每月一次", "one run a month",
        "A part of the explanation of a floor.";
    "EVERY_QUARTER": "每季度一次", "one run a quarter",
        "A part of the explanation of a floor.";
    "EVERY_HALF": "每半年一次", "one run a half-year",
        "A part of the explanation of a floor.";
    "EVERY_YEAR": "每年一次", "one run a year",
        "A part of the explanation of a floor.";
    "ENGINE_UNAVAILABLE": "服务正在停止或过于繁忙，请稍后重试", "the server is stopping or too busy; send the command again",
        "The same idempotency key makes the repetition safe.";
    "ENGINE_FAILED": "系统故障，命令未执行", "the system failed and the command was not carried out",
        "The log holds the cause; the same idempotency key makes the repetition safe.";
};

/// The texts of `code` with `parameters` filled in; the code itself where it is not known.
#[must_use]
pub fn text(code: &str, parameters: &[(&str, &str)]) -> Text {
    let Some((zh, en)) = find(code) else {
        return Text {
            zh: code.to_owned(),
            en: code.to_owned(),
        };
    };
    Text {
        zh: fill(zh, parameters),
        en: fill(en, parameters),
    }
}

fn find(code: &str) -> Option<(&'static str, &'static str)> {
    let ours = CODES
        .iter()
        .find(|it| it.code == code)
        .map(|it| (it.zh, it.en));
    let core = tongban_core::code::CODES
        .iter()
        .map(|it| (it.code, it.zh, it.en));
    let host = tongban_host::code::CODES
        .iter()
        .map(|it| (it.code, it.zh, it.en));
    let bpmn = tongban_bpmn::diagnostic::CODES
        .iter()
        .map(|it| (it.code, it.zh, it.en));
    let feel = tongban_feel::diagnostic::CODES
        .iter()
        .map(|it| (it.code, it.zh, it.en));
    ours.or_else(|| {
        core.chain(host)
            .chain(bpmn)
            .chain(feel)
            .find_map(|it| texts_of(code, it))
    })
}

type Entry = (&'static str, &'static str, &'static str);

fn texts_of(code: &str, (known, zh, en): Entry) -> Option<(&'static str, &'static str)> {
    (known == code).then_some((zh, en))
}

/// In one pass, so that a value cannot bring a placeholder with it.
fn fill(template: &str, parameters: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, tail)| {
            parameters
                .iter()
                .find(|(it, _)| *it == name)
                .map(|(_, value)| (value, tail))
        });
        match named {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_registered_once_with_both_texts() {
        let mut seen = std::collections::BTreeSet::new();
        for it in CODES {
            assert!(seen.insert(it.code), "{} is registered twice", it.code);
            assert!(!it.zh.is_empty() && !it.en.is_empty() && !it.help.is_empty());
        }
    }

    #[test]
    fn parameters_are_filled_in() {
        let text = text("PROCESS_NOT_FOUND", &[("key", "divorce")]);
        assert_eq!(text.en, "process divorce is not deployed");
        assert_eq!(text.zh, "流程“divorce”未部署");
    }
}
