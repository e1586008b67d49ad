//! The members of a row of new-api's table `logs`, and of the object it keeps as text in `other`.

use crate::edge::source::record::schema::{Node, Schema, ignored, leaf, list, object, packed, slots};

slots! {
    ROW_ID USER_ID CREATED_AT TYPE CONTENT MODEL QUOTA PROMPTED COMPLETED USE_TIME STREAM TOKEN_ID GROUP REQUEST_ID
    OTHER_COLUMN CACHED WRITTEN WRITTEN_5M WRITTEN_1H WRITE_TOTAL CLAUDE SEMANTIC PATH BILLED_BY PRICE FIRST_TOKEN
    AUDIO WS AUDIO_IN AUDIO_OUT TEXT_IN TEXT_OUT IMAGE_IN GEMINI_AUDIO SERVED TASK_ID IS_TASK STATUS_CODE
    ADMIN LOCAL_COUNT STREAM_STATUS END_REASON END_STATUS SEARCHES FILE_SEARCHES_MADE IMAGE_CALL IMAGE_CALLS
    SURCHARGES TIER
}

static ADMIN_NODE: Node = Node {
    entries: &[
        leaf("local_count_tokens", LOCAL_COUNT),
        ignored("use_channel"),
        ignored("is_multi_key"),
        ignored("multi_key_index"),
        ignored("channel_affinity"),
        ignored("callback_payment_method"),
        ignored("caller_ip"),
        ignored("node_name"),
        ignored("payment_method"),
        ignored("server_ip"),
        ignored("version"),
        ignored("admin_id"),
        ignored("admin_username"),
    ],
};

static STREAM_NODE: Node = Node {
    entries: &[
        leaf("end_reason", END_REASON),
        leaf("status", END_STATUS),
        ignored("end_error"),
        ignored("errors"),
        ignored("error_count"),
    ],
};

static OTHER: Node = Node {
    entries: &[
        leaf("cache_tokens", CACHED),
        leaf("cache_creation_tokens", WRITTEN),
        leaf("cache_creation_tokens_5m", WRITTEN_5M),
        leaf("cache_creation_tokens_1h", WRITTEN_1H),
        leaf("cache_write_tokens", WRITE_TOTAL),
        leaf("claude", CLAUDE),
        leaf("usage_semantic", SEMANTIC),
        leaf("request_path", PATH),
        leaf("billing_source", BILLED_BY),
        leaf("model_price", PRICE),
        leaf("frt", FIRST_TOKEN),
        leaf("audio", AUDIO),
        leaf("ws", WS),
        leaf("audio_input", AUDIO_IN),
        leaf("audio_output", AUDIO_OUT),
        leaf("text_input", TEXT_IN),
        leaf("text_output", TEXT_OUT),
        // Named so by the gateway: they are those of the input.
        leaf("image_output", IMAGE_IN),
        leaf("audio_input_token_count", GEMINI_AUDIO),
        leaf("upstream_model_name", SERVED),
        leaf("task_id", TASK_ID),
        leaf("is_task", IS_TASK),
        leaf("status_code", STATUS_CODE),
        leaf("web_search_call_count", SEARCHES),
        leaf("file_search_call_count", FILE_SEARCHES_MADE),
        leaf("image_generation_call", IMAGE_CALL),
        leaf("image_generation_call_count", IMAGE_CALLS),
        leaf("service_tier", TIER),
        list("tool_surcharges", SURCHARGES),
        object("admin_info", ADMIN, &ADMIN_NODE),
        object("stream_status", STREAM_STATUS, &STREAM_NODE),
        ignored("actual_quota"),
        ignored("audio_completion_ratio"),
        ignored("audio_input_price"),
        ignored("audio_input_seperate_price"),
        ignored("audio_ratio"),
        ignored("billing_mode"),
        ignored("billing_preference"),
        ignored("cache_creation_ratio"),
        ignored("cache_creation_ratio_1h"),
        ignored("cache_creation_ratio_5m"),
        ignored("cache_ratio"),
        ignored("channel_id"),
        ignored("channel_name"),
        ignored("channel_type"),
        ignored("completion_ratio"),
        ignored("error_code"),
        ignored("error_type"),
        ignored("expr_b64"),
        ignored("file_search"),
        ignored("file_search_price"),
        ignored("group_ratio"),
        ignored("image"),
        ignored("image_generation_call_price"),
        ignored("image_ratio"),
        ignored("is_model_mapped"),
        ignored("is_system_prompt_overwritten"),
        ignored("matched_tier"),
        ignored("model_ratio"),
        ignored("pre_consumed_quota"),
        ignored("reason"),
        ignored("reasoning_effort"),
        ignored("request_conversion"),
        ignored("subscription_consumed"),
        ignored("subscription_id"),
        ignored("subscription_plan_id"),
        ignored("subscription_plan_title"),
        ignored("subscription_post_delta"),
        ignored("subscription_pre_consumed"),
        ignored("subscription_remain"),
        ignored("subscription_total"),
        ignored("subscription_used"),
        ignored("user_group_ratio"),
        ignored("wallet_quota_deducted"),
        ignored("web_search"),
        ignored("web_search_price"),
    ],
};

static ROOT: Node = Node {
    entries: &[
        leaf("id", ROW_ID),
        leaf("user_id", USER_ID),
        leaf("created_at", CREATED_AT),
        leaf("type", TYPE),
        leaf("content", CONTENT),
        leaf("model_name", MODEL),
        leaf("quota", QUOTA),
        leaf("prompt_tokens", PROMPTED),
        leaf("completion_tokens", COMPLETED),
        leaf("use_time", USE_TIME),
        leaf("is_stream", STREAM),
        leaf("token_id", TOKEN_ID),
        leaf("group", GROUP),
        leaf("request_id", REQUEST_ID),
        packed("other", OTHER_COLUMN, &OTHER),
        ignored("channel"),
        ignored("channel_id"),
        ignored("channel_name"),
        ignored("ip"),
        ignored("token_name"),
        ignored("upstream_request_id"),
        ignored("username"),
    ],
};

pub(super) static SCHEMA: Schema = Schema {
    what: "new-api's logs",
    root: &ROOT,
    required: &["id", "user_id", "created_at", "type", "model_name", "quota", "other"],
    spans_lines: true,
};
