/* The fields in use of one record. */
#ifndef TUNER_FIELDS_H
#define TUNER_FIELDS_H

#include "line_head.h"
#include "skipped.h"
#include "words.h"

typedef struct {
    const char *at;
    int32_t size;
} Slice;

/* Fields that are not in use, and those that may stand there a second time. */
enum { OTHER = MOST_FIELDS, TWICE };

/* The values of the fields in use: texts (of a process its digits) or numbers. */
typedef struct {
    double number[MOST_FIELDS], time;
    Slice text[MOST_FIELDS];
    uint64_t has, odd; /* odd: of another type than the field's */
} Values;

static const double LARGEST = 1e10; /* epoch seconds, tokens or process: no sane one is larger */

#define NAMED_TWICE(text) \
    if (size == LENGTH(text) && memcmp(p, text, sizeof(text) - 1) == 0) return TWICE

static int field(const Scan *scan, const char *p, long size) {
    NAMED_TWICE("name");
    NAMED_TWICE("level");
    NAMED_TWICE("message");
    NAMED_TWICE("timestamp");
    for (int32_t i = 0; i < scan->fields_n; i++) {
        const FieldName *known = &scan->fields[i];
        if (known->size == size && memcmp(known->text, p, (size_t)size) == 0) return i;
    }
    return OTHER;
}

static int has(const Values *values, int which) { return values->has >> which & 1; }

/* Behind the text at p; NULL if it is none, or its letters are written as codes. */
static const char *plain_text(const char *p, const char *end, Slice *text) {
    int escaped = 0;
    const char *close = *p == '"' ? string(p + 1, end, &escaped) : NULL;
    if (!close || escaped) return NULL;
    *text = (Slice){p + 1, (int32_t)(close - p - 1)};
    return close + 1;
}

static inline const char *amount(const char *p, const char *end, double *value) {
    Number read;
    const char *stop = number(p, end, &read);
    return stop && fabs(*value = worth(&read)) <= LARGEST ? stop : NULL;
}

static const char *whole_number(const char *p, const char *end, Slice *text, double *value) {
    Number read;
    const char *stop = number(p, end, &read);
    if (!stop || read.negative || read.behind || read.exponent) return NULL;
    *text = (Slice){p, (int32_t)(stop - p)};
    *value = (double)read.whole;
    return *value <= LARGEST ? stop : NULL;
}

static const char *object(const char *p, const char *end, Slice *text) {
    const char *stop = *p == '{' ? nested(p, end, 1) : NULL;
    if (stop) *text = (Slice){p, (int32_t)(stop - p)};
    return stop;
}

static const char *flag(const char *p, const char *end, double *value) {
    *value = *p == 't';
    if (BEGINS(p, end, "true")) return p + 4;
    return BEGINS(p, end, "false") ? p + 5 : NULL;
}

/* Behind the text at p, whose words are counted; NULL if it is none. */
static const char *spoken(const char *p, const char *end, double *words) {
    int escaped = 0;
    const char *close = *p == '"' ? string(p + 1, end, &escaped) : NULL;
    if (!close) return NULL;
    *words = words_of(p + 1, close);
    return close + 1;
}

/* Behind the value at p of a field in use, taken; NULL if it has another type. */
static inline const char *taken(const char *p, const char *end, int type, int which, Values *values) {
    switch (type) {
    case NUMBER: return amount(p, end, &values->number[which]);
    case TEXT: return plain_text(p, end, &values->text[which]);
    case OBJECT: return object(p, end, &values->text[which]);
    case DIGITS: return whole_number(p, end, &values->text[which], &values->number[which]);
    case WHOLE: return whole_number(p, end, &values->text[which], &values->number[which]);
    case FLAG: return flag(p, end, &values->number[which]);
    default: return spoken(p, end, &values->number[which]);
    }
}

/* Behind the value at p, taken if the field is in use; NULL if it is not valid. */
static inline const char *value(const Scan *scan, const char *p, const char *end, int which,
                         Values *values) {
    if (UNLIKELY(which == OTHER)) return skipped(p, end, 0);
    uint64_t bit = 1ull << which;
    const char *stop = taken(p, end, scan->fields[which].type, which, values);
    values->has |= bit;
    values->odd &= ~bit;
    if (LIKELY(stop != NULL)) return stop;
    values->has &= ~bit;
    if (BEGINS(p, end, "null")) return p + 4;
    values->odd |= bit;
    return skipped(p, end, 0);
}

static int is_odd(const Values *values, uint64_t needs) { return (values->odd & needs) != 0; }

static const uint64_t IDS = 1ull << PID | 1ull << JOB | 1ull << ROOM;

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

/* The same. Most lines are of the minute before. */
static inline int64_t minute_before(Minute *before, const char *p, char sign) {
    if (p[10] != sign) return -1;
    if (same(p, before->text, sizeof before->text)) return before->began;
    int64_t began = minute_of(p, sign);
    if (began < 0) return -1;
    memcpy(before->text, p, sizeof before->text);
    return before->began = began;
}

/* The same of a time with seconds, 2026-11-20T09:36:05. */
static int64_t epoch(Minute *before, const char *p, char sign) {
    int s = digits(p + 17, 2);
    int64_t began = s < 0 || s > 59 || p[16] != ':' ? -1 : minute_before(before, p, sign);
    return began < 0 ? -1 : began + s;
}

/* The same of a time that LiveKit wrote, 2026-11-20T09:36:05.904371; -1: none. */
static double when(Minute *before, const char *p) {
    enum { US = 1000000 };
    uint16_t second;
    memcpy(&second, p + 17, sizeof second);
    uint64_t bytes = (word_at(p + 18) >> 16 << 16 | second) ^ EACH('0'), us = eight(bytes);
    int64_t began = minute_before(before, p, 'T');
    if (began < 0 || !are_digits(bytes) || us >= 60 * US || p[16] != ':' || p[19] != '.') return -1;
    return (double)(began + (int64_t)(us / US)) + (double)(us % US) / 1e6;
}

static const char STAMP[] = ", \"timestamp\": \"";
static const double BACK_S = 1; /* threads that log at once may be so late (`ordering.BACK_S`) */

/* Note the time of the next line, in seconds. */
static void follow(Scan *scan, double time) {
    scan->later += time > scan->latest_s;
    scan->earlier += time < scan->latest_s;
    scan->back += time < scan->latest_s - BACK_S;
    if (time > scan->latest_s) scan->latest_s = time;
}

/* The same of a time that LiveKit wrote; most are compared as they are written. */
static void follow_written(Scan *scan, const char *text, const char *p) {
    enum { SIZE = sizeof "2026-11-20T09:36:05.904371" - 1 };
    const char *latest = text + scan->latest - 1;
    int order = scan->latest ? compared(p, latest, SIZE) : 1;
    if (order < 0) {
        double before = when(&scan->minute, latest), now = when(&scan->minute, p);
        scan->earlier++;
        scan->back += now >= 0 && now < before - BACK_S;
    } else {
        scan->later += order > 0;
        scan->latest = (int32_t)(p - text) + 1;
    }
}

enum { ZONE = sizeof "+00:00" - 1 };
enum { STAMPED = sizeof STAMP - 1 + sizeof "2026-11-20T09:36:05.904371+00:00\"}" - 1 };

/* The field at p, and where its value is; TWICE if it is in doubt. Lines of one row mostly have
 * the same fields in the same order: the name that stood here before is tried first. */
static int named(const Scan *scan, const char *data, const char *p, const char *stop, int begins,
                 Name *before, const char **at) {
    int32_t size = before->size;
    if (LIKELY(size && stop - p > size && same(p, data + before->at, size))) {
        *at = p + size;
        return before->field;
    }
    int escaped = 0;
    if (begins ? !BEGINS(p, stop, "{\"") : !BEGINS(p, stop, ", \"")) return TWICE;
    const char *name = p + (begins ? 2 : 3), *close = string(name, stop, &escaped);
    if (!close || escaped || !BEGINS(close, stop, "\": ")) return TWICE;
    *at = close + 3;
    int which = field(scan, name, close - name);
    *before = (Name){(int32_t)(p - data), (int32_t)(*at - p), which};
    return which;
}

/* The fields up to `stop`, the values of those in use; 0 if they are in any doubt.
 *
 * Lines of one row end alike: which code wrote them. What was read once is compared, not read.
 */
static int fields(Scan *scan, const char *data, const Line *line, const char *stop,
                  Values *values) {
    const char *p = line->fields, *end = line->end, *unused = p, *at;
    Shape *shape = &scan->shapes[line->place_of_row];
    for (int i = 0; p < stop; i++) {
        if (stop - p == shape->size && same(p, data + shape->tail, shape->size))
            return !is_odd(values, IDS);
        Name *before = &shape->names[i % MOST_NAMES];
        int which = named(scan, data, p, stop, line->plain && !i, before, &at);
        if (which == TWICE || at >= stop || !(p = value(scan, at, end, which, values))) return 0;
        if (which != OTHER) unused = p;
    }
    if (p != stop) return 0;
    shape->tail = (int32_t)(unused - data);
    shape->size = (int32_t)(stop - unused);
    return !is_odd(values, IDS);
}

/* The values of a line that ends in a time; 0 if it is in any doubt. */
static int decode(Scan *scan, const char *data, const Line *line, Values *values) {
    const char *stop = line->end - STAMPED + (line->zoned ? 0 : ZONE);
    values->has = values->odd = 0;
    if (stop < line->fields || !BEGINS(stop, line->end, STAMP)) return 0;
    values->time = when(&scan->minute, stop + LENGTH(STAMP));
    return values->time >= 0 && fields(scan, data, line, stop, values);
}

#endif
