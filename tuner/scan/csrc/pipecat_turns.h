/* The moments of one call in, the lines that its turns make out: as `pipecat_turns.Follower` follows
 * them, and `call_lines.CallLines` lays them out. */
#ifndef TUNER_PIPECAT_TURNS_H
#define TUNER_PIPECAT_TURNS_H

#include "call_turns.h"
#include "pipecat_moments.h"

/* A call and what its follower keeps. */
typedef struct {
    Talk talk;
    Answered answer;
    double stopped;
    int observed, cut;
} Following;

static int is_step(const PipecatLine *row) { return row->kind >= USER_SPEECH_STARTED && row->kind <= TOKENS; }

/* Whether a moment counts in this call: those of an observer, if there are any. */
static int counts(const Following *call, const PipecatLine *row) {
    return row->observed == call->observed && row->kind != PROCESS_STARTED;
}

static void turn_stops(Following *call) {
    double delay = isnan(call->stopped) ? NAN : fmax(0.0, call->talk.at - call->stopped);
    commit_turn(&call->talk, call->stopped, delay);
    call->stopped = NAN;
}

static void bot_stops(Following *call) {
    if (isnan(call->answer.started)) return;
    agent_stops(&call->talk);
    agent_said(&call->talk, &call->answer, call->cut);
    call->answer = NO_ANSWER, call->cut = 0;
}

static void add_tokens(Talk *talk, const PipecatLine *row) {
    talk->knows_tokens = 1;
    talk->knows_cached |= row->cached >= 0;
    talk->prompt += row->prompt;
    talk->cached += row->cached > 0 ? row->cached : 0;
    talk->completion += row->completion;
}

static void speech_starts(Following *call) {
    call->stopped = NAN;
    caller_starts(&call->talk);
}

/* Follow one moment. */
static void step(Following *call, const PipecatLine *row) {
    switch (row->kind) {
    case USER_SPEECH_STARTED: speech_starts(call); break;
    case USER_SPEECH_STOPPED: call->stopped = row->time, caller_stops(&call->talk); break;
    case USER_TURN_STARTED:
        if (!call->observed) speech_starts(call);
        break;
    case USER_TURN_STOPPED: turn_stops(call); break;
    case BOT_SPEECH_STARTED: call->answer.started = row->time, call->cut = 0, agent_starts(&call->talk); break;
    case BOT_SPEECH_STOPPED: bot_stops(call); break;
    case INTERRUPTION: call->cut = !isnan(call->answer.started); break;
    case TTFB:
        if (!row->voice) call->answer.llm = row->seconds;
        if (row->voice && isnan(call->answer.tts)) call->answer.tts = row->seconds;
        break;
    case TOKENS: add_tokens(&call->talk, row); break;
    }
}

/* Follow all moments; the time of the first and of the last. */
static void follow_all(Following *call, const PipecatLine *rows, int64_t n) {
    for (int64_t i = 0; i < n && !call->talk.lines.odd; i++) {
        if (!counts(call, &rows[i])) continue;
        call->talk.at = rows[i].time, call->talk.line = rows[i].line;
        step(call, &rows[i]);
        settle(&call->talk, 0);
    }
}

/* The log of the call ends: what the models took for an answer that was not heard yet counts. */
static void finish(Following *call) {
    const Answered *answer = &call->answer;
    if (isnan(answer->started) && isnan(answer->llm) && isnan(answer->tts)) return;
    agent_said(&call->talk, answer, call->cut);
    settle(&call->talk, 0);
}

static void write_end(Talk *talk, double duration) {
    Lines *lines = &talk->lines;
    begin_line(lines, "session ended", talk->line);
    FIELD(lines, "duration"), put_seconds(lines, duration);
    FIELD(lines, "reason"), PUT(lines, "\"finished\"");
    FIELD(lines, "turns"), put_whole(lines, talk->turns);
    FIELD(lines, "interruptions"), put_whole(lines, talk->interruptions);
    end_line(lines, talk->at);
}

/* Write all lines of a call from its first moment to its last. */
static void lay_out(Following *call, const PipecatLine *rows, int64_t n, double first, double last, int ended) {
    Talk *talk = &call->talk;
    Lines *lines = &talk->lines;
    int64_t line = talk->line;
    name_call(lines, first);
    begin_line(lines, "session started", line);
    FIELD(lines, "profile"), PUT(lines, "\"unknown\"");
    end_line(lines, first);
    follow_all(call, rows, n);
    talk->at = last, talk->line = line;
    finish(call);
    close_call(talk);
    if (lines->out->n > 1) lines->out->lines[0] = lines->out->lines[1];
    if (ended) write_end(talk, last - first);
}

static Following new_call(PipecatCall *out, int observed, int64_t line) {
    Following call = {.observed = observed, .stopped = NAN, .answer = NO_ANSWER};
    call.talk.lines.out = out, call.talk.lines.zoned = call.talk.speech = observed;
    call.talk.cut = NO_CUT, call.talk.line = line;
    call.talk.first_audio = call.talk.fell_silent = NAN;
    return call;
}

/* Write the lines of a call that ends on `line`; 0 if Python has to. */
static int call_written(PipecatCall *out, const PipecatLine *rows, int64_t n, int64_t line) {
    int observed = 0, moments = 0, ended = 0;
    for (int64_t i = 0; i < n; i++) {
        observed |= rows[i].observed && is_step(&rows[i]);
        ended |= rows[i].kind == CALL_ENDED;
    }
    Following call = new_call(out, observed, line);
    double first = INFINITY, last = -INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (counts(&call, &rows[i])) {
            first = fmin(first, rows[i].time), last = fmax(last, rows[i].time);
            moments += is_step(&rows[i]);
        }
    out->n = out->size = 0;
    if (!moments) return 1;
    if (first < FIRST_TIME_S || last >= LAST_TIME_S) return 0;
    lay_out(&call, rows, n, first, last, ended);
    return !call.talk.lines.odd;
}

#endif
