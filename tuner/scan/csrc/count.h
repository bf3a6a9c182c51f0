/* What a line adds: to its call, to the latencies, to the counts of what it names. */
#ifndef TUNER_COUNT_H
#define TUNER_COUNT_H

#include "fields.h"
#include "http.h"

enum { LONGEST_S = 3600 };

static Entry *call_of(Scan *scan, const char *data, const Values *values) {
    static const int ids[] = {JOB, ROOM, PID};
    for (int i = 0; i < 3; i++) {
        Slice text = values->text[ids[i]];
        if (has(values, ids[i]) && text.size)
            return entry(&scan->calls, data, text.at, text.size, BY_JOB + i);
    }
    return entry(&scan->calls, data, data, 0, BY_NOTHING);
}

static Entry *model_of(Scan *scan, const char *data, const Values *values) {
    if (!has(values, MODEL)) return entry(&scan->models, data, data, 0, 0);
    return entry(&scan->models, data, values->text[MODEL].at, values->text[MODEL].size, 1);
}

static void extend(Entry *call, double time) {
    if (!call->n || time < call->first) call->first = time;
    if (!call->n || time > call->last) call->last = time;
    call->n++;
}

/* Count a length in its bin; the rare ones from SHORT_MS on get one each. */
static void bin(Scan *scan, int which, int64_t ms) {
    int32_t unused = 0, *place = (uint64_t)ms < SHORT_MS ? &scan->bin_of[which][ms] : &unused;
    if (!*place) {
        scan->bins[which][scan->bins_n[which]++] = (Bin){ms, 0};
        *place = scan->bins_n[which];
    }
    scan->bins[which][*place - 1].n++;
}

/* Whether every length of time can be one; what cannot is Python's to name (row.is_possible). */
static inline int is_possible(const Row *row, const Values *values) {
    for (int32_t i = 0; i < row->measures_n; i++) {
        int32_t field = row->measures[i].field;
        double seconds = has(values, field) ? values->number[field] : 0;
        if (!((seconds >= 0 && seconds <= LONGEST_S) || seconds == -1)) return 0;
    }
    return 1;
}

static inline void measure(Scan *scan, const Values *values, Measure what, const Place *place) {
    if (!has(values, what.field)) return;
    double seconds = values->number[what.field];
    if (seconds > scan->long_s[what.latency]) note(scan, what.latency, place);
    if (seconds < scan->low_s[what.latency])
        scan->censored[what.latency]++;
    else /* half to even, as Python rounds */
        bin(scan, what.latency, (int64_t)nearbyint(seconds * 1000));
}

/* Add what the line's row says. */
static inline void add_row(Scan *scan, const Line *line, const Values *values, Entry *call) {
    const Row *row = line->row;
    if (row->figure >= 0) call->figures[row->figure]++;
    if (row->note >= 0) note(scan, row->note, line->place);
    for (int32_t i = 0; i < row->measures_n; i++)
        measure(scan, values, row->measures[i], line->place);
    for (int32_t i = 0; i < row->sums_n; i++)
        if (has(values, row->sums[i].field))
            scan->sums[row->sums[i].latency] += (int64_t)values->number[row->sums[i].field];
}

#endif
