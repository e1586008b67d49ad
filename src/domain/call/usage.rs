//! Usage in disjoint buckets, made from the inclusive counts that gateways report.

/// What can be metered, in the order of the usage members of the native format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Meter {
    /// Uncached text input, tokens.
    Input = 0,
    CacheRead,
    /// Written to a cache that lives 5 minutes, tokens.
    CacheWrite,
    CacheWrite1h,
    InputAudio,
    InputImage,
    /// Text output, tokens.
    Output,
    Reasoning,
    OutputAudio,
    OutputImage,
    Image,
    Second,
    Character,
    Request,
    WebSearch,
    /// Of a document read or annotated.
    Page,
    FileSearch,
    /// Of a code interpreter.
    CodeSession,
}

/// How many meters there are.
pub const METERS: usize = 18;

impl Meter {
    pub const ALL: [Meter; METERS] = [
        Meter::Input,
        Meter::CacheRead,
        Meter::CacheWrite,
        Meter::CacheWrite1h,
        Meter::InputAudio,
        Meter::InputImage,
        Meter::Output,
        Meter::Reasoning,
        Meter::OutputAudio,
        Meter::OutputImage,
        Meter::Image,
        Meter::Second,
        Meter::Character,
        Meter::Request,
        Meter::WebSearch,
        Meter::Page,
        Meter::FileSearch,
        Meter::CodeSession,
    ];
    /// The buckets that add up to the total input.
    pub const INPUTS: [Meter; 6] =
        [Meter::Input, Meter::CacheRead, Meter::CacheWrite, Meter::CacheWrite1h, Meter::InputAudio, Meter::InputImage];
    /// The buckets that add up to the total output.
    pub const OUTPUTS: [Meter; 4] = [Meter::Output, Meter::Reasoning, Meter::OutputAudio, Meter::OutputImage];

    /// The name of its rate in a price book.
    pub fn name(self) -> &'static str {
        match self {
            Meter::Input => "input",
            Meter::CacheRead => "cache_read",
            Meter::CacheWrite => "cache_write",
            Meter::CacheWrite1h => "cache_write_1h",
            Meter::InputAudio => "input_audio",
            Meter::InputImage => "input_image",
            Meter::Output => "output",
            Meter::Reasoning => "reasoning",
            Meter::OutputAudio => "output_audio",
            Meter::OutputImage => "output_image",
            Meter::Image => "image",
            Meter::Second => "second",
            Meter::Character => "character",
            Meter::Request => "request",
            Meter::WebSearch => "web_search",
            Meter::Page => "page",
            Meter::FileSearch => "file_search",
            Meter::CodeSession => "code_session",
        }
    }

    pub fn from_name(name: &str) -> Option<Meter> {
        Meter::ALL.into_iter().find(|m| m.name() == name)
    }

    /// The meter whose rate is taken where this one has none.
    pub fn parent(self) -> Option<Meter> {
        match self {
            Meter::CacheRead | Meter::CacheWrite | Meter::InputAudio | Meter::InputImage => Some(Meter::Input),
            Meter::CacheWrite1h => Some(Meter::CacheWrite),
            Meter::Reasoning | Meter::OutputAudio | Meter::OutputImage => Some(Meter::Output),
            _ => None,
        }
    }

    pub fn is_token(self) -> bool {
        (self as u8) <= Meter::OutputImage as u8
    }

    pub fn index(self) -> usize {
        self as usize
    }
}

/// Disjoint quantities, whole numbers >= 0, indexed by [`Meter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub quantity: [i64; METERS],
    pub image_size: Option<String>,
    pub image_quality: Option<String>,
    pub parts: UsageParts,
}

/// Tokens that are among others at the same price, and that systems have taken for something else: they cost
/// nothing by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UsageParts {
    /// Of the input: what a tool added to the prompt.
    pub tool_prompt: i64,
    /// Of the output: predicted tokens that came true, and those that did not.
    pub accepted_prediction: i64,
    pub rejected_prediction: i64,
}

impl UsageParts {
    /// The names of their columns, in order.
    pub(super) const NAMES: [&'static str; 3] =
        ["part_tool_prompt", "part_accepted_prediction", "part_rejected_prediction"];

    pub(super) fn values(self) -> [i64; 3] {
        [self.tool_prompt, self.accepted_prediction, self.rejected_prediction]
    }

    pub(super) fn of_values([tool_prompt, accepted_prediction, rejected_prediction]: [i64; 3]) -> UsageParts {
        UsageParts { tool_prompt, accepted_prediction, rejected_prediction }
    }
}

impl Usage {
    pub fn get(&self, meter: Meter) -> i64 {
        self.quantity[meter.index()]
    }

    pub fn is_empty(&self) -> bool {
        self.quantity.iter().all(|q| *q == 0)
    }

    /// Every input token, cached ones included.
    pub fn total_input(&self) -> i64 {
        Meter::INPUTS.iter().map(|m| self.get(*m)).sum()
    }

    pub fn total_output(&self) -> i64 {
        Meter::OUTPUTS.iter().map(|m| self.get(*m)).sum()
    }

    pub fn total_tokens(&self) -> i64 {
        self.total_input() + self.total_output()
    }
}

/// A contradiction in the usage as reported: the parts were cut so that the total stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsageNote(pub String);

/// Inclusive counts, as the native format has them: totals contain their parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportedUsage {
    pub input_tokens: i64,
    pub cache_read_tokens: i64,
    /// Contains `cache_write_1h_tokens`.
    pub cache_write_tokens: i64,
    pub cache_write_1h_tokens: i64,
    pub input_audio_tokens: i64,
    pub input_image_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_tokens: i64,
    pub output_audio_tokens: i64,
    pub output_image_tokens: i64,
    pub images: i64,
    pub seconds: i64,
    pub characters: i64,
    pub requests: i64,
    pub web_searches: i64,
    pub pages: i64,
    pub file_searches: i64,
    pub code_sessions: i64,
    pub image_size: Option<String>,
    pub image_quality: Option<String>,
    pub parts: UsageParts,
}

impl ReportedUsage {
    /// Makes the buckets disjoint. Where parts exceed their total, the total stands, parts are cut
    /// in reverse order of the format's list, and the note says what was cut.
    pub fn into_disjoint(self) -> (Usage, Option<UsageNote>) {
        let mut notes = Vec::new();
        let mut write_1h = self.cache_write_1h_tokens;
        if write_1h > self.cache_write_tokens {
            notes.push(format!("cache_write_1h_tokens {write_1h} > cache_write_tokens {}", self.cache_write_tokens));
            write_1h = self.cache_write_tokens;
        }
        let mut inputs = [
            ("cache_read_tokens", self.cache_read_tokens),
            ("cache_write_tokens", self.cache_write_tokens),
            ("input_audio_tokens", self.input_audio_tokens),
            ("input_image_tokens", self.input_image_tokens),
        ];
        let input = cut("input_tokens", self.input_tokens, &mut inputs, &mut notes);
        let mut outputs = [
            ("reasoning_tokens", self.reasoning_tokens),
            ("output_audio_tokens", self.output_audio_tokens),
            ("output_image_tokens", self.output_image_tokens),
        ];
        let output = cut("output_tokens", self.output_tokens, &mut outputs, &mut notes);
        let write_1h = write_1h.min(inputs[1].1);
        let usage = Usage {
            quantity: [
                input,
                inputs[0].1,
                inputs[1].1 - write_1h,
                write_1h,
                inputs[2].1,
                inputs[3].1,
                output,
                outputs[0].1,
                outputs[1].1,
                outputs[2].1,
                self.images,
                self.seconds,
                self.characters,
                self.requests,
                self.web_searches,
                self.pages,
                self.file_searches,
                self.code_sessions,
            ],
            image_size: self.image_size,
            image_quality: self.image_quality,
            parts: self.parts,
        };
        let note = (!notes.is_empty()).then(|| UsageNote(notes.join("; ")));
        (usage, note)
    }
}

/// Cuts parts, last first, until they fit into their total; returns what of the total is in none.
fn cut(total_name: &str, total: i64, parts: &mut [(&str, i64)], notes: &mut Vec<String>) -> i64 {
    let sum: i128 = parts.iter().map(|p| i128::from(p.1)).sum();
    let mut over = sum - i128::from(total);
    if over > 0 {
        let names: Vec<&str> = parts.iter().filter(|p| p.1 > 0).map(|p| p.0).collect();
        notes.push(format!("{} {sum} > {total_name} {total}", names.join(" + ")));
    }
    for part in parts.iter_mut().rev() {
        let less = over.clamp(0, i128::from(part.1));
        part.1 -= i64::try_from(less).unwrap_or(part.1);
        over -= less;
    }
    total - parts.iter().map(|p| p.1).sum::<i64>()
}
