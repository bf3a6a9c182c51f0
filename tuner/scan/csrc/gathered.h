/* Text whose records have their fields below them, a line for each (pino-pretty), in; a line for each
 * record, with its fields behind it as JSON, out. A record in any doubt gets a line that fits no
 * template, and Python reads its lines as they stand (`tuner/reading/gathered_lines.py`). */
#ifndef TUNER_GATHERED_H
#define TUNER_GATHERED_H

#include "cut_fields.h"
#include "screen_rows.h"
#include "text.h"

enum { LEFT = 2, MOST_GATHERED = 200, SURE_DIGITS = 15 };

/* Whether a line that begins so may belong to the record above. Python takes blanks, marks, colours as
 * some store wrote them, and the quotes of code, off its beginning. */
static int is_below(char c) {
    return c != '\n' && ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7F || strchr("^#\\`", c));
}

/* Whether Python may find a colour in a field, as some store wrote it. */
static int may_have_a_colour(const char *p, const char *end) {
    for (const char *q = p; (q = memchr(q, '[', (size_t)(end - q))) != NULL; q++)
        if (q > p && strchr("^3b", q[-1])) return 1;
    return 0;
}

/* Where the number at p ends; NULL if it is none that every reader takes for the same. */
static const char *plain_number(const char *p, const char *end) {
    int negative = *p == '-';
    const char *first = p + negative, *q = first, *point;
    while (q < end && is_digit(*q)) q++;
    if (q == first || q - first > SURE_DIGITS || (*first == '0' && q > first + 1)) return NULL;
    if (q == end || *q != '.') return negative && *first == '0' ? NULL : q;
    for (point = ++q; q < end && is_digit(*q);) q++;
    return q == point ? NULL : q;
}

/* Where the value at p ends; NULL if it is in doubt. */
static const char *value_below(const char *p, const char *end) {
    int escaped = 0;
    if (p == end) return NULL;
    if (*p == '"') {
        const char *close = string(p + 1, end, &escaped);
        return close ? close + 1 : NULL;
    }
    if (BEGINS(p, end, "true") || BEGINS(p, end, "null")) return p + LENGTH("true");
    if (BEGINS(p, end, "false")) return p + LENGTH("false");
    if (BEGINS(p, end, "{}") || BEGINS(p, end, "[]")) return p + LENGTH("{}");
    return *p == '{' || *p == '[' ? p + 1 : plain_number(p, end);
}

/* Write the field on the line from p to end; NULL if it is in doubt. Of an object, or a list, that goes
 * on below Python keeps the sign that opens it as a text. */
static char *field_below(const char *p, const char *end, char *out) {
    const char *name = past_blanks(p, end);
    int quoted = name < end && *name == '"', opens;
    const char *q = name += quoted, *value, *stop;
    while (q < end && (is_of_key(*q) || *q == '-')) q++;
    if (name == p + quoted || q == name || is_digit(*name) || *name == '.' || *name == '-') return NULL;
    if (quoted ? !BEGINS(q, end, "\": ") : !BEGINS(q, end, ": ")) return NULL;
    value = q + quoted + 2;
    stop = value_below(value, end);
    if (!stop || stop + (stop < end && *stop == ',') != end || may_have_a_colour(value, stop)) return NULL;
    opens = *value == '{' || *value == '[';
    if (opens && q - name == 3 && BEGINS(name, q, "job")) return NULL; /* the id in it is the call's */
    *out++ = '"';
    out = put_bytes(put_bytes(out, name, q), "\": \"", "\": \"" + LENGTH("\": ") + opens);
    out = put_bytes(out, value, stop);
    if (opens) *out++ = '"';
    return out;
}

/* Whether a line holds only what closes an object or a list: with it the fields end. */
static int only_closes(const char *p, const char *end) {
    const char *q = past_blanks(p, end);
    if (q == end) return 0;
    while (q < end && strchr("]},", *q) && *q) q++;
    return q == end;
}

/* Whether the end of a line stays as it is, whether its fields stand behind it or below: a reader may
 * find a field or a logger there, or take a sign off. */
static int keeps_its_end(const char *p, const char *end) {
    unsigned char last = p < end ? (unsigned char)end[-1] : 0;
    if (last <= ' ' || last >= 0x7F || strchr("'`]}=|->~:,;", last) || *p == '"') return 0;
    if (place_of(p, end, "{\"", 2) || (last == ')' && may_be_listed(p, end))) return 0;
    if (last == '"') return end[-2] != '}' && !place_of(p, end, "=\"", 2);
    while (end > p && !strchr(" \t\"'=", end[-1])) end--;
    return end == p || end[-1] != '=';
}

/* Write the fields on the lines at p, and go behind them, counting the lines. *out is NULL if they are
 * in doubt. */
static const char *gathered_fields(const char *p, const char *all, char **out, int32_t *lines) {
    char *to = *out;
    int32_t n = 0;
    for (int closed = 0; p < all && is_below(*p); ++*lines) {
        const char *end = newline(p, all);
        closed = closed || (n && only_closes(p, end));
        if (to && closed && !only_closes(p, end)) to = NULL;
        if (to && !closed) {
            to = put_bytes(to, n ? ", " : " {", (n ? ", " : " {") + 2);
            to = n++ < MOST_GATHERED ? field_below(p, end, to) : NULL;
        }
        p = end + (end < all);
    }
    if (to && n) *to++ = '}';
    *out = to;
    return p;
}

/* Write the line of the record at p, and go behind the record, counting its lines. */
static const char *gathered_line(Gathered *all_of, const char *p, const char *all, char **out, int32_t *lines) {
    const char *end = newline(p, all), *next = end + (end < all);
    char *head = *out, *to = put_bytes(head, p, end);
    int alone = next == all || !is_below(*next);
    *lines = 1;
    next = gathered_fields(next, all, &to, lines);
    if (!to || (!alone && !keeps_its_end(p, end))) {
        *head = LEFT;
        to = put_bytes(head + 1, p, end);
        all_of->left++;
    }
    *to++ = '\n';
    *out = to;
    return next;
}

/* Write a line for each record; returns how much was written, -1 if there are too many. */
int64_t scan_gather(Gathered *found, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size;
    char *out = text;
    found->n = found->line = found->left = 0;
    for (int32_t lines; p < all; found->line += lines) {
        if (found->n == MOST_LINES || size > INT32_MAX / 4) return -1;
        found->starts[found->n] = (int32_t)(p - data);
        found->lines[found->n++] = found->line;
        p = gathered_line(found, p, all, &out, &lines);
    }
    found->starts[found->n] = (int32_t)size;
    found->lines[found->n] = found->line;
    return out - text;
}

#endif
