/* Fields of which a column of a Rich screen has cut words ("…"): those that stand there whole, as
 * Python's `rich_records` finds them. */
#ifndef TUNER_CUT_FIELDS_H
#define TUNER_CUT_FIELDS_H

#include "skipped.h"

/* Behind what may be of a number at p. */
static const char *behind_number(const char *p, const char *end) {
    while (p < end && (is_digit(*p) || *p == '.' || (*p | 0x20) == 'e' || *p == '+' || *p == '-')) p++;
    return p;
}

/* Whether the fields at p are JSON no more; -1 if that is in doubt. */
static int are_broken(const char *p, const char *end) {
    int escaped = 0;
    for (p++; p < end; p += 2) {
        if (*p != '"') return *p == ' ' ? -1 : 1;
        if (!(p = string(p + 1, end, &escaped))) return 1;
        p++;
        if (!BEGINS(p, end, ": ")) return p < end && (*p == ':' || *p == ' ') ? -1 : 1;
        if ((p += 2) == end) return 1;
        if (*p == '"') p = (p = string(p + 1, end, &escaped)) ? p + 1 : end;
        else if (BEGINS(behind_number(p, end), end, ELLIPSIS)) return 1;
        else if (*p == '[' || *p == '{' || !(p = skipped(p, end, 0))) return -1;
        if (p == end) return 1;
        if (*p == '}') return p + 1 < end;
        if (!BEGINS(p, end, ", ")) return *p == ',' || *p == ' ' ? -1 : 1;
    }
    return 1;
}

static int is_of_key(char c) {
    return is_digit(c) || c == '_' || c == '.' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int has_ellipsis(const char *p, const char *end) {
    return place_of(p, end, ELLIPSIS, LENGTH(ELLIPSIS)) != NULL;
}

/* Behind the name that begins at p, and what parts it from its value; NULL: none. What Python takes
 * for a letter beyond ASCII is in doubt. */
static const char *behind_key(const char *p, const char *end, int *doubt) {
    const char *q = p + 1;
    if (*p != '"' || q == end || is_digit(*q) || *q == '.' || !is_of_key(*q)) return NULL;
    while (q < end && is_of_key(*q)) q++;
    if (q < end && (unsigned char)*q >= 0x80 && !BEGINS(q, end, ELLIPSIS)) *doubt = 1;
    return BEGINS(q, end, "\": ") ? q + 3 : NULL;
}

/* Behind the value at p; NULL: none, or an object or a list. */
static const char *behind_value(const char *p, const char *end, int *doubt) {
    if (p == end || *p == '[' || *p == '{') return NULL;
    const char *stop = skipped(p, end, 0), *q = behind_number(p, end);
    if (!stop && q > p && q < end && (*q == ',' || *q == '}')) *doubt = 1; /* no number, but like one */
    return stop && stop < end && (*stop == ',' || *stop == '}') ? stop : NULL;
}

/* Leave the whole fields of those from `text` to `end`; returns where they end, `text` if there are
 * none, NULL if they are in doubt. */
static char *whole_fields(char *text, const char *end) {
    char *to = text + 1;
    const char *value, *stop;
    int doubt = memchr(text, '\\', (size_t)(end - text)) != NULL;
    for (const char *p = to; p < end && !doubt; p = stop ? stop : p + 1) {
        value = behind_key(p, end, &doubt);
        stop = value ? behind_value(value, end, &doubt) : NULL;
        if (!stop || has_ellipsis(value, stop)) continue;
        if (to > text + 1) {
            if (p - to < 2 || place_of(text, to, p, value - p)) return NULL;
            *to++ = ',', *to++ = ' ';
        }
        memmove(to, p, (size_t)(stop - p));
        to += stop - p;
    }
    if (doubt) return NULL;
    if (to == text + 1) return text;
    *to++ = '}';
    return to;
}

#endif
