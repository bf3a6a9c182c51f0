/* Text in any layout. Python has read how its lines begin (`Template`); what stands behind is the
 * message, and the fields as JSON or not at all. Which lines are counted here. */
#ifndef TUNER_TEXT_H
#define TUNER_TEXT_H

#include "message_ends.h"
#include "text_times.h"

enum { ANY_DIGIT = 1, HALF_DAY_S = 43200, FARTHEST = 160 };

static int fits(const Template *t, const char *p, const char *end) {
    if (end - p <= t->size || ((word_at(p + t->size - 8) ^ t->ends) & t->mask)) return 0;
    for (int32_t i = 0; i < t->size; i++)
        if (t->text[i] != p[i] && !(t->text[i] == ANY_DIGIT && is_digit(p[i]))) return 0;
    return 1;
}

/* The template of the line at p; NULL if it has none. The same two often follow each other. */
static const Template *template_of(Scan *scan, int32_t *before, const char *p, const char *end) {
    int32_t guess = scan->after[*before], i = guess;
    if (!fits(&scan->templates[guess], p, end))
        for (i = 0; i < scan->templates_n && !fits(&scan->templates[i], p, end);) i++;
    if (i == scan->templates_n) return NULL;
    scan->after[*before] = i;
    *before = i;
    return &scan->templates[i];
}

/* The values of a line that extends its call; 0 if they are in any doubt, or if it has an id of a
 * call where others have none. The process that stands before the message is the record's; that of a
 * wrapper only where it has no other. */
static int read_fields(Scan *scan, const char *data, Line *line, const Template *t, Values *values) {
    values->has = values->odd = 0;
    const char *close = line->close;
    if (line->fields < close && (*close != '}' || !fields(scan, data, line, close, values))) return 0;
    if (t->pid_size && !(t->pid_last && has(values, PID) && values->text[PID].size)) {
        values->text[PID] = (Slice){data + line->place->body + t->pid, t->pid_size};
        values->has |= 1ull << PID;
    }
    int is_named = 0;
    for (int id = PID; id < ROLES; id++) is_named |= has(values, id) && values->text[id].size;
    return scan->named < 0 || is_named == scan->named;
}

static int count_loud_text(Scan *scan, const char *data, Line *line, const Template *t, Values *values,
                           int *passes) {
    if (!read_fields(scan, data, line, t, values) || (scan->filters && !is_valid(line))) return 0;
    *passes = scan->filters && !is_kept(scan, values);
    return *passes || count_event(scan, data, line, values);
}

/* A time of day put behind the one before it: midnight may have passed. */
static double on_its_day(Scan *scan, const Place *place, double time) {
    double above = scan->above_of_day;
    scan->back += above >= 0 && time < above - BACK_S && time >= above - HALF_DAY_S;
    if (scan->last_of_day >= 0 && time < scan->last_of_day - HALF_DAY_S) {
        if (scan->days < MOST_MIDNIGHTS) scan->midnights[scan->days] = *place;
        scan->days++;
    }
    if (scan->first_of_day < 0) scan->first_of_day = time;
    scan->last_of_day = scan->above_of_day = time;
    return time + scan->days * DAY_S;
}

static int count_text(Scan *scan, const char *data, Line *line, const Template *t, int sure) {
    if (line->row && (!sure || line->row->way == PYTHON || !is_theirs(line))) return 0;
    int dated = t->time_form > OF_DAY || t->shipped >= 0, passes = 0, quiet = is_quiet(line);
    line->dated = dated ? DATED : t->time_form == OF_DAY ? TIMED_OF_DAY : UNTIMED;
    Values values;
    values.time = counted_when(&scan->minute, t, data + line->place->body);
    if (values.time >= 0 && dated) follow(scan, values.time);
    if (values.time < 0 || (!sure && !quiet) || may_hold_an_object(line)) return 0;
    Entry *from = entry(&scan->sources, data, line->logger, t->logger_size, t->level);
    if (!from) return 0;
    double before = scan->last_of_day, first = scan->first_of_day, above = scan->above_of_day;
    int32_t days = scan->days;
    if (!quiet && !dated && t->time_form == OF_DAY) values.time = on_its_day(scan, line->place, values.time);
    if (quiet && line->row && !read_fields(scan, data, line, t, &values)) return 0;
    int counted = quiet ? pass_quiet(scan, line, values.time, &passes)
                        : count_loud_text(scan, data, line, t, &values, &passes);
    if (!counted || passes) scan->last_of_day = before, scan->first_of_day = first, scan->days = days;
    if (!counted) scan->above_of_day = above;
    return counted && count_plain(scan, data, line, &values, from, passes);
}

/* Whether a line is followed by a traceback, behind which its fields may stand; Python reads both.
 * A wrapper may stand before it. */
static int is_above_a_traceback(const char *p, const char *all) {
    static const char begins[] = "Traceback (most recent call last):";
    const char *end = all - p > FARTHEST ? p + FARTHEST : all;
    p += p < end && *p == '\r';
    p += p < end && *p == '\n';
    if (BEGINS(p, all, "future: <")) return 1;
    for (; p < end && *p != '\n'; p++) {
        p = memchr(p, 'T', (size_t)(end - p));
        if (!p) return 0;
        if (BEGINS(p, all, begins)) return 1;
    }
    return 0;
}

/* Count one line; 0 if Python has to. `all` is the end of the text. */
static int text(Scan *scan, const char *data, const Place *place, const char *all) {
    Line line = {.place = place, .end = data + place->stop, .plain = 1, .zoned = scan->zoned};
    const char *p = data + place->body;
    const Template *t = template_of(scan, &scan->before, p, line.end);
    if (!t) {
        scan->ordered |= may_be_of_http(p, line.end);
        return 0;
    }
    line.message = behind_blanks(scan, p + t->size, line.end);
    line.logger = p + t->logger;
    line.unnamed = !t->logger_size;
    line.debug = t->level == 0;
    int sure = ends(scan, &line);
    if (!sure) {
        line.quote = NULL;
        scan->ordered |= may_be_of_http(line.message, line.end);
        if (is_of_unsure_logger(&line)) return 0;
    }
    find_row(scan, &line);
    if (scan->cut && line.row && line.row->way == HEADERS && has_no_headers(&line)) leave_row(&line);
    if (sure && line.fields == line.end && !is_quiet(&line)) sure = !is_above_a_traceback(line.end, all);
    return is_left(scan, &line) ? 0 : settled(scan, &line, count_text(scan, data, &line, t, sure));
}

#endif
