/* How the rows of a Rich screen begin, and where their messages end. */
#ifndef TUNER_SCREEN_ROWS_H
#define TUNER_SCREEN_ROWS_H

#include "bytes.h"

enum { MARGIN = 4, WHOLE_TIME = 12, SHORT_TIME = 8 }; /* 16:19:59.500, or without milliseconds */

static const char BLANKS[] = "            ";

/* Whether a message without braces may have this in it. */
static inline int is_of_message(char c) { return (c >= ' ' && c <= 'z') || c == '|' || c == '~'; }

/* Whether a row's message, or a line of fields, may begin with this. */
static inline int is_first(char c) { return (c > ' ' && c <= 'z') || c == '~'; }

static char *put_bytes(char *out, const char *p, const char *end) {
    memcpy(out, p, (size_t)(end - p));
    return out + (end - p);
}

static const char *past_blanks(const char *p, const char *end) {
    while (p < end && *p == ' ') p++;
    return p;
}

static const char *before_blanks(const char *p, const char *end) {
    while (end > p && end[-1] == ' ') end--;
    return end;
}

/* The size of the time at p, 0 if it is none; at least that and a blank stand there. */
static int32_t time_size(const char *p) {
    int whole = digits(p, 2) >= 0 && p[2] == ':' && digits(p + 3, 2) >= 0 && p[5] == ':' && digits(p + 6, 2) >= 0;
    if (!whole || p[SHORT_TIME] != '.') return whole ? SHORT_TIME : 0;
    return digits(p + SHORT_TIME + 1, 3) >= 0 ? WHOLE_TIME : 0;
}

/* The same where it may be left blank, because it is that of the row above. */
static int32_t time_or_blank(const char *p) {
    if (*p != ' ') return time_size(p);
    int32_t size = p[SHORT_TIME + 1] == ' ' ? WHOLE_TIME : SHORT_TIME;
    return same(p, BLANKS, size) ? size : 0;
}

static inline int is_headed(const RowHead *head, const char *p, const char *end, int32_t time) {
    return head->time == time && end - p > head->size && same(p, head->text, head->size) &&
           is_first(p[head->size]);
}

/* What stands between the time and the message of the row at p; NULL: it is none, or an unknown one.
 * Rows that follow each other are mostly alike: that of the row before is tried first. */
static const RowHead *row_head(Screen *screen, const char *p, const char *end) {
    if (end - p < MARGIN + WHOLE_TIME + 2 || !same(p, BLANKS, MARGIN)) return NULL;
    int32_t time = time_or_blank(p + MARGIN);
    const char *behind = p + MARGIN + time;
    if (!time) return NULL;
    if (is_headed(&screen->heads[screen->latest], behind, end, time)) return &screen->heads[screen->latest];
    for (int32_t i = 0; i < screen->heads_n; i++)
        if (is_headed(&screen->heads[i], behind, end, time)) return &screen->heads[screen->latest = i];
    return NULL;
}

#endif
