mod credit;
mod documents;
mod money;
