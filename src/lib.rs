pub mod domain;
pub mod synth;
