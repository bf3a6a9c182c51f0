/* What `scanner.py` and `scan.c` hand to each other: one struct, filled anew for every chunk.
 *
 * `layout.py` repeats these layouts for ctypes. Places are byte offsets into the chunk, or into its
 * text, which is the chunk itself unless Docker wrote it; lines count from 0, times are seconds
 * since the epoch (UTC).
 */
#ifndef TUNER_SCAN_H
#define TUNER_SCAN_H

#include <stdint.h>

enum {
    MOST_LINES = 1 << 18, /* of one chunk; more of them are too short to be LiveKit's */
    MOST_ENTRIES = 1 << 12,
    MOST_SLOTS = 4 * MOST_ENTRIES,
    MOST_LITERALS = 64,
    LITERAL_BYTES = 64,
    MOST_FRAMES = 64,
    CALL_BYTES = 252,
    MOST_NAMES = 16,
    SHORT_MS = 1 << 14, /* below this, every length has one bin only */
    NOTED = 10
};

/* What a line is whose message begins with a literal. ALONE: Python reads it. */
enum Kind {
    ALONE, LLM, TTS, STT, EOU, VAD_SLOW, SYNC, REQUEST, /* above DEBUG */
    HEADERS, RESPONSE,                                  /* DEBUG, but they tell something */
    STARTED, CONNECT, KINDS
};

enum Latency { TTFT, TTFB, TRANSCRIPTION, END_OF_TURN, VAD_DELAY, LATENCIES };

/* What evidence is kept of: long latencies, and beyond them: */
enum { SYNCS = LATENCIES, SLOW_CALLS, NOTES };

/* What a call is known by. */
enum Key { NOTHING, JOB, ROOM, PID };

/* How often a latency was so long. */
typedef struct {
    int64_t ms, n;
} Bin;

/* How the message of an event begins. */
typedef struct {
    int32_t kind, size;
    char text[LITERAL_BYTES];
} Literal;

/* The two generations of httpcore and httpx: pairs of lines that belong to different SDKs. */
enum Generation { OLD, NEW, GENERATIONS };

/* Bytes of the chunk that are like those of no other entry, and how often they came.
 *
 * Of a call also what it is known by, what came in it, its first and last time, whether it had
 * request lines, and the header line (1 + its place) that waits for one.
 */
typedef struct {
    int32_t at, size, n, key, logger; /* logger, of a source: where it begins; 0 new, ODD */
    int32_t turns, vad_slow, syncs, timed, slow;
    int32_t touched[GENERATIONS], open[GENERATIONS];
    double first, last;
} Entry;

enum { ODD = -1 };

typedef struct {
    int32_t used;
    int32_t slots[MOST_SLOTS]; /* by hash: 1 + the place of an entry, 0 for none */
    Entry entries[MOST_ENTRIES];
} Table;

/* The name of a field in a line before, with the blank behind it. */
typedef struct {
    int32_t at, size, field;
} Name;

/* How a telling line of a kind began before, up to its fields: where its message ends, its source. */
typedef struct {
    int32_t at, size, quote, source;
} Head;

/* The minute of a time before, as it is written, and when it began. */
typedef struct {
    char text[16];
    int64_t began;
} Minute;

/* How a line of a kind looked before: its fields, and the last of them, which are not in use. */
typedef struct {
    Name names[MOST_NAMES];
    int32_t tail, size;
} Shape;

/* A line of the chunk, and from `body` to `stop` its record in the text, without a wrapper.
 * `framed`, BARE or WRAPPED, if that begins and ends as the layout has it. */
typedef struct {
    int32_t line, start, end, body, stop, framed;
} Place;

enum { BARE = 1, WRAPPED };

/* A wrapper: so many bytes before and behind the record, alike in many lines but for numbers. */
typedef struct {
    Place first; /* a line that wears it */
    int32_t before, behind, n;
} Frame;

/* A response: of a header line with its request line, or of one of the two alone.
 *
 * `message` is the request line's place in its table, -1 for none; `ms` -1 for no time.
 */
typedef struct {
    int32_t call, message, generation, status;
    double ms;
} Answer;

typedef struct {
    /* Given. */
    int32_t first[256], next[MOST_LITERALS]; /* by first byte: 1 + place of a literal */
    Literal literals[MOST_LITERALS];
    double low_s[LATENCIES], noted_s[LATENCIES]; /* censored below; evidence above */
    double slow_ms;
    int32_t longest;      /* bytes of a line that is still read */
    int32_t in_order;     /* Python reads all lines of HTTP */
    int32_t strict;       /* lines that tell nothing are read throughout, too */
    int32_t picks;        /* only records count that `reader.Filter` keeps: */
    double since, until;  /* on its clock; without a bound infinite */
    int32_t call_size;    /* 0: of any call */
    char call[CALL_BYTES];
    /* Found. */
    int32_t lines, told, ordered; /* ordered: Python reads what may be a line of HTTP */
    int32_t passed; /* lines that the filter does not keep */
    int32_t counts[KINDS];
    int32_t places_n, answers_n, leads_n, frames_n;
    int32_t bins_n[LATENCIES], censored[LATENCIES], noted_n[NOTES];
    Shape shapes[KINDS + 1];
    int32_t sources_of[KINDS + 1]; /* 1 + the source of the line of a kind before; 0 none */
    Head heads[KINDS + 1];
    int64_t tokens[3]; /* prompt, cached prompt, completion */
    Minute minute;
    Place noted[NOTES][NOTED];
    Frame frames[MOST_FRAMES];
    Table sources, calls, models, messages; /* of requests, responses, sync warnings */
    Place places[MOST_LINES];
    Answer answers[MOST_LINES];
    Answer leads[GENERATIONS * MOST_ENTRIES]; /* request lines that come first in their calls */
    int32_t bin_of[LATENCIES][SHORT_MS]; /* 1 + the place of its bin, 0 for none */
    Bin bins[LATENCIES][MOST_LINES];
} Scan;

#endif
