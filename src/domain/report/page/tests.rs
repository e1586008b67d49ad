//! Pages from made-up facts.
