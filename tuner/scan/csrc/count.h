/* What a line adds: to its call, to the latencies, to the counts of what it names. */
#ifndef TUNER_COUNT_H
#define TUNER_COUNT_H

#include "turns.h"

static Entry *call_of(Scan *scan, const char *data, const Values *values) {
    static const int ids[] = {JOB, ROOM, PID};
    for (int i = 0; i < 3; i++) {
        Slice text = values->text[ids[i]];
        if (has(values, ids[i]) && text.size)
            return entry(&scan->calls, data, text.at, text.size, BY_JOB + i);
    }
    return entry(&scan->calls, data, data, 0, BY_NOTHING);
}

/* The entry of what the line's tally counts by; an odd key is that of a line without the field. */
static Entry *tallied(Scan *scan, const char *data, const Row *row, const Values *values) {
    Slice text = values->text[row->tally_field];
    if (!has(values, row->tally_field)) return entry(&scan->tallied, data, data, 0, 2 * row->tally + 1);
    return entry(&scan->tallied, data, text.at, text.size, 2 * row->tally);
}

static void extend(Entry *call, double time) {
    if (!call->n || time < call->first) call->first = time;
    if (!call->n || time > call->last) call->last = time;
    call->n++;
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

static inline void measure(Scan *scan, const Values *values, Measure what, const Place *place,
                           Entry *call) {
    if (!has(values, what.field)) return;
    double seconds = values->number[what.field];
    if (seconds > scan->long_s[what.latency]) note(scan, what.latency, place);
    if (count_length(scan, what.latency, seconds) && what.figure >= 0) call->figures[what.figure]++;
}

static int is_case(const Values *values, const Case *what) {
    if (!has(values, what->field)) return 0;
    Slice text = values->text[what->field];
    if (!what->size) return values->number[what->field] == what->number;
    return text.size == what->size && memcmp(text.at, what->text, (size_t)text.size) == 0;
}

/* Add what the values of fields add; returns which evidence the line is. */
static inline int32_t cases(Scan *scan, const Row *row, const Values *values, Entry *call) {
    int32_t evidence = row->note;
    for (const Case *what = row->cases; what < row->cases + row->cases_n; what++) {
        if (!is_case(values, what)) continue;
        if (what->counter >= 0) scan->counters[what->counter]++;
        if (what->figure >= 0) call->figures[what->figure]++;
        if (what->note >= 0) evidence = what->note;
    }
    return evidence;
}

static void hand_over(Scan *scan, const char *data, const Line *line, const Values *values,
                      const Entry *call) {
    const Row *row = line->row;
    Handed *handed = &scan->handed[scan->handed_n++];
    scan->to_add += row->way == HANDED;
    *handed = (Handed){.place = *line->place, .call = (int32_t)(call - scan->calls.entries),
                       .row = line->place_of_row, .time = values->time};
    for (int32_t i = 0; i < row->handed_n; i++) {
        int field = row->handed[i], type = scan->fields[field].type;
        int is_text = type == TEXT || type == OBJECT;
        Slice text = values->text[field];
        handed->values[i] = has(values, field) && !is_text ? values->number[field] : NAN;
        handed->texts[i] = has(values, field) && is_text
                               ? (Span){(int32_t)(text.at - data), text.size} : (Span){-1, 0};
    }
}

/* Add what the line's row says. */
static inline void add_row(Scan *scan, const char *data, const Line *line, const Values *values,
                           Entry *call) {
    const Row *row = line->row;
    if (row->figure >= 0) call->figures[row->figure]++;
    int32_t evidence = cases(scan, row, values, call);
    if (evidence >= 0) note(scan, evidence, line->place);
    for (int32_t i = 0; i < row->measures_n; i++)
        measure(scan, values, row->measures[i], line->place, call);
    for (int32_t i = 0; i < row->sums_n; i++)
        if (has(values, row->sums[i].field))
            scan->sums[row->sums[i].latency] += (int64_t)values->number[row->sums[i].field];
    add_turn(scan, line, values, call);
    if (row->turn != NO_TURN || row->way == HANDED) hand_over(scan, data, line, values, call);
}

#endif
