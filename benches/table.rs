//! One table of times.

use std::fmt;

/// One contender's times at one piece of work.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) work: String,
    pub(crate) who: String,
    pub(crate) rows: usize,
    /// Seconds by the clock, one a repetition.
    pub(crate) wall: Vec<f64>,
    /// Seconds of processor time, over all threads; empty where the system does not tell.
    pub(crate) cpu: Vec<f64>,
}

fn sorted(seconds: &[f64]) -> Vec<f64> {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

impl Timing {
    /// What a busy machine disturbs least: the smallest processor time, else the smallest time by the clock.
    fn work_time(&self) -> f64 {
        let of = if self.cpu.is_empty() { &self.wall } else { &self.cpu };
        sorted(of).first().copied().unwrap_or(f64::NAN)
    }
}

/// Timings in the order they were taken; the first of each piece of work is what the others are held against.
#[derive(Default)]
pub(crate) struct Table {
    timings: Vec<Timing>,
    remarks: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, timing: Timing) {
        self.timings.push(timing);
    }

    pub(crate) fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["min s", "median s", "max s", "cpu s", "M rows/cpu s", "times"];
        write!(f, "{:<40} {:<28}", "work", "by")?;
        heads.iter().try_for_each(|head| write!(f, " {head:>12}"))?;
        writeln!(f)?;
        for timing in &self.timings {
            let wall = sorted(&timing.wall);
            let at = |part: usize| wall.get((wall.len() * part / 2).min(wall.len() - 1)).copied().unwrap_or(f64::NAN);
            let first = self.timings.iter().find(|t| t.work == timing.work).unwrap_or(timing);
            let (cpu, times) = (timing.work_time(), timing.work_time() / first.work_time());
            let speed = timing.rows as f64 / cpu / 1e6;
            write!(f, "{:<40} {:<28}", timing.work, timing.who)?;
            writeln!(f, " {:>12.4} {:>12.4} {:>12.4} {cpu:>12.4} {speed:>12.2} {times:>12.2}", at(0), at(1), at(2))?;
        }
        self.remarks.iter().try_for_each(|remark| writeln!(f, "{remark}"))
    }
}

/// Seconds of processor time this thread has had so far, where the system tells.
pub(crate) fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// Seconds of processor time that finished children have had so far, where the system tells.
pub(crate) fn children_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may hold blanks.
    let after = text.rsplit(')').next()?;
    let ticks = |field: usize| after.split_whitespace().nth(field)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}
