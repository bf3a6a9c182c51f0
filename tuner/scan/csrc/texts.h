/* Texts of JSON that are whole lines of LiveKit's dev text, with their own times. */
#ifndef TUNER_TEXTS_H
#define TUNER_TEXTS_H

#include "exports.h"
#include "known_records.h"
#include "livekit_dev.h"

/* Behind the level at p and the blanks that pad it; NULL: another one. */
static const char *plain_level(const char *p, const char *end) {
    static const char *const levels[] = {"DEBUG ", "INFO ", "WARNING ", "ERROR "};
    for (int i = 0; i < 4; i++) {
        size_t size = strlen(levels[i]);
        if ((size_t)(end - p) < size || memcmp(p, levels[i], size)) continue;
        for (p += size; p < end && *p == ' ';) p++;
        return p;
    }
    return NULL;
}

/* The time of a line that surely is one of LiveKit's dev text, without colours; -1: any other. */
static double time_of_dev(Minute *minute, const char *p, const char *end) {
    if (!is_dev(p, end)) return -1;
    double time = dev_when(minute, p);
    const char *logger = plain_level(p + LENGTH(TIME), end), *at = logger;
    while (at && at < end && (is_digit(*at) || *at == '.' || *at == '_' || (*at >= 'a' && *at <= 'z'))) at++;
    return at && at > logger && BEGINS(at, end, DASH) ? time : -1;
}

/* Take the text that begins behind the quote at p; returns what is behind it, NULL: any doubt. */
static const char *one_text(Taken *taken, const void *form, const char *p, const char *end, char *out,
                            Kept *kept) {
    const char *behind = p + 1;
    (void)form;
    char *stop = unescaped_text(&behind, end, out);
    if (!stop) return NULL;
    while (stop > out && (stop[-1] == '\n' || stop[-1] == '\r')) stop--;
    if (memchr(out, '\n', (size_t)(stop - out))) return NULL;
    *kept = (Kept){stop, time_of_dev(&taken->minute, out, stop), 0};
    return kept->time < 0 ? NULL : behind;
}

/* The same of a text that stands alone on its line, and may be one of LiveKit's JSON. */
static const char *text_on_line(Taken *taken, const char *p, const char *end, char *out, Kept *kept) {
    const char *behind = p + 1;
    char *stop = unescaped_text(&behind, end, out);
    if (!stop || stop == out || stop[-1] == '\r' || memchr(out, '\n', (size_t)(stop - out))) return NULL;
    *kept = (Kept){stop, own_time(&taken->minute, out, stop), 0};
    if (kept->time < 0) kept->time = time_of_dev(&taken->minute, out, stop);
    return kept->time < 0 ? NULL : line_end(behind, end);
}

/* Take the lines that a text begins with and that are texts, as long as they are in no doubt. */
void scan_text_lines(Taken *taken, const void *form, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *next;
    char *out = text;
    (void)form;
    for (; p < all && *p == '"' && taken->n < MOST_TAKEN; p = next, taken->line++) {
        const char *end = all - p > taken->longest ? p + taken->longest : all;
        Kept kept = {0};
        if (!(next = text_on_line(taken, p, end, out, &kept))) break;
        keep(taken, &kept, 1);
        out = put(kept.stop, "\n");
    }
    taken->at = p - data;
    taken->size = out - text;
}

/* Take the texts that a list begins with, as long as they are in no doubt. */
void scan_texts(Taken *taken, const void *form, const char *data, int64_t size, char *text) {
    take_values(taken, '"', one_text, form, data, size, text);
}

#endif
