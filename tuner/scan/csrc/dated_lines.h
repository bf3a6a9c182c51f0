/* Lines of text as they stand, which have to be put in order of time. */
#ifndef TUNER_DATED_LINES_H
#define TUNER_DATED_LINES_H

#include "bare_lines.h"
#include "text.h"

/* The template of the line at p, mostly that of the line before; NULL if it has none. */
static const Template *dated_template(Dated *dated, const char *p, const char *end) {
    if (dated->templates_n && fits(&dated->templates[dated->latest], p, end))
        return &dated->templates[dated->latest];
    for (int32_t i = 0; i < dated->templates_n; i++)
        if (fits(&dated->templates[i], p, end)) return &dated->templates[dated->latest = i];
    return NULL;
}

/* Take the lines of a text, as long as they are in no doubt. A time as LiveKit's JSON ends in would go
 * before a line's own. */
void scan_dated(Taken *taken, Dated *dated, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *end;
    for (; p < all && taken->n < MOST_TAKEN; p = end + 1, taken->line++) {
        end = memchr(p, '\n', (size_t)(all - p > taken->longest ? taken->longest : all - p));
        const Template *t = end ? dated_template(dated, p, end) : NULL;
        if (!t || may_be_piece(p, end) || place_of(p, end, CLOSING, LENGTH(CLOSING))) break;
        Kept kept = {NULL, counted_when(&taken->minute, t, p), 0};
        if (!(kept.time >= 0)) break;
        keep(taken, &kept, 1);
    }
    memcpy(text, data, (size_t)(p - data));
    taken->at = taken->size = p - data;
}

#endif
