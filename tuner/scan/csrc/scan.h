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
    MOST_LINES = 1 << 19, /* of one chunk; more of them are too short to be LiveKit's */
    MOST_ENTRIES = 1 << 12,
    MOST_SLOTS = 4 * MOST_ENTRIES,
    MOST_ROWS = 512,
    BEGINNING_BITS = 10, /* of the places of rows by their beginnings */
    STARTS_BYTES = 64,
    LOGGER_BYTES = 16,
    MOST_MEASURES = 8,
    MOST_SUMS = 4,
    MOST_CASES = 2,
    MOST_MARKS = 2,
    MOST_HANDED = 8,
    WORTH_BYTES = 16, /* of a text that makes a case */
    MOST_FIELDS = 48,
    FIELD_BYTES = 32,
    MOST_LATENCIES = 32,
    MOST_KINDS = 128,
    MOST_NOTES = 128,
    MOST_MIDNIGHTS = 64, /* whose places are kept */
    MOST_FIGURES = 16, /* of a call */
    MOST_COUNTERS = 8,
    MOST_FRAMES = 64,
    CALL_BYTES = 252,
    MOST_NAMES = 16,
    BEGINNING = 40,      /* bytes of a message that is of no row */
    MOST_OTHERS = 1 << 11,
    MOST_PAIRS = 1 << 13,
    SHORT_MS = 1 << 14, /* below this, every length has one bin only */
    MOST_TEMPLATES = 512,
    TEMPLATE_BYTES = 240,
    NOTED = 10
};

/* How a line is read: by Python, for its fields, for its message (SYNC to RESPONSE), or not beyond
 * its beginning, because nobody needs more of it (WIRE). Of HANDED ones Python adds the fields. */
enum Way { PYTHON, FIELDS, SYNC, REQUEST, HEADERS, RESPONSE, WIRE, HANDED, WAYS };

/* How the time of a record in text is written: not at all, without a date, 2026-11-20 09:36:05, in
 * parts in any order, or as seconds since the epoch. */
enum TimeForm { NO_TIME, OF_DAY, ISO, IN_PARTS, EPOCH };

/* The parts of a time. */
enum Part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* The first fields, by which a call is known. */
enum Role { PID, JOB, ROOM, ROLES };

/* What a line is in the turns of its call: nothing, a false interruption, words, the end of one. */
enum Turn { NO_TURN, PAUSE, SPEECH, COMMIT };

/* What stands in a field: the digits of a process, a text, an object as it is written, a number, a
 * whole one, true or false, or a text of which nothing but its number of words is taken. */
enum Type { DIGITS, TEXT, OBJECT, NUMBER, WHOLE, FLAG, WORDS };

/* What a call is known by: nothing, or its job, room or process. */
enum Key { BY_NOTHING, BY_JOB, BY_ROOM, BY_PID };

/* How often a latency was so long. */
typedef struct {
    int64_t ms, n;
} Bin;

/* A field, the latency (or the sum) that it is a value of, and the figure of the call that a value
 * adds 1 to: places among each. */
typedef struct {
    int32_t field, latency, figure;
} Measure;

/* What else a line adds when a field has this value: a text of `size` bytes, or a number. */
typedef struct {
    int32_t field, size, counter, figure, note;
    double number;
    char text[WORTH_BYTES];
} Case;

/* The name of a field in use, and what stands in it. */
typedef struct {
    int32_t size, type;
    char text[FIELD_BYTES];
} FieldName;

/* One spelling of a line in the catalogue, and what the line adds; places are -1 for nothing. */
typedef struct {
    int32_t size, logger_size, kind, way, debug, exact; /* exact: the message ends there */
    int32_t marks_n; /* a line without a logger and these fields is of this row, too; -1: is not */
    char logger[LOGGER_BYTES], starts[STARTS_BYTES]; /* near to what each line is compared with */
    int32_t figure, note, tally, tally_field; /* tally: which; lines are counted by that field */
    int32_t measures_n, sums_n, cases_n, turn, handed_n;
    uint64_t needs; /* the fields that have to be of their type, as bits */
    Measure measures[MOST_MEASURES];
    Measure sums[MOST_SUMS]; /* fields that are added up, and in which sum */
    Case cases[MOST_CASES];
    int32_t handed[MOST_HANDED]; /* fields whose values Python gets, line by line */
    FieldName marks[MOST_MARKS];
} Row;

/* Where a part of a time stands, in how many digits; without any it is the same on all lines. */
typedef struct {
    int32_t at, digits, fixed;
} TimePart;

/* How the lines of some logger and level begin in a layout of text, up to their messages: the bytes,
 * with ANY_DIGIT for a digit. Where the logger stands, which has no letters where none is named, and
 * the time, written in some `time_form`, with so many digits of the second's fraction at `fraction_at`, in
 * a zone so many seconds ahead of UTC; of a clock of 12 hours the `half` begins with 0 or 12 (-1:
 * none). `shipped` is where the time of a wrapper stands that says what that time lacks, a zone or
 * (not dated) all; -1: none is asked. The process has so many digits at `pid`, or none; one in the
 * fields goes before it if it is the last. */
typedef struct {
    int32_t size, level, logger, logger_size, time_form, fraction_at, fraction, half, zone_s;
    int32_t shipped, shipped_fraction, shipped_zone_s, pid, pid_size, pid_last;
    TimePart parts[PARTS]; /* of ISO and the EPOCH only the first, where the time begins */
    uint64_t ends, mask; /* the last eight bytes, and those of them that are no digits */
    char text[TEMPLATE_BYTES];
} Template;

/* The two generations of httpcore and httpx: pairs of lines that belong to different SDKs. */
enum Generation { OLD, NEW, GENERATIONS };

/* The turns of a call: what `call_counts.TurnBoundary` holds, and the counts; NAN for no time. */
typedef struct {
    double first_start, last_commit;
    int32_t begun, words, first_words, paused, first_paused;
    int32_t pauses, commits, cutoffs, later, unknown, wordless;
} Turns;

/* What turns are judged by; lengths in seconds, see `call_counts.py` and `event_counting.py`. */
typedef struct {
    double cutoff_s, talk_over_s, overlap_s, zone_grain_s;
    int32_t backchannel_words, commit_latency, cutoff_note;
} Given;

/* Bytes of the chunk that are like those of no other entry, and how often they came.
 *
 * Of a call also what it is known by, what came in it, its first and last time, whether it had
 * request lines, and the header line (1 + its place) that waits for one; `others` are the messages of
 * no row that came in it, as bits, as far as there are bits. Of a message of no row only its
 * beginning; `logger` is the size of the whole. `lead` bytes before a message of a row belong to its
 * text, but may differ from line to line.
 */
typedef struct {
    int32_t at, size, n, key, logger; /* logger, of a source: where it begins; 0 new, ODD */
    int32_t figures[MOST_FIGURES], timed, slow, lead;
    int32_t touched[GENERATIONS], open[GENERATIONS];
    double first, last;
    uint64_t others;
    Turns turns;
} Entry;

enum { ODD = -1 };

/* A message of no row and a call that it came in: places among `others` and `calls`. */
typedef struct {
    int32_t other, call;
} Pair;

typedef struct {
    int32_t used, latest; /* latest: the entry that was asked for before */
    int32_t slots[MOST_SLOTS]; /* by hash: 1 + the place of an entry, 0 for none */
    Entry entries[MOST_ENTRIES];
} Table;

/* The name of a field in a line before, with the blank behind it. */
typedef struct {
    int32_t at, size, field;
} Name;

/* How a line of a row that is decoded began before, up to its fields: where its message ends, its source. */
typedef struct {
    int32_t at, size, quote, source;
} Head;

/* The minute of a time before, as it is written, and when it began. */
typedef struct {
    char text[16];
    int64_t began;
} Minute;

/* How a line of a row looked before: its fields, and the last of them, which are not in use. */
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
    Place first; /* a line in it */
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

/* Where a text stands. */
typedef struct {
    int32_t at, size;
} Span;

/* A line of which Python gets the values of some fields, because the lines of a call have to be
 * looked at in their order; NAN where a field is absent or a text. */
typedef struct {
    Place place;
    int32_t call, row;
    double time, values[MOST_HANDED];
    Span texts[MOST_HANDED];
} Handed;

typedef struct {
    /* Given. */
    int32_t first[1 << BEGINNING_BITS], next[MOST_ROWS]; /* 1 + place of a row */
    Row rows[MOST_ROWS];
    FieldName fields[MOST_FIELDS];
    int32_t fields_n, latencies_n;
    double low_s[MOST_LATENCIES], long_s[MOST_LATENCIES]; /* censored below; evidence above */
    Given given;
    double slow_ms;      /* above this a response is slow */
    int32_t slow_note;   /* which evidence it then is */
    int32_t longest;     /* bytes of a line that is still read */
    int32_t in_order;    /* Python reads all lines of HTTP */
    int32_t strict;      /* lines that add nothing are read throughout, too */
    int32_t filters;     /* only records count that `record_filter.Filter` keeps: */
    double since, until; /* on its clock; without a bound infinite */
    int32_t call_size;   /* 0: of any call */
    char call[CALL_BYTES];
    int32_t templates_n, found, named, zoned; /* found: fields may stand there as key=value; named:
                        1 if every line has the id of its call, 0 if none, else -1; zoned: in UTC */
    int32_t objects; /* a flat JSON object that is a whole message is one as it stands */
    int32_t loose; /* blanks may stand before a message, and brackets at its end are part of it */
    int32_t cut;   /* a column may have cut words of a message */
    Template templates[MOST_TEMPLATES];
    int32_t after[MOST_TEMPLATES]; /* which template fitted the line behind one of this */
    /* Found. */
    int32_t lines, clocked, ordered; /* clocked: counted with their time; ordered: Python reads
                                        what may be a line of HTTP */
    int32_t passed; /* lines that the filter does not keep */
    int32_t empty;  /* empty lines below counted ones */
    int32_t latest, earlier, later, back; /* 1 + where the latest time stands; lines before and
                           behind the latest one; those that stand more than BACK_S before it */
    double latest_s; /* the latest time itself, where it was read anyway */
    double first_of_day, last_of_day; /* of a clock without a date; -1: none */
    double above_of_day; /* the last one, also of what the filter does not keep */
    int32_t before; /* the template of the line before */
    int32_t days; /* how often that went past midnight */
    Place midnights[MOST_MIDNIGHTS]; /* the first lines behind them */
    int32_t counts[MOST_KINDS];
    int32_t counters[MOST_COUNTERS];
    int32_t places_n, answers_n, handed_n, leads_n, frames_n, pairs_n;
    int32_t to_add;     /* of the handed lines those that Python adds */
    int32_t impossible; /* delays of commits that cannot be */
    int32_t pair_slots[2 * MOST_PAIRS]; /* by hash: 1 + the place of a pair, 0 for none */
    int32_t bins_n[MOST_LATENCIES], censored[MOST_LATENCIES], noted_n[MOST_NOTES];
    Shape shapes[MOST_ROWS + 1];       /* by row, the last for lines of none */
    int32_t sources_of[MOST_ROWS + 1]; /* 1 + the source of the line of a row before; 0 none */
    Head heads[MOST_ROWS + 1];
    int64_t sums[MOST_SUMS];
    Minute minute;
    Place noted[MOST_NOTES][NOTED];
    Frame frames[MOST_FRAMES];
    Table others; /* messages above DEBUG that are of no row; key: the place of the source */
    Table sources, calls, tallied, messages; /* messages of lines that are read for theirs */
    Place places[MOST_LINES];
    Pair pairs[MOST_PAIRS];
    Answer answers[MOST_LINES];
    Handed handed[MOST_LINES];
    Answer leads[GENERATIONS * MOST_ENTRIES]; /* request lines that come first in their calls */
    int32_t bin_of[MOST_LATENCIES][SHORT_MS]; /* 1 + the place of its bin, 0 for none */
    Bin bins[MOST_LATENCIES][MOST_LINES];
} Scan;

/* --- exports: see `exports.h` ---------------------------------------------------------------- */

enum { MOST_TAKEN = 1 << 14, MOST_STEPS = 8, STEP_BYTES = 60 };

/* The columns of CSV: which of them has the message, and which the time (-1: none). */
typedef struct {
    int32_t delimiter, width, message, time;
} Columns;

/* A key. */
typedef struct {
    int32_t size;
    char text[STEP_BYTES];
} Step;

/* Where in a record of JSON its line and the store's time stand; a path of no steps is the record
 * itself, or no time. The line is a text or an object. `times`: keys of a time in an object. */
typedef struct {
    int32_t is_object, target_n, time_n, times_n;
    Step target[MOST_STEPS], time[MOST_STEPS], times[MOST_STEPS];
} Paths;

/* Records of JSON that are lists: at which places the line, a text, and its time stand. */
typedef struct {
    int32_t text, time;
} Lists;

/* Where the text of a line begins that labels stand before: so many blanks behind them, but not
 * before a column. */
typedef struct {
    int32_t gap, column;
} Labels;

/* Text whose lines begin like these templates, each with a date; `latest` is that of the line before. */
typedef struct {
    int32_t templates_n, latest;
    Template templates[MOST_TEMPLATES];
} Dated;

/* Records that take several lines each, of one form, written anew as JSON: where each began, on which
 * line, and how many it takes. Given: the form, the line at which the text begins, and `longest` bytes a
 * record. */
enum SpreadForms {
    YAML_DOCUMENTS,
    YAML_ITEMS,
    VERBOSE_RECORDS,
    PREFIXED_OBJECTS,
    JOURNAL_RECORDS,
    CSV_ROWS
};
enum { MOST_COLUMNS = 256 };
typedef struct {
    int64_t line, longest;
    int64_t at, size; /* how far the text was read, how much was written */
    int32_t form, n;
    const char *names; /* of CSV: the columns' as JSON, and where each of them ends */
    int32_t delimiter, columns, ends[MOST_COLUMNS];
    int64_t place[MOST_TAKEN], of_line[MOST_TAKEN], lines_of[MOST_TAKEN];
} Spread;

enum { MOST_GAPS = 8, LONGEST_GAP = 1 << 10 };

/* What stands between two records besides blanks and commas: the end of a list, and the beginning of the
 * next, which stands in the value that `opens` there. */
typedef struct {
    int32_t size, opens;
    char text[LONGEST_GAP];
} Gap;

/* The lines that were taken. Given: the line of the export at which the text begins, and that on
 * which the record before ended; `longest` bytes a record; gaps that are passed over. */
typedef struct {
    int64_t line, last, longest;
    int64_t at, size, lines; /* how far the text was read, how much was written, of how many lines */
    int32_t n, stamped, up, down, back; /* times that rise, fall, and fall by more than BACK_S */
    Minute minute;
    int64_t of_line[MOST_TAKEN], lines_of[MOST_TAKEN];
    double time[MOST_TAKEN];
    int32_t gaps_n;
    Gap gaps[MOST_GAPS];
} Taken;

/* --- records whose fields stand apart: see `known_records.h` ---------------------------------- */

enum {
    MOST_VALUES = 64, /* of a record */
    MOST_PIECES = 1 << 13,
    MOST_PUTS = 1 << 13,
    MOST_RECORD_KINDS = 512,
    MOST_TEXT = 1 << 18,
    THE_TIME = -1,
    NOTHING = -2
};

/* What a value is: none, but the end of the record; a text that stays one, one that is a whole
 * number or one with a point, a word in quotes of its own, any text in such quotes; a number; a
 * word; a text as Python quotes it; a time; a message before two blanks or a bracket. */
enum Form {
    NO_VALUE, PLAIN_TEXT, WHOLE_TEXT, DECIMAL_TEXT, QUOTED_TEXT, NESTED_TEXT, A_WHOLE, A_DECIMAL,
    A_WORD, IN_APOSTROPHES, A_TIME, A_MESSAGE, FORMS
};

/* What stands before a value, `size` bytes of the texts, and the value's form. `other` may stand
 * there instead, `below` behind the value: 1 + the place of a piece. At a record's end, its kind. */
typedef struct {
    int32_t at, size, form, other, below, kind;
} Piece;

/* What is written: bytes of the texts, and then a value of the record, THE_TIME or NOTHING. */
typedef struct {
    int32_t at, size, value;
} Put;

/* The line of records of a kind, so many puts from the first on; which of its values is the time;
 * whether texts are written in ASCII. */
typedef struct {
    int32_t first, n, time, ascii;
} RecordKind;

/* All kinds that are known; `room`: so many bytes may be written. `lines`: each record is a line. */
typedef struct {
    int64_t room;
    int32_t lines, pieces_n, kinds_n;
    Piece pieces[MOST_PIECES];
    Put puts[MOST_PUTS];
    RecordKind kinds[MOST_RECORD_KINDS];
    char texts[MOST_TEXT];
} KnownRecords;

/* --- Rich screens: see `screens.h` ----------------------------------------------------------- */

enum { MOST_HEADS = 512, HEAD_BYTES = 48, WORD_BYTES = 4096, MESSAGE_BYTES = 1 << 14, ADDRESS_BYTES = 256,
       BEGINS_ONE = '~' };

/* What stands between the time of some rows, of that many bytes, and their messages, which begin in
 * `column`; `line` is what the line for the scan gets instead, nothing if Python has to read such
 * rows. `wraps`: a message may go on in the lines below; `folds`: and so may its fields, beside it. */
typedef struct {
    int32_t time, size, line_size, column, wraps, folds;
    char text[HEAD_BYTES], line[HEAD_BYTES];
} RowHead;

/* A screen whose records become lines, one for each. Given: how rows begin; whether there may be
 * colours or damaged bytes in it; `longest` bytes and `most_lines` a record; the first words of messages, each between
 * newlines, of which none goes on in the next line; the known messages in the order of their length,
 * a line each, behind BEGINS_ONE if they only begin one; the ends of OpenAI's addresses, a line each. */
typedef struct {
    int32_t heads_n, coloured, damaged, longest, most_lines, words_size, messages_size, addresses_size;
    RowHead heads[MOST_HEADS];
    char words[WORD_BYTES], messages[MESSAGE_BYTES], addresses[ADDRESS_BYTES];
    int32_t at, size, n, line, time, latest; /* how far it was read, how much was written, of how many
                           records and lines; where the time stands that rows without one have (-1) */
    int32_t last_ms, latest_ms, later, earlier, back; /* the last and the latest time; how many stand
                           behind and before the one above, and more than BACK_S before the latest */
    int32_t starts[MOST_LINES + 1], lines[MOST_LINES + 1], times[MOST_LINES + 1]; /* of each record its
                           place, its first line, and the time of the row above */
} Screen;

/* --- fields below their records: see `gathered.h` -------------------------------------------- */

/* Records of which each became a line: how many of them, of how many lines, and how many are left to
 * Python from the start; of each its place and its first line, with one more for the end. */
typedef struct {
    int32_t n, line, left;
    int32_t starts[MOST_LINES + 1], lines[MOST_LINES + 1];
} Gathered;

/* --- Pipecat: see `pipecat.h` ---------------------------------------------------------------- */

/* What happens in a call: see `pipecat_moments.PipecatMoment`. The last three are no turn's. */
enum { NO_MOMENT, USER_SPEECH_STARTED, USER_SPEECH_STOPPED, USER_TURN_STARTED, USER_TURN_STOPPED, BOT_SPEECH_STARTED,
       BOT_SPEECH_STOPPED, INTERRUPTION, TTFB, TOKENS, CALL_STARTED, CALL_ENDED, PROCESS_STARTED };

/* A line, from `start` to the sign at its `end`, or to `stop`, before a carriage return. Of one in
 * Pipecat's own layout where its message begins (else -1), which marks stand in it, as bits, and
 * its time, read as UTC. If it was read, its `kind` is what it reports, `observed` or not, at `time`:
 * how many seconds a model took, a `voice` or not, or how many tokens (-1: not known). */
typedef struct {
    int64_t line;
    int32_t start, end, stop, message, marks, kind;
    double time;
    int32_t observed, voice, prompt, cached, completion, unused;
    double seconds;
} PipecatLine;

/* Those of the first `at` bytes, which are so many lines, that report something or that Python has
 * to look at, and which of them are no moments within a call. Given: the number of the `first`. */
typedef struct {
    int64_t first;
    int32_t at, lines, n, stops_n;
    Minute minute;
    PipecatLine found[MOST_TAKEN];
    int32_t stops[MOST_TAKEN];
} PipecatLines;

enum { MOST_CALL_LINES = 1 << 12, CALL_TEXT = 1 << 21 };

/* The lines that the turns of a call make: of each the line that it comes from, and all in `size`
 * bytes. Given: what the assembler goes by (`turns.assembler`, `turns.sounds`, `turns.turn`). */
typedef struct {
    double late_sound_s, heard_s, sure_s;
    int32_t most_sounds, waiting, n, size;
    int64_t lines[MOST_CALL_LINES];
    char text[CALL_TEXT];
} PipecatCall;

enum { OF_TEXT, OF_ZONED, OF_UNZONED, KINDS_OF_LINES };

/* Lines of text and of JSON by whether their times have a zone: of each kind its bytes, its lines, and
 * their numbers among `all`, from 1 on. See `mixed_lines.h`. */
typedef struct {
    int64_t size[KINDS_OF_LINES];
    int32_t lines[KINDS_OF_LINES], all;
    int32_t numbers[KINDS_OF_LINES][MOST_LINES];
} MixedLines;

#endif
