/* LiveKit's JSON: which lines are counted here. */
#ifndef TUNER_JSON_H
#define TUNER_JSON_H

#include "filter.h"
#include "event_line.h"

static const char CLOSING[] = "+00:00\"}";

static int counts(Scan *scan, const char *data, Line *line) {
    Entry *from;
    Row row;
    row.time = -1; /* of what is not decoded nobody asks it, but no compiler sees that */
    if (line->kind == ALONE) return 0;
    if (!(from = source_before(scan, data, line))) {
        if (!begin(line) || !(from = source(scan, data, line))) return 0;
        if (line->kind != KINDS && !is_theirs(line)) return 0;
    }
    int quiet = is_quiet(line);
    int throughout = scan->strict || scan->picks;
    if ((!quiet || throughout) && !decode(scan, data, line, &row)) return 0;
    if (throughout && !is_judged(scan, line, &row)) return 0;
    if (scan->picks && !is_kept(scan, &row)) {
        scan->passed++;
        return 1;
    }
    if (!quiet && !told(scan, data, line, &row)) return 0;
    if (!quiet && !line->judged && line->kind != HEADERS) remember(scan, data, line, from);
    if (line->kind != KINDS) scan->counts[line->kind]++;
    from->n++;
    return 1;
}

/* Count one line; 0 if Python has to. */
static int json(Scan *scan, const char *data, const Place *place) {
    Line line = {.place = place, .message = data + place->body + LENGTH(OPENING),
                 .end = data + place->stop};
    line.kind = kind_of(scan, line.message, line.end);
    return is_left(scan, &line) ? 0 : settled(scan, &line, counts(scan, data, &line));
}

static int is_json(const char *p, const char *end) {
    return end - p > (long)sizeof OPENING + STAMPED && BEGINS(p, end, OPENING) &&
           BEGINS(end - LENGTH(CLOSING), end, CLOSING);
}

#endif
