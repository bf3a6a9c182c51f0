/* The lines that an export's records hold: where in a record they stand was found before. */
#ifndef TUNER_EXPORT_LINES_H
#define TUNER_EXPORT_LINES_H

#include "export_values.h"
#include "livekit_json.h"
#include "slashed_times.h"

enum { SHORTEST_RECORD = 64, MOST_OF_SECOND = 15 }; /* shortest: so that a line has room for a time
                                                         that its record has not; digits */

static const double EARLIEST_S = 1.4e9, LATEST_S = 4.1e9; /* of times that stores write */

/* A line that was taken: its end, its time, and whether the time stands before it. */
typedef struct {
    char *stop;
    double time;
    int stamped;
} Kept;

/* The time in the end of LiveKit's JSON; -1: there is none. */
static double own_time(Minute *minute, const char *p, const char *end) {
    enum { SIZE = sizeof "2026-11-20T09:36:05.904371+00:00\"}" - 1 };
    if (end - p < SIZE || !BEGINS(end - LENGTH(CLOSING), end, CLOSING)) return -1;
    return when(minute, end - SIZE);
}

/* A text of 13, 16 or 19 digits: milliseconds, microseconds or nanoseconds since the epoch; -1: none. */
static double of_digits(const Slice *text) {
    double unit = text->size == 13 ? 1e3 : text->size == 16 ? 1e6 : text->size == 19 ? 1e9 : 0;
    uint64_t whole = 0;
    for (int32_t i = 0; i < text->size && unit > 0; i++) {
        if (!is_digit(text->at[i])) return -1;
        whole = whole * 10 + (uint64_t)(text->at[i] - '0');
    }
    return unit > 0 ? (double)whole / unit : -1;
}

/* Seconds since the epoch with up to six digits behind the point, which a number holds exactly; -1: none. */
static double of_seconds(const Slice *text) {
    enum { SECONDS = 10, MOST = 17 };
    uint64_t whole = 0;
    double unit = 1;
    if (text->size < SECONDS + 2 || text->size > MOST || text->at[SECONDS] != '.') return -1;
    for (int32_t i = 0; i < text->size; i++) {
        if (i == SECONDS) continue;
        if (!is_digit(text->at[i])) return -1;
        whole = whole * 10 + (uint64_t)(text->at[i] - '0');
        unit *= i > SECONDS ? 10 : 1;
    }
    return (double)whole / unit;
}

enum { NO_ZONE = 1 << 30 };

/* How many seconds a time is before UTC that ends with Z, UTC, +01:00 or nothing; NO_ZONE: with anything
 * else. */
static int32_t zone(const char *p, const char *end) {
    if (p == end || (end - p == 1 && *p == 'Z') || (end - p == 4 && BEGINS(p, end, " UTC"))) return 0;
    int h = end - p == 6 ? digits(p + 1, 2) : -1, m = h < 0 ? -1 : digits(p + 4, 2);
    if (m < 0 || p[3] != ':' || (*p != '+' && *p != '-')) return NO_ZONE;
    return (*p == '-' ? -1 : 1) * (h * 3600 + m * 60);
}

/* The date that a store wrote, 2026-11-20T09:36:05 or 2026-11-20 09:36:05.904Z; -1: any other. */
static double written_time(Minute *minute, const Slice *text) {
    const char *p = text->at, *end = p + text->size;
    if (text->size < 19 || (p[10] != 'T' && p[10] != ' ')) return -1;
    int64_t whole = epoch(minute, p, p[10]);
    Number behind = {0};
    if (whole < 0) return -1;
    p += 19;
    if (p < end && (*p == '.' || *p == ',')) {
        for (p++; p < end && is_digit(*p) && behind.behind <= MOST_OF_SECOND; p++, behind.behind++)
            behind.whole = behind.whole * 10 + (uint64_t)(*p - '0');
        if (!behind.behind || behind.behind > MOST_OF_SECOND) return -1;
    }
    int32_t offset_s = zone(p, end);
    return offset_s != NO_ZONE ? (double)whole + worth(&behind) - offset_s : -1;
}

/* The time of a store; -1: none, or one that Python has to judge. */
static double stored_time(Minute *minute, const Slice *text) {
    if (!text->at || !text->size) return -1;
    double time = of_digits(text);
    if (time < 0) time = of_seconds(text);
    if (time < 0) time = written_time(minute, text);
    if (time < 0) time = slashed_time(text);
    return time > EARLIEST_S && time < LATEST_S ? time : -1;
}

/* Write a time as 2026-11-20T09:36:05.904371. */
static char *time_as_iso(double time, char *out) {
    int64_t micros = llrint(time * 1e6), second = micros / 1000000; /* half to even, as Python's */
    int64_t days = second / 86400 + 719468, era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1; /* a year begins in March */
    month += month < 10 ? 3 : -9;
    out = padded(year + era * 400 + (month <= 2), 4, '-', out);
    out = padded(month, 2, '-', out);
    out = padded(day, 2, 'T', out);
    out = padded(second / 3600 % 24, 2, ':', out);
    out = padded(second / 60 % 60, 2, ':', out);
    out = padded(second % 60, 2, '.', out);
    return padded(micros % 1000000, 6, 0, out) - 1;
}

static inline char *put(char *out, const char *text) {
    size_t size = strlen(text);
    memcpy(out, text, size);
    return out + size;
}

/* Put the store's time before a text without one; 0 if that is in doubt. */
static int stamp(Minute *minute, char *start, const Slice *time, Kept *kept) {
    char before[64], *end;
    long size = kept->stop - start;
    kept->time = stored_time(minute, time);
    if (kept->time < 0 || !size || *start == '{') return 0;
    end = put(time_as_iso(kept->time, before), "Z stdout F ");
    memmove(start + (end - before), start, (size_t)size);
    memcpy(start, before, (size_t)(end - before));
    kept->stop += end - before;
    kept->stamped = 1;
    return 1;
}

/* Whether an object is a record of LiveKit's without a time. */
static int is_timeless(const Paths *paths, const char *p, const char *end) {
    static const char *const names[] = {"message", "level", "name"};
    int met = 0;
    Slice name;
    if (!BEGINS(p, end, OPENING)) return 0;
    for (p = blanks(p + 1, end); p && p < end; p = blanks(p + 1, end)) {
        if (!(p = member(p, end, &name)) || is_time(paths, &name)) return 0;
        for (int i = 0; i < 3; i++) {
            if (name.size != (int32_t)strlen(names[i]) || memcmp(name.at, names[i], strlen(names[i])))
                continue;
            if (met >> i & 1 || *p != '"') return 0;
            met |= 1 << i;
        }
        if (!(p = any_value(p, end, 0, paths))) return 0;
        p = blanks(p, end);
        if (p < end && *p == '}') return met == 7;
    }
    return 0;
}

/* Give a record of LiveKit's the store's time; 0 if that is in doubt. */
static int add_time(Minute *minute, const Paths *paths, char *start, const Slice *time, Kept *kept) {
    kept->time = stored_time(minute, time);
    if (kept->time < 0 || !is_timeless(paths, start, kept->stop)) return 0;
    char *out = time_as_iso(kept->time, put(kept->stop - 1, ", \"timestamp\": \""));
    kept->stop = put(out, "+00:00\"}");
    return 1;
}

/* Write an object on one line, as `rendering.flat` does; NULL if that is in doubt. */
static char *flat(const char *p, const char *end, char *out) {
    const char *next, *first = p + 2;
    if (!memchr(p, '\n', (size_t)(end - p))) {
        memcpy(out, p, (size_t)(end - p));
        return out + (end - p);
    }
    for (next = first; next < end && (*next == ' ' || *next == '\t'); next++) {}
    size_t indent = (size_t)(next - first);
    if (p[1] != '\n' || !indent || memchr(p, '\r', (size_t)(end - p))) return NULL;
    for (*out++ = '{', p = next; (next = memchr(p, '\n', (size_t)(end - p))); p = next + indent) {
        memcpy(out, p, (size_t)(next - p));
        out += next++ - p;
        if ((size_t)(end - next) < indent || memcmp(next, first, indent)) break;
        *out++ = ' ';
    }
    if (!next || memchr(next, '\n', (size_t)(end - next))) return NULL;
    next = blanks(next, end);
    memcpy(out, next, (size_t)(end - next));
    return out + (end - next);
}

/* Whether the lines before have the time of the store before them, and this one not, or the other
 * way round. */
static int is_other(const Taken *taken, const Kept *kept) {
    return taken->n && kept->stamped != (taken->stamped > 0);
}

/* Note a line that was taken from so many lines of the export. */
static void keep(Taken *taken, const Kept *kept, int64_t lines) {
    double before = taken->n ? taken->time[taken->n - 1] : kept->time;
    taken->up += kept->time > before;
    taken->down += kept->time < before;
    taken->back += before - kept->time > BACK_S;
    taken->stamped += kept->stamped;
    taken->of_line[taken->n] = taken->line;
    taken->lines_of[taken->n] = lines > 0 ? lines : 1;
    taken->lines += taken->lines_of[taken->n];
    taken->time[taken->n++] = kept->time;
}

#endif
