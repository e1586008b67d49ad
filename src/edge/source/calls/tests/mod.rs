mod conformance;
mod litellm;
mod seam;
