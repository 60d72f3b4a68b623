//! FEEL values and expressions, DMN decisions, working-day functions
