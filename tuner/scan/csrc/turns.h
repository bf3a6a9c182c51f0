/* Turns of the caller, as `summary/call_counts.py` counts them: each is judged by when the caller
 * speaks next. Python counts them anew wherever it has to read a line of the chunk itself. */
#ifndef TUNER_TURNS_H
#define TUNER_TURNS_H

#include "fields.h"
#include "http.h"

enum { LONGEST_S = 3600 };

/* Count a length in its bin; the rare ones from SHORT_MS on get one each. */
static void bin(Scan *scan, int which, int64_t ms) {
    int32_t unused = 0, *place = (uint64_t)ms < SHORT_MS ? &scan->bin_of[which][ms] : &unused;
    if (!*place) {
        scan->bins[which][scan->bins_n[which]++] = (Bin){ms, 0};
        *place = scan->bins_n[which];
    }
    scan->bins[which][*place - 1].n++;
}

/* Count a length of time; 0 if it is censored. */
static int count_length(Scan *scan, int which, double seconds) {
    int counts = !(seconds < scan->low_s[which]);
    if (counts) /* half to even, as Python rounds */
        bin(scan, which, (int64_t)nearbyint(seconds * 1000));
    else
        scan->censored[which]++;
    return counts;
}

enum { MASKED_WORDS = -2 }; /* -1: no transcript came; see `call_counts.MASKED` */

/* The turns of a call, begun if there were none. */
static Turns *turns_of(Entry *call) {
    Turns *turns = &call->turns;
    if (!turns->begun)
        *turns = (Turns){.begun = 1, .words = -1, .first_words = -1, .first_start = NAN,
                         .last_commit = NAN};
    return turns;
}

/* Judge the turn before by when the caller spoke next, how much, and what came between. */
static void judge(const Given *given, Turns *turns, double start) {
    double gap = start - turns->last_commit;
    if (!(gap >= -given->overlap_s)) { /* or NAN */
        turns->unknown++;
        return;
    }
    int soon = gap < given->cutoff_s;
    int is_short = turns->paused || (turns->words >= 0 && turns->words <= given->backchannel_words);
    turns->cutoffs += soon && !is_short;
    turns->wordless += soon && !is_short && turns->words == MASKED_WORDS;
    turns->later += (soon && is_short) || (given->cutoff_s <= gap && gap < given->talk_over_s);
}

static void close_turn(const Given *given, Turns *turns, double start, double committed) {
    if (turns->commits++)
        judge(given, turns, start);
    else {
        turns->first_start = start;
        turns->first_words = turns->words;
        turns->first_paused = turns->paused;
    }
    turns->last_commit = committed;
    turns->words = -1;
    turns->paused = 0;
}

/* The value of a field in epoch seconds; NAN if it is absent or 0. */
static double moment(const Values *values, int field) {
    return has(values, field) && values->number[field] != 0 ? values->number[field] : NAN;
}

/* A line's time on the clock of its own fields: without a zone it is off by whole quarter hours. */
static double written_at(const Given *given, double spoken, double time, int has_zone) {
    double apart = fabs(time - spoken), grain = given->zone_grain_s;
    if (has_zone && !(apart > grain * 2 / 3 && apart < grain * 60)) return time;
    double delay = fmod(time - spoken, grain);
    if (delay < 0) delay += grain;
    return spoken + (delay > grain * 2 / 3 ? delay - grain : delay);
}

/* Measure from the last word to the commit, unless that cannot be (`row.is_possible`). */
static void measure_delay(Scan *scan, double seconds) {
    int which = scan->given.commit_latency;
    if ((seconds >= scan->low_s[which] && seconds <= LONGEST_S) || seconds == -1)
        count_length(scan, which, seconds);
    else
        scan->impossible++;
}

static void commit(Scan *scan, const Line *line, const Values *values, Turns *turns) {
    const Given *given = &scan->given;
    double spoken = moment(values, line->row->handed[1]);
    double transcript = moment(values, line->row->handed[2]);
    double committed = line->dated ? NAN : written_at(given, spoken, values->time, line->zoned);
    /* never before what it waited for, although a line in whole seconds may say so */
    if (!isnan(spoken)) committed = fmax(fmax(spoken, transcript), committed);
    int32_t before = turns->cutoffs;
    close_turn(given, turns, moment(values, line->row->handed[0]), committed);
    if (turns->cutoffs > before) note(scan, given->cutoff_note, line->place);
    int is_coarse = line->dated ? line->dated == TIMED_OF_DAY : values->time == floor(values->time);
    if (!is_coarse && !isnan(committed - spoken)) measure_delay(scan, committed - spoken);
}

/* Add the words of the first text that shows them; a transcript that shows none was masked. */
static void add_words(const Row *row, const Values *values, Entry *call) {
    int32_t i = 0;
    while (i < row->handed_n && !(has(values, row->handed[i]) && !isnan(values->number[row->handed[i]]))) i++;
    Turns *turns = turns_of(call);
    if (i == row->handed_n) {
        if (turns->words < 0) turns->words = MASKED_WORDS;
        return;
    }
    turns->words = (turns->words > 0 ? turns->words : 0) + (int32_t)values->number[row->handed[i]];
}

/* Add a line to the turns of its call. */
static void add_turn(Scan *scan, const Line *line, const Values *values, Entry *call) {
    const Row *row = line->row;
    Turns *turns;
    switch (row->turn) {
    case PAUSE:
        turns = turns_of(call);
        turns->pauses++;
        turns->paused = 1;
        break;
    case SPEECH:
        add_words(row, values, call);
        break;
    case COMMIT: commit(scan, line, values, turns_of(call)); break;
    default: break;
    }
}

#endif
