/* The beginning of a line of LiveKit's JSON: its message, level and logger. */
#ifndef TUNER_LINES_H
#define TUNER_LINES_H

#include "values.h"
#include "wrappers.h"

static const char LEVEL[] = "\", \"level\": \"", NAME[] = "\", \"name\": \"";

/* The beginning of a line, up to its logger; `fields` is what follows. */
typedef struct {
    Place place;
    const char *message, *quote, *level, *logger, *fields, *end;
    enum Kind kind;
    int debug;
} Line;

/* What the message begins with; KINDS if that is no event's beginning. */
static enum Kind kind_of(const Scan *scan, const char *p, const char *end) {
    int32_t i = p < end ? scan->first[(unsigned char)*p] : 0;
    for (; i; i = scan->next[i - 1]) {
        const Literal *one = &scan->literals[i - 1];
        if (end - p >= one->size && memcmp(p, one->text, (size_t)one->size) == 0)
            return (enum Kind)one->kind;
    }
    return KINDS;
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

static int begin(Line *line) {
    const char *end = line->end, *quote = closing(line->message, end);
    if (!quote || !BEGINS(quote, end, LEVEL)) return 0;
    line->quote = quote;
    line->level = quote + LENGTH(LEVEL);
    line->debug = BEGINS(line->level, end, "DEBUG\"");
    quote = memchr(line->level, '"', (size_t)(end - line->level));
    if (!quote || !BEGINS(quote, end, NAME)) return 0;
    line->logger = quote + LENGTH(NAME);
    quote = memchr(line->logger, '"', (size_t)(end - line->logger));
    if (quote) line->fields = quote + 1;
    return quote != NULL;
}

/* The level and logger of a line, as one text of a table; NULL if Python has to judge them. */
static Entry *source(Scan *scan, const char *data, const Line *line) {
    const char *quote = line->fields - 1;
    Entry *found = entry(&scan->sources, data, line->level, (int32_t)(quote - line->level), 0);
    if (!found || found->state) return found && found->state == GOOD ? found : NULL;
    int escaped = 0; /* one of few: looked at once in a chunk */
    int fine = string(line->level, quote, &escaped) == line->logger - LENGTH(NAME);
    fine = fine && string(line->logger, line->end, &escaped) == quote && !escaped;
    found->state = fine && !BEGINS(line->logger, quote, "tuner.turns") ? GOOD : ODD;
    return found->state == GOOD ? found : NULL;
}

#endif
