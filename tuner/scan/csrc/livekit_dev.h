/* LiveKit's dev text: time, level, logger, message, fields. Which lines are counted here. */
#ifndef TUNER_LIVEKIT_DEV_H
#define TUNER_LIVEKIT_DEV_H

#include "event_line.h"
#include "filter.h"
#include "other_lines.h"

static const char TIME[] = "2026-11-20 08:46:01,270 - ", DASH[] = " - ";
static const char GREY[] = "\x1b[90m", RESET[] = "\x1b[0m";

/* Seconds since the epoch of a time like TIME, read as UTC; -1: none. */
static double dev_when(Minute *before, const char *p) {
    int64_t whole = epoch(before, p, ' ');
    int ms = digits(p + 20, 3);
    return whole < 0 || ms < 0 ? -1 : (double)whole + ms / 1e3;
}

static int is_dev(const char *p, const char *end) {
    return end - p > 48 && p[LENGTH(TIME) - 7] == ',' && BEGINS(p + LENGTH(TIME) - 3, end, DASH);
}

#define LEVELLED(text, which) \
    if (BEGINS(p, end, text)) return *level = which, p + LENGTH(text)

/* Behind the level at p, and its place among LEVELS (layout.py); NULL: another one. */
static const char *level_of(const char *p, const char *end, int32_t *level) {
    LEVELLED("\x1b[36mDEBUG\x1b[0m ", 0);
    LEVELLED("\x1b[32mINFO\x1b[0m ", 1);
    LEVELLED("\x1b[33mWARNING\x1b[0m ", 2);
    LEVELLED("\x1b[31mERROR\x1b[0m ", 3);
    return NULL;
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

/* The logger and level of the line; NULL if Python has to judge them. */
static Entry *logged(Scan *scan, const char *data, const Line *line, int32_t level) {
    const char *behind = line->message - LENGTH(DASH);
    while (behind > line->logger && behind[-1] == ' ') behind--;
    if (!is_word(line->logger, behind) || BEGINS(line->logger, behind, TURN_LOG)) return NULL;
    return entry(&scan->sources, data, line->logger, (int32_t)(behind - line->logger), level);
}

/* Whether a line whose fields nobody reads counts; 0 if Python has to say. */
static int pass_quiet(Scan *scan, const Line *line, double time, int *passes) {
    if (scan->strict && !is_text(line->logger, line->end)) return 0;
    if (!scan->filters) return 1;
    if (scan->call_size && may_name_call(scan, line->logger, line->end)) return 0;
    *passes = scan->call_size || !is_in_time(scan, time);
    return 1;
}

/* Where the message ends and the fields begin; 0 if it is in doubt. A line may have no fields. */
static int grey(Line *line) {
    const char *end = line->end - LENGTH(RESET), *p = line->message;
    if (end < p || !BEGINS(end, line->end, RESET)) return 0;
    p = memchr(p, GREY[0], (size_t)(end - p));
    if (!p || p == line->message || p[-1] != ' ' || !BEGINS(p, end, GREY)) return 0;
    line->quote = p - 1;
    line->fields = p + LENGTH(GREY);
    return 1;
}

/* The values of a line; 0 if it is in any doubt. */
static int coloured(Scan *scan, const char *data, Line *line, Values *values) {
    values->has = values->odd = 0;
    if (!grey(line)) return 0;
    const char *stop = line->end - LENGTH(RESET) - 1; /* the brace behind the last field */
    return stop < line->fields || (*stop == '}' && fields(scan, data, line, stop, values));
}

/* Count a line that extends its call; 0 if Python has to. */
static int count_loud(Scan *scan, const char *data, Line *line, Values *values, int *passes) {
    if (!coloured(scan, data, line, values) || (scan->filters && !is_valid(line))) return 0;
    *passes = scan->filters && !is_kept(scan, values);
    return *passes || count_event(scan, data, line, values);
}

/* Count a line of text as one of its logger, or as one that the filter leaves out. */
static int count_plain(Scan *scan, const char *data, const Line *line, const Values *values,
                       Entry *from, int passes) {
    if (passes) {
        scan->passed++;
        return 1;
    }
    if (!line->row && !line->debug) count_other(scan, data, line, values, from);
    count_quiet(scan, line);
    from->n++;
    return 1;
}

static int count_dev(Scan *scan, const char *data, Line *line, int32_t level) {
    if (line->row && line->row->way == PYTHON) return 0;
    int passes = 0;
    Entry *from = logged(scan, data, line, level);
    Values values; /* most lines need no more of it than its time */
    values.time = dev_when(&scan->minute, data + line->place->body);
    if (values.time >= 0) follow(scan, values.time);
    if (!from || values.time < 0 || (line->row && !is_theirs(line))) return 0;
    if (may_hold_an_object(line)) return 0;
    int counted = is_quiet(line) ? pass_quiet(scan, line, values.time, &passes)
                                 : count_loud(scan, data, line, &values, &passes);
    if (!counted) return 0;
    return count_plain(scan, data, line, &values, from, passes);
}

/* Count one line; 0 if Python has to. */
static int dev(Scan *scan, const char *data, const Place *place) {
    Line line = {.place = place, .end = data + place->stop, .plain = 1};
    int32_t level;
    line.logger = level_of(data + place->body + LENGTH(TIME), line.end, &level);
    const char *behind = line.logger ? dash(line.logger, line.end) : NULL;
    if (!behind) {
        scan->ordered |= may_be_of_http(data + place->body, line.end);
        return 0;
    }
    line.message = behind + LENGTH(DASH);
    find_row(scan, &line);
    line.debug = level == 0;
    return is_left(scan, &line) ? 0 : settled(scan, &line, count_dev(scan, data, &line, level));
}

#endif
