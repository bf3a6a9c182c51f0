/* Lines of LiveKit's JSON as they stand, which have to be put in order of time. */
#ifndef TUNER_BARE_LINES_H
#define TUNER_BARE_LINES_H

#include "exports.h"

/* Whether a line looks like a piece that Kubernetes split (`chunks.is_partial`). */
static int may_be_piece(const char *p, const char *end) {
    static const char OUT[] = " stdout P ", ERR[] = " stderr P ";
    enum { AHEAD = 400 };
    const char *most = end - p > AHEAD ? p + AHEAD : end;
    return place_of(p, most, OUT, LENGTH(OUT)) || place_of(p, most, ERR, LENGTH(ERR));
}

/* Take the lines of a text, as long as they are in no doubt. */
void scan_bare(Taken *taken, const void *form, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *end;
    (void)form;
    for (; p < all && taken->n < MOST_TAKEN; p = end + 1, taken->line++) {
        end = memchr(p, '\n', (size_t)(all - p > taken->longest ? taken->longest : all - p));
        if (!end || !BEGINS(p, end, OPENING) || may_be_piece(p, end)) break;
        Kept kept = {NULL, own_time(&taken->minute, p, end), 0};
        if (kept.time < 0) break;
        keep(taken, &kept, 1);
    }
    memcpy(text, data, (size_t)(p - data));
    taken->at = taken->size = p - data;
}

#endif
