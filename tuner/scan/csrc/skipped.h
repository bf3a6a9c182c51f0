/* JSON values of fields that nobody asks for: only whether they are valid. */
#ifndef TUNER_SKIPPED_H
#define TUNER_SKIPPED_H

#include "json_values.h"

enum { DEEPEST = 8 };

static const char *nested(const char *p, const char *end, int depth);

/* Behind the value at p; NULL if it is not valid, or too deep. */
static const char *skipped(const char *p, const char *end, int depth) {
    int escaped = 0;
    Number read;
    const char *close = NULL;
    if (*p == '"') return (close = string(p + 1, end, &escaped)) ? close + 1 : NULL;
    if (is_digit(*p) || *p == '-') return number(p, end, &read);
    if (*p == '[' || *p == '{') return depth < DEEPEST ? nested(p, end, depth + 1) : NULL;
    if (BEGINS(p, end, "null") || BEGINS(p, end, "true")) return p + 4;
    return BEGINS(p, end, "false") ? p + 5 : NULL;
}

/* Behind the name at p and what parts it from its value; NULL if it is not valid. */
static const char *behind_name(const char *p, const char *end) {
    int escaped = 0;
    const char *close = *p == '"' ? string(p + 1, end, &escaped) : NULL;
    return close && BEGINS(close, end, "\": ") ? close + 3 : NULL;
}

/* Behind the list or object at p, as Python writes them; NULL if it is not valid. */
static const char *nested(const char *p, const char *end, int depth) {
    char last = *p == '[' ? ']' : '}';
    if (++p < end && *p == last) return p + 1;
    for (; p < end; p += 2) {
        if (last == '}' && (!(p = behind_name(p, end)) || p == end)) return NULL;
        if (!(p = skipped(p, end, depth)) || p == end) return NULL;
        if (*p == last) return p + 1;
        if (!BEGINS(p, end, ", ")) return NULL;
    }
    return NULL;
}

#endif
