mod conformance;
mod litellm;
mod new_api;
mod seam;
