/* A line that tells something: whether it reads as its kind does, and what it stretches. */
#ifndef TUNER_TELLING_H
#define TUNER_TELLING_H

#include "count.h"

/* Whether the method is spelled as Python's \w+ has it; the rest of that is left to Python. */
static int is_sync(const char *p) {
    p += LENGTH("_SegmentSynchronizerImpl");
    return (*p == '.' || *p == ' ') && ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '_');
}

/* Whether the loggers that write such lines wrote this one, at their level. */
static int is_theirs(const Line *line) {
    const char *logger = line->logger, *end = line->end;
    if (line->debug != (line->kind >= HEADERS)) return 0;
    switch (line->kind) {
    case VAD_SLOW: case SYNC: return BEGINS(logger, end, "livekit");
    case REQUEST: return BEGINS(logger, end, "httpx");
    case RESPONSE: return BEGINS(logger, end, "openai");
    case HEADERS: case STARTED: case CONNECT: return BEGINS(logger, end, "httpcore");
    default: return 1;
    }
}

static int is_valid(const Line *line) {
    int escaped = 0;
    if (line->plain) return is_text(line->message, line->quote);
    return string(line->message, line->end, &escaped) == line->quote;
}

/* Whether the message is a valid text that reads as its kind does. */
static int is_said(const Line *line, Answer *answer) {
    if (!is_valid(line)) return 0;
    switch (line->kind) {
    case SYNC: return is_sync(line->message);
    case REQUEST: return is_request(line->message, line->quote, line->plain);
    case RESPONSE: return is_response(line->message, line->quote);
    case HEADERS: return headers(line, answer);
    default: return 1;
    }
}

/* Whether messages of this kind are few, and stand in a table. */
static int is_listed(enum Kind kind) {
    return kind == SYNC || kind == REQUEST || kind == RESPONSE;
}

/* The message with its logger: before it in plain text, behind it (and the level) in JSON. */
static Slice said(const Line *line) {
    if (line->plain) return (Slice){line->logger, (int32_t)(line->quote - line->logger)};
    return (Slice){line->message, (int32_t)(line->fields - 1 - line->message)};
}

/* The entry of a listed message; NULL if it is new. What is there was judged before. */
static Entry *known(Scan *scan, const char *data, const Line *line) {
    if (!is_listed(line->kind)) return NULL;
    Slice text = said(line);
    int32_t place = *slot_of(&scan->messages, data, text.at, text.size, (int32_t)line->kind);
    return place ? &scan->messages.entries[place - 1] : NULL;
}

/* Take the entry of what a line names beside its call, unless it is known; 0 if it has no room. */
static int take(Scan *scan, const char *data, const Line *line, const Row *row, Entry **other) {
    if (line->kind == LLM) return (*other = model_of(scan, data, row)) != NULL;
    if (*other || !is_listed(line->kind)) return 1;
    Slice text = said(line);
    *other = entry(&scan->messages, data, text.at, text.size, (int32_t)line->kind);
    return *other != NULL;
}

/* Count a line that stretches its call; 0 if Python has to. */
static int told(Scan *scan, const char *data, const Line *line, const Row *row) {
    Entry *call, *other = known(scan, data, line);
    Answer answer = {.message = -1, .generation = generation(line), .ms = -1};
    if (!other && !line->judged && !is_said(line, &answer)) return 0;
    if (!(call = call_of(scan, data, row))) return 0;
    if (call->key == NOTHING && line->place->framed == WRAPPED) return 0; /* it may know the pid */
    if (!take(scan, data, line, row, &other)) return 0;
    answer.call = (int32_t)(call - scan->calls.entries);
    if (line->kind == REQUEST) answer.message = (int32_t)(other - scan->messages.entries);
    add(scan, line, row, call, other, answer);
    seen(call, row->time);
    scan->told++;
    return 1;
}

static int is_of_http(const Line *line) { return line->kind == REQUEST || line->kind == HEADERS; }

/* Whether Python reads the line because it reads all of HTTP: they pair up by their order. */
static int is_left(const Scan *scan, const Line *line) {
    return scan->in_order && is_of_http(line);
}

/* Whether nobody asks for the fields of such a line. */
static int is_quiet(const Line *line) {
    return line->debug && line->kind != HEADERS && line->kind != RESPONSE;
}

/* What came of a line: where Python has to read one of HTTP, it has to read them all. */
static int settled(Scan *scan, const Line *line, int counted) {
    if (is_of_http(line) && !counted) scan->ordered = 1;
    return counted;
}

#endif
