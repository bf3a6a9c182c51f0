/* Records of JSON that are lists: a time, a line, and perhaps labels, as Loki answers. */
#ifndef TUNER_LISTS_H
#define TUNER_LISTS_H

#include "exports.h"

enum { MOST_LISTED = 3 };

/* Behind the list at p, its text and its time taken; NULL: any doubt. */
static const char *along_list(Way *way, const Lists *lists, const char *p, const char *end) {
    for (int32_t n = 0; n < MOST_LISTED; n++) {
        int here = (n == lists->text ? TO_LINE : 0) | (n == lists->time ? TO_TIME : 0);
        p = blanks(p + 1, end);
        if (p == end || !(p = here ? at_end(way, p, end, here) : any_value(p, end, 0, NULL))) return NULL;
        p = blanks(p, end);
        if (p < end && *p == ']') return p + 1;
        if (p == end || *p != ',') return NULL;
    }
    return NULL;
}

/* Take the list at p; returns what is behind it, NULL if that is in doubt. */
static const char *list(Taken *taken, const void *lists, const char *p, const char *end, char *out,
                        Kept *kept) {
    static const Paths of_texts = {0};
    Way way = {.paths = &of_texts, .out = out};
    const char *stop = along_list(&way, lists, p, end);
    if (!stop || stop - p < SHORTEST_RECORD || !way.target.at) return NULL;
    if (stored_time(&taken->minute, &way.time) < 0) return NULL;
    return take_text(&taken->minute, &way, kept) && !is_other(taken, kept) ? stop : NULL;
}

/* Take the lists that a text begins with, as long as they are in no doubt. */
void scan_lists(Taken *taken, const Lists *lists, const char *data, int64_t size, char *text) {
    take_values(taken, '[', list, lists, data, size, text);
}

#endif
