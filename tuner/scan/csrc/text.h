/* Text in any layout. Python has read how its lines begin (`Template`); what stands behind is the
 * message, and the fields as JSON or not at all. Which lines are counted here. */
#ifndef TUNER_TEXT_H
#define TUNER_TEXT_H

#include "livekit_dev.h"
#include "shipped.h"

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

/* The part of a time; template and line agree that digits stand there. */
static int part(const Template *t, enum Part which, const char *line) {
    const TimePart *part = &t->parts[which];
    return part->digits ? digits(line + part->at, part->digits) : part->fixed;
}

/* The fraction of a second behind so many whole ones, divided at once, as Python reads the text. */
static double with_fraction(const Template *t, int64_t seconds, const char *line) {
    int64_t unit = 1;
    for (int32_t i = 0; i < t->fraction; i++, unit *= 10)
        seconds = seconds * 10 + line[t->fraction_at + i] - '0';
    return (double)seconds / (double)unit;
}

/* Seconds since the epoch as such a number. */
static double number_of_seconds(const Template *t, const char *line) {
    const TimePart *whole = &t->parts[YEAR];
    int64_t seconds = 0;
    for (const char *p = line + whole->at; p < line + whole->at + whole->digits; p++)
        seconds = seconds * 10 + *p - '0';
    return with_fraction(t, seconds, line);
}

/* Seconds since midnight; -1: none. */
static double of_day(const Template *t, const char *line) {
    int h = part(t, HOUR, line), m = part(t, MINUTE, line), s = part(t, SECOND, line);
    if (t->half >= 0) h = h % 12 + t->half;
    return h > 23 || m > 59 || s > 59 ? -1 : h * 3600 + m * 60 + with_fraction(t, s, line);
}

/* Seconds since the epoch at midnight of a date in parts; -1: none. */
static int64_t midnight(Minute *minute, const Template *t, const char *line) {
    char iso[] = "2026-11-20T00:00:00";
    int year = part(t, YEAR, line);
    char *month = padded(t->parts[YEAR].digits == 2 ? 2000 + year : year, 4, '-', iso);
    padded(part(t, DAY, line), 2, 'T', padded(part(t, MONTH, line), 2, '-', month));
    return epoch(minute, iso, 'T');
}

static double in_parts(Minute *minute, const Template *t, const char *line) {
    int64_t date = midnight(minute, t, line);
    double time = of_day(t, line);
    return date < 0 || time < 0 ? -1 : (double)date + time - t->zone_s;
}

static double iso_when(Minute *minute, const Template *t, const char *line) {
    const char *p = line + t->parts[YEAR].at;
    int64_t whole = epoch(minute, p, p[10]);
    if (whole < 0) return -1;
    return (double)(whole - t->zone_s) + with_fraction(t, 0, line);
}

/* Seconds since the epoch, or since midnight; -1: none; NAN: none is written. */
static double text_when(Minute *minute, const Template *t, const char *line) {
    switch (t->time_form) {
    case NO_TIME: return NAN;
    case OF_DAY: return of_day(t, line);
    case ISO: return iso_when(minute, t, line);
    case IN_PARTS: return in_parts(minute, t, line);
    default: return number_of_seconds(t, line);
    }
}

/* The time that the record counts with; -1: none. */
static double counted_when(Minute *minute, const Template *t, const char *line) {
    double own = text_when(minute, t, line);
    if (own < 0 || t->shipped < 0) return own;
    double shipped = shipped_when(minute, t, line + t->shipped);
    return shipped < 0 || t->time_form <= OF_DAY ? shipped : moved(own, shipped);
}

/* Whether no reader takes the character off the beginning of a message, as blanks and signs are.
 * Of Unicode's blanks none begins with F0, and one alone with E1. */
static int is_letter(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;
    if (c == 0xE1) return end - p > 1 && (unsigned char)p[1] != 0x9A;
    if (c >= 0xF0) return 1;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(*p);
}

/* Whether fields may stand in brackets: " (key=value, key=value)". */
static int may_be_listed(const char *p, const char *end) {
    for (p++; p < end - 1; p++) {
        int opens = (*p == '(' || *p == '[') && ((unsigned char)p[-1] <= ' ' || (unsigned char)p[-1] >= 0x80);
        if (opens && !is_digit(p[1]) && is_letter(p + 1, end)) return 1;
    }
    return 0;
}

/* Whether Python takes something off the end of a message that fields follow: a bar, a colon. */
static int ends_in_a_sign(char last) { return strchr("|->~=:,;", last) != NULL; }

/* Whether Python may take the end of a message for a field or a logger: key=value, [name]. */
static int may_end_in_a_field(const Scan *scan, const char *p, const char *end) {
    char last = end[-1];
    if (last == ']' && scan->loose && !memchr(p, '=', (size_t)(end - p))) return 0;
    if (last == ']' || last == '}' || last == '=') return 1;
    if (last == ')' && may_be_listed(p, end)) return 1;
    if (last == '"' || last == '\'') {
        if (end - p > 1 && end[-2] == '}') return 1; /* a line in quotes */
        for (; (p = memchr(p, '=', (size_t)(end - p))) != NULL; p++)
            if (p + 1 < end && p[1] == last) return 1;
        return 0;
    }
    while (end > p && (unsigned char)end[-1] > ' ' && end[-1] != '"' && end[-1] != '\'' && end[-1] != '=') end--;
    return end > p && end[-1] == '=';
}

/* Whether a word in brackets, [name], stands behind a blank. */
static int may_end_with_a_logger(const char *p, const char *end) {
    for (; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++) {
        const char *name = p + 1, *q = name;
        while (q < end && (is_letter(q, end) || *q == '.' || *q == '-')) q++;
        if ((unsigned char)p[-1] <= ' ' && q > name && q < end && *q == ']') return 1;
    }
    return 0;
}

/* Whether it is in doubt what a line that only adds to its logger's adds to: where the message
 * begins, or who wrote it. */
static int is_of_unsure_logger(const Line *line) {
    return !is_letter(line->message, line->end) || (line->unnamed && may_end_with_a_logger(line->message, line->end));
}

/* Where the fields begin, in front of the blank before them; NULL if there are none. */
static const char *braces(const char *p, const char *end) {
    for (; (p = memchr(p, '{', (size_t)(end - p))) != NULL; p++)
        if (p[-1] == ' ' && p + 1 < end && p[1] == '"') return p - 1;
    return NULL;
}

/* Whether the end of a message is a sign of three bytes that is no blank. */
static int ends_in_a_letter(const char *p, const char *end) {
    const unsigned char *last = (const unsigned char *)end - 3;
    return end - p > 3 && last[0] == 0xE1 && last[1] >> 6 == 2 && last[1] != 0x9A && last[2] >> 6 == 2;
}

/* Where the message begins behind blanks that any reader takes off. */
static const char *behind_blanks(const Scan *scan, const char *p, const char *end) {
    const char *from = p;
    while (scan->loose && p < end && *p == ' ') p++;
    return p > from && p < end && is_letter(p, end) ? p : from;
}

/* Whether Python may take a colour code off the message, or blanks off its ends. */
static int may_be_changed(const char *p, const char *end) {
    unsigned char last = (unsigned char)end[-1];
    if (!is_letter(p, end) || last <= ' ' || (last >= 0x7F && !ends_in_a_letter(p, end))) return 1;
    if (memchr(p, '\x1b', (size_t)(end - p))) return 1;
    for (; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++)
        if (p[-1] == '^' || p[-1] == '3' || p[-1] == 'b') return 1;
    return 0;
}

/* Whether the message is a flat object of JSON that holds nothing which a reader takes for a field,
 * a logger or a colour. */
static int is_flat_object(const char *p, const char *end) {
    if (!BEGINS(p, end, "{\"") || BEGINS(p, end, "{\"message\"") || end[-1] != '}') return 0;
    for (p++; p < end - 1; p++)
        if (*p < ' ' || *p > '~' || strchr("{}[(=\\", *p)) return 0;
    return 1;
}

/* Whether columns of a table, or what a person noted, may stand behind fields: an arrow, a comment,
 * the end of bold. */
static int may_be_followed(const char *p, const char *end) {
    for (; (p = memchr(p, '}', (size_t)(end - p))) != NULL; p++) {
        if (BEGINS(p, end, "}  ")) return 1;
        const char *next = p + 1;
        while (next < end && (unsigned char)*next <= ' ') next++;
        if (next < end && ((unsigned char)*next >= 0x80 || strchr("*_~#/<-!.", *next))) return 1;
    }
    return 0;
}

/* Where the message ends and the fields begin; 0 if that is in doubt. A line may have no fields. */
static int ends(const Scan *scan, Line *line) {
    line->quote = line->fields = line->close = line->end;
    if (!scan->found && BEGINS(line->end - LENGTH(RESET), line->end, RESET)) {
        line->close = line->end - LENGTH(RESET) - 1; /* the brace behind the last field */
        return grey(line) && is_letter(line->message, line->end);
    }
    if (scan->objects && is_flat_object(line->message, line->end)) return 1;
    if (may_be_changed(line->message, line->end)) return 0;
    if (line->end[-1] != '}')
        return !may_end_in_a_field(scan, line->message, line->end) &&
               !may_be_followed(line->message, line->end);
    const char *behind = braces(line->message, line->end);
    if (!behind || behind == line->message || behind[-1] <= ' ' || behind[-1] >= 0x7F) return 0;
    if (scan->found && ends_in_a_sign(behind[-1])) return 0;
    line->quote = behind;
    line->fields = behind + 1;
    line->close = line->end - 1;
    return 1;
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
static double on_its_day(Scan *scan, double time) {
    double above = scan->above_of_day;
    scan->back += above >= 0 && time < above - BACK_S && time >= above - HALF_DAY_S;
    scan->days += scan->last_of_day >= 0 && time < scan->last_of_day - HALF_DAY_S;
    if (scan->first_of_day < 0) scan->first_of_day = time;
    scan->last_of_day = scan->above_of_day = time;
    return time + scan->days * DAY_S;
}

static int count_text(Scan *scan, const char *data, Line *line, const Template *t, int sure) {
    if (line->row && (!sure || line->row->way == PYTHON || !is_theirs(line))) return 0;
    int dated = t->time_form > OF_DAY || t->shipped >= 0, passes = 0, quiet = is_quiet(line);
    if (!dated && line->row && line->row->turn == COMMIT) return 0;
    Values values;
    values.time = counted_when(&scan->minute, t, data + line->place->body);
    if (values.time >= 0 && dated) follow(scan, values.time);
    if (values.time < 0 || (!sure && !quiet) || may_hold_an_object(line)) return 0;
    Entry *from = entry(&scan->sources, data, line->logger, t->logger_size, t->level);
    if (!from) return 0;
    double before = scan->last_of_day, first = scan->first_of_day, above = scan->above_of_day;
    int32_t days = scan->days;
    if (!quiet && !dated && t->time_form == OF_DAY) values.time = on_its_day(scan, values.time);
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
    if (sure && line.fields == line.end && !is_quiet(&line)) sure = !is_above_a_traceback(line.end, all);
    return is_left(scan, &line) ? 0 : settled(scan, &line, count_text(scan, data, &line, t, sure));
}

#endif
