//! Metrics in the text format that Prometheus scrapes.

use super::plain::visible;

/// One metric with its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Letters, digits and `_`.
    pub name: &'static str,
    pub help: &'static str,
    pub samples: Vec<Sample>,
}

/// One value under labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub labels: Vec<(&'static str, String)>,
    /// A decimal number.
    pub value: String,
}

impl Metric {
    pub fn new(name: &'static str, help: &'static str) -> Metric {
        Metric { name, help, samples: Vec::new() }
    }

    pub fn add(&mut self, labels: &[(&'static str, &str)], value: impl ToString) {
        let labels = labels.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        self.samples.push(Sample { labels, value: value.to_string() });
    }
}

/// Gauges, in the order given; a metric without a sample is left out.
pub fn to_metrics(metrics: &[Metric]) -> Vec<u8> {
    let mut out = String::new();
    for metric in metrics.iter().filter(|m| !m.samples.is_empty()) {
        out.push_str(&format!("# HELP {} {}\n# TYPE {} gauge\n", metric.name, metric.help, metric.name));
        for sample in &metric.samples {
            let labels: Vec<String> =
                sample.labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            out.push_str(&format!("{}{labels} {}\n", metric.name, sample.value));
        }
    }
    out.into_bytes()
}

fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}
