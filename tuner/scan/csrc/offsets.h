/* Where the members of the structs stand, and the worth of names: `library.py` compares them with
 * Python's, so that two that were swapped are an error at once and not a wrong count. */
#ifndef TUNER_OFFSETS_H
#define TUNER_OFFSETS_H

#include "scan.h"
#include <stddef.h>

typedef struct {
    const char *name;
    int64_t at, size;
} Offset;

#define AT(type, member) {#type "." #member, offsetof(type, member), sizeof(((type *)0)->member)}
#define WORTH(name) {#name, name, 0}

const Offset scan_offsets[] = {
    AT(Measure, field), AT(Measure, latency), AT(Measure, figure),
    AT(Case, field), AT(Case, size), AT(Case, counter), AT(Case, figure), AT(Case, note),
    AT(Case, number), AT(Case, text),
    AT(Row, size), AT(Row, logger_size), AT(Row, kind), AT(Row, way), AT(Row, debug), AT(Row, exact), AT(Row, marks_n), AT(Row, marks),
    AT(Row, figure), AT(Row, note), AT(Row, tally), AT(Row, tally_field), AT(Row, measures_n),
    AT(Row, sums_n), AT(Row, cases_n), AT(Row, turn), AT(Row, handed_n), AT(Row, needs), AT(Row, measures), AT(Row, sums),
    AT(Row, cases), AT(Row, handed), AT(Row, starts), AT(Row, logger),
    AT(Template, size), AT(Template, level), AT(Template, logger), AT(Template, logger_size),
    AT(Template, time_form), AT(Template, fraction_at), AT(Template, fraction), AT(Template, half), AT(Template, zone_s),
    AT(Template, shipped), AT(Template, shipped_fraction), AT(Template, shipped_zone_s), AT(Template, pid),
    AT(Template, pid_size), AT(Template, pid_last), AT(Template, parts),
    AT(TimePart, at), AT(TimePart, digits), AT(TimePart, fixed),
    AT(Template, ends), AT(Template, mask), AT(Template, text),
    AT(FieldName, size), AT(FieldName, type), AT(FieldName, text),
    AT(Entry, at), AT(Entry, size), AT(Entry, n), AT(Entry, key), AT(Entry, logger),
    AT(Entry, figures), AT(Entry, timed), AT(Entry, slow), AT(Entry, touched), AT(Entry, open),
    AT(Entry, first), AT(Entry, last), AT(Entry, others), AT(Entry, turns),
    AT(Turns, first_start), AT(Turns, last_commit), AT(Turns, begun), AT(Turns, words),
    AT(Turns, first_words), AT(Turns, paused), AT(Turns, first_paused), AT(Turns, pauses),
    AT(Turns, commits), AT(Turns, cutoffs), AT(Turns, later), AT(Turns, unknown),
    AT(Given, cutoff_s), AT(Given, talk_over_s), AT(Given, overlap_s), AT(Given, zone_grain_s),
    AT(Given, backchannel_words), AT(Given, commit_latency), AT(Given, cutoff_note),
    AT(Table, used), AT(Table, latest), AT(Table, slots), AT(Table, entries),
    AT(Place, line), AT(Place, start), AT(Place, end), AT(Place, body), AT(Place, stop),
    AT(Place, framed),
    AT(Frame, first), AT(Frame, before), AT(Frame, behind), AT(Frame, n),
    AT(Answer, call), AT(Answer, message), AT(Answer, generation), AT(Answer, status),
    AT(Answer, ms),
    AT(Pair, other), AT(Pair, call),
    AT(Handed, place), AT(Handed, call), AT(Handed, row), AT(Handed, time), AT(Handed, values), AT(Handed, texts),
    AT(Span, at), AT(Span, size),
    AT(Scan, first), AT(Scan, next), AT(Scan, rows), AT(Scan, fields), AT(Scan, fields_n),
    AT(Scan, latencies_n), AT(Scan, low_s), AT(Scan, long_s), AT(Scan, given), AT(Scan, slow_ms),
    AT(Scan, slow_note), AT(Scan, longest), AT(Scan, in_order), AT(Scan, strict),
    AT(Scan, filters), AT(Scan, since), AT(Scan, until), AT(Scan, call_size), AT(Scan, call),
    AT(Scan, templates_n), AT(Scan, found), AT(Scan, named), AT(Scan, zoned), AT(Scan, objects), AT(Scan, loose), AT(Scan, templates), AT(Scan, after),
    AT(Scan, latest), AT(Scan, earlier), AT(Scan, later), AT(Scan, back), AT(Scan, latest_s), AT(Scan, first_of_day), AT(Scan, last_of_day), AT(Scan, above_of_day), AT(Scan, before), AT(Scan, days),
    AT(Scan, lines), AT(Scan, clocked), AT(Scan, ordered), AT(Scan, passed), AT(Scan, counts),
    AT(Scan, counters), AT(Scan, places_n), AT(Scan, answers_n), AT(Scan, handed_n),
    AT(Scan, to_add), AT(Scan, impossible), AT(Scan, leads_n), AT(Scan, frames_n),
    AT(Scan, pairs_n), AT(Scan, pair_slots), AT(Scan, others), AT(Scan, pairs),
    AT(Scan, bins_n), AT(Scan, censored), AT(Scan, noted_n), AT(Scan, shapes),
    AT(Scan, sources_of), AT(Scan, heads), AT(Scan, sums), AT(Scan, minute), AT(Scan, noted),
    AT(Scan, frames), AT(Scan, sources), AT(Scan, calls), AT(Scan, tallied), AT(Scan, messages),
    AT(Scan, places), AT(Scan, answers), AT(Scan, handed), AT(Scan, leads), AT(Scan, bin_of), AT(Scan, bins),
    AT(Columns, delimiter), AT(Columns, width), AT(Columns, message), AT(Columns, time),
    AT(Step, size), AT(Step, text),
    AT(Paths, is_object), AT(Paths, target_n), AT(Paths, time_n), AT(Paths, times_n),
    AT(Paths, target), AT(Paths, time), AT(Paths, times),
    AT(Lists, text), AT(Lists, time), AT(Labels, gap), AT(Labels, column),
    AT(Taken, line), AT(Taken, last), AT(Taken, longest), AT(Taken, at), AT(Taken, size),
    AT(Taken, lines), AT(Taken, n), AT(Taken, stamped), AT(Taken, up), AT(Taken, down),
    AT(Taken, back), AT(Taken, minute), AT(Taken, of_line), AT(Taken, lines_of), AT(Taken, time),
    AT(Piece, at), AT(Piece, size), AT(Piece, form), AT(Piece, other), AT(Piece, below),
    AT(Piece, kind), AT(Put, at), AT(Put, size), AT(Put, value), AT(RecordKind, first),
    AT(RecordKind, n), AT(RecordKind, time), AT(KnownRecords, room), AT(KnownRecords, lines), AT(KnownRecords, ascii), AT(KnownRecords, pieces_n),
    AT(KnownRecords, kinds_n), AT(KnownRecords, pieces), AT(KnownRecords, puts),
    AT(KnownRecords, kinds), AT(KnownRecords, texts),
    AT(RowHead, time), AT(RowHead, size), AT(RowHead, line_size), AT(RowHead, column),
    AT(RowHead, wraps), AT(RowHead, folds), AT(RowHead, text), AT(RowHead, line),
    AT(Screen, heads_n), AT(Screen, coloured), AT(Screen, damaged), AT(Screen, longest),
    AT(Screen, words_size), AT(Screen, heads), AT(Screen, words), AT(Screen, at), AT(Screen, size), AT(Screen, n), AT(Screen, line),
    AT(Screen, time), AT(Screen, latest), AT(Screen, starts), AT(Screen, lines), AT(Screen, times),
    AT(Gathered, n), AT(Gathered, line), AT(Gathered, left), AT(Gathered, starts), AT(Gathered, lines),
    AT(PipecatLine, line), AT(PipecatLine, start), AT(PipecatLine, end), AT(PipecatLine, stop),
    AT(PipecatLine, message), AT(PipecatLine, marks), AT(PipecatLine, kind), AT(PipecatLine, time),
    AT(PipecatLine, observed), AT(PipecatLine, voice), AT(PipecatLine, prompt), AT(PipecatLine, cached),
    AT(PipecatLine, completion), AT(PipecatLine, unused), AT(PipecatLine, seconds),
    AT(PipecatLines, first), AT(PipecatLines, at), AT(PipecatLines, lines), AT(PipecatLines, n),
    AT(PipecatLines, stops_n), AT(PipecatLines, minute), AT(PipecatLines, found), AT(PipecatLines, stops),
    AT(PipecatCall, late_sound_s), AT(PipecatCall, heard_s), AT(PipecatCall, sure_s), AT(PipecatCall, most_sounds),
    AT(PipecatCall, waiting), AT(PipecatCall, n), AT(PipecatCall, size), AT(PipecatCall, lines), AT(PipecatCall, text),
    AT(MixedLines, size), AT(MixedLines, lines), AT(MixedLines, all), AT(MixedLines, numbers),
    WORTH(NO_TIME), WORTH(OF_DAY), WORTH(ISO), WORTH(IN_PARTS), WORTH(EPOCH),
    WORTH(YEAR), WORTH(MONTH), WORTH(DAY), WORTH(HOUR), WORTH(MINUTE), WORTH(SECOND),
    WORTH(NO_MOMENT), WORTH(USER_SPEECH_STARTED), WORTH(USER_SPEECH_STOPPED), WORTH(USER_TURN_STARTED),
    WORTH(USER_TURN_STOPPED), WORTH(BOT_SPEECH_STARTED), WORTH(BOT_SPEECH_STOPPED), WORTH(INTERRUPTION),
    WORTH(TTFB), WORTH(TOKENS), WORTH(CALL_STARTED), WORTH(CALL_ENDED), WORTH(PROCESS_STARTED),
    WORTH(PYTHON), WORTH(FIELDS), WORTH(SYNC), WORTH(REQUEST), WORTH(HEADERS), WORTH(RESPONSE),
    WORTH(WIRE), WORTH(PID), WORTH(JOB), WORTH(ROOM), WORTH(DIGITS), WORTH(TEXT), WORTH(OBJECT), WORTH(NUMBER), WORTH(WHOLE), WORTH(HANDED),
    WORTH(FLAG), WORTH(WORDS), WORTH(NO_TURN), WORTH(PAUSE), WORTH(SPEECH), WORTH(COMMIT),
    WORTH(NO_VALUE), WORTH(PLAIN_TEXT), WORTH(WHOLE_TEXT), WORTH(DECIMAL_TEXT), WORTH(QUOTED_TEXT),
    WORTH(A_WHOLE), WORTH(A_DECIMAL), WORTH(A_WORD), WORTH(IN_APOSTROPHES), WORTH(A_TIME), WORTH(A_MESSAGE),
    {"Scan", sizeof(Scan), 0},
    {0, 0, 0}};

#endif
