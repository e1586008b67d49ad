//! The shape in which trueup says that something went wrong, under the names the command line uses.

pub(crate) use crate::pipeline::{Stop as Failure, StopKind as Kind};
