//! The members a usage object may have, by provider, each with its slot.

use crate::edge::source::record::schema::{
    Node, OTHERS_IGNORED, ignored, leaf, list, object, object_or_list, others_counted,
};

/// The last slots there are, so that a usage object fits into the row of any format.
pub(crate) mod slot {
    use crate::edge::source::record::schema::{SLOTS, slots};

    /// Slots below are for the other fields of a row.
    pub(in crate::edge::source::calls) const BASE: u8 = SLOTS as u8 - 1 - B_WRITE_BY;
    slots! {
        INPUT CACHE_READ CACHE_WRITE CACHE_WRITE_1H INPUT_AUDIO INPUT_IMAGE OUTPUT REASONING OUTPUT_REASONING
        OUTPUT_AUDIO OUTPUT_IMAGE IMAGES SECONDS CHARACTERS REQUESTS WEB_SEARCHES IMAGE_SIZE IMAGE_QUALITY
        PAGES FILE_SEARCHES CODE_SESSIONS
        PROMPT COMPLETION HIT_FLAT NUM_CACHED CACHED_FLAT
        PD PD_CACHED PD_WRITE PD_CREATION PD_TEXT PD_AUDIO PD_IMAGE
        CACHED_BY CACHED_AUDIO CACHED_IMAGE
        P1 P1_CACHED
        CD CD_REASONING CD_AUDIO CD_IMAGE CD_ACCEPTED CD_REJECTED
        C1 C1_REASONING
        ID ID_CACHED ID_WRITE ID_TEXT ID_AUDIO ID_IMAGE
        OD OD_REASONING OD_THINKING OD_AUDIO OD_IMAGE
        X_READ X_WRITE CC CC_5M CC_1H STU STU_SEARCH STD STD_SEARCH STD_EXECUTED
        BILLED BILLED_INPUT BILLED_OUTPUT BILLED_IMAGE BILLED_SEARCH ITERATIONS TOTAL
        G_PROMPT G_CACHED G_CANDIDATES G_THOUGHTS G_TOOL G_PROMPT_BY G_CACHED_BY G_CANDIDATES_BY G_TOOL_BY
        S_PROMPT S_CACHED S_CANDIDATES S_THOUGHTS S_TOOL S_CACHED_BY S_CANDIDATES_BY S_TOOL_BY
        MODIFIED_TIER MODIFIED_SPEED MODIFIED_PLACE MODIFIED_TRAFFIC B_TOOLS UNCOUNTED
        COST COSTS UPSTREAM_COST
        B_INPUT B_OUTPUT B_READ B_READ_COUNT B_WRITE B_WRITE_COUNT B_WRITE_BY
    }

    pub(in crate::edge::source::calls) const fn at(order: u8) -> u8 {
        BASE + order
    }
}
use slot::*;

macro_rules! node {
    ($name:ident, [$($entry:expr),* $(,)?]) => {
        pub(super) static $name: Node = Node { entries: &[$($entry),*] };
    };
}

node!(
    PROMPT_DETAILS,
    [
        leaf("cached_tokens", at(PD_CACHED)),
        leaf("cache_write_tokens", at(PD_WRITE)),
        leaf("cache_creation_tokens", at(PD_CREATION)),
        leaf("audio_tokens", at(PD_AUDIO)),
        leaf("image_tokens", at(PD_IMAGE)),
        leaf("text_tokens", at(PD_TEXT)),
        object("cached_tokens_details", at(CACHED_BY), &CACHED_DETAILS),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(
    CACHED_DETAILS,
    [
        leaf("audio_tokens", at(CACHED_AUDIO)),
        leaf("image_tokens", at(CACHED_IMAGE)),
        ignored("text_tokens"),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(PROMPT_DETAIL, [leaf("cached_tokens", at(P1_CACHED)), others_counted(at(UNCOUNTED))]);
node!(
    COMPLETION_DETAILS,
    [
        leaf("reasoning_tokens", at(CD_REASONING)),
        leaf("audio_tokens", at(CD_AUDIO)),
        leaf("image_tokens", at(CD_IMAGE)),
        ignored("text_tokens"),
        leaf("accepted_prediction_tokens", at(CD_ACCEPTED)),
        leaf("rejected_prediction_tokens", at(CD_REJECTED)),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(COMPLETION_DETAIL, [leaf("reasoning_tokens", at(C1_REASONING)), others_counted(at(UNCOUNTED))]);
node!(
    INPUT_DETAILS,
    [
        leaf("cached_tokens", at(ID_CACHED)),
        leaf("cache_write_tokens", at(ID_WRITE)),
        leaf("audio_tokens", at(ID_AUDIO)),
        leaf("image_tokens", at(ID_IMAGE)),
        leaf("text_tokens", at(ID_TEXT)),
        object("cached_tokens_details", at(CACHED_BY), &CACHED_DETAILS),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(
    OUTPUT_DETAILS,
    [
        leaf("reasoning_tokens", at(OD_REASONING)),
        leaf("thinking_tokens", at(OD_THINKING)),
        leaf("audio_tokens", at(OD_AUDIO)),
        leaf("image_tokens", at(OD_IMAGE)),
        ignored("text_tokens"),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(
    CACHE_CREATION,
    [
        leaf("ephemeral_5m_input_tokens", at(CC_5M)),
        leaf("ephemeral_1h_input_tokens", at(CC_1H)),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(
    SERVER_TOOLS,
    [
        leaf("web_search_requests", at(STU_SEARCH)),
        // Anthropic charges nothing for them but their tokens.
        ignored("web_fetch_requests"),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(
    SERVER_TOOL_DETAILS,
    [
        leaf("web_search_requests", at(STD_SEARCH)),
        leaf("tool_calls_executed", at(STD_EXECUTED)),
        ignored("tool_calls_requested"),
        others_counted(at(UNCOUNTED)),
    ]
);
node!(COST_DETAILS, [leaf("upstream_inference_cost", at(UPSTREAM_COST)), OTHERS_IGNORED]);
node!(BEDROCK_TOOLS, [others_counted(at(UNCOUNTED))]);
node!(
    BILLED_UNITS,
    [
        leaf("input_tokens", at(BILLED_INPUT)),
        leaf("output_tokens", at(BILLED_OUTPUT)),
        leaf("image_tokens", at(BILLED_IMAGE)),
        leaf("search_units", at(BILLED_SEARCH)),
        others_counted(at(UNCOUNTED)),
    ]
);

/// A usage object, under whatever name a row has it.
pub(crate) static NODE: Node = Node {
    entries: &[
        leaf("input_tokens", at(INPUT)),
        leaf("cache_read_tokens", at(CACHE_READ)),
        leaf("cache_write_tokens", at(CACHE_WRITE)),
        leaf("cache_write_1h_tokens", at(CACHE_WRITE_1H)),
        leaf("input_audio_tokens", at(INPUT_AUDIO)),
        leaf("input_image_tokens", at(INPUT_IMAGE)),
        leaf("output_tokens", at(OUTPUT)),
        leaf("reasoning_tokens", at(REASONING)),
        leaf("output_reasoning_tokens", at(OUTPUT_REASONING)),
        leaf("output_audio_tokens", at(OUTPUT_AUDIO)),
        leaf("output_image_tokens", at(OUTPUT_IMAGE)),
        leaf("images", at(IMAGES)),
        leaf("image_size", at(IMAGE_SIZE)),
        leaf("image_quality", at(IMAGE_QUALITY)),
        leaf("seconds", at(SECONDS)),
        leaf("characters", at(CHARACTERS)),
        leaf("requests", at(REQUESTS)),
        leaf("web_searches", at(WEB_SEARCHES)),
        leaf("pages", at(PAGES)),
        leaf("file_searches", at(FILE_SEARCHES)),
        leaf("code_sessions", at(CODE_SESSIONS)),
        leaf("prompt_tokens", at(PROMPT)),
        leaf("completion_tokens", at(COMPLETION)),
        leaf("total_tokens", at(TOTAL)),
        object_or_list("prompt_tokens_details", at(PD), &PROMPT_DETAILS),
        object("prompt_token_details", at(P1), &PROMPT_DETAIL),
        object("completion_tokens_details", at(CD), &COMPLETION_DETAILS),
        object("completion_token_details", at(C1), &COMPLETION_DETAIL),
        object("input_tokens_details", at(ID), &INPUT_DETAILS),
        object("output_tokens_details", at(OD), &OUTPUT_DETAILS),
        object("input_token_details", at(ID), &INPUT_DETAILS),
        object("output_token_details", at(OD), &OUTPUT_DETAILS),
        leaf("prompt_cache_hit_tokens", at(HIT_FLAT)),
        ignored("prompt_cache_miss_tokens"),
        leaf("num_cached_tokens", at(NUM_CACHED)),
        leaf("cached_tokens", at(CACHED_FLAT)),
        leaf("cache_read_input_tokens", at(X_READ)),
        leaf("cache_creation_input_tokens", at(X_WRITE)),
        object("cache_creation", at(CC), &CACHE_CREATION),
        object("server_tool_use", at(STU), &SERVER_TOOLS),
        object("server_tool_use_details", at(STD), &SERVER_TOOL_DETAILS),
        object("serverToolUsage", at(B_TOOLS), &BEDROCK_TOOLS),
        object("billed_units", at(BILLED), &BILLED_UNITS),
        list("iterations", at(ITERATIONS)),
        leaf("service_tier", at(MODIFIED_TIER)),
        leaf("serviceTier", at(MODIFIED_TIER)),
        leaf("speed", at(MODIFIED_SPEED)),
        leaf("inference_geo", at(MODIFIED_PLACE)),
        leaf("trafficType", at(MODIFIED_TRAFFIC)),
        // Cohere's own count, of which it bills the units above.
        ignored("tokens"),
        // What kind of count it is; how long things took; what it cost by its gateway's own account.
        ignored("type"),
        ignored("queue_time"),
        ignored("prompt_time"),
        ignored("completion_time"),
        ignored("total_time"),
        leaf("cost", at(COST)),
        object("cost_details", at(COSTS), &COST_DETAILS),
        ignored("cost_in_usd_ticks"),
        ignored("is_byok"),
        ignored("pydantic_ai_gateway"),
        leaf("promptTokenCount", at(G_PROMPT)),
        leaf("cachedContentTokenCount", at(G_CACHED)),
        leaf("candidatesTokenCount", at(G_CANDIDATES)),
        leaf("thoughtsTokenCount", at(G_THOUGHTS)),
        leaf("toolUsePromptTokenCount", at(G_TOOL)),
        ignored("totalTokenCount"),
        list("promptTokensDetails", at(G_PROMPT_BY)),
        list("promptTokenDetails", at(G_PROMPT_BY)),
        list("cacheTokensDetails", at(G_CACHED_BY)),
        list("candidatesTokensDetails", at(G_CANDIDATES_BY)),
        list("toolUsePromptTokensDetails", at(G_TOOL_BY)),
        leaf("prompt_token_count", at(S_PROMPT)),
        leaf("cached_content_token_count", at(S_CACHED)),
        leaf("candidates_token_count", at(S_CANDIDATES)),
        leaf("thoughts_token_count", at(S_THOUGHTS)),
        leaf("tool_use_prompt_token_count", at(S_TOOL)),
        ignored("total_token_count"),
        list("cache_tokens_details", at(S_CACHED_BY)),
        list("candidates_tokens_details", at(S_CANDIDATES_BY)),
        list("tool_use_prompt_tokens_details", at(S_TOOL_BY)),
        leaf("inputTokens", at(B_INPUT)),
        leaf("outputTokens", at(B_OUTPUT)),
        ignored("totalTokens"),
        leaf("cacheReadInputTokens", at(B_READ)),
        leaf("cacheReadInputTokenCount", at(B_READ_COUNT)),
        leaf("cacheWriteInputTokens", at(B_WRITE)),
        leaf("cacheWriteInputTokenCount", at(B_WRITE_COUNT)),
        list("cacheDetails", at(B_WRITE_BY)),
        others_counted(at(UNCOUNTED)),
    ],
};
