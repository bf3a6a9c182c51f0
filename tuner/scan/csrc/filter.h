/* What `record_filter.Filter` does: only records of some time, or of one call, count. */
#ifndef TUNER_FILTER_H
#define TUNER_FILTER_H

#include "line_head.h"
#include "fields.h"

static const double DAY_S = 86400;

/* Whether the line is valid throughout, and knows all that the filter asks for. */
static int is_filterable(const Scan *scan, const Line *line, const Values *values) {
    int escaped = 0, may_know = line->place->framed == WRAPPED; /* a wrapper may know the pid */
    if (may_know && scan->call_size && !has(values, PID)) return 0;
    return string(line->message, line->end, &escaped) == line->quote;
}

/* The time on the bound's clock: a bound within the first day is a time of day. */
static double on_clock_of(double bound, double time) { return bound <= DAY_S ? fmod(time, DAY_S) : time; }

static int is_call(const Scan *scan, const Values *values) {
    static const int ids[] = {JOB, ROOM, PID};
    for (int i = 0; i < 3; i++) {
        const Slice *id = &values->text[ids[i]];
        if (has(values, ids[i]) && id->size == scan->call_size &&
            memcmp(id->at, scan->call, (size_t)id->size) == 0)
            return 1;
    }
    return 0;
}

static int is_in_time(const Scan *scan, double time) {
    return on_clock_of(scan->since, time) >= scan->since && on_clock_of(scan->until, time) < scan->until;
}

/* Whether the record counts. */
static int is_kept(const Scan *scan, const Values *values) {
    return is_in_time(scan, values->time) && (!scan->call_size || is_call(scan, values));
}

/* Whether the id of the call asked for stands there, or may: letters can be written as codes. */
static int may_name_call(const Scan *scan, const char *p, const char *end) {
    for (; p < end; p++) {
        if (*p == '\\') return 1;
        if (*p == scan->call[0] && end - p >= scan->call_size &&
            memcmp(p, scan->call, (size_t)scan->call_size) == 0)
            return 1;
    }
    return 0;
}

#endif
