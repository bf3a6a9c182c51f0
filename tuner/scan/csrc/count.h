/* What a line adds: to its call, to the latencies, to the counts of what it names. */
#ifndef TUNER_ADDS_H
#define TUNER_ADDS_H

#include "http.h"
#include "fields.h"

static Entry *call_of(Scan *scan, const char *data, const Row *row) {
    static const enum Field ids[] = {F_JOB, F_ROOM, F_PID};
    for (int i = 0; i < 3; i++)
        if (has(row, ids[i]) && row->text[ids[i]].size)
            return entry(&scan->calls, data, row->text[ids[i]].at, row->text[ids[i]].size, JOB + i);
    return entry(&scan->calls, data, data, 0, NOTHING);
}

static Entry *model_of(Scan *scan, const char *data, const Row *row) {
    if (!has(row, F_MODEL)) return entry(&scan->models, data, data, 0, 0);
    return entry(&scan->models, data, row->text[F_MODEL].at, row->text[F_MODEL].size, 1);
}

static void seen(Entry *call, double time) {
    if (!call->n || time < call->first) call->first = time;
    if (!call->n || time > call->last) call->last = time;
    call->n++;
}

/* Count a length in its bin; the rare ones from SHORT_MS on get one each. */
static void bin(Scan *scan, enum Latency which, int64_t ms) {
    int32_t unused = 0, *place = (uint64_t)ms < SHORT_MS ? &scan->bin_of[which][ms] : &unused;
    if (!*place) {
        scan->bins[which][scan->bins_n[which]++] = (Bin){ms, 0};
        *place = scan->bins_n[which];
    }
    scan->bins[which][*place - 1].n++;
}

static void measure(Scan *scan, const Row *row, enum Field name, enum Latency which,
                    const Place *place) {
    if (!has(row, name)) return;
    double seconds = row->number[name];
    if (seconds > scan->noted_s[which]) note(scan, which, place);
    if (seconds < scan->low_s[which])
        scan->censored[which]++;
    else
        bin(scan, which, (int64_t)nearbyint(seconds * 1000)); /* half to even, as Python rounds */
}

static void tokens(Scan *scan, const Row *row) {
    for (int i = 0; i < 3; i++)
        if (has(row, F_PROMPT + i)) scan->tokens[i] += (int64_t)row->number[F_PROMPT + i];
}

/* What a line of its kind adds, beside being counted. */
static void add(Scan *scan, const Line *line, const Row *row, Entry *call, Entry *other,
                Answer answer) {
    switch (line->kind) {
    case LLM:
        other->n++;
        tokens(scan, row);
        measure(scan, row, F_TTFT, TTFT, line->place);
        break;
    case TTS:
        measure(scan, row, F_TTFB, TTFB, line->place);
        break;
    case EOU:
        call->turns++;
        measure(scan, row, F_TRANSCRIPTION, TRANSCRIPTION, line->place);
        measure(scan, row, F_EOU, END_OF_TURN, line->place);
        break;
    case VAD_SLOW:
        call->vad_slow++;
        measure(scan, row, F_DELAY, VAD_DELAY, line->place);
        note(scan, VAD_DELAY, line->place);
        break;
    case SYNC:
        other->n++;
        call->syncs++;
        note(scan, SYNCS, line->place);
        break;
    case HEADERS:
        answered(scan, call, answer, line->place);
        break;
    case REQUEST:
        requested(scan, call, other, answer);
        break;
    case RESPONSE:
        other->n++;
        break;
    default:
        break;
    }
}

#endif
