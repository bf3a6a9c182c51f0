/* What a message in Pipecat's own layout reports, if it is written to the letter as Pipecat writes
 * it. Python reads all others, and these by `pipecat_moments.of_own_line` where there is no scan. */
#ifndef TUNER_PIPECAT_MOMENTS_H
#define TUNER_PIPECAT_MOMENTS_H

#include "fields.h"

/* One of them stands in every line that is wanted (`pipecat_moments.MARKS`, in its order). */
static const struct {
    int size;
    const char *text;
} MARKS[] = {{5, "kind\""}, {5, "kind\\"}, {8, "speaking"}, {4, "TTFB"}, {11, "TOKEN USAGE"},
             {25, "broadcasting interruption"}, {23, "Waiting for StartFrame#"}, {12, "has finished"}, {8, "Pipecat "}};
enum { MARKS_N = sizeof MARKS / sizeof *MARKS };

static int is_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static int is_visible(char c) { return c >= '!' && c <= '~'; }

/* Which marks stand in a line, as bits. */
static int32_t marks_of(const char *p, const char *end) {
    int32_t found = 0;
    for (int i = 0; i < MARKS_N; i++) found |= (place_of(p, end, MARKS[i].text, MARKS[i].size) != NULL) << i;
    return found;
}

/* --- events of an observer ------------------------------------------------------------------- */

static const double FIRST_TIME_S = 1e9, LAST_TIME_S = 4e9; /* other times than those Python reads */
static const double LONGEST_WAIT_S = 1e6, MOST_USED = 1e9;

/* An event as far as it is read; NAN or no text for what it lacks. */
typedef struct {
    Slice kind, processor;
    double at, seconds, prompt, completion, cached;
} ObserverEvent;

#define IS(slice, name) ((slice)->size == LENGTH(name) && !memcmp((slice)->at, name, LENGTH(name)))

/* Keep the value of a field: a text or a number, neither for null. */
static void keep_value(ObserverEvent *event, const Slice *key, Slice text, double worth) {
    if (IS(key, "kind")) event->kind = text;
    if (IS(key, "processor")) event->processor = text;
    if (IS(key, "timestamp")) event->at = worth;
    if (IS(key, "seconds")) event->seconds = worth;
    if (IS(key, "prompt_tokens")) event->prompt = worth;
    if (IS(key, "completion_tokens")) event->completion = worth;
    if (IS(key, "cache_read_input_tokens")) event->cached = worth;
}

/* Behind the value of a field; NULL if it is none of these that events have. */
static const char *event_value(ObserverEvent *event, const Slice *key, const char *p, const char *end) {
    Slice text = {"", 0};
    double value = NAN;
    Number read;
    const char *stop = BEGINS(p, end, "null") ? p + 4 : *p == '"' ? plain_text(p, end, &text) : number(p, end, &read);
    if (!stop) return NULL;
    if (*p != '"' && *p != 'n' && isnan(value = worth(&read))) return NULL;
    keep_value(event, key, text, value);
    return stop;
}

/* Whether an event is all that stands there. */
static int is_event(ObserverEvent *event, const char *p, const char *end) {
    *event = (ObserverEvent){{"", 0}, {"", 0}, NAN, NAN, NAN, NAN, NAN};
    for (char before = '{'; p < end && *p == before; before = ',') {
        Slice key;
        if (++p == end || !(p = plain_text(p, end, &key)) || end - p < 2 || *p++ != ':') return 0;
        if (!(p = event_value(event, &key, p, end)) || p == end) return 0;
        if (*p == '}') return p + 1 == end;
    }
    return 0;
}

static int names(const Slice *processor, const char *model) {
    return place_of(processor->at, processor->at + processor->size, model, 3) != NULL;
}

/* Take how long a model took; NO_MOMENT if it is none that makes a caller wait. */
static int answered(PipecatLine *line, const Slice *processor, double seconds) {
    int is_llm = names(processor, "LLM");
    if (!(seconds > 0 && seconds < LONGEST_WAIT_S) || !(is_llm || names(processor, "TTS"))) return NO_MOMENT;
    line->voice = !is_llm, line->seconds = seconds;
    return TTFB;
}

/* A number of tokens, 0 where it is not known; -1: Python has to read it. */
static int32_t tokens(double n) { return isnan(n) ? 0 : n >= 0 && n <= MOST_USED ? (int32_t)n : -1; }

static int used(PipecatLine *line, const ObserverEvent *event) {
    int32_t prompt = tokens(event->prompt), completion = tokens(event->completion), cached = tokens(event->cached);
    if (prompt < 0 || completion < 0 || cached < 0) return NO_MOMENT;
    line->prompt = prompt, line->completion = completion, line->cached = isnan(event->cached) ? -1 : cached;
    return TOKENS;
}

static int spoken_of(const Slice *kind) {
    static const char *const kinds[] = {"user_speech_started", "user_speech_stopped", "user_turn_started",
                                        "user_turn_stopped", "bot_speech_started", "bot_speech_stopped", "interruption"};
    for (int i = 0; i < INTERRUPTION; i++)
        if (kind->size == (int32_t)strlen(kinds[i]) && !memcmp(kind->at, kinds[i], (size_t)kind->size)) return i + 1;
    return NO_MOMENT;
}

/* What an observer's event reports. */
static int of_observer(const char *p, const char *end, PipecatLine *line) {
    ObserverEvent event;
    if (!is_event(&event, p, end) || !(event.at >= FIRST_TIME_S && event.at < LAST_TIME_S)) return NO_MOMENT;
    int kind = spoken_of(&event.kind);
    if (IS(&event.kind, "ttfb")) kind = answered(line, &event.processor, event.seconds);
    if (IS(&event.kind, "llm")) kind = used(line, &event);
    if (kind) line->time = event.at, line->observed = 1;
    return kind;
}

/* --- lines of Pipecat itself ----------------------------------------------------------------- */

/* Behind a word of visible signs; p if there is none. */
static const char *behind_word(const char *p, const char *end) {
    while (p < end && is_visible(*p)) p++;
    return p;
}

/* Behind the name of a processor, if it stands there with a colon. */
static const char *behind_processor(const char *p, const char *end) {
    const char *stop = behind_word(p, end);
    return stop - p > 1 && stop[-1] == ':' && end - stop > 1 && *stop == ' ' ? stop + 1 : p;
}

/* Whether the message ends here, or goes on with what stands in brackets. */
static int is_whole(const char *p, const char *end) { return p == end || BEGINS(p, end, " ("); }

/* Whether "Pipeline task PipelineTask#0 has finished", or the like, is all that stands there. */
static int is_end(const char *p, const char *end) {
    if (!BEGINS(p, end, "Pipeline ")) return 0;
    const char *name = p + LENGTH("Pipeline ");
    for (p = name; p < end && is_in_name(*p);) p++;
    if (p == name || p == end || *p++ != ' ') return 0;
    const char *stop = behind_word(p, end);
    return stop > p && BEGINS(stop, end, " has finished") && stop + LENGTH(" has finished") == end;
}

#define ALL(p, end, text) (BEGINS(p, end, text) && (p) + LENGTH(text) == (end))
#define CAT "\xe1\x93\x9a\xe1\x98\x8f\xe1\x97\xa2 Pipecat "

/* What a message without figures reports. */
static int said(const char *p, const char *end) {
    const char *text = behind_processor(p, end);
    if (BEGINS(text, end, "User started speaking") && is_whole(text + LENGTH("User started speaking"), end)) return USER_TURN_STARTED;
    if (BEGINS(text, end, "User stopped speaking") && is_whole(text + LENGTH("User stopped speaking"), end)) return USER_TURN_STOPPED;
    if (ALL(p, end, "Bot started speaking")) return BOT_SPEECH_STARTED;
    if (ALL(p, end, "Bot stopped speaking")) return BOT_SPEECH_STOPPED;
    if (ALL(text, end, "broadcasting interruption")) return INTERRUPTION;
    if (text > p && BEGINS(text, end, "Starting. Waiting for StartFrame#")) return CALL_STARTED;
    if (is_end(p, end)) return CALL_ENDED;
    return BEGINS(p, end, CAT) && p + LENGTH(CAT) < end && is_digit(p[LENGTH(CAT)]) ? PROCESS_STARTED : NO_MOMENT;
}

/* Behind digits that no letter of another alphabet follows; NULL if there are none, or many. */
static const char *behind_digits(const char *p, const char *end) {
    const char *from = p;
    while (p < end && is_digit(*p)) p++;
    return p == from || p - from > 9 || (p < end && (unsigned char)*p >= 0x80) ? NULL : p;
}

/* Behind seconds in digits; NULL: none. */
static const char *behind_seconds(const char *p, const char *end, double *seconds) {
    Number read = {.at = p};
    const char *point = behind_digits(p, end), *stop = point;
    if (!point) return NULL;
    if (end - point > 1 && *point == '.' && !(stop = behind_digits(point + 1, end))) return NULL;
    read.size = stop - p, read.behind = stop > point ? stop - point - 1 : 0;
    for (; p < stop; p++)
        if (p != point) read.whole = read.whole * 10 + (uint64_t)(*p - '0');
    return isnan(*seconds = worth(&read)) ? NULL : stop;
}

/* How long a model took: "[OpenAILLMService#0] TTFB (gpt-4.1): 0.336s". */
static int of_model(const char *p, const char *end, PipecatLine *line) {
    if (BEGINS(p, end, "\xf0\x9f\x93\x8a ")) p += 5;
    p += p < end && *p == '[';
    Slice name = {p, 0};
    for (; p < end && is_in_name(*p); p++) name.size++;
    if (!name.size || end - p < 2 || *p != '#' || !(p = behind_digits(p + 1, end))) return NO_MOMENT;
    p += p < end && *p == ']';
    if (!BEGINS(p, end, " TTFB")) return NO_MOMENT;
    p += LENGTH(" TTFB");
    if (BEGINS(p, end, " (") && (p = memchr(p, ')', (size_t)(end - p))) != NULL) p++;
    double seconds;
    if (!p || !BEGINS(p, end, ": ") || !behind_seconds(p + 2, end, &seconds)) return NO_MOMENT;
    return answered(line, &name, seconds);
}

#define BEHIND(p, end, text) ((p) = place_of(p, end, text, LENGTH(text))) != NULL && ((p) += LENGTH(text)) != NULL

/* "LLM TOKEN USAGE (gpt-4.1): prompt: 120, completion: 18". */
static int of_tokens(const char *p, const char *end, PipecatLine *line) {
    if (!(BEHIND(p, end, "LLM TOKEN USAGE")) || !(BEHIND(p, end, ": prompt: "))) return NO_MOMENT;
    const char *stop = behind_digits(p, end), *later = stop ? stop + LENGTH(", completion: ") : NULL;
    if (!stop || !BEGINS(stop, end, ", completion: ")) return NO_MOMENT;
    const char *last = behind_digits(later, end);
    if (!last) return NO_MOMENT;
    line->prompt = digits(p, (int)(stop - p)), line->completion = digits(later, (int)(last - later));
    return TOKENS;
}

/* What one of Pipecat's own messages reports, in which these marks stand. */
static int of_pipecat(const char *p, const char *end, PipecatLine *line) {
    enum { ANSWERS = 1 << 3, USAGE = 1 << 4 };
    int figures = line->marks & (ANSWERS | USAGE);
    return !figures ? said(p, end) : figures == ANSWERS ? of_model(p, end, line) : figures == USAGE ? of_tokens(p, end, line) : NO_MOMENT;
}

#endif
