/* A line of the catalogue: whether it reads as its row has it, and counting it. */
#ifndef TUNER_EVENT_LINE_H
#define TUNER_EVENT_LINE_H

#include "count.h"

/* Whether the method is spelled as Python's \w+ has it; the rest of that is left to Python. */
static int is_sync(const char *p, const char *end) {
    p += LENGTH("_SegmentSynchronizerImpl");
    return end - p > 1 && (*p == '.' || *p == ' ') && ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '_');
}

/* Whether a line names no logger: then fields tell of which row it is. */
static int is_unnamed(const Line *line) {
    return line->plain ? line->unnamed : BEGINS(line->logger, line->end, "\"");
}

/* Whether a line has a field by which others that begin alike are told from its row. */
static int is_marked(const Line *line) {
    const Row *row = line->row;
    const char *from = line->fields ? line->fields : line->message; /* of dev text it is not known yet */
    for (int i = 0; i < row->marks_n; i++)
        for (const char *p = from; (p = memchr(p, '"', (size_t)(line->end - p))) != NULL; p++)
            if (line->end - p > row->marks[i].size && same(p + 1, row->marks[i].text, row->marks[i].size))
                return 1;
    return 0;
}

/* Whether fields tell of which row a line is: agents-js names no logger, or one of its own. */
static int may_be_of_node(const Line *line) {
    return is_unnamed(line) || !BEGINS(line->logger, line->end, "livekit.");
}

/* Whether a line that begins as this one may be of another row. */
static int may_be_another(const Line *line) {
    return is_unnamed(line) || (line->row->marks_n > 0 && may_be_of_node(line));
}

/* Whether the loggers that write such lines wrote this one, at their level, or nobody is named. */
static int is_theirs(const Line *line) {
    const Row *row = line->row;
    if (line->debug != row->debug || (may_be_of_node(line) && is_marked(line))) return 0;
    if (is_unnamed(line)) return row->marks_n >= 0;
    return line->end - line->logger >= row->logger_size && same(line->logger, row->logger, row->logger_size);
}

static int is_valid(const Line *line) {
    int escaped = 0;
    if (line->plain) return is_text(line->message, line->quote);
    return string(line->message, line->end, &escaped) == line->quote;
}

/* Whether the message is a valid text that reads as its row has it. */
static int is_regular(const Line *line, Answer *answer) {
    if (!is_valid(line)) return 0;
    switch (line->row->way) {
    case SYNC: return is_sync(line->message, line->quote);
    case REQUEST: return is_request(line->message, line->quote, line->plain);
    case RESPONSE: return is_response(line->message, line->quote);
    case HEADERS: return headers(line, answer);
    default: return 1;
    }
}

/* Whether messages of this row are few, and stand in a table. */
static int is_listed(const Line *line) {
    int32_t way = line->row->way;
    return way == SYNC || way == REQUEST || way == RESPONSE;
}

/* The message: in JSON with the logger (and the level) behind it. In plain text a task, a thread or a
 * process of its own may stand between the two: each line would be another. */
static Slice listed_text(const Line *line) {
    const char *stop = line->plain ? line->quote : line->fields - 1;
    return (Slice){line->message, (int32_t)(stop - line->message)};
}

/* The key of a listed message: its row, and in plain text which of its loggers wrote it. */
static int32_t listed_key(const Line *line) {
    int32_t logger = line->plain && !line->unnamed ? 1 + generation(line) : 0;
    return line->place_of_row + MOST_ROWS * logger;
}

/* The entry of a listed message; NULL if it is new. What is there was checked before. */
static Entry *known(Scan *scan, const char *data, const Line *line) {
    if (!is_listed(line)) return NULL;
    Slice text = listed_text(line);
    return entry_of(&scan->messages, data, text.at, text.size, listed_key(line));
}

/* Take the entry of what a line names beside its call, unless it is known; 0 if it has no room. */
static int take(Scan *scan, const char *data, const Line *line, const Values *values,
                Entry **other) {
    const Row *row = line->row;
    if (row->tally >= 0) return (*other = tallied(scan, data, row, values)) != NULL;
    if (*other || !is_listed(line)) return 1;
    Slice text = listed_text(line);
    *other = entry(&scan->messages, data, text.at, text.size, listed_key(line));
    if (*other && line->plain) (*other)->lead = (int32_t)(line->message - line->logger);
    return *other != NULL;
}

/* Count a line of a row; 0 if Python has to. */
static inline int count_row(Scan *scan, const char *data, const Line *line, const Values *values,
                     Entry *call) {
    if (is_odd(values, line->row->needs)) return 0;
    Entry *other = known(scan, data, line);
    Answer answer = {.message = -1, .generation = OLD, .ms = -1};
    if (!is_possible(line->row, values)) return 0;
    if (!other && !line->checked && !is_regular(line, &answer)) return 0;
    if (!take(scan, data, line, values, &other)) return 0;
    add_row(scan, data, line, values, call);
    answer.call = (int32_t)(call - scan->calls.entries);
    switch (line->row->way) {
    case FIELDS: break;
    case HEADERS:
        answer.generation = generation(line);
        add_headers(scan, call, answer, line->place);
        return 1;
    case REQUEST:
        answer.generation = generation(line);
        answer.message = (int32_t)(other - scan->messages.entries);
        add_request(scan, call, other, answer);
        return 1;
    default: break;
    }
    if (other) other->n++;
    return 1;
}

/* Count a line that extends its call; 0 if Python has to. */
static inline int count_event(Scan *scan, const char *data, const Line *line, const Values *values) {
    Entry *call;
    if (!line->row && !line->checked && !is_valid(line)) return 0;
    if (!(call = call_of(scan, data, values))) return 0;
    if (call->key == BY_NOTHING && line->place->framed == WRAPPED) return 0; /* it may have a pid */
    if (line->row && !count_row(scan, data, line, values, call)) return 0;
    extend(call, values->time);
    scan->clocked++;
    return 1;
}

/* Whether letters are written as escapes, and may be those of a message that is looked for. */
static int hides_letters(const char *p, const char *end) {
    for (; (p = memchr(p, '\\', (size_t)(end - p))) != NULL; p++)
        if (BEGINS(p, end, "\\u00")) return 1;
    return 0;
}

/* Whether a metrics object may stand in a line of the app's own, which Python then reads. An app may
 * call itself livekit-demo. */
static int may_hold_an_object(const Line *line) {
    const char *p = line->logger, *end = line->end;
    int known = BEGINS(p, end, "livekit.agents") || BEGINS(p, end, "livekit.plugins.") ||
                BEGINS(p, end, "httpcore") || BEGINS(p, end, "httpx") || BEGINS(p, end, "openai._");
    if (line->row || (known && !is_unnamed(line))) return 0;
    for (p = line->message; (p = memchr(p, 'e', (size_t)(end - p))) != NULL; p++)
        if (BEGINS(p, end, "etrics")) return 1;
    return hides_letters(line->message, end);
}

static int is_of_http(const Line *line) {
    return line->row && (line->row->way == REQUEST || line->row->way == HEADERS);
}

/* Whether Python reads the line because it reads all of HTTP: they pair up by their order. */
static int is_left(const Scan *scan, const Line *line) {
    return scan->in_order && is_of_http(line);
}

/* Whether nobody asks for the fields of such a line. */
static int is_quiet(const Line *line) {
    return line->row ? line->row->way == WIRE : line->debug;
}

/* Count a line that was counted as far as its row: its kind, and where it stands. */
static void count_quiet(Scan *scan, const Line *line) {
    if (line->row && line->row->way == WIRE && line->row->note >= 0)
        note(scan, line->row->note, line->place);
    if (line->row && line->row->way != HANDED) scan->counts[line->row->kind]++;
}

/* What came of a line: where Python has to read one of HTTP, it has to read them all. */
static int settled(Scan *scan, const Line *line, int counted) {
    if (is_of_http(line) && !counted) scan->ordered = 1;
    return counted;
}

#endif
