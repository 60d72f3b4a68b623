//! BPMN 2.0 XML read, checked and compiled into a graph
