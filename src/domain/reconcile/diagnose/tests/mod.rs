mod catalogue;
mod contests;
mod golden;
mod noise;
mod search;
mod world;
