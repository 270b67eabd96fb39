#include "include/lmw.h"

#include <string.h>

// #embed is part of C23, and of clang in every language version.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char HTML[] = "text/html; charset=utf-8";
static const char CSS[] = "text/css; charset=utf-8";
static const char JS[] = "text/javascript; charset=utf-8";
static const char SVG[] = "image/svg+xml";

static const unsigned char chat_html[] = {
#embed "pages/chat.html"
};

static const unsigned char explorer_html[] = {
#embed "pages/explorer.html"
};

static const unsigned char chat_announcer_js[] = {
#embed "pages/assets/chat/announcer.js"
};

static const unsigned char chat_chat_js[] = {
#embed "pages/assets/chat/chat.js"
};

static const unsigned char chat_composer_js[] = {
#embed "pages/assets/chat/composer.js"
};

static const unsigned char chat_conversation_js[] = {
#embed "pages/assets/chat/conversation.js"
};

static const unsigned char chat_errors_js[] = {
#embed "pages/assets/chat/errors.js"
};

static const unsigned char chat_layout_css[] = {
#embed "pages/assets/chat/layout.css"
};

static const unsigned char chat_main_js[] = {
#embed "pages/assets/chat/main.js"
};

static const unsigned char chat_message_view_js[] = {
#embed "pages/assets/chat/message-view.js"
};

static const unsigned char chat_message_css[] = {
#embed "pages/assets/chat/message.css"
};

static const unsigned char chat_models_js[] = {
#embed "pages/assets/chat/models.js"
};

static const unsigned char chat_reply_js[] = {
#embed "pages/assets/chat/reply.js"
};

static const unsigned char chat_sampling_js[] = {
#embed "pages/assets/chat/sampling.js"
};

static const unsigned char chat_settings_sheet_js[] = {
#embed "pages/assets/chat/settings-sheet.js"
};

static const unsigned char chat_sidebar_js[] = {
#embed "pages/assets/chat/sidebar.js"
};

static const unsigned char chat_store_js[] = {
#embed "pages/assets/chat/store.js"
};

static const unsigned char chat_texts_js[] = {
#embed "pages/assets/chat/texts.js"
};

static const unsigned char chat_transcript_js[] = {
#embed "pages/assets/chat/transcript.js"
};

static const unsigned char explorer_answer_view_js[] = {
#embed "pages/assets/explorer/answer-view.js"
};

static const unsigned char explorer_curl_js[] = {
#embed "pages/assets/explorer/curl.js"
};

static const unsigned char explorer_document_js[] = {
#embed "pages/assets/explorer/document.js"
};

static const unsigned char explorer_explorer_css[] = {
#embed "pages/assets/explorer/explorer.css"
};

static const unsigned char explorer_fields_view_js[] = {
#embed "pages/assets/explorer/fields-view.js"
};

static const unsigned char explorer_main_js[] = {
#embed "pages/assets/explorer/main.js"
};

static const unsigned char explorer_request_form_js[] = {
#embed "pages/assets/explorer/request-form.js"
};

static const unsigned char explorer_schema_js[] = {
#embed "pages/assets/explorer/schema.js"
};

static const unsigned char explorer_texts_js[] = {
#embed "pages/assets/explorer/texts.js"
};

static const unsigned char favicon_svg[] = {
#embed "pages/assets/favicon.svg"
};

static const unsigned char shared_api_js[] = {
#embed "pages/assets/shared/api.js"
};

static const unsigned char shared_appearance_js[] = {
#embed "pages/assets/shared/appearance.js"
};

static const unsigned char shared_base_css[] = {
#embed "pages/assets/shared/base.css"
};

static const unsigned char shared_dom_js[] = {
#embed "pages/assets/shared/dom.js"
};

static const unsigned char shared_events_js[] = {
#embed "pages/assets/shared/events.js"
};

static const unsigned char shared_highlight_js[] = {
#embed "pages/assets/shared/highlight.js"
};

static const unsigned char shared_key_dialog_js[] = {
#embed "pages/assets/shared/key-dialog.js"
};

static const unsigned char shared_language_js[] = {
#embed "pages/assets/shared/language.js"
};

static const unsigned char shared_markdown_inline_js[] = {
#embed "pages/assets/shared/markdown-inline.js"
};

static const unsigned char shared_markdown_view_js[] = {
#embed "pages/assets/shared/markdown-view.js"
};

static const unsigned char shared_markdown_css[] = {
#embed "pages/assets/shared/markdown.css"
};

static const unsigned char shared_markdown_js[] = {
#embed "pages/assets/shared/markdown.js"
};

static const unsigned char shared_preferences_js[] = {
#embed "pages/assets/shared/preferences.js"
};

static const unsigned char theme_js[] = {
#embed "pages/assets/theme.js"
};

static const lmw_file files[] = {
    {"/ui", HTML, chat_html, sizeof chat_html},
    {"/", HTML, explorer_html, sizeof explorer_html},
    {"/assets/chat/announcer.js", JS, chat_announcer_js, sizeof chat_announcer_js},
    {"/assets/chat/chat.js", JS, chat_chat_js, sizeof chat_chat_js},
    {"/assets/chat/composer.js", JS, chat_composer_js, sizeof chat_composer_js},
    {"/assets/chat/conversation.js", JS, chat_conversation_js, sizeof chat_conversation_js},
    {"/assets/chat/errors.js", JS, chat_errors_js, sizeof chat_errors_js},
    {"/assets/chat/layout.css", CSS, chat_layout_css, sizeof chat_layout_css},
    {"/assets/chat/main.js", JS, chat_main_js, sizeof chat_main_js},
    {"/assets/chat/message-view.js", JS, chat_message_view_js, sizeof chat_message_view_js},
    {"/assets/chat/message.css", CSS, chat_message_css, sizeof chat_message_css},
    {"/assets/chat/models.js", JS, chat_models_js, sizeof chat_models_js},
    {"/assets/chat/reply.js", JS, chat_reply_js, sizeof chat_reply_js},
    {"/assets/chat/sampling.js", JS, chat_sampling_js, sizeof chat_sampling_js},
    {"/assets/chat/settings-sheet.js", JS, chat_settings_sheet_js, sizeof chat_settings_sheet_js},
    {"/assets/chat/sidebar.js", JS, chat_sidebar_js, sizeof chat_sidebar_js},
    {"/assets/chat/store.js", JS, chat_store_js, sizeof chat_store_js},
    {"/assets/chat/texts.js", JS, chat_texts_js, sizeof chat_texts_js},
    {"/assets/chat/transcript.js", JS, chat_transcript_js, sizeof chat_transcript_js},
    {"/assets/explorer/answer-view.js", JS, explorer_answer_view_js, sizeof explorer_answer_view_js},
    {"/assets/explorer/curl.js", JS, explorer_curl_js, sizeof explorer_curl_js},
    {"/assets/explorer/document.js", JS, explorer_document_js, sizeof explorer_document_js},
    {"/assets/explorer/explorer.css", CSS, explorer_explorer_css, sizeof explorer_explorer_css},
    {"/assets/explorer/fields-view.js", JS, explorer_fields_view_js, sizeof explorer_fields_view_js},
    {"/assets/explorer/main.js", JS, explorer_main_js, sizeof explorer_main_js},
    {"/assets/explorer/request-form.js", JS, explorer_request_form_js, sizeof explorer_request_form_js},
    {"/assets/explorer/schema.js", JS, explorer_schema_js, sizeof explorer_schema_js},
    {"/assets/explorer/texts.js", JS, explorer_texts_js, sizeof explorer_texts_js},
    {"/assets/favicon.svg", SVG, favicon_svg, sizeof favicon_svg},
    {"/assets/shared/api.js", JS, shared_api_js, sizeof shared_api_js},
    {"/assets/shared/appearance.js", JS, shared_appearance_js, sizeof shared_appearance_js},
    {"/assets/shared/base.css", CSS, shared_base_css, sizeof shared_base_css},
    {"/assets/shared/dom.js", JS, shared_dom_js, sizeof shared_dom_js},
    {"/assets/shared/events.js", JS, shared_events_js, sizeof shared_events_js},
    {"/assets/shared/highlight.js", JS, shared_highlight_js, sizeof shared_highlight_js},
    {"/assets/shared/key-dialog.js", JS, shared_key_dialog_js, sizeof shared_key_dialog_js},
    {"/assets/shared/language.js", JS, shared_language_js, sizeof shared_language_js},
    {"/assets/shared/markdown-inline.js", JS, shared_markdown_inline_js, sizeof shared_markdown_inline_js},
    {"/assets/shared/markdown-view.js", JS, shared_markdown_view_js, sizeof shared_markdown_view_js},
    {"/assets/shared/markdown.css", CSS, shared_markdown_css, sizeof shared_markdown_css},
    {"/assets/shared/markdown.js", JS, shared_markdown_js, sizeof shared_markdown_js},
    {"/assets/shared/preferences.js", JS, shared_preferences_js, sizeof shared_preferences_js},
    {"/assets/theme.js", JS, theme_js, sizeof theme_js},
};

size_t lmw_file_count(void) { return sizeof files / sizeof files[0]; }

const lmw_file *lmw_file_at(size_t index) { return index < lmw_file_count() ? &files[index] : NULL; }

const lmw_file *lmw_file_with_path(const char *path) {
    for (size_t index = 0; index < lmw_file_count(); index++) {
        if (strcmp(files[index].path, path) == 0) return &files[index];
    }
    return NULL;
}

uint64_t lmw_file_digest(const lmw_file *file) {
    uint64_t digest = 0xcbf29ce484222325;
    for (size_t index = 0; index < file->length; index++) {
        digest = (digest ^ file->bytes[index]) * 0x100000001b3;
    }
    return digest;
}

const char *lmw_content_security_policy(void) {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
           "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
}
