/* LiveKit's JSON: which lines are counted here. */
#ifndef TUNER_JSON_H
#define TUNER_JSON_H

#include "adds.h"
#include "picks.h"

static const char CLOSING[] = "+00:00\"}";

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

/* Whether the message is a valid text that reads as its kind does. */
static int is_said(const Line *line, Answer *answer) {
    int escaped = 0;
    if (string(line->message, line->end, &escaped) != line->quote) return 0;
    switch (line->kind) {
    case SYNC: return is_sync(line->message);
    case REQUEST: return is_request(line->message, line->quote);
    case RESPONSE: return is_response(line->message, line->quote);
    case HEADERS: return headers(line, answer);
    default: return 1;
    }
}

/* Whether messages of this kind are few, and stand in a table. */
static int is_listed(enum Kind kind) {
    return kind == SYNC || kind == REQUEST || kind == RESPONSE;
}

/* How long a message is, with its level and logger. */
static int32_t said_size(const Line *line) { return (int32_t)(line->fields - 1 - line->message); }

/* The entry of a listed message; NULL if it is new. What is there was judged before. */
static Entry *known(Scan *scan, const char *data, const Line *line) {
    if (!is_listed(line->kind)) return NULL;
    int32_t kind = (int32_t)line->kind;
    int32_t place = *slot_of(&scan->messages, data, line->message, said_size(line), kind);
    return place ? &scan->messages.entries[place - 1] : NULL;
}

/* Take the entry of what a line names beside its call, unless it is known; 0 if it has no room. */
static int take(Scan *scan, const char *data, const Line *line, const Row *row, Entry **other) {
    if (line->kind == LLM) return (*other = model_of(scan, data, row)) != NULL;
    if (*other || !is_listed(line->kind)) return 1;
    *other = entry(&scan->messages, data, line->message, said_size(line), (int32_t)line->kind);
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

static int counts(Scan *scan, const char *data, Line *line) {
    Entry *from;
    Row row;
    row.time = -1; /* of what is not decoded nobody asks it, but no compiler sees that */
    if (line->kind == ALONE) return 0;
    if (!(from = source_before(scan, data, line))) {
        if (!begin(line) || !(from = source(scan, data, line))) return 0;
        if (line->kind != KINDS && !is_theirs(line)) return 0;
    }
    int quiet = line->debug && line->kind != HEADERS && line->kind != RESPONSE;
    int throughout = scan->strict || scan->picks;
    if ((!quiet || throughout) && !decode(scan, data, line, &row)) return 0;
    if (throughout && !is_judged(scan, line, &row)) return 0;
    if (scan->picks && !is_kept(scan, &row)) {
        scan->passed++;
        return 1;
    }
    if (!quiet && !told(scan, data, line, &row)) return 0;
    if (!quiet && !line->judged && line->kind != HEADERS) remember(scan, data, line, from);
    if (line->kind != KINDS) scan->counts[line->kind]++;
    from->n++;
    return 1;
}

/* Count one line; 0 if Python has to. */
static int json(Scan *scan, const char *data, const Place *place) {
    Line line = {.place = place, .message = data + place->body + LENGTH(OPENING),
                 .end = data + place->stop};
    line.kind = kind_of(scan, line.message, line.end);
    int http = line.kind == REQUEST || line.kind == HEADERS;
    if (http && scan->in_order) return 0;
    int counted = counts(scan, data, &line);
    if (http && !counted) scan->ordered = 1;
    return counted;
}

static int is_json(const char *p, const char *end) {
    return end - p > (long)sizeof OPENING + STAMPED && BEGINS(p, end, OPENING) &&
           BEGINS(end - LENGTH(CLOSING), end, CLOSING);
}

#endif
