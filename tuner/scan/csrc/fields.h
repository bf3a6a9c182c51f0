/* The fields in use of one record. */
#ifndef TUNER_ROWS_H
#define TUNER_ROWS_H

#include "line_head.h"

typedef struct {
    const char *at;
    int32_t size;
} Slice;

enum Field {
    F_TTFT, F_TTFB, F_EOU, F_TRANSCRIPTION, F_PROMPT, F_CACHED, F_COMPLETION,
    F_DELAY, F_PID, F_JOB, F_ROOM, F_MODEL, FIELDS, OTHER, TWICE
};

/* The fields in use: numbers before the pid, the rest texts; size 0: not there. */
typedef struct {
    double number[F_PID], time;
    Slice text[FIELDS];
    unsigned has;
} Row;

enum { LARGEST = 1000000000 }; /* seconds, tokens or process: no sane one is larger */

#define NAMED(text, which) \
    if (memcmp(p, text, sizeof(text) - 1) == 0) return which

static enum Field field(const char *p, long size) {
    switch (size) {
    case 3: NAMED("pid", F_PID); break;
    case 4: NAMED("room", F_ROOM); NAMED("ttft", F_TTFT); NAMED("ttfb", F_TTFB);
            NAMED("name", TWICE); break;
    case 5: NAMED("delay", F_DELAY); NAMED("level", TWICE); break;
    case 6: NAMED("job_id", F_JOB); break;
    case 7: NAMED("message", TWICE); break;
    case 9: NAMED("timestamp", TWICE); break;
    case 10: NAMED("model_name", F_MODEL); break;
    case 13: NAMED("prompt_tokens", F_PROMPT); break;
    case 17: NAMED("completion_tokens", F_COMPLETION); break;
    case 19: NAMED("transcription_delay", F_TRANSCRIPTION); break;
    case 20: NAMED("prompt_cached_tokens", F_CACHED); break;
    case 22: NAMED("end_of_utterance_delay", F_EOU); break;
    }
    return OTHER;
}

/* Behind the value at p, taken into the row if the field is in use; NULL if it has the wrong type,
 * or is an object or a list. */
static const char *value(const char *p, const char *end, enum Field name, Row *row) {
    int escaped = 0;
    if (*p == '"') {
        const char *close = string(p + 1, end, &escaped);
        if (!close || name <= F_PID || (escaped && name < FIELDS)) return NULL;
        if (name < FIELDS) row->text[name] = (Slice){p + 1, (int32_t)(close - p - 1)};
        if (name < FIELDS) row->has |= 1u << name;
        return close + 1;
    }
    if (BEGINS(p, end, "null")) {
        if (name < FIELDS) row->has &= ~(1u << name);
        return p + 4;
    }
    if (name == OTHER && BEGINS(p, end, "true")) return p + 4;
    if (name == OTHER && BEGINS(p, end, "false")) return p + 5;
    Number told;
    const char *stop = number(p, end, &told);
    if (!stop || (name > F_PID && name < FIELDS)) return NULL;
    if (name == F_PID) {
        if (told.negative || told.behind || told.whole > LARGEST) return NULL;
        row->text[name] = (Slice){p, (int32_t)(stop - p)};
    } else if (name < F_PID && !(fabs(row->number[name] = worth(&told)) <= LARGEST))
        return NULL;
    if (name <= F_PID) row->has |= 1u << name;
    return stop;
}

/* Seconds since the epoch at 2026-11-20T09:36, with another sign before the hour; -1: none. */
static int64_t minute_of(const char *p, char sign) {
    static const int ends[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y = digits(p, 4), mo = digits(p + 5, 2), d = digits(p + 8, 2), h = digits(p + 11, 2);
    int mi = digits(p + 14, 2);
    if (p[4] != '-' || p[7] != '-' || p[10] != sign || p[13] != ':') return -1;
    int leap = (y % 4 == 0 && y % 100) || y % 400 == 0;
    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > ends[mo - 1] + (leap && mo == 2)) return -1;
    if (h < 0 || h > 23 || mi < 0 || mi > 59) return -1;
    int years = mo <= 2 ? y - 1 : y; /* days from civil: a year that begins in March */
    int day = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t days = years * 365LL + years / 4 - years / 100 + years / 400 + day - 719468;
    return ((days * 24 + h) * 60 + mi) * 60;
}

/* The same of a time with seconds, 2026-11-20T09:36:05. Most lines are of the minute before. */
static int64_t epoch(Minute *before, const char *p, char sign) {
    int s = digits(p + 17, 2);
    if (p[10] != sign || p[16] != ':' || s < 0 || s > 59) return -1;
    if (memcmp(p, before->text, sizeof before->text) != 0) {
        int64_t began = minute_of(p, sign);
        if (began < 0) return -1;
        memcpy(before->text, p, sizeof before->text);
        before->began = began;
    }
    return before->began + s;
}

/* The same of a time that LiveKit wrote, 2026-11-20T09:36:05.904371; -1: none. */
static double when(Minute *before, const char *p) {
    int64_t whole = epoch(before, p, 'T');
    int us = digits(p + 20, 6);
    return whole < 0 || us < 0 || p[19] != '.' ? -1 : (double)whole + us / 1e6;
}

static const char STAMP[] = ", \"timestamp\": \"";
enum { STAMPED = sizeof STAMP - 1 + sizeof "2026-11-20T09:36:05.904371+00:00\"}" - 1 };

/* The field at p, and where its value is; TWICE if it is in doubt. Lines of one kind mostly have
 * the same fields in the same order: the name that stood here before is tried first. */
static enum Field named(const char *data, const char *p, const char *stop, int begins, Name *before,
                        const char **at) {
    int32_t size = before->size;
    if (size && stop - p > size && same(p, data + before->at, size)) {
        *at = p + size;
        return (enum Field)before->field;
    }
    int escaped = 0;
    if (begins ? !BEGINS(p, stop, "{\"") : !BEGINS(p, stop, ", \"")) return TWICE;
    const char *name = p + (begins ? 2 : 3), *close = string(name, stop, &escaped);
    if (!close || escaped || !BEGINS(close, stop, "\": ")) return TWICE;
    *at = close + 3;
    enum Field which = field(name, close - name);
    *before = (Name){(int32_t)(p - data), (int32_t)(*at - p), (int32_t)which};
    return which;
}

/* The fields up to `stop`, those in use into the row; 0 if they are in any doubt.
 *
 * Lines of one kind end alike: which code wrote them. What was read once is compared, not read.
 */
static int fields(Scan *scan, const char *data, const Line *line, const char *stop, Row *row) {
    const char *p = line->fields, *end = line->end, *unused = p, *at;
    Shape *shape = &scan->shapes[line->kind];
    for (int i = 0; p < stop; i++) {
        if (stop - p == shape->size && same(p, data + shape->tail, shape->size)) return 1;
        Name *before = &shape->names[i % MOST_NAMES];
        enum Field which = named(data, p, stop, line->plain && !i, before, &at);
        if (which == TWICE || at >= stop || !(p = value(at, end, which, row))) return 0;
        if (which != OTHER) unused = p;
    }
    if (p != stop) return 0;
    shape->tail = (int32_t)(unused - data);
    shape->size = (int32_t)(stop - unused);
    return 1;
}

/* The row of a line that ends in a time; 0 if it is in any doubt. */
static int decode(Scan *scan, const char *data, const Line *line, Row *row) {
    const char *stop = line->end - STAMPED;
    row->has = 0;
    if (stop < line->fields || !BEGINS(stop, line->end, STAMP)) return 0;
    row->time = when(&scan->minute, stop + LENGTH(STAMP));
    return row->time >= 0 && fields(scan, data, line, stop, row);
}

static int has(const Row *row, enum Field name) { return row->has >> name & 1; }

#endif
