mod conformance;
mod litellm;
mod new_api;
mod others;
mod seam;
mod traces;
