/* LiveKit's dev text: the level stands at a fixed place, the message does not. */
#ifndef TUNER_DEV_H
#define TUNER_DEV_H

#include "picks.h"

static const char TIME[] = "2026-11-20 08:46:01,270 - ", DEBUG[] = "\x1b[36mDEBUG\x1b[0m ";
static const char DASH[] = " - ";

/* Seconds since the epoch of a time like TIME, read as UTC; -1: none. */
static double dev_when(Minute *before, const char *p) {
    int64_t whole = epoch(before, p, ' ');
    int ms = digits(p + 20, 3);
    return whole < 0 || ms < 0 ? -1 : (double)whole + ms / 1e3;
}

static int is_dev(const char *p, const char *end) {
    return end - p > 48 && p[LENGTH(TIME) - 7] == ',' && BEGINS(p + LENGTH(TIME) - 3, end, DASH);
}

static const char *dash(const char *p, const char *end) {
    for (; (p = memchr(p, '-', (size_t)(end - p))) != NULL; p++)
        if (p[-1] == ' ' && BEGINS(p - 1, end, DASH)) return p - 1;
    return NULL;
}

static int is_word(const char *p, const char *end) {
    const char *start = p;
    while (p < end && *p > ' ' && *p <= '~') p++;
    return p == end && p > start;
}

/* Whether the id of the call asked for stands there, or may: letters can be written as codes. */
static int may_be_of_it(const Scan *scan, const char *p, const char *end) {
    for (; p < end; p++) {
        if (*p == '\\') return 1;
        if (*p == scan->call[0] && end - p >= scan->call_size &&
            memcmp(p, scan->call, (size_t)scan->call_size) == 0)
            return 1;
    }
    return 0;
}

/* Count a DEBUG line that begins as no event does, or as one that only counts; 0 if Python has to
 * read it. */
static int dev(Scan *scan, const char *data, const Place *place) {
    const char *p = data + place->body + LENGTH(TIME), *end = data + place->stop;
    if (!BEGINS(p, end, DEBUG)) return 0;
    const char *logger = p + LENGTH(DEBUG), *behind = dash(logger, end);
    if (!behind) return 0;
    enum Kind kind = kind_of(scan, behind + LENGTH(DASH), end);
    if (kind < STARTED || (kind < KINDS && !BEGINS(logger, end, "httpcore"))) return 0;
    while (behind > logger && behind[-1] == ' ') behind--;
    Entry *from = entry(&scan->sources, data, logger, (int32_t)(behind - logger), 0);
    if (!from || !is_word(logger, behind)) return 0;
    double time = dev_when(&scan->minute, data + place->body);
    if (time < 0 || (scan->strict && !is_text(p, end))) return 0;
    if (scan->picks) {
        if (scan->call_size && may_be_of_it(scan, logger, end)) return 0;
        if (scan->call_size || !is_in_time(scan, time)) {
            scan->passed++;
            return 1;
        }
    }
    if (kind < KINDS) scan->counts[kind]++;
    from->n++;
    return 1;
}

#endif
