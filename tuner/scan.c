/* One chunk of a log in, what its plain lines tell out: counted, without a Python object for each.
 *
 * Nine lines in ten of a debug log tell nothing, and of a dense one nearly all are of five kinds:
 * those are counted here. Whatever does not look exactly as LiveKit writes it, and every rarer
 * event, is only pointed out, and Python reads it (`reader.py`): a doubt costs time, never a count.
 * No allocation, no I/O, no state of its own.
 */
#include "scan.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Every line ends before `end` of its chunk, and the chunk with one readable byte (Python's NUL):
 * what is compared with a text is first known to be long enough. */
#define BEGINS(p, end, text) \
    ((end) - (p) >= (long)sizeof(text) - 1 && memcmp(p, text, sizeof(text) - 1) == 0)
#define LENGTH(text) ((long)sizeof(text) - 1)

/* --- tables of distinct bytes ---------------------------------------------------------------- */

static uint64_t hashed(const char *p, int32_t size, uint64_t h) {
    uint64_t word;
    for (; size >= 8; p += 8, size -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    for (word = 0; size > 0; size--) word = word << 8 | (unsigned char)p[size - 1];
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* The entry of these bytes, new with n = 0; NULL if the table is full. */
static Entry *entry(Table *table, const char *data, const char *p, int32_t size, int32_t key) {
    uint64_t slot = hashed(p, size, (uint64_t)size << 8 | (uint64_t)key) % MOST_SLOTS;
    for (int32_t index; (index = table->slots[slot]) != 0; slot = (slot + 1) % MOST_SLOTS) {
        Entry *known = &table->entries[index - 1];
        if (known->size == size && known->key == key && memcmp(data + known->at, p, size) == 0)
            return known;
    }
    if (table->used == MOST_ENTRIES) return NULL;
    Entry *fresh = &table->entries[table->used++];
    table->slots[slot] = table->used;
    *fresh = (Entry){.at = (int32_t)(p - data), .size = size, .key = key};
    return fresh;
}

static void empty(Table *table) {
    if (table->used) memset(table->slots, 0, sizeof table->slots);
    table->used = 0;
}

/* --- JSON values: strict, since what is accepted here Python never sees ---------------------- */

static int digits(const char *p, int n) { /* -1 if they are none */
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        value = value * 10 + p[i] - '0';
    }
    return value;
}

/* How long the UTF-8 sequence at p is; 0 if it is none. */
static int utf8(const unsigned char *p, const unsigned char *end) {
    int n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || end - p < n) return 0;
    for (int i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
    if (p[0] == 0xED && p[1] > 0x9F) return 0; /* surrogates */
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    return p[0] == 0xF4 && p[1] > 0x8F ? 0 : n;
}

/* How long the escape at p is; 0 if it is none, or half of a pair that Python has to judge. */
static int escape(const char *p, const char *end) {
    if (end - p < 2) return 0;
    if (p[1] != 'u') return strchr("\"\\/bfnrt", p[1]) && p[1] ? 2 : 0;
    if (end - p < 6) return 0;
    for (int i = 2; i < 6; i++)
        if (!strchr("0123456789abcdefABCDEF", p[i]) || !p[i]) return 0;
    return (p[2] == 'd' || p[2] == 'D') && p[3] >= '8' ? 0 : 6;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* How many of eight bytes come before a quote, a backslash, or a byte below a blank or above ASCII.
 * Such a byte may mark those behind it too (the borrow), so that only the first mark counts. */
static int ordinary(uint64_t word) {
    uint64_t quote = word ^ EACH('"'), slash = word ^ EACH('\\');
    uint64_t found = (quote - EACH(1)) & ~quote;
    found |= (slash - EACH(1)) & ~slash;
    found |= ((word - EACH(' ')) & ~word) | word;
    found &= EACH(0x80);
    return found ? __builtin_ctzll(found) / 8 : 8;
}

/* The closing quote of the string that goes on at p; NULL if it is not valid. */
static const char *string(const char *p, const char *end, int *escaped) {
    while (p < end) {
        uint64_t word;
        if (end - p >= 8) {
            memcpy(&word, p, 8);
            int n = ordinary(word);
            p += n;
            if (n == 8) continue;
        }
        int n = 1;
        if (*p == '"') return p;
        if (*p == '\\') {
            n = escape(p, end);
            *escaped = 1;
        } else if ((unsigned char)*p >= 0x80)
            n = utf8((const unsigned char *)p, (const unsigned char *)end);
        else if ((unsigned char)*p < ' ')
            n = 0;
        if (!n) return NULL;
        p += n;
    }
    return NULL;
}

/* Behind the number at p; NULL if it is not valid, or too odd to be one of LiveKit's. */
static const char *number(const char *p, const char *end, double *value) {
    static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    const char *start = p, *point = NULL;
    uint64_t whole = 0;
    p += p < end && *p == '-';
    const char *first = p;
    for (; p < end && p - first < 20; p++) {
        if (*p >= '0' && *p <= '9')
            whole = whole * 10 + (uint64_t)(*p - '0');
        else if (*p == '.' && !point)
            point = p;
        else
            break;
    }
    long size = p - first, behind = point ? p - point - 1 : 0;
    if (p == end || size == 0 || size == 20 || (*p != ',' && *p != '}')) return NULL;
    if (point == first || (point && !behind)) return NULL;
    if (*first == '0' && size > 1 && point != first + 1) return NULL;
    if (whole <= 1ull << 53) { /* then one division rounds right (Clinger, PLDI 1990) */
        *value = (double)whole / tens[behind] * (*start == '-' ? -1 : 1);
        return p;
    }
    char *stop, text[32] = {0};
    memcpy(text, start, (size_t)(p - start));
    *value = strtod(text, &stop);
    return stop == text + (p - start) ? p : NULL;
}

/* --- one record ------------------------------------------------------------------------------ */

typedef struct {
    const char *at;
    int32_t size;
} Slice;

enum Field {
    F_TTFT, F_TTFB, F_EOU, F_TRANSCRIPTION, F_PROMPT, F_CACHED, F_COMPLETION,
    F_DELAY, F_PID, F_JOB, F_ROOM, F_MODEL, FIELDS, OTHER, TWICE
};

/* The fields in use: numbers up to the pid (a slice too), the rest texts; size 0: not there. */
typedef struct {
    double number[F_PID + 1], time;
    Slice text[FIELDS];
    unsigned has;
} Row;

#define NAMED(text, which) \
    if (memcmp(p, text, sizeof(text) - 1) == 0) return which

static enum Field field(const char *p, long size) {
    switch (size) {
    case 3: NAMED("pid", F_PID); break;
    case 4: NAMED("room", F_ROOM); NAMED("ttft", F_TTFT); NAMED("ttfb", F_TTFB);
            NAMED("name", TWICE); break;
    case 5: NAMED("delay", F_DELAY); NAMED("level", TWICE); break;
    case 6: NAMED("job_id", F_JOB); break;
    case 7: NAMED("message", TWICE); break;
    case 9: NAMED("timestamp", TWICE); break;
    case 10: NAMED("model_name", F_MODEL); break;
    case 13: NAMED("prompt_tokens", F_PROMPT); break;
    case 17: NAMED("completion_tokens", F_COMPLETION); break;
    case 19: NAMED("transcription_delay", F_TRANSCRIPTION); break;
    case 20: NAMED("prompt_cached_tokens", F_CACHED); break;
    case 22: NAMED("end_of_utterance_delay", F_EOU); break;
    }
    return OTHER;
}

/* Behind the value at p, taken into the row if the field is in use; NULL if it has the wrong type,
 * or is an object or a list. */
static const char *value(const char *p, const char *end, enum Field name, Row *row) {
    int escaped = 0;
    if (*p == '"') {
        const char *close = string(p + 1, end, &escaped);
        if (!close || name <= F_PID || (escaped && name < FIELDS)) return NULL;
        if (name < FIELDS) row->text[name] = (Slice){p + 1, (int32_t)(close - p - 1)};
        if (name < FIELDS) row->has |= 1u << name;
        return close + 1;
    }
    if (BEGINS(p, end, "null")) {
        if (name < FIELDS) row->has &= ~(1u << name);
        return p + 4;
    }
    if (name == OTHER && BEGINS(p, end, "true")) return p + 4;
    if (name == OTHER && BEGINS(p, end, "false")) return p + 5;
    double told;
    const char *stop = number(p, end, &told);
    if (!stop || (name > F_PID && name < FIELDS)) return NULL;
    if (name <= F_PID) {
        if (name == F_PID && (*p == '-' || memchr(p, '.', (size_t)(stop - p)))) return NULL;
        if (fabs(told) > 1e12) return NULL;
        row->number[name] = told;
        row->text[name] = (Slice){p, (int32_t)(stop - p)};
        row->has |= 1u << name;
    }
    return stop;
}

/* Seconds since the epoch of a time that LiveKit wrote, 2026-11-20T09:36:05.904371; -1: none. */
static double when(const char *p) {
    static const int ends[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y = digits(p, 4), mo = digits(p + 5, 2), d = digits(p + 8, 2), h = digits(p + 11, 2);
    int mi = digits(p + 14, 2), s = digits(p + 17, 2), us = digits(p + 20, 6);
    if (p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' || p[19] != '.')
        return -1;
    int leap = (y % 4 == 0 && y % 100) || y % 400 == 0;
    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > ends[mo - 1] + (leap && mo == 2)) return -1;
    if (h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || us < 0) return -1;
    int years = mo <= 2 ? y - 1 : y; /* days from civil: a year that begins in March */
    int day = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t days = years * 365LL + years / 4 - years / 100 + years / 400 + day - 719468;
    return (double)(((days * 24 + h) * 60 + mi) * 60 + s) + us / 1e6;
}

static const char STAMP[] = ", \"timestamp\": \"";
enum { STAMPED = sizeof STAMP - 1 + sizeof "2026-11-20T09:36:05.904371+00:00\"}" - 1 };

/* The row of the line whose fields begin at p and which ends in a time; 0 if it is in any doubt.
 *
 * Lines of one kind end alike: which code wrote them. What was read once is compared, not read.
 */
static int decode(const char *data, const char *p, const char *end, Tail *tail, Row *row) {
    const char *stop = end - STAMPED, *unused = p;
    row->has = 0;
    if (stop < p || !BEGINS(stop, end, STAMP) || (row->time = when(stop + LENGTH(STAMP))) < 0)
        return 0;
    while (p < stop) {
        int escaped = 0;
        if (stop - p == tail->size && memcmp(p, data + tail->at, (size_t)tail->size) == 0) return 1;
        if (!BEGINS(p, stop, ", \"")) return 0;
        const char *name = p + 3, *close = string(name, stop, &escaped);
        if (!close || escaped || !BEGINS(close, stop, "\": ") || stop - close < 4) return 0;
        enum Field which = field(name, close - name);
        if (which == TWICE || !(p = value(close + 3, end, which, row))) return 0;
        if (which != OTHER) unused = p;
    }
    if (p != stop) return 0;
    *tail = (Tail){(int32_t)(unused - data), (int32_t)(stop - unused)};
    return 1;
}

static int has(const Row *row, enum Field name) { return row->has >> name & 1; }

/* --- what a row adds ------------------------------------------------------------------------- */

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

static void note(Scan *scan, int what, Place place) {
    if (scan->noted_n[what] < NOTED) scan->noted[what][scan->noted_n[what]++] = place;
}

static void measure(Scan *scan, const Row *row, enum Field name, enum Latency which, Place place) {
    if (!has(row, name)) return;
    double seconds = row->number[name];
    if (seconds > scan->noted_s[which]) note(scan, which, place);
    if (seconds < scan->low_s[which])
        scan->censored[which]++;
    else /* half to even, as Python rounds */
        scan->values[which][scan->values_n[which]++] = (int64_t)nearbyint(seconds * 1000);
}

static void tokens(Scan *scan, const Row *row) {
    for (int i = 0; i < 3; i++)
        if (has(row, F_PROMPT + i)) scan->tokens[i] += (int64_t)row->number[F_PROMPT + i];
}

/* A line with the headers of a response waits for the request line that follows it. */
static void answered(Scan *scan, Entry *call, Answer answer, Place place) {
    if (answer.ms >= 0) {
        call->timed++;
        call->slow += answer.ms > scan->slow_ms;
        if (answer.ms > scan->slow_ms) note(scan, SLOW_CALLS, place);
    }
    scan->answers[scan->answers_n++] = answer;
    call->open[answer.generation] = scan->answers_n;
}

/* A request line completes the headers that wait; the first line of a call may complete some that
 * stand before this chunk. */
static void requested(Scan *scan, Entry *call, Entry *message, Answer answer) {
    int32_t *open = &call->open[answer.generation];
    if (*open)
        scan->answers[*open - 1].message = answer.message;
    else if (call->touched[answer.generation])
        message->n++;
    else
        scan->leads[scan->leads_n++] = answer;
    *open = 0;
    call->touched[answer.generation] = 1;
}

/* --- LiveKit's JSON -------------------------------------------------------------------------- */

static const char OPENING[] = "{\"message\": \"", CLOSING[] = "+00:00\"}";
static const char LEVEL[] = "\", \"level\": \"", NAME[] = "\", \"name\": \"";

/* The beginning of a line, up to its logger; `fields` is what follows. */
typedef struct {
    Place place;
    const char *message, *quote, *level, *logger, *fields, *end;
    enum Kind kind;
    int debug;
} Line;

/* What the message begins with; KINDS if that is no event's beginning. */
static enum Kind kind_of(const Scan *scan, const char *p, const char *end) {
    int32_t i = p < end ? scan->first[(unsigned char)*p] : 0;
    for (; i; i = scan->next[i - 1]) {
        const Literal *one = &scan->literals[i - 1];
        if (end - p >= one->size && memcmp(p, one->text, (size_t)one->size) == 0)
            return (enum Kind)one->kind;
    }
    return KINDS;
}

/* The quote that closes the text at p; NULL if there is none. */
static const char *closing(const char *p, const char *end) {
    for (const char *from = p; (p = memchr(p, '"', (size_t)(end - p))) != NULL; p++) {
        const char *slash = p;
        while (slash > from && slash[-1] == '\\') slash--;
        if ((p - slash) % 2 == 0) return p;
    }
    return NULL;
}

static int begin(Line *line) {
    const char *end = line->end, *quote = closing(line->message, end);
    if (!quote || !BEGINS(quote, end, LEVEL)) return 0;
    line->quote = quote;
    line->level = quote + LENGTH(LEVEL);
    line->debug = BEGINS(line->level, end, "DEBUG\"");
    quote = memchr(line->level, '"', (size_t)(end - line->level));
    if (!quote || !BEGINS(quote, end, NAME)) return 0;
    line->logger = quote + LENGTH(NAME);
    quote = memchr(line->logger, '"', (size_t)(end - line->logger));
    line->fields = quote + 1;
    return quote != NULL;
}

/* The level and logger of a line, as one text of a table; NULL if Python has to judge them. */
static Entry *source(Scan *scan, const char *data, const Line *line) {
    const char *quote = line->fields - 1;
    Entry *found = entry(&scan->sources, data, line->level, (int32_t)(quote - line->level), 0);
    if (!found || found->state) return found && found->state == GOOD ? found : NULL;
    int escaped = 0; /* one of few: looked at once in a chunk */
    int fine = string(line->level, quote, &escaped) == line->logger - LENGTH(NAME);
    fine = fine && string(line->logger, line->end, &escaped) == quote && !escaped;
    found->state = fine && !BEGINS(line->logger, quote, "tuner.turns") ? GOOD : ODD;
    return found->state == GOOD ? found : NULL;
}

/* Whether the method is spelled as Python's \w+ has it; the rest of that is left to Python. */
static int is_sync(const char *p) {
    p += LENGTH("_SegmentSynchronizerImpl");
    return (*p == '.' || *p == ' ') && ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '_');
}

/* Whether the message is as httpx writes it: HTTP Request: POST https://… "HTTP/1.1 200 OK" */
static int is_request(const char *p, const char *quote) {
    p += LENGTH("HTTP Request: ");
    const char *method = p;
    while (p < quote && *p >= 'A' && *p <= 'Z') p++;
    if (p == method || p == quote || *p++ != ' ') return 0;
    const char *url = p;
    while (p < quote && *p > ' ' && *p <= '~' && *p != '\\') p++;
    if (p == url || !BEGINS(p, quote, " \\\"HTTP/")) return 0;
    p += LENGTH(" \\\"HTTP/");
    const char *version = p;
    while (p < quote && ((*p >= '0' && *p <= '9') || *p == '.')) p++;
    return p > version && quote - p >= 4 && *p == ' ' && digits(p + 1, 3) >= 0;
}

/* Whether the message is as openai >= 3.6 writes it: HTTP Response: POST 200 */
static int is_response(const char *p, const char *quote) {
    p += LENGTH("HTTP Response: ");
    const char *method = p;
    while (p < quote && *p >= 'A' && *p <= 'Z') p++;
    return p > method && quote - p == 4 && *p == ' ' && digits(p + 1, 3) >= 0;
}

/* Whether the loggers that write such lines wrote this one, at their level. */
static int is_theirs(const Line *line) {
    const char *message = line->message, *logger = line->logger, *end = line->end;
    if (line->debug != (line->kind >= HEADERS)) return 0;
    switch (line->kind) {
    case VAD_SLOW: return BEGINS(logger, end, "livekit");
    case SYNC: return BEGINS(logger, end, "livekit") && is_sync(message);
    case REQUEST: return BEGINS(logger, end, "httpx") && is_request(message, line->quote);
    case RESPONSE: return BEGINS(logger, end, "openai") && is_response(message, line->quote);
    case HEADERS: case STARTED: case CONNECT: return BEGINS(logger, end, "httpcore");
    default: return 1;
    }
}

static const char TIMED[] = "openai-processing-ms", VALUE[] = "', b'";

/* openai-processing-ms among the headers from p on: -1 if it is not there, -2 if it reads oddly. */
static double processing_ms(const char *p, const char *quote) {
    for (; (p = memchr(p, 'o', (size_t)(quote - p))) != NULL; p++) {
        if (!BEGINS(p, quote, TIMED)) continue;
        const char *from = p + LENGTH(TIMED) + LENGTH(VALUE), *to = from;
        if (p[-1] != '\'' || !BEGINS(from - LENGTH(VALUE), quote, VALUE)) return -2;
        while (to < quote && *to >= '0' && *to <= '9') to++;
        int whole = to < quote && *to == '\'' && to > from && to - from < 10;
        return whole ? digits(from, (int)(to - from)) : -2;
    }
    return -1;
}

/* Status and time of a line with headers; 0 if it reads oddly. */
static int headers(const Line *line, Answer *answer) {
    const char *p = line->message + LENGTH("receive_response_headers.complete");
    if (!BEGINS(p, line->quote, " return_value=(")) return 0;
    p += LENGTH(" return_value=(");
    if (BEGINS(p, line->quote, "b'HTTP/1.1', ") || BEGINS(p, line->quote, "b'HTTP/1.0', "))
        p += LENGTH("b'HTTP/1.1', ");
    if (line->quote - p < 5 || p[3] != ',' || p[4] != ' ') return 0;
    answer->status = digits(p, 3);
    answer->ms = processing_ms(p, line->quote);
    return answer->status >= 0 && answer->ms > -2;
}

static int32_t generation(const Line *line) {
    int is_new = BEGINS(line->logger, line->end, "httpx2") ||
                 BEGINS(line->logger, line->end, "httpcore2");
    return is_new ? NEW : OLD;
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

/* The entry of what a line of its kind names, beside its call; NULL if it names nothing. */
static Entry *other_of(Scan *scan, const char *data, const Line *line, const Row *row) {
    if (line->kind == LLM) return model_of(scan, data, row);
    int32_t size = (int32_t)(line->fields - 1 - line->message);
    return entry(&scan->messages, data, line->message, size, (int32_t)line->kind);
}

static int names(enum Kind kind) {
    return kind == LLM || kind == SYNC || kind == REQUEST || kind == RESPONSE;
}

/* Count a line that stretches its call; 0 if Python has to. */
static int told(Scan *scan, const char *data, const Line *line) {
    Row row;
    Entry *call, *other = NULL;
    int escaped = 0;
    Answer answer = {.message = -1, .generation = generation(line), .ms = -1};
    if (string(line->message, line->end, &escaped) != line->quote) return 0;
    if (line->kind == HEADERS && (escaped || !headers(line, &answer))) return 0;
    Tail *tail = &scan->tails[line->kind];
    if (!decode(data, line->fields, line->end, tail, &row)) return 0;
    if (!(call = call_of(scan, data, &row))) return 0;
    if (names(line->kind) && !(other = other_of(scan, data, line, &row))) return 0;
    answer.call = (int32_t)(call - scan->calls.entries);
    if (line->kind == REQUEST) answer.message = (int32_t)(other - scan->messages.entries);
    add(scan, line, &row, call, other, answer);
    seen(call, row.time);
    scan->told++;
    return 1;
}

static int counts(Scan *scan, const char *data, Line *line) {
    Entry *from;
    if (line->kind == ALONE || !begin(line)) return 0;
    if (line->kind != KINDS && !is_theirs(line)) return 0;
    if (!(from = source(scan, data, line))) return 0;
    int quiet = line->debug && line->kind != HEADERS && line->kind != RESPONSE;
    if (!quiet && !told(scan, data, line)) return 0;
    if (line->kind != KINDS) scan->counts[line->kind]++;
    from->n++;
    return 1;
}

/* Count one line; 0 if Python has to. */
static int json(Scan *scan, const char *data, Place place) {
    Line line = {.place = place, .message = data + place.start + LENGTH(OPENING),
                 .end = data + place.end};
    line.kind = kind_of(scan, line.message, line.end);
    int http = line.kind == REQUEST || line.kind == HEADERS;
    if (http && scan->in_order) return 0;
    int counted = counts(scan, data, &line);
    if (http && !counted) scan->ordered = 1;
    return counted;
}

static int is_json(const char *p, const char *end) {
    return end - p > (long)sizeof OPENING + STAMPED && BEGINS(p, end, OPENING) &&
           BEGINS(end - LENGTH(CLOSING), end, CLOSING);
}

/* --- LiveKit's dev text ---------------------------------------------------------------------- */

static const char TIME[] = "2026-11-20 08:46:01,270 - ", DEBUG[] = "\x1b[36mDEBUG\x1b[0m ";
static const char DASH[] = " - ";

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

/* Count a DEBUG line that begins as no event does; 0 if Python has to read it. */
static int dev(Scan *scan, const char *data, Place place) {
    const char *p = data + place.start + LENGTH(TIME), *end = data + place.end;
    if (!BEGINS(p, end, DEBUG)) return 0;
    const char *logger = p + LENGTH(DEBUG), *behind = dash(logger, end);
    if (!behind || kind_of(scan, behind + LENGTH(DASH), end) != KINDS) return 0;
    while (behind > logger && behind[-1] == ' ') behind--;
    Entry *from = entry(&scan->sources, data, logger, (int32_t)(behind - logger), 0);
    if (!from || !is_word(logger, behind)) return 0;
    from->n++;
    return 1;
}

/* --- a chunk --------------------------------------------------------------------------------- */

typedef int Shape(const char *p, const char *end);
typedef int Count(Scan *scan, const char *data, Place place);

static void begin_anew(Scan *scan) {
    size_t from = offsetof(Scan, lines);
    memset((char *)scan + from, 0, offsetof(Scan, noted) - from);
    empty(&scan->sources);
    empty(&scan->calls);
    empty(&scan->models);
    empty(&scan->messages);
}

static int32_t lines(Scan *scan, const char *data, int64_t size, Shape *shape, Count *count) {
    begin_anew(scan);
    for (const char *p = data, *all = data + size, *end; p < all; p = end + 1) {
        if (scan->lines == MOST_LINES || size > INT32_MAX) return -1;
        end = memchr(p, '\n', (size_t)(all - p));
        if (!end) end = all;
        Place place = {scan->lines++, (int32_t)(p - data), (int32_t)(end - data), 0};
        place.framed = end - p <= scan->longest && shape(p, end);
        if (!place.framed) scan->ordered = 1;
        if (!place.framed || !count(scan, data, place)) scan->places[scan->places_n++] = place;
    }
    return 0;
}

/* Scan a chunk of whole lines; -1 if it has too many. `data[size]` is readable. */
int32_t scan_json(Scan *scan, const char *data, int64_t size) {
    return lines(scan, data, size, is_json, json);
}

int32_t scan_dev(Scan *scan, const char *data, int64_t size) {
    return lines(scan, data, size, is_dev, dev);
}

#ifndef SCAN_SOURCE
#define SCAN_SOURCE 0u
#endif

/* What `scan.py` checks: the CRC-32 of the source that this was built of, and the struct's size. */
uint64_t scan_version(void) { return (uint64_t)SCAN_SOURCE << 32 | sizeof(Scan); }
