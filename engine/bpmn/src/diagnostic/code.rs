//! Every stable code of this crate, registered once with its texts.
//!
//! Codes are never used for something else later; one that is no longer needed is retired.

use super::{CodeText, Severity};

macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        $name:ident = $code:literal $severity:ident
            en $en:literal zh $zh:literal
            help $help:literal help_zh $help_zh:literal;
    )*) => {
        $(
            $(#[$doc])*
            pub static $name: CodeText = CodeText {
                code: $code,
                severity: Severity::$severity,
                zh: $zh,
                en: $en,
                help_zh: $help_zh,
                help: $help,
            };
        )*
        pub(super) static ALL: &[CodeText] = &[
            $(CodeText {
                code: $code,
                severity: Severity::$severity,
                zh: $zh,
                en: $en,
                help_zh: $help_zh,
                help: $help,
            },)*
        ];
    };
}

codes! {
    // The file.

    /// The XML is not well-formed.
    MALFORMED_XML = "BPMN-0001" Error
        en "expected well-formed XML, found: {0}"
        zh "应为格式良好的 XML，实际：{0}"
        help "save the model again with a BPMN modeler"
        help_zh "请用 BPMN 建模工具重新保存模型";
    /// A document type declaration.
    DOCUMENT_TYPE = "BPMN-0002" Error
        en "expected a file without a document type, found <!DOCTYPE>"
        zh "文件不得含有文档类型声明，实际含有 <!DOCTYPE>"
        help "remove the document type and its entities"
        help_zh "请删除文档类型声明及其实体";
    /// More bytes than the limit.
    FILE_TOO_LARGE = "BPMN-0003" Error
        en "found {0} bytes, at most {1} are read"
        zh "文件有 {0} 字节，最多读取 {1} 字节"
        help "split the model with call activities"
        help_zh "请用调用活动拆分模型";
    /// Nested deeper than the limit.
    TOO_DEEP = "BPMN-0004" Error
        en "elements are nested deeper than {0}"
        zh "元素嵌套超过 {0} 层"
        help "move inner sub-processes to processes of their own and call them"
        help_zh "请将内层子流程改为独立流程并调用";
    /// More elements than the limit.
    TOO_MANY_ELEMENTS = "BPMN-0005" Error
        en "found more than {0} XML elements"
        zh "XML 元素超过 {0} 个"
        help "split the model with call activities"
        help_zh "请用调用活动拆分模型";
    /// An attribute or text is too long.
    TEXT_TOO_LONG = "BPMN-0006" Error
        en "an attribute or text is longer than {0} bytes"
        zh "属性或文本超过 {0} 字节"
        help "shorten it; long texts belong into forms, tables or documents"
        help_zh "请缩短；长文本应放入表单、决策表或文档";
    /// Not encoded in UTF-8.
    NOT_UTF8 = "BPMN-0007" Error
        en "expected a file encoded in UTF-8"
        zh "文件编码应为 UTF-8"
        help "save the file with the encoding UTF-8"
        help_zh "请以 UTF-8 编码保存文件";
    /// The root element is another.
    NOT_DEFINITIONS = "BPMN-0008" Error
        en "expected the root element definitions of BPMN 2.0, found {0}"
        zh "根元素应为 BPMN 2.0 的 definitions，实际为 {0}"
        help "deploy a BPMN 2.0 XML file"
        help_zh "请部署 BPMN 2.0 XML 文件";
    /// A prefix without a namespace.
    UNDECLARED_PREFIX = "BPMN-0009" Error
        en "the prefix {0} is not declared"
        zh "前缀 {0} 未声明"
        help "declare it with xmlns:{0} on the root element"
        help_zh "请在根元素上用 xmlns:{0} 声明";
    /// The list of findings was cut off.
    TOO_MANY_PROBLEMS = "BPMN-0010" Error
        en "only the first {0} findings are listed"
        zh "仅列出前 {0} 个问题"
        help "mend these and check again"
        help_zh "请先改正这些问题再检查";
    /// More attributes than the limit.
    TOO_MANY_ATTRIBUTES = "BPMN-0011" Error
        en "an element has more than {0} attributes"
        zh "元素的属性超过 {0} 个"
        help "use zeebe:properties for own data"
        help_zh "自定义数据请使用 zeebe:properties";
    /// A process in which nothing was found wrong, and which cannot be executed all the same.
    NOT_COMPILED = "BPMN-0012" Error
        en "nothing wrong was found in {0}, and it cannot be executed all the same"
        zh "{0} 未发现问题，但仍无法执行"
        help "this is a fault of the reader: report it with the file"
        help_zh "这是读取程序的缺陷，请连同文件一并报告";

    // Identity and attributes.

    /// An element that needs an id has none.
    MISSING_ID = "BPMN-0020" Error
        en "{0} has no id"
        zh "{0} 缺少 id"
        help "give it an id that is unique in the file"
        help_zh "请设置在文件内唯一的 id";
    /// Two elements with one id.
    DUPLICATE_ID = "BPMN-0021" Error
        en "the id {0} was already used in line {1}"
        zh "id {0} 已在第 {1} 行使用"
        help "give each element an id of its own"
        help_zh "请为每个元素设置不同的 id";
    /// An id that XML does not allow or that is too long.
    INVALID_ID = "BPMN-0022" Error
        en "the id {0} is not an XML name of at most {1} characters"
        zh "id {0} 不是合法的 XML 名称或超过 {1} 个字符"
        help "begin with a letter or _, go on with letters, digits, _, - and dots"
        help_zh "请以字母或 _ 开头，其后为字母、数字、_、- 或 .";
    /// A name is too long.
    NAME_TOO_LONG = "BPMN-0023" Error
        en "the name has {0} characters, at most {1} are allowed"
        zh "名称有 {0} 个字符，最多 {1} 个"
        help "shorten the name and move the text to the documentation"
        help_zh "请缩短名称，将说明移入文档";
    /// An attribute BPMN does not know here.
    UNKNOWN_ATTRIBUTE = "BPMN-0024" Error
        en "{1} has the unknown attribute {0}"
        zh "{1} 含有未知属性 {0}"
        help "remove or correct it; own data belongs into zeebe:properties"
        help_zh "请删除或改正；自定义数据请使用 zeebe:properties";
    /// An attribute's value has the wrong type.
    INVALID_ATTRIBUTE = "BPMN-0025" Error
        en "the attribute {0} should be {2}, found {1}"
        zh "属性 {0} 应为{2}，实际为 {1}"
        help "correct the value"
        help_zh "请改正该值";
    /// A required attribute is absent or empty.
    MISSING_ATTRIBUTE = "BPMN-0026" Error
        en "{1} lacks the attribute {0}"
        zh "{1} 缺少属性 {0}"
        help "set {0}"
        help_zh "请设置 {0}";
    /// An attribute whose value cannot be executed yet.
    REFUSED_ATTRIBUTE = "BPMN-0027" Error
        en "{0}=\"{1}\" cannot be executed yet"
        zh "{0}=\"{1}\" 尚不能执行"
        help "{2}"
        help_zh "{2}";

    // What can be executed.

    /// Nothing to deploy.
    NO_EXECUTABLE_PROCESS = "BPMN-0030" Error
        en "the file has no process with isExecutable=\"true\""
        zh "文件中没有 isExecutable=\"true\" 的流程"
        help "mark the process to be executed as executable"
        help_zh "请将要执行的流程标记为可执行";
    /// A process that is only drawn.
    PROCESS_NOT_EXECUTABLE = "BPMN-0031" Warning
        en "the process {0} is not executable and is not deployed"
        zh "流程 {0} 不可执行，不会部署"
        help "set isExecutable=\"true\" if it should run"
        help_zh "如需运行请设置 isExecutable=\"true\"";
    /// Not an element of BPMN at this place.
    UNKNOWN_ELEMENT = "BPMN-0032" Error
        en "{0} is not expected within {1}"
        zh "{1} 内不应出现 {0}"
        help "remove it or correct its name"
        help_zh "请删除或改正其名称";
    /// An element of BPMN that cannot be executed yet.
    REFUSED_ELEMENT = "BPMN-0033" Error
        en "{0} cannot be executed yet"
        zh "{0} 尚不能执行"
        help "{1}"
        help_zh "{1}";
    /// An event definition that cannot be executed at this place.
    REFUSED_EVENT = "BPMN-0034" Error
        en "{0} cannot be executed in {1}"
        zh "{0} 不能在{1}中执行"
        help "here use one of: {2}"
        help_zh "此处请使用：{2}";
    /// An event that needs a definition has none.
    MISSING_EVENT_DEFINITION = "BPMN-0036" Error
        en "{0} has no event definition"
        zh "{0} 缺少事件定义"
        help "choose one of: {1}"
        help_zh "请选择：{1}";
    /// A zeebe extension that cannot be executed yet.
    REFUSED_EXTENSION = "BPMN-0037" Error
        en "zeebe:{0} cannot be executed yet"
        zh "zeebe:{0} 尚不能执行"
        help "{1}"
        help_zh "{1}";
    /// A zeebe extension for clients, which the engine keeps.
    EXTENSION_KEPT = "BPMN-0045" Warning
        en "zeebe:{0} is kept for clients and has no effect"
        zh "zeebe:{0} 予以保留供客户端使用，但不起作用"
        help "{1}"
        help_zh "{1}";
    /// A zeebe extension that does not belong here.
    MISPLACED_EXTENSION = "BPMN-0038" Error
        en "zeebe:{0} has no meaning in {1}"
        zh "zeebe:{0} 在 {1} 中没有意义"
        help "allowed here: {2}"
        help_zh "此处允许：{2}";
    /// A zeebe extension that nobody knows.
    UNKNOWN_EXTENSION = "BPMN-0039" Error
        en "zeebe:{0} is unknown"
        zh "未知的 zeebe:{0}"
        help "remove it or correct its name"
        help_zh "请删除或改正其名称";
    /// A zeebe extension twice.
    DUPLICATE_EXTENSION = "BPMN-0040" Error
        en "zeebe:{0} appears more than once"
        zh "zeebe:{0} 出现多次"
        help "keep one of them"
        help_zh "请只保留一个";
    /// Content of a foreign namespace.
    FOREIGN_CONTENT = "BPMN-0041" Warning
        en "content of {0} is kept and has no effect"
        zh "{0} 的内容予以保留，但不起作用"
        help "nothing to do if this is meant for other tools"
        help_zh "如供其他工具使用则无需处理";
    /// Camunda 7 content.
    CAMUNDA_SEVEN = "BPMN-0042" Warning
        en "the camunda: extensions of Camunda 7 are kept and have no effect"
        zh "Camunda 7 的 camunda: 扩展予以保留，但不起作用"
        help "model the same with the zeebe: extensions of Camunda 8"
        help_zh "请用 Camunda 8 的 zeebe: 扩展重新建模";
    /// Data in the diagram.
    DATA_NOT_EXECUTED = "BPMN-0043" Warning
        en "{0} is kept and not executed"
        zh "{0} 予以保留，但不执行"
        help "give a data association its source and target, or map variables with zeebe:ioMapping"
        help_zh "请为数据关联设置来源与目标，或用 zeebe:ioMapping 映射变量";
    /// An element that is never reached.
    UNREACHABLE = "BPMN-0044" Warning
        en "{0} cannot be reached from any start event"
        zh "从任何开始事件都无法到达 {0}"
        help "connect it or remove it"
        help_zh "请连接或删除";

    // Sequence flows.

    /// A flow's source does not exist.
    DANGLING_SOURCE = "BPMN-0050" Error
        en "the source {0} of the sequence flow is not an element of this process"
        zh "顺序流的源 {0} 不是本流程的元素"
        help "connect the flow to an existing element"
        help_zh "请将顺序流连接到已有元素";
    /// A flow's target does not exist.
    DANGLING_TARGET = "BPMN-0051" Error
        en "the target {0} of the sequence flow is not an element of this process"
        zh "顺序流的目标 {0} 不是本流程的元素"
        help "connect the flow to an existing element"
        help_zh "请将顺序流连接到已有元素";
    /// A flow crosses the border of a sub-process.
    FLOW_CROSSES_BORDER = "BPMN-0052" Error
        en "the sequence flow leads from {0} to {1} across the border of a sub-process"
        zh "顺序流从 {0} 到 {1} 跨越了子流程边界"
        help "connect the sub-process itself, or use an event on its border"
        help_zh "请连接子流程本身，或使用其边界事件";
    /// A flow into a start event.
    START_HAS_INCOMING = "BPMN-0053" Error
        en "a start event has the incoming sequence flow {0}"
        zh "开始事件有流入的顺序流 {0}"
        help "lead the flow to the element after the start event"
        help_zh "请将顺序流连接到开始事件之后的元素";
    /// A flow out of an end event.
    END_HAS_OUTGOING = "BPMN-0054" Error
        en "an end event has the outgoing sequence flow {0}"
        zh "结束事件有流出的顺序流 {0}"
        help "use an intermediate event, or remove the flow"
        help_zh "请使用中间事件，或删除该顺序流";
    /// A flow at an event sub-process.
    EVENT_SUB_PROCESS_HAS_FLOW = "BPMN-0055" Error
        en "an event sub-process has the sequence flow {0}"
        zh "事件子流程有顺序流 {0}"
        help "remove the flow: its start event starts it"
        help_zh "请删除该顺序流：事件子流程由其开始事件启动";
    /// A flow into a boundary event.
    BOUNDARY_HAS_INCOMING = "BPMN-0056" Error
        en "a boundary event has the incoming sequence flow {0}"
        zh "边界事件有流入的顺序流 {0}"
        help "lead the flow to an intermediate event or a task"
        help_zh "请将顺序流连接到中间事件或任务";
    /// An element that must lead on does not.
    NO_OUTGOING = "BPMN-0057" Error
        en "{0} has no outgoing sequence flow"
        zh "{0} 没有流出的顺序流"
        help "connect it, if only to an end event"
        help_zh "请连接后续元素，至少连接到结束事件";
    /// A way out of a diverging gateway without a condition.
    MISSING_CONDITION = "BPMN-0058" Error
        en "a sequence flow out of the diverging gateway {0} has neither a condition nor is it the default"
        zh "分支网关 {0} 流出的顺序流既无条件，也不是默认流"
        help "write a condition, = amount > 100, or make it the default flow"
        help_zh "请填写条件，如 = amount > 100，或设为默认流";
    /// The default flow is not one of the gateway's.
    INVALID_DEFAULT = "BPMN-0059" Error
        en "the default flow {0} does not leave {1}"
        zh "默认流 {0} 不是从 {1} 流出"
        help "choose one of its outgoing sequence flows"
        help_zh "请选择其流出的顺序流之一";
    /// A condition where none is evaluated.
    MISPLACED_CONDITION = "BPMN-0060" Error
        en "a sequence flow out of {0} has a condition, which would not be evaluated"
        zh "从 {0} 流出的顺序流带有不会被求值的条件"
        help "put an exclusive or inclusive gateway before the flow"
        help_zh "请在该顺序流之前放置排他网关或包容网关";
    /// The default flow has a condition.
    DEFAULT_WITH_CONDITION = "BPMN-0061" Error
        en "the default flow has a condition, which would not be evaluated"
        zh "默认流带有不会被求值的条件"
        help "remove the condition"
        help_zh "请删除该条件";
    /// `incoming` and `outgoing` name other flows than there are.
    FLOW_REFERENCE_MISMATCH = "BPMN-0062" Warning
        en "{0} names the sequence flow {1}, which is not connected to it"
        zh "{0} 引用的顺序流 {1} 未与其相连"
        help "save the model again with a BPMN modeler"
        help_zh "请用 BPMN 建模工具重新保存模型";
    /// A condition after a gateway that takes every way.
    UNCONDITIONAL = "BPMN-0046" Warning
        en "the parallel gateway {0} takes every outgoing sequence flow; the condition of {1} is not evaluated"
        zh "并行网关 {0} 走所有流出的顺序流；{1} 的条件不会被求值"
        help "remove the condition, or use an inclusive gateway if it shall decide"
        help_zh "请删除该条件；如需由条件决定，请改用包容网关";
    /// `incoming` or `outgoing` names a flow that does not exist.
    DANGLING_FLOW_REFERENCE = "BPMN-0064" Error
        en "{0} names the sequence flow {1}, which does not exist"
        zh "{0} 引用的顺序流 {1} 不存在"
        help "save the model again with a BPMN modeler, and look for a connection that was lost"
        help_zh "请用 BPMN 建模工具重新保存模型，并检查丢失的连线";

    /// Inclusive gateways that would take too long to compile.
    JOINS_TOO_LARGE = "BPMN-0065" Error
        en "the inclusive gateways of {0} have more ways in than can be compiled, {1} against {2}"
        zh "{0} 的包容网关的汇入路径过多，无法编译：{1}，上限 {2}"
        help "move parts of the process into sub-processes, which are compiled by themselves"
        help_zh "请将部分流程移入子流程，子流程单独编译";
    /// A flow out of an event-based gateway that leads to something that does not wait.
    EVENT_GATEWAY_TARGET = "BPMN-0066" Error
        en "the event-based gateway {0} leads to {1}, which cannot decide it: {2}"
        zh "事件网关 {0} 指向 {1}，它不能决定走向：{2}"
        help "lead each flow to a catch event with a timer, message or signal, or to a plain receive task"
        help_zh "每条顺序流应指向定时器、消息或信号捕获事件，或普通接收任务";
    /// The target of an event-based gateway is reached from elsewhere too.
    EVENT_GATEWAY_SHARED = "BPMN-0067" Error
        en "{1} waits for the event-based gateway {0} and has another incoming sequence flow"
        zh "{1} 由事件网关 {0} 等待，却另有流入的顺序流"
        help "give the other way an event of its own"
        help_zh "请为另一路径设置单独的事件";
    /// Messages awaited by events and by tasks at one gateway.
    EVENT_GATEWAY_MIXED = "BPMN-0068" Error
        en "the event-based gateway {0} leads to message events and to receive tasks"
        zh "事件网关 {0} 同时指向消息事件与接收任务"
        help "use either message events or receive tasks"
        help_zh "请统一使用消息事件或接收任务";
    /// An event-based gateway that has nothing to choose from.
    EVENT_GATEWAY_FLOWS = "BPMN-0069" Error
        en "the event-based gateway {0} has {1} outgoing sequence flows, at least two are needed"
        zh "事件网关 {0} 有 {1} 条流出的顺序流，至少需要两条"
        help "add the events to choose from, or use a catch event alone"
        help_zh "请补充可选事件，或只用一个捕获事件";

    // Scopes.

    /// Nothing starts the scope.
    NO_START_EVENT = "BPMN-0070" Error
        en "{0} has neither a start event nor an element to which no sequence flow leads"
        zh "{0} 既没有开始事件，也没有无流入顺序流的元素"
        help "add a start event"
        help_zh "请添加开始事件";
    /// Two none start events.
    SEVERAL_NONE_STARTS = "BPMN-0071" Error
        en "{0} has {1} start events without a trigger, at most one can start it"
        zh "{0} 有 {1} 个无触发的开始事件，最多一个"
        help "keep one of them, or give the others a trigger"
        help_zh "请保留一个，或为其他事件设置触发";
    /// A sub-process needs exactly one none start event.
    SUB_PROCESS_START = "BPMN-0072" Error
        en "a sub-process has exactly one start event, without a trigger, or elements to which no sequence flow leads, found {0} start events"
        zh "子流程应恰有一个无触发的开始事件，或有无流入顺序流的元素，实际有 {0} 个开始事件"
        help "start it with one plain start event; triggers belong into event sub-processes"
        help_zh "请使用一个普通开始事件；触发应放入事件子流程";
    /// An event sub-process needs exactly one start event with a trigger.
    EVENT_SUB_PROCESS_START = "BPMN-0073" Error
        en "an event sub-process has exactly one start event, found {0}"
        zh "事件子流程应恰有一个开始事件，实际有 {0} 个"
        help "use one event sub-process for each trigger"
        help_zh "请为每个触发使用单独的事件子流程";
    /// Two start events wait for one message.
    DUPLICATE_START_MESSAGE = "BPMN-0074" Error
        en "two start events of {0} wait for the message {1}"
        zh "{0} 的两个开始事件等待同一消息 {1}"
        help "use one start event, or messages with different names"
        help_zh "请只用一个开始事件，或使用不同名称的消息";

    /// Two start events wait for one signal.
    DUPLICATE_START_SIGNAL = "BPMN-0075" Error
        en "two start events of {0} wait for the signal {1}"
        zh "{0} 的两个开始事件等待同一信号 {1}"
        help "use one start event, or signals with different names"
        help_zh "请只用一个开始事件，或使用不同名称的信号";

    // Boundary events.

    /// Attached to nothing.
    BOUNDARY_UNATTACHED = "BPMN-0080" Error
        en "the boundary event is attached to {0}, which is no element of this scope"
        zh "边界事件附着于 {0}，但它不是本作用域的元素"
        help "attach it to a task, sub-process or call activity beside it"
        help_zh "请附着于同一作用域的任务、子流程或调用活动";
    /// Attached to what is not an activity.
    BOUNDARY_NOT_ON_ACTIVITY = "BPMN-0081" Error
        en "the boundary event is attached to {0}, which is {1}"
        zh "边界事件附着于 {0}，它是 {1}"
        help "attach it to a task, sub-process or call activity"
        help_zh "请附着于任务、子流程或调用活动";
    /// An error always interrupts.
    ERROR_MUST_INTERRUPT = "BPMN-0082" Error
        en "an error event interrupts, found {0}=\"false\""
        zh "错误事件必须中断，实际为 {0}=\"false\""
        help "remove the attribute"
        help_zh "请删除该属性";
    /// Two boundary events catch one error.
    DUPLICATE_ERROR = "BPMN-0083" Error
        en "another boundary event of {0} already catches {1}"
        zh "{0} 的另一个边界事件已捕获 {1}"
        help "keep one of them"
        help_zh "请只保留一个";

    /// Two boundary events catch one escalation.
    DUPLICATE_ESCALATION = "BPMN-0084" Error
        en "another boundary event of {0} already catches the escalation {1}"
        zh "{0} 的另一个边界事件已捕获升级 {1}"
        help "keep one of them"
        help_zh "请只保留一个";

    // Events.

    /// A message event without a message.
    MISSING_MESSAGE = "BPMN-0090" Error
        en "expected a reference to a message of the file, found {0}"
        zh "应引用文件中的消息，实际为 {0}"
        help "choose or create a message"
        help_zh "请选择或创建消息";
    /// A message without a name.
    MESSAGE_WITHOUT_NAME = "BPMN-0091" Error
        en "the message {0} has no name"
        zh "消息 {0} 没有名称"
        help "name it; messages are correlated by name"
        help_zh "请命名；消息按名称关联";
    /// A message that is awaited without a key.
    MISSING_CORRELATION_KEY = "BPMN-0092" Error
        en "the message {0} is awaited without a correlation key"
        zh "等待消息 {0} 时缺少关联键"
        help "set zeebe:subscription correlationKey of the message, = caseId"
        help_zh "请设置消息的 zeebe:subscription correlationKey，如 = caseId";
    /// An error event refers to no error.
    MISSING_ERROR = "BPMN-0093" Error
        en "expected a reference to an error of the file, found {0}"
        zh "应引用文件中的错误，实际为 {0}"
        help "choose or create an error"
        help_zh "请选择或创建错误";
    /// An error without a code.
    ERROR_WITHOUT_CODE = "BPMN-0094" Error
        en "the error {0} has no errorCode"
        zh "错误 {0} 没有 errorCode"
        help "set the errorCode; to catch every error, refer to none"
        help_zh "请设置 errorCode；如需捕获所有错误则不引用任何错误";
    /// A timer with none or several of its three kinds.
    TIMER_KINDS = "BPMN-0095" Error
        en "a timer has exactly one of timeDate, timeDuration and timeCycle, found {0}"
        zh "定时器应恰有 timeDate、timeDuration、timeCycle 之一，实际有 {0} 个"
        help "keep the one that is meant"
        help_zh "请保留所需的一个";
    /// This kind of timer cannot be used here.
    TIMER_KIND_NOT_HERE = "BPMN-0096" Error
        en "{0} cannot be used in {1}"
        zh "{0} 不能用于{1}"
        help "here use one of: {2}"
        help_zh "此处请使用：{2}";
    /// Not a date.
    INVALID_DATE = "BPMN-0097" Error
        en "expected an ISO 8601 date and time, 2026-01-31T09:00:00+08:00, found {0}"
        zh "应为 ISO 8601 日期时间，如 2026-01-31T09:00:00+08:00，实际为 {0}"
        help "correct the text, or begin with = for FEEL"
        help_zh "请改正文本，或以 = 开头使用 FEEL";
    /// Not a duration.
    INVALID_DURATION = "BPMN-0098" Error
        en "expected a positive ISO 8601 duration, P30D or PT10M, found {0}"
        zh "应为正的 ISO 8601 时长，如 P30D 或 PT10M，实际为 {0}"
        help "correct the text, or begin with = for FEEL"
        help_zh "请改正文本，或以 = 开头使用 FEEL";
    /// Not a cycle.
    INVALID_CYCLE = "BPMN-0099" Error
        en "expected R3/PT10M or six cron fields, 0 0 9 * * Mon-Fri, found {0}: {1}"
        zh "应为 R3/PT10M 或六段 cron，如 0 0 9 * * Mon-Fri，实际为 {0}：{1}"
        help "correct the text, or begin with = for FEEL"
        help_zh "请改正文本，或以 = 开头使用 FEEL";
    /// The name of a start event's message must be known at deployment.
    START_MESSAGE_NOT_STATIC = "BPMN-0100" Error
        en "the message of a start event of a process has a fixed name, found {0}"
        zh "流程开始事件的消息名称必须固定，实际为 {0}"
        help "write the name without ="
        help_zh "请去掉 = 并写出名称";
    /// An error code that is computed.
    ERROR_CODE_NOT_STATIC = "BPMN-0101" Error
        en "a computed errorCode cannot be executed yet, found {0}"
        zh "尚不能执行计算得出的 errorCode，实际为 {0}"
        help "write the code without =, and choose between errors with an exclusive gateway"
        help_zh "请去掉 = 写出代码，并用排他网关选择错误";

    /// A signal event without a signal.
    MISSING_SIGNAL = "BPMN-0102" Error
        en "expected a reference to a signal of the file, found {0}"
        zh "应引用文件中的信号，实际为 {0}"
        help "choose or create a signal"
        help_zh "请选择或创建信号";
    /// A signal without a name.
    SIGNAL_WITHOUT_NAME = "BPMN-0103" Error
        en "the signal {0} has no name"
        zh "信号 {0} 没有名称"
        help "name it; signals are recognized by name"
        help_zh "请命名；信号按名称识别";
    /// The name of a start event's signal must be known at deployment.
    START_SIGNAL_NOT_STATIC = "BPMN-0104" Error
        en "the signal of a start event of a process has a fixed name, found {0}"
        zh "流程开始事件的信号名称必须固定，实际为 {0}"
        help "write the name without ="
        help_zh "请去掉 = 并写出名称";
    /// An escalation event refers to no escalation.
    MISSING_ESCALATION = "BPMN-0105" Error
        en "expected a reference to an escalation of the file, found {0}"
        zh "应引用文件中的升级，实际为 {0}"
        help "choose or create an escalation"
        help_zh "请选择或创建升级";
    /// An escalation without a code.
    ESCALATION_WITHOUT_CODE = "BPMN-0106" Error
        en "the escalation {0} has no escalationCode"
        zh "升级 {0} 没有 escalationCode"
        help "set the escalationCode; to catch every escalation, refer to none"
        help_zh "请设置 escalationCode；如需捕获所有升级则不引用任何升级";
    /// An escalation code that is computed.
    ESCALATION_CODE_NOT_STATIC = "BPMN-0107" Error
        en "a computed escalationCode cannot be executed yet, found {0}"
        zh "尚不能执行计算得出的 escalationCode，实际为 {0}"
        help "write the code without =, and choose between escalations with an exclusive gateway"
        help_zh "请去掉 = 写出代码，并用排他网关选择升级";

    // Expressions.

    /// FEEL does not compile.
    SYNTAX_ERROR = "BPMN-0110" Error
        en "{0} has a FEEL syntax error at character {1}: {2}; found {3}"
        zh "{0} 的 FEEL 在第 {1} 个字符处有语法错误：{2}；实际为 {3}"
        help "correct the expression"
        help_zh "请改正表达式";
    /// FEEL begins with `=`.
    NOT_AN_EXPRESSION = "BPMN-0111" Error
        en "{0} is a FEEL expression and begins with =, found {1}"
        zh "{0} 是 FEEL 表达式，应以 = 开头，实际为 {1}"
        help "write = before the expression"
        help_zh "请在表达式前写 =";
    /// Nothing where an expression is needed.
    EMPTY_EXPRESSION = "BPMN-0112" Error
        en "{0} is empty"
        zh "{0} 为空"
        help "write the expression or remove the element"
        help_zh "请填写表达式或删除该元素";
    /// Another expression language.
    OTHER_LANGUAGE = "BPMN-0113" Error
        en "expected FEEL, found the expression language {0}"
        zh "表达式语言应为 FEEL，实际为 {0}"
        help "write the expression in FEEL, = x > 1"
        help_zh "请用 FEEL 书写表达式，如 = x > 1";
    /// Not the name of a variable.
    INVALID_VARIABLE = "BPMN-0114" Error
        en "{0} should be a variable name, found {1}"
        zh "{0} 应为变量名，实际为 {1}"
        help "use letters, digits and _, beginning with a letter; a path has dots"
        help_zh "请使用字母、数字和 _，以字母开头；路径用点分隔";
    /// Not an integer within its bounds.
    INVALID_INTEGER = "BPMN-0115" Error
        en "{0} should be an integer from {1} to {2}, found {3}"
        zh "{0} 应为 {1} 到 {2} 的整数，实际为 {3}"
        help "correct the number, or begin with = for FEEL"
        help_zh "请改正数字，或以 = 开头使用 FEEL";

    // Tasks.

    /// A task without its work.
    MISSING_IMPLEMENTATION = "BPMN-0120" Error
        en "{0} says not what it does"
        zh "{0} 未说明要做什么"
        help "add one of: {1}"
        help_zh "请添加：{1}";
    /// A task with two implementations.
    SEVERAL_IMPLEMENTATIONS = "BPMN-0121" Error
        en "{0} has both {1}"
        zh "{0} 同时含有 {1}"
        help "keep one of them"
        help_zh "请只保留一个";
    /// A script in another language.
    SCRIPT_LANGUAGE = "BPMN-0122" Error
        en "a bpmn:script in {0} cannot be executed"
        zh "不能执行 {0} 语言的 bpmn:script"
        help "use zeebe:script with a FEEL expression, or zeebe:taskDefinition"
        help_zh "请使用含 FEEL 表达式的 zeebe:script，或 zeebe:taskDefinition";
    /// A listener event that cannot be executed yet.
    REFUSED_LISTENER = "BPMN-0123" Error
        en "the task listener event {0} cannot be executed yet"
        zh "任务监听事件 {0} 尚不能执行"
        help "use eventType=\"completing\", or a service task before the user task"
        help_zh "请使用 eventType=\"completing\"，或在用户任务前放置服务任务";
    /// A form reference that contradicts itself.
    FORM_REFERENCE = "BPMN-0124" Error
        en "zeebe:formDefinition has exactly one of formId, formKey and externalReference, found {0}"
        zh "zeebe:formDefinition 应恰有 formId、formKey、externalReference 之一，实际有 {0} 个"
        help "keep formId for deployed forms, else externalReference"
        help_zh "已部署的表单请用 formId，否则用 externalReference";
    /// An unknown property of ours.
    UNKNOWN_PROPERTY = "BPMN-0125" Error
        en "the property {0} is unknown in {1}"
        zh "{1} 中未知的属性 {0}"
        help "known here: {2}"
        help_zh "此处可用：{2}";
    /// One of two properties that belong together.
    INCOMPLETE_RECORD = "BPMN-0126" Error
        en "tongban:record-kind and tongban:record-id belong together, found only {0}"
        zh "tongban:record-kind 与 tongban:record-id 应同时设置，实际只有 {0}"
        help "set both"
        help_zh "请同时设置两者";
    /// A binding that does not exist.
    INVALID_BINDING = "BPMN-0127" Error
        en "bindingType should be latest, deployment or versionTag, found {0}"
        zh "bindingType 应为 latest、deployment 或 versionTag，实际为 {0}"
        help "correct it; versionTag needs the attribute versionTag"
        help_zh "请改正；versionTag 需同时设置 versionTag 属性";
    /// The same header, property or mapping key twice.
    DUPLICATE_KEY = "BPMN-0128" Error
        en "{0} has the key {1} more than once"
        zh "{0} 中键 {1} 出现多次"
        help "keep one of them"
        help_zh "请只保留一个";

    // Multi-instance activities.

    /// How often it is carried out is not said, or said twice.
    LOOP_INPUT = "BPMN-0130" Error
        en "a multi-instance has exactly one of loopCardinality and zeebe:loopCharacteristics inputCollection, found {0}"
        zh "多实例应恰有 loopCardinality 与 zeebe:loopCharacteristics inputCollection 之一，实际有 {0} 个"
        help "set inputCollection to the list to go through, or loopCardinality to a number"
        help_zh "请将 inputCollection 设为要遍历的列表，或将 loopCardinality 设为次数";
    /// One of two attributes that belong together.
    LOOP_OUTPUT = "BPMN-0131" Error
        en "outputCollection and outputElement belong together, found only {0}"
        zh "outputCollection 与 outputElement 应同时设置，实际只有 {0}"
        help "set both, or neither if nothing is gathered"
        help_zh "请同时设置两者；如不收集结果则都不设置";
    /// An item without a collection.
    LOOP_ELEMENT = "BPMN-0132" Error
        en "inputElement names a variable for the items of inputCollection, which is not set"
        zh "inputElement 为 inputCollection 的各项命名，但未设置 inputCollection"
        help "set inputCollection, or use the variable loopCounter"
        help_zh "请设置 inputCollection，或使用变量 loopCounter";
    /// A multi-instance where none can be.
    LOOP_NOT_HERE = "BPMN-0133" Error
        en "{0} cannot be a multi-instance: {1}"
        zh "{0} 不能设为多实例：{1}"
        help "put the marker on a task, a sub-process or a call activity"
        help_zh "请将标记设置在任务、子流程或调用活动上";

    // Lanes.

    /// A lane refers to nothing.
    DANGLING_LANE = "BPMN-0140" Error
        en "the lane refers to {0}, which is no element of this process"
        zh "泳道引用的 {0} 不是本流程的元素"
        help "save the model again with a BPMN modeler"
        help_zh "请用 BPMN 建模工具重新保存模型";
    /// An element in two lanes.
    SEVERAL_LANES = "BPMN-0141" Error
        en "{0} stands in several lanes of one set"
        zh "{0} 位于同一泳道集的多条泳道中"
        help "place it in one lane"
        help_zh "请放入一条泳道";
    /// A lane that gives its user tasks no group.
    LANE_WITHOUT_NAME = "BPMN-0142" Warning
        en "the lane of the user task {0} has no name, so that nobody may claim the task"
        zh "用户任务 {0} 所在泳道没有名称，无人可认领"
        help "name the lane or set zeebe:assignmentDefinition"
        help_zh "请命名泳道或设置 zeebe:assignmentDefinition";
    /// A property of timers elsewhere.
    DEADLINE_WITHOUT_TIMER = "BPMN-0145" Error
        en "tongban:deadline and tongban:record-id belong to a timer event"
        zh "tongban:deadline 与 tongban:record-id 只能用于定时事件"
        help "add a timerEventDefinition, or remove the properties"
        help_zh "请添加 timerEventDefinition，或删除这些属性";
    /// One of two properties that belong together.
    INCOMPLETE_DEADLINE = "BPMN-0146" Error
        en "tongban:deadline and tongban:record-id belong together, found only {0}"
        zh "tongban:deadline 与 tongban:record-id 应同时设置，实际只有 {0}"
        help "set both; the record is usually = caseId or the like"
        help_zh "请同时设置两者；记录通常写为 = caseId 等";
    /// A deadline that is computed.
    DEADLINE_NOT_STATIC = "BPMN-0147" Error
        en "tongban:deadline is the fixed key of a declared deadline, found {0}"
        zh "tongban:deadline 应为已声明期限的固定标识，实际为 {0}"
        help "write the key as plugin.toml declares it, without ="
        help_zh "请按 plugin.toml 的声明填写，不要加 =";
    /// Two owners of one date.
    DEADLINE_AND_TIMER = "BPMN-0148" Error
        en "the deadline owns the date of this timer, found {0} beside it"
        zh "该定时器的日期由期限决定，不应另有 {0}"
        help "remove {0}, or the property tongban:deadline"
        help_zh "请删除 {0}，或删除属性 tongban:deadline";

    // Links, conditions, compensation, transactions and multiple events.

    /// A reference to an event definition that does not exist.
    DANGLING_EVENT_DEFINITION = "BPMN-0300" Error
        en "the event refers to the event definition {0}, which is not in this file"
        zh "事件引用的事件定义 {0} 不在本文件中"
        help "write the event definition into the event"
        help_zh "请将事件定义写入该事件";
    /// A definition that cannot stand beside others.
    NOT_IN_MULTIPLE = "BPMN-0301" Error
        en "{0} cannot be one of several definitions in {1}"
        zh "{0} 不能作为{1}的多个定义之一"
        help "use an event of its own for it; here may stand: {2}"
        help_zh "请为其使用单独的事件；此处可用：{2}";
    /// Several definitions each of which ends what is around the event.
    SEVERAL_ENDS = "BPMN-0302" Error
        en "expected at most one of error, cancel and terminate, found {0}"
        zh "错误、取消与终止最多一个，实际有 {0} 个"
        help "keep the one that decides how the scope ends"
        help_zh "请只保留决定作用域如何结束的一个";
    /// A link without a name.
    LINK_WITHOUT_NAME = "BPMN-0303" Error
        en "the link event definition has no name"
        zh "链接事件定义缺少名称"
        help "give both ends of the link the same name"
        help_zh "请为链接两端设置相同的名称";
    /// A link that leads nowhere.
    LINK_WITHOUT_TARGET = "BPMN-0304" Error
        en "no intermediate catch event of this scope is the target of the link {0}"
        zh "本作用域内没有中间捕获事件是链接 {0} 的目标"
        help "add a catching link event of this name in the same process or sub-process"
        help_zh "请在同一流程或子流程内添加同名的捕获链接事件";
    /// A link that nothing leads to.
    LINK_WITHOUT_SOURCE = "BPMN-0305" Error
        en "no intermediate throw event of this scope leads to the link {0}"
        zh "本作用域内没有中间抛出事件通向链接 {0}"
        help "add a throwing link event of this name in the same process or sub-process"
        help_zh "请在同一流程或子流程内添加同名的抛出链接事件";
    /// A link with two targets.
    SEVERAL_LINK_TARGETS = "BPMN-0306" Error
        en "{1} is the target of the link {0} already"
        zh "{1} 已是链接 {0} 的目标"
        help "give each target a name of its own"
        help_zh "请为每个目标设置不同的名称";
    /// A link event with a flow on the side of the link.
    LINK_HAS_FLOW = "BPMN-0307" Error
        en "the link event has the {0} sequence flow {1}"
        zh "链接事件有顺序流 {1}（{0}）"
        help "remove the flow: the link stands for it"
        help_zh "请删除该顺序流：链接即代表顺序流";
    /// A conditional event without its condition.
    CONDITION_MISSING = "BPMN-0308" Error
        en "expected one condition, found {0}"
        zh "应有一个条件，实际有 {0} 个"
        help "write a condition, = amount > 100"
        help_zh "请填写条件，如 = amount > 100";
    /// A compensation event without its handler, or with several.
    COMPENSATION_HANDLERS = "BPMN-0309" Error
        en "the compensation event {0} leads to {1} handlers, expected one"
        zh "补偿事件 {0} 关联了 {1} 个处理活动，应为一个"
        help "draw an association to the activity that undoes the work, marked isForCompensation"
        help_zh "请用关联连接到负责撤销的活动，并标记 isForCompensation";
    /// A compensation event that leads to something else.
    NO_COMPENSATION_HANDLER = "BPMN-0310" Error
        en "{1}, to which the compensation event {0} leads, is not an activity for compensation in the same scope"
        zh "补偿事件 {0} 关联的 {1} 不是同一作用域内用于补偿的活动"
        help "mark it isForCompensation, and place it in the same process or sub-process"
        help_zh "请标记 isForCompensation，并放在同一流程或子流程内";
    /// Several compensation events on one activity.
    SEVERAL_COMPENSATIONS = "BPMN-0311" Error
        en "{0} has {1} compensation events, expected at most one"
        zh "{0} 有 {1} 个补偿事件，最多一个"
        help "let one handler, maybe a sub-process, undo the work"
        help_zh "请用一个处理活动（可为子流程）完成撤销";
    /// A flow at a compensation event.
    COMPENSATION_EVENT_HAS_FLOW = "BPMN-0312" Error
        en "the compensation event {0} has the outgoing sequence flow {1}"
        zh "补偿事件 {0} 有流出的顺序流 {1}"
        help "draw an association to the handler instead"
        help_zh "请改用关联连接到处理活动";
    /// A flow at a compensation handler.
    HANDLER_HAS_FLOW = "BPMN-0313" Error
        en "{0} is for compensation and has the sequence flow {1}"
        zh "{0} 用于补偿，却有顺序流 {1}"
        help "remove the flow: the compensation event starts the activity, and it leads nowhere"
        help_zh "请删除该顺序流：活动由补偿事件启动，且不通向后续元素";
    /// A boundary event on a compensation handler.
    HANDLER_HAS_EVENT = "BPMN-0314" Error
        en "{0} is for compensation and has the boundary event {1}"
        zh "{0} 用于补偿，却有边界事件 {1}"
        help "make the handler a sub-process, and put the activity with its boundary events within"
        help_zh "请将处理活动改为子流程，并把带边界事件的活动放入其中";
    /// A compensation handler that nothing leads to.
    HANDLER_UNUSED = "BPMN-0315" Warning
        en "{0} is for compensation, but no compensation event leads to it"
        zh "{0} 用于补偿，但没有补偿事件关联它"
        help "draw an association from the compensation event of an activity"
        help_zh "请从某活动的补偿事件画关联到它";
    /// Compensation of what is not there, or out of reach.
    COMPENSATION_OUT_OF_REACH = "BPMN-0316" Error
        en "{0} compensates {1}, which is no activity of the same scope"
        zh "{0} 要补偿的 {1} 不是同一作用域内的活动"
        help "name an activity of the same process or sub-process, or of the one around an event sub-process"
        help_zh "请指定同一流程或子流程内的活动；在事件子流程内可指定其外层的活动";
    /// A compensation event sub-process where nothing can be undone.
    COMPENSATION_NOT_HERE = "BPMN-0317" Error
        en "the compensation event sub-process {0} stands in a {1}, which is never undone"
        zh "补偿事件子流程 {0} 位于 {1} 中，而后者从不被撤销"
        help "put it into a sub-process or a transaction"
        help_zh "请放入子流程或事务";
    /// Two compensation event sub-processes in one scope.
    SEVERAL_COMPENSATION_SUB_PROCESSES = "BPMN-0318" Error
        en "{0} already has the compensation event sub-process {1}"
        zh "{0} 已有补偿事件子流程 {1}"
        help "keep one of them"
        help_zh "请只保留一个";
    /// A compensation start event that shall not interrupt.
    COMPENSATION_MUST_INTERRUPT = "BPMN-0319" Error
        en "a compensation start event interrupts, found {0}=\"false\""
        zh "补偿开始事件必须中断，实际为 {0}=\"false\""
        help "remove the attribute"
        help_zh "请删除该属性";
    /// A cancel outside of transactions.
    CANCEL_OUTSIDE_TRANSACTION = "BPMN-0320" Error
        en "the cancel end event {0} stands in no transaction"
        zh "取消结束事件 {0} 不在事务中"
        help "put it into a transaction, or throw an error"
        help_zh "请放入事务，或改为抛出错误";
    /// A cancel event on something else than a transaction.
    CANCEL_NOT_ON_TRANSACTION = "BPMN-0321" Error
        en "the cancel event is attached to {0}, which is a {1} and no transaction"
        zh "取消事件附着于 {0}，而它是 {1}，不是事务"
        help "attach it to a transaction, or use an error event"
        help_zh "请附着于事务，或使用错误事件";
    /// A cancel event that shall not interrupt.
    CANCEL_MUST_INTERRUPT = "BPMN-0322" Error
        en "a cancel event interrupts, found {0}=\"false\""
        zh "取消事件必须中断，实际为 {0}=\"false\""
        help "remove the attribute"
        help_zh "请删除该属性";
    /// Two ways on from a canceled transaction.
    SEVERAL_CANCEL_EVENTS = "BPMN-0323" Error
        en "the transaction {0} has {1} cancel events, expected at most one"
        zh "事务 {0} 有 {1} 个取消事件，最多一个"
        help "keep one of them"
        help_zh "请只保留一个";
    /// A transaction that is canceled and leads nowhere then.
    CANCEL_WITHOUT_WAY_OUT = "BPMN-0324" Warning
        en "the transaction {0} has no cancel event on its border, so that nothing follows when it is canceled"
        zh "事务 {0} 的边界上没有取消事件，取消后流程不再继续"
        help "attach a cancel boundary event to the transaction"
        help_zh "请在事务边界上添加取消事件";
    /// A part of correlation that does not exist.
    DANGLING_CORRELATION = "BPMN-0325" Error
        en "{0} refers to {1}, which is not in this file"
        zh "{0} 引用的 {1} 不在本文件中"
        help "name a correlationKey of a collaboration, or a correlationProperty"
        help_zh "请引用协作图中的 correlationKey，或某个 correlationProperty";
    /// A subscription that binds no value to a property of its key.
    INCOMPLETE_CORRELATION = "BPMN-0326" Error
        en "the correlation subscription binds no value to {1}, a property of the key {0}"
        zh "关联订阅未给键 {0} 的属性 {1} 绑定值"
        help "add a correlationPropertyBinding with a dataPath"
        help_zh "请添加带 dataPath 的 correlationPropertyBinding";
    /// Subscriptions to one message by several keys.
    SEVERAL_CORRELATION_KEYS = "BPMN-0328" Error
        en "the message {0} is subscribed to by several keys: {1}; it is published under one"
        zh "消息 {0} 被多个键订阅：{1}；而它只以一个键发布"
        help "subscribe by one of the keys, or let the others read other messages"
        help_zh "请只用其中一个键订阅，或让其余的键读取其他消息";
    /// A cycle of an event that occurs once.
    CYCLE_ONCE = "BPMN-0327" Warning
        en "{0} occurs once, when its cycle comes due first"
        zh "{0}只发生一次，即其周期首次到期时"
        help "use timeDuration, or let the event not interrupt if it shall repeat"
        help_zh "请改用 timeDuration；如需重复，请设为非中断事件";
    // Loops, complex gateways, ad-hoc sub-processes and gateways that start a process.

    /// Two markers that say how often an activity is carried out.
    SEVERAL_LOOPS = "BPMN-0350" Error
        en "{0} has {1} markers that say how often it is carried out, at most one is possible"
        zh "{0} 有 {1} 个循环或多实例标记，最多一个"
        help "keep the loop or the multi-instance; put the other one on a sub-process around it"
        help_zh "请只保留循环或多实例之一；另一个可放在外层子流程上";
    /// A loop that nothing ends.
    LOOP_WITHOUT_END = "BPMN-0351" Error
        en "a loop has a loopCondition, a loopMaximum or both, found neither"
        zh "循环应有 loopCondition、loopMaximum 或两者，实际都没有"
        help "set loopCondition to what has to hold for another iteration"
        help_zh "请将 loopCondition 设为再次执行所需满足的条件";
    /// A complex gateway that does not say when it goes on.
    MISSING_ACTIVATION_CONDITION = "BPMN-0352" Error
        en "the complex gateway {0} has {1} incoming sequence flows and no activationCondition"
        zh "复杂网关 {0} 有 {1} 条流入的顺序流，却没有 activationCondition"
        help "set it, for instance to =activationCount >= 2; or use a parallel or inclusive gateway"
        help_zh "请设置该条件，例如 =activationCount >= 2；或改用并行或包容网关";
    /// What an ad-hoc sub-process must not contain.
    AD_HOC_CONTENT = "BPMN-0353" Error
        en "the ad-hoc sub-process {0} contains a {1}; its activities are chosen while it runs"
        zh "即席子流程 {0} 含有 {1}；其中的活动在运行时选择"
        help "remove it; choose what begins by activeElementsCollection, and end by completionCondition"
        help_zh "请删除；用 activeElementsCollection 指定初始活动，用 completionCondition 指定结束";
    /// An ad-hoc sub-process without an activity.
    AD_HOC_EMPTY = "BPMN-0354" Error
        en "the ad-hoc sub-process {0} contains no activity"
        zh "即席子流程 {0} 不含任何活动"
        help "put the activities that can be chosen into it"
        help_zh "请在其中加入可选择的活动";
    /// A flow into a gateway that starts the process.
    INSTANTIATION_INCOMING = "BPMN-0355" Error
        en "the event-based gateway {0} starts the process, so no sequence flow may lead to it, found {1}"
        zh "事件网关 {0} 用于启动流程，不得有流入的顺序流，实际有 {1}"
        help "remove the flow, or set instantiate to false"
        help_zh "请删除该顺序流，或将 instantiate 设为 false";
    /// An event after such a gateway that cannot start a process.
    INSTANTIATION_EVENT = "BPMN-0356" Error
        en "{1} cannot start the process after the event-based gateway {0}: {2}"
        zh "{1} 不能在事件网关 {0} 之后启动流程：{2}"
        help "lead each flow to a message whose name is fixed; after an exclusive gateway a signal will do"
        help_zh "每条顺序流应指向名称固定的消息；排他方式下也可指向信号";
    /// Such a gateway within a sub-process.
    INSTANTIATION_NOT_HERE = "BPMN-0357" Error
        en "{0} starts the process and stands within a sub-process"
        zh "{0} 用于启动流程，却位于子流程内"
        help "move it to the process itself, or set instantiate to false"
        help_zh "请将其移到流程顶层，或将 instantiate 设为 false";
    /// A behavior of a multi-instance without the event it throws.
    BEHAVIOR_EVENT = "BPMN-0358" Error
        en "behavior=\"{0}\" throws the event that {1} names, found {2}"
        zh "behavior=\"{0}\" 抛出 {1} 指定的事件，实际为 {2}"
        help "declare a signal, escalation or message event definition beside the process, and name its id"
        help_zh "请在流程之外声明信号、升级或消息事件定义，并引用其 id";
    /// Parts of a behavior that belong to another.
    BEHAVIOR_MIXED = "BPMN-0359" Error
        en "{0} has no effect with behavior=\"{1}\""
        zh "behavior=\"{1}\" 时 {0} 不起作用"
        help "remove it, or choose the behavior it belongs to"
        help_zh "请删除，或选择相应的 behavior";
    /// A behavior that says when, but not what.
    COMPLEX_BEHAVIOR = "BPMN-0360" Error
        en "complexBehaviorDefinition has a condition and an event with one definition, found {0}"
        zh "complexBehaviorDefinition 应有条件和恰含一个定义的事件，实际为 {0}"
        help "add a condition in FEEL, and an event with a signal, escalation or message"
        help_zh "请补充 FEEL 条件，以及含信号、升级或消息的事件";

    // Data.

    /// A reference to data that is not there, or cannot be a variable.
    DANGLING_DATA = "BPMN-0365" Error
        en "expected a data object, property, input or output whose name or id is that of a variable, found {0}"
        zh "应引用名称或 id 可作变量名的数据对象、属性、输入或输出，实际为 {0}"
        help "connect the association again, and name the data by letters, digits and _"
        help_zh "请重新连接数据关联，名称仅用字母、数字和 _";
    /// A plain copy of several values, or of none.
    DATA_SOURCES = "BPMN-0366" Error
        en "a data association without transformation and assignment copies one source, found {0}"
        zh "没有转换与赋值的数据关联只复制一个来源，实际有 {0} 个"
        help "add a transformation that makes one value of them"
        help_zh "请增加转换，将其合为一个值";
    /// A type that nobody here knows.
    DATA_TYPE_UNKNOWN = "BPMN-0367" Warning
        en "{0} has the type {1}, which is not known here: its values are not checked"
        zh "{0} 的类型 {1} 未知，其值不受校验"
        help "name a type of FEEL, a record kind as plugin:kind, or a schema as schemas/name.json"
        help_zh "请使用 FEEL 类型、记录类型（plugin:kind）或 schemas/name.json";
    /// Inputs of an event that begins when its trigger has come.
    INPUTS_NOT_HERE = "BPMN-0368" Error
        en "{0} begins with what has come, and takes no inputs or properties of its own: {1}"
        zh "{0} 由到达的触发开始，没有自己的输入或属性：{1}"
        help "map what has come by its outputs, or set the inputs on what follows"
        help_zh "请用输出映射到达的内容，或将输入设置在其后的元素上";

    // The standard: what may be written.

    /// A reference to nothing.
    DANGLING_REFERENCE = "BPMN-0400" Error
        en "{0} refers to {1}, which is not in the file"
        zh "{0} 引用的 {1} 不在文件中"
        help "choose an existing {2}, or remove the reference"
        help_zh "请选择已有的 {2}，或删除该引用";
    /// A reference to something of another kind.
    WRONG_REFERENCE = "BPMN-0401" Error
        en "{0} refers to {1}, which is {2}; expected {3}"
        zh "{0} 引用的 {1} 是 {2}，应为 {3}"
        help "refer to a {3}"
        help_zh "请引用 {3}";
    /// A part that must be there is missing.
    TOO_FEW_PARTS = "BPMN-0402" Error
        en "{0} has {1} of {2}, at least {3} must be there"
        zh "{0} 有 {1} 个 {2}，至少应有 {3} 个"
        help "add what is missing"
        help_zh "请补充缺少的部分";
    /// A part is there too often.
    TOO_MANY_PARTS = "BPMN-0403" Error
        en "{0} has {1} of {2}, at most {3} may be there"
        zh "{0} 有 {1} 个 {2}，最多 {3} 个"
        help "keep the one that is meant"
        help_zh "请只保留所需的部分";
    /// Not a URI.
    INVALID_URI = "BPMN-0404" Error
        en "the attribute {0} should be a URI, found {1}"
        zh "属性 {0} 应为 URI，实际为 {1}"
        help "correct it; the language of our expressions is called feel"
        help_zh "请改正；本系统的表达式语言写作 feel";
    /// Not a MIME type.
    INVALID_MIME_TYPE = "BPMN-0405" Error
        en "the attribute {0} should be a MIME type, text/plain, found {1}"
        zh "属性 {0} 应为 MIME 类型，如 text/plain，实际为 {1}"
        help "correct it or remove it"
        help_zh "请改正或删除";
    /// An expression in words where one is evaluated.
    NOT_FORMAL = "BPMN-0406" Error
        en "{0} of an executable process is only a text, found {1}"
        zh "可执行流程的 {0} 只是一段文字，实际为 {1}"
        help "write FEEL after =, or declare it with xsi:type=\"bpmn:tFormalExpression\""
        help_zh "请在 = 之后书写 FEEL，或声明 xsi:type=\"bpmn:tFormalExpression\"";
    /// An expression without a text where one is evaluated.
    EMPTY_FORMAL = "BPMN-0407" Error
        en "{0} is empty"
        zh "{0} 为空"
        help "write the expression or remove the element"
        help_zh "请填写表达式或删除该元素";

    // The standard: sequence flows and gateways.

    /// The flows of a gateway contradict its direction.
    GATEWAY_DIRECTION = "BPMN-0410" Error
        en "{0} is said to be {1}, but has {2} incoming and {3} outgoing sequence flows"
        zh "{0} 标为 {1}，但有 {2} 条流入、{3} 条流出的顺序流"
        help "correct the flows, or remove gatewayDirection"
        help_zh "请改正顺序流，或删除 gatewayDirection";
    /// A gateway that neither splits nor merges.
    GATEWAY_ALONE = "BPMN-0411" Error
        en "the gateway {0} has {1} incoming and {2} outgoing sequence flows, at least two of one kind are needed"
        zh "网关 {0} 有 {1} 条流入、{2} 条流出的顺序流，其中之一至少应有两条"
        help "connect the missing flows, or remove the gateway"
        help_zh "请连接缺少的顺序流，或删除网关";
    /// Nothing leads to an element of a scope that has a start event.
    NO_INCOMING = "BPMN-0412" Error
        en "{0} has no incoming sequence flow, although its scope has a start event"
        zh "{0} 没有流入的顺序流，而其作用域有开始事件"
        help "connect it to what comes before, or remove it"
        help_zh "请与前面的元素连接，或删除";
    /// Nothing leads away from an element of a scope that has an end event.
    LEADS_NOWHERE = "BPMN-0413" Error
        en "{0} has no outgoing sequence flow, although its scope has an end event"
        zh "{0} 没有流出的顺序流，而其作用域有结束事件"
        help "connect it, if only to an end event"
        help_zh "请连接后续元素，至少连接到结束事件";
    /// A scope with a start and without an end.
    START_WITHOUT_END = "BPMN-0414" Error
        en "{0} has a start event and no end event"
        zh "{0} 有开始事件而没有结束事件"
        help "add an end event"
        help_zh "请添加结束事件";
    /// A scope with an end and without a start.
    END_WITHOUT_START = "BPMN-0415" Error
        en "{0} has an end event and no start event"
        zh "{0} 有结束事件而没有开始事件"
        help "add a start event"
        help_zh "请添加开始事件";
    /// Only one end of a flow names it.
    UNNAMED_FLOW = "BPMN-0416" Error
        en "{0} does not name the sequence flow {1} as {2}, although its other end names it"
        zh "{0} 未将顺序流 {1} 列为 {2}，而其另一端已列出"
        help "save the model again with a BPMN modeler"
        help_zh "请用 BPMN 建模工具重新保存模型";
    /// A conditional flow without an alternative.
    CONDITION_ALONE = "BPMN-0417" Error
        en "the conditional sequence flow {0} is the only one out of {1}"
        zh "带条件的顺序流 {0} 是 {1} 流出的唯一顺序流"
        help "add another flow, or remove the condition"
        help_zh "请添加另一条顺序流，或删除条件";
    /// A flow on which something may happen that the model does not show, in an executable process.
    NOT_IMMEDIATE = "BPMN-0418" Error
        en "the sequence flow {0} of an executable process has isImmediate=\"false\""
        zh "可执行流程的顺序流 {0} 标为 isImmediate=\"false\""
        help "remove the attribute: nothing happens between two elements that the model does not show"
        help_zh "请删除该属性：两个元素之间不会发生模型未表示的活动";

    /// An intermediate event that nothing leads to.
    EVENT_WITHOUT_INCOMING = "BPMN-0419" Error
        en "the intermediate event {0} has no incoming sequence flow"
        zh "中间事件 {0} 没有流入的顺序流"
        help "connect it to what comes before, or use a start event"
        help_zh "请与前面的元素连接，或改用开始事件";

    // The standard: events.

    /// An event definition where BPMN has none.
    EVENT_NOT_HERE = "BPMN-0420" Error
        en "BPMN has no {0} in {1}"
        zh "BPMN 不允许在{1}中使用 {0}"
        help "here use one of: {2}"
        help_zh "此处请使用：{2}";
    /// A cancel event without a transaction.
    CANCEL_NOT_HERE = "BPMN-0421" Error
        en "a cancel event belongs to a transaction, found it in {0}"
        zh "取消事件只能用于事务子流程，实际位于 {0}"
        help "use an error event, or a transaction"
        help_zh "请使用错误事件，或使用事务子流程";
    /// A link event that leads nowhere or comes from nowhere.
    LINK_WITHOUT_PARTNER = "BPMN-0422" Error
        en "the link event {0} has no counterpart in its scope"
        zh "链接事件 {0} 在其作用域中没有对应的事件"
        help "add the other end with the same name, or use a sequence flow"
        help_zh "请添加同名的另一端，或使用顺序流";
    /// Link events that do not agree with each other.
    LINK_MISMATCH = "BPMN-0423" Error
        en "the link event {0} names {1}, which does not name it"
        zh "链接事件 {0} 引用 {1}，后者并未引用它"
        help "let source and target name each other"
        help_zh "请使 source 与 target 互相引用";
    /// A flow where a link stands for one.
    LINK_STANDS_FOR_FLOW = "BPMN-0424" Error
        en "the link event {0} has the sequence flow {1}, for which the link stands"
        zh "链接事件 {0} 有顺序流 {1}，而链接本身已代替它"
        help "remove the flow"
        help_zh "请删除该顺序流";
    /// A reference to the event definition of another event.
    DEFINITION_NOT_SHARED = "BPMN-0425" Error
        en "the event definition {0} belongs to another event"
        zh "事件定义 {0} 属于另一个事件"
        help "write the definition directly within definitions, or within this event"
        help_zh "请将定义直接写在 definitions 内，或写在本事件内";
    /// An event that cannot but interrupt.
    MUST_INTERRUPT = "BPMN-0426" Error
        en "{0} interrupts, found {1}=\"false\""
        zh "{0} 必须中断，实际为 {1}=\"false\""
        help "remove the attribute"
        help_zh "请删除该属性";
    /// A compensation handler that is not one.
    NOT_FOR_COMPENSATION = "BPMN-0427" Error
        en "{0} is associated with a compensation event and is not for compensation"
        zh "{0} 与补偿事件关联，但未标为补偿活动"
        help "set isForCompensation=\"true\""
        help_zh "请设置 isForCompensation=\"true\"";
    /// A compensation handler in the normal flow.
    COMPENSATION_HAS_FLOW = "BPMN-0428" Error
        en "{0} is for compensation and has the sequence flow {1}"
        zh "{0} 用于补偿，却有顺序流 {1}"
        help "remove the flow: compensation starts it"
        help_zh "请删除该顺序流：补偿会启动它";
    /// A typed message without the operation that carries it.
    MESSAGE_WITHOUT_OPERATION = "BPMN-0429" Error
        en "the message {0} has an item definition, and the event names no operation"
        zh "消息 {0} 有数据类型，但事件未指明操作"
        help "name the operation, or remove itemRef: our messages carry variables"
        help_zh "请指明操作，或删除 itemRef：本系统的消息携带变量";
    /// A called process that only events start.
    CALLED_WITHOUT_START = "BPMN-0430" Error
        en "the called process {0} has no start event without a trigger"
        zh "被调用的流程 {0} 没有无触发的开始事件"
        help "add a plain start event"
        help_zh "请添加普通开始事件";
    /// Something that starts a process and is led to.
    INSTANTIATE_HAS_FLOW = "BPMN-0431" Error
        en "{0} starts the process and has the incoming sequence flow {1}"
        zh "{0} 启动流程，却有流入的顺序流 {1}"
        help "remove the flow, or instantiate=\"true\""
        help_zh "请删除该顺序流，或删除 instantiate=\"true\"";
    /// A public process that is to be executed.
    PUBLIC_EXECUTABLE = "BPMN-0432" Error
        en "the process {0} is public and executable"
        zh "流程 {0} 既是公共流程又可执行"
        help "choose Private or None: a public process shows messages only"
        help_zh "请选择 Private 或 None：公共流程只表示消息";

    // The standard: activities.

    /// Fewer than one token.
    INVALID_QUANTITY = "BPMN-0440" Error
        en "{0} is at least 1, found {1}"
        zh "{0} 至少为 1，实际为 {1}"
        help "remove the attribute"
        help_zh "请删除该属性";
    /// A script in no language.
    SCRIPT_WITHOUT_FORMAT = "BPMN-0441" Error
        en "the script task has a script and no scriptFormat"
        zh "脚本任务有脚本而没有 scriptFormat"
        help "say the language, or use zeebe:script"
        help_zh "请说明语言，或使用 zeebe:script";
    /// An ad-hoc sub-process with nothing to do.
    AD_HOC_WITHOUT_ACTIVITY = "BPMN-0442" Error
        en "the ad-hoc sub-process {0} has no activity"
        zh "即席子流程 {0} 没有活动"
        help "add an activity"
        help_zh "请添加活动";
    /// What an ad-hoc sub-process must not have.
    AD_HOC_PART = "BPMN-0443" Error
        en "the ad-hoc sub-process {0} must not have {1}"
        zh "即席子流程 {0} 不得含有 {1}"
        help "remove it, or use a plain sub-process"
        help_zh "请删除，或使用普通子流程";
    /// A choreography activity in a process.
    CHOREOGRAPHY_IN_PROCESS = "BPMN-0444" Error
        en "{0} belongs into a choreography, found it in {1}"
        zh "{0} 只能用于编排，实际位于 {1}"
        help "model the participants as processes with message events"
        help_zh "请将各参与方建模为带消息事件的流程";
    /// Data inputs of an embedded sub-process.
    SUB_PROCESS_DATA = "BPMN-0445" Error
        en "the embedded sub-process {0} must not have data inputs and outputs"
        zh "嵌入子流程 {0} 不得有数据输入输出"
        help "its contents read the data objects around it; remove ioSpecification"
        help_zh "其内容可直接读取外层数据；请删除 ioSpecification";
    /// A resource said in two ways.
    RESOURCE_TWICE = "BPMN-0446" Error
        en "{0} names a resource and computes one"
        zh "{0} 既引用资源又计算资源"
        help "keep resourceRef or resourceAssignmentExpression"
        help_zh "请只保留 resourceRef 或 resourceAssignmentExpression";
    /// The data of a multi-instance is not that of its activity.
    LOOP_DATA = "BPMN-0447" Error
        en "{0} of the multi-instance should be {1}, found {2}"
        zh "多实例的 {0} 应为{1}，实际为 {2}"
        help "correct the reference, or use zeebe:loopCharacteristics"
        help_zh "请改正引用，或使用 zeebe:loopCharacteristics";
    /// The events of a multi-instance do not fit its behavior.
    BEHAVIOR_PARTS = "BPMN-0448" Error
        en "{0} has no meaning with behavior=\"{1}\""
        zh "behavior=\"{1}\" 时 {0} 没有意义"
        help "remove it, or change the behavior"
        help_zh "请删除，或修改 behavior";

    // The standard: data.

    /// One says collection, the other does not.
    COLLECTION_MISMATCH = "BPMN-0450" Error
        en "isCollection=\"{0}\", but the item definition {1} says {2}"
        zh "isCollection=\"{0}\"，而数据类型 {1} 为 {2}"
        help "make both the same"
        help_zh "请使两者一致";
    /// Two item definitions that should be one.
    TYPE_MISMATCH = "BPMN-0451" Error
        en "{0} has the type {1}, {2} has {3}"
        zh "{0} 的类型为 {1}，{2} 的类型为 {3}"
        help "use the same item definition, or a transformation"
        help_zh "请使用同一数据类型，或添加转换";
    /// An optional item that is not of its set.
    OPTIONAL_NOT_IN_SET = "BPMN-0452" Error
        en "{0} is optional or may come late in a set that it does not belong to"
        zh "{0} 在集合中标为可选或可后到，但不属于该集合"
        help "add it to the set, or remove the reference"
        help_zh "请加入该集合，或删除该引用";
    /// An input set and an output set that do not name each other.
    SETS_DISAGREE = "BPMN-0453" Error
        en "{0} names {1}, which does not name it"
        zh "{0} 引用 {1}，后者并未引用它"
        help "let both name each other"
        help_zh "请使两者互相引用";
    /// More data than an operation or a message has.
    OPERATION_DATA = "BPMN-0454" Error
        en "{0} has {1} of {2}, {3} fits its operation or message"
        zh "{0} 有 {1} 个 {2}，与其操作或消息相符的是 {3} 个"
        help "keep what the operation takes and gives"
        help_zh "请只保留操作所需的输入输出";
    /// The data of an event are not those of its definitions.
    EVENT_DATA = "BPMN-0455" Error
        en "{0} has {1} data items for {2} event definitions with data"
        zh "{0} 有 {1} 个数据项，而带数据的事件定义有 {2} 个"
        help "use one data item for each event definition, in the same order"
        help_zh "请按相同顺序为每个事件定义设置一个数据项";
    /// The data of a call are not those of what is called.
    CALLED_DATA = "BPMN-0456" Error
        en "the call activity has {0} of {1}, what it calls has {2}"
        zh "调用活动有 {0} 个 {1}，被调用者有 {2} 个"
        help "give the call the same data as what it calls"
        help_zh "请使调用活动的数据与被调用者一致";
    /// An operation that is offered and not bound.
    MISSING_BINDING = "BPMN-0457" Error
        en "{0} supports the interface {1} and binds no data to its operation {2}"
        zh "{0} 支持接口 {1}，但未将数据绑定到操作 {2}"
        help "add an ioBinding, or remove supportedInterfaceRef"
        help_zh "请添加 ioBinding，或删除 supportedInterfaceRef";
    /// The name of a data object reference contradicts its object.
    REFERENCE_NAME = "BPMN-0458" Error
        en "the reference to {0} in the state {1} is named {2}"
        zh "对 {0}（状态 {1}）的引用名为 {2}"
        help "name it {0} [{1}]"
        help_zh "请命名为 {0} [{1}]";

    // The standard: collaborations.

    /// A message flow within one participant.
    MESSAGE_FLOW_WITHIN_POOL = "BPMN-0470" Error
        en "the message flow {0} begins and ends in one pool"
        zh "消息流 {0} 的两端在同一池中"
        help "use a sequence flow, or lead it to another participant"
        help_zh "请使用顺序流，或连接到其他参与方";
    /// A number of participants that cannot be.
    INVALID_MULTIPLICITY = "BPMN-0471" Error
        en "the number of participants is from {0} to {1}"
        zh "参与方数量为 {0} 至 {1}"
        help "the minimum is at least 0, the maximum at least 1 and not below the minimum"
        help_zh "最小值至少为 0，最大值至少为 1 且不小于最小值";
    /// A message flow at an event that has none.
    MESSAGE_FLOW_END = "BPMN-0472" Error
        en "a message flow cannot {0} {1}"
        zh "消息流不能{0} {1}"
        help "lead it to a message event, a task, or the pool"
        help_zh "请连接到消息事件、任务或池";
    /// What a global conversation must not have.
    GLOBAL_CONVERSATION = "BPMN-0473" Error
        en "a global conversation must not have {0}"
        zh "全局会话不得含有 {0}"
        help "use a collaboration"
        help_zh "请使用协作图";
    /// A binding of a property that is not of the key.
    FOREIGN_PROPERTY = "BPMN-0474" Error
        en "the binding names {0}, which is not a property of the correlation key {1}"
        zh "绑定引用的 {0} 不是关联键 {1} 的属性"
        help "bind the properties of the key"
        help_zh "请绑定该键的属性";

    // Soundness: what cannot work out, whatever the data.

    /// A token that waits forever.
    DEADLOCK = "BPMN-0480" Warning
        en "{0} can wait forever: nothing comes any more by {1}; it happens so: {2}"
        zh "{0} 可能永远等待：{1} 不会再有令牌到达；经过如下：{2}"
        help "join with the kind of gateway that has split, or let every way lead there"
        help_zh "请用与分支相同类型的网关汇合，或让每条路径都到达该处";
    /// Two tokens where one is meant.
    LACK_OF_SYNCHRONIZATION = "BPMN-0481" Warning
        en "{0} can be passed twice at once; it happens so: {1}"
        zh "{0} 可能同时被经过两次；经过如下：{1}"
        help "join the parallel ways before"
        help_zh "请先汇合并行路径";
    /// An element that no run reaches.
    DEAD_ELEMENT = "BPMN-0482" Warning
        en "{0} is never reached, whatever the data"
        zh "无论数据如何都不会到达 {0}"
        help "connect it otherwise, or remove it"
        help_zh "请改变连接，或删除";
    /// No way out if no condition holds.
    MISSING_DEFAULT = "BPMN-0483" Warning
        en "{0} has a condition on every way out and no default flow"
        zh "{0} 的每条流出都有条件，且没有默认流"
        help "make one of the flows the default one"
        help_zh "请将其中一条设为默认流";
    /// A loop without a wait state and without an exit.
    ENDLESS_LOOP = "BPMN-0484" Warning
        en "this loop neither waits nor ends: {0}"
        zh "该循环既不等待也不结束：{0}"
        help "add a way out, or a task or a timer"
        help_zh "请添加出口，或加入任务或定时器";
    /// A loop without a wait state, which only its data end.
    LOOP_WITHOUT_WAIT = "BPMN-0485" Warning
        en "this loop does not wait, only its data end it: {0}"
        zh "该循环不等待，仅由数据结束：{0}"
        help "make sure that it ends, or add a task or a timer"
        help_zh "请确保其会结束，或加入任务或定时器";
    /// No way leads from here to an end.
    NO_WAY_OUT = "BPMN-0486" Warning
        en "no way leads from {0} to an end"
        zh "从 {0} 没有通向结束的路径"
        help "add a way out"
        help_zh "请添加出口";
    /// Too many states to look at.
    SOUNDNESS_UNKNOWN = "BPMN-0489" Warning
        en "whether {0} is sound is unknown: more than {1} {2}"
        zh "{0} 是否健全未知：{2}超过 {1}"
        help "move parts of it into sub-processes, which are looked at by themselves"
        help_zh "请将部分内容移入子流程，子流程单独检查";
}
