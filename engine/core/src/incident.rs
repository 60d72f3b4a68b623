//! What can stop a running instance: the model, its data or a plugin, never the world.
//!
//! An incident is stored and visible; the instance waits until it is resolved. Start from
//! [`Kind`]; the incidents of an instance are in [`crate::state::incident`].

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// Why an instance cannot go on by itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// All kinds, in order of their codes.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Kind::$name => $code,)*
                }
            }

            /// The kind with this code.
            pub fn from_code(code: &str) -> Option<Kind> {
                match code {
                    $($code => Some(Kind::$name),)*
                    _ => None,
                }
            }

            /// What it means, in Chinese.
            pub fn zh(self) -> &'static str {
                match self {
                    $(Kind::$name => $zh,)*
                }
            }

            /// What it means, in English.
            pub fn en(self) -> &'static str {
                match self {
                    $(Kind::$name => $en,)*
                }
            }
        }
    };
}

kinds! {
    /// An expression cannot be evaluated, or its value does not fit its place.
    ExpressionFailed = "INCIDENT_EXPRESSION_FAILED",
        "表达式求值失败", "an expression could not be evaluated";
    /// An input or output mapping cannot be evaluated.
    MappingFailed = "INCIDENT_MAPPING_FAILED",
        "变量映射失败", "a variable mapping could not be evaluated";
    /// A value is not what the data of the process are declared to be.
    DataMismatch = "INCIDENT_DATA_MISMATCH",
        "变量值不符合声明的类型", "a value is not of the type that is declared";
    /// No condition of a gateway holds, and it has no default flow.
    NoMatchingFlow = "INCIDENT_NO_MATCHING_FLOW",
        "网关没有可走的流程线", "no outgoing flow of the gateway can be taken";
    /// A timer's date, duration or cycle cannot be read.
    TimerInvalid = "INCIDENT_TIMER_INVALID",
        "定时器的值无效", "the value of a timer is not valid";
    /// A message's name or correlation key is missing or is not a text or number.
    CorrelationInvalid = "INCIDENT_CORRELATION_INVALID",
        "消息关联键无效", "the name or correlation key of a message is not valid";
    /// A job has failed and no retry is left.
    JobFailed = "INCIDENT_JOB_FAILED",
        "作业失败且已无重试次数", "a job failed and has no retries left";
    /// An error was thrown that no event catches.
    UnhandledError = "INCIDENT_UNHANDLED_ERROR",
        "抛出的错误没有被捕获", "no event catches an error that was thrown";
    /// The process of a call activity does not exist or cannot be started.
    CalledProcessFailed = "INCIDENT_CALLED_PROCESS_FAILED",
        "被调用的流程无法启动", "the called process could not be started";
    /// Processes call each other too deeply.
    CallDepthExceeded = "INCIDENT_CALL_DEPTH_EXCEEDED",
        "流程调用层数超限", "processes call each other too deeply";
    /// How often an activity is carried out cannot be told.
    MultiInstanceInvalid = "INCIDENT_MULTI_INSTANCE_INVALID",
        "多实例的次数或集合无效", "the cardinality or collection of a multi-instance is not valid";
    /// An iteration of a large multi-instance cannot be started.
    IterationFailed = "INCIDENT_ITERATION_FAILED",
        "多实例的一次执行无法启动", "an iteration of a multi-instance could not be started";
    /// The outputs of a large multi-instance do not fit into a variable.
    OutputCollectionTooLarge = "INCIDENT_OUTPUT_COLLECTION_TOO_LARGE",
        "多实例的输出集合过大", "the output collection of a multi-instance is too large";
    /// A loop without a maximum goes on beyond its bound.
    LoopTooLong = "INCIDENT_LOOP_TOO_LONG",
        "循环次数超限", "a loop goes on beyond its bound";
    /// What is to be chosen in an ad-hoc sub-process is not there.
    AdHocInvalid = "INCIDENT_AD_HOC_INVALID",
        "即席子流程的初始活动无效", "the activities chosen in an ad-hoc sub-process are not valid";
    /// The decision of a business rule task does not exist or cannot be made.
    DecisionFailed = "INCIDENT_DECISION_FAILED",
        "决策无法得出", "the decision could not be made";
    /// The plugin answered `failed`.
    PluginFailed = "INCIDENT_PLUGIN_FAILED",
        "插件操作失败", "the plugin's operation failed";
    /// The plugin trapped, ran out of fuel, memory or time, or broke its contract.
    PluginTrapped = "INCIDENT_PLUGIN_TRAPPED",
        "插件异常终止", "the plugin was stopped";
    /// The plugin refused its input, which no person had submitted.
    PluginInputInvalid = "INCIDENT_PLUGIN_INPUT_INVALID",
        "插件拒绝输入数据", "the plugin refused its input";
    /// The instance would grow beyond its bound.
    StateTooLarge = "INCIDENT_STATE_TOO_LARGE",
        "流程实例数据超限", "the instance would grow beyond its bound";
}
