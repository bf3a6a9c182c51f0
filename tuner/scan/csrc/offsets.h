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
    AT(Measure, field), AT(Measure, latency),
    AT(Row, size), AT(Row, logger_size), AT(Row, kind), AT(Row, way), AT(Row, debug),
    AT(Row, figure), AT(Row, note), AT(Row, has_model), AT(Row, measures_n), AT(Row, sums_n),
    AT(Row, measures), AT(Row, sums), AT(Row, starts), AT(Row, logger),
    AT(FieldName, size), AT(FieldName, text),
    AT(Entry, at), AT(Entry, size), AT(Entry, n), AT(Entry, key), AT(Entry, logger),
    AT(Entry, figures), AT(Entry, timed), AT(Entry, slow), AT(Entry, touched), AT(Entry, open),
    AT(Entry, first), AT(Entry, last),
    AT(Table, used), AT(Table, slots), AT(Table, entries),
    AT(Place, line), AT(Place, start), AT(Place, end), AT(Place, body), AT(Place, stop),
    AT(Place, framed),
    AT(Frame, first), AT(Frame, before), AT(Frame, behind), AT(Frame, n),
    AT(Answer, call), AT(Answer, message), AT(Answer, generation), AT(Answer, status),
    AT(Answer, ms),
    AT(Pair, other), AT(Pair, call),
    AT(Scan, first), AT(Scan, next), AT(Scan, rows), AT(Scan, fields), AT(Scan, fields_n),
    AT(Scan, latencies_n), AT(Scan, low_s), AT(Scan, long_s), AT(Scan, slow_ms),
    AT(Scan, slow_note), AT(Scan, longest), AT(Scan, in_order), AT(Scan, strict),
    AT(Scan, filters), AT(Scan, since), AT(Scan, until), AT(Scan, call_size), AT(Scan, call),
    AT(Scan, lines), AT(Scan, clocked), AT(Scan, ordered), AT(Scan, passed), AT(Scan, counts),
    AT(Scan, places_n), AT(Scan, answers_n), AT(Scan, leads_n), AT(Scan, frames_n),
    AT(Scan, pairs_n), AT(Scan, pair_slots), AT(Scan, others), AT(Scan, pairs),
    AT(Scan, bins_n), AT(Scan, censored), AT(Scan, noted_n), AT(Scan, shapes),
    AT(Scan, sources_of), AT(Scan, heads), AT(Scan, sums), AT(Scan, minute), AT(Scan, noted),
    AT(Scan, frames), AT(Scan, sources), AT(Scan, calls), AT(Scan, models), AT(Scan, messages),
    AT(Scan, places), AT(Scan, answers), AT(Scan, leads), AT(Scan, bin_of), AT(Scan, bins),
    WORTH(PYTHON), WORTH(FIELDS), WORTH(SYNC), WORTH(REQUEST), WORTH(HEADERS), WORTH(RESPONSE),
    WORTH(WIRE), WORTH(PID), WORTH(JOB), WORTH(ROOM), WORTH(MODEL),
    {"Scan", sizeof(Scan), 0},
    {0, 0, 0}};

#endif
