/* Records of JSON that are lists: a time, a line, and perhaps labels, as Loki answers; or the fields
 * of a record, each with its name, as CloudWatch answers. */
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

/* Where in a list of fields the value begins of the one at p, and its name; NULL: any doubt. */
static const char *named_field(const char *p, const char *end, Slice *name) {
    static const Step names[] = {{5, "field"}, {5, "value"}};
    int escaped = 0;
    Slice key;
    if (*p != '{' || !(p = member(blanks(p + 1, end), end, &key)) || !is_named(&names[0], &key)) return NULL;
    const char *start = p + 1;
    if (*p != '"' || !(p = string(start, end, &escaped)) || escaped) return NULL;
    *name = (Slice){start, (int32_t)(p - start)};
    p = blanks(p + 1, end);
    if (p == end || *p != ',' || !(p = member(blanks(p + 1, end), end, &key))) return NULL;
    return is_named(&names[1], &key) ? p : NULL;
}

/* Behind the list of fields at p, with those taken that the paths name; NULL: any doubt. */
static const char *along_fields(Way *way, const char *p, const char *end) {
    int met = 0, here;
    Slice name;
    do {
        p = blanks(p + 1, end);
        if (p == end || !(p = named_field(p, end, &name))) return NULL;
        here = is_named(way->paths->target, &name) ? TO_LINE : 0;
        if (way->paths->time_n && is_named(way->paths->time, &name)) here |= TO_TIME;
        if (met & here || !(p = here ? at_end(way, p, end, here) : any_value(p, end, 0, NULL))) return NULL;
        met |= here;
        p = blanks(p, end);
        if (p == end || *p != '}') return NULL;
        p = blanks(p + 1, end);
    } while (p < end && *p == ',');
    return p < end && *p == ']' && met & TO_LINE ? p + 1 : NULL;
}

/* Take the list of fields at p; returns what is behind it, NULL if that is in doubt. */
static const char *field_list(Taken *taken, const void *paths, const char *p, const char *end, char *out,
                              Kept *kept) {
    Way way = {.paths = paths, .out = out};
    const char *stop = along_fields(&way, p, end);
    if (!stop || stop - p < SHORTEST_RECORD) return NULL;
    return take_text(&taken->minute, &way, kept) && !is_other(taken, kept) ? stop : NULL;
}

/* Take the lists of fields that a text begins with, as long as they are in no doubt. */
void scan_field_lists(Taken *taken, const Paths *paths, const char *data, int64_t size, char *text) {
    take_values(taken, '[', field_list, paths, data, size, text);
}

/* Take the lists that a text begins with, as long as they are in no doubt. */
void scan_lists(Taken *taken, const Lists *lists, const char *data, int64_t size, char *text) {
    take_values(taken, '[', list, lists, data, size, text);
}

#endif
