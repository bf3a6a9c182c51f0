/* The beginning of a line of LiveKit's JSON: its message, level and logger. */
#ifndef TUNER_LINE_HEAD_H
#define TUNER_LINE_HEAD_H

#include "json_values.h"
#include "wrappers.h"

static const char LEVEL[] = "\", \"level\": \"", NAME[] = "\", \"name\": \"";

/* The beginning of a line, up to its fields; `quote` is where the message ends. */
typedef struct {
    const Place *place;
    const char *message, *quote, *level, *logger, *fields, *end;
    const Row *row;       /* NULL: of none in the catalogue */
    int32_t place_of_row; /* MOST_ROWS for none */
    int debug, checked;   /* checked: a line that was decoded began with the same bytes */
    int plain;            /* the message is no JSON text, but stands there as it is */
    int unnamed;          /* of such a text: it names no logger */
    const char *close;    /* of fields in text: the brace behind the last */
    int zoned;            /* its time is in UTC */
    enum { DATED, TIMED_OF_DAY, UNTIMED } dated; /* whether its time has a date, or it has none */
} Line;

static const char TURN_LOG[] = "tuner.turns";

/* Where a row is looked for, by its first five bytes (`given.py`): four are those of many rows. */
static inline uint64_t beginning_at(const char *p) {
    return (word_at(p) << 24) * 0x9E3779B97F4A7C15u >> (64 - BEGINNING_BITS);
}

/* Take a line as one of none in the catalogue. */
static inline void leave_row(Line *line) {
    line->row = NULL;
    line->place_of_row = MOST_ROWS;
}

/* Find the row whose message begins like the line's. */
static inline void find_row(Scan *scan, Line *line) {
    const char *p = line->message, *end = line->end;
    int32_t i = end - p < 8 ? 0 : scan->first[beginning_at(p)];
    leave_row(line);
    for (; i; i = scan->next[i - 1]) {
        const Row *row = &scan->rows[i - 1];
        if (end - p < row->size || !same(p, row->starts, row->size)) continue;
        if (row->exact && line->quote && line->quote - p != row->size) continue;
        line->row = row;
        line->place_of_row = i - 1;
        return;
    }
}

/* The quote that closes the text at p; NULL if there is none. */
static const char *closing(const char *p, const char *end) {
    for (const char *from = p; (p = memchr(p, '"', (size_t)(end - p))) != NULL; p++) {
        const char *slash = p;
        while (slash > from && slash[-1] == '\\') slash--;
        if ((p - slash) % 2 == 0) return p;
    }
    return NULL;
}

/* Where message and level are; 0 if that is in doubt. */
static int begin(Line *line) {
    const char *end = line->end, *quote = closing(line->message, end);
    if (!quote || !BEGINS(quote, end, LEVEL)) return 0;
    line->quote = quote;
    line->level = quote + LENGTH(LEVEL);
    line->debug = BEGINS(line->level, end, "DEBUG\"");
    return 1;
}

/* The place of the logger behind the level, and the quote behind it; NULL if it is in doubt. */
static const char *logger_of(const Line *line, const char **close) {
    int escaped = 0;
    const char *quote = string(line->level, line->end, &escaped);
    if (!quote || !BEGINS(quote, line->end, NAME)) return NULL;
    const char *logger = quote + LENGTH(NAME);
    *close = string(logger, line->end, &escaped);
    return *close && !escaped ? logger : NULL;
}

/* Whether the level and logger of the line are those of this source. */
static int is_from(const Entry *known, const char *data, const Line *line) {
    return line->end - line->level > known->size && line->level[known->size] == '"' &&
           same(data + known->at, line->level, known->size);
}

/* Level and logger of the line, as one text of a table; NULL if Python has to judge them. Lines of
 * one row mostly come from one source: it is tried first. */
static Entry *source(Scan *scan, const char *data, Line *line) {
    int32_t *before = &scan->sources_of[line->place_of_row];
    Entry *found = *before ? &scan->sources.entries[*before - 1] : NULL;
    if (!found || !is_from(found, data, line)) {
        const char *close, *logger = logger_of(line, &close);
        if (!logger) return NULL;
        int32_t size = (int32_t)(close - line->level);
        if (!(found = entry(&scan->sources, data, line->level, size, 0))) return NULL;
        int is_odd = BEGINS(logger, close, TURN_LOG) && close - logger != LENGTH(TURN_LOG);
        found->logger = is_odd ? ODD : (int32_t)(logger - line->level);
        *before = 1 + (int32_t)(found - scan->sources.entries);
    }
    if (found->logger == ODD) return NULL;
    line->logger = line->level + found->logger;
    line->fields = line->level + found->size + 1;
    return found;
}

/* The same of a line that begins as one of its row did before: nothing of it is read again. */
static Entry *source_before(Scan *scan, const char *data, Line *line) {
    const Head *head = &scan->heads[line->place_of_row];
    if (!head->size || line->end - line->message < head->size ||
        !same(line->message, data + head->at, head->size))
        return NULL;
    Entry *found = &scan->sources.entries[head->source];
    line->quote = line->message + head->quote;
    line->level = line->quote + LENGTH(LEVEL);
    line->logger = line->level + found->logger;
    line->fields = line->message + head->size;
    line->checked = 1;
    return found;
}

static void remember(Scan *scan, const char *data, const Line *line, const Entry *from) {
    scan->heads[line->place_of_row] = (Head){
        (int32_t)(line->message - data), (int32_t)(line->fields - line->message),
        (int32_t)(line->quote - line->message), (int32_t)(from - scan->sources.entries)};
}

#endif
