//! The members of LiteLLM's rows, of the payload and of the table.

use crate::edge::source::calls::usage_fields::slot::{self, *};
use crate::edge::source::calls::usage_fields::{
    CACHE_CREATION, COMPLETION_DETAILS, INPUT_DETAILS, OUTPUT_DETAILS, SERVER_TOOLS,
};
use crate::edge::source::record::schema::{
    Entry, Node, OTHERS_IGNORED, Schema, ignored, leaf, list, object, others_counted, packed, slots,
};

slots! {
    ID REQUEST_ID CALL_TYPE RESPONSE_COST SPEND START END NAME MODEL_GROUP GATE_PROVIDER STATUS CACHE_HIT STREAM TRACE
    SESSION KEY TEAM USER PROMPTED COMPLETED META M_HASH M_KEY M_TEAM M_USER M_STATUS M_BATCH_MODELS BREAKDOWN TIER
    M_BREAKDOWN M_TIER ERROR_INFO CODE M_ERROR M_CODE PARAMETERS TIER_ASKED HIDDEN BATCH_MODELS USAGE TOTAL
}

const fn breakdown(tier: u8) -> [Entry; 18] {
    [
        leaf("service_tier", tier),
        ignored("input_cost"),
        ignored("output_cost"),
        ignored("total_cost"),
        ignored("original_cost"),
        ignored("cache_read_cost"),
        ignored("cache_creation_cost"),
        ignored("reasoning_cost"),
        ignored("tool_usage_cost"),
        ignored("guardrail_cost"),
        ignored("additional_costs"),
        ignored("data_residency"),
        ignored("vertex_location"),
        ignored("discount_percent"),
        ignored("discount_amount"),
        ignored("margin_percent"),
        ignored("margin_fixed_amount"),
        ignored("margin_total_amount"),
    ]
}

static BREAKDOWN_NODE: Node = Node { entries: &breakdown(TIER) };
static M_BREAKDOWN_NODE: Node = Node { entries: &breakdown(M_TIER) };
static ERROR_NODE: Node = Node { entries: &[leaf("error_code", CODE), OTHERS_IGNORED] };
static M_ERROR_NODE: Node = Node { entries: &[leaf("error_code", M_CODE), OTHERS_IGNORED] };
static PARAMETERS_NODE: Node = Node { entries: &[leaf("service_tier", TIER_ASKED), OTHERS_IGNORED] };
static HIDDEN_NODE: Node = Node { entries: &[list("batch_models", BATCH_MODELS), OTHERS_IGNORED] };

static PROMPT_DETAILS: Node = Node {
    entries: &[
        leaf("cached_tokens", at(PD_CACHED)),
        leaf("cache_write_tokens", at(PD_WRITE)),
        leaf("cache_creation_tokens", at(PD_CREATION)),
        object("cache_creation_token_details", at(CC), &CACHE_CREATION),
        leaf("audio_tokens", at(PD_AUDIO)),
        leaf("image_tokens", at(PD_IMAGE)),
        // Of what was cached, which is counted as cached whatever it was.
        ignored("cached_tokens_details"),
        ignored("text_tokens"),
    ],
};

/// The members it makes of any provider's own.
static USAGE_NODE: Node = Node {
    entries: &[
        leaf("prompt_tokens", at(PROMPT)),
        leaf("completion_tokens", at(COMPLETION)),
        leaf("total_tokens", TOTAL),
        object("prompt_tokens_details", at(PD), &PROMPT_DETAILS),
        object("completion_tokens_details", at(CD), &COMPLETION_DETAILS),
        leaf("cache_creation_input_tokens", at(X_WRITE)),
        leaf("cache_read_input_tokens", at(X_READ)),
        leaf("prompt_cache_hit_tokens", at(HIT_FLAT)),
        ignored("prompt_cache_miss_tokens"),
        object("server_tool_use", at(STU), &SERVER_TOOLS),
        leaf("output_image_count", at(IMAGES)),
        leaf("seconds", at(SECONDS)),
        leaf("input_tokens", at(INPUT)),
        leaf("output_tokens", at(OUTPUT)),
        object("input_tokens_details", at(ID_ALL), &INPUT_DETAILS),
        object("output_tokens_details", at(OD), &OUTPUT_DETAILS),
        ignored("type"),
        // Its own price of a stream, or OpenRouter's: the charge says it as well.
        ignored("cost"),
        ignored("is_byok"),
        ignored("service_tier"),
        ignored("cost_details"),
        others_counted(at(UNCOUNTED)),
    ],
};
/// `ID` is the row's.
const ID_ALL: u8 = slot::ID;

static META_NODE: Node = Node {
    entries: &[
        leaf("user_api_key_hash", M_HASH),
        leaf("user_api_key", M_KEY),
        leaf("user_api_key_team_id", M_TEAM),
        leaf("user_api_key_user_id", M_USER),
        leaf("status", M_STATUS),
        list("batch_models", M_BATCH_MODELS),
        packed("cost_breakdown", M_BREAKDOWN, &M_BREAKDOWN_NODE),
        packed("error_information", M_ERROR, &M_ERROR_NODE),
        packed("usage_object", USAGE, &USAGE_NODE),
        OTHERS_IGNORED,
    ],
};

static ROOT: Node = Node {
    entries: &[
        leaf("id", ID),
        leaf("request_id", REQUEST_ID),
        leaf("call_type", CALL_TYPE),
        leaf("response_cost", RESPONSE_COST),
        leaf("spend", SPEND),
        leaf("startTime", START),
        leaf("endTime", END),
        leaf("model", NAME),
        leaf("model_group", MODEL_GROUP),
        leaf("custom_llm_provider", GATE_PROVIDER),
        leaf("status", STATUS),
        leaf("cache_hit", CACHE_HIT),
        leaf("stream", STREAM),
        leaf("trace_id", TRACE),
        leaf("session_id", SESSION),
        leaf("api_key", KEY),
        leaf("team_id", TEAM),
        leaf("user", USER),
        leaf("prompt_tokens", PROMPTED),
        leaf("completion_tokens", COMPLETED),
        packed("metadata", META, &META_NODE),
        packed("cost_breakdown", BREAKDOWN, &BREAKDOWN_NODE),
        packed("error_information", ERROR_INFO, &ERROR_NODE),
        packed("model_parameters", PARAMETERS, &PARAMETERS_NODE),
        packed("hidden_params", HIDDEN, &HIDDEN_NODE),
        ignored("agent_id"),
        ignored("api_base"),
        ignored("autorouter_baseline_observation"),
        ignored("autorouter_savings"),
        ignored("autorouter_savings_estimate"),
        ignored("billing_agent_id"),
        ignored("cache_key"),
        ignored("completionStartTime"),
        ignored("created_at"),
        ignored("end_user"),
        ignored("error_str"),
        ignored("guardrail_information"),
        ignored("litellm_call_id"),
        ignored("mcp_namespaced_tool_name"),
        ignored("messages"),
        ignored("model_id"),
        ignored("model_map_information"),
        ignored("organization_id"),
        ignored("proxy_server_request"),
        ignored("request_duration_ms"),
        ignored("request_model_access_groups"),
        ignored("request_tags"),
        ignored("requester_ip_address"),
        ignored("response"),
        ignored("response_cost_failure_debug_info"),
        ignored("response_time"),
        ignored("saved_cache_cost"),
        ignored("standard_built_in_tools_params"),
        ignored("status_fields"),
        ignored("total_tokens"),
        ignored("updated_at"),
        ignored("user_agent"),
        ignored("zero_cost_diagnostic"),
    ],
};

pub(super) static SCHEMA: Schema = Schema {
    what: "LiteLLM_SpendLogs",
    root: &ROOT,
    required: &["request_id", "call_type", "spend", "startTime", "model"],
    spans_lines: true,
};

const _: () = assert!(TOTAL < slot::BASE, "the slots of a usage object begin after a row's own");
