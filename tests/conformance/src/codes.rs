//! Which findings are about the standard, and which about the engine and its dialect.

/// Findings about the engine and its dialect: they say nothing of a rule of the standard.
const OF_ENGINE: &[&str] = &[
    "BPMN-0010",
    "BPMN-0027",
    "BPMN-0030",
    "BPMN-0033",
    "BPMN-0034",
    "BPMN-0035",
    "BPMN-0037",
    "BPMN-0038",
    "BPMN-0039",
    "BPMN-0058",
    "BPMN-0065",
    "BPMN-0074",
    "BPMN-0075",
    "BPMN-0091",
    "BPMN-0092",
    "BPMN-0094",
    "BPMN-0096",
    "BPMN-0100",
    "BPMN-0101",
    "BPMN-0103",
    "BPMN-0104",
    "BPMN-0106",
    "BPMN-0107",
    "BPMN-0110",
    "BPMN-0111",
    "BPMN-0113",
    "BPMN-0114",
    "BPMN-0115",
    "BPMN-0120",
    "BPMN-0121",
    "BPMN-0122",
    "BPMN-0123",
    "BPMN-0124",
    "BPMN-0125",
    "BPMN-0126",
    "BPMN-0127",
    "BPMN-0128",
    "BPMN-0130",
    "BPMN-0131",
    "BPMN-0132",
];

/// Findings about what may be written at all: XML, ids, attributes, parts, references.
const OF_SCHEMA: &[&str] = &[
    "BPMN-0020",
    "BPMN-0021",
    "BPMN-0022",
    "BPMN-0023",
    "BPMN-0024",
    "BPMN-0025",
    "BPMN-0026",
    "BPMN-0032",
    "BPMN-0040",
    "BPMN-0400",
    "BPMN-0401",
    "BPMN-0402",
    "BPMN-0403",
    "BPMN-0404",
    "BPMN-0405",
];

/// Whether a finding says that a rule of the standard is broken.
pub(crate) fn is_of_standard(code: &str) -> bool {
    !OF_ENGINE.contains(&code)
}

/// Whether a finding says that a file cannot be taken over from another tool.
pub(crate) fn is_of_schema(code: &str) -> bool {
    code < "BPMN-0012" && code != "BPMN-0010" || OF_SCHEMA.contains(&code)
}
