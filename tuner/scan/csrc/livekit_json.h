/* LiveKit's JSON: which lines are counted here. */
#ifndef TUNER_LIVEKIT_JSON_H
#define TUNER_LIVEKIT_JSON_H

#include "event_line.h"
#include "filter.h"
#include "other_lines.h"

static const char CLOSING[] = "+00:00\"}";
enum { LONGEST = 256 }; /* letters of a message that a row can begin with, written as escapes too */

/* Where no known message begins any more. */
static const char *start_of(const Line *line) {
    return line->end - line->message > LONGEST ? line->message + LONGEST : line->end;
}

static int count_json(Scan *scan, const char *data, Line *line) {
    Entry *from;
    Values values;
    values.time = -1; /* nobody asks for it unless the line is decoded, but no compiler sees that */
    if (line->row && line->row->way == PYTHON) return 0;
    if (!(from = source_before(scan, data, line))) {
        if (!line->row && hides_letters(line->message, start_of(line))) return 0;
        if (!begin(line) || !(from = source(scan, data, line))) return 0;
        if (line->row && !is_theirs(line)) return 0;
    }
    if (may_hold_an_object(line)) return 0;
    int quiet = is_quiet(line);
    int throughout = scan->strict || scan->filters;
    if ((!quiet || throughout) && !decode(scan, data, line, &values)) return 0;
    if (throughout && !is_filterable(scan, line, &values)) return 0;
    if (scan->filters && !is_kept(scan, &values)) {
        scan->passed++;
        return 1;
    }
    if (!quiet && !count_event(scan, data, line, &values)) return 0;
    if (!quiet && !line->checked && !(line->row && (line->row->way == HEADERS || may_be_another(line))))
        remember(scan, data, line, from);
    if (!quiet && !line->row) count_other(scan, data, line, &values, from);
    count_quiet(scan, line);
    from->n++;
    return 1;
}

/* Count one line; 0 if Python has to. In one piece: calls took 4 to 6 % of the time. */
static inline int json_of(Scan *scan, const char *data, const Place *place, int zoned) {
    Line line = {.zoned = zoned, .place = place, .message = data + place->body + LENGTH(OPENING),
                 .end = data + place->stop};
    long behind = LENGTH(CLOSING) - (zoned ? 0 : ZONE);
    follow_written(scan, data, line.end - LENGTH("2026-11-20T09:36:05.904371") - behind);
    find_row(scan, &line);
    return is_left(scan, &line) ? 0 : settled(scan, &line, count_json(scan, data, &line));
}

__attribute__((flatten)) static int json(Scan *scan, const char *data, const Place *place) {
    return json_of(scan, data, place, 1);
}

/* The same where times have no zone. */
static int unzoned_json(Scan *scan, const char *data, const Place *place) {
    return json_of(scan, data, place, 0);
}

static int is_json(const char *p, const char *end) {
    return end - p > (long)sizeof OPENING + STAMPED && BEGINS(p, end, OPENING) &&
           BEGINS(end - LENGTH(CLOSING), end, CLOSING);
}

static int is_unzoned_json(const char *p, const char *end) {
    return end - p > (long)sizeof OPENING + STAMPED - ZONE && BEGINS(p, end, OPENING) &&
           end[-1] == '}' && end[-2] == '"' && is_digit(end[-3]) && end[-9] == '.';
}

#endif
