/* What happens in a call in, its turns, interruptions and sounds out: as `turns.assembler` puts them
 * together where nobody reports what was said. */
#ifndef TUNER_CALL_TURNS_H
#define TUNER_CALL_TURNS_H

#include "call_text.h"

enum { MOST_HELD = 1024 }; /* sounds of a call; with more of them Python reads it */

/* Times in seconds, NAN where one is not known: `turns.speech.Sound`. */
typedef struct {
    double start, stop, since_first_audio;
    int audible, stopped_agent;
} Sound;

/* Some of the sounds, in their order. */
typedef struct {
    int n;
    int16_t of[MOST_HELD];
} Sounds;

/* An interruption: `turns.interruptions`. Its sound is -1 where there is none. */
typedef struct {
    double started, paused;
    int sound;
} Cut;

typedef enum { FREE, HELD, GIVEN_UP } Floor;
typedef enum { FELL_SILENT, CUT_SHORT, FINISHED, SPOKE_AGAIN, COMMITTED, CALL_OVER } Change;

/* A turn that waits for its answer: `turns.turn.Turn`. */
typedef struct {
    int open, resumed;
    double stopped, committed, delay, first_audio, spoke_again;
    Sounds sounds;
} OpenTurn;

/* What is known of an answer when its line is written: `metrics` of the assembler. */
typedef struct {
    double started, llm, tts;
} Answered;

/* A call. `speech`: it is known when the caller spoke, not only when turns began. `at` and `line`
 * are those of what happens just now. */
typedef struct {
    Lines lines;
    Sound sounds[MOST_HELD];
    Sounds caller, waiting;
    OpenTurn turn;
    Cut cut;
    Floor floor;
    double at, first_audio, fell_silent;
    int64_t line, prompt, cached, completion;
    int speech, audible, heard, knows_tokens, knows_cached, turns, interruptions;
} Talk;

static const Answered NO_ANSWER = {NAN, NAN, NAN};
static const Cut NO_CUT = {NAN, NAN, -1};

/* --- lines ----------------------------------------------------------------------------------- */

static void write_sound(Talk *talk, const Sound *sound) {
    Lines *lines = &talk->lines;
    begin_line(lines, "sound", talk->line);
    FIELD(lines, "started"), put_seconds(lines, sound->start);
    FIELD(lines, "ended"), put_seconds(lines, sound->stop);
    FIELD(lines, "agent_audible"), put_flag(lines, sound->audible);
    FIELD(lines, "since_first_audio"), put_seconds(lines, sound->since_first_audio);
    FIELD(lines, "stopped_agent"), put_flag(lines, sound->stopped_agent);
    PUT(lines, ", \"first_words\": null, \"peak\": null, \"mean\": null, \"end_of_turn_probability\": null");
    PUT(lines, ", \"unlikely_threshold\": null, \"endpointing_delay\": null");
    end_line(lines, talk->at);
}

static void write_cut(Talk *talk, const Cut *cut) {
    Lines *lines = &talk->lines;
    const Sound *sound = &talk->sounds[cut->sound];
    talk->interruptions++;
    begin_line(lines, "interruption", talk->line);
    FIELD(lines, "started"), put_seconds(lines, cut->started);
    FIELD(lines, "user_speech"), put_seconds(lines, sound->stop - sound->start);
    PUT(lines, ", \"agent_audible\": true, \"outcome\": \"real\", \"dead_air\": null");
    end_line(lines, talk->at);
}

/* The silences between the sounds of a turn. */
static void put_pauses(Talk *talk, const Sounds *sounds) {
    Lines *lines = &talk->lines;
    int n = 0;
    FIELD(lines, "pauses");
    PUT(lines, "[");
    for (int i = 1; i < sounds->n; i++) {
        double stop = talk->sounds[sounds->of[i - 1]].stop;
        if (isnan(stop)) continue;
        if (n++) PUT(lines, ", ");
        put_seconds(lines, talk->sounds[sounds->of[i]].start - stop);
    }
    PUT(lines, "]");
}

static void put_tokens(Talk *talk) {
    Lines *lines = &talk->lines;
    if (!talk->knows_tokens) return;
    FIELD(lines, "prompt_tokens"), put_whole(lines, talk->prompt);
    if (talk->knows_cached) FIELD(lines, "cached_tokens"), put_whole(lines, talk->cached);
    FIELD(lines, "completion_tokens"), put_whole(lines, talk->completion);
}

static void write_turn(Talk *talk, const OpenTurn *turn, const Answered *answer, int cut) {
    Lines *lines = &talk->lines;
    double first = isnan(answer->started) ? turn->first_audio : answer->started;
    begin_line(lines, "turn", talk->line);
    if (talk->speech) {
        FIELD(lines, "user_started");
        put_seconds(lines, turn->sounds.n ? talk->sounds[turn->sounds.of[0]].start : NAN);
        FIELD(lines, "user_stopped"), put_seconds(lines, turn->stopped);
    }
    FIELD(lines, "committed"), put_seconds(lines, turn->committed);
    FIELD(lines, "first_audio"), put_seconds(lines, first);
    if (talk->speech) put_pauses(talk, &turn->sounds);
    FIELD(lines, "resumed_after_commit"), put_flag(lines, turn->resumed);
    FIELD(lines, "gap"), put_seconds(lines, turn->spoke_again - turn->stopped);
    FIELD(lines, "end_of_turn_delay"), put_seconds(lines, turn->delay);
    FIELD(lines, "llm_ttft"), put_seconds(lines, answer->llm);
    FIELD(lines, "tts_ttfb"), put_seconds(lines, answer->tts);
    FIELD(lines, "e2e_latency"), put_seconds(lines, first - turn->stopped);
    put_tokens(talk);
    FIELD(lines, "interrupted"), put_flag(lines, cut);
    PUT(lines, ", \"reply_requested\": null, \"first_token\": null, \"reply_complete\": null");
    PUT(lines, ", \"voice_requested\": null, \"early_reply_used\": null, \"early_replies_discarded\": null");
    end_line(lines, talk->at);
}

/* --- what happens ---------------------------------------------------------------------------- */

static Floor changed(Floor before, Change change) {
    if (change == FELL_SILENT) return before == FREE ? HELD : before;
    if (change == CUT_SHORT) return GIVEN_UP;
    if (change == FINISHED || change == COMMITTED) return FREE;
    return before == GIVEN_UP ? FREE : before;
}

/* `Floor.take`: the interruption that this ends. */
static Cut take_change(Talk *talk, Change change, Cut begun) {
    Floor before = talk->floor;
    talk->floor = changed(before, change);
    if (before == FREE) {
        talk->cut = talk->floor == FREE ? NO_CUT : begun;
        if (talk->cut.sound >= 0) talk->sounds[talk->cut.sound].stopped_agent = 1;
        return NO_CUT;
    }
    if (talk->floor != FREE) return NO_CUT;
    Cut ended = talk->cut;
    talk->cut = NO_CUT;
    if (ended.sound >= 0 && change == FINISHED) talk->sounds[ended.sound].stopped_agent = 0;
    return ended;
}

static void give_up(Talk *talk, Cut cut) {
    if (cut.sound >= 0) write_cut(talk, &cut);
}

static int last_sound(const Talk *talk) { return talk->caller.n ? talk->caller.of[talk->caller.n - 1] : -1; }

static int waits(const OpenTurn *turn) { return turn->open && isnan(turn->first_audio); }

static void append(Sounds *sounds, int which) { sounds->of[sounds->n++] = (int16_t)which; }

/* The next sound; -1: there is no room for more. */
static int new_sound(Talk *talk) {
    if (talk->heard == MOST_HELD) {
        talk->lines.odd = 1;
        return -1;
    }
    double since = isnan(talk->first_audio) ? NAN : fmax(0.0, talk->at - talk->first_audio);
    talk->sounds[talk->heard] = (Sound){talk->at, NAN, since, talk->audible, 0};
    append(&talk->caller, talk->heard);
    if (talk->heard < talk->lines.out->most_sounds && talk->waiting.n < talk->lines.out->waiting)
        append(&talk->waiting, talk->heard);
    return talk->heard++;
}

static void caller_starts(Talk *talk) {
    int sound = new_sound(talk);
    if (sound < 0) return;
    OpenTurn *turn = &talk->turn;
    if (turn->open && isnan(turn->spoke_again)) turn->spoke_again = talk->at;
    turn->resumed |= waits(turn);
    if (talk->at - talk->fell_silent <= talk->lines.out->late_sound_s) {
        talk->sounds[sound].audible = 1;
        take_change(talk, CUT_SHORT, (Cut){talk->at, talk->fell_silent, sound});
    }
    talk->fell_silent = NAN;
}

static void caller_stops(Talk *talk) {
    OpenTurn *turn = &talk->turn;
    int sound = last_sound(talk);
    if (sound >= 0 && isnan(talk->sounds[sound].stop))
        talk->sounds[sound].stop = talk->at;
    else if (turn->open && isnan(turn->stopped) && turn->sounds.n) {
        talk->sounds[turn->sounds.of[turn->sounds.n - 1]].stop = turn->stopped = talk->at;
        turn->delay = fmax(0.0, turn->committed - talk->at);
        turn->resumed = talk->at > turn->committed + talk->lines.out->sure_s;
    }
}

static void agent_starts(Talk *talk) {
    talk->audible = 1, talk->fell_silent = NAN;
    if (isnan(talk->first_audio)) talk->first_audio = talk->at;
    if (waits(&talk->turn)) talk->turn.first_audio = talk->at;
    give_up(talk, take_change(talk, SPOKE_AGAIN, NO_CUT));
}

static void agent_stops(Talk *talk) {
    int sound = last_sound(talk);
    if (talk->audible && sound >= 0 && isnan(talk->sounds[sound].stop))
        take_change(talk, FELL_SILENT, (Cut){talk->sounds[sound].start, talk->at, sound});
    talk->audible = 0;
}

static void end_turn(Talk *talk, const Answered *answer, int cut) {
    if (!talk->turn.open) return;
    talk->turns++;
    write_turn(talk, &talk->turn, answer, cut);
    talk->turn.open = 0;
    talk->prompt = talk->cached = talk->completion = 0;
}

/* The sounds up to a time belong to the turn, later ones stay. */
static void share_sounds(Talk *talk, double at, Sounds *mine) {
    Sounds all = talk->caller;
    talk->caller.n = mine->n = 0;
    for (int i = 0; i < all.n; i++) append(talk->sounds[all.of[i]].start <= at ? mine : &talk->caller, all.of[i]);
}

/* The caller's turn was committed: `stopped` is the end of its speech, `delay` the wait since. */
static void commit_turn(Talk *talk, double stopped, double delay) {
    OpenTurn *turn = &talk->turn;
    talk->fell_silent = NAN;
    give_up(talk, take_change(talk, COMMITTED, NO_CUT));
    end_turn(talk, &NO_ANSWER, 0);
    turn->open = 1, turn->delay = delay, turn->first_audio = NAN;
    turn->committed = isnan(stopped) ? talk->at : stopped + delay;
    share_sounds(talk, turn->committed, &turn->sounds);
    turn->stopped = isnan(stopped) && turn->sounds.n ? talk->sounds[turn->sounds.of[turn->sounds.n - 1]].stop : stopped;
    turn->spoke_again = talk->caller.n ? talk->sounds[talk->caller.of[0]].start : NAN;
    turn->resumed = talk->caller.n > 0;
}

/* Sounds that are over belong to no turn. */
static void forget_finished(Talk *talk) {
    int n = talk->caller.n;
    talk->caller.n = 0;
    for (int i = 0; i < n; i++)
        if (isnan(talk->sounds[talk->caller.of[i]].stop)) append(&talk->caller, talk->caller.of[i]);
}

/* The sound that may have stopped the agent; -1: none. */
static int cause_of(const Talk *talk, double started) {
    int last = last_sound(talk);
    if (talk->cut.sound >= 0) return talk->cut.sound;
    return last >= 0 && talk->sounds[last].stop < (isnan(started) ? 0.0 : started) ? -1 : last;
}

/* What the agent said is complete, or was cut short. */
static void agent_said(Talk *talk, const Answered *answer, int cut) {
    int sound = cut ? cause_of(talk, answer->started) : -1;
    if (!cut) {
        take_change(talk, FINISHED, NO_CUT);
        talk->audible = 0;
        forget_finished(talk);
    } else if (sound >= 0)
        take_change(talk, CUT_SHORT, (Cut){talk->sounds[sound].start, talk->at, sound});
    else
        talk->fell_silent = talk->at;
    if (!(answer->started < talk->turn.stopped)) end_turn(talk, answer, cut);
}

/* Write the sounds of which no transcript can come any more; `all` of them at the end. */
static void settle(Talk *talk, int all) {
    Sounds *waiting = &talk->waiting;
    int n = 0;
    for (; n < waiting->n; n++) {
        const Sound *sound = &talk->sounds[waiting->of[n]];
        if (!all && !(talk->at - sound->stop > talk->lines.out->heard_s)) break;
        write_sound(talk, sound);
    }
    waiting->n -= n;
    if (n) memmove(waiting->of, waiting->of + n, (size_t)waiting->n * sizeof *waiting->of);
}

/* The call is over: what is open is written as far as it is known. */
static void close_call(Talk *talk) {
    give_up(talk, take_change(talk, CALL_OVER, NO_CUT));
    end_turn(talk, &NO_ANSWER, talk->turn.open && !waits(&talk->turn));
    settle(talk, 1);
}

#endif
