mod conformance;
mod seam;
